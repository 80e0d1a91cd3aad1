// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the parts of make_flows share: what a server offers, and from a wish for some of it to
// flows. Each function of the second half makes all flows of one kind of need towards one target
// and answers whether there were any.

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/flow.hpp"
#include "plan/flows.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// A listener as one server has it.
struct Offer {
  std::string_view service;
  std::string_view protocol;  // of the catalogue's listener
  catalogue::Sequence sequence = catalogue::Sequence::tcp;
  std::span<const catalogue::InterfaceInfo* const> interfaces = {};
  const catalogue::Setting* setting = nullptr;  // its static port; nullptr: none that it reads
  std::vector<PortRange> ports = {};            // where it is otherwise; empty: dynamic
  bool outbound = false;                        // the ports are those of the other side
};

/// Servers with the same product, roles, system and groups offer the same.
struct Profile {
  std::string_view version;  // of the product: 2007; empty: no Exchange
  const Server* model = nullptr;
  std::vector<Offer> offers;
  std::vector<Index> servers;

  [[nodiscard]] bool is_one_of(std::initializer_list<std::string_view> versions) const;
  [[nodiscard]] bool has(std::string_view role) const;
  [[nodiscard]] bool offers_service(std::string_view service) const;
};

enum class Part : std::uint8_t { all, plain, ssl };

/// Which listeners are wanted. Empty fields match all.
struct Wish {
  std::string_view row;  // of data/flows.toml; empty: no row asks for it
  std::string_view service;
  std::string_view protocol = {};  // a part of the listener's
  std::optional<catalogue::Sequence> sequence = {};
  std::span<const std::string_view> interfaces = {};  // short names; at least one is offered
  Part part = Part::all;
  std::string_view use = {};             // only the ports of this row of data/ports.toml
  Transport transport = Transport::tcp;  // udp: those ports that the catalogue has over UDP too
  std::optional<Needed> needed = {};     // else as the row says
  std::string_view speaks = {};          // an interface that the catalogue has under other owners
};

class FlowMaker {
 public:
  FlowMaker(const Topology& topology, const catalogue::Catalogue& catalogue);

  [[nodiscard]] const Topology& topology() const { return *topology_; }
  [[nodiscard]] const catalogue::Catalogue& catalogue() const { return *catalogue_; }
  /// Those of the servers of this topology, in the order of their first servers.
  [[nodiscard]] const std::vector<Profile>& profiles() const { return profiles_; }
  /// Of a server, or of the first server behind a load balancer.
  [[nodiscard]] const Profile& profile_of(Party party) const;
  [[nodiscard]] bool is_behind_load_balancer(Index server) const { return behind_[server]; }

  /// The need that flows are made for from now on.
  void begin(const Need& need) { need_ = &need; }
  /// Makes a flow for each listener of `to` (a server or a load balancer) that is wished for.
  bool make(Party from, Party to, const Wish& wish);
  bool make_all(Party from, Party to, std::initializer_list<Wish> wishes);
  /// As make_all; where it made any, the endpoint mapper too.
  bool make_rpc(Party from, Party to, std::string_view mapper_row,
                std::initializer_list<Wish> wishes);
  /// A flow to ports that are known beforehand; the service and the rest as `wish` says.
  void make_fixed(Party from, Party to, PortSet source_ports, PortSet ports, const Wish& wish);
  void find(Finding finding) { findings_.push_back(std::move(finding)); }

  /// What was made, sorted.
  [[nodiscard]] Flows take();

 private:
  void add(Flow flow, std::string_view tail, const Wish& wish);
  void make_behind(Party balancer, const Wish& wish);
  void make_offer(Party from, Party to, const Offer& offer, const Wish& wish);
  [[nodiscard]] FlowPorts setting_ports(Party to, const Offer& offer, const Wish& wish) const;
  [[nodiscard]] std::vector<PortRange> part_of(const std::vector<PortRange>& ports,
                                               const Wish& wish) const;
  [[nodiscard]] std::vector<Index> servers_of(Party party) const;

  const Topology* topology_;
  const catalogue::Catalogue* catalogue_;
  std::vector<Profile> profiles_;
  std::vector<std::size_t> profile_of_server_;
  std::vector<bool> behind_;
  PortSet ssl_ports_;
  PortSet udp_ports_;
  const Need* need_ = nullptr;
  std::vector<Flow> flows_;
  std::unordered_map<std::string, std::size_t> by_id_;
  Findings findings_;
};

[[nodiscard]] PortSet set_of(std::span<const PortRange> ranges);

/// What a server offers: the listeners of its services, and those that roles bring without one.
[[nodiscard]] std::vector<Offer> offers_of(const catalogue::Catalogue& catalogue,
                                           const Server& server);

// RPC clients (flows_rpc.cpp).
bool make_mapi(FlowMaker& maker, Party from, Party to);
bool make_iorepl(FlowMaker& maker, Party from, Party to, std::string_view row);
bool make_administration(FlowMaker& maker, Party from, Party to);
bool make_mta_rpc(FlowMaker& maker, Party from, Party to, bool same_site);
bool make_directory_replication(FlowMaker& maker, Party from, Party to);
bool make_rpc_proxy(FlowMaker& maker, Party from, Party to);
bool make_certificate_enrolment(FlowMaker& maker, Party from, Party to);

// Internet protocols, X.400 and what servers of one organisation tell each other (flows_mail.cpp).
bool make_outlook_anywhere(FlowMaker& maker, Party from, Party to);
bool make_protocol(FlowMaker& maker, Party from, Party to, const ClientGroup& client);
bool make_internet_mail(FlowMaker& maker, Party from, Party to);
bool make_mail_transfer(FlowMaker& maker, Party from, Party to);
bool make_x400(FlowMaker& maker, Party from, Party to);
bool make_front_end(FlowMaker& maker, Party from, Party to);
bool make_log_shipping(FlowMaker& maker, Party from, Party to);
bool make_edge_synchronisation(FlowMaker& maker, Party from, Party to);

// Domain controllers (flows_domain.cpp).
bool make_domain_replication(FlowMaker& maker, Party from, Party to);
bool make_domain_member(FlowMaker& maker, Party from, Party to);
bool make_dns(FlowMaker& maker, Party from, Party to);

}  // namespace pinhole::plan
