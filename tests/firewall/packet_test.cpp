// SPDX-License-Identifier: Apache-2.0
#include "firewall/packet.hpp"

#include <gtest/gtest.h>

namespace pinhole::firewall {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* back;  // empty: refused
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.text;
}

class PacketText : public testing::TestWithParam<Case> {};

TEST_P(PacketText, IsReadAndWritten) {
  const auto packet = parse_packet(GetParam().text);
  EXPECT_EQ(packet ? to_string(*packet) : "", GetParam().back);
  if (packet) {
    EXPECT_EQ(parse_packet(to_string(*packet)), packet);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Texts, PacketText,
    testing::Values(
        Case{"Whole", "in eth0 out eth1 tcp 10.0.0.9:1234 > 10.0.0.5:135",
             "in eth0 out eth1 tcp 10.0.0.9:1234 to 10.0.0.5:135"},
        Case{"UsualSourcePort", "udp 10.0.0.9 -> 10.0.0.5:53", "udp 10.0.0.9:40000 to 10.0.0.5:53"},
        Case{"Six", "tcp [2001:db8::9]:1 > [2001:db8::5]:135",
             "tcp [2001:db8::9]:1 to [2001:db8::5]:135"},
        Case{"SixWithoutSourcePort", "tcp 2001:db8::9 > [2001:db8::5]:135",
             "tcp [2001:db8::9]:40000 to [2001:db8::5]:135"},
        Case{"Echo", "icmp 10.0.0.9 > 10.0.0.5 type 8", "icmp 10.0.0.9 to 10.0.0.5 type 8 code 0"},
        Case{"Number", "50 10.0.0.9 > 10.0.0.5", "esp 10.0.0.9 to 10.0.0.5"},
        Case{"PortZero", "tcp 10.0.0.9:0 > 10.0.0.5:0", "tcp 10.0.0.9:0 to 10.0.0.5:0"},
        Case{"Word", "tcp 10.0.0.9 to 10.0.0.5:1", "tcp 10.0.0.9:40000 to 10.0.0.5:1"},
        Case{"NoPort", "tcp 10.0.0.9 > 10.0.0.5", ""},
        Case{"Families", "tcp 10.0.0.9 > [2001:db8::5]:1", ""},
        Case{"NoType", "icmp 10.0.0.9 > 10.0.0.5", ""},
        Case{"PortOfIcmp", "icmp 10.0.0.9:1 > 10.0.0.5 type 8", ""},
        Case{"UnbracketedSix", "tcp 10.0.0.9 > 2001:db8::5:135", ""},
        Case{"BadProtocol", "tpc 10.0.0.9 > 10.0.0.5:1", ""},
        Case{"Rest", "tcp 10.0.0.9 > 10.0.0.5:1 now", ""}, Case{"Empty", "", ""},
        Case{"OnlyInterface", "in eth0", ""}),
    [](const testing::TestParamInfo<Case>& one) { return std::string(one.param.name); });

TEST(Interfaces, TellApartWhatRulesTellApart) {
  const Interfaces interfaces({{"eth0", false}, {"eth", true}, {"eth1", false}, {"e", true}});
  const auto sample = [&interfaces](const char* name) {
    Packet packet;
    packet.in_interface = name;
    return interfaces.packet(interfaces.point(packet)).in_interface;
  };
  EXPECT_EQ(sample("eth0"), "eth0");
  EXPECT_EQ(sample("eth7"), "eth2");
  EXPECT_EQ(sample("ens3"), "e0");
  EXPECT_EQ(sample("ppp0"), "");
  EXPECT_EQ(interfaces.matching({"eth", true}).size(), 3U);
  EXPECT_EQ(interfaces.matching({"eth0", false}).size(), 1U);
  EXPECT_EQ(interfaces.matching({"", true}).size(), 5U);
  EXPECT_TRUE(interfaces.matching({"ppp0", false}).empty());
}

}  // namespace
}  // namespace pinhole::firewall
