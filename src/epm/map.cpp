// SPDX-License-Identifier: Apache-2.0
#include "epm/map.hpp"

#include <algorithm>
#include <utility>

namespace pinhole::epm {
namespace {

bool may_remove(const Entry& entry, Caller caller) {
  return caller.privilege == Privilege::any_owner || entry.owner == caller.owner;
}

std::size_t hash_of(ByteView tower) {
  return std::hash<std::string_view>{}(text_of(tower));
}

bool same_protocol(const Entry& a, const Entry& b) {
  return a.sequence == b.sequence &&
         (a.sequence != ProtocolSequence::unknown || a.protocol_ids == b.protocol_ids);
}

}  // namespace

struct EndpointMap::Removal {
  std::size_t removed = 0;
  std::size_t refused = 0;

  [[nodiscard]] EptStatus status() const {
    if (refused != 0 && removed == 0) {
      return EptStatus::cant_perform_op;
    }
    return removed == 0 ? EptStatus::not_registered : EptStatus::ok;
  }
};

EndpointMap::EndpointMap(MapLimits limits)
    : limits_(limits), current_(std::make_shared<Snapshot>()) {}

std::shared_ptr<const Snapshot> EndpointMap::snapshot() const {
  const std::scoped_lock lock(publishing_);
  return current_;
}

void EndpointMap::publish(SnapshotEdit edit) {
  std::shared_ptr<const Snapshot> next = std::move(edit).finish();
  {
    const std::scoped_lock lock(publishing_);
    current_.swap(next);
  }
  // `next` is now the old snapshot; where nobody else holds it, it ends here, outside the lock.
}

void EndpointMap::remove_entry(SnapshotEdit& edit, const EntryPointer& entry) {
  const auto [first, last] = by_tower_.equal_range(hash_of(entry->tower));
  by_tower_.erase(
      std::find_if(first, last, [&](const auto& slot) { return slot.second == entry; }));
  const auto owner = by_owner_.find(entry->owner);
  owner->second.erase(entry->sequence_number);
  if (owner->second.empty()) {
    by_owner_.erase(owner);
  }
  edit.erase(*entry);
}

void EndpointMap::find_replaced(const Entry& entry, Replace replace, Caller caller,
                                std::map<std::uint64_t, EntryPointer>& doomed) const {
  const auto [first, last] = by_tower_.equal_range(hash_of(entry.tower));
  std::for_each(first, last, [&](const auto& slot) {
    const EntryPointer& old = slot.second;
    if (old->owner == caller.owner && old->object == entry.object && old->tower == entry.tower) {
      doomed.emplace(old->sequence_number, old);
    }
  });
  const EntryList* list = current_->of_interface(entry.interface.uuid);
  if (replace == Replace::no || list == nullptr) {
    return;
  }
  list->each([&](const EntryPointer& old) {
    if (old->object == entry.object && old->interface == entry.interface &&
        same_protocol(*old, entry) && may_remove(*old, caller)) {
      doomed.emplace(old->sequence_number, old);
    }
  });
}

EptStatus EndpointMap::insert(std::vector<Entry> entries, Replace replace, Caller caller) {
  // Of entries of this very call with one object and tower the last one counts.
  std::map<std::pair<Uuid, std::string_view>, std::size_t> last_of;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    last_of[{entries[i].object, text_of(entries[i].tower)}] = i;
  }
  std::vector<bool> counts(entries.size(), false);
  for (const auto& [place, index] : last_of) {
    counts[index] = true;
  }
  const std::size_t fresh = last_of.size();
  last_of.clear();

  const std::scoped_lock lock(writing_);
  std::map<std::uint64_t, EntryPointer> doomed;
  for (const Entry& entry : entries) {
    find_replaced(entry, replace, caller, doomed);
  }
  if (current_->size() - doomed.size() + fresh > limits_.max_entries) {
    return EptStatus::no_memory;
  }
  SnapshotEdit edit(*current_, ++last_edit_);
  for (const auto& [number, old] : doomed) {
    remove_entry(edit, old);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!counts[i]) {
      continue;
    }
    entries[i].owner = caller.owner;
    entries[i].sequence_number = ++last_number_;
    const auto entry = std::make_shared<const Entry>(std::move(entries[i]));
    by_owner_[caller.owner].emplace(entry->sequence_number, entry);
    by_tower_.emplace(hash_of(entry->tower), entry);
    edit.append(entry);
  }
  publish(std::move(edit));
  return EptStatus::ok;
}

EndpointMap::Removal EndpointMap::remove(SnapshotEdit& edit, ByteView tower,
                                         const std::optional<Uuid>& object, Caller caller) {
  Removal result;
  std::vector<EntryPointer> doomed;
  const auto [first, last] = by_tower_.equal_range(hash_of(tower));
  std::for_each(first, last, [&](const auto& slot) {
    const EntryPointer& entry = slot.second;
    if ((object && entry->object != *object) || text_of(entry->tower) != text_of(tower)) {
      return;
    }
    if (may_remove(*entry, caller)) {
      doomed.push_back(entry);
    } else {
      ++result.refused;
    }
  });
  for (const EntryPointer& entry : doomed) {
    remove_entry(edit, entry);
  }
  result.removed = doomed.size();
  return result;
}

EptStatus EndpointMap::erase(std::span<const EntryKey> keys, Caller caller) {
  const bool readable = std::ranges::all_of(
      keys, [](const EntryKey& key) { return read_tower(key.tower).has_value(); });
  if (!readable) {
    return EptStatus::invalid_entry;
  }
  const std::scoped_lock lock(writing_);
  SnapshotEdit edit(*current_, ++last_edit_);
  EptStatus status = EptStatus::ok;
  std::size_t removed = 0;
  for (const EntryKey& key : keys) {
    const Removal removal = remove(edit, key.tower, key.object, caller);
    removed += removal.removed;
    if (const EptStatus one = removal.status();
        one != EptStatus::ok && status != EptStatus::cant_perform_op) {
      status = one;
    }
  }
  if (removed != 0) {
    publish(std::move(edit));
  }
  return status;
}

EptStatus EndpointMap::erase_tower(const std::optional<Uuid>& object, ByteView tower,
                                   Caller caller) {
  if (!read_tower(tower)) {
    return EptStatus::invalid_entry;
  }
  const std::scoped_lock lock(writing_);
  SnapshotEdit edit(*current_, ++last_edit_);
  const Removal removal = remove(edit, tower, object, caller);
  if (removal.removed != 0) {
    publish(std::move(edit));
  }
  return removal.status();
}

std::size_t EndpointMap::erase_owner(OwnerId owner) {
  const std::scoped_lock lock(writing_);
  const auto found = by_owner_.find(owner);
  if (found == by_owner_.end()) {
    return 0;
  }
  const std::map<std::uint64_t, EntryPointer> doomed = found->second;
  SnapshotEdit edit(*current_, ++last_edit_);
  for (const auto& [number, entry] : doomed) {
    remove_entry(edit, entry);
  }
  publish(std::move(edit));
  return doomed.size();
}

}  // namespace pinhole::epm
