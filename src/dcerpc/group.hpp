// SPDX-License-Identifier: Apache-2.0
#pragma once
// Association groups and their context handles (C706 6.1.6, 9.3.2; [MS-RPCE] 3.3.1.5).
//
// A group spans connections, and connections live on several threads, so these two types lock.
// A group dies with its last association; its handles run down then.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "base/address.hpp"
#include "base/ids.hpp"
#include "base/uuid.hpp"

namespace pinhole::dcerpc {

enum class Carrier : std::uint8_t { tcp, http, local };

/// Who is at the other end, and where it reached us.
struct Peer {
  Carrier carrier = Carrier::tcp;
  IpAddress local_address;
  std::uint16_t local_port = 0;
  IpAddress remote_address;
  std::uint16_t remote_port = 0;
  std::optional<std::uint32_t> uid;  // local only
  std::optional<std::int32_t> pid;   // local only
  std::uint64_t connection = 0;      // unique in this process, never reused

  /// `10.0.0.9:40112`, or `pid 311 (uid 0)`.
  [[nodiscard]] std::string name() const;
};

/// Fills a buffer with random octets; group ids and handles are made of them.
using Entropy = std::function<void(std::span<std::byte>)>;

/// What a service keeps behind a context handle; destroyed on close and on rundown.
class HandleState {
 public:
  HandleState() = default;
  HandleState(const HandleState&) = delete;
  HandleState& operator=(const HandleState&) = delete;
  virtual ~HandleState() = default;
};

class AssociationGroup {
 public:
  AssociationGroup(AssocGroupId id, Entropy entropy, std::size_t max_handles,
                   std::shared_ptr<std::atomic<std::size_t>> client_handles,
                   std::size_t max_client_handles);
  ~AssociationGroup();
  AssociationGroup(const AssociationGroup&) = delete;
  AssociationGroup& operator=(const AssociationGroup&) = delete;

  [[nodiscard]] AssocGroupId id() const { return id_; }

  /// A new handle for `state`; no value when the group or its client holds too many.
  [[nodiscard]] std::optional<Uuid> open(std::shared_ptr<HandleState> state);
  /// The state behind a handle of this group; null for every other UUID.
  [[nodiscard]] std::shared_ptr<HandleState> find(const Uuid& handle);
  /// Whether it was a handle of this group.
  bool close(const Uuid& handle);

 private:
  const AssocGroupId id_;
  const Entropy entropy_;
  const std::size_t max_handles_;
  const std::shared_ptr<std::atomic<std::size_t>> client_handles_;
  const std::size_t max_client_handles_;
  std::mutex mutex_;
  std::unordered_map<Uuid, std::shared_ptr<HandleState>> handles_;
};

/// The groups of one process. Joining needs the same carrier and client address.
class GroupTable {
 public:
  struct Limits {
    std::size_t handles_per_group = 256;
    std::size_t handles_per_client = 4096;
  };

  GroupTable(Entropy entropy, Limits limits);

  [[nodiscard]] std::shared_ptr<AssociationGroup> create(const Peer& peer);
  /// Null when there is no such group, or it is another client's.
  [[nodiscard]] std::shared_ptr<AssociationGroup> join(AssocGroupId id, const Peer& peer);

 private:
  struct Known {
    std::string client;
    std::weak_ptr<AssociationGroup> group;
  };

  const Entropy entropy_;
  const Limits limits_;
  std::mutex mutex_;
  std::unordered_map<AssocGroupId, Known> groups_;
  std::unordered_map<std::string, std::weak_ptr<std::atomic<std::size_t>>> clients_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace pinhole::dcerpc
