// SPDX-License-Identifier: Apache-2.0
#pragma once
// Entries for tests of the map, named by number.

#include <string>
#include <vector>

#include "epm/map.hpp"

namespace pinhole::epm {

inline Uuid uuid_of(std::uint32_t number) {
  Uuid uuid = "10000000-0000-11d1-8000-00c04fd7bd09"_uuid;
  uuid.time_low = number;
  return uuid;
}

inline Bytes tcp_tower(const dcerpc::SyntaxId& interface, std::uint16_t port,
                       const std::string& address = "0.0.0.0") {
  return write_tower({interface, dcerpc::kNdr32, ProtocolSequence::ncacn_ip_tcp,
                      std::to_string(port), address})
      .value();
}

inline Entry tcp_entry(const dcerpc::SyntaxId& interface, std::uint16_t port,
                       const Uuid& object = {}, const std::string& annotation = {}) {
  return make_entry(object, tcp_tower(interface, port), annotation).value();
}

inline std::vector<std::uint16_t> ports_of(const std::vector<const Entry*>& entries) {
  std::vector<std::uint16_t> ports;
  ports.reserve(entries.size());
  for (const Entry* entry : entries) {
    ports.push_back(entry->port.value_or(0));
  }
  return ports;
}

inline std::vector<std::uint16_t> lookup_ports(const EndpointMap& map, const Inquiry& inquiry) {
  const auto snapshot = map.snapshot();
  std::vector<const Entry*> found;
  snapshot->lookup(inquiry, 0, 1'000'000, found);
  return ports_of(found);
}

inline std::vector<std::uint16_t> map_ports(const EndpointMap& map,
                                            const dcerpc::SyntaxId& interface,
                                            const Uuid& object = {}, std::uint64_t rotation = 0) {
  const auto snapshot = map.snapshot();
  const Bytes tower = tcp_tower(interface, 0);
  std::vector<const Entry*> found;
  snapshot->map(map_query(read_tower(tower).value(), object), rotation, found);
  return ports_of(found);
}

inline constexpr Caller kAlice{OwnerId{1}, Privilege::own_entries};
inline constexpr Caller kBob{OwnerId{2}, Privilege::own_entries};
inline constexpr Caller kRoot{OwnerId{3}, Privilege::any_owner};

}  // namespace pinhole::epm
