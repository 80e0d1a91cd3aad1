// SPDX-License-Identifier: Apache-2.0
#include "cli/verify_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

#include <sys/resource.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/bytes.hpp"
#include "cli/data_option.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "cli/verify_print.hpp"
#include "cli/verify_registry.hpp"
#include "inspect/verify.hpp"
#include "inspect/verify_excess.hpp"
#include "store/file.hpp"

namespace pinhole::cli {
namespace {

constexpr std::size_t kMostAtOnce = 4096;
constexpr std::size_t kOtherDescriptors = 64;

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

inspect::ExcessResult run_excess(const VerifyRequest& request, const PortSet& ports,
                                 const std::vector<inspect::Check>& checks,
                                 const plan::Plan& plan) {
  ProgressLine line("other ports");
  inspect::ExcessOptions wanted;
  wanted.ports = ports;
  wanted.rate = request.rate;
  wanted.timeout = std::chrono::seconds(request.timeout);
  wanted.at_once = room_for(std::size_t{request.rate} * request.timeout + 1);
  wanted.progress = [&line](std::size_t done, std::size_t total) { line.show(done, total); };
  return inspect::try_excess(inspect::excess_targets(checks, plan), wanted);
}

void run_checks(const VerifyRequest& request, std::vector<inspect::Check>& checks) {
  ProgressLine line("flows");
  inspect::VerifyOptions wanted;
  wanted.timeout = std::chrono::seconds(request.timeout);
  wanted.at_once = room_for(wanted.at_once);
  wanted.progress = [&line](std::size_t done, std::size_t total) { line.show(done, total); };
  inspect::ask(checks, wanted);
}

Checked<std::vector<inspect::Check>> prepare(const VerifyRequest& request, const plan::Plan& plan,
                                             const inspect::VerifyScope& scope,
                                             const catalogue::Catalogue& catalogue) {
  auto checks = inspect::checks_of(plan, scope, catalogue);
  if (checks.empty()) {
    return refusal("verify-nothing", request.plan,
                   fmt::format("no flow starts in {}", inspect::scope_text(plan.topology, scope)),
                   "name another zone or party");
  }
  const auto states = read_registries(request.registries, plan, checks);
  if (!states) {
    return tl::unexpected(states.error());
  }
  inspect::add_registries(checks, plan, *states, catalogue);
  return checks;
}

}  // namespace

Checked<VerifySubject> verify_subject(const VerifyRequest& request) {
  VerifySubject subject;
  auto catalogue = open_catalogue(request.data);
  if (!catalogue) {
    return tl::unexpected(std::move(catalogue).error());
  }
  subject.catalogue = *std::move(catalogue);
  if (!request.excess.empty()) {
    auto ports = excess_ports(request.excess);
    if (!ports) {
      return tl::unexpected(std::move(ports).error());
    }
    subject.excess = *std::move(ports);
  }
  auto plan = open_plan(request.plan, subject.catalogue);
  if (!plan) {
    return tl::unexpected(std::move(plan).error());
  }
  subject.plan = *std::move(plan);
  auto scope = inspect::scope_of(subject.plan.topology, request.from, request.as);
  if (!scope) {
    return tl::unexpected(std::move(scope).error());
  }
  subject.scope = *std::move(scope);
  return subject;
}

Checked<inspect::Report> try_all(const VerifyRequest& request, const VerifySubject& subject) {
  auto checks = prepare(request, subject.plan, subject.scope, subject.catalogue);
  if (!checks) {
    return tl::unexpected(std::move(checks).error());
  }
  inspect::Report result;
  result.title = subject.plan.topology.title;
  result.plan = request.plan;
  result.from = inspect::scope_text(subject.plan.topology, subject.scope);
  result.time = fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  result.version = PINHOLE_VERSION;
  run_checks(request, *checks);
  result.rows = inspect::report_rows(subject.plan, *checks);
  if (!subject.excess.empty()) {
    result.excess = run_excess(request, subject.excess, *checks, subject.plan);
  }
  return result;
}

Checked<void> write_page(const VerifyRequest& request, const inspect::Report& report) {
  if (request.html.empty()) {
    return {};
  }
  const std::string page = inspect::verify_page(report);
  return store::write_atomic(request.html, bytes_of(page));
}

Exit exit_of(const inspect::Report& report) {
  return inspect::failed_here(report) ? Exit::environment
         : inspect::is_good(report)   ? Exit::good
                                      : Exit::no;
}

}  // namespace pinhole::cli
