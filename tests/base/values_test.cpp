// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/port_set.hpp"
#include "base/uuid.hpp"

namespace pinhole {
namespace {

TEST(UuidText, ReadsBothCasesAndPrintsLower) {
  const auto uuid = parse_uuid("E1AF8308-5d1f-11c9-91a4-08002b14a0fa");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(to_string(*uuid), "e1af8308-5d1f-11c9-91a4-08002b14a0fa");
  EXPECT_EQ(*uuid, "e1af8308-5d1f-11c9-91a4-08002b14a0fa"_uuid);
}

TEST(UuidText, RefusesEveryOtherForm) {
  for (const char* text :
       {"", "e1af8308", "{e1af8308-5d1f-11c9-91a4-08002b14a0fa}",
        "e1af8308-5d1f-11c9-91a4-08002b14a0fg", "e1af8308x5d1f-11c9-91a4-08002b14a0fa"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(AddressText, RoundTripsBothFamilies) {
  for (const char* text : {"0.0.0.0", "10.0.0.5", "::", "2001:db8::1", "::ffff:1.2.3.4"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), text);
  }
  EXPECT_FALSE(parse_address("10.0.0"));
  EXPECT_FALSE(parse_address("fe80::1%eth0"));
}

TEST(PrefixText, RefusesHostBits) {
  EXPECT_TRUE(parse_prefix("10.0.0.0/8"));
  EXPECT_FALSE(parse_prefix("10.0.0.1/8"));
  EXPECT_FALSE(parse_prefix("10.0.0.0/33"));
  EXPECT_TRUE(parse_prefix("10.0.0.0/9")->contains(*parse_address("10.127.255.255")));
  EXPECT_FALSE(parse_prefix("10.0.0.0/9")->contains(*parse_address("10.128.0.0")));
}

TEST(Target, IsReadAsUsersWriteIt) {
  EXPECT_EQ(parse_host_port("mail"), (HostPort{"mail", {}}));
  EXPECT_EQ(parse_host_port("mail:1135"), (HostPort{"mail", 1135}));
  EXPECT_EQ(parse_host_port("::1"), (HostPort{"::1", {}}));
  EXPECT_EQ(parse_host_port("[::1]:135"), (HostPort{"::1", 135}));
  for (const char* text : {"", ":135", "mail:", "mail:0", "mail:65536", "[::1", "[::1]x"}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

TEST(PortSet, MergesWhatTouches) {
  PortSet set;
  set.insert({10, 20});
  set.insert({30, 40});
  set.insert({21, 29});
  EXPECT_EQ(to_string(set), "10-40");
  set.erase({15, 15});
  EXPECT_EQ(to_string(set), "10-14,16-40");
  EXPECT_EQ(set.count(), 30U);
  EXPECT_EQ(to_string(*parse_port_set("5000; 6001-6004, 65535")), "5000,6001-6004,65535");
  EXPECT_FALSE(parse_port_set("70000"));
  EXPECT_FALSE(parse_port_set("5-4"));
  EXPECT_FALSE(parse_port_set(""));
}

TEST(Diagnostic, IsOneLineWithPlaceAndRemedy) {
  EXPECT_EQ(to_string(Diagnostic{"x", Severity::error, {"a.reg", 3, 7, {}}, "bad", "mend it"}),
            "a.reg:3:7: bad; mend it");
  EXPECT_EQ(to_string(Place{"hive", 0, 0, 0x1000}), "hive: offset 0x1000");
}

TEST(Hex, RoundTripsWithComments) {
  EXPECT_EQ(to_hex(from_hex("05 00 0b 03  # bind\n10")), "05000b0310");
}

}  // namespace
}  // namespace pinhole
