// SPDX-License-Identifier: Apache-2.0
#include "plan/solver.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "plan/solver_site.hpp"

namespace pinhole::plan {
namespace {

class Solver {
 public:
  explicit Solver(SolverSite site) : site_(std::move(site)) {}

  Solution run();

 private:
  void read_pins();
  void settle_pinned(Variable& variable);
  void settle_x400(Variable& variable);
  void settle_kept(Variable& variable);
  void advise(Variable& variable);
  void choose(Variable& variable);
  bool place(std::size_t number, std::set<std::uint16_t>& tried);
  bool move_users(Variable& variable, std::uint16_t port, std::set<std::uint16_t>& tried);
  bool take_slot(Variable& variable, const PortSet& from, std::size_t rank);
  bool may_have(const Variable& variable, std::uint16_t port, std::size_t rank) const;
  bool is_free_for(const Variable& variable, std::uint16_t port) const;
  void settle(Variable& variable, std::uint16_t port, Choice choice);
  void refuse_what_is_taken(Variable& variable, std::uint16_t port);
  void assign(Solution& solution) const;

  SolverSite site_;
  std::map<Node, const Pinned*> pins_;
  Findings findings_;
};

constexpr std::size_t kRanks = std::tuple_size_v<decltype(ListenerPorts::choices)>;

void Solver::read_pins() {
  for (const Pinned& pin : site_.topology->policy.pinned) {
    const auto& listeners = site_.servers[pin.server].profile->listeners;
    for (std::size_t i = 0; i < listeners.size(); ++i) {
      if (listeners[i].row.setting->id == pin.setting) {
        pins_.try_emplace(Node{pin.server, i}, &pin);
      }
    }
  }
}

void Solver::settle(Variable& variable, std::uint16_t port, Choice choice) {
  variable.port = port;
  variable.choice = choice;
}

/// A pin is for the whole group; a member that cannot have it is an error of its own.
void Solver::refuse_what_is_taken(Variable& variable, std::uint16_t port) {
  for (std::size_t i = 0; i < variable.nodes.size(); ++i) {
    const Node& node = variable.nodes[i];
    if (!variable.own[i] && !is_free(site_, node, port)) {
      variable.refused[i] = true;
      findings_.push_back(explain_refusal(site_, port, node));
    }
  }
}

void Solver::settle_pinned(Variable& variable) {
  std::map<std::uint16_t, std::string> demands;
  for (std::size_t i = 0; i < variable.nodes.size(); ++i) {
    const auto pin = pins_.find(variable.nodes[i]);
    if (pin != pins_.end()) {
      variable.own[i] = true;
      demands.try_emplace(pin->second->port,
                          fmt::format("{} is pinned to {}", site_.server(variable.nodes[i]).name,
                                      pin->second->port));
    }
  }
  if (demands.empty()) {
    return;
  }
  variable.settled = true;
  if (demands.size() == 1) {
    settle(variable, demands.begin()->first, Choice::pinned);
    return;
  }
  variable.failed = true;
  std::vector<std::string> texts;
  texts.reserve(demands.size());
  for (const auto& [port, text] : demands) {
    texts.push_back(text);
  }
  findings_.push_back(explain_conflict(site_, variable, texts));
}

/// The caller uses its own number, so all that speak X.400 with each other need one. A partner's
/// is not ours to change, and the default is what everybody has who never touched it.
void Solver::settle_x400(Variable& variable) {
  std::map<std::uint16_t, std::string> demands;
  if (variable.port) {
    demands.try_emplace(*variable.port, fmt::format("a pin says {}", *variable.port));
  }
  for (const PartnerPort& partner : partner_ports(site_, variable)) {
    demands.try_emplace(partner.port,
                        fmt::format("partner {} listens on {}",
                                    site_.topology->clients[partner.client].name, partner.port));
  }
  if (demands.size() > 1) {
    std::vector<std::string> texts;
    texts.reserve(demands.size());
    for (const auto& [port, text] : demands) {
      texts.push_back(text);
    }
    findings_.push_back(explain_conflict(site_, variable, texts));
    variable.failed = !variable.port;
  } else if (!variable.port && demands.size() == 1) {
    settle(variable, demands.begin()->first, Choice::same);
  } else if (!variable.port) {
    settle_kept(variable);
  }
  if (!variable.port && !variable.failed) {
    const auto otherwise = site_.listener(variable.nodes.front()).row.listener->default_port();
    if (otherwise) {
      settle(variable, *otherwise, Choice::advised);
    }
  }
  variable.settled = variable.port.has_value();
}

/// What most of the group has, the lowest of equals, where it breaks no rule on any of them.
void Solver::settle_kept(Variable& variable) {
  std::map<std::uint16_t, std::size_t> present;
  for (const Node& node : variable.nodes) {
    if (const auto port = present_port(site_, node)) {
      ++present[*port];
    }
  }
  std::erase_if(present, [&](const auto& entry) {
    return !is_free_for(variable, entry.first) ||
           std::ranges::any_of(variable.nodes, [&](const Node& node) {
             return site_.listener(node).broken.contains(entry.first);
           });
  });
  const auto most =
      std::ranges::max_element(present, {}, [](const auto& each) { return each.second; });
  if (most == present.end()) {
    return;
  }
  settle(variable, most->first, Choice::kept);
  variable.settled = true;
  for (std::size_t i = 0; i < variable.nodes.size(); ++i) {
    variable.own[i] = present_port(site_, variable.nodes[i]) == most->first;
  }
}

bool Solver::is_free_for(const Variable& variable, std::uint16_t port) const {
  return std::ranges::all_of(variable.nodes,
                             [&](const Node& node) { return is_free(site_, node, port); });
}

void Solver::advise(Variable& variable) {
  const auto port = site_.listener(variable.nodes.front()).advised;
  const bool by_all = port && std::ranges::all_of(variable.nodes, [&](const Node& node) {
                        return site_.listener(node).advised == port && is_free(site_, node, *port);
                      });
  if (by_all) {
    settle(variable, *port, Choice::advised);
  }
}

bool Solver::may_have(const Variable& variable, std::uint16_t port, std::size_t rank) const {
  return std::ranges::all_of(variable.nodes, [&](const Node& node) {
    return site_.listener(node).choices[rank].contains(port);
  });
}

bool Solver::take_slot(Variable& variable, const PortSet& from, std::size_t rank) {
  const auto slot = site_.listener(variable.nodes.front()).row.setting->slot;
  if (!slot || from.empty()) {
    return false;
  }
  const std::uint32_t wanted = std::uint32_t{from.ranges().front().first} + *slot;
  const auto port = static_cast<std::uint16_t>(wanted);
  if (wanted > UINT16_MAX || !may_have(variable, port, rank) || !is_free_for(variable, port)) {
    return false;
  }
  settle(variable, port, Choice::chosen);
  return true;
}

void Solver::choose(Variable& variable) {
  for (std::size_t rank = 0; rank < kRanks; ++rank) {
    const PortSet& from = site_.listener(variable.nodes.front()).choices[rank];
    if (take_slot(variable, from, rank)) {
      return;
    }
    for (const PortRange& range : from.ranges()) {
      for (std::uint32_t each = range.first; each <= range.last; ++each) {
        const auto port = static_cast<std::uint16_t>(each);
        if (may_have(variable, port, rank) && is_free_for(variable, port)) {
          settle(variable, port, Choice::chosen);
          return;
        }
      }
    }
  }
}

/// Makes room for one variable by moving others, each to a port that it may have: an augmenting
/// path. Exact where the servers concerned share nothing; a group may go without a solution that
/// exists.
bool Solver::place(std::size_t number, std::set<std::uint16_t>& tried) {
  Variable& variable = site_.variables[number];
  const PortSet from = site_.listener(variable.nodes.front()).choices.back();
  for (const PortRange& range : from.ranges()) {
    for (std::uint32_t each = range.first; each <= range.last; ++each) {
      const auto port = static_cast<std::uint16_t>(each);
      if (!may_have(variable, port, kRanks - 1) || !tried.insert(port).second) {
        continue;
      }
      if (move_users(variable, port, tried)) {
        settle(variable, port,
               site_.listener(variable.nodes.front()).advised == port ? Choice::advised
                                                                      : Choice::chosen);
        return true;
      }
    }
  }
  return false;
}

bool Solver::move_users(Variable& variable, std::uint16_t port, std::set<std::uint16_t>& tried) {
  std::set<std::size_t> users;
  for (const Node& node : variable.nodes) {
    for (const std::size_t other : site_.servers[node.server].variables) {
      if (&site_.variables[other] != &variable && site_.variables[other].port == port) {
        users.insert(other);
      }
    }
  }
  std::vector<std::pair<std::size_t, Variable>> before;
  bool moved = std::ranges::none_of(
      users, [&](std::size_t other) { return site_.variables[other].settled; });
  before.reserve(users.size());
  for (const std::size_t other : users) {
    before.emplace_back(other, site_.variables[other]);
  }
  for (const std::size_t other : users) {
    moved = moved && place(other, tried);
  }
  if (moved && is_free_for(variable, port)) {
    return true;
  }
  for (auto& [other, was] : before) {
    site_.variables[other] = std::move(was);
  }
  return false;
}

void Solver::assign(Solution& solution) const {
  for (Index server = 0; server < site_.servers.size(); ++server) {
    const SolverServer& own = site_.servers[server];
    for (std::size_t i = 0; i < own.variables.size(); ++i) {
      const Variable& variable = site_.variables[own.variables[i]];
      const Node node{server, i};
      const auto at = std::ranges::lower_bound(variable.nodes, node);
      const auto member = static_cast<std::size_t>(at - variable.nodes.begin());
      const auto before = present_port(site_, node);
      const auto pin = pins_.find(node);
      const auto port = pin == pins_.end() ? variable.port : pin->second->port;
      const PortListener& row = own.profile->listeners[i].row;
      const bool default_unset =
          port == row.listener->default_port() && !before && pin == pins_.end();
      if (!port || variable.refused[member] || default_unset) {
        continue;
      }
      Choice choice = variable.choice;
      if (pin != pins_.end()) {
        choice = Choice::pinned;
      } else if (before == port) {
        choice = Choice::kept;
      } else if (choice == Choice::kept || choice == Choice::pinned) {
        choice = Choice::same;
      }
      solution.assignments.push_back({server, std::string(row.service->name),
                                      std::string(row.setting->id), *port, before, choice});
    }
  }
}

Solution Solver::run() {
  read_pins();
  auto& variables = site_.variables;
  const auto each_open = [&](auto&& step) {
    // Groups first: what several servers agree on has fewer ways out than what one decides.
    for (const bool group : {true, false}) {
      for (Variable& variable : variables) {
        if ((variable.nodes.size() > 1) == group && !variable.port && !variable.failed) {
          step(variable);
        }
      }
    }
  };
  each_open([&](Variable& variable) { settle_pinned(variable); });
  for (Variable& variable : variables) {
    if (site_.is_x400(variable) && !variable.failed) {
      settle_x400(variable);
    }
  }
  each_open([&](Variable& variable) { settle_kept(variable); });
  for (Variable& variable : variables) {
    if (variable.port && (variable.nodes.size() > 1 || site_.is_x400(variable))) {
      refuse_what_is_taken(variable, *variable.port);
    }
  }
  each_open([&](Variable& variable) { advise(variable); });
  each_open([&](Variable& variable) { choose(variable); });
  each_open([&](Variable& variable) {
    std::set<std::uint16_t> tried;
    place(static_cast<std::size_t>(&variable - variables.data()), tried);
  });
  each_open([&](Variable& variable) { findings_.push_back(explain_no_port(site_, variable)); });
  for (Index server = 0; server < site_.servers.size(); ++server) {
    for (const DynamicListener& each : site_.servers[server].profile->left_dynamic) {
      findings_.push_back(explain_dynamic(site_, site_.topology->servers[server], each));
    }
  }
  Solution solution;
  assign(solution);
  solution.findings = std::move(findings_);
  return solution;
}

}  // namespace

Solution solve(const Topology& topology, const catalogue::Catalogue& catalogue,
               std::span<const State> states) {
  return Solver(make_site(topology, catalogue, states)).run();
}

}  // namespace pinhole::plan
