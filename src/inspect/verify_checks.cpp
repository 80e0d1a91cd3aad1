// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_checks.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/flow_ends.hpp"
#include "plan/paths.hpp"
#include "plan/port_settings.hpp"
#include "registry/text.hpp"

namespace pinhole::inspect {
namespace {

using plan::Index;
using plan::Party;

tl::unexpected<Diagnostics> refuse(std::string_view place, std::string message,
                                   std::string remedy) {
  return failure({"verify-scope",
                  Severity::error,
                  {std::string(place), 0, 0, {}},
                  std::move(message),
                  std::move(remedy),
                  Exit::usage});
}

template <class Row>
std::optional<Index> find_name(const std::vector<Row>& rows, std::string_view name) {
  for (Index i = 0; i < rows.size(); ++i) {
    if (registry::same_name(rows[i].name, name)) {
      return i;
    }
  }
  return std::nullopt;
}

std::optional<Party> find_party(const plan::Topology& topology, std::string_view name) {
  if (const auto client = find_name(topology.clients, name)) {
    return Party{Party::Kind::client, *client};
  }
  if (const auto server = find_name(topology.servers, name)) {
    return Party{Party::Kind::server, *server};
  }
  return std::nullopt;
}

std::string zones_of(const plan::Topology& topology) {
  std::vector<std::string_view> names;
  names.reserve(topology.zones.size());
  for (const plan::Zone& zone : topology.zones) {
    names.emplace_back(zone.name);
  }
  return fmt::format("the plan has the zones {}", fmt::join(names, ", "));
}

class Checks {
 public:
  Checks(const plan::Plan& plan, const VerifyScope& scope, const catalogue::Catalogue& catalogue)
      : plan_(&plan), scope_(&scope), catalogue_(&catalogue), paths_(plan.topology) {}

  std::vector<Check> make() {
    for (Index i = 0; i < plan_->flows.size(); ++i) {
      const plan::Flow& flow = plan_->flows[i];
      if (is_in_scope(flow.from)) {
        add(i);
      } else if (is_in_scope(flow.to) && flow.to.kind == Party::Kind::client) {
        add_other(i, "the server opens it towards the client");
      }
    }
    return std::move(checks_);
  }

 private:
  [[nodiscard]] bool is_in_scope(Party party) const {
    return (!scope_->party || *scope_->party == party) &&
           (!scope_->zone || plan::zone_of(plan_->topology, party) == *scope_->zone);
  }

  void add_other(Index index, std::string why) {
    Check check;
    check.flow = index;
    check.facts.why_none = std::move(why);
    check.facts.service = plan_->flows[index].service;
    check.facts.planned = plan::ports_of(*plan_, plan_->flows[index], *catalogue_);
    checks_.push_back(std::move(check));
  }

  void add(Index index) {
    const plan::Flow& flow = plan_->flows[index];
    if (flow.transport == plan::Transport::udp) {
      add_other(index, "UDP: silence and delivery look the same from here");
      return;
    }
    if (flow.to.kind == Party::Kind::client) {
      add_other(index, "towards a client: the plan names networks, no single address");
      return;
    }
    Check check = check_of(index);
    const std::vector<IpAddress> addresses = targets_of(flow);
    if (addresses.empty()) {
      add_other(index, "no address that both ends can speak");
      return;
    }
    for (const IpAddress& address : addresses) {
      check.address = address;
      check.facts.address = to_string(address);
      checks_.push_back(check);
    }
  }

  [[nodiscard]] Check check_of(Index index) const {
    const plan::Flow& flow = plan_->flows[index];
    Check check;
    check.flow = index;
    FlowFacts& facts = check.facts;
    facts.service = flow.service;
    facts.planned = plan::ports_of(*plan_, flow, *catalogue_);
    facts.meant_dynamic = flow.ports.dynamic_of.has_value();
    facts.dynamic = plan::dynamic_range_of(target_server(flow), *catalogue_);
    for (const std::string& id : flow.interfaces) {
      const auto at = std::ranges::find(catalogue_->interfaces, id, &catalogue::InterfaceInfo::id);
      if (at != catalogue_->interfaces.end()) {
        check.interfaces.push_back({id, {at->uuid, at->major, at->minor}, at->version_known});
      }
    }
    choose_way(flow, check);
    return check;
  }

  /// Whoever asks for RPC over HTTP knows the port and asks no mapper.
  static void choose_way(const plan::Flow& flow, Check& check) {
    FlowFacts& facts = check.facts;
    if (flow.service == "RpcSs") {
      facts.way = Way::mapper;
    } else if (!check.interfaces.empty()) {
      check.http = flow.protocol == "RPC over HTTP";
      facts.way = check.http ? Way::bind : Way::map_and_bind;
    } else if (facts.planned.count() == 1) {
      facts.way = Way::connect;
    } else {
      facts.why_none = "its interface is not known, and its port is one of many";
    }
    for (const CheckInterface& each : check.interfaces) {
      facts.interfaces.push_back({each.id, {}});
    }
  }

  [[nodiscard]] const plan::Server& target_server(const plan::Flow& flow) const {
    const plan::Topology& topology = plan_->topology;
    const Index server = flow.to.kind == Party::Kind::load_balancer
                             ? topology.load_balancers[flow.to.index].servers.front()
                             : flow.to.index;
    return topology.servers[server];
  }

  /// The addresses that the client uses: the outside ones of the first device that translates.
  [[nodiscard]] std::vector<IpAddress> targets_of(const plan::Flow& flow) {
    const plan::Topology& topology = plan_->topology;
    const auto way = paths_.between(flow.from, flow.to);
    const Index from = way && !way->empty() ? way->front().in : plan::zone_of(topology, flow.from);
    const Index to = way && !way->empty() ? way->back().out : plan::zone_of(topology, flow.to);
    std::vector<IpAddress> outside;
    if (way) {
      for (const plan::Hop& hop : *way) {
        if (outside.empty()) {
          outside = outside_of(flow, hop);
        }
      }
    }
    const auto sources = plan::addresses_of(topology, flow.from, from);
    std::vector<IpAddress> targets;
    const auto add = [&](const IpAddress& address) {
      if (plan::has_family(sources, address.family)) {
        targets.push_back(address);
      }
    };
    std::ranges::for_each(outside, add);
    for (const IpPrefix& prefix : plan::addresses_of(topology, flow.to, to)) {
      const bool translated = std::ranges::any_of(outside, [&](const IpAddress& address) {
        return address.family == prefix.address.family;
      });
      if (!translated) {
        add(prefix.address);
      }
    }
    return targets;
  }

  [[nodiscard]] std::vector<IpAddress> outside_of(const plan::Flow& flow,
                                                  const plan::Hop& hop) const {
    std::vector<IpAddress> outside;
    const plan::Topology& topology = plan_->topology;
    const Index from = plan::zone_of(topology, flow.from);
    for (const plan::Translation& each : topology.devices[hop.device].translations) {
      const bool applies = each.from ? *each.from == from || *each.from == hop.in
                                     : from != plan::zone_of(topology, flow.to);
      if (flow.to.kind == Party::Kind::server && each.server == flow.to.index && applies) {
        outside.push_back(each.outside);
      }
    }
    return outside;
  }

  const plan::Plan* plan_;
  const VerifyScope* scope_;
  const catalogue::Catalogue* catalogue_;
  plan::Paths paths_;
  std::vector<Check> checks_;
};

/// The first setting of the flow that this state speaks of; the port it holds.
std::optional<RegistryFact> registry_fact(const plan::Flow& flow, FlowFacts& facts,
                                          const std::map<Index, plan::State>& states,
                                          const catalogue::Catalogue& catalogue) {
  for (const plan::PortSetting& each : flow.ports.settings) {
    const auto state = states.find(each.server);
    const auto* setting = catalogue::find_setting_by_id(catalogue, each.setting);
    if (setting == nullptr) {
      continue;
    }
    facts.restart = setting->restart;
    if (state != states.end() && catalogue::is_of_registry(*setting) && state->second.registry) {
      return RegistryFact{plan::present_port(state->second, *setting)};
    }
  }
  return std::nullopt;
}

}  // namespace

Checked<VerifyScope> scope_of(const plan::Topology& topology, std::string_view from,
                              std::string_view as) {
  VerifyScope scope;
  if (from.empty() && as.empty()) {
    return refuse("verify", "from where is not said", "give --from ZONE; " + zones_of(topology));
  }
  if (!from.empty()) {
    scope.zone = find_name(topology.zones, from);
    if (!scope.zone) {
      return refuse(from, "the plan has no zone of this name", zones_of(topology));
    }
  }
  if (!as.empty()) {
    scope.party = find_party(topology, as);
    if (!scope.party) {
      return refuse(as, "the plan has no client or server of this name",
                    "name one of its [[client]] or [[server]] tables");
    }
    if (scope.zone && plan::zone_of(topology, *scope.party) != *scope.zone) {
      return refuse(as, fmt::format("it does not stand in the zone {}", from),
                    "leave --from out, or name another");
    }
  }
  return scope;
}

std::vector<Check> checks_of(const plan::Plan& plan, const VerifyScope& scope,
                             const catalogue::Catalogue& catalogue) {
  return Checks(plan, scope, catalogue).make();
}

void add_registries(std::vector<Check>& checks, const plan::Plan& plan,
                    const std::map<Index, plan::State>& states,
                    const catalogue::Catalogue& catalogue) {
  for (Check& check : checks) {
    check.facts.registry = registry_fact(plan.flows[check.flow], check.facts, states, catalogue);
  }
}

}  // namespace pinhole::inspect
