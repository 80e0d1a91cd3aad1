// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/group.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

namespace pinhole::dcerpc {
namespace {

/// Two connections are of one client when this is equal.
std::string client_of(const Peer& peer) {
  if (peer.carrier == Carrier::local) {
    return fmt::format("local:{}", peer.uid.value_or(0));
  }
  return fmt::format("{}:{}", static_cast<unsigned>(peer.carrier), to_string(peer.remote_address));
}

}  // namespace

std::string Peer::name() const {
  if (carrier == Carrier::local) {
    return fmt::format("pid {} (uid {})", pid.value_or(0), uid.value_or(0));
  }
  return join_host_port(to_string(remote_address), remote_port);
}

AssociationGroup::AssociationGroup(AssocGroupId id, Entropy entropy, std::size_t max_handles,
                                   std::shared_ptr<std::atomic<std::size_t>> client_handles,
                                   std::size_t max_client_handles)
    : id_(id),
      entropy_(std::move(entropy)),
      max_handles_(max_handles),
      client_handles_(std::move(client_handles)),
      max_client_handles_(max_client_handles) {}

AssociationGroup::~AssociationGroup() {
  client_handles_->fetch_sub(handles_.size());
}

std::optional<Uuid> AssociationGroup::open(std::shared_ptr<HandleState> state) {
  const std::lock_guard lock(mutex_);
  if (handles_.size() >= max_handles_) {
    return std::nullopt;
  }
  if (client_handles_->fetch_add(1) >= max_client_handles_) {
    client_handles_->fetch_sub(1);
    return std::nullopt;
  }
  Uuid handle;
  do {
    std::array<std::byte, 16> octets{};
    entropy_(octets);
    std::memcpy(&handle.time_low, octets.data(), 4);
    std::memcpy(&handle.time_mid, octets.data() + 4, 2);
    std::memcpy(&handle.time_hi_and_version, octets.data() + 6, 2);
    std::memcpy(handle.clock_and_node.data(), octets.data() + 8, 8);
  } while (handle.is_nil() || handles_.contains(handle));
  handles_.emplace(handle, std::move(state));
  return handle;
}

std::shared_ptr<HandleState> AssociationGroup::find(const Uuid& handle) {
  const std::lock_guard lock(mutex_);
  const auto found = handles_.find(handle);
  return found == handles_.end() ? nullptr : found->second;
}

bool AssociationGroup::close(const Uuid& handle) {
  std::shared_ptr<HandleState> closed;  // destroyed after the lock: it may use the group
  const std::lock_guard lock(mutex_);
  const auto found = handles_.find(handle);
  if (found == handles_.end()) {
    return false;
  }
  closed = std::move(found->second);
  handles_.erase(found);
  client_handles_->fetch_sub(1);
  return true;
}

GroupTable::GroupTable(Entropy entropy, Limits limits)
    : entropy_(std::move(entropy)), limits_(limits) {}

std::shared_ptr<AssociationGroup> GroupTable::create(const Peer& peer) {
  const std::lock_guard lock(mutex_);
  if (groups_.size() >= sweep_at_) {
    std::erase_if(groups_, [](const auto& item) { return item.second.group.expired(); });
    std::erase_if(clients_, [](const auto& item) { return item.second.expired(); });
    sweep_at_ = std::max<std::size_t>(1024, groups_.size() * 2);
  }
  const std::string client = client_of(peer);
  auto& known_count = clients_[client];
  auto count = known_count.lock();
  if (!count) {
    count = std::make_shared<std::atomic<std::size_t>>(0);
    known_count = count;
  }
  AssocGroupId id;
  do {
    entropy_(std::as_writable_bytes(std::span(&id.value, 1)));
  } while (id.value == 0 || groups_.contains(id));
  auto group = std::make_shared<AssociationGroup>(id, entropy_, limits_.handles_per_group,
                                                  std::move(count), limits_.handles_per_client);
  groups_[id] = {client, group};
  return group;
}

std::shared_ptr<AssociationGroup> GroupTable::join(AssocGroupId id, const Peer& peer) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(id);
  if (found == groups_.end() || found->second.client != client_of(peer)) {
    return nullptr;
  }
  return found->second.group.lock();
}

}  // namespace pinhole::dcerpc
