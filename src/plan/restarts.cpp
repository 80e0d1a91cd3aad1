// SPDX-License-Identifier: Apache-2.0
#include "plan/restarts.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/topology_lookup.hpp"

namespace pinhole::plan {
namespace {

struct Missed {
  std::string_view service;
  std::string_view what;
};

constexpr auto kMissed = std::to_array<Missed>({
    {"CertSvc", "certificate enrolment"},
    {"DFSR", "replication of files"},
    {"MSExchangeAB", "the address book"},
    {"MSExchangeDS", "the address book and directory replication"},
    {"MSExchangeIS", "mailboxes and public folders"},
    {"MSExchangeMTA", "mail to other sites and X.400 partners (it waits)"},
    {"MSExchangeRPC", "Outlook's sessions"},
    {"MSExchangeSA", "administration and referrals"},
    {"MSExchangeSRS", "replication with Exchange 5.5"},
    {"NTDS", "look-ups in the directory"},
    {"Netlogon", "logon"},
    {"NtFrs", "replication of logon scripts and policies"},
});

/// Exchange asks the directory as it starts, so domain controllers go first. What stands behind
/// comes before what clients talk to: when they come back to a Client Access or front-end server,
/// all that it asks already answers on its new port, and users are interrupted once.
enum class Stage : std::uint8_t { directory, behind, in_front };

Stage stage_of(const Server& server) {
  if (has_role(server, "domain-controller")) {
    return Stage::directory;
  }
  const bool in_front = has_role(server, "client-access") || has_role(server, "front-end");
  const bool behind = has_role(server, "mailbox") || has_role(server, "back-end");
  return in_front && !behind ? Stage::in_front : Stage::behind;
}

catalogue::Restart restart_of(const Server& server, const catalogue::Catalogue& catalogue,
                              const Assignment& assignment) {
  // Samba reads smb.conf when it starts; the computer need not.
  if (server.system == OperatingSystem::linux) {
    return catalogue::Restart::service;
  }
  const auto* setting = catalogue::find_setting_by_id(catalogue, assignment.setting);
  return setting == nullptr ? catalogue::Restart::computer : setting->restart;
}

void add(std::vector<std::string>& services, std::string_view service) {
  if (std::ranges::find(services, service) == services.end()) {
    services.emplace_back(service);
  }
}

bool runs(const catalogue::Catalogue& catalogue, const Server& server, std::string_view name) {
  const auto services = services_on(catalogue, server);
  return std::ranges::any_of(services, [&](const auto* each) { return each->name == name; });
}

/// The System Attendant takes the Information Store with it (RESTART-2000), so it goes first and
/// the store is named too.
void add_dependants(RestartStep& step, const Server& server,
                    const catalogue::Catalogue& catalogue) {
  const auto attendant = std::ranges::find(step.services, "MSExchangeSA");
  if (attendant == step.services.end() || step.what == catalogue::Restart::computer) {
    return;
  }
  std::rotate(step.services.begin(), attendant, attendant + 1);
  if (runs(catalogue, server, "MSExchangeIS")) {
    add(step.services, "MSExchangeIS");
  }
}

std::size_t members_of(const std::vector<ServerGroup>& groups, std::string_view name) {
  const auto at = std::ranges::find(groups, name, &ServerGroup::name);
  return at == groups.end() ? 0 : at->servers.size();
}

/// Who answers meanwhile; empty where nobody does.
std::string meanwhile(const Topology& topology, const Server& server, std::size_t controllers) {
  if (!server.array.empty() && members_of(topology.arrays, server.array) > 1) {
    return fmt::format("; the others of {} answer", server.array);
  }
  if (!server.cluster.empty() && members_of(topology.clusters, server.cluster) > 1) {
    return fmt::format("; move to another of {} first", server.cluster);
  }
  if (has_role(server, "domain-controller") && controllers > 1) {
    return "; the other domain controllers answer";
  }
  return {};
}

std::string missed_with(const RestartStep& step, const Server& server) {
  std::vector<std::string_view> missed;
  for (const Missed& each : kMissed) {
    if (std::ranges::find(step.services, each.service) != step.services.end() &&
        std::ranges::find(missed, each.what) == missed.end()) {
      missed.push_back(each.what);
    }
  }
  const std::string list = fmt::format("{}", fmt::join(missed, ", "));
  return step.what == catalogue::Restart::computer
             ? fmt::format("everything on {}: {}", server.name, list)
             : list;
}

}  // namespace

std::vector<RestartStep> restarts_for(const Topology& topology,
                                      const catalogue::Catalogue& catalogue,
                                      std::span<const Assignment> assignments) {
  std::vector<RestartStep> steps;
  for (const Assignment& each : assignments) {
    if (each.before == each.port) {
      continue;
    }
    if (steps.empty() || steps.back().server != each.server) {
      steps.push_back({each.server, catalogue::Restart::service, {}, {}});
    }
    RestartStep& step = steps.back();
    add(step.services, each.service);
    if (restart_of(topology.servers[each.server], catalogue, each) ==
        catalogue::Restart::computer) {
      step.what = catalogue::Restart::computer;
    }
  }
  const auto controllers =
      static_cast<std::size_t>(std::ranges::count_if(topology.servers, [](const Server& server) {
        return has_role(server, "domain-controller");
      }));
  for (RestartStep& step : steps) {
    const Server& server = topology.servers[step.server];
    add_dependants(step, server, catalogue);
    step.unavailable = missed_with(step, server) + meanwhile(topology, server, controllers);
  }
  std::ranges::sort(steps, {}, [&](const RestartStep& step) {
    return std::pair(stage_of(topology.servers[step.server]), step.server);
  });
  return steps;
}

}  // namespace pinhole::plan
