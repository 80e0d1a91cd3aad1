// SPDX-License-Identifier: Apache-2.0
#include "host/sockets.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "epm/tower.hpp"
#include "exchange/interfaces.hpp"
#include "host/allocator.hpp"
#include "host/system.hpp"
#include "host/x400.hpp"

namespace pinhole::host {
namespace {

using catalogue::Sequence;

transport::ProtocolFactory protocol_of(Sequence sequence, rpc::Server& server) {
  switch (sequence) {
    case Sequence::ncacn_http:
      return transport::speak_rpc_http(server);
    case Sequence::rfc1006:
      return speak_rfc1006();
    default:
      return transport::speak_rpc(server);
  }
}

std::string why_taken(std::uint16_t port, const Diagnostic& failed) {
  if (failed.id != "port-taken") {
    return to_string(failed);
  }
  const auto holder = find_holder(port);
  return holder ? fmt::format("port {} is held by {} (pid {})", port, holder->name, holder->pid)
                : fmt::format("port {} is held by a process that this user may not see", port);
}

epm::ProtocolSequence sequence_of(Sequence sequence) {
  return sequence == Sequence::ncacn_http ? epm::ProtocolSequence::ncacn_http
                                          : epm::ProtocolSequence::ncacn_ip_tcp;
}

}  // namespace

BoundListener bind_listener(transport::SessionServer& listeners, rpc::Server& server,
                            const catalogue::Listener& listener, const PortChoice& choice,
                            const DynamicPorts& range, const std::vector<IpAddress>& addresses) {
  BoundListener bound{&listener, choice, 0, choice.origin, {}, choice.notes};
  const transport::ProtocolFactory protocol = protocol_of(listener.sequence, server);
  if (choice.kind != PortKind::dynamic) {
    const auto listens = listeners.listen_tcp(addresses, choice.port, protocol);
    if (!listens) {
      bound.degraded = why_taken(choice.port, listens.error().front());
    }
    bound.port = bound.degraded.empty() ? choice.port : std::uint16_t{0};
    if (choice.kind == PortKind::static_port && is_ephemeral(choice.port)) {
      bound.notes.push_back(
          fmt::format("port {} lies in Linux's own ephemeral range, where any outgoing connection "
                      "can hold it; add it to net.ipv4.ip_local_reserved_ports",
                      choice.port));
    }
    return bound;
  }
  bound.origin = fmt::format("dynamic range of {}", range.origin);
  bound.notes.insert(bound.notes.end(), range.notes.begin(), range.notes.end());
  PortAllocator allocator(range.ports, random_number());
  while (const auto port = allocator.next()) {
    if (listeners.listen_tcp(addresses, *port, protocol)) {
      bound.port = *port;
      return bound;
    }
  }
  bound.degraded = "no port of the dynamic range is free";
  return bound;
}

std::vector<epm::WireEntry> entries_of(const BoundListener& bound) {
  std::vector<epm::WireEntry> entries;
  if (bound.port == 0) {
    return entries;
  }
  for (const catalogue::InterfaceInfo* interface : bound.listener->interfaces) {
    epm::Tower tower;
    tower.interface = exchange::syntax_of(*interface);
    tower.sequence = sequence_of(bound.listener->sequence);
    tower.endpoint = std::to_string(bound.port);
    epm::WireEntry entry;
    entry.tower = epm::write_tower(tower).value();
    entry.annotation = std::string(interface->annotation);
    entries.push_back(std::move(entry));
  }
  return entries;
}

nlohmann::json to_json_value(const BoundListener& bound, const rpc::Server& server) {
  nlohmann::json interfaces = nlohmann::json::array();
  for (const catalogue::InterfaceInfo* row : bound.listener->interfaces) {
    nlohmann::json operations = nlohmann::json::array();
    const auto at = std::ranges::find_if(server.interfaces(), [&](const auto& each) {
      return each->id() == exchange::syntax_of(*row);
    });
    if (at != server.interfaces().end()) {
      for (const exchange::OperationInfo& each : exchange::operations_of(**at)) {
        operations.push_back(
            {{"opnum", each.opnum}, {"name", each.name}, {"implemented", each.implemented}});
      }
    }
    interfaces.push_back({{"uuid", to_string(row->uuid)},
                          {"version", catalogue::version_text(*row)},
                          {"annotation", row->annotation},
                          {"name", row->name},
                          {"operations", std::move(operations)}});
  }
  return {{"title", bound.listener->title},
          {"sequence", to_string(bound.listener->sequence)},
          {"port", bound.port == 0 ? nlohmann::json() : nlohmann::json(bound.port)},
          {"wanted", bound.choice.port == 0 ? nlohmann::json() : nlohmann::json(bound.choice.port)},
          {"kind", to_string(bound.choice.kind)},
          {"origin", bound.origin},
          {"degraded", bound.degraded.empty() ? nlohmann::json() : nlohmann::json(bound.degraded)},
          {"notes", bound.notes},
          {"interfaces", std::move(interfaces)}};
}

}  // namespace pinhole::host
