// SPDX-License-Identifier: Apache-2.0
#pragma once
// TCP connections out of datagrams: who opened each, what both sides said, how it ended.
//
// A connection that was open before the capture began has no known opener: the side with the
// mapper's port, else with the lower one, is taken for the server, until what is said shows the
// contrary.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/address.hpp"
#include "capture/ip.hpp"
#include "capture/limits.hpp"
#include "capture/packet.hpp"
#include "capture/tcp.hpp"
#include "dcerpc/observer.hpp"

namespace pinhole::capture {

using dcerpc::Direction;

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// What is kept beside a connection by whoever follows it.
struct Attachment {
  Attachment() = default;
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  virtual ~Attachment() = default;
};

struct Connection {
  Endpoint client;
  Endpoint server;
  bool syn = false;       // the opening was seen
  bool answered = false;  // the server said anything but a reset
  bool refused = false;   // a reset answered the opening
  bool reset = false;     // a reset ended it later
  bool closed = false;    // it has ended; packets that come late are passed over
  std::array<bool, 2> fin{};
  Time first = 0;
  Time last = 0;
  std::uint32_t syn_sequence = 0;
  std::array<std::uint64_t, 2> octets{};  // of payload as sent, by direction
  std::array<Stream, 2> streams;
  std::unique_ptr<Attachment> attachment;
  std::array<Connection*, 2> by_age{};  // the next older and the next younger one
};

class ConnectionSink {
 public:
  ConnectionSink() = default;
  ConnectionSink(const ConnectionSink&) = delete;
  ConnectionSink& operator=(const ConnectionSink&) = delete;
  virtual ~ConnectionSink() = default;

  /// The direction that this first payload shows to go in, where it shows any.
  virtual std::optional<Direction> direction_of(ByteView first_payload) = 0;
  virtual void on_data(Connection& connection, Direction direction, ByteView octets) = 0;
  virtual void on_gap(Connection& connection, Direction direction, std::uint64_t octets) = 0;
  /// Once for each connection, after its last data.
  virtual void on_end(Connection& connection) = 0;
};

class Connections {
 public:
  Connections(const Limits& limits, ConnectionSink& sink);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  void on_datagram(const Datagram& datagram, Time time);
  /// Ends all: the capture is over.
  void finish();

  /// Octets that segments ahead of their time hold.
  [[nodiscard]] std::size_t held() const { return held_; }
  [[nodiscard]] std::uint64_t segments() const { return segments_; }
  [[nodiscard]] std::uint64_t repeated() const { return repeated_; }
  /// Connections ended for being too many.
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
  using Key = std::array<std::uint64_t, 5>;
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Followed : Connection {
    Key key{};
  };
  using Table = std::unordered_map<Key, Followed, Hash>;

  Followed& find(const Datagram& datagram, const Segment& segment, Time time);
  void begin(Followed& connection, const Endpoint& source, const Endpoint& destination,
             const Segment& segment, Time time);
  void on_segment(Followed& connection, Direction direction, const Segment& segment);
  void on_payload(Followed& connection, Direction direction, const Segment& segment);
  void turn_round(Followed& connection);
  void end(Followed& connection);
  void erase(Followed& connection);
  void make_youngest(Followed& connection);
  void take_out(Followed& connection);

  const Limits limits_;
  ConnectionSink& sink_;
  Table table_;
  Connection* oldest_ = nullptr;
  Connection* youngest_ = nullptr;
  std::size_t held_ = 0;
  std::uint64_t segments_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace pinhole::capture
