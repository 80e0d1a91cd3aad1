// SPDX-License-Identifier: Apache-2.0
#pragma once
// The operations of the endpoint mapper's interface as types (C706 appendix O, [MS-RPCE] 2.2.1.2):
// arguments and results with their layout, for the server and for clients.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "epm/status.hpp"
#include "epm/wire_entry.hpp"
#include "ndr/cursor.hpp"

namespace pinhole::epm {

/// The result of operations that answer a status alone.
struct StatusOut {
  EptStatus status = EptStatus::ok;

  template <class C, class S>
  static void ndr(C& c, S& self) {
    auto number = static_cast<std::uint32_t>(self.status);
    c.u32(number, "status");
    if constexpr (C::kDecodes) {
      self.status = static_cast<EptStatus>(number);
    }
  }
};

/// What ept_lookup answers; a server lends the entries where they lie, a client owns them.
template <class Element>
struct LookupOut {
  ndr::ContextHandle handle;
  std::uint32_t room = 0;  // max_count of the array: what the request asked for
  std::vector<Element> entries;
  EptStatus status = EptStatus::ok;

  template <class C, class S>
  static void ndr(C& c, S& self) {
    c.handle(self.handle, "entry_handle");
    auto number = static_cast<std::uint32_t>(self.entries.size());
    std::uint64_t count = number;
    c.u32(number, "num_ents");
    if (!layout::varying(c, self.room, count, 28)) {
      return;
    }
    if constexpr (C::kDecodes) {
      self.entries.resize(static_cast<std::size_t>(count));
    }
    layout::entries(c, self.entries);
    StatusOut::ndr(c, self);
  }
};

/// What ept_map answers, in the same two ways.
template <class Element>
struct MapOut {
  ndr::ContextHandle handle;
  std::uint32_t room = 0;  // max_count: Samba refuses a reply that has another than it asked
  std::vector<Element> towers;
  EptStatus status = EptStatus::ok;

  template <class C, class S>
  static void ndr(C& c, S& self) {
    c.handle(self.handle, "entry_handle");
    auto number = static_cast<std::uint32_t>(self.towers.size());
    std::uint64_t count = number;
    c.u32(number, "num_towers");
    if (!layout::varying(c, self.room, count, 4)) {
      return;
    }
    layout::tower_array(c, self.towers, static_cast<std::size_t>(count));
    StatusOut::ndr(c, self);
  }
};

struct EptInsert {
  static constexpr std::uint16_t opnum = 0;
  static constexpr std::string_view name = "ept_insert";
  struct In {
    std::vector<WireEntry> entries;
    std::uint32_t replace = 0;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      layout::entry_list(c, self.entries);
      c.u32(self.replace, "replace");
    }
  };
  using Out = StatusOut;
};

struct EptDelete {
  static constexpr std::uint16_t opnum = 1;
  static constexpr std::string_view name = "ept_delete";
  struct In {
    std::vector<WireEntry> entries;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      layout::entry_list(c, self.entries);
    }
  };
  using Out = StatusOut;
};

struct EptLookup {
  static constexpr std::uint16_t opnum = 2;
  static constexpr std::string_view name = "ept_lookup";
  struct In {
    std::uint32_t inquiry_type = 0;
    std::optional<Uuid> object;
    bool has_interface = false;
    Uuid interface;
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    std::uint32_t version_option = 1;
    ndr::ContextHandle handle;
    std::uint32_t max_entries = 0;

    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.u32(self.inquiry_type, "inquiry_type");
      layout::uuid_pointer(c, self.object);
      optional_pointer(c, self.has_interface, 0x20008, "interface_id");
      if (self.has_interface) {
        c.uuid(self.interface, "interface_id");
        c.u16(self.major, "vers_major");
        c.u16(self.minor, "vers_minor");
      }
      c.u32(self.version_option, "vers_option");
      c.handle(self.handle, "entry_handle");
      c.u32(self.max_entries, "max_ents");
    }
  };
  using Out = LookupOut<WireEntry>;
};

struct EptMap {
  static constexpr std::uint16_t opnum = 3;
  static constexpr std::string_view name = "ept_map";
  struct In {
    std::optional<Uuid> object;
    std::optional<Bytes> tower;
    ndr::ContextHandle handle;
    std::uint32_t max_towers = 0;

    template <class C, class S>
    static void ndr(C& c, S& self) {
      layout::uuid_pointer(c, self.object);
      layout::tower_pointer(c, self.tower);
      c.handle(self.handle, "entry_handle");
      c.u32(self.max_towers, "max_towers");
    }
  };
  using Out = MapOut<Bytes>;
};

struct EptLookupHandleFree {
  static constexpr std::uint16_t opnum = 4;
  static constexpr std::string_view name = "ept_lookup_handle_free";
  struct In {
    ndr::ContextHandle handle;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.handle(self.handle, "entry_handle");
    }
  };
  struct Out {
    ndr::ContextHandle handle;
    EptStatus status = EptStatus::ok;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.handle(self.handle, "entry_handle");
      StatusOut::ndr(c, self);
    }
  };
};

struct EptInqObject {
  static constexpr std::uint16_t opnum = 5;
  static constexpr std::string_view name = "ept_inq_object";
  struct In {
    Uuid object;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.uuid(self.object, "epm_object");
    }
  };
  struct Out {
    Uuid object;
    EptStatus status = EptStatus::ok;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.uuid(self.object, "epm_object");
      StatusOut::ndr(c, self);
    }
  };
};

struct EptMgmtDelete {
  static constexpr std::uint16_t opnum = 6;
  static constexpr std::string_view name = "ept_mgmt_delete";
  struct In {
    std::uint32_t object_speced = 0;
    std::optional<Uuid> object;
    std::optional<Bytes> tower;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.u32(self.object_speced, "object_speced");
      layout::uuid_pointer(c, self.object);
      layout::tower_pointer(c, self.tower);
    }
  };
  using Out = StatusOut;
};

}  // namespace pinhole::epm
