// SPDX-License-Identifier: Apache-2.0
// pinhole dump HOST...: every entry of one or many endpoint mappers.

#include <cstdio>
#include <memory>

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/dump_print.hpp"
#include "render/json.hpp"

namespace pinhole::cli {
namespace {

struct Options {
  std::vector<std::string> hosts;
  std::string format = "table";
  std::string interface;
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
      return failure({"bad-argument",
                      Severity::error,
                      {options.interface, 0, 0, {}},
                      "no interface",
                      "write UUID or UUID,MAJOR.MINOR",
                      Exit::usage});
    }
  }
  return result;
}

Exit run(const Options& options) {
  const auto dump_options = options_of(options);
  if (!dump_options) {
    return report(dump_options.error());
  }
  std::vector<inspect::DumpTarget> targets;
  for (const std::string& host : options.hosts) {
    const auto target = inspect::parse_target(host);
    if (!target) {
      return report(target.error());
    }
    targets.push_back(*target);
  }
  const auto dumps = inspect::dump(targets, *dump_options);
  const auto& catalogue = catalogue::builtin();
  Diagnostics diagnostics;
  if (options.format == "json") {
    fmt::print("{}", render::json_text(dump_json(dumps, catalogue)));
  }
  for (const inspect::TargetDump& dump : dumps) {
    if (options.format == "table") {
      fmt::print("{}", dump_table(dump, catalogue, {isatty(STDOUT_FILENO) != 0}));
    }
    if (dump.error) {
      diagnostics.push_back(diagnostic_of(dump.target, *dump.error));
    }
  }
  return diagnostics.empty() ? Exit::good : report(diagnostics);
}

}  // namespace

void add_dump(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* dump = app.add_subcommand("dump", "List everything that endpoint mappers have");
  dump->add_option("HOST", options->hosts, "HOST, HOST:PORT or [IPv6]:PORT")->required();
  dump->add_option("--format", options->format, "Output format")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  dump->add_option("--interface", options->interface, "Only UUID[,MAJOR.MINOR]");
  dump->add_flag("--ping", options->ping, "Call each endpoint's mgmt and say YES or NO");
  dump->add_option("--timeout", options->timeout, "Seconds for the connect and for each call")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  dump->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
