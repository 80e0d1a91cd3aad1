// SPDX-License-Identifier: Apache-2.0
#include "transport/client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "dcerpc/status.hpp"

namespace pinhole::transport {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;
using Kind = ClientError::Kind;
using Socket = asio::generic::stream_protocol::socket;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kHttpBanner = "ncacn_http/1.0";

tl::unexpected<ClientError> error(Kind kind, std::string text) {
  return tl::unexpected(ClientError{kind, 0, std::move(text)});
}

asio::awaitable<void> expire(asio::steady_timer& timer) {
  co_await timer.async_wait(kUseTuple);
}

const char* text_of(dcerpc::NakReason reason) {
  switch (reason) {
    case dcerpc::NakReason::not_specified:
      return "no reason given";
    case dcerpc::NakReason::temporary_congestion:
      return "temporary congestion";
    case dcerpc::NakReason::local_limit_exceeded:
      return "local limit exceeded";
    case dcerpc::NakReason::protocol_version_not_supported:
      return "protocol version not supported";
    case dcerpc::NakReason::authentication_type_not_recognized:
      return "authentication type not recognized";
    case dcerpc::NakReason::invalid_checksum:
      return "invalid checksum";
  }
  return "an unknown reason";
}

const char* text_of(const dcerpc::ContextAnswer& answer) {
  if (answer.result != dcerpc::ContextResult::provider_rejection) {
    return "not accepted";
  }
  switch (answer.reason) {
    case dcerpc::reject::kAbstractSyntax:
      return "the server does not offer it";
    case dcerpc::reject::kTransferSyntaxes:
      return "no common transfer syntax";
    case dcerpc::reject::kLocalLimit:
      return "too many presentation contexts";
    default:
      return "no reason given";
  }
}

}  // namespace

struct Client::State {
  State(asio::io_context& use, ClientSettings with)
      : context(use), settings(with), socket(use), timer(use) {}

  asio::io_context& context;
  ClientSettings settings;
  Socket socket;
  asio::steady_timer timer;
  dcerpc::ClientAssociation association;
  std::uint16_t contexts = 0;
  ContextId current;
  ndr::Syntax syntax = ndr::Syntax::ndr32;
  std::array<std::byte, 8192> buffer{};

  asio::awaitable<ClientResult<void>> open(Target target);
  asio::awaitable<ClientResult<void>> read_banner();
  asio::awaitable<ClientResult<void>> exchange(Bytes out, dcerpc::ClientActions& actions);

  template <class T>
  asio::awaitable<ClientResult<T>> limited(asio::awaitable<ClientResult<T>> work,
                                           std::chrono::milliseconds limit, const char* what) {
    timer.expires_after(limit);
    auto result = co_await (std::move(work) || expire(timer));
    if (result.index() == 1) {
      boost::system::error_code ignored;
      socket.close(ignored);
      co_return error(Kind::timeout,
                      fmt::format("no answer to {} within {} ms", what, limit.count()));
    }
    co_return std::move(std::get<0>(result));
  }
};

asio::awaitable<ClientResult<void>> Client::State::open(Target target) {
  if (!target.path.empty()) {
    const asio::local::stream_protocol::endpoint endpoint(target.path);
    const asio::generic::stream_protocol::endpoint generic(endpoint);
    auto [failed] = co_await socket.async_connect(generic, kUseTuple);
    if (failed) {
      co_return error(Kind::unreachable, failed.message());
    }
    co_return ClientResult<void>{};
  }
  asio::ip::tcp::resolver resolver(context);
  auto [failed, found] =
      co_await resolver.async_resolve(target.host, std::to_string(target.port), kUseTuple);
  if (failed) {
    co_return error(Kind::unreachable, failed.message());
  }
  asio::ip::tcp::socket stream(context);
  auto [refused, used] = co_await asio::async_connect(stream, found, kUseTuple);
  if (refused) {
    co_return error(Kind::unreachable, refused.message());
  }
  boost::system::error_code ignored;
  stream.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket = std::move(stream);
  if (target.http) {
    co_return co_await read_banner();
  }
  co_return ClientResult<void>{};
}

asio::awaitable<ClientResult<void>> Client::State::read_banner() {
  std::size_t have = 0;
  while (have < kHttpBanner.size()) {
    const auto room = asio::buffer(buffer.data() + have, kHttpBanner.size() - have);
    auto [failed, count] = co_await socket.async_read_some(room, kUseTuple);
    if (failed) {
      co_return error(Kind::protocol, failed.message());
    }
    have += count;
  }
  if (pinhole::text_of(ByteView(buffer).first(have)) != kHttpBanner) {
    co_return error(Kind::protocol, "no ncacn_http banner");
  }
  co_return ClientResult<void>{};
}

asio::awaitable<ClientResult<void>> Client::State::exchange(Bytes out,
                                                            dcerpc::ClientActions& actions) {
  auto [failed, sent] = co_await asio::async_write(socket, asio::buffer(out), kUseTuple);
  if (failed) {
    co_return error(Kind::protocol, failed.message());
  }
  while (!actions.accepted && !actions.refused && actions.replies.empty()) {
    auto [broken, count] = co_await socket.async_read_some(asio::buffer(buffer), kUseTuple);
    if (broken) {
      co_return error(Kind::protocol, broken == asio::error::eof ? "the peer closed the connection"
                                                                 : broken.message());
    }
    association.on_bytes(ByteView(buffer).first(count), actions);
    if (!actions.close.empty()) {
      co_return error(Kind::protocol, actions.close);
    }
  }
  co_return ClientResult<void>{};
}

Client::Client(asio::io_context& context, ClientSettings settings)
    : state_(std::make_unique<State>(context, settings)) {}

Client::~Client() = default;

Client::Awaitable<void> Client::connect(Target target) {
  auto work = state_->open(std::move(target));
  co_return co_await state_->limited(std::move(work), state_->settings.connect_timeout,
                                     "the connect");
}

Client::Awaitable<void> Client::bind(dcerpc::SyntaxId interface, dcerpc::SyntaxId transfer_syntax) {
  const ContextId id{state_->contexts++};
  Bytes out;
  std::vector<dcerpc::ContextElement> proposal;
  proposal.push_back({id, interface, {transfer_syntax}});
  state_->association.bind(std::move(proposal), {}, out);
  dcerpc::ClientActions actions;
  auto work = state_->exchange(std::move(out), actions);
  auto done = co_await state_->limited(std::move(work), state_->settings.call_timeout, "the bind");
  if (!done) {
    co_return done;
  }
  if (actions.refused) {
    co_return error(Kind::rejected,
                    fmt::format("bind refused: {}", text_of(actions.refused->reason)));
  }
  if (!actions.accepted || actions.accepted->answers.empty()) {
    co_return error(Kind::protocol, "the bind was answered by something else");
  }
  const dcerpc::ContextAnswer& answer = actions.accepted->answers.front();
  if (answer.result != dcerpc::ContextResult::acceptance) {
    co_return error(Kind::rejected,
                    fmt::format("interface {} refused: {}", to_string(interface), text_of(answer)));
  }
  state_->current = id;
  state_->syntax = transfer_syntax == dcerpc::kNdr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr32;
  co_return ClientResult<void>{};
}

std::optional<IpAddress> Client::remote_address() const {
  boost::system::error_code failed;
  const auto endpoint = state_->socket.remote_endpoint(failed);
  if (failed) {
    return std::nullopt;
  }
  asio::ip::tcp::endpoint tcp;
  if (endpoint.size() > tcp.capacity() || endpoint.protocol().family() == AF_UNIX) {
    return std::nullopt;
  }
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  return parse_address(tcp.address().to_string());
}

void Client::close() {
  boost::system::error_code ignored;
  state_->socket.close(ignored);
}

asio::awaitable<void> Client::wait_closed() {
  co_await state_->socket.async_wait(Socket::wait_read, kUseTuple);
  close();
}

Client::Awaitable<dcerpc::Reply> Client::call_raw(Opnum opnum, std::optional<Uuid> object,
                                                  Bytes stub) {
  Bytes out;
  state_->association.request(state_->current, opnum, object, stub, out);
  dcerpc::ClientActions actions;
  auto work = state_->exchange(std::move(out), actions);
  auto done = co_await state_->limited(std::move(work), state_->settings.call_timeout, "the call");
  if (!done) {
    co_return tl::unexpected(std::move(done).error());
  }
  if (actions.replies.empty()) {
    co_return error(Kind::protocol, "the call was answered by something else");
  }
  dcerpc::Reply reply = std::move(actions.replies.front());
  if (reply.fault != 0) {
    co_return tl::unexpected(
        ClientError{Kind::fault, reply.fault, "fault " + dcerpc::status::describe(reply.fault)});
  }
  co_return reply;
}

ndr::Syntax Client::syntax() const {
  return state_->syntax;
}

}  // namespace pinhole::transport
