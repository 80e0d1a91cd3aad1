// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/client.hpp"

#include <gmock/gmock.h>

#include "dcerpc/conversation.hpp"

namespace pinhole::dcerpc {
namespace {

class Client : public testing::Test {
 protected:
  Client() {
    Bytes out;
    client_.bind({{{0}, kEcho, {kNdr32}}}, {}, out);
    exchange(out);
  }

  /// What the client makes of the server's answer, fed octet by octet.
  void exchange(const Bytes& out) {
    server_.sent.clear();
    server_.feed(out);
    feed(server_.sent);
  }
  void feed(const Bytes& bytes) {
    actions_.clear();
    for (const std::byte& octet : bytes) {
      if (actions_.close.empty()) {
        client_.on_bytes(ByteView(&octet, 1), actions_);
      }
    }
  }
  CallId call(std::uint16_t opnum, std::string_view stub) {
    Bytes out;
    const CallId id = client_.request({0}, {opnum}, {}, bytes_of(stub), out);
    exchange(out);
    return id;
  }

  EchoServer server_;
  ClientAssociation client_{{.max_fragment = 1432, .max_reply = 10000}};
  ClientActions actions_;
};

TEST_F(Client, BindsAndCalls) {
  EXPECT_TRUE(client_.bound());
  EXPECT_NE(client_.group().value, 0U);
  const CallId id = call(0, "hello");
  ASSERT_EQ(actions_.replies.size(), 1U);
  EXPECT_EQ(actions_.replies[0].call, id);
  EXPECT_EQ(text_of(actions_.replies[0].stub), "hello");
}

TEST_F(Client, FragmentsBothWays) {
  const std::string stub(9999, 'x');
  call(0, stub);
  ASSERT_EQ(actions_.replies.size(), 1U);
  EXPECT_EQ(text_of(actions_.replies[0].stub), stub);
  EXPECT_GT(count_fragments(server_.sent), 7U);
}

TEST_F(Client, RefusesAReplyAboveItsLimit) {
  call(0, std::string(10001, 'x'));
  EXPECT_EQ(actions_.close, "a reply longer than the limit");
}

TEST_F(Client, AFaultIsAReply) {
  call(9, "");
  ASSERT_EQ(actions_.replies.size(), 1U);
  EXPECT_EQ(actions_.replies[0].fault, status::kOperationRange);
}

TEST_F(Client, RepliesComeInAnyOrder) {
  const CallId slow = call(2, "");
  EXPECT_TRUE(actions_.replies.empty());
  call(0, "quick");
  EXPECT_EQ(actions_.replies.size(), 1U);
  server_.sent.clear();
  Bytes out;
  const std::size_t start = begin_response(out);
  server_.association().respond(server_.waiting[0], out, start);
  feed(out);
  ASSERT_EQ(actions_.replies.size(), 1U);
  EXPECT_EQ(actions_.replies[0].call, slow);
}

TEST_F(Client, AddsAContextByAlterContext) {
  Bytes out;
  client_.bind({{{1}, kManagement, {kNdr64}}}, {}, out);
  exchange(out);
  ASSERT_TRUE(actions_.accepted);
  EXPECT_EQ(actions_.accepted->answers[0].transfer_syntax, kNdr64);
}

TEST_F(Client, EndsOnWhatItDidNotAskFor) {
  for (const Bytes& each :
       {bare(PacketType::shutdown, 1), bare(PacketType::co_cancel, 1),
        bare(PacketType::response, 9), from_hex("48545450 2f312e31 20343030 20426164")}) {
    ClientAssociation client;
    actions_.clear();
    client.on_bytes(each, actions_);
    EXPECT_NE(actions_.close, "");
    client.on_bytes(echo_bind(), actions_);
  }
}

TEST_F(Client, IsToldWhyABindIsRefused) {
  EchoServer server;
  ClientAssociation client;
  Bytes out;
  client.bind({{{0}, kEcho, {kNdr32}}}, {99}, out);
  server.feed(out);
  client.on_bytes(server.sent, actions_);
  ASSERT_TRUE(actions_.refused);
  EXPECT_EQ(actions_.refused->reason, NakReason::not_specified);
  EXPECT_FALSE(client.bound());
}

TEST_F(Client, SurvivesEveryMutationOfAReply) {
  Bytes reply;
  encode_fault(reply, {2}, {0}, 0, 5);
  const std::size_t start = begin_response(reply);
  reply.resize(reply.size() + 3000);
  finish_response(reply, start, {3}, {0}, 1432);
  for (std::size_t at = 0; at < reply.size(); at += at < 80 ? 1 : 97) {
    for (unsigned value = 0; value < 256; value += 3) {
      Bytes mutant = reply;
      mutant[at] = static_cast<std::byte>(value);
      ClientAssociation client;
      Bytes out;
      client.bind({{{0}, kEcho, {kNdr32}}}, {}, out);
      (void)client.request({0}, {0}, {}, {}, out);
      (void)client.request({0}, {0}, {}, {}, out);
      actions_.clear();
      client.on_bytes(mutant, actions_);
      EXPECT_LE(actions_.replies.size(), 2U);
    }
  }
}

}  // namespace
}  // namespace pinhole::dcerpc
