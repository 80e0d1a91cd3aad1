// SPDX-License-Identifier: Apache-2.0
#pragma once
// The endpoint map at one moment: immutable, shared, read by any number of threads.
//
// Pointers to entries live as long as the snapshot that gave them (or a later one that still holds
// the entry).

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "epm/entry_list.hpp"

namespace pinhole::epm {

/// ept_lookup's inquiry_type ([MS-RPCE] 2.2.1.2.4).
enum class InquiryType : std::uint8_t {
  all = 0,
  by_interface = 1,
  by_object = 2,
  by_both = 3,
};

/// ept_lookup's vers_option (C706 rpc_mgmt_ep_elt_inq_begin, [MS-RPCE] 2.2.1.2.4).
enum class VersionOption : std::uint8_t {
  all = 1,         // whatever the version
  compatible = 2,  // the same major version, the same minor version or above
  exact = 3,
  major_only = 4,  // the same major version
  upto = 5,        // this version or below
};

[[nodiscard]] std::optional<InquiryType> inquiry_type_of(std::uint32_t number);
[[nodiscard]] std::optional<VersionOption> version_option_of(std::uint32_t number);
/// Whether a registered interface answers an inquiry for `wanted`; the UUIDs must be equal.
[[nodiscard]] bool matches(const dcerpc::SyntaxId& registered, const dcerpc::SyntaxId& wanted,
                           VersionOption option);

struct Inquiry {
  InquiryType type = InquiryType::all;
  dcerpc::SyntaxId interface;  // read by by_interface and by_both
  VersionOption version = VersionOption::all;
  Uuid object;  // read by by_object and by_both; nil finds the entries without an object
};

/// What a page of a lookup leaves.
struct LookupPage {
  std::uint64_t cursor = 0;  // number of the last entry given: `after` of the next page
  bool end = false;          // nothing that matches follows the page
};

/// What ept_map asks for; of the tower only what is asked for matters.
struct MapQuery {
  dcerpc::SyntaxId interface;  // the major version must be equal, the minor equal or above
  dcerpc::SyntaxId transfer_syntax;
  ProtocolSequence sequence = ProtocolSequence::unknown;
  std::string protocol_ids;  // decides where the protocol sequence is not known
  Uuid object;
};

[[nodiscard]] MapQuery map_query(const TowerView& tower, const Uuid& object);

class Snapshot {
 public:
  [[nodiscard]] std::size_t size() const { return all_.size(); }

  /// Appends to `out` at most `max` entries that match, with numbers above `after`, in order of
  /// insertion. Entries that come or go between pages neither repeat nor hide others.
  LookupPage lookup(const Inquiry& inquiry, std::uint64_t after, std::size_t max,
                    std::vector<const Entry*>& out) const;

  /// Appends to `out` all entries that match: first those of the object asked for, then those
  /// without an object, which serve every object; each group rotated by `rotation`. A query with
  /// the nil object finds only the latter (C706 appendix O, [MS-RPCE] 2.2.1.2.5).
  void map(const MapQuery& query, std::uint64_t rotation, std::vector<const Entry*>& out) const;

  /// All entries of one interface UUID; null when there are none.
  [[nodiscard]] const EntryList* of_interface(const Uuid& uuid) const;
  [[nodiscard]] const EntryList& all() const { return all_; }

 private:
  friend class SnapshotEdit;
  static constexpr std::size_t kFan = 32;  // groups, and buckets in each

  struct InterfaceEntries {
    EditNumber edit = 0;
    EntryList list;
  };
  struct Slot {
    Uuid uuid;
    std::shared_ptr<InterfaceEntries> entries;
  };
  struct Bucket {
    EditNumber edit = 0;
    std::vector<Slot> slots;
  };

  struct Group {
    EditNumber edit = 0;
    std::array<std::shared_ptr<Bucket>, kFan> buckets;  // null: empty
  };
  struct Address {
    std::size_t group = 0;
    std::size_t bucket = 0;
  };

  [[nodiscard]] static Address address_of(const Uuid& uuid);

  EntryList all_;
  std::array<std::shared_ptr<Group>, kFan> groups_;  // null: empty
};

/// A snapshot in the making: a copy that shares what it does not change. Used by one thread, and
/// no more once the result is published.
class SnapshotEdit {
 public:
  /// `edit` has never been used before in this map.
  SnapshotEdit(const Snapshot& base, EditNumber edit);

  void append(const EntryPointer& entry);
  void erase(const Entry& entry);
  [[nodiscard]] const Snapshot& snapshot() const { return *snapshot_; }
  [[nodiscard]] std::shared_ptr<const Snapshot> finish() && { return std::move(snapshot_); }

 private:
  Snapshot::Bucket& own_bucket(const Uuid& uuid);
  EntryList& own_list(Snapshot::Slot& slot) const;

  std::shared_ptr<Snapshot> snapshot_;
  EditNumber edit_;
};

}  // namespace pinhole::epm
