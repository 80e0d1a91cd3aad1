// SPDX-License-Identifier: Apache-2.0
#include "driver.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace pinhole::bench {
namespace {

constexpr std::uint8_t kLastFragment = 0x02;

}  // namespace

Driver::Driver(Target target, Bytes bind, std::size_t connections)
    : target_(target), bind_(std::move(bind)), connections_(connections) {
  for (std::size_t index = 0; index < connections; ++index) {
    connections_[index].index = index;
  }
}

void Driver::open_all(std::size_t at_once) {
  std::size_t opened = 0;
  std::size_t bound = 0;
  hooks_ = {.bound = [&](Connection&) { ++bound; }, .replied = {}};
  while (bound < connections_.size()) {
    while (opened < connections_.size() && opened - bound < at_once) {
      reopen(connections_[opened++]);
    }
    poll(-1);
  }
  hooks_ = {};
}

void Driver::reopen(Connection& connection) {
  connection.fd.reset();
  connection.started = Clock::now();
  connection.connected = false;
  connection.inside_reply = false;
  connection.held = 0;
  connection.fd = target_.connect();
  epoll_.add(connection.fd.get(), EPOLLOUT, connection.index);
}

void Driver::call(Connection& connection, std::span<const std::uint8_t> request) {
  connection.started = Clock::now();
  send_all(connection.fd.get(), request);
}

void Driver::poll(int milliseconds) {
  for (const epoll_event& event : epoll_.wait(milliseconds)) {
    Connection& connection = connections_[event.data.u64];
    if (connection.connected) {
      on_readable(connection);
    } else {
      on_connected(connection);
    }
  }
}

void Driver::on_connected(Connection& connection) {
  connection.connected = true;
  epoll_.modify(connection.fd.get(), EPOLLIN, connection.index);
  send_all(connection.fd.get(), bind_);
}

void Driver::on_readable(Connection& connection) {
  connection.held +=
      receive(connection.fd.get(), std::span(connection.buffer).subspan(connection.held));
  std::span<const std::uint8_t> rest(connection.buffer.data(), connection.held);
  while (true) {
    const std::size_t size = pdu_size(rest);
    if (size > connection.buffer.size()) {
      throw std::runtime_error("a fragment larger than the bind allows");
    }
    if (size == 0 || rest.size() < size) {
      break;
    }
    const std::span<const std::uint8_t> pdu = rest.first(size);
    rest = rest.subspan(size);
    // The next call may be sent from here; what it needs to know is that nothing is left over.
    connection.held = rest.size();
    on_pdu(connection, pdu);
    if (rest.empty()) {
      return;
    }
  }
  std::ranges::copy(rest, connection.buffer.begin());
  connection.held = rest.size();
}

void Driver::on_pdu(Connection& connection, std::span<const std::uint8_t> pdu) {
  switch (static_cast<PduType>(pdu[2])) {
    case PduType::bind_ack:
      hooks_.bound(connection);
      return;
    case PduType::response:
      on_response(connection, pdu);
      return;
    case PduType::fault:
      if (pdu.size() >= kCallHeaderSize + 4) {
        throw std::runtime_error(fmt::format("fault 0x{:08x}", load32(pdu, kCallHeaderSize)));
      }
      break;
    case PduType::request:
    case PduType::bind:
      break;
  }
  throw std::runtime_error("unexpected PDU of type " + std::to_string(pdu[2]));
}

void Driver::on_response(Connection& connection, std::span<const std::uint8_t> pdu) {
  const std::span<const std::uint8_t> stub = pdu.subspan(kCallHeaderSize);
  if (!std::exchange(connection.inside_reply, true)) {
    if (stub.size() < 4) {
      throw std::runtime_error("a reply without a status");
    }
    const std::size_t here = std::min(stub.size(), connection.head.size());
    std::ranges::copy(stub.first(here), connection.head.begin());
  }
  if ((pdu[3] & kLastFragment) == 0) {
    return;
  }
  connection.inside_reply = false;
  connection.status = load32(stub, stub.size() - 4);
  hooks_.replied(connection);
}

}  // namespace pinhole::bench
