// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the solver works on: listeners that share one port as variables, and for each server what
// its ports must keep clear of. Only the solver includes this.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/port_limits.hpp"
#include "plan/port_settings.hpp"
#include "plan/rule_book.hpp"
#include "plan/state.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// Where ports come from when nobody says: above every older dynamic range, and above 5000
/// (CHOOSE-EXBPA-5000).
inline constexpr PortRange kDefaultRange{5001, 65535};

/// One listener as every server of the same kind has it.
struct ListenerPorts {
  PortListener row;
  std::optional<std::uint16_t> advised;  // only where the policy allows it
  PortSet broken;                        // ports that break a rule or the policy's avoid
  std::array<PortSet, 4> choices;        // where to look for a port, the best first
};

/// What servers of the same product, roles and system have in common.
struct PortProfile {
  PortContext context;
  PortSet fixed;  // ports of its other listeners
  std::vector<ListenerPorts> listeners;
  std::vector<DynamicListener> left_dynamic;
};

/// One listener of one server.
struct Node {
  Index server = 0;
  std::size_t listener = 0;  // in the server's profile

  friend auto operator<=>(const Node&, const Node&) = default;
};

/// Listeners that need one and the same port.
struct Variable {
  std::vector<Node> nodes;
  std::optional<std::uint16_t> port;
  Choice choice = Choice::chosen;
  std::vector<bool> own;      // for each node: pinned to the port, or has it already
  std::vector<bool> refused;  // for each node: cannot have the port
  bool settled = false;       // by a pin or by what is there: nothing moves it
  bool failed = false;        // a contradiction, which has been reported
};

struct SolverServer {
  const PortProfile* profile = nullptr;
  const State* state = nullptr;
  std::vector<std::size_t> variables;  // for each listener of the profile
  PortSet held;                        // TCP, by anybody
};

struct SolverSite {
  const Topology* topology = nullptr;
  std::unique_ptr<RuleBook> book;
  std::map<std::string, std::unique_ptr<PortProfile>> profiles;
  std::vector<SolverServer> servers;
  std::vector<Variable> variables;
  std::vector<const Need*> partner_needs;  // of MTA partners whose number is known

  [[nodiscard]] const ListenerPorts& listener(const Node& node) const {
    return servers[node.server].profile->listeners[node.listener];
  }
  [[nodiscard]] const Server& server(const Node& node) const {
    return topology->servers[node.server];
  }
  [[nodiscard]] bool is_x400(const Variable& variable) const {
    return listener(variable.nodes.front()).row.listener->sequence == catalogue::Sequence::rfc1006;
  }
};

[[nodiscard]] SolverSite make_site(const Topology& topology, const catalogue::Catalogue& catalogue,
                                   std::span<const State> states);

/// What the node's setting holds now.
[[nodiscard]] std::optional<std::uint16_t> present_port(const SolverSite& site, const Node& node);

/// The process that holds a TCP port of the node's server and is not the node's own service; its
/// name may be empty.
[[nodiscard]] const HeldPort* holder_of(const SolverSite& site, const Node& node,
                                        std::uint16_t port);

/// The other variable of the node's server that has the port.
[[nodiscard]] const Variable* user_of(const SolverSite& site, const Node& node, std::uint16_t port);

/// Nobody else has the port on the node's server.
[[nodiscard]] bool is_free(const SolverSite& site, const Node& node, std::uint16_t port);

/// The numbers that MTA partners of these servers listen on, with the partner's index.
struct PartnerPort {
  Index client = 0;
  std::uint16_t port = 0;
};
[[nodiscard]] std::vector<PartnerPort> partner_ports(const SolverSite& site,
                                                     const Variable& variable);

/// In words: who got no port, what was wanted, what takes each part of it, and how much is left.
[[nodiscard]] Finding explain_no_port(const SolverSite& site, const Variable& variable);
/// The pins, or partners, of one variable that contradict each other.
[[nodiscard]] Finding explain_conflict(const SolverSite& site, const Variable& variable,
                                       const std::vector<std::string>& demands);
/// A service that keeps a dynamic port, as a note.
[[nodiscard]] Finding explain_dynamic(const SolverSite& site, const Server& server,
                                      const DynamicListener& listener);
/// A node that cannot have the port that its group has.
[[nodiscard]] Finding explain_refusal(const SolverSite& site, std::uint16_t port, const Node& node);

}  // namespace pinhole::plan
