// SPDX-License-Identifier: Apache-2.0
// pinhole verify PLAN --from ZONE: whether every flow of a plan that starts there arrives.

#include "inspect/verify.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include <sys/resource.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.hpp"
#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/interruption.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/verify_print.hpp"
#include "cli/verify_registry.hpp"
#include "inspect/verify_changes.hpp"
#include "inspect/verify_excess.hpp"
#include "inspect/verify_report.hpp"
#include "render/json.hpp"
#include "store/file.hpp"

namespace pinhole::cli {
namespace {

constexpr std::size_t kMostAtOnce = 4096;
constexpr std::size_t kOtherDescriptors = 64;

struct Options {
  std::string plan;
  std::string from;
  std::string as;
  std::vector<std::string> registries;
  std::string excess;
  std::uint32_t rate = 200;
  unsigned timeout = 5;
  std::string format = "table";
  std::string html;
  unsigned watch = 0;  // seconds; 0: once
  std::string data;
};

/// What is read once, however often it is tried.
struct Subject {
  catalogue::Catalogue catalogue;
  PortSet excess;  // empty: other ports are not tried
  plan::Plan plan;
  inspect::VerifyScope scope;
};

/// Connections under way: as many as the limit of open files lets through.
std::size_t room_for(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::min(wanted, kOtherDescriptors);
  }
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, kMostAtOnce + kOtherDescriptors);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::size_t room = limit.rlim_cur > 2 * kOtherDescriptors
                               ? limit.rlim_cur - kOtherDescriptors
                               : kOtherDescriptors / 2;
  return std::min({wanted, room, kMostAtOnce});
}

Checked<PortSet> excess_ports(const std::string& text) {
  if (text == "all") {
    return PortSet({1, 65535});
  }
  auto ports = parse_port_set(text);
  if (!ports || ports->empty() || ports->contains(0)) {
    return usage("--excess", fmt::format("\"{}\" is no set of ports", text),
                 "write all, or ports such as 1-1023,3389");
  }
  return *std::move(ports);
}

inspect::ExcessResult run_excess(const Options& options, const PortSet& ports,
                                 const std::vector<inspect::Check>& checks,
                                 const plan::Plan& plan) {
  ProgressLine line("other ports");
  inspect::ExcessOptions wanted;
  wanted.ports = ports;
  wanted.rate = options.rate;
  wanted.timeout = std::chrono::seconds(options.timeout);
  wanted.at_once = room_for(std::size_t{options.rate} * options.timeout + 1);
  wanted.progress = [&line](std::size_t done, std::size_t total) { line.show(done, total); };
  return inspect::try_excess(inspect::excess_targets(checks, plan), wanted);
}

void run_checks(const Options& options, std::vector<inspect::Check>& checks) {
  ProgressLine line("flows");
  inspect::VerifyOptions wanted;
  wanted.timeout = std::chrono::seconds(options.timeout);
  wanted.at_once = room_for(wanted.at_once);
  wanted.progress = [&line](std::size_t done, std::size_t total) { line.show(done, total); };
  inspect::ask(checks, wanted);
}

void print(const Options& options, const inspect::Report& report) {
  if (options.format == "json") {
    fmt::print("{}", render::json_text(inspect::verify_json(report)));
  } else if (options.format == "sarif") {
    fmt::print("{}", render::json_text(inspect::verify_sarif(report)));
  } else if (options.format == "junit") {
    fmt::print("{}", inspect::verify_junit(report));
  } else {
    fmt::print("{}", verify_table(report, style_of(stdout)));
  }
}

Checked<std::vector<inspect::Check>> prepare(const Options& options, const plan::Plan& plan,
                                             const inspect::VerifyScope& scope,
                                             const catalogue::Catalogue& catalogue) {
  auto checks = inspect::checks_of(plan, scope, catalogue);
  if (checks.empty()) {
    return refusal("verify-nothing", options.plan,
                   fmt::format("no flow starts in {}", inspect::scope_text(plan.topology, scope)),
                   "name another zone or party");
  }
  const auto states = read_registries(options.registries, plan, checks);
  if (!states) {
    return tl::unexpected(states.error());
  }
  inspect::add_registries(checks, plan, *states, catalogue);
  return checks;
}

/// Tries everything once. What the registries hold is read anew: it changes while one watches.
Checked<inspect::Report> try_all(const Options& options, const Subject& subject) {
  auto checks = prepare(options, subject.plan, subject.scope, subject.catalogue);
  if (!checks) {
    return tl::unexpected(std::move(checks).error());
  }
  inspect::Report result;
  result.title = subject.plan.topology.title;
  result.plan = options.plan;
  result.from = inspect::scope_text(subject.plan.topology, subject.scope);
  result.time = fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  result.version = PINHOLE_VERSION;
  run_checks(options, *checks);
  result.rows = inspect::report_rows(subject.plan, *checks);
  if (!subject.excess.empty()) {
    result.excess = run_excess(options, subject.excess, *checks, subject.plan);
  }
  return result;
}

Checked<void> write_page(const Options& options, const inspect::Report& report) {
  if (options.html.empty()) {
    return {};
  }
  const std::string page = inspect::verify_page(report);
  return store::write_atomic(options.html, bytes_of(page));
}

Exit exit_of(const inspect::Report& report) {
  return inspect::failed_here(report) ? Exit::environment
         : inspect::is_good(report)   ? Exit::good
                                      : Exit::no;
}

/// Until it is interrupted; `last` is what is known so far.
Exit watch(const Options& options, const Subject& subject, const Interruption& interruption,
           inspect::Report last) {
  while (!interruption.within(std::chrono::seconds(options.watch))) {
    auto next = try_all(options, subject);
    if (!next) {
      return report(next.error());
    }
    fmt::print("{}",
               verify_changes(inspect::changes_between(last, *next), next->time, style_of(stdout)));
    std::fflush(stdout);
    if (const auto written = write_page(options, *next); !written) {
      return report(written.error());
    }
    last = *std::move(next);
  }
  fmt::print("{}\n", inspect::summary_of(last));
  return exit_of(last);
}

Checked<Subject> subject_of(const Options& options) {
  Subject subject;
  auto catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return tl::unexpected(std::move(catalogue).error());
  }
  subject.catalogue = *std::move(catalogue);
  if (!options.excess.empty()) {
    auto ports = excess_ports(options.excess);
    if (!ports) {
      return tl::unexpected(std::move(ports).error());
    }
    subject.excess = *std::move(ports);
  }
  auto plan = open_plan(options.plan, subject.catalogue);
  if (!plan) {
    return tl::unexpected(std::move(plan).error());
  }
  subject.plan = *std::move(plan);
  auto scope = inspect::scope_of(subject.plan.topology, options.from, options.as);
  if (!scope) {
    return tl::unexpected(std::move(scope).error());
  }
  subject.scope = *std::move(scope);
  return subject;
}

Exit run(const Options& options) {
  if (options.watch != 0 && options.format != "table") {
    return report(usage("--watch", "is for eyes", "leave --format out, or run it again").value());
  }
  const auto subject = subject_of(options);
  if (!subject) {
    return report(subject.error());
  }
  std::optional<Interruption> interruption;
  if (options.watch != 0) {
    interruption.emplace();
  }
  auto first = try_all(options, *subject);
  if (!first) {
    return report(first.error());
  }
  print(options, *first);
  if (const auto written = write_page(options, *first); !written) {
    return report(written.error());
  }
  std::fflush(stdout);
  return interruption ? watch(options, *subject, *interruption, *std::move(first))
                      : exit_of(*first);
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verify =
      app.add_subcommand("verify", "Try every flow of a plan that starts in this machine's zone");
  verify->add_option("PLAN", options->plan, "A plan folder, or its plan.json")->required();
  verify->add_option("--from", options->from, "The zone that this machine stands in")
      ->type_name("ZONE");
  verify->add_option("--as", options->as, "Only the flows of this client or server")
      ->type_name("PARTY");
  verify
      ->add_option("--registry", options->registries,
                   "A server's hive, folder of hives or .reg file: tells \"not yet restarted\" "
                   "from \"wrong value\"")
      ->type_name("[SERVER=]PATH")
      ->allow_extra_args(false);
  verify->add_option("--excess", options->excess, "Also try these ports, which must not be open")
      ->type_name("PORTS|all");
  verify->add_option("--rate", options->rate, "Tries of --excess in a second")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  verify->add_option("--timeout", options->timeout, "Seconds for each connect and each call")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  verify->add_option("--format", options->format, "Output format")
      ->check(CLI::IsMember({"table", "json", "junit", "sarif"}))
      ->capture_default_str();
  verify->add_option("--html", options->html, "Also write one self-contained page")
      ->type_name("FILE");
  verify
      ->add_option("--watch", options->watch,
                   "Repeat after so many seconds and say what changed, until interrupted")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86400));
  add_data_option(*verify, options->data);
  verify->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
