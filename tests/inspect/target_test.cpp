// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "inspect/dump.hpp"

namespace pinhole::inspect {
namespace {

TEST(Target, DefaultsToPort135) {
  EXPECT_EQ(parse_target("mail.example.net")->port, 135);
  EXPECT_EQ(parse_target("[2001:db8::5]:1135")->host, "2001:db8::5");
  EXPECT_EQ(parse_target("[2001:db8::5]:1135")->port, 1135);
}

TEST(Target, AFailureIsUsage) {
  const auto target = parse_target("mail:0");
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().front().exit, Exit::usage);
  EXPECT_EQ(target.error().front().place.name, "mail:0");
}

epm::Tower tower(epm::ProtocolSequence sequence, const char* address, const char* endpoint) {
  epm::Tower value;
  value.sequence = sequence;
  value.address = address;
  value.endpoint = endpoint;
  return value;
}

TEST(Binding, TheHostThatWasAskedStandsForAnUnspecifiedAddress) {
  using epm::ProtocolSequence;
  EXPECT_EQ(binding_of(tower(ProtocolSequence::ncacn_ip_tcp, "10.0.0.5", "1218"), "mail"),
            "ncacn_ip_tcp:10.0.0.5[1218]");
  EXPECT_EQ(binding_of(tower(ProtocolSequence::ncacn_ip_tcp, "0.0.0.0", "1218"), "::1"),
            "ncacn_ip_tcp:::1[1218]");
  EXPECT_EQ(binding_of(tower(ProtocolSequence::ncacn_ip_tcp, "", "1218"), "mail"),
            "ncacn_ip_tcp:mail[1218]");
  EXPECT_EQ(binding_of(tower(ProtocolSequence::ncalrpc, "", "LRPC1"), "mail"), "ncalrpc:[LRPC1]");
}

}  // namespace
}  // namespace pinhole::inspect
