// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one server process offers (its interfaces, with mgmt among them), and one connection to it.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "dcerpc/server.hpp"
#include "rpc/interface.hpp"

namespace pinhole::rpc {

/// The four counters of mgmt inq_stats (C706, rpc_mgmt_inq_stats): calls that this process
/// received, calls that it made itself (none), PDUs received, PDUs sent.
struct Statistics {
  std::atomic<std::uint32_t> calls_in = 0;
  std::atomic<std::uint32_t> calls_out = 0;
  std::atomic<std::uint32_t> packets_in = 0;
  std::atomic<std::uint32_t> packets_out = 0;
};

/// The interfaces that a process serves on its endpoints. Add all before the first connection;
/// after that it is read by every thread.
class Server final : public dcerpc::InterfaceLookup {
 public:
  struct Settings {
    dcerpc::ServerLimits association;
    dcerpc::GroupTable::Limits groups;
    std::string principal;  // answered by mgmt inq_princ_name; empty: refused
  };

  /// Offers mgmt already.
  Server(dcerpc::Entropy entropy, Settings settings);
  ~Server() override;

  void offer(std::shared_ptr<Interface> interface);
  /// Told when a connection ends, with its number; may be called from any thread.
  void on_disconnect(std::function<void(std::uint64_t)> hook);

  [[nodiscard]] std::optional<std::uint32_t> find(const dcerpc::SyntaxId& wanted) const override;
  [[nodiscard]] const Interface& interface(std::uint32_t index) const {
    return *interfaces_[index];
  }
  [[nodiscard]] const std::vector<std::shared_ptr<Interface>>& interfaces() const {
    return interfaces_;
  }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] dcerpc::GroupTable& groups() { return groups_; }
  [[nodiscard]] Statistics& statistics() { return statistics_; }
  void disconnected(std::uint64_t connection) const;

 private:
  const Settings settings_;
  dcerpc::GroupTable groups_;
  std::vector<std::shared_ptr<Interface>> interfaces_;
  std::vector<std::function<void(std::uint64_t)>> hooks_;
  Statistics statistics_;
};

/// One connection: the association with its calls dispatched. Used by one thread at a time.
class Connection final : private dcerpc::CallSink {
 public:
  /// Brings the late answer of a call to this connection's thread, which then calls complete();
  /// it holds no strong reference to the connection.
  using Post = std::function<void(const dcerpc::CallKey&, Outcome<Bytes>)>;

  Connection(Server& server, const dcerpc::Peer& peer, Post post);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Takes bytes of the stream and appends what is to be sent to `out`. Not empty: send, then
  /// close, for this reason.
  [[nodiscard]] std::string on_bytes(ByteView bytes, Bytes& out);
  void complete(const dcerpc::CallKey& call, const Outcome<Bytes>& result, Bytes& out);

  [[nodiscard]] const dcerpc::Peer& peer() const { return association_.peer(); }
  [[nodiscard]] std::size_t calls_in_progress() const { return association_.calls_in_progress(); }
  [[nodiscard]] bool bound() const { return association_.bound(); }

 private:
  void on_call(const dcerpc::Call& call, Bytes& out) override;

  Server& server_;
  dcerpc::ServerAssociation association_;
  Post post_;
};

}  // namespace pinhole::rpc
