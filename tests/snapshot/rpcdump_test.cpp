// SPDX-License-Identifier: Apache-2.0
#include "snapshot/rpcdump.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "snapshot/cases.hpp"
#include "snapshot/sample.hpp"

namespace pinhole::snapshot {
namespace {

constexpr Uuid kPolicy = "12345678-1234-abcd-ef00-0123456789ab"_uuid;
constexpr const char* kUuid = "[12345678-1234-abcd-ef00-0123456789ab]";

TEST(ReadRpcdump, ReadsTheExchange2007ListingThatLostItsLineBreaks) {
  const auto entries = read_rpcdump(sample("exchange-2007.rpcdump.txt"), "listing");
  ASSERT_TRUE(entries);
  std::set<Uuid> uuids;
  std::set<std::string> ports;
  for (const RpcdumpEntry& entry : *entries) {
    uuids.insert(entry.interface);
    ports.insert(entry.endpoint);
    EXPECT_EQ(entry.protocol_sequence, "ncacn_ip_tcp");
    EXPECT_TRUE(entry.alive.has_value());
  }
  EXPECT_EQ(entries->size(), 28U);
  EXPECT_EQ(uuids.size(), 27U);
  EXPECT_EQ(ports.size(), 10U);
  EXPECT_EQ(std::ranges::count(*entries, std::optional(true), &RpcdumpEntry::alive), 21);
  EXPECT_EQ(entries->front(),
            (RpcdumpEntry{"ncacn_ip_tcp", "1025", kPolicy, "IPSec Policy agent endpoint", true}));
  EXPECT_EQ(entries->at(1).annotation, "");
  EXPECT_EQ(entries->back().annotation, "MS Exchange System Attendant Public Interface");
}

TEST(ReadRpcdump, ReadsWhatPowerShellRedirected) {
  const std::string text = "ncacn_ip_tcp(Connection-oriented TCP/IP)\n[1025] " +
                           std::string(kUuid) + " IPSec :YES\n\n[1026] " + kUuid + " :NO\n";
  const auto entries = read_rpcdump(as_utf16(text), "listing");
  ASSERT_TRUE(entries) << to_string(entries.error().front());
  EXPECT_EQ(*entries, read_rpcdump(text, "listing").value());
  EXPECT_EQ(entries->size(), 2U);
}

TEST(ReadRpcdump, SaysOnWhichLineAnEntryStood) {
  const auto entries = read_rpcdump(
      "ncacn_ip_tcp\n[1025] " + std::string(kUuid) + " a [1026] " + kUuid + "\n\n[1027] " + kUuid,
      "listing");
  ASSERT_TRUE(entries) << to_string(entries.error().front());
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ(entries->at(0).line, 2U);
  EXPECT_EQ(entries->at(1).line, 2U);
  EXPECT_EQ(entries->at(2).line, 4U);
}

using Case = Form<std::vector<RpcdumpEntry>>;

class ReadRpcdumpForms : public testing::TestWithParam<Case> {};

TEST_P(ReadRpcdumpForms, AreRead) {
  const auto entries = read_rpcdump(GetParam().text, "listing");
  ASSERT_TRUE(entries) << to_string(entries.error().front());
  EXPECT_EQ(*entries, GetParam().expected);
}

std::string tcp(const std::string& rest) {
  return "ncacn_ip_tcp" + rest;
}
RpcdumpEntry entry(const char* endpoint, const char* annotation, std::optional<bool> alive) {
  return {"ncacn_ip_tcp", endpoint, kPolicy, annotation, alive};
}

INSTANTIATE_TEST_SUITE_P(
    Forms, ReadRpcdumpForms,
    testing::Values(Case{"OneEntryALineWithCrlf",
                         tcp("(TCP)\r\n[1] ") + kUuid + " a :YES\r\n[2] " + kUuid + "  :NO\r\n",
                         {entry("1", "a", true), entry("2", "", false)}},
                    Case{"NoBreakSpaces",
                         tcp("[1]\xc2\xa0") + kUuid +
                             "\xc2\xa0"
                             "a\xc2\xa0 b\xc2\xa0:YES\xc2\xa0[2]" +
                             kUuid + " :NO",
                         {entry("1", "a b", true), entry("2", "", false)}},
                    Case{"ByteOrderMark",
                         "\xef\xbb\xbf" + tcp("[1] ") + kUuid + " a :YES",
                         {entry("1", "a", true)}},
                    Case{"SeveralProtocolSequences",
                         tcp("(TCP)[1] ") + kUuid + " a :YESncacn_np(pipes (named))[\\PIPE\\x] " +
                             kUuid + " b :NO\n\nncalrpc(Local Rpc)\n[LRPC1] " + kUuid + " :YES",
                         {entry("1", "a", true),
                          {"ncacn_np", "\\PIPE\\x", kPolicy, "b", false},
                          {"ncalrpc", "LRPC1", kPolicy, "", true}}},
                    Case{"WithoutAnswers",
                         tcp("\n[1] ") + kUuid + " a[2] " + kUuid + " b\n",
                         {entry("1", "a", std::nullopt), entry("2", "b", std::nullopt)}},
                    Case{"AnnotationsWithColonsAndAnswersInside",
                         tcp("[1] ") + kUuid + " a :NO way: :YESTERDAY :YES",
                         {entry("1", "a :NO way: :YESTERDAY", true)}},
                    Case{"AnnotationsWithBrackets",
                         tcp("[1] ") + kUuid + " a [b] :YES",
                         {entry("1", "a (b)", true)}}),
    [](const auto& param) { return param.param.name; });

class ReadRpcdumpRefuses : public testing::TestWithParam<Fault> {};

TEST_P(ReadRpcdumpRefuses, WithIdAndOffset) {
  const Place place = place_of(GetParam(), read_rpcdump(GetParam().text, "listing"));
  EXPECT_EQ(place.offset, GetParam().at);
  EXPECT_EQ(place.name, "listing");
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ReadRpcdumpRefuses,
    testing::Values(Fault{"Nothing", "", "rpcdump-empty", 0},
                    Fault{"HeaderAlone", "ncacn_ip_tcp(x)\n", "rpcdump-empty", 0},
                    Fault{"AnotherText", "  hello", "rpcdump-header", 2},
                    Fault{"HeaderWithoutEnd", "ncacn_ip_tcp(x\n", "rpcdump-header", 12},
                    Fault{"EntryBeforeAHeader", std::string("[1] ") + kUuid, "rpcdump-sequence", 0},
                    Fault{"EndpointWithoutEnd", "ncacn_ip_tcp[10", "rpcdump-endpoint", 12},
                    Fault{"NoUuid", "ncacn_ip_tcp[10] x", "rpcdump-uuid", 17},
                    Fault{"ShortUuid", "ncacn_ip_tcp[10] [1234]", "rpcdump-uuid", 17}),
    [](const auto& param) { return param.param.name; });

TEST(ReadRpcdump, NamesEveryFaultAndNotTheFirstAlone) {
  const auto entries = read_rpcdump("ncacn_ip_tcp\n[1] [x]\n[2] [y]\n", "listing");
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().size(), 2U);
}

TEST(WriteRpcdump, WritesAHeaderForEachProtocolSequence) {
  EXPECT_EQ(write_rpcdump({entry("1", "a", true),
                           entry("2", "", false),
                           {"ncalrpc", "x", kPolicy, "b", std::nullopt}}),
            std::string("ncacn_ip_tcp(Connection-oriented TCP/IP)\n[1] ") + kUuid +
                " a :YES\n[2] " + kUuid + "  :NO\nncalrpc(Local Rpc)\n[x] " + kUuid + " b\n");
}

TEST(WriteRpcdump, ReadsBackWhatItWrote) {
  const auto entries = read_rpcdump(sample("exchange-2007.rpcdump.txt"), "listing");
  ASSERT_TRUE(entries);
  EXPECT_EQ(read_rpcdump(write_rpcdump(*entries), "again"), entries);
}

TEST(WriteRpcdump, KeepsAHostileAnnotationOnItsLine) {
  const std::string text = write_rpcdump({entry("1]\n[2", "a\n[3] [x]\r\x1b[0m :YES", false)});
  const auto entries = read_rpcdump(text, "listing");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front(), entry("1) (2", "a (3) (x) (0m :YES", false));
}

}  // namespace
}  // namespace pinhole::snapshot
