// SPDX-License-Identifier: Apache-2.0
// pinhole verify PLAN --from ZONE: whether every flow of a plan that starts there arrives.

#include "inspect/verify.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include <sys/resource.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.hpp"
#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/verify_print.hpp"
#include "cli/verify_registry.hpp"
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
  std::string data;
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

Exit finish(const Options& options, const inspect::Report& report) {
  print(options, report);
  if (!options.html.empty()) {
    const std::string page = inspect::verify_page(report);
    if (const auto written = store::write_atomic(options.html, bytes_of(page)); !written) {
      return cli::report(written.error());
    }
  }
  return inspect::failed_here(report) ? Exit::environment
         : inspect::is_good(report)   ? Exit::good
                                      : Exit::no;
}

Exit run(const Options& options) {
  const auto catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return report(catalogue.error());
  }
  const auto ports =
      options.excess.empty() ? Checked<PortSet>(PortSet()) : excess_ports(options.excess);
  if (!ports) {
    return report(ports.error());
  }
  const auto plan = open_plan(options.plan, *catalogue);
  if (!plan) {
    return report(plan.error());
  }
  const auto scope = inspect::scope_of(plan->topology, options.from, options.as);
  if (!scope) {
    return report(scope.error());
  }
  auto checks = prepare(options, *plan, *scope, *catalogue);
  if (!checks) {
    return report(checks.error());
  }
  inspect::Report result;
  result.title = plan->topology.title;
  result.plan = options.plan;
  result.from = inspect::scope_text(plan->topology, *scope);
  result.time = fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  result.version = PINHOLE_VERSION;
  run_checks(options, *checks);
  result.rows = inspect::report_rows(*plan, *checks);
  if (!ports->empty()) {
    result.excess = run_excess(options, *ports, *checks, *plan);
  }
  return finish(options, result);
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
  add_data_option(*verify, options->data);
  verify->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
