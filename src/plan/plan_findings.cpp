// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_findings.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/flow_ends.hpp"
#include "plan/paths.hpp"
#include "plan/topology_lookup.hpp"

namespace pinhole::plan {
namespace {

constexpr std::size_t kMostNames = 5;

std::string some_of(const std::vector<std::string>& names) {
  if (names.size() <= kMostNames) {
    return fmt::format("{}", fmt::join(names, ", "));
  }
  return fmt::format("{} and {} more", fmt::join(names.begin(), names.begin() + kMostNames, ", "),
                     names.size() - kMostNames);
}

bool is_shown(const State& state, const catalogue::Setting& setting) {
  return setting.type == catalogue::ValueType::app_setting
             ? state.app_settings.has_value()
             : state.registry.has_value() || state.smb_conf.has_value();
}

void find_unknown_states(const Plan& plan, std::span<const State> states,
                         const catalogue::Catalogue& catalogue, Findings& findings) {
  std::map<std::string_view, const State*, std::less<>> by_name;
  for (const State& state : states) {
    by_name.emplace(state.name, &state);
  }
  std::vector<std::string> unknown;
  for (const Assignment& assignment : plan.assignments) {
    const std::string& server = plan.topology.servers[assignment.server].name;
    const auto* setting = catalogue::find_setting_by_id(catalogue, assignment.setting);
    const auto state = by_name.find(server);
    const bool shown = setting == nullptr || setting->type == catalogue::ValueType::command ||
                       (state != by_name.end() && is_shown(*state->second, *setting));
    if (!shown && (unknown.empty() || unknown.back() != server)) {
      unknown.push_back(server);
    }
  }
  if (!unknown.empty()) {
    findings.push_back(
        {.rule = "state-unknown",
         .severity = Severity::note,
         .server = unknown.size() == 1 ? unknown.front() : std::string(),
         .service = {},
         .subject = "state",
         .message = fmt::format("what {} held before is not known: the undo takes the values out "
                                "and puts none back",
                                some_of(unknown)),
         .remedy = "export the registry there and name the file: state = { registry = \"...\" }",
         .source = {},
         .place = {}});
  }
}

void find_pins_outside(const Plan& plan, Findings& findings) {
  const PortPolicy& policy = plan.topology.policy;
  for (const Pinned& pin : policy.pinned) {
    if (policy.wanted && !PortSet(*policy.wanted).contains(pin.port)) {
      findings.push_back(
          {.rule = "pin-outside-wanted",
           .severity = Severity::note,
           .server = plan.topology.servers[pin.server].name,
           .service = {},
           .subject = pin.setting,
           .message = fmt::format("{} is pinned to {}, which is not in the wanted "
                                  "range {}",
                                  pin.setting, pin.port, to_string(PortSet(*policy.wanted))),
           .remedy = "drop the pin, or leave it where this number is meant",
           .source = {},
           .place = pin.place});
    }
  }
}

bool refers_to_catalog(const Server& server) {
  return server.product == "exchange-2000" || server.product == "exchange-2003";
}

/// Outlook 2000 and later goes to the catalog itself, unless DSProxy is forced (row F26).
void find_missing_catalogs(const Plan& plan, Findings& findings) {
  const auto& servers = plan.topology.servers;
  const bool has_one = std::ranges::any_of(
      servers, [](const Server& server) { return has_role(server, "global-catalog"); });
  for (Index index = 0; has_one && index < plan.topology.clients.size(); ++index) {
    const ClientGroup& client = plan.topology.clients[index];
    if (client.kind != ClientKind::mapi) {
      continue;
    }
    const Flow* referred = nullptr;
    bool reaches = false;
    for (const Flow& flow : plan.flows) {
      const bool ours = flow.from == Party{Party::Kind::client, index} &&
                        flow.to.kind == Party::Kind::server && flow.protocol == "MS-RPC";
      if (ours && refers_to_catalog(servers[flow.to.index])) {
        referred = referred == nullptr ? &flow : referred;
      }
      reaches = reaches || (ours && has_role(servers[flow.to.index], "global-catalog"));
    }
    if (referred != nullptr && !reaches) {
      findings.push_back(
          {.rule = "no-global-catalog",
           .severity = Severity::note,
           .server = servers[referred->to.index].name,
           .service = {},
           .subject = referred->id,
           .message = fmt::format("{} refers {} to a global catalog, and no need of theirs names "
                                  "one",
                                  servers[referred->to.index].name, client.name),
           .remedy = "name the global catalogs in the need, or have the server answer by its "
                     "DSProxy alone",
           .source = "KB 298369",
           .place = referred->place});
    }
  }
}

struct OpenRange {
  const Flow* first = nullptr;
  std::set<std::string> who;
};

void find_open_ranges(const Plan& plan, const catalogue::Catalogue& catalogue, Findings& findings) {
  std::map<std::pair<Index, std::string>, OpenRange> open;
  for (const Flow& flow : plan.flows) {
    const bool inside = zone_of(plan.topology, flow.from) == zone_of(plan.topology, flow.to);
    if (!flow.ports.dynamic_of || inside || flow.transport != Transport::tcp) {
      continue;
    }
    OpenRange& range = open[{*flow.ports.dynamic_of, flow.service}];
    range.first = range.first == nullptr ? &flow : range.first;
    range.who.insert(name_of(plan.topology, flow.from));
  }
  for (const auto& [what, range] : open) {
    const PortSet ports = ports_of(plan, *range.first, catalogue);
    findings.push_back(
        {.rule = "dynamic-range-open",
         .severity = Severity::note,
         .server = plan.topology.servers[what.first].name,
         .service = what.second,
         .subject = range.first->id,
         .message = fmt::format("no setting fixes the port of {} there: all {} ports {} stand "
                                "open to {}",
                                what.second, ports.count(), to_string(ports),
                                some_of({range.who.begin(), range.who.end()})),
         .remedy = "narrow the server's dynamic range (Rpc\\Internet), or leave the need out",
         .source = {},
         .place = range.first->place});
  }
}

}  // namespace

Findings plan_findings(const Plan& plan, std::span<const State> states,
                       const catalogue::Catalogue& catalogue) {
  Findings findings;
  find_unknown_states(plan, states, catalogue, findings);
  find_pins_outside(plan, findings);
  find_missing_catalogs(plan, findings);
  find_open_ranges(plan, catalogue, findings);
  return findings;
}

}  // namespace pinhole::plan
