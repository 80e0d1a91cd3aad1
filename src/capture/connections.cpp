// SPDX-License-Identifier: Apache-2.0
#include "capture/connections.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pinhole::capture {
namespace {

constexpr std::size_t kOlder = 0;
constexpr std::size_t kYounger = 1;

constexpr std::size_t at(Direction direction) {
  return static_cast<std::size_t>(direction);
}

constexpr Direction other(Direction direction) {
  return direction == Direction::to_server ? Direction::to_client : Direction::to_server;
}

bool is_mapper_port(std::uint16_t port) {
  return port == 135 || port == 593;
}

/// Whether, of two ends that nobody saw begin, `a` is rather the server.
bool is_rather_server(const Endpoint& a, const Endpoint& b) {
  if (is_mapper_port(a.port) != is_mapper_port(b.port)) {
    return is_mapper_port(a.port);
  }
  return a.port < b.port;
}

/// One direction of a connection, told to the sink.
class Told final : public StreamSink {
 public:
  Told(ConnectionSink& sink, Connection& connection, Direction direction)
      : sink_(sink), connection_(connection), direction_(direction) {}
  void on_data(ByteView octets) override { sink_.on_data(connection_, direction_, octets); }
  void on_gap(std::uint64_t octets) override { sink_.on_gap(connection_, direction_, octets); }

 private:
  ConnectionSink& sink_;
  Connection& connection_;
  Direction direction_;
};

}  // namespace

Connections::Connections(const Limits& limits, ConnectionSink& sink)
    : limits_(limits), sink_(sink) {}

Connections::~Connections() = default;

std::size_t Connections::Hash::operator()(const Key& key) const noexcept {
  std::uint64_t sum = 0x9e3779b97f4a7c15;
  for (const std::uint64_t word : key) {
    sum = (sum ^ word) * 0xff51afd7ed558ccd;
    sum ^= sum >> 32U;
  }
  return sum;
}

Connections::Followed& Connections::find(const Datagram& datagram, const Segment& segment,
                                         Time time) {
  const Endpoint source{datagram.source, segment.source};
  const Endpoint destination{datagram.destination, segment.destination};
  const bool in_order = source < destination;
  const Endpoint& low = in_order ? source : destination;
  const Endpoint& high = in_order ? destination : source;
  Key key{};
  std::memcpy(key.data(), low.address.octets.data(), 16);
  std::memcpy(&key[2], high.address.octets.data(), 16);
  key[4] = std::uint64_t{low.port} << 32U | std::uint64_t{high.port} << 8U |
           (low.address.is_v4() ? 0U : 1U);
  const auto [found, is_new] = table_.try_emplace(key);
  Followed& connection = found->second;
  if (is_new) {
    connection.key = key;
    make_youngest(connection);
    begin(connection, source, destination, segment, time);
    if (table_.size() > limits_.connections) {
      ++evicted_;
      erase(static_cast<Followed&>(*oldest_));
    }
    return connection;
  }
  take_out(connection);
  make_youngest(connection);
  // The same ports again, after an end or an unseen one, are another connection.
  const bool anew =
      segment.syn && !segment.ack &&
      (connection.closed || !connection.syn || segment.sequence != connection.syn_sequence);
  if (anew) {
    end(connection);
    begin(connection, source, destination, segment, time);
  }
  return connection;
}

void Connections::begin(Followed& connection, const Endpoint& source, const Endpoint& destination,
                        const Segment& segment, Time time) {
  const auto by_age = connection.by_age;
  const Key key = connection.key;
  static_cast<Connection&>(connection) = Connection{};
  connection.by_age = by_age;
  connection.key = key;
  connection.first = connection.last = time;
  const bool from_server = segment.syn ? segment.ack : is_rather_server(source, destination);
  connection.client = from_server ? destination : source;
  connection.server = from_server ? source : destination;
  connection.syn = segment.syn;
  connection.syn_sequence = segment.ack ? segment.acknowledged - 1 : segment.sequence;
}

void Connections::on_datagram(const Datagram& datagram, Time time) {
  const auto segment = read_segment(datagram.payload, datagram.size);
  if (!segment) {
    return;
  }
  ++segments_;
  while (oldest_ != nullptr && time - oldest_->last > limits_.idle_seconds * kSecond) {
    erase(static_cast<Followed&>(*oldest_));
  }
  Followed& connection = find(datagram, *segment, time);
  connection.last = std::max(connection.last, time);
  if (connection.closed) {
    return;
  }
  bool to_server = connection.server == Endpoint{datagram.destination, segment->destination};
  const bool is_first = connection.octets == std::array<std::uint64_t, 2>{};
  if (!connection.syn && is_first && !segment->payload.empty()) {
    const auto shown = sink_.direction_of(segment->payload);
    if (shown && (*shown == Direction::to_server) != to_server) {
      turn_round(connection);
      to_server = !to_server;
    }
  }
  on_segment(connection, to_server ? Direction::to_server : Direction::to_client, *segment);
}

void Connections::turn_round(Followed& connection) {
  std::swap(connection.client, connection.server);
  std::swap(connection.fin[0], connection.fin[1]);
  std::swap(connection.streams[0], connection.streams[1]);
}

void Connections::on_segment(Followed& connection, Direction direction, const Segment& segment) {
  const bool from_server = direction == Direction::to_client;
  if (segment.rst) {
    connection.refused = from_server && connection.syn && !connection.answered;
    connection.reset = !connection.refused;
    end(connection);
    return;
  }
  connection.answered = connection.answered || from_server;
  Stream& stream = connection.streams[at(direction)];
  if (segment.syn) {
    stream.start(segment.sequence + 1);
  }
  if (segment.size != 0) {
    on_payload(connection, direction, segment);
  }
  if (segment.ack) {
    Stream& opposite = connection.streams[at(other(direction))];
    Told told(sink_, connection, other(direction));
    held_ -= opposite.held();
    opposite.on_acknowledged(segment.acknowledged, told);
    held_ += opposite.held();
  }
  if (segment.fin) {
    connection.fin[at(direction)] = true;
    if (connection.fin[0] && connection.fin[1]) {
      end(connection);
    }
  }
}

void Connections::on_payload(Followed& connection, Direction direction, const Segment& segment) {
  connection.octets[at(direction)] += segment.size;
  Stream& stream = connection.streams[at(direction)];
  const std::uint32_t sequence = segment.sequence + (segment.syn ? 1 : 0);
  Told told(sink_, connection, direction);
  if (!stream.started()) {
    stream.start(sequence);
    // Where this one begins in the middle, so may its first octets.
    told.on_gap(0);
  }
  const std::size_t before = stream.held();
  const std::uint64_t repeated = stream.repeated();
  const std::size_t elsewhere = held_ - before;
  const std::size_t room =
      std::min(limits_.ahead, limits_.held > elsewhere ? limits_.held - elsewhere : 0);
  stream.on_segment(sequence, segment.payload, segment.size, room, told);
  held_ += stream.held() - before;
  repeated_ += stream.repeated() - repeated;
}

void Connections::end(Followed& connection) {
  if (connection.closed) {
    return;
  }
  for (const Direction direction : {Direction::to_server, Direction::to_client}) {
    Stream& stream = connection.streams[at(direction)];
    Told told(sink_, connection, direction);
    held_ -= stream.held();
    stream.flush(told);
  }
  sink_.on_end(connection);
  connection.closed = true;
  connection.attachment.reset();
  connection.streams = {};
}

void Connections::erase(Followed& connection) {
  end(connection);
  take_out(connection);
  table_.erase(Key(connection.key));
}

void Connections::finish() {
  while (oldest_ != nullptr) {
    erase(static_cast<Followed&>(*oldest_));
  }
}

void Connections::make_youngest(Followed& connection) {
  connection.by_age = {youngest_, nullptr};
  (youngest_ != nullptr ? youngest_->by_age[kYounger] : oldest_) = &connection;
  youngest_ = &connection;
}

void Connections::take_out(Followed& connection) {
  Connection* const older = connection.by_age[kOlder];
  Connection* const younger = connection.by_age[kYounger];
  (older != nullptr ? older->by_age[kYounger] : oldest_) = younger;
  (younger != nullptr ? younger->by_age[kOlder] : youngest_) = older;
}

}  // namespace pinhole::capture
