// SPDX-License-Identifier: Apache-2.0
#include "snapshot/dump_diff.hpp"

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinhole::snapshot {

std::ostream& operator<<(std::ostream& out, const DumpDifference& each) {
  return out << each.target << ": " << to_string(each.change) << " "
             << (each.before ? each.before->binding : "-") << " "
             << (each.after ? each.after->binding : "-") << " " << each.error;
}

namespace {

constexpr Uuid kStore = "a4f1db00-ca47-1067-b31f-00dd010662da"_uuid;
constexpr Uuid kNspi = "f5cc5a18-4264-101a-8c59-08002b2f8426"_uuid;

DumpedEntry entry(const Uuid& interface, const std::string& port,
                  std::optional<bool> alive = std::nullopt) {
  DumpedEntry made;
  made.interface = interface;
  made.version = InterfaceVersion{0, 81};
  made.protocol_sequence = "ncacn_ip_tcp";
  made.address = "10.0.0.5";
  made.endpoint = port;
  made.binding = "ncacn_ip_tcp:10.0.0.5[" + port + "]";
  made.alive = alive;
  return made;
}

std::vector<DumpedTarget> dump(std::vector<DumpedEntry> entries) {
  return {{"ex-1", std::nullopt, std::move(entries), 0}};
}

std::vector<DumpedTarget> failed(const char* error) {
  return {{"ex-1", error, {}, 0}};
}

DumpDifference difference(DumpChange change, std::optional<DumpedEntry> before,
                          std::optional<DumpedEntry> after) {
  return {change, "ex-1", std::move(before), std::move(after), {}};
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CompareDumps, OrderAndAnnotationAndLineDoNotMatter) {
  DumpedEntry renamed = entry(kStore, "56001");
  renamed.annotation = "anew";
  renamed.line = 7;
  EXPECT_THAT(compare_dumps(dump({entry(kStore, "56001"), entry(kNspi, "56004")}),
                            dump({entry(kNspi, "56004"), renamed})),
              IsEmpty());
}

TEST(CompareDumps, AnotherEndpointIsAMove) {
  EXPECT_THAT(
      compare_dumps(dump({entry(kStore, "1218"), entry(kNspi, "1220")}),
                    dump({entry(kStore, "56001"), entry(kNspi, "1220")})),
      ElementsAre(difference(DumpChange::moved, entry(kStore, "1218"), entry(kStore, "56001"))));
}

TEST(CompareDumps, AnotherAddressIsAMove) {
  DumpedEntry elsewhere = entry(kStore, "56001");
  elsewhere.address = "10.0.0.6";
  EXPECT_THAT(compare_dumps(dump({entry(kStore, "56001")}), dump({elsewhere})),
              ElementsAre(difference(DumpChange::moved, entry(kStore, "56001"), elsewhere)));
}

TEST(CompareDumps, AnotherVersionObjectOrProtocolIsAnotherThing) {
  for (const int member : {0, 1, 2}) {
    DumpedEntry other = entry(kStore, "56001");
    if (member == 0) {
      other.version = InterfaceVersion{0, 82};
    } else if (member == 1) {
      other.object = kNspi;
    } else {
      other.protocol_sequence = "ncacn_http";
    }
    EXPECT_THAT(compare_dumps(dump({entry(kStore, "56001")}), dump({other})),
                testing::UnorderedElementsAre(
                    difference(DumpChange::gone, entry(kStore, "56001"), std::nullopt),
                    difference(DumpChange::added, std::nullopt, other)));
  }
}

TEST(CompareDumps, EqualEntriesCountEach) {
  const DumpedEntry one = entry(kStore, "56001");
  EXPECT_THAT(compare_dumps(dump({one}), dump({one, one})),
              ElementsAre(difference(DumpChange::added, std::nullopt, one)));
  EXPECT_THAT(compare_dumps(dump({one, one, entry(kStore, "7")}), dump({entry(kStore, "7"), one})),
              ElementsAre(difference(DumpChange::gone, one, std::nullopt)));
}

TEST(CompareDumps, AnswersAreComparedWhereBothWereAsked) {
  const auto asked = [](bool alive) { return entry(kStore, "56001", alive); };
  EXPECT_THAT(compare_dumps(dump({asked(true)}), dump({asked(false)})),
              ElementsAre(difference(DumpChange::silent, asked(true), asked(false))));
  EXPECT_THAT(compare_dumps(dump({asked(false)}), dump({asked(true)})),
              ElementsAre(difference(DumpChange::answers, asked(false), asked(true))));
  EXPECT_THAT(compare_dumps(dump({asked(false)}), dump({entry(kStore, "56001")})), IsEmpty());
}

TEST(CompareDumps, AMapperThatFailsLosesNoEntries) {
  const auto good = dump({entry(kStore, "56001")});
  const auto bad = failed("Connection refused");
  EXPECT_THAT(compare_dumps(good, bad),
              ElementsAre(DumpDifference{DumpChange::failed, "ex-1", std::nullopt, std::nullopt,
                                         "Connection refused"}));
  EXPECT_THAT(compare_dumps(bad, good),
              ElementsAre(DumpDifference{DumpChange::back, "ex-1", std::nullopt, std::nullopt,
                                         "Connection refused"}));
  EXPECT_THAT(compare_dumps(bad, failed("No route to host")), IsEmpty());
}

TEST(CompareDumps, TargetsAreTheSameByName) {
  auto other = dump({entry(kStore, "56001")});
  other.front().target = "ex-2";
  EXPECT_THAT(
      compare_dumps(dump({entry(kStore, "56001")}), other),
      ElementsAre(DumpDifference{DumpChange::asked, "ex-2", std::nullopt, std::nullopt, {}},
                  DumpDifference{DumpChange::not_asked, "ex-1", std::nullopt, std::nullopt, {}}));
}

}  // namespace
}  // namespace pinhole::snapshot
