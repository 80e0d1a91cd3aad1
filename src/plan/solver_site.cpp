// SPDX-License-Identifier: Apache-2.0
#include "plan/solver_site.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/topology_lookup.hpp"
#include "plan/windows_ports.hpp"

namespace pinhole::plan {
namespace {

constexpr PortRange kNever{0, 1199};  // well-known, and handed out first at boot

ListenerPorts limits_of(const SolverSite& site, const PortProfile& profile,
                        const PortListener& row) {
  const PortPolicy& policy = site.topology->policy;
  const PortLimits limits = port_limits(*site.book, profile.context, *row.setting);
  ListenerPorts listener;
  listener.row = row;
  const PortSet forbidden = limits.errors | policy.avoid;
  listener.broken = forbidden | limits.warnings;
  PortSet last = PortSet(policy.wanted.value_or(kDefaultRange)) - forbidden;
  last.erase(kNever);
  const PortSet third = last - limits.warnings;
  const PortSet second = third - limits.advice;
  listener.choices = {second - limits.notes, second, third, last};
  listener.advised = advised_port(
      *row.setting, profile.context.product == nullptr ? "" : profile.context.product->version);
  const bool may = listener.advised && !listener.broken.contains(*listener.advised) &&
                   (!policy.wanted || PortSet(*policy.wanted).contains(*listener.advised));
  if (!may) {
    listener.advised.reset();
  }
  return listener;
}

/// Servers with the same key have the same profile.
std::string profile_key(const Server& server, const PortContext& context) {
  auto roles = server.roles;
  std::ranges::sort(roles);
  return fmt::format("{}/{}/{}/{}/{}", server.product, static_cast<int>(server.system),
                     fmt::join(roles, ","), to_string(context.dynamic),
                     to_string(context.internet));
}

const PortProfile* profile_of(SolverSite& site, const Server& server, const State* state) {
  const catalogue::Catalogue& catalogue = site.book->catalogue();
  PortContext context;
  context.product = catalogue::find_product(catalogue, server.product);
  context.dynamic = dynamic_ports_of(server, state, catalogue);
  context.internet = internet_ports_of(state, catalogue);
  auto& profile = site.profiles[profile_key(server, context)];
  if (profile) {
    return profile.get();
  }
  profile = std::make_unique<PortProfile>();
  profile->context = std::move(context);
  profile->fixed = fixed_ports(catalogue, server);
  profile->left_dynamic = dynamic_listeners(catalogue, server);
  for (const PortListener& row : port_listeners(catalogue, server)) {
    profile->listeners.push_back(limits_of(site, *profile, row));
  }
  return profile.get();
}

/// Disjoint sets of nodes; nodes are numbered server by server.
class Union {
 public:
  explicit Union(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  std::size_t find(std::size_t node) {
    while (parent_[node] != node) {
      parent_[node] = parent_[parent_[node]];
      node = parent_[node];
    }
    return node;
  }

  /// The lower number stands for both.
  void join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

/// The number of each server's first listener, and last the number of all.
std::vector<std::size_t> first_listeners(const SolverSite& site) {
  std::vector<std::size_t> first(site.servers.size() + 1);
  for (std::size_t i = 0; i < site.servers.size(); ++i) {
    first[i + 1] = first[i] + site.servers[i].profile->listeners.size();
  }
  return first;
}

class Joiner {
 public:
  explicit Joiner(SolverSite& site)
      : site_(&site), first_(first_listeners(site)), sets_(first_.back()) {}

  /// The members of a group have the same port for each RPC service of Exchange that several have:
  /// clients ask one member for the port, and may reach another.
  void join_group(const std::vector<Index>& members) {
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> seen;
    for (const Index server : members) {
      const auto& listeners = site_->servers[server].profile->listeners;
      for (std::size_t i = 0; i < listeners.size(); ++i) {
        const PortListener& row = listeners[i].row;
        if (row.of_product && row.listener->sequence != catalogue::Sequence::rfc1006) {
          join(seen, {row.service->name, row.listener->title}, first_[server] + i);
        }
      }
    }
  }

  void join_x400(const std::vector<Index>& members) {
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> seen;
    for (const Index server : members) {
      const auto& listeners = site_->servers[server].profile->listeners;
      for (std::size_t i = 0; i < listeners.size(); ++i) {
        if (listeners[i].row.listener->sequence == catalogue::Sequence::rfc1006) {
          join(seen, {}, first_[server] + i);
        }
      }
    }
  }

  void make_variables() {
    std::unordered_map<std::size_t, std::size_t> numbers;
    for (Index server = 0; server < site_->servers.size(); ++server) {
      auto& own = site_->servers[server].variables;
      for (std::size_t i = 0; i < site_->servers[server].profile->listeners.size(); ++i) {
        const auto [at, is_new] =
            numbers.try_emplace(sets_.find(first_[server] + i), site_->variables.size());
        if (is_new) {
          site_->variables.emplace_back();
        }
        site_->variables[at->second].nodes.push_back({server, i});
        own.push_back(at->second);
      }
    }
    for (Variable& variable : site_->variables) {
      variable.own.resize(variable.nodes.size());
      variable.refused.resize(variable.nodes.size());
    }
  }

 private:
  void join(std::map<std::pair<std::string_view, std::string_view>, std::size_t>& seen,
            std::pair<std::string_view, std::string_view> key, std::size_t node) {
    const auto [at, is_new] = seen.try_emplace(key, node);
    if (!is_new) {
      sets_.join(at->second, node);
    }
  }

  SolverSite* site_;
  std::vector<std::size_t> first_;
  Union sets_;
};

bool is_x400_partner(const Topology& topology, const Need& need) {
  return need.client && topology.clients[*need.client].kind == ClientKind::mta_partner;
}

/// A need without servers is for all that can serve it.
std::vector<Index> servers_of(const Topology& topology, const Need& need) {
  if (!need.servers.empty() || !need.load_balancers.empty()) {
    return need.servers;
  }
  std::vector<Index> all(topology.servers.size());
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

void join_groups(SolverSite& site) {
  const Topology& topology = *site.topology;
  Joiner joiner(site);
  for (const auto* groups : {&topology.arrays, &topology.clusters}) {
    for (const ServerGroup& group : *groups) {
      joiner.join_group(group.servers);
    }
  }
  for (const LoadBalancer& balancer : topology.load_balancers) {
    joiner.join_group(balancer.servers);
  }
  for (const Need& need : topology.needs) {
    const bool between =
        need.server_from && std::ranges::find(need.purposes, Purpose::x400) != need.purposes.end();
    const bool partner = is_x400_partner(topology, need);
    if (partner && need.client && topology.clients[*need.client].rfc1006_port) {
      site.partner_needs.push_back(&need);
    }
    if (between || partner) {
      auto members = servers_of(topology, need);
      if (need.server_from) {
        members.push_back(*need.server_from);
      }
      joiner.join_x400(members);
    }
  }
  joiner.make_variables();
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

}  // namespace

SolverSite make_site(const Topology& topology, const catalogue::Catalogue& catalogue,
                     std::span<const State> states) {
  SolverSite site;
  site.topology = &topology;
  site.book = std::make_unique<RuleBook>(catalogue);
  std::unordered_map<std::string_view, const State*> by_name;
  for (const State& state : states) {
    by_name.emplace(state.name, &state);
  }
  for (const Server& server : topology.servers) {
    SolverServer own;
    const auto at = by_name.find(server.name);
    own.state = at == by_name.end() ? nullptr : at->second;
    own.profile = profile_of(site, server, own.state);
    if (own.state != nullptr && own.state->held) {
      for (const HeldPort& held : *own.state->held) {
        if (!held.udp) {
          own.held.insert({held.port, held.port});
        }
      }
    }
    site.servers.push_back(std::move(own));
  }
  join_groups(site);
  return site;
}

std::optional<std::uint16_t> present_port(const SolverSite& site, const Node& node) {
  const State* state = site.servers[node.server].state;
  return state == nullptr ? std::nullopt : present_port(*state, *site.listener(node).row.setting);
}

const HeldPort* holder_of(const SolverSite& site, const Node& node, std::uint16_t port) {
  const SolverServer& server = site.servers[node.server];
  if (!server.held.contains(port) || server.state == nullptr) {
    return nullptr;
  }
  const auto& known = server.state->held;
  if (!known) {
    return nullptr;
  }
  const std::string image = lower(site.listener(node).row.service->image);
  for (const HeldPort& held : *known) {
    if (held.udp || held.port != port) {
      continue;
    }
    // netstat -na does not say who it is: the service itself where its setting holds this port.
    const bool own = held.process.empty() ? present_port(site, node) == port
                                          : image.find(lower(held.process)) != std::string::npos;
    if (!own) {
      return &held;
    }
  }
  return nullptr;
}

const Variable* user_of(const SolverSite& site, const Node& node, std::uint16_t port) {
  const SolverServer& server = site.servers[node.server];
  for (std::size_t i = 0; i < server.variables.size(); ++i) {
    const Variable& other = site.variables[server.variables[i]];
    if (i != node.listener && other.port == port) {
      return &other;
    }
  }
  return nullptr;
}

bool is_free(const SolverSite& site, const Node& node, std::uint16_t port) {
  const bool own_default = site.listener(node).row.listener->default_port() == port;
  return (own_default || !site.servers[node.server].profile->fixed.contains(port)) &&
         user_of(site, node, port) == nullptr && holder_of(site, node, port) == nullptr;
}

std::vector<PartnerPort> partner_ports(const SolverSite& site, const Variable& variable) {
  std::vector<PartnerPort> found;
  for (const Need* need : site.partner_needs) {
    const bool meets =
        (need->servers.empty() && need->load_balancers.empty()) ||
        std::ranges::any_of(variable.nodes, [&](const Node& node) {
          return std::ranges::find(need->servers, node.server) != need->servers.end();
        });
    const auto& client = need->client;
    if (!meets || !client) {
      continue;
    }
    if (const auto& port = site.topology->clients[*client].rfc1006_port) {
      found.push_back({*client, *port});
    }
  }
  return found;
}

}  // namespace pinhole::plan
