// SPDX-License-Identifier: Apache-2.0
#pragma once
// An RPC client over TCP or a local socket, with a time limit for connect and for each call.
//
// One call at a time on one connection, from one thread. The coroutines hold references to the
// client: it outlives them. `wait()` runs one of them for callers without an event loop.

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/address.hpp"
#include "base/expected.hpp"
#include "dcerpc/client.hpp"
#include "rpc/interface.hpp"

namespace pinhole::transport {

struct ClientError {
  enum class Kind : std::uint8_t {
    unreachable,  // no such host, refused, reset, no route
    timeout,
    protocol,  // the peer speaks something else, or broke off
    rejected,  // bind_nak, or the presentation context was refused
    fault,
    bad_reply,  // the answer's stub does not decode
  };
  Kind kind = Kind::protocol;
  std::uint32_t status = 0;  // of a fault
  std::string text;          // one line, may quote the peer: escape it for a terminal
};

template <class T>
using ClientResult = Expected<T, ClientError>;

/// Where to connect: host and port, or a local socket's path.
struct Target {
  std::string host;
  std::uint16_t port = 0;
  std::string path;   // not empty: a Unix stream socket
  bool http = false;  // expects the ncacn_http banner first
};

struct ClientSettings {
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds call_timeout{10000};
};

class Client {
 public:
  template <class T>
  using Awaitable = boost::asio::awaitable<ClientResult<T>>;

  Client(boost::asio::io_context& context, ClientSettings settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] Awaitable<void> connect(Target target);
  /// Binds, or on a bound connection adds a context for, `interface`; later calls use it.
  [[nodiscard]] Awaitable<void> bind(dcerpc::SyntaxId interface,
                                     dcerpc::SyntaxId transfer_syntax = dcerpc::kNdr32);
  /// The address of the peer, once connected over TCP.
  [[nodiscard]] std::optional<IpAddress> remote_address() const;
  void close();
  /// Waits, without a time limit and between calls, until the peer ends the connection or close()
  /// is called. A peer that speaks without being asked counts as one that ended it.
  [[nodiscard]] boost::asio::awaitable<void> wait_closed();

  [[nodiscard]] Awaitable<dcerpc::Reply> call_raw(Opnum opnum, std::optional<Uuid> object,
                                                  Bytes stub);

  template <class Op>
  [[nodiscard]] Awaitable<typename Op::Out> call(typename Op::In in) {
    Bytes stub;
    ndr::Writer writer(stub, {ByteOrder::little, syntax()});
    Op::In::ndr(writer, in);
    auto reply = co_await call_raw({Op::opnum}, std::nullopt, std::move(stub));
    if (!reply) {
      co_return tl::unexpected(std::move(reply).error());
    }
    ndr::Reader reader(reply->stub, {reply->order, syntax()});
    typename Op::Out out;
    Op::Out::ndr(reader, out);
    if (const auto& error = reader.error()) {
      co_return tl::unexpected(ClientError{ClientError::Kind::bad_reply, 0, to_string(*error)});
    }
    co_return out;
  }

 private:
  struct State;
  [[nodiscard]] ndr::Syntax syntax() const;

  std::unique_ptr<State> state_;
};

/// Runs `work` on `context` until it is done; the context must not be running.
template <class T>
T wait(boost::asio::io_context& context, boost::asio::awaitable<T> work);

}  // namespace pinhole::transport

#include "transport/client_wait.hpp"
