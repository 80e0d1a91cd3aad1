// SPDX-License-Identifier: Apache-2.0
#pragma once
// The endpoint map and its changes (C706 appendix O). Changes exclude one another; each publishes
// a new snapshot. Readers work on snapshots and never wait for a change to be made: they share a
// lock only with the exchange of one pointer.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "epm/snapshot.hpp"

namespace pinhole::epm {

struct MapLimits {
  std::size_t max_entries = 200'000;
};

/// `any_owner` may remove what others registered.
enum class Privilege : std::uint8_t { own_entries, any_owner };

struct Caller {
  OwnerId owner;
  Privilege privilege = Privilege::own_entries;
};

enum class Replace : std::uint8_t { no, yes };

/// Which entry ept_delete means: the annotation never matters.
struct EntryKey {
  Uuid object;
  Bytes tower;
};

class EndpointMap {
 public:
  explicit EndpointMap(MapLimits limits = {});
  EndpointMap(const EndpointMap&) = delete;
  EndpointMap& operator=(const EndpointMap&) = delete;

  /// Registers all of the entries (see make_entry) for the caller, or none.
  ///
  /// An entry of the caller with the same object and tower is replaced: its annotation changes and
  /// it moves to the end. With `Replace::yes` so are all with the same object, interface and
  /// protocol sequence, those of others only by privilege; entries of one call stand side by side.
  /// ok, or no_memory when the map would exceed its limit.
  EptStatus insert(std::vector<Entry> entries, Replace replace, Caller caller);

  /// Removes the entries with these objects and towers. ok; not_registered when one was not there
  /// (the others are removed); cant_perform_op when one belongs to another owner;
  /// invalid_entry when a tower cannot be read.
  EptStatus erase(std::span<const EntryKey> keys, Caller caller);

  /// ept_mgmt_delete: removes the entries with this tower, of `object` alone or, without a value,
  /// of every object. Status as of erase.
  EptStatus erase_tower(const std::optional<Uuid>& object, ByteView tower, Caller caller);

  /// Removes all that `owner` registered, and says how many that were.
  std::size_t erase_owner(OwnerId owner);

  /// The map as it is now.
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const;

 private:
  struct Removal;

  /// What the insertion of `entry` makes superfluous.
  void find_replaced(const Entry& entry, Replace replace, Caller caller,
                     std::map<std::uint64_t, EntryPointer>& doomed) const;
  /// Removes what has this tower and object (or any object) and may be removed.
  Removal remove(SnapshotEdit& edit, ByteView tower, const std::optional<Uuid>& object,
                 Caller caller);
  /// `entry` lies outside of the indexes that it is removed from.
  void remove_entry(SnapshotEdit& edit, const EntryPointer& entry);
  void publish(SnapshotEdit edit);

  const MapLimits limits_;

  std::mutex writing_;  // guards what follows
  std::uint64_t last_number_ = 0;
  EditNumber last_edit_ = 0;
  std::unordered_map<OwnerId, std::map<std::uint64_t, EntryPointer>> by_owner_;
  std::unordered_multimap<std::size_t, EntryPointer> by_tower_;  // by the hash of the octets

  mutable std::mutex publishing_;  // held for the exchange of the pointer alone
  std::shared_ptr<const Snapshot> current_;
};

}  // namespace pinhole::epm
