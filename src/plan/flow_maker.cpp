// SPDX-License-Identifier: Apache-2.0
#include "plan/flow_maker.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/flow_ends.hpp"

namespace pinhole::plan {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    } else if (c == ' ') {
      c = '-';
    }
  }
  return out;
}

/// What servers must share for one to stand for the other.
auto profile_key(const Server& server, bool is_behind) {
  std::vector<std::string_view> roles(server.roles.begin(), server.roles.end());
  std::ranges::sort(roles);
  return std::tuple(std::string_view(server.product), server.system, std::move(roles),
                    std::string_view(server.cluster), server.organisation, is_behind);
}

bool offers_wish(const Offer& offer, const Wish& wish) {
  if ((!wish.service.empty() && wish.service != offer.service) ||
      (wish.sequence && *wish.sequence != offer.sequence) ||
      offer.protocol.find(wish.protocol) == std::string_view::npos) {
    return false;
  }
  return wish.interfaces.empty() ||
         std::ranges::any_of(offer.interfaces, [&](const catalogue::InterfaceInfo* each) {
           return std::ranges::find(wish.interfaces, each->name) != wish.interfaces.end();
         });
}

std::vector<std::string> interfaces_of(const Offer& offer, const Wish& wish) {
  if (!wish.speaks.empty()) {
    return {std::string(wish.speaks)};
  }
  std::vector<std::string> ids;
  for (const catalogue::InterfaceInfo* each : offer.interfaces) {
    const bool wanted = wish.interfaces.empty() ||
                        std::ranges::find(wish.interfaces, each->name) != wish.interfaces.end();
    if (wanted && std::ranges::find(ids, each->id) == ids.end()) {
      ids.emplace_back(each->id);
    }
  }
  return ids;
}

std::string_view spoken(const Offer& offer, const Wish& wish) {
  switch (offer.sequence) {
    case catalogue::Sequence::ncacn_ip_tcp:
      return "MS-RPC";
    case catalogue::Sequence::ncacn_http:
      return "RPC over HTTP";
    case catalogue::Sequence::rfc1006:
      return "X.400";
    case catalogue::Sequence::tcp:
    case catalogue::Sequence::udp:
      break;
  }
  const std::string_view text = wish.protocol.empty() ? offer.protocol : wish.protocol;
  return offer.service == "RpcSs" || offer.ports.empty() ? "MS-RPC"
                                                         : text.substr(0, text.find_first_of(",;"));
}

Flow flow_between(Party from, Party to, const Wish& wish) {
  Flow flow;
  flow.from = from;
  flow.to = to;
  flow.transport = wish.transport;
  return flow;
}

Needed needed_by(std::string_view text) {
  if (text.starts_with("required")) {
    return Needed::required;
  }
  return text.starts_with("recommended") ? Needed::recommended : Needed::optional;
}

}  // namespace

FlowMaker::FlowMaker(const Topology& topology, const catalogue::Catalogue& catalogue)
    : topology_(&topology), catalogue_(&catalogue), behind_(topology.servers.size(), false) {
  for (const LoadBalancer& balancer : topology.load_balancers) {
    for (const Index server : balancer.servers) {
      behind_[server] = true;
    }
  }
  std::map<decltype(profile_key(topology.servers.front(), false)), std::size_t> known;
  for (Index i = 0; i < topology.servers.size(); ++i) {
    const Server& server = topology.servers[i];
    const auto [at, is_new] = known.emplace(profile_key(server, behind_[i]), profiles_.size());
    if (is_new) {
      const auto* product = catalogue::find_product(catalogue, server.product);
      profiles_.push_back({product == nullptr ? std::string_view() : product->version,
                           &server,
                           offers_of(catalogue, server),
                           {}});
    }
    profiles_[at->second].servers.push_back(i);
    profile_of_server_.push_back(at->second);
  }
  for (const catalogue::PortUse& use : catalogue.ports) {
    const bool is_udp = std::ranges::find(use.transports, "udp") != use.transports.end();
    ssl_ports_.insert(use.ssl_ports);
    if (is_udp) {
      udp_ports_.insert(use.ports);
    }
  }
}

const Profile& FlowMaker::profile_of(Party party) const {
  return profiles_[profile_of_server_[servers_of(party).front()]];
}

std::vector<Index> FlowMaker::servers_of(Party party) const {
  if (party.kind == Party::Kind::load_balancer) {
    return topology_->load_balancers[party.index].servers;
  }
  return {party.index};
}

std::vector<PortRange> FlowMaker::part_of(const std::vector<PortRange>& ports,
                                          const Wish& wish) const {
  std::span<const PortRange> used;
  if (!wish.use.empty()) {
    const auto use = std::ranges::find(catalogue_->ports, wish.use, &catalogue::PortUse::protocol);
    used = use == catalogue_->ports.end() ? used : use->ports;
  }
  std::vector<PortRange> part;
  for (const PortRange& range : ports) {
    const bool is_ssl = ssl_ports_.contains(range.first);
    const bool fits = (wish.part == Part::all || is_ssl == (wish.part == Part::ssl)) &&
                      (wish.use.empty() || std::ranges::find(used, range) != used.end());
    if (fits && (wish.transport == Transport::tcp || udp_ports_.contains(range.first))) {
      part.push_back(range);
    }
  }
  return part;
}

FlowPorts FlowMaker::setting_ports(Party to, const Offer& offer, const Wish& wish) const {
  FlowPorts ports;
  for (const Index server : servers_of(to)) {
    for (const Offer& each : profiles_[profile_of_server_[server]].offers) {
      if (each.setting == offer.setting && offers_wish(each, wish)) {
        ports.settings.push_back({server, std::string(each.setting->id)});
        break;
      }
    }
  }
  return ports;
}

void FlowMaker::add(Flow flow, std::string_view tail, const Wish& wish) {
  flow.id = lower(
      fmt::format("{}>{}:{}", name_of(*topology_, flow.from), name_of(*topology_, flow.to), tail));
  const auto row = std::ranges::lower_bound(catalogue_->flows, wish.row, {}, &catalogue::Flow::id);
  const bool has_row = row != catalogue_->flows.end() && row->id == wish.row;
  flow.needed = wish.needed.value_or(has_row ? needed_by(row->needed) : Needed::required);
  const auto [at, is_new] = by_id_.emplace(flow.id, flows_.size());
  if (!is_new) {
    Flow& known = flows_[at->second];
    known.needed = std::min(known.needed, flow.needed);
    for (std::string& each : flow.interfaces) {
      if (std::ranges::find(known.interfaces, each) == known.interfaces.end()) {
        known.interfaces.push_back(std::move(each));
      }
    }
    return;
  }
  flow.catalogue_flow = wish.row;
  flow.place = need_->place;
  flow.why = need_->why;
  if (flow.why.empty()) {
    flow.why = has_row ? fmt::format("{} to {}: {}", row->from, row->to, row->service)
                       : fmt::format("{} reaches {}", name_of(*topology_, flow.from), flow.service);
  }
  flows_.push_back(std::move(flow));
}

void FlowMaker::make_offer(Party from, Party to, const Offer& offer, const Wish& wish) {
  Flow flow = flow_between(from, to, wish);
  flow.service = offer.service;
  flow.protocol = spoken(offer, wish);
  flow.interfaces = interfaces_of(offer, wish);
  if (offer.setting != nullptr) {
    flow.ports = setting_ports(to, offer, wish);
    add(std::move(flow), offer.setting->id, wish);
    return;
  }
  if (offer.ports.empty()) {
    flow.ports.dynamic_of = servers_of(to).front();
    add(std::move(flow), fmt::format("{}-dynamic", offer.service), wish);
    return;
  }
  for (const PortRange& range : part_of(offer.ports, wish)) {
    flow.ports.fixed = PortSet(range);
    add(flow,
        fmt::format("{}-{}", wish.transport == Transport::udp ? "udp" : "tcp", to_string(range)),
        wish);
  }
}

bool FlowMaker::make(Party from, Party to, const Wish& wish) {
  const std::size_t before = flows_.size();
  bool made = false;
  for (const Offer& offer : profile_of(to).offers) {
    const bool has_ports =
        offer.setting != nullptr || offer.ports.empty() || !part_of(offer.ports, wish).empty();
    const bool is_dynamic_udp = wish.transport == Transport::udp && offer.ports.empty();
    if (!offer.outbound && has_ports && !is_dynamic_udp && offers_wish(offer, wish)) {
      make_offer(from, to, offer, wish);
      made = true;
    }
  }
  if (flows_.size() > before && to.kind == Party::Kind::load_balancer) {
    make_behind(to, wish);
  }
  return made;
}

void FlowMaker::make_behind(Party balancer, const Wish& wish) {
  const LoadBalancer& row = topology_->load_balancers[balancer.index];
  for (const Index server : row.servers) {
    if (topology_->servers[server].zone != row.zone) {
      make(balancer, {Party::Kind::server, server}, wish);
    }
  }
}

bool FlowMaker::make_all(Party from, Party to, std::initializer_list<Wish> wishes) {
  bool made = false;
  for (const Wish& wish : wishes) {
    made = make(from, to, wish) || made;
  }
  return made;
}

bool FlowMaker::make_rpc(Party from, Party to, std::string_view mapper_row,
                         std::initializer_list<Wish> wishes) {
  const bool made = make_all(from, to, wishes);
  if (made) {
    make(from, to, {.row = mapper_row, .service = "RpcSs"});
  }
  return made;
}

void FlowMaker::make_fixed(Party from, Party to, PortSet source_ports, PortSet ports,
                           const Wish& wish) {
  Flow flow = flow_between(from, to, wish);
  flow.source_ports = std::move(source_ports);
  flow.ports.fixed = std::move(ports);
  flow.service = wish.service;
  flow.protocol = wish.protocol;
  const std::string tail = fmt::format("{}-{}", wish.transport == Transport::udp ? "udp" : "tcp",
                                       to_string(flow.ports.fixed));
  add(std::move(flow), tail, wish);
}

Flows FlowMaker::take() {
  // Flows are large: their places are sorted, and each is moved once.
  std::vector<std::pair<std::string_view, std::size_t>> order;
  order.reserve(flows_.size());
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    order.emplace_back(flows_[i].id, i);
  }
  std::ranges::sort(order);
  Flows made;
  made.flows.reserve(flows_.size());
  for (const auto& [id, place] : order) {
    made.flows.push_back(std::move(flows_[place]));
  }
  made.findings = std::move(findings_);
  return made;
}

}  // namespace pinhole::plan
