// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <future>
#include <optional>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "rpc/mgmt.hpp"
#include "support/loopback.hpp"
#include "support/network_namespace.hpp"
#include "transport/client.hpp"
#include "transport/listener.hpp"
#include "transport/socket_address.hpp"

namespace pinhole::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr dcerpc::SyntaxId kSample{"60a15ec5-4de8-11d7-a637-005056a20182"_uuid, 1, 0};

/// Answers when the test says so.
struct Wait {
  static constexpr std::uint16_t opnum = 0;
  using In = rpc::mgmt::InqIfIds::In;
  using Out = rpc::mgmt::StopServerListening::Out;
};

class Transport : public testing::Test {
 protected:
  using Responder = rpc::Responder<Wait>;

  Transport() {
    auto interface = std::make_shared<rpc::Interface>(kSample);
    interface->serve_deferred<Wait>(
        [this](const rpc::CallContext& context, Wait::In&, Responder r) {
          peer_ = context.peer;
          waiting_.set_value(std::make_unique<Responder>(std::move(r)));
        });
    server_.offer(std::move(interface));
  }
  ~Transport() override {
    if (sessions_) {
      sessions_->stop();
    }
  }

  SessionServer& sessions(SessionLimits limits = {}) { return sessions_.emplace(limits, 2U); }
  Target tcp(const char* address = "127.0.0.1") {
    const auto port =
        sessions_->listen_tcp({parse_address(address).value()}, 0, speak_rpc(server_));
    sessions_->start();
    return {address, port.value(), {}, false};
  }
  ClientResult<void> open(Client& client, const Target& target,
                          dcerpc::SyntaxId interface = dcerpc::kManagement) {
    auto connected = wait(context_, client.connect(target));
    return connected ? wait(context_, client.bind(interface)) : connected;
  }
  ClientResult<rpc::mgmt::IsServerListening::Out> ask(Client& client) {
    return wait(context_, client.call<rpc::mgmt::IsServerListening>({}));
  }

  std::promise<std::unique_ptr<Responder>> waiting_;
  dcerpc::Peer peer_;
  rpc::Server server_{support::counting_entropy(), {}};
  std::optional<SessionServer> sessions_;
  boost::asio::io_context context_;
};

TEST_F(Transport, ServesOverIpv4AndIpv6) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    sessions();
    Client client(context_, {});
    ASSERT_TRUE(open(client, tcp(address))) << address;
    EXPECT_EQ(ask(client)->listening, 1U);
    EXPECT_EQ(client.remote_address(), parse_address(address));
    sessions_->stop();
  }
}

TEST_F(Transport, ServesOverALocalSocketWithThePeersCredentials) {
  const std::string path = testing::TempDir() + "pinhole-transport-" + std::to_string(::getpid());
  ASSERT_TRUE(sessions().listen_local(path, speak_rpc(server_)));
  sessions_->start();
  Client client(context_, {seconds(5), milliseconds(50)});
  ASSERT_TRUE(open(client, {{}, 0, path, false}, kSample));
  const auto late = wait(context_, client.call<Wait>({}));
  EXPECT_EQ(late.error().kind, ClientError::Kind::timeout);
  const auto responder = waiting_.get_future().get();
  EXPECT_EQ(peer_.carrier, dcerpc::Carrier::local);
  EXPECT_EQ(peer_.pid, ::getpid());
  EXPECT_TRUE(peer_.uid);
  sessions_->stop();
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(Transport, SendsTheHttpBanner) {
  const auto port =
      sessions().listen_tcp({parse_address("127.0.0.1").value()}, 0, speak_rpc_http(server_));
  sessions_->start();
  Client client(context_, {});
  ASSERT_TRUE(open(client, {"127.0.0.1", port.value(), {}, true}));
  EXPECT_EQ(ask(client)->listening, 1U);
}

TEST_F(Transport, AnAnswerFromAnotherThreadArrives) {
  sessions();
  Client client(context_, {});
  ASSERT_TRUE(open(client, tcp(), kSample));
  std::thread other([this] { waiting_.get_future().get()->answer({7}); });
  const auto answer = wait(context_, client.call<Wait>({}));
  other.join();
  EXPECT_EQ(answer->status, 7U);
}

TEST_F(Transport, AnAnswerAfterTheServerIsGoneIsDropped) {
  sessions();
  Client client(context_, {seconds(5), milliseconds(50)});
  ASSERT_TRUE(open(client, tcp(), kSample));
  (void)wait(context_, client.call<Wait>({}));
  const auto responder = waiting_.get_future().get();
  sessions_.reset();
  responder->answer({7});
}

TEST_F(Transport, APortThatIsTakenIsSaid) {
  const Target target = (sessions(), tcp());
  SessionServer second({}, 1);
  const auto taken =
      second.listen_tcp({parse_address("127.0.0.1").value()}, target.port, speak_rpc(server_));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error()[0].id, "port-taken");
  EXPECT_EQ(taken.error()[0].exit, Exit::environment);
  EXPECT_EQ(second.listen_local(std::string(200, 'x'), speak_rpc(server_)).error()[0].exit,
            Exit::usage);
}

TEST_F(Transport, ListensOnAllAddressesOrOnNone) {
  const Target target = (sessions(), tcp("::1"));
  const std::vector both{parse_address("127.0.0.1").value(), parse_address("::1").value()};
  SessionServer second({}, 1);
  EXPECT_EQ(second.listen_tcp(both, target.port, speak_rpc(server_)).error()[0].id, "port-taken");
  EXPECT_TRUE(second.listen_tcp({both[0]}, target.port, speak_rpc(server_)));
}

TEST_F(Transport, ALocalSocketThatSomebodyServesStays) {
  const std::string path = testing::TempDir() + "pinhole-live-" + std::to_string(::getpid());
  ASSERT_TRUE(sessions().listen_local(path, speak_rpc(server_)));
  sessions_->start();
  SessionServer second({}, 1);
  EXPECT_EQ(second.listen_local(path, speak_rpc(server_)).error()[0].id, "port-taken");
  Client client(context_, {});
  EXPECT_TRUE(open(client, {{}, 0, path, false}));
}

TEST_F(Transport, ALocalSocketTakesTheStaleOnesPlaceButNoFiles) {
  const std::string path = testing::TempDir() + "pinhole-stale-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int stale = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(stale, socket_address(address), sizeof(address)), 0);
  ::close(stale);
  EXPECT_TRUE(sessions().listen_local(path, speak_rpc(server_)));
  sessions_->stop();
  std::ofstream(path) << "precious";
  EXPECT_EQ(sessions().listen_local(path, speak_rpc(server_)).error()[0].id, "port-taken");
  std::string kept;
  std::ifstream(path) >> kept;
  EXPECT_EQ(kept, "precious");
  ::unlink(path.c_str());
}

TEST_F(Transport, AClientThatReachesNobodyIsToldSo) {
  Client client(context_, {});
  const auto refused = wait(context_, client.connect({"127.0.0.1", 9, {}, false}));
  EXPECT_EQ(refused.error().kind, ClientError::Kind::unreachable);
}

TEST_F(Transport, StopEndsEverySession) {
  sessions();
  Client client(context_, {});
  ASSERT_TRUE(open(client, tcp()));
  sessions_->stop();
  EXPECT_EQ(sessions_->sessions(), 0U);
  EXPECT_EQ(ask(client).error().kind, ClientError::Kind::protocol);
}

/// The end of the stream as a plain socket sees it.
class Plain {
 public:
  explicit Plain(const Target& target) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress address(parse_address(target.host).value(), target.port);
    EXPECT_EQ(::connect(socket_, address.data(), address.length()), 0);
  }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;
  ~Plain() { ::close(socket_); }

  /// Blocks until the server closes.
  std::size_t read_all() {
    std::array<char, 4096> buffer{};
    std::size_t total = 0;
    ssize_t count = 0;
    while ((count = ::recv(socket_, buffer.data(), buffer.size(), 0)) > 0) {
      total += static_cast<std::size_t>(count);
    }
    was_reset_ = count < 0;
    return total;
  }
  [[nodiscard]] bool was_reset() const { return was_reset_; }
  /// Sends until the server takes no more or closes.
  void send_all(ByteView bytes) {
    while (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
    }
  }
  void send(ByteView bytes) { (void)::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

 private:
  int socket_;
  bool was_reset_ = false;
};

TEST_F(Transport, ClosesWhoSaysNothingAndWhoIsIdle) {
  sessions({.establish = seconds(0), .idle = seconds(0)});
  const Target target = tcp();
  Plain silent(target);
  Client client(context_, {});
  EXPECT_EQ(silent.read_all(), 0U);
}

TEST_F(Transport, ClosesAClientThatReadsNothing) {
  sessions({.write = seconds(0)});
  Plain client(tcp());
  Bytes bytes;
  dcerpc::Bind bind{5840, 5840, {}, {{{0}, dcerpc::kManagement, {dcerpc::kNdr32}}}};
  encode_bind(bytes, dcerpc::PacketType::bind, {1}, 0, bind);
  client.send(bytes);
  Bytes requests;
  for (std::uint32_t call = 2; call < 1000; ++call) {
    dcerpc::encode_request(requests, {call}, {}, 1432);
  }
  client.send_all(requests);
  EXPECT_GT(client.read_all(), 0U);
}

/// More than one read of the server's: what lies unread when it closes would reset the connection
/// and take the refusal with it.
TEST_F(Transport, ARefusalReachesAClientThatIsStillSending) {
  sessions();
  Plain client(tcp());
  Bytes bytes;
  dcerpc::Bind bind{5840, 5840, {}, {{{0}, dcerpc::kManagement, {dcerpc::kNdr32}}}};
  encode_bind(bytes, dcerpc::PacketType::bind, {1}, 0, bind);
  bytes[0] = std::byte{4};  // a version that we do not speak
  bytes.resize(300000);
  client.send(bytes);
  EXPECT_GT(client.read_all(), 0U);
  EXPECT_FALSE(client.was_reset());
}

TEST_F(Transport, ClosesConnectionsAboveTheLimit) {
  sessions({.connections = 0});
  EXPECT_EQ(Plain(tcp()).read_all(), 0U);
}

}  // namespace
}  // namespace pinhole::transport

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!testing::GTEST_FLAG(list_tests) && !pinhole::support::enter_network_namespace()) {
    std::perror("a network namespace of its own");
    return 1;
  }
  return RUN_ALL_TESTS();
}
