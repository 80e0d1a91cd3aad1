// SPDX-License-Identifier: Apache-2.0
#include "host/control.hpp"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "host/config.hpp"

namespace pinhole::host {
namespace {

namespace asio = boost::asio;
using nlohmann::json;
using Protocol = asio::local::stream_protocol;
constexpr std::size_t kRequestLimit = 65536;
constexpr std::size_t kReplyLimit = 16UL << 20U;

tl::unexpected<Diagnostics> no_supervisor(const std::string& path, std::string message) {
  return failure({"no-supervisor",
                  Severity::error,
                  {path, 0, 0, {}},
                  std::move(message),
                  "name the state folder of a running `pinhole serve` with --state",
                  Exit::environment});
}

std::string line_of(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

bool may_control(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == ::geteuid());
}

/// One client: requests are answered in turn.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Protocol::socket socket, const ControlHandler& handler)
      : socket_(std::move(socket)), input_(kRequestLimit), handler_(handler) {}

  void read() {
    asio::async_read_until(
        socket_, input_, '\n',
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
          if (!error) {
            self->take(size);
          }
        });
  }

 private:
  void take(std::size_t size) {
    const auto data = input_.data();
    const auto request =
        json::parse(std::string_view(static_cast<const char*>(data.data()), size), nullptr, false);
    input_.consume(size);
    if (!request.is_object()) {
      answer({{"error", "no JSON object"}, {"exit", 2}});
      return;
    }
    try {
      handler_(request, [self = shared_from_this()](const json& reply) { self->answer(reply); });
    } catch (const json::exception&) {
      answer({{"error", "a member of the request has the wrong type"}, {"exit", 2}});
    }
  }

  void answer(const json& reply) {
    output_ = line_of(reply);
    asio::async_write(
        socket_, asio::buffer(output_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (!error) {
            self->read();
          }
        });
  }

  Protocol::socket socket_;
  asio::streambuf input_;
  std::string output_;
  const ControlHandler& handler_;
};

}  // namespace

struct ControlServer::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, std::string at, ControlHandler use)
      : path(std::move(at)), handler(std::move(use)), acceptor(context) {}

  const std::string path;
  const ControlHandler handler;
  Protocol::acceptor acceptor;

  void accept() {
    acceptor.async_accept([self = shared_from_this()](const boost::system::error_code& error,
                                                      Protocol::socket socket) {
      if (!self->acceptor.is_open()) {
        return;
      }
      if (!error && may_control(socket.native_handle())) {
        std::make_shared<Session>(std::move(socket), self->handler)->read();
      }
      self->accept();
    });
  }
};

Checked<std::unique_ptr<ControlServer>> ControlServer::listen(asio::io_context& context,
                                                              const std::string& path,
                                                              ControlHandler handler) {
  auto state = std::make_shared<State>(context, path, std::move(handler));
  ::unlink(path.c_str());
  boost::system::error_code error;
  const Protocol::endpoint endpoint(path);
  state->acceptor.open(endpoint.protocol(), error);
  const mode_t before = ::umask(0177);
  if (!error) {
    state->acceptor.bind(endpoint, error);
  }
  ::umask(before);
  if (!error) {
    state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return failure({"cannot-listen",
                    Severity::error,
                    {path, 0, 0, {}},
                    error.message(),
                    "choose a folder of this user with --state",
                    Exit::environment});
  }
  state->accept();
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(state)));
}

ControlServer::ControlServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

ControlServer::~ControlServer() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  ::unlink(state_->path.c_str());
}

Checked<json> ask_supervisor(const std::string& folder, const json& request) {
  const std::string path = control_path(folder);
  asio::io_context context;
  Protocol::socket socket(context);
  boost::system::error_code error;
  socket.connect(Protocol::endpoint(path), error);
  if (error) {
    return no_supervisor(path, error.message());
  }
  asio::write(socket, asio::buffer(line_of(request)), error);
  asio::streambuf input(kReplyLimit);
  if (!error) {
    asio::read_until(socket, input, '\n', error);
  }
  if (error) {
    return no_supervisor(path, "the supervisor gave no answer: " + error.message());
  }
  const auto data = input.data();
  auto reply = json::parse(std::string_view(static_cast<const char*>(data.data()), data.size()),
                           nullptr, false);
  if (!reply.is_object()) {
    return no_supervisor(path, "the answer is no JSON object");
  }
  if (reply.contains("error")) {
    return failure({"refused",
                    Severity::error,
                    {path, 0, 0, {}},
                    reply.at("error").get<std::string>(),
                    "",
                    static_cast<Exit>(reply.value("exit", 3))});
  }
  return reply;
}

}  // namespace pinhole::host
