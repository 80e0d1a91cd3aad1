// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the endpoint mapper's operations lay out what they share (C706 appendix O, [MS-RPCE]
// 2.2.1.2): towers behind pointers, arrays of entries, and how much one call may carry.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ndr/cursor.hpp"

namespace pinhole::epm {

/// Elements that one call may carry; a reply that would be longer ends with a handle.
inline constexpr std::uint32_t kMaxElements = 1000;

namespace layout {

/// twr_t behind its pointer: conformance, length, octets.
template <class C, class S>
void tower(C& c, S& octets) {
  auto length = static_cast<std::uint32_t>(octets.size());
  std::uint64_t capacity = length;
  c.size(capacity, "tower max_count");
  c.u32(length, "tower_length");
  if constexpr (C::kDecodes) {
    if (length > capacity) {
      c.fail(WireErrc::bad_value, "tower_length");
    }
    const ByteView view = c.octets(length, "tower_octet_string");
    octets.assign(view.begin(), view.end());
  } else {
    c.octets(octets);
  }
}

/// Octets of a tower as a client is given them, lent by the map: the host's address is put in while
/// they are written, so that nothing is copied before.
struct LentTower {
  ByteView octets;
  std::size_t address_at = 0;  // 0: as it stands
  std::array<std::byte, 4> address{};
};

template <class C>
void tower(C& c, const LentTower& lent) {
  auto length = static_cast<std::uint32_t>(lent.octets.size());
  std::uint64_t capacity = length;
  c.size(capacity, "tower max_count");
  c.u32(length, "tower_length");
  if (lent.address_at == 0) {
    c.octets(lent.octets);
    return;
  }
  c.octets(lent.octets.first(lent.address_at));
  c.octets(lent.address);
  c.octets(lent.octets.subspan(lent.address_at + lent.address.size()));
}

/// Full pointers to towers, then those that are not null.
template <class C, class S>
void tower_array(C& c, S& towers, std::size_t count) {
  if constexpr (C::kDecodes) {
    std::vector<bool> present(count);
    for (std::size_t i = 0; i < count; ++i) {
      bool one = true;
      optional_pointer(c, one, 3 + i, "tower");
      present[i] = one;
    }
    towers.resize(count);
    for (std::size_t i = 0; i < count && c.ok(); ++i) {
      if (present[i]) {
        tower(c, towers[i]);
      }
    }
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      bool one = true;
      optional_pointer(c, one, 3 + i, "tower");
    }
    for (auto& each : towers) {
      tower(c, each);
    }
  }
}

/// A full pointer to a twr_t; no value is null.
template <class C, class S>
void tower_pointer(C& c, S& octets) {
  bool present = octets.has_value();
  optional_pointer(c, present, 0x20000, "tower");
  if (present) {
    if constexpr (C::kDecodes) {
      octets.emplace();
    }
    tower(c, *octets);
  }
}

template <class C, class S>
void uuid_pointer(C& c, S& uuid) {
  bool present = uuid.has_value();
  optional_pointer(c, present, 0x20004, "uuid");
  if (present) {
    if constexpr (C::kDecodes) {
      uuid.emplace();
    }
    c.uuid(*uuid, "uuid");
  }
}

/// The conformance, and for varying arrays the offset and count, before the elements. What is
/// read of them bounds `count`, whose elements take at least `least` octets each.
template <class C, class Room>
bool varying(C& c, Room& room, std::uint64_t& count, std::size_t least) {
  std::uint64_t capacity = room;
  std::uint64_t offset = 0;
  c.size(capacity, "max_count");
  c.size(offset, "offset");
  c.size(count, "actual_count");
  if constexpr (C::kDecodes) {
    if (offset != 0 || count > capacity || capacity > UINT32_MAX) {
      c.fail(WireErrc::bad_value, "actual_count");
    }
    room = static_cast<std::uint32_t>(capacity);
    return c.plausible(count, least, "actual_count");
  }
  return true;
}

}  // namespace layout

/// ept_entry_t.
struct WireEntry {
  Uuid object;
  std::optional<Bytes> tower;
  std::string annotation;  // without the terminating zero

  friend bool operator==(const WireEntry&, const WireEntry&) = default;
};

/// The same, lent by the map to an answer that is being written.
struct LentEntry {
  Uuid object;
  std::optional<layout::LentTower> tower;
  std::string_view annotation;
};

namespace layout {

/// The elements of an array of ept_entry_t: all fixed parts, then what their pointers hold.
template <class C, class S>
void entries(C& c, S& all) {
  std::uint64_t referent = 0x20000;
  for (auto& entry : all) {
    c.align_wide();
    c.uuid(entry.object, "object");
    bool present = entry.tower.has_value();
    optional_pointer(c, present, referent, "tower");
    referent += 4;
    std::uint64_t length = entry.annotation.size() + 1;
    std::uint64_t offset = 0;
    c.size(offset, "annotation offset");
    c.size(length, "annotation length");
    if constexpr (C::kDecodes) {
      if (present) {
        entry.tower.emplace();
      }
      const ByteView text = c.octets(static_cast<std::size_t>(length), "annotation");
      entry.annotation = std::string(text_of(text).substr(0, text_of(text).find('\0')));
    } else {
      c.octets(bytes_of(entry.annotation));
      c.u8(0, "annotation");
    }
  }
  for (auto& entry : all) {
    if (entry.tower && c.ok()) {
      tower(c, *entry.tower);
    }
  }
}

/// A conformant array of ept_entry_t after its own count.
template <class C, class S>
void entry_list(C& c, S& all) {
  auto count = static_cast<std::uint32_t>(all.size());
  std::uint64_t capacity = count;
  c.u32(count, "num_ents");
  c.size(capacity, "entries max_count");
  if constexpr (C::kDecodes) {
    if (count > capacity || !c.plausible(count, 28, "num_ents")) {
      c.fail(WireErrc::bad_value, "num_ents");
      return;
    }
    all.resize(count);
  }
  entries(c, all);
}

}  // namespace layout

}  // namespace pinhole::epm
