// SPDX-License-Identifier: Apache-2.0
#include "inspect/trace_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "plan/flow_ends.hpp"
#include "plan/paths.hpp"

namespace pinhole::inspect {
namespace {

using plan::Party;

bool holds(const std::vector<IpPrefix>& prefixes, const IpAddress& address) {
  return std::ranges::any_of(prefixes,
                             [&](const IpPrefix& prefix) { return prefix.contains(address); });
}

/// All addresses that somebody may reach a party at, or that it comes with: a capture is made on
/// one side of a translation or on the other.
std::vector<IpPrefix> all_addresses(const plan::Topology& topology, Party party) {
  auto prefixes = plan::addresses_of(topology, party, plan::zone_of(topology, party));
  if (party.kind != Party::Kind::server) {
    return prefixes;
  }
  for (const IpAddress& address : topology.servers[party.index].addresses) {
    prefixes.push_back(plan::host(address));
  }
  for (const plan::Device& device : topology.devices) {
    for (const plan::Translation& each : device.translations) {
      if (each.server == party.index) {
        prefixes.push_back(plan::host(each.outside));
      }
    }
  }
  return prefixes;
}

bool is_in_vain(TraceState state) {
  return state == TraceState::unanswered || state == TraceState::refused;
}

}  // namespace

PlanJudge::PlanJudge(const plan::Plan& plan, const catalogue::Catalogue& catalogue) : plan_(plan) {
  for (std::size_t i = 0; i < plan.flows.size(); ++i) {
    const plan::Flow& flow = plan.flows[i];
    if (flow.transport != plan::Transport::tcp) {
      continue;
    }
    Reach reach{i,
                all_addresses(plan.topology, flow.from),
                all_addresses(plan.topology, flow.to),
                plan::ports_of(plan, flow, catalogue),
                {}};
    for (const std::string& id : flow.interfaces) {
      const auto at = std::ranges::find(catalogue.interfaces, id, &catalogue::InterfaceInfo::id);
      if (at != catalogue.interfaces.end()) {
        reach.interfaces.push_back(at->uuid);
      }
    }
    reaches_.push_back(std::move(reach));
  }
  for (plan::Index i = 0; i < plan.topology.servers.size(); ++i) {
    for (const IpPrefix& prefix : all_addresses(plan.topology, {Party::Kind::server, i})) {
      servers_[prefix.address].push_back(i);
    }
    dynamic_[i] = plan::dynamic_range_of(plan.topology.servers[i], catalogue);
  }
  for (const plan::LoadBalancer& balancer : plan.topology.load_balancers) {
    for (const IpAddress& address : balancer.addresses) {
      auto& behind = servers_[address];
      behind.insert(behind.end(), balancer.servers.begin(), balancer.servers.end());
    }
  }
  for (const plan::Assignment& each : plan.assignments) {
    assigned_[each.server].insert({each.port, each.port});
  }
}

std::optional<PortKind> PlanJudge::kind_of(const capture::Endpoint& server) const {
  const auto known = servers_.find(server.address);
  if (known == servers_.end()) {
    return std::nullopt;
  }
  std::optional<PortKind> kind;
  for (const plan::Index each : known->second) {
    const auto assigned = assigned_.find(each);
    if (assigned != assigned_.end() && assigned->second.contains(server.port)) {
      return PortKind::fixed;
    }
    const PortRange range = dynamic_.at(each);
    const bool inside = range.first <= server.port && server.port <= range.last;
    kind = inside ? PortKind::dynamic : kind.value_or(PortKind::fixed);
  }
  return kind;
}

void PlanJudge::judge(TraceRow& row, const capture::Conversation& talk) const {
  row.planned = Planned::no;
  row.flows.clear();
  row.remark.clear();
  for (const Reach& reach : reaches_) {
    if (!reach.ports.contains(talk.server.port) || !holds(reach.to, talk.server.address) ||
        !holds(reach.from, talk.client)) {
      continue;
    }
    // Every endpoint has mgmt; what was never named cannot be held against the flow.
    const bool fits =
        reach.interfaces.empty() || row.about.empty() ||
        std::ranges::any_of(row.about, [&](const dcerpc::SyntaxId& id) {
          return id.uuid == dcerpc::kManagement.uuid ||
                 std::ranges::find(reach.interfaces, id.uuid) != reach.interfaces.end();
        });
    if (fits) {
      row.flows.push_back(reach.flow);
    } else if (row.remark.empty()) {
      row.remark = fmt::format("the flow {} is for another interface", plan_.flows[reach.flow].id);
    }
  }
  if (!row.flows.empty()) {
    row.planned = Planned::yes;
    row.remark.clear();
  } else if (!servers_.contains(talk.server.address)) {
    row.planned = Planned::outside;
  } else if (row.remark.empty()) {
    row.remark = why_not(row, talk);
  }
}

std::string PlanJudge::why_not(const TraceRow& row, const capture::Conversation& talk) const {
  bool may_come = false;
  for (const Reach& reach : reaches_) {
    if (!holds(reach.to, talk.server.address) || !holds(reach.from, talk.client)) {
      continue;
    }
    may_come = true;
    const bool same = std::ranges::any_of(row.about, [&](const dcerpc::SyntaxId& id) {
      return std::ranges::find(reach.interfaces, id.uuid) != reach.interfaces.end();
    });
    if (same) {
      return fmt::format("the plan has it on port {}", to_string(reach.ports));
    }
  }
  return may_come ? "no flow to this port" : "no flow between these two";
}

std::vector<TraceFlow> PlanJudge::flows(const capture::Report& report,
                                        const std::vector<TraceRow>& rows) const {
  std::vector<TraceFlow> all(plan_.flows.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].flow = i;
    all[i].judged = plan_.flows[i].transport == plan::Transport::tcp;
  }
  for (const TraceRow& row : rows) {
    const capture::Conversation& talk = report.conversations[row.conversation];
    for (const std::size_t flow : row.flows) {
      TraceFlow& seen = all[flow];
      if (row.state == TraceState::unanswered) {
        seen.failed += talk.unanswered;
      } else if (row.state == TraceState::refused) {
        seen.failed += talk.refused;
      } else if (!is_in_vain(row.state)) {
        seen.connections = std::max(seen.connections, talk.connections);
      }
    }
  }
  return all;
}

}  // namespace pinhole::inspect
