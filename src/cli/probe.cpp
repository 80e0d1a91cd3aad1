// SPDX-License-Identifier: Apache-2.0
// pinhole probe HOST...: which service answers on which port, spoken to in its own language.

#include "inspect/probe.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/address.hpp"
#include "cli/command.hpp"
#include "cli/probe_print.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/verify_print.hpp"
#include "render/json.hpp"

namespace pinhole::cli {
namespace {

using inspect::ProbeScope;
using inspect::ProbeState;
using inspect::ProbeTask;

struct Options {
  std::vector<std::string> hosts;
  std::vector<std::string> services;
  bool all = false;
  bool list = false;
  std::string interface;
  std::string domain;
  unsigned timeout = 5;
  unsigned within = 60;
  std::string format = "table";
};

struct Work {
  std::vector<ProbeTask> tasks;
  ProbeScope scope = ProbeScope::survey;
};

Checked<std::vector<const probe::Row*>> named_rows(const Options& options) {
  std::vector<const probe::Row*> rows;
  for (const std::string& service : options.services) {
    const auto found = probe::rows_of_service(service);
    if (found.empty()) {
      return usage(service, "no service of this name", "see what there is: pinhole probe --list");
    }
    rows.insert(rows.end(), found.begin(), found.end());
  }
  return rows;
}

std::vector<const probe::Row*> all_rows() {
  std::vector<const probe::Row*> rows;
  for (const probe::Row& row : probe::table()) {
    rows.push_back(&row);
  }
  return rows;
}

/// What to try at one target: the services named, those of its port, or all.
Checked<std::vector<const probe::Row*>> rows_for(const Options& options, const std::string& target,
                                                 const std::optional<std::uint16_t>& port) {
  if (!options.services.empty()) {
    return named_rows(options);
  }
  if (!port || options.all) {
    return all_rows();
  }
  auto rows = probe::rows_of_port(*port);
  if (rows.empty()) {
    return usage(target, "no service has this port of its own",
                 "say which with --service NAME, or try each with --all");
  }
  return rows;
}

Checked<void> add_target(const Options& options, const std::string& text, Work& work) {
  const auto target = parse_host_port(text);
  if (!target) {
    return usage(text, "no target", "write HOST, HOST:PORT or [IPv6]:PORT");
  }
  const auto rows = rows_for(options, text, target->port);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  for (const probe::Row* row : *rows) {
    const std::uint16_t port = target->port.value_or(row->port);
    if (port != 0) {
      work.tasks.push_back({text, target->host, port, row});
    } else if (!options.services.empty()) {
      return usage(text, fmt::format("{} has no port of its own", row->service), "write HOST:PORT");
    }
  }
  if (target->port && options.all) {
    work.scope = ProbeScope::identify;
  } else if (!options.services.empty()) {
    work.scope = ProbeScope::named;
  } else if (target->port) {
    work.scope = ProbeScope::port;
  }
  return {};
}

Checked<Work> work_of(const Options& options) {
  if (options.hosts.empty()) {
    return usage("probe", "no HOST", "name a host");
  }
  if (options.all && !options.services.empty()) {
    return usage("--all", "and --service exclude each other", "leave one out");
  }
  Work work;
  for (const std::string& host : options.hosts) {
    if (auto added = add_target(options, host, work); !added) {
      return tl::unexpected(std::move(added).error());
    }
  }
  return work;
}

Checked<inspect::ProbeOptions> wanted_of(const Options& options) {
  inspect::ProbeOptions wanted;
  wanted.timeout = std::chrono::seconds(options.timeout);
  wanted.within = std::chrono::seconds(options.within);
  wanted.domain = options.domain;
  if (!options.interface.empty()) {
    wanted.interface = dcerpc::parse_syntax_id(options.interface);
    if (!wanted.interface) {
      return usage(options.interface, "no interface", "write UUID,MAJOR.MINOR");
    }
  }
  return wanted;
}

/// What kept this machine from asking, a line for each.
Diagnostics complaints(const std::vector<inspect::ProbeResult>& results) {
  Diagnostics all;
  for (const inspect::ProbeResult& result : results) {
    const bool unresolved = result.state == ProbeState::unresolved;
    if (!unresolved && result.state != ProbeState::local &&
        result.state != ProbeState::unfinished) {
      continue;
    }
    Diagnostic one;
    one.id = unresolved ? "no-such-host" : "not-probed";
    one.place.name =
        unresolved ? result.task.host : join_host_port(result.task.host, result.task.port);
    one.message = result.state == ProbeState::unfinished ? "the time was over" : result.said;
    one.remedy = unresolved ? "check the name, and that this machine can resolve it"
                 : result.state == ProbeState::unfinished
                     ? "give more time: --within SECONDS"
                     : "check this machine's routes and rights";
    one.exit = Exit::environment;
    if (std::ranges::find(all, one) == all.end()) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

Exit list(const Options& options) {
  if (options.format == "json") {
    fmt::print("{}", render::json_text(probe_list_json()));
  } else {
    fmt::print("{}", probe_list(style_of(stdout)));
  }
  return Exit::good;
}

Exit run(const Options& options) {
  if (options.list) {
    return list(options);
  }
  const auto work = work_of(options);
  if (!work) {
    return report(work.error());
  }
  auto wanted = wanted_of(options);
  if (!wanted) {
    return report(wanted.error());
  }
  std::vector<inspect::ProbeResult> results;
  {
    ProgressLine line("probes");
    wanted->progress = [&line](std::size_t done, std::size_t total) { line.show(done, total); };
    results = inspect::run_probes(work->tasks, *wanted);
  }
  if (options.format == "json") {
    fmt::print("{}", render::json_text(probe_json(results)));
  } else {
    fmt::print("{}{}\n", probe_table(results, work->scope == ProbeScope::named, style_of(stdout)),
               probe_summary(results));
  }
  std::fflush(stdout);
  const Diagnostics all = complaints(results);
  return all.empty() ? inspect::verdict_of(results, work->scope) : report(all);
}

}  // namespace

void add_probe(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* probe =
      app.add_subcommand("probe", "Speak to a server's services, each in its own language");
  probe->add_option("HOST", options->hosts, "HOST, HOST:PORT or [IPv6]:PORT");
  probe
      ->add_option("--service", options->services,
                   "This service, on its own port or on PORT; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  probe->add_flag("--all", options->all,
                  "Every service: at its own port, or all of them at PORT to see what is there");
  probe->add_flag("--list", options->list, "Print the services and ask nobody");
  probe->add_option("--interface", options->interface, "The interface that an RPC probe binds")
      ->type_name("UUID,VERSION");
  probe->add_option("--domain", options->domain, "The domain that DNS and Kerberos are asked about")
      ->type_name("NAME");
  probe->add_option("--timeout", options->timeout, "Seconds for each connect and each answer")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  probe->add_option("--within", options->within, "Seconds for all of it")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  probe->add_option("--format", options->format, "Output format")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  probe->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
