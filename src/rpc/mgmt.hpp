// SPDX-License-Identifier: Apache-2.0
#pragma once
// The remote management interface (C706 appendix Q), present on every endpoint.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rpc/interface.hpp"

namespace pinhole::rpc {

class Server;

namespace mgmt {

struct InqIfIds {
  static constexpr std::uint16_t opnum = 0;
  static constexpr std::string_view name = "inq_if_ids";
  struct In {
    template <class C, class S>
    static void ndr(C& /*c*/, S& /*self*/) {}
  };
  /// rpc_if_id_vector_p_t: a conformant structure of pointers to rpc_if_id_t.
  struct Out {
    std::vector<dcerpc::SyntaxId> ids;
    std::uint32_t status = 0;

    template <class C, class S>
    static void ndr(C& c, S& self);
  };
};

struct InqStats {
  static constexpr std::uint16_t opnum = 1;
  static constexpr std::string_view name = "inq_stats";
  struct In {
    std::uint32_t count = 0;  // elements that the caller has room for
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.u32(self.count, "count");
    }
  };
  struct Out {
    std::vector<std::uint32_t> values;
    std::uint32_t status = 0;
    template <class C, class S>
    static void ndr(C& c, S& self);
  };
};

struct IsServerListening {
  static constexpr std::uint16_t opnum = 2;
  static constexpr std::string_view name = "is_server_listening";
  using In = InqIfIds::In;
  struct Out {
    std::uint32_t status = 0;
    std::uint32_t listening = 1;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.u32(self.status, "status");
      c.u32(self.listening, "listening");
    }
  };
};

struct StopServerListening {
  static constexpr std::uint16_t opnum = 3;
  static constexpr std::string_view name = "stop_server_listening";
  using In = InqIfIds::In;
  struct Out {
    std::uint32_t status = 0;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.u32(self.status, "status");
    }
  };
};

struct InqPrincName {
  static constexpr std::uint16_t opnum = 4;
  static constexpr std::string_view name = "inq_princ_name";
  struct In {
    std::uint32_t authentication_service = 0;
    std::uint32_t size = 0;  // octets that the caller has room for, terminating zero included
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.u32(self.authentication_service, "authn_proto");
      c.u32(self.size, "princ_name_size");
    }
  };
  struct Out {
    std::string principal;
    std::uint32_t room = 0;  // max_count of the array, as the request asked
    std::uint32_t status = 0;
    template <class C, class S>
    static void ndr(C& c, S& self);
  };
};

inline constexpr std::uint32_t kStatisticsCount = 4;

template <class C, class S>
void InqIfIds::Out::ndr(C& c, S& self) {
  bool present = true;
  optional_pointer(c, present, 0x20000, "if_id_vector");
  if (present) {
    std::uint64_t capacity = self.ids.size();
    auto count = static_cast<std::uint32_t>(self.ids.size());
    c.size(capacity, "if_id_vector max_count");
    c.align_wide();
    c.u32(count, "count");
    if constexpr (C::kDecodes) {
      if (!c.plausible(count, 4, "count") || count > capacity) {
        c.fail(WireErrc::bad_value, "count");
        return;
      }
      self.ids.resize(count);
    }
    std::vector<bool> there(count, true);
    for (std::uint32_t i = 0; i < count; ++i) {
      bool one = true;
      optional_pointer(c, one, 0x20004 + 4ULL * i, "if_id");
      there[i] = one;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      if (there[i]) {
        auto& id = self.ids[i];
        c.uuid(id.uuid, "uuid");
        c.u16(id.major, "vers_major");
        c.u16(id.minor, "vers_minor");
      }
    }
  }
  c.u32(self.status, "status");
}

template <class C, class S>
void InqStats::Out::ndr(C& c, S& self) {
  auto count = static_cast<std::uint32_t>(self.values.size());
  std::uint64_t capacity = count;
  c.u32(count, "count");
  c.size(capacity, "statistics max_count");
  if constexpr (C::kDecodes) {
    if (!c.plausible(capacity, 4, "statistics")) {
      return;
    }
    self.values.resize(static_cast<std::size_t>(capacity));
  }
  for (auto& value : self.values) {
    c.u32(value, "statistics");
  }
  c.u32(self.status, "status");
}

template <class C, class S>
void InqPrincName::Out::ndr(C& c, S& self) {
  std::uint64_t capacity = self.room;
  std::uint64_t offset = 0;
  std::uint64_t count = self.principal.size() + 1;
  c.size(capacity, "princ_name max_count");
  c.size(offset, "princ_name offset");
  c.size(count, "princ_name actual_count");
  if constexpr (C::kDecodes) {
    // A string is never without its terminator.
    if (offset != 0 || count == 0 || count > capacity || capacity > UINT32_MAX) {
      c.fail(WireErrc::bad_value, "princ_name actual_count");
    }
    const ByteView octets = c.octets(static_cast<std::size_t>(count), "princ_name");
    self.room = static_cast<std::uint32_t>(capacity);
    self.principal = std::string(text_of(octets));
    if (!self.principal.empty()) {
      self.principal.pop_back();
    }
  } else {
    c.octets(bytes_of(self.principal));
    c.u8(0, "princ_name");
  }
  c.u32(self.status, "status");
}

}  // namespace mgmt

/// mgmt as served for `server`, which must outlive it.
[[nodiscard]] std::shared_ptr<Interface> make_management(Server& server);

}  // namespace pinhole::rpc
