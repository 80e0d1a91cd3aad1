// SPDX-License-Identifier: Apache-2.0
#pragma once
// A client and an rpc::Server in one process, without a socket: what the one sends the other gets.

#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "dcerpc/client.hpp"
#include "dcerpc/status.hpp"
#include "ndr/cursor.hpp"
#include "rpc/endpoint.hpp"

namespace pinhole::support {

/// Random enough for ids, the same in every run.
inline dcerpc::Entropy counting_entropy() {
  return [next = std::uint64_t{0}](std::span<std::byte> octets) mutable {
    for (std::byte& octet : octets) {
      next = next * 6364136223846793005ULL + 1442695040888963407ULL;
      octet = static_cast<std::byte>(next >> 56U);
    }
  };
}

inline dcerpc::Peer tcp_peer(std::uint64_t connection, const char* local = "10.0.0.5",
                             const char* remote = "10.0.0.9") {
  dcerpc::Peer peer;
  peer.local_address = parse_address(local).value();
  peer.local_port = 135;
  peer.remote_address = parse_address(remote).value();
  peer.remote_port = 40000;
  peer.connection = connection;
  return peer;
}

inline dcerpc::Peer local_peer(std::uint64_t connection, std::uint32_t uid = 0) {
  dcerpc::Peer peer;
  peer.carrier = dcerpc::Carrier::local;
  peer.uid = uid;
  peer.pid = 1;
  peer.connection = connection;
  return peer;
}

/// One connection, bound to one interface.
class Loopback {
 public:
  Loopback(rpc::Server& server, const dcerpc::Peer& peer, dcerpc::SyntaxId interface,
           dcerpc::SyntaxId transfer_syntax = dcerpc::kNdr32, AssocGroupId group = {})
      : connection_(server, peer, [](const dcerpc::CallKey&, const rpc::Outcome<Bytes>&) {}),
        syntax_(transfer_syntax == dcerpc::kNdr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr32) {
    Bytes out;
    client_.bind({{{0}, interface, {transfer_syntax}}}, group, out);
    send(out);
    if (!actions_.accepted) {
      throw std::runtime_error("the bind was refused");
    }
  }

  [[nodiscard]] AssocGroupId group() const { return client_.group(); }

  template <class Op>
  rpc::Outcome<typename Op::Out> call(const typename Op::In& in) {
    Bytes stub;
    ndr::Writer writer(stub, {ByteOrder::little, syntax_});
    Op::In::ndr(writer, in);
    Bytes out;
    client_.request({0}, {Op::opnum}, {}, stub, out);
    send(out);
    if (actions_.replies.size() != 1) {
      throw std::runtime_error("no reply: " + actions_.close);
    }
    const dcerpc::Reply& reply = actions_.replies.front();
    if (reply.fault != 0) {
      return tl::unexpected(rpc::Fault{reply.fault});
    }
    ndr::Reader reader(reply.stub, {reply.order, syntax_});
    typename Op::Out result;
    Op::Out::ndr(reader, result);
    if (!reader.ok()) {
      throw std::runtime_error(to_string(*reader.error()));
    }
    return result;
  }

 private:
  void send(const Bytes& bytes) {
    Bytes back;
    (void)connection_.on_bytes(bytes, back);
    actions_.clear();
    client_.on_bytes(back, actions_);
  }

  rpc::Connection connection_;
  dcerpc::ClientAssociation client_;
  dcerpc::ClientActions actions_;
  ndr::Syntax syntax_;
};

}  // namespace pinhole::support
