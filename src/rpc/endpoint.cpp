// SPDX-License-Identifier: Apache-2.0
#include "rpc/endpoint.hpp"

#include "rpc/mgmt.hpp"

namespace pinhole::rpc {

Server::Server(dcerpc::Entropy entropy, Settings settings)
    : settings_(std::move(settings)), groups_(std::move(entropy), settings_.groups) {
  offer(make_management(*this));
}

Server::~Server() = default;

void Server::offer(std::shared_ptr<Interface> interface) {
  interfaces_.push_back(std::move(interface));
}

void Server::on_disconnect(std::function<void(std::uint64_t)> hook) {
  hooks_.push_back(std::move(hook));
}

std::optional<std::uint32_t> Server::find(const dcerpc::SyntaxId& wanted) const {
  for (std::uint32_t index = 0; index < interfaces_.size(); ++index) {
    const dcerpc::SyntaxId& id = interfaces_[index]->id();
    if (id.uuid == wanted.uuid && id.major == wanted.major && id.minor >= wanted.minor) {
      return index;
    }
  }
  return std::nullopt;
}

void Server::disconnected(std::uint64_t connection) const {
  for (const auto& hook : hooks_) {
    hook(connection);
  }
}

Connection::Connection(Server& server, const dcerpc::Peer& peer, Post post)
    : server_(server),
      association_(server, server.groups(), peer, server.settings().association),
      post_(std::move(post)) {}

Connection::~Connection() {
  server_.disconnected(association_.peer().connection);
}

std::string Connection::on_bytes(ByteView bytes, Bytes& out) {
  const std::size_t start = out.size();
  const std::uint32_t before = association_.fragments();
  std::string why = association_.on_bytes(bytes, *this, out);
  auto& statistics = server_.statistics();
  statistics.packets_in.fetch_add(association_.fragments() - before, std::memory_order_relaxed);
  statistics.packets_out.fetch_add(dcerpc::count_fragments(ByteView(out).subspan(start)),
                                   std::memory_order_relaxed);
  return why;
}

void Connection::on_call(const dcerpc::Call& call, Bytes& out) {
  server_.statistics().calls_in.fetch_add(1, std::memory_order_relaxed);
  const auto syntax = call.ndr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr32;
  const CallContext context{association_.peer(), association_.group(), call.object};
  const std::size_t start = dcerpc::begin_response(out);
  ndr::Reader reader(call.stub, {call.order, syntax});
  const ndr::Format format{ByteOrder::little, syntax};
  ndr::Writer writer(out, format);
  const auto make_completion = [&] {
    Completion completion = [post = post_, key = call.key](Outcome<Bytes> result) {
      post(key, std::move(result));
    };
    return std::pair(std::move(completion), format);
  };
  // One reference fits the function's own storage: no allocation for calls that are not deferred.
  const Interface::DeferFactory defer = [&make_completion] { return make_completion(); };
  const Outcome<Done> done =
      server_.interface(call.interface_index).run(call.opnum, context, reader, writer, defer);
  if (!done) {
    out.resize(start);
    association_.fault(call.key, done.error().status, out);
  } else if (*done == Done::deferred) {
    out.resize(start);
  } else {
    association_.respond(call.key, out, start);
  }
}

void Connection::complete(const dcerpc::CallKey& call, const Outcome<Bytes>& result, Bytes& out) {
  const std::size_t start = out.size();
  if (!result) {
    association_.fault(call, result.error().status, out);
  } else {
    (void)dcerpc::begin_response(out);
    out.insert(out.end(), result->begin(), result->end());
    association_.respond(call, out, start);
  }
  server_.statistics().packets_out.fetch_add(dcerpc::count_fragments(ByteView(out).subspan(start)),
                                             std::memory_order_relaxed);
}

}  // namespace pinhole::rpc
