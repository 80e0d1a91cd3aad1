// SPDX-License-Identifier: Apache-2.0
#include "epm/service.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "epm/operations.hpp"

namespace pinhole::epm {
namespace {

using rpc::CallContext;
using rpc::Outcome;

/// Behind an ept_lookup handle: what was asked and how far it got, never the entries.
class LookupState final : public dcerpc::HandleState {
 public:
  LookupState(Inquiry inquiry, std::uint64_t cursor) : inquiry_(inquiry), cursor_(cursor) {}
  [[nodiscard]] const Inquiry& inquiry() const { return inquiry_; }
  // Two connections of a group may page with one handle: each page is taken once.
  std::mutex mutex;
  [[nodiscard]] std::uint64_t cursor() const { return cursor_; }
  void advance(std::uint64_t cursor) { cursor_ = cursor; }

 private:
  const Inquiry inquiry_;
  std::uint64_t cursor_;
};

/// Behind an ept_map handle.
class MapState final : public dcerpc::HandleState {
 public:
  MapState(MapQuery query, std::uint64_t rotation, std::size_t given)
      : query(std::move(query)), rotation(rotation), given(given) {}
  const MapQuery query;
  const std::uint64_t rotation;
  std::mutex mutex;
  std::size_t given;
};

/// The operations as we answer them: what is lent lives as long as the snapshot beside it.
template <class Out>
struct Lent : Out {
  std::shared_ptr<const Snapshot> snapshot;
};
struct ServedLookup {
  static constexpr std::uint16_t opnum = EptLookup::opnum;
  using In = EptLookup::In;
  using Out = Lent<LookupOut<LentEntry>>;
};
struct ServedMap {
  static constexpr std::uint16_t opnum = EptMap::opnum;
  using In = EptMap::In;
  using Out = Lent<MapOut<layout::LentTower>>;
};

class Mapper : public std::enable_shared_from_this<Mapper> {
 public:
  Mapper(EndpointMap& map, AccessRules rules, const Uuid& object)
      : map_(map), rules_(std::move(rules)), object_(object) {}

  Outcome<StatusOut> insert(const CallContext& context, EptInsert::In& in);
  Outcome<StatusOut> erase(const CallContext& context, EptDelete::In& in);
  Outcome<ServedLookup::Out> lookup(const CallContext& context, const ServedLookup::In& in);
  Outcome<ServedMap::Out> map(const CallContext& context, const ServedMap::In& in);
  Outcome<EptLookupHandleFree::Out> free(const CallContext& context,
                                         const EptLookupHandleFree::In& in);
  Outcome<EptInqObject::Out> inq_object() const { return EptInqObject::Out{object_}; }
  Outcome<StatusOut> mgmt_delete(const CallContext& context, const EptMgmtDelete::In& in);

 private:
  [[nodiscard]] bool may_change(const dcerpc::Peer& peer) const;
  [[nodiscard]] static Caller caller_of(const dcerpc::Peer& peer) {
    return {{peer.connection}, peer.uid == 0U ? Privilege::any_owner : Privilege::own_entries};
  }
  Outcome<ServedLookup::Out> page(const CallContext& context, const Inquiry& inquiry,
                                  std::uint64_t after, const ServedLookup::In& in,
                                  LookupState* state);

  EndpointMap& map_;
  const AccessRules rules_;
  const Uuid object_;
  std::atomic<std::uint64_t> rotation_ = 0;
};

tl::unexpected<rpc::Fault> fault(std::uint32_t status) {
  return tl::unexpected(rpc::Fault{status});
}

/// The address that stands in the towers that this client is given. A service registers 0.0.0.0:
/// over TCP that becomes the address on which the client reached us, over IPv6 (no floor can hold
/// it) it stays, over the local socket it is the loopback address.
std::array<std::byte, 4> address_for(const dcerpc::Peer& peer) {
  std::uint32_t address = 0;
  if (peer.carrier == dcerpc::Carrier::local) {
    address = 0x7f000001;
  } else if (peer.local_address.is_v4()) {
    address = peer.local_address.to_v4();
  }
  std::array<std::byte, 4> octets{};
  for (std::size_t i = 0; i < 4; ++i) {
    octets[i] = static_cast<std::byte>(address >> (24 - 8 * i));
  }
  return octets;
}

layout::LentTower lend(const Entry& entry, const std::array<std::byte, 4>& address) {
  layout::LentTower lent{entry.tower};
  if (entry.ipv4_offset && *entry.ipv4_offset + address.size() <= entry.tower.size()) {
    const ByteView host = lent.octets.subspan(*entry.ipv4_offset, address.size());
    if (std::ranges::all_of(host, [](std::byte octet) { return octet == std::byte{0}; })) {
      lent.address_at = *entry.ipv4_offset;
      lent.address = address;
    }
  }
  return lent;
}

bool Mapper::may_change(const dcerpc::Peer& peer) const {
  return peer.carrier == dcerpc::Carrier::local && peer.uid &&
         (*peer.uid == 0 || *peer.uid == rules_.own_uid ||
          std::ranges::find(rules_.uids, *peer.uid) != rules_.uids.end());
}

Outcome<StatusOut> Mapper::insert(const CallContext& context, EptInsert::In& in) {
  if (!may_change(context.peer)) {
    return fault(dcerpc::status::kAccessDenied);
  }
  std::vector<Entry> entries;
  for (const WireEntry& each : in.entries) {
    if (!each.tower) {
      return StatusOut{EptStatus::invalid_entry};
    }
    auto entry = make_entry(each.object, *each.tower, each.annotation);
    if (!entry) {
      return StatusOut{entry.error()};
    }
    entries.push_back(std::move(*entry));
  }
  const Replace replace = in.replace != 0 ? Replace::yes : Replace::no;
  return StatusOut{map_.insert(std::move(entries), replace, caller_of(context.peer))};
}

Outcome<StatusOut> Mapper::erase(const CallContext& context, EptDelete::In& in) {
  if (!may_change(context.peer)) {
    return fault(dcerpc::status::kAccessDenied);
  }
  std::vector<EntryKey> keys;
  keys.reserve(in.entries.size());
  for (WireEntry& each : in.entries) {
    keys.push_back({each.object, each.tower ? std::move(*each.tower) : Bytes{}});
  }
  return StatusOut{map_.erase(keys, caller_of(context.peer))};
}

Outcome<ServedLookup::Out> Mapper::lookup(const CallContext& context, const ServedLookup::In& in) {
  if (!in.handle.is_nil()) {
    const auto state = std::dynamic_pointer_cast<LookupState>(context.group->find(in.handle.uuid));
    if (!state) {
      return fault(dcerpc::status::kContextMismatch);
    }
    const std::lock_guard lock(state->mutex);
    return page(context, state->inquiry(), state->cursor(), in, state.get());
  }
  const auto type = inquiry_type_of(in.inquiry_type);
  const auto version = version_option_of(in.version_option);
  const bool by_interface = type == InquiryType::by_interface || type == InquiryType::by_both;
  // Clients that ask for everything leave the version option as it comes.
  if (!type || (by_interface && (!version || !in.has_interface))) {
    ServedLookup::Out out;
    out.room = in.max_entries;
    out.status = EptStatus::cant_perform_op;
    return out;
  }
  Inquiry inquiry;
  inquiry.type = *type;
  inquiry.interface = {in.interface, in.major, in.minor};
  inquiry.version = version.value_or(VersionOption::all);
  inquiry.object = in.object.value_or(Uuid{});
  return page(context, inquiry, 0, in, nullptr);
}

/// How a lookup ends is what all known clients agree on: a full page has status 0 and a handle;
/// a first page that holds everything has status 0 and no handle; a continuation that is not full
/// ends with not_registered and no handle.
Outcome<ServedLookup::Out> Mapper::page(const CallContext& context, const Inquiry& inquiry,
                                        std::uint64_t after, const ServedLookup::In& in,
                                        LookupState* state) {
  const std::size_t most = std::min(in.max_entries, kMaxElements);
  ServedLookup::Out out;
  out.snapshot = map_.snapshot();
  std::vector<const Entry*> found;
  const LookupPage page = out.snapshot->lookup(inquiry, after, most, found);
  out.room = in.max_entries;
  out.entries.reserve(found.size());
  const auto address = address_for(context.peer);
  for (const Entry* entry : found) {
    out.entries.push_back({entry->object, lend(*entry, address), entry->annotation});
  }
  const bool full = found.size() == most && most > 0;
  if (full && state != nullptr) {
    state->advance(page.cursor);
    out.handle = in.handle;
  } else if (full) {
    const auto handle = context.group->open(std::make_shared<LookupState>(inquiry, page.cursor));
    if (!handle) {
      out.entries.clear();
      out.status = EptStatus::no_memory;
      return out;
    }
    out.handle.uuid = *handle;
  } else {
    if (state != nullptr) {
      context.group->close(in.handle.uuid);
    }
    if (state != nullptr || found.empty()) {
      out.status = EptStatus::not_registered;
    }
  }
  return out;
}

Outcome<ServedMap::Out> Mapper::map(const CallContext& context, const ServedMap::In& in) {
  ServedMap::Out out;
  out.room = in.max_towers;
  std::shared_ptr<MapState> state;
  MapQuery query;
  std::uint64_t rotation = 0;
  std::size_t given = 0;
  if (!in.handle.is_nil()) {
    state = std::dynamic_pointer_cast<MapState>(context.group->find(in.handle.uuid));
    if (!state) {
      return fault(dcerpc::status::kContextMismatch);
    }
    query = state->query;
    rotation = state->rotation;
  } else {
    const auto tower = in.tower ? read_tower(*in.tower) : Decoded<TowerView>(TowerView{});
    if (!in.tower || !tower) {
      out.status = EptStatus::not_registered;
      return out;
    }
    query = map_query(*tower, in.object.value_or(Uuid{}));
    rotation = rotation_.fetch_add(1, std::memory_order_relaxed);
  }
  std::unique_lock<std::mutex> lock;
  if (state) {
    lock = std::unique_lock(state->mutex);
    given = state->given;
  }
  out.snapshot = map_.snapshot();
  std::vector<const Entry*> found;
  out.snapshot->map(query, rotation, found);
  const std::size_t most = std::min(in.max_towers, kMaxElements);
  const std::size_t first = std::min(given, found.size());
  const std::size_t last = std::min(first + most, found.size());
  const auto address = address_for(context.peer);
  out.towers.reserve(last - first);
  for (std::size_t i = first; i < last; ++i) {
    out.towers.push_back(lend(*found[i], address));
  }
  if (last < found.size() && most > 0) {
    if (state) {
      state->given = last;
      out.handle = in.handle;
    } else if (const auto handle = context.group->open(
                   std::make_shared<MapState>(std::move(query), rotation, last))) {
      out.handle.uuid = *handle;  // without one the client has at least the first towers
    }
  } else if (state) {
    context.group->close(in.handle.uuid);
  }
  if (out.towers.empty()) {
    out.status = EptStatus::not_registered;
  }
  return out;
}

Outcome<EptLookupHandleFree::Out> Mapper::free(const CallContext& context,
                                               const EptLookupHandleFree::In& in) {
  if (!in.handle.is_nil() && !context.group->close(in.handle.uuid)) {
    return fault(dcerpc::status::kContextMismatch);
  }
  return EptLookupHandleFree::Out{};
}

Outcome<StatusOut> Mapper::mgmt_delete(const CallContext& context, const EptMgmtDelete::In& in) {
  if (!may_change(context.peer)) {
    return fault(dcerpc::status::kAccessDenied);
  }
  if (!in.tower) {
    return StatusOut{EptStatus::invalid_entry};
  }
  const std::optional<Uuid> object =
      in.object_speced != 0 ? std::optional(in.object.value_or(Uuid{})) : std::nullopt;
  return StatusOut{map_.erase_tower(object, *in.tower, caller_of(context.peer))};
}

}  // namespace

std::shared_ptr<rpc::Interface> make_endpoint_mapper(EndpointMap& map, AccessRules rules,
                                                     const Uuid& mapper) {
  const auto self = std::make_shared<Mapper>(map, std::move(rules), mapper);
  auto interface = std::make_shared<rpc::Interface>(dcerpc::kEndpointMapper);
  interface->serve<EptInsert>(
      [self](const CallContext& context, EptInsert::In& in) { return self->insert(context, in); });
  interface->serve<EptDelete>(
      [self](const CallContext& context, EptDelete::In& in) { return self->erase(context, in); });
  interface->serve<ServedLookup>([self](const CallContext& context, ServedLookup::In& in) {
    return self->lookup(context, in);
  });
  interface->serve<ServedMap>(
      [self](const CallContext& context, ServedMap::In& in) { return self->map(context, in); });
  interface->serve<EptLookupHandleFree>(
      [self](const CallContext& context, EptLookupHandleFree::In& in) {
        return self->free(context, in);
      });
  interface->serve<EptInqObject>(
      [self](const CallContext&, EptInqObject::In&) { return self->inq_object(); });
  interface->serve<EptMgmtDelete>([self](const CallContext& context, EptMgmtDelete::In& in) {
    return self->mgmt_delete(context, in);
  });
  return interface;
}

}  // namespace pinhole::epm
