// SPDX-License-Identifier: Apache-2.0
// pinhole dump HOST...: every entry of one or many endpoint mappers, now and over time.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/dump_diff.hpp"
#include "cli/dump_print.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/text_file.hpp"
#include "render/json.hpp"
#include "snapshot/rpcdump.hpp"
#include "store/file.hpp"

namespace pinhole::cli {
namespace {

struct Options {
  std::vector<std::string> hosts;
  std::string format = "table";
  std::string interface;
  std::string from;
  std::string save;
  std::vector<std::string> diff;  // two files, or none
  bool ping = false;
  unsigned timeout = 5;
};

Checked<inspect::DumpOptions> options_of(const Options& options) {
  inspect::DumpOptions result;
  result.timeout = std::chrono::seconds(options.timeout);
  result.ping = options.ping || options.format == "rpcdump";
  if (!options.interface.empty()) {
    result.interface = dcerpc::parse_syntax_id(options.interface);
    result.any_version = options.interface.find(',') == std::string::npos;
    if (!result.interface) {
      return usage(options.interface, "no interface", "write UUID or UUID,MAJOR.MINOR");
    }
  }
  return result;
}

Checked<std::vector<inspect::DumpTarget>> targets_of(const Options& options) {
  std::vector<inspect::DumpTarget> targets;
  for (const std::string& host : options.hosts) {
    auto target = inspect::parse_target(host);
    if (!target) {
      return tl::unexpected(std::move(target).error());
    }
    targets.push_back(std::move(*target));
  }
  return targets;
}

/// A saved listing instead of a live mapper: shown like one, and asked nothing.
Checked<std::vector<inspect::TargetDump>> read_listing(const Options& options,
                                                       const inspect::DumpOptions& wanted) {
  if (!options.hosts.empty() || options.ping) {
    return usage("--from", "reads a file and asks nobody", "leave HOST and --ping out");
  }
  const auto text = read_text(options.from);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const auto entries = snapshot::read_rpcdump(*text, options.from);
  if (!entries) {
    return tl::unexpected(entries.error());
  }
  inspect::TargetDump dump{{options.from, {}, 0}, {}, {}};
  for (const snapshot::RpcdumpEntry& row : *entries) {
    inspect::DumpEntry entry = entry_of(row);
    if (!wanted.interface || wanted.interface->uuid == entry.tower.interface.uuid) {
      dump.entries.push_back(std::move(entry));
    }
  }
  return std::vector{std::move(dump)};
}

Exit print(const Options& options, const std::vector<inspect::TargetDump>& dumps) {
  const auto& catalogue = catalogue::builtin();
  Diagnostics diagnostics;
  if (!options.save.empty()) {
    const std::string text = render::json_text(dump_json(dumps, catalogue));
    if (const auto saved = store::write_atomic(options.save, bytes_of(text)); !saved) {
      return report(saved.error());
    }
  }
  if (options.format == "json") {
    fmt::print("{}", render::json_text(dump_json(dumps, catalogue)));
  }
  for (const inspect::TargetDump& dump : dumps) {
    if (options.format == "table") {
      fmt::print("{}", dump_table(dump, catalogue, style_of(stdout)));
    } else if (options.format == "rpcdump") {
      fmt::print("{}", snapshot::write_rpcdump(rpcdump_entries(dump)));
    }
    if (dump.error) {
      diagnostics.push_back(diagnostic_of(dump.target, *dump.error));
    }
  }
  return diagnostics.empty() ? Exit::good : report(diagnostics);
}

Exit compare(const Options& options) {
  const bool alone = options.hosts.empty() && options.from.empty() && options.save.empty() &&
                     options.interface.empty() && !options.ping;
  if (!alone || options.format == "rpcdump") {
    return report(
        usage("--diff", "compares two files and asks nobody", "leave all but --format out")
            .value());
  }
  return print_dump_diff(options.diff.front(), options.diff.back(), options.format);
}

Exit run(const Options& options) {
  if (!options.diff.empty()) {
    return compare(options);
  }
  const auto wanted = options_of(options);
  if (!wanted) {
    return report(wanted.error());
  }
  if (!options.from.empty()) {
    const auto dumps = read_listing(options, *wanted);
    return dumps ? print(options, *dumps) : report(dumps.error());
  }
  const auto targets = targets_of(options);
  if (!targets) {
    return report(targets.error());
  }
  if (targets->empty()) {
    return report(usage("dump", "no HOST", "name a host, or a listing with --from FILE").value());
  }
  return print(options, inspect::dump(*targets, *wanted));
}

}  // namespace

void add_dump(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* dump = app.add_subcommand("dump", "List everything that endpoint mappers have");
  dump->add_option("HOST", options->hosts, "HOST, HOST:PORT or [IPv6]:PORT");
  dump->add_option("--from", options->from, "Read a listing of rpcdump instead of asking a HOST");
  dump->add_option("--save", options->save, "Also write the dump to this file, for --diff");
  dump->add_option("--diff", options->diff, "Say what the later of two saved dumps has otherwise")
      ->expected(2)
      ->type_name("EARLIER LATER");
  dump->add_option("--format", options->format, "Output format")
      ->check(CLI::IsMember({"table", "json", "rpcdump"}))
      ->capture_default_str();
  dump->add_option("--interface", options->interface, "Only UUID[,MAJOR.MINOR]");
  dump->add_flag("--ping", options->ping, "Call each endpoint's mgmt and say YES or NO");
  dump->add_option("--timeout", options->timeout, "Seconds for the connect and for each call")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  dump->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
