// SPDX-License-Identifier: Apache-2.0
#include "epm/tower.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

namespace pinhole::epm {
namespace {

constexpr std::size_t kSyntaxLhs = 19;  // identifier, UUID, major version
constexpr std::size_t kRpcFloors = 3;
constexpr std::size_t kLeastFloors = 4;  // those of a local sequence

std::size_t size_of(FloorForm form) {
  switch (form) {
    case FloorForm::port:
      return 2;
    case FloorForm::octet:
      return 1;
    case FloorForm::ipv4:
      return 4;
    case FloorForm::ipx:
      return 10;
    case FloorForm::none:
    case FloorForm::text:
      return 0;
  }
  return 0;
}

bool fits(FloorForm form, ByteView rhs) {
  return form == FloorForm::none || form == FloorForm::text || rhs.size() == size_of(form);
}

std::uint8_t octet(ByteView bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t big_endian(ByteView bytes) {
  return static_cast<std::uint16_t>(octet(bytes, 0) << 8 | octet(bytes, 1));
}

std::string text_up_to_zero(ByteView bytes) {
  const std::string_view text = text_of(bytes);
  return std::string(text.substr(0, text.find('\0')));
}

std::string show(FloorForm form, ByteView rhs) {
  switch (form) {
    case FloorForm::none:
      return {};
    case FloorForm::text:
      return text_up_to_zero(rhs);
    case FloorForm::port:
    case FloorForm::octet: {
      const unsigned number = form == FloorForm::port ? big_endian(rhs) : octet(rhs, 0);
      return number == 0 ? std::string() : std::to_string(number);
    }
    case FloorForm::ipv4:
      return fmt::format("{}.{}.{}.{}", octet(rhs, 0), octet(rhs, 1), octet(rhs, 2), octet(rhs, 3));
    case FloorForm::ipx:
      return std::ranges::all_of(rhs, [](std::byte b) { return b == std::byte{0}; }) ? std::string()
                                                                                     : to_hex(rhs);
  }
  return {};
}

WireError wrong(WireErrc code, ByteView tower, ByteView at, std::string_view field) {
  return {code, static_cast<std::uint32_t>(at.data() - tower.data()), field};
}

Decoded<dcerpc::SyntaxId> read_syntax(ByteView tower, const Floor& floor, std::string_view field) {
  if (floor.id() != floor_id::kUuid || floor.lhs.size() != kSyntaxLhs) {
    return unexpected(wrong(WireErrc::bad_type, tower, floor.lhs, field));
  }
  if (floor.rhs.size() != 2) {
    return unexpected(wrong(WireErrc::bad_value, tower, floor.rhs, field));
  }
  ByteReader lhs(floor.lhs.subspan(1));
  dcerpc::SyntaxId syntax{lhs.uuid(field)};
  syntax.major = lhs.u16(field);
  syntax.minor = ByteReader(floor.rhs).u16(field);
  return syntax;
}

/// The floor below the third whose identifier is `id`, but not `taken`; null when there is none.
const Floor* lower_floor(std::span<const Floor> lower, std::uint8_t id, const Floor* taken) {
  for (const Floor& floor : lower) {
    if (&floor != taken && floor.id() == id) {
      return &floor;
    }
  }
  return nullptr;
}

struct Match {
  const ProtocolSequenceShape* shape = nullptr;
  const Floor* endpoint = nullptr;
  const Floor* host = nullptr;
};

/// `shape` is null when no sequence has these floors; a host that is required may still be null.
Match match_sequence(std::span<const Floor> floors) {
  Match partial;
  const std::span<const Floor> lower = floors.subspan(kRpcFloors);
  for (const ProtocolSequenceShape& shape : protocol_sequences()) {
    if (shape.rpc != floors[2].id()) {
      continue;
    }
    const Floor* endpoint = lower_floor(lower, shape.transport, nullptr);
    if (endpoint == nullptr) {
      continue;
    }
    if (shape.host == Presence::absent && lower.size() == 1) {
      return {&shape, endpoint, nullptr};
    }
    if (shape.host == Presence::absent || lower.size() > 2) {
      continue;
    }
    const Floor* host = lower_floor(lower, shape.network, endpoint);
    if (host != nullptr || (shape.host == Presence::optional && lower.size() == 1)) {
      return {&shape, endpoint, host};
    }
    if (lower.size() == 1 && partial.shape == nullptr) {
      partial = {&shape, endpoint, nullptr};
    }
  }
  return partial;
}

}  // namespace

Decoded<Floors> read_floors(ByteView tower) {
  if (tower.size() > kMaxTowerOctets) {
    return unexpected(WireError{WireErrc::too_large, 0, "tower_length"});
  }
  ByteReader in(tower);
  Floors result;
  const std::size_t count = in.u16("floor_count");
  if (in.ok() && (count == 0 || count > kMaxFloors)) {
    return unexpected(
        WireError{count == 0 ? WireErrc::bad_value : WireErrc::too_large, 0, "floor_count"});
  }
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Floor& floor = result.floors[i];
    const std::size_t lhs = in.u16("lhs_count");
    floor.lhs = in.take(lhs, "lhs");
    const std::size_t rhs = in.u16("rhs_count");
    floor.rhs = in.take(rhs, "rhs");
  }
  if (const auto& error = in.error()) {
    return unexpected(*error);
  }
  result.count = count;
  result.tail = in.take(in.remaining(), "tail");
  return result;
}

Bytes write_floors(const Floors& floors) {
  Bytes bytes;
  std::size_t size = 2 + floors.tail.size();
  for (const Floor& floor : floors.all()) {
    size += 4 + floor.lhs.size() + floor.rhs.size();
  }
  bytes.reserve(size);
  ByteWriter out(bytes);
  out.u16(static_cast<std::uint16_t>(floors.count));
  for (const Floor& floor : floors.all()) {
    out.u16(static_cast<std::uint16_t>(floor.lhs.size()));
    out.bytes(floor.lhs);
    out.u16(static_cast<std::uint16_t>(floor.rhs.size()));
    out.bytes(floor.rhs);
  }
  out.bytes(floors.tail);
  return bytes;
}

Decoded<TowerView> read_tower(ByteView tower) {
  auto floors = read_floors(tower);
  if (!floors) {
    return unexpected(floors.error());
  }
  if (floors->count < kLeastFloors) {
    return unexpected(WireError{WireErrc::bad_value, 0, "floor_count"});
  }
  TowerView view;
  view.floors = *floors;
  const std::span<const Floor> all = view.floors.all();
  const auto interface = read_syntax(tower, all[0], "interface");
  if (!interface) {
    return unexpected(interface.error());
  }
  const auto transfer = read_syntax(tower, all[1], "transfer_syntax");
  if (!transfer) {
    return unexpected(transfer.error());
  }
  view.interface = *interface;
  view.transfer_syntax = *transfer;
  const Match match = match_sequence(all);
  if (match.shape == nullptr) {
    return view;
  }
  if (match.shape->host == Presence::required && match.host == nullptr) {
    return unexpected(WireError{WireErrc::bad_value, 0, "floor_count"});
  }
  if (!fits(match.shape->endpoint, match.endpoint->rhs)) {
    return unexpected(wrong(WireErrc::bad_value, tower, match.endpoint->rhs, "endpoint"));
  }
  if (match.host != nullptr && !fits(match.shape->address, match.host->rhs)) {
    return unexpected(wrong(WireErrc::bad_value, tower, match.host->rhs, "address"));
  }
  view.sequence = match.shape->sequence;
  view.endpoint = match.endpoint->rhs;
  view.address = match.host == nullptr ? ByteView{} : match.host->rhs;
  return view;
}

std::optional<std::size_t> TowerView::ipv4_offset(ByteView tower) const {
  const ProtocolSequenceShape* shape = shape_of(sequence);
  if (shape == nullptr || shape->address != FloorForm::ipv4 || address.size() != 4) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(address.data() - tower.data());
}

std::optional<std::uint16_t> port_of(const TowerView& view) {
  const ProtocolSequenceShape* shape = shape_of(view.sequence);
  if (shape != nullptr && shape->endpoint == FloorForm::port) {
    return big_endian(view.endpoint);
  }
  if (shape != nullptr && shape->endpoint == FloorForm::octet) {
    return octet(view.endpoint, 0);
  }
  return std::nullopt;
}

std::string endpoint_of(const TowerView& view) {
  const ProtocolSequenceShape* shape = shape_of(view.sequence);
  return shape == nullptr ? std::string() : show(shape->endpoint, view.endpoint);
}

std::string address_of(const TowerView& view) {
  const ProtocolSequenceShape* shape = shape_of(view.sequence);
  return shape == nullptr || (shape->address != FloorForm::text && view.address.empty())
             ? std::string()
             : show(shape->address, view.address);
}

std::string protocol_ids(const Floors& floors) {
  std::string ids;
  for (std::size_t i = 2; i < floors.count; ++i) {
    ids.push_back(static_cast<char>(floors.floors[i].id()));
  }
  return ids;
}

Tower to_tower(const TowerView& view) {
  return {view.interface, view.transfer_syntax, view.sequence, endpoint_of(view), address_of(view)};
}

std::string to_string(const Tower& tower) {
  return fmt::format("{} {}:{}[{}]", dcerpc::to_string(tower.interface), to_string(tower.sequence),
                     tower.address, tower.endpoint);
}

std::ostream& operator<<(std::ostream& out, const Tower& tower) {
  return out << to_string(tower);
}

}  // namespace pinhole::epm
