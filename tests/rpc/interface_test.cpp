// SPDX-License-Identifier: Apache-2.0
#include "rpc/interface.hpp"

#include <gmock/gmock.h>

#include "rpc/mgmt.hpp"
#include "support/loopback.hpp"

namespace pinhole::rpc {
namespace {

using support::Loopback;
constexpr dcerpc::SyntaxId kSample{"60a15ec5-4de8-11d7-a637-005056a20182"_uuid, 1, 0};

struct Twice {
  static constexpr std::uint16_t opnum = 1;
  struct In {
    std::uint32_t number = 0;
    template <class C, class S>
    static void ndr(C& c, S& self) {
      c.u32(self.number, "number");
    }
  };
  using Out = In;
};

struct Later : Twice {
  static constexpr std::uint16_t opnum = 2;
};

class Served : public testing::TestWithParam<dcerpc::SyntaxId> {
 protected:
  Served() {
    auto interface = std::make_shared<Interface>(kSample);
    interface->serve<Twice>([](const CallContext&, Twice::In& in) -> Outcome<Twice::Out> {
      if (in.number == 0) {
        return tl::unexpected(Fault{dcerpc::status::kContextMismatch});
      }
      return Twice::Out{in.number * 2};
    });
    interface->serve_deferred<Later>(
        [this](const CallContext&, Later::In&, Responder<Later> responder) {
          waiting_.push_back(std::make_unique<Responder<Later>>(std::move(responder)));
        });
    server_.offer(std::move(interface));
  }

  Server server_{support::counting_entropy(), {}};
  std::vector<std::unique_ptr<Responder<Later>>> waiting_;
};

TEST_P(Served, CallsAnOperation) {
  Loopback client(server_, support::tcp_peer(1), kSample, GetParam());
  EXPECT_EQ(client.call<Twice>({21})->number, 42U);
  EXPECT_EQ(client.call<Twice>({0}).error().status, dcerpc::status::kContextMismatch);
}

TEST_P(Served, ManagementNamesTheInterfaces) {
  Loopback client(server_, support::tcp_peer(1), dcerpc::kManagement, GetParam());
  EXPECT_THAT(client.call<mgmt::InqIfIds>({})->ids,
              testing::ElementsAre(dcerpc::kManagement, kSample));
  EXPECT_EQ(client.call<mgmt::IsServerListening>({})->listening, 1U);
  EXPECT_EQ(client.call<mgmt::StopServerListening>({})->status, 5U);
}

TEST_P(Served, ManagementCountsCallsAndPdus) {
  Loopback client(server_, support::tcp_peer(1), dcerpc::kManagement, GetParam());
  (void)client.call<mgmt::IsServerListening>({});
  // Three calls arrived, none was made; a bind and three requests in, two answers and a bind_ack
  // out before this one.
  (void)client.call<mgmt::IsServerListening>({});
  const auto values = client.call<mgmt::InqStats>({9})->values;
  EXPECT_THAT(values, testing::ElementsAre(3U, 0U, 3U, 3U));
  EXPECT_THAT(client.call<mgmt::InqStats>({2})->values, testing::SizeIs(2));
}

TEST_P(Served, ManagementRefusesAPrincipalThatDoesNotExist) {
  Loopback client(server_, support::tcp_peer(1), dcerpc::kManagement, GetParam());
  const auto answer = client.call<mgmt::InqPrincName>({0, 100000});
  EXPECT_NE(answer->status, 0U);
  EXPECT_EQ(answer->room, 100000U);
  EXPECT_EQ(client.call<mgmt::InqPrincName>({0, 0}).error().status, dcerpc::status::kBadStubData);
}

INSTANTIATE_TEST_SUITE_P(Rpc, Served, testing::Values(dcerpc::kNdr32, dcerpc::kNdr64));

/// A connection without a client: PDUs in, the late answers kept.
class Deferred : public Served {
 protected:
  Deferred() {
    Bytes out;
    client_.bind({{{0}, kSample, {dcerpc::kNdr32}}}, {}, out);
    send(out);
  }
  void send(const Bytes& bytes) {
    Bytes back;
    (void)connection_.on_bytes(bytes, back);
    actions_.clear();
    client_.on_bytes(back, actions_);
  }
  CallId call(std::uint16_t opnum, const Bytes& stub) {
    Bytes out;
    const CallId id = client_.request({0}, {opnum}, {}, stub, out);
    send(out);
    return id;
  }

  std::vector<std::pair<dcerpc::CallKey, Outcome<Bytes>>> late_;
  Connection connection_{server_, support::tcp_peer(1),
                         [this](const dcerpc::CallKey& key, Outcome<Bytes> result) {
                           late_.emplace_back(key, std::move(result));
                         }};
  dcerpc::ClientAssociation client_;
  dcerpc::ClientActions actions_;
};

TEST_F(Deferred, ACallThatWaitsDelaysNoOther) {
  const CallId slow = call(2, from_hex("07000000"));
  EXPECT_TRUE(actions_.replies.empty());
  EXPECT_EQ(connection_.calls_in_progress(), 1U);
  call(1, from_hex("05000000"));
  ASSERT_EQ(actions_.replies.size(), 1U);
  EXPECT_EQ(to_hex(actions_.replies[0].stub), "0a000000");
  waiting_[0]->answer({8});
  Bytes out;
  connection_.complete(late_[0].first, late_[0].second, out);
  actions_.clear();
  client_.on_bytes(out, actions_);
  ASSERT_EQ(actions_.replies.size(), 1U);
  EXPECT_EQ(actions_.replies[0].call, slow);
  EXPECT_EQ(to_hex(actions_.replies[0].stub), "08000000");
}

TEST_F(Deferred, AResponderThatIsDroppedFaults) {
  call(2, from_hex("07000000"));
  waiting_.clear();
  ASSERT_EQ(late_.size(), 1U);
  EXPECT_EQ(late_[0].second.error().status, dcerpc::status::kCancelled);
}

TEST_F(Deferred, ABadStubFaultsAndOneThatIsLongerIsRead) {
  call(1, from_hex("050000"));
  EXPECT_EQ(actions_.replies[0].fault, dcerpc::status::kBadStubData);
  call(2, from_hex("05"));
  EXPECT_EQ(actions_.replies[0].fault, dcerpc::status::kBadStubData);
  call(0, {});
  EXPECT_EQ(actions_.replies[0].fault, dcerpc::status::kOperationRange);
  call(1, from_hex("05000000 8a e3 13 71"));
  EXPECT_EQ(to_hex(actions_.replies[0].stub), "0a000000");
}

TEST(Objects, AnUnknownOneFaults) {
  Server server(support::counting_entropy(), {});
  auto interface = std::make_shared<Interface>(kSample);
  interface->serve<Twice>(
      [](const CallContext&, Twice::In& in) -> Outcome<Twice::Out> { return in; });
  interface->serve_only({kSample.uuid});
  server.offer(std::move(interface));
  Connection connection(server, support::tcp_peer(1), {});
  dcerpc::ClientAssociation client;
  dcerpc::ClientActions actions;
  Bytes out;
  Bytes back;
  client.bind({{{0}, kSample, {dcerpc::kNdr32}}}, {}, out);
  (void)connection.on_bytes(out, back);
  client.on_bytes(std::exchange(back, {}), actions);
  out.clear();
  const Bytes stub = from_hex("05000000");
  (void)client.request({0}, {1}, dcerpc::kManagement.uuid, stub, out);
  (void)client.request({0}, {1}, kSample.uuid, stub, out);
  (void)connection.on_bytes(out, back);
  client.on_bytes(back, actions);
  ASSERT_EQ(actions.replies.size(), 2U);
  EXPECT_EQ(actions.replies[0].fault, dcerpc::status::kObjectNotFound);
  EXPECT_EQ(actions.replies[1].fault, 0U);
}

TEST(Disconnect, IsToldWithTheConnectionsNumber) {
  Server server(support::counting_entropy(), {});
  std::uint64_t gone = 0;
  server.on_disconnect([&](std::uint64_t connection) { gone = connection; });
  {
    const Connection connection(server, support::tcp_peer(77), {});
  }
  EXPECT_EQ(gone, 77U);
}

}  // namespace
}  // namespace pinhole::rpc
