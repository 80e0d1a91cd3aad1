// SPDX-License-Identifier: Apache-2.0
#include "epm/snapshot.hpp"

#include <algorithm>

namespace pinhole::epm {
namespace {

bool matches(const MapQuery& query, const Entry& entry) {
  return entry.interface.major == query.interface.major &&
         entry.interface.minor >= query.interface.minor &&
         entry.transfer_syntax == query.transfer_syntax && entry.sequence == query.sequence &&
         (entry.sequence != ProtocolSequence::unknown || entry.protocol_ids == query.protocol_ids);
}

bool matches(const Inquiry& inquiry, const Entry& entry) {
  const bool interface = inquiry.type == InquiryType::all ||
                         inquiry.type == InquiryType::by_object ||
                         epm::matches(entry.interface, inquiry.interface, inquiry.version);
  const bool object = inquiry.type == InquiryType::all ||
                      inquiry.type == InquiryType::by_interface || entry.object == inquiry.object;
  return interface && object;
}

void rotate(std::vector<const Entry*>& entries, std::size_t from, std::uint64_t rotation) {
  const std::size_t count = entries.size() - from;
  if (count > 1) {
    const auto first = entries.begin() + static_cast<std::ptrdiff_t>(from);
    std::rotate(first, first + static_cast<std::ptrdiff_t>(rotation % count), entries.end());
  }
}

}  // namespace

std::optional<InquiryType> inquiry_type_of(std::uint32_t number) {
  return number <= 3 ? std::optional(static_cast<InquiryType>(number)) : std::nullopt;
}

std::optional<VersionOption> version_option_of(std::uint32_t number) {
  return number >= 1 && number <= 5 ? std::optional(static_cast<VersionOption>(number))
                                    : std::nullopt;
}

bool matches(const dcerpc::SyntaxId& registered, const dcerpc::SyntaxId& wanted,
             VersionOption option) {
  if (registered.uuid != wanted.uuid) {
    return false;
  }
  switch (option) {
    case VersionOption::all:
      return true;
    case VersionOption::compatible:
      return registered.major == wanted.major && registered.minor >= wanted.minor;
    case VersionOption::exact:
      return registered.major == wanted.major && registered.minor == wanted.minor;
    case VersionOption::major_only:
      return registered.major == wanted.major;
    case VersionOption::upto:
      return registered.major < wanted.major ||
             (registered.major == wanted.major && registered.minor <= wanted.minor);
  }
  return false;
}

MapQuery map_query(const TowerView& tower, const Uuid& object) {
  return {tower.interface, tower.transfer_syntax, tower.sequence,
          tower.sequence == ProtocolSequence::unknown ? protocol_ids(tower.floors) : std::string(),
          object};
}

Snapshot::Address Snapshot::address_of(const Uuid& uuid) {
  static_assert(sizeof(std::size_t) == 8);
  // The hash ends in a multiplication: its top bits are mixed best.
  const std::size_t top = std::hash<Uuid>{}(uuid) >> 54;
  return {top / kFan, top % kFan};
}

const EntryList* Snapshot::of_interface(const Uuid& uuid) const {
  const Address address = address_of(uuid);
  const Group* group = groups_[address.group].get();
  const Bucket* bucket = group == nullptr ? nullptr : group->buckets[address.bucket].get();
  if (bucket == nullptr) {
    return nullptr;
  }
  for (const Slot& slot : bucket->slots) {
    if (slot.uuid == uuid) {
      return &slot.entries->list;
    }
  }
  return nullptr;
}

LookupPage Snapshot::lookup(const Inquiry& inquiry, std::uint64_t after, std::size_t max,
                            std::vector<const Entry*>& out) const {
  const bool whole = inquiry.type == InquiryType::all || inquiry.type == InquiryType::by_object;
  const EntryList* list = whole ? &all_ : of_interface(inquiry.interface.uuid);
  LookupPage page{after, true};
  if (list == nullptr) {
    return page;
  }
  std::size_t given = 0;
  list->each_after(after, [&](const Entry& entry) {
    if (!matches(inquiry, entry)) {
      return true;
    }
    if (given == max) {
      page.end = false;
      return false;
    }
    out.push_back(&entry);
    page.cursor = entry.sequence_number;
    ++given;
    return true;
  });
  return page;
}

void Snapshot::map(const MapQuery& query, std::uint64_t rotation,
                   std::vector<const Entry*>& out) const {
  const EntryList* list = of_interface(query.interface.uuid);
  if (list == nullptr) {
    return;
  }
  std::size_t from = out.size();
  const auto collect = [&](const Uuid& object) {
    list->each_after(0, [&](const Entry& entry) {
      if (entry.object == object && matches(query, entry)) {
        out.push_back(&entry);
      }
      return true;
    });
    rotate(out, from, rotation);
    from = out.size();
  };
  if (!query.object.is_nil()) {
    collect(query.object);
  }
  collect(Uuid{});
}

SnapshotEdit::SnapshotEdit(const Snapshot& base, EditNumber edit)
    : snapshot_(std::make_shared<Snapshot>(base)), edit_(edit) {}

Snapshot::Bucket& SnapshotEdit::own_bucket(const Uuid& uuid) {
  const auto own = [this]<class Node>(std::shared_ptr<Node>& node) -> Node& {
    if (node == nullptr || node->edit != edit_) {
      node = node == nullptr ? std::make_shared<Node>() : std::make_shared<Node>(*node);
      node->edit = edit_;
    }
    return *node;
  };
  const Snapshot::Address address = Snapshot::address_of(uuid);
  return own(own(snapshot_->groups_[address.group]).buckets[address.bucket]);
}

EntryList& SnapshotEdit::own_list(Snapshot::Slot& slot) const {
  if (slot.entries->edit != edit_) {
    slot.entries = std::make_shared<Snapshot::InterfaceEntries>(*slot.entries);
    slot.entries->edit = edit_;
  }
  return slot.entries->list;
}

void SnapshotEdit::append(const EntryPointer& entry) {
  snapshot_->all_.append(entry, edit_);
  std::vector<Snapshot::Slot>& slots = own_bucket(entry->interface.uuid).slots;
  auto slot = std::ranges::find_if(slots, [&](const Snapshot::Slot& candidate) {
    return candidate.uuid == entry->interface.uuid;
  });
  if (slot == slots.end()) {
    slots.push_back({entry->interface.uuid, std::make_shared<Snapshot::InterfaceEntries>(
                                                Snapshot::InterfaceEntries{edit_, {}})});
    slot = slots.end() - 1;
  }
  own_list(*slot).append(entry, edit_);
}

void SnapshotEdit::erase(const Entry& entry) {
  // Copied first: the last list to let go of the entry ends it.
  const std::uint64_t number = entry.sequence_number;
  const Uuid uuid = entry.interface.uuid;
  snapshot_->all_.erase(number, edit_);
  std::vector<Snapshot::Slot>& slots = own_bucket(uuid).slots;
  for (auto slot = slots.begin(); slot != slots.end(); ++slot) {
    if (slot->uuid == uuid) {
      own_list(*slot).erase(number, edit_);
      if (slot->entries->list.empty()) {
        slots.erase(slot);
      }
      return;
    }
  }
}

}  // namespace pinhole::epm
