// SPDX-License-Identifier: Apache-2.0
#include "epm/entry.hpp"

namespace pinhole::epm {

Expected<Entry, EptStatus> make_entry(const Uuid& object, ByteView tower,
                                      std::string_view annotation) {
  const auto view = read_tower(tower);
  if (!view || annotation.size() > kMaxAnnotation) {
    return unexpected(EptStatus::invalid_entry);
  }
  Entry entry;
  entry.object = object;
  entry.tower = to_bytes(tower);
  entry.annotation = std::string(annotation);
  entry.interface = view->interface;
  entry.transfer_syntax = view->transfer_syntax;
  entry.sequence = view->sequence;
  entry.protocol_ids = protocol_ids(view->floors);
  entry.endpoint = endpoint_of(*view);
  entry.port = port_of(*view);
  if (const auto offset = view->ipv4_offset(tower)) {
    entry.ipv4_offset = static_cast<std::uint16_t>(*offset);
  }
  return entry;
}

}  // namespace pinhole::epm
