// SPDX-License-Identifier: Apache-2.0
#include "snapshot/netstat.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "snapshot/cases.hpp"
#include "snapshot/sample.hpp"

namespace pinhole::snapshot {
namespace {

using State = SocketState;

SocketEnd end(std::string_view address, std::uint16_t port, std::string zone = {}) {
  return {parse_address(address).value(), port, std::move(zone)};
}

std::vector<NetstatSocket> read(std::string_view text) {
  auto sockets = read_netstat(text, "list");
  if (!sockets) {
    ADD_FAILURE() << to_string(sockets.error().front());
    return {};
  }
  return *std::move(sockets);
}

NetstatSocket one(std::string_view text) {
  const auto sockets = read(text);
  EXPECT_EQ(sockets.size(), 1U);
  return sockets.empty() ? NetstatSocket{} : sockets.front();
}

TEST(ReadNetstat, ReadsEverySocketOfAnExchangeServerWithItsOwner) {
  const auto sockets = read(sample("exchange-2007.netstat-ban.txt"));
  ASSERT_EQ(sockets.size(), 17U);
  EXPECT_EQ(
      sockets[0],
      (NetstatSocket{
          false, end("0.0.0.0", 25), {}, State::listening, 3072, "EdgeTransport.exe", {}, 5}));
  EXPECT_EQ(sockets[1],
            (NetstatSocket{false, end("0.0.0.0", 80), {}, State::listening, 4, "", {}, 7}));
  EXPECT_EQ(
      sockets[2],
      (NetstatSocket{
          false, end("0.0.0.0", 135), {}, State::listening, 692, "svchost.exe", {"RpcSs"}, 9}));
  EXPECT_EQ(sockets[11], (NetstatSocket{false,
                                        end("10.2.0.5", 56004),
                                        end("10.1.0.77", 49181),
                                        State::established,
                                        2864,
                                        "store.exe",
                                        {},
                                        29}));
  EXPECT_EQ(sockets[12].state, State::close_wait);
  EXPECT_EQ(sockets[14], (NetstatSocket{false,
                                        end("fe80::5efe:10.2.0.5", 445, "12"),
                                        end("fe80::1c", 50211, "12"),
                                        State::established,
                                        4,
                                        "",
                                        {},
                                        36}));
  EXPECT_EQ(
      sockets[16],
      (NetstatSocket{
          true, end("fe80::1c", 546, "12"), {}, State::none, 868, "svchost.exe", {"Dhcp"}, 41}));
  std::vector<std::uint16_t> store;
  for (const NetstatSocket& socket : sockets) {
    if (socket.process == "store.exe" && socket.listens()) {
      store.push_back(socket.local.port);
    }
  }
  EXPECT_EQ(store, (std::vector<std::uint16_t>{6001, 56004}));
}

TEST(ReadNetstat, ShowsWhereAClientIsConnected) {
  std::vector<std::uint16_t> ports;
  for (const NetstatSocket& socket : read(sample("outlook-client.netstat-na.txt"))) {
    EXPECT_FALSE(socket.pid);
    EXPECT_EQ(socket.process, "");
    if (socket.state == State::established && socket.peer) {
      ports.push_back(socket.peer->port);
    }
  }
  EXPECT_EQ(ports, (std::vector<std::uint16_t>{59532, 59533}));
}

TEST(ReadNetstat, IsTheSameInTheEncodingsOfWindows) {
  const std::string text = sample("exchange-2007.netstat-ban.txt");
  EXPECT_EQ(read(as_utf16(text)), read(text));
  EXPECT_EQ(read(as_utf8_crlf(text)), read(text));
}

TEST(ReadNetstat, TakesWhatFindstrLeaves) {
  const auto sockets = read(
      "  TCP    0.0.0.0:135   0.0.0.0:0   LISTENING       692\n"
      "  TCP    0.0.0.0:6001  0.0.0.0:0   LISTENING       2864\n");
  ASSERT_EQ(sockets.size(), 2U);
  EXPECT_EQ(sockets[1].pid, 2864U);
}

TEST(ReadNetstat, KeepsTheModulesOfWindows2003) {
  const auto socket =
      one("  TCP    0.0.0.0:135   0.0.0.0:0   LISTENING       716\n"
          "  c:\\windows\\system32\\WS2_32.dll\n"
          "  C:\\WINDOWS\\system32\\RPCRT4.dll\n"
          "  -- unknown component(s) --\n"
          "  [svchost.exe]\n"
          "\n"
          "C:\\> exit\n");
  EXPECT_EQ(socket.components, (std::vector<std::string>{"c:\\windows\\system32\\WS2_32.dll",
                                                         "C:\\WINDOWS\\system32\\RPCRT4.dll"}));
  EXPECT_EQ(socket.process, "svchost.exe");
}

TEST(ReadNetstat, NamesNoOwnerAfterTheProcess) {
  const auto socket =
      one(" TCP 0.0.0.0:135 0.0.0.0:0 LISTENING 716\n [svchost.exe]\n Later\n [other.exe]\n");
  EXPECT_EQ(socket.process, "svchost.exe");
  EXPECT_TRUE(socket.components.empty());
}

using LineCase = Form<NetstatSocket>;

class ReadNetstatLine : public testing::TestWithParam<LineCase> {};

TEST_P(ReadNetstatLine, IsRead) {
  EXPECT_EQ(one(GetParam().text), GetParam().expected);
}

NetstatSocket tcp(State state, std::optional<std::uint32_t> pid = {}) {
  return {false, end("10.0.0.5", 135), {}, state, pid, "", {}, 1};
}

NetstatSocket joined(State state, std::optional<std::uint32_t> pid = {}) {
  return {false, end("10.0.0.5", 135), end("10.0.0.9", 1044), state, pid, "", {}, 1};
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ReadNetstatLine,
    testing::Values(
        LineCase{"InGerman", "TCP 10.0.0.5:135 0.0.0.0:0 ABH\xc3\x96REN 4",
                 tcp(State::listening, 4)},
        LineCase{"InGermanOfACodePage", "TCP 10.0.0.5:135 0.0.0.0:0 ABH\x99REN 4",
                 tcp(State::listening, 4)},
        LineCase{"ConnectedInGerman", "TCP 10.0.0.5:135 10.0.0.9:1044 HERGESTELLT 4",
                 joined(State::established, 4)},
        LineCase{"ConnectedInAnotherLanguage", "TCP 10.0.0.5:135 10.0.0.9:1044 YHDISTETTY",
                 joined(State::other)},
        LineCase{"WithOffload", "TCP 10.0.0.5:135 10.0.0.9:1044 ESTABLISHED InHost",
                 joined(State::established)},
        LineCase{"WithProcessAndOffload", "TCP 10.0.0.5:135 10.0.0.9:1044 LAST_ACK 0 InHost",
                 joined(State::last_ack, 0)},
        LineCase{"WithANumberTooMany", "TCP 10.0.0.5:135 0.0.0.0:0 LISTENING 4 7",
                 tcp(State::listening, 4)},
        LineCase{"Bound", "TCP 10.0.0.5:135 0.0.0.0:0 BOUND 4", tcp(State::bound, 4)},
        LineCase{"WithoutAState", "TCP 10.0.0.5:135 0.0.0.0:0", tcp(State::listening)},
        LineCase{"WithNoBreakSpaces",
                 "\xc2\xa0 TCP\xc2\xa0\xc2\xa0 10.0.0.5:135\xc2\xa0 0.0.0.0:0\xc2\xa0 LISTENING",
                 tcp(State::listening)},
        LineCase{"WithTabs", "\tTCP\t10.0.0.5:135\t0.0.0.0:0\tLISTENING\t4",
                 tcp(State::listening, 4)},
        LineCase{"UdpWithAPeer",
                 "UDP 10.0.0.5:135 10.0.0.9:1044 4",
                 {true, end("10.0.0.5", 135), end("10.0.0.9", 1044), State::none, 4, "", {}, 1}},
        LineCase{
            "Udp", "UDP [::]:123 *:* 4", {true, end("::", 123), {}, State::none, 4, "", {}, 1}}),
    [](const auto& each) { return each.param.name; });

class ReadNetstatRefuses : public testing::TestWithParam<Fault> {};

TEST_P(ReadNetstatRefuses, WithLine) {
  const auto sockets = read_netstat(GetParam().text, "list");
  ASSERT_FALSE(sockets);
  EXPECT_EQ(place_of(GetParam(), sockets), (Place{"list", GetParam().at, 0, {}}));
  EXPECT_EQ(sockets.error().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ReadNetstatRefuses,
    testing::Values(
        Fault{"Empty", "", "netstat-empty", 0},
        Fault{"HeadersAlone", "Active Connections\n\n  Proto  Local Address\n", "netstat-empty", 0},
        // As a web page gave it to its readers, without its columns of addresses.
        Fault{"AddressesLost", "\n    TCP                 LISTENING       4\n", "netstat-socket",
              2},
        Fault{"CutShort", " TCP 0.0.0.0:135 0.0.0.0:0 LISTENING 4\n TCP 0.0.0.0:445",
              "netstat-socket", 2},
        Fault{"NamesForNumbers", " TCP EX1:epmap EX1:0 LISTENING", "netstat-socket", 1},
        Fault{"NameOfThePeer", " TCP 10.0.0.5:135 client.example:1044 ESTABLISHED",
              "netstat-socket", 1},
        Fault{"Port", " TCP 0.0.0.0:65536 0.0.0.0:0 LISTENING", "netstat-socket", 1},
        Fault{"Ipv6WithoutBrackets", " TCP ::1:135 0.0.0.0:0 LISTENING", "netstat-socket", 1},
        Fault{"Ipv4InBrackets", " TCP [10.0.0.5]:135 0.0.0.0:0 LISTENING", "netstat-socket", 1},
        Fault{"ProcessId", " TCP 0.0.0.0:135 0.0.0.0:0 LISTENING 4294967296", "netstat-socket", 1}),
    [](const auto& each) { return each.param.name; });

TEST(ReadNetstat, BoundsTheComponentsOfASocket) {
  std::string text = "TCP 0.0.0.0:135 0.0.0.0:0 LISTENING 4\n";
  for (int i = 0; i < 100; ++i) {
    text += "a\n";
  }
  EXPECT_EQ(one(text + "[b]\n").components.size(), 64U);
  EXPECT_EQ(one(text + "[b]\n").process, "b");
}

TEST(ReadNetstat, NamesTwentyFaultsAndNoMore) {
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += "TCP x\n";
  }
  EXPECT_EQ(read_netstat(text, "list").error().size(), 20U);
}

}  // namespace
}  // namespace pinhole::snapshot
