// SPDX-License-Identifier: Apache-2.0
#include "epm/map.hpp"

#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "epm/map_samples.hpp"
#include "support/random.hpp"

namespace pinhole::epm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Ports = std::vector<std::uint16_t>;

const dcerpc::SyntaxId kStore{uuid_of(1), 1, 0};
const dcerpc::SyntaxId kDirectory{uuid_of(2), 56, 0};
const Uuid kObject = uuid_of(900);
const Uuid kOtherObject = uuid_of(901);

EptStatus insert(EndpointMap& map, std::vector<Entry> entries, Replace replace = Replace::no,
                 Caller caller = kAlice) {
  return map.insert(std::move(entries), replace, caller);
}

EptStatus erase(EndpointMap& map, const Entry& entry, Caller caller = kAlice) {
  const std::vector<EntryKey> keys{{entry.object, entry.tower}};
  return map.erase(keys, caller);
}

Inquiry by_interface(const dcerpc::SyntaxId& interface, VersionOption option) {
  return {InquiryType::by_interface, interface, option, {}};
}

struct VersionCase {
  VersionOption option;
  std::vector<std::uint16_t> found;  // port: major * 100 + minor
};

std::ostream& operator<<(std::ostream& out, const VersionCase& each) {
  return out << static_cast<int>(each.option);
}

class Versions : public testing::TestWithParam<VersionCase> {};

TEST_P(Versions, SelectAsTheStandardSays) {
  EndpointMap map;
  std::vector<Entry> entries;
  for (const auto& [major, minor] : std::vector<std::pair<std::uint16_t, std::uint16_t>>{
           {1, 0}, {1, 9}, {2, 2}, {2, 3}, {2, 4}, {3, 0}, {3, 9}}) {
    entries.push_back(
        tcp_entry({uuid_of(1), major, minor}, static_cast<std::uint16_t>(major * 100 + minor)));
  }
  entries.push_back(tcp_entry({uuid_of(2), 2, 3}, 999));
  ASSERT_EQ(insert(map, std::move(entries)), EptStatus::ok);
  EXPECT_EQ(lookup_ports(map, by_interface({uuid_of(1), 2, 3}, GetParam().option)),
            GetParam().found);
}

INSTANTIATE_TEST_SUITE_P(Lookup, Versions,
                         testing::Values(VersionCase{VersionOption::all,
                                                     {100, 109, 202, 203, 204, 300, 309}},
                                         VersionCase{VersionOption::compatible, {203, 204}},
                                         VersionCase{VersionOption::exact, {203}},
                                         VersionCase{VersionOption::major_only, {202, 203, 204}},
                                         VersionCase{VersionOption::upto, {100, 109, 202, 203}}));

TEST(InquiryNumbers, OutsideTheStandardAreRefused) {
  EXPECT_EQ(inquiry_type_of(3), InquiryType::by_both);
  EXPECT_EQ(inquiry_type_of(4), std::nullopt);
  EXPECT_EQ(version_option_of(0), std::nullopt);
  EXPECT_EQ(version_option_of(5), VersionOption::upto);
  EXPECT_EQ(version_option_of(6), std::nullopt);
}

TEST(Lookup, FindsByInterfaceByObjectAndByBoth) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1), tcp_entry(kStore, 2, kObject),
                         tcp_entry(kDirectory, 3, kObject), tcp_entry(kDirectory, 4)}),
            EptStatus::ok);
  const auto look = [&](InquiryType type, const Uuid& object) {
    return lookup_ports(map, {type, kStore, VersionOption::all, object});
  };
  EXPECT_THAT(look(InquiryType::all, kOtherObject), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(look(InquiryType::by_interface, kOtherObject), ElementsAre(1, 2));
  EXPECT_THAT(look(InquiryType::by_object, kObject), ElementsAre(2, 3));
  EXPECT_THAT(look(InquiryType::by_object, Uuid{}), ElementsAre(1, 4));
  EXPECT_THAT(look(InquiryType::by_object, kOtherObject), IsEmpty());
  EXPECT_THAT(look(InquiryType::by_both, kObject), ElementsAre(2));
}

TEST(Lookup, PagesGiveEachEntryOnceAndSayWhenTheyEnd) {
  EndpointMap map;
  for (std::uint16_t port = 1; port <= 20; ++port) {
    ASSERT_EQ(insert(map, {tcp_entry(port % 2 == 0 ? kStore : kDirectory, port)}), EptStatus::ok);
  }
  for (const std::size_t max : {1U, 3U, 10U, 20U, 21U}) {
    const auto snapshot = map.snapshot();
    std::vector<const Entry*> found;
    LookupPage page;
    std::size_t pages = 0;
    while (!page.end) {
      page = snapshot->lookup({}, page.cursor, max, found);
      ++pages;
    }
    EXPECT_EQ(found.size(), 20U);
    EXPECT_EQ(pages, (20 + max - 1) / max) << max;
    EXPECT_EQ(page.cursor, found.back()->sequence_number);
  }
}

TEST(Lookup, OfNothingEndsAtOnce) {
  const EndpointMap map;
  std::vector<const Entry*> found;
  const LookupPage page = map.snapshot()->lookup({}, 0, 10, found);
  EXPECT_TRUE(page.end);
  EXPECT_TRUE(map.snapshot()->lookup(by_interface(kStore, VersionOption::all), 7, 10, found).end);
  EXPECT_THAT(found, IsEmpty());
}

TEST(Lookup, GoesOnWhereItStoppedAlthoughTheMapChanged) {
  EndpointMap map;
  const Entry first = tcp_entry(kStore, 1);
  const Entry second = tcp_entry(kStore, 2);
  ASSERT_EQ(insert(map, {first, second, tcp_entry(kStore, 3)}), EptStatus::ok);
  std::vector<const Entry*> found;
  const auto before = map.snapshot();
  const LookupPage page = before->lookup({}, 0, 2, found);
  ASSERT_EQ(erase(map, second), EptStatus::ok);
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 4)}), EptStatus::ok);
  const auto after = map.snapshot();
  EXPECT_TRUE(after->lookup({}, page.cursor, 10, found).end);
  EXPECT_THAT(ports_of(found), ElementsAre(1, 2, 3, 4));
}

TEST(Map, NeedsTheSameMajorAndNoLowerMinorVersion) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry({uuid_of(1), 2, 3}, 1)}), EptStatus::ok);
  EXPECT_THAT(map_ports(map, {uuid_of(1), 2, 3}), ElementsAre(1));
  EXPECT_THAT(map_ports(map, {uuid_of(1), 2, 0}), ElementsAre(1));
  EXPECT_THAT(map_ports(map, {uuid_of(1), 2, 4}), IsEmpty());
  EXPECT_THAT(map_ports(map, {uuid_of(1), 1, 3}), IsEmpty());
  EXPECT_THAT(map_ports(map, {uuid_of(2), 2, 3}), IsEmpty());
}

TEST(Map, NeedsTheSameProtocolAndTransferSyntax) {
  using enum ProtocolSequence;
  EndpointMap map;
  const auto entry = [](ProtocolSequence sequence, const dcerpc::SyntaxId& syntax,
                        const char* endpoint) {
    return make_entry({}, write_tower({kStore, syntax, sequence, endpoint, ""}).value(), "")
        .value();
  };
  ASSERT_EQ(
      insert(map,
             {entry(ncacn_ip_tcp, dcerpc::kNdr32, "1"), entry(ncacn_http, dcerpc::kNdr32, "2"),
              entry(ncacn_ip_tcp, dcerpc::kNdr64, "3"), entry(ncalrpc, dcerpc::kNdr32, "LRPC")}),
      EptStatus::ok);
  const auto ask = [&](ProtocolSequence sequence, const dcerpc::SyntaxId& syntax) {
    const Bytes tower = write_tower({kStore, syntax, sequence, "", ""}).value();
    std::vector<const Entry*> found;
    std::vector<std::string> endpoints;
    const auto snapshot = map.snapshot();
    snapshot->map(map_query(read_tower(tower).value(), {}), 0, found);
    for (const Entry* each : found) {
      endpoints.push_back(each->endpoint);
    }
    return endpoints;
  };
  EXPECT_THAT(ask(ncacn_ip_tcp, dcerpc::kNdr32), ElementsAre("1"));
  EXPECT_THAT(ask(ncacn_http, dcerpc::kNdr32), ElementsAre("2"));
  EXPECT_THAT(ask(ncacn_ip_tcp, dcerpc::kNdr64), ElementsAre("3"));
  EXPECT_THAT(ask(ncalrpc, dcerpc::kNdr32), ElementsAre("LRPC"));
  EXPECT_THAT(ask(ncadg_ip_udp, dcerpc::kNdr32), IsEmpty());
}

TEST(Map, TellsUnknownProtocolsApartByTheirFloors) {
  EndpointMap map;
  const auto tower = [](std::uint8_t transport) {
    Bytes bytes = tcp_tower(kStore, 1);
    bytes[61] = static_cast<std::byte>(transport);
    return bytes;
  };
  ASSERT_EQ(insert(map, {make_entry({}, tower(0xf0), "").value()}), EptStatus::ok);
  const auto count = [&](std::uint8_t transport) {
    const Bytes bytes = tower(transport);
    std::vector<const Entry*> found;
    map.snapshot()->map(map_query(read_tower(bytes).value(), {}), 0, found);
    return found.size();
  };
  EXPECT_EQ(count(0xf0), 1U);
  EXPECT_EQ(count(0xf1), 0U);
}

TEST(Map, PutsTheObjectFirstAndThenThoseForEveryObject) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1), tcp_entry(kStore, 2, kObject),
                         tcp_entry(kStore, 3, kOtherObject)}),
            EptStatus::ok);
  EXPECT_THAT(map_ports(map, kStore, kObject), ElementsAre(2, 1));
  EXPECT_THAT(map_ports(map, kStore, uuid_of(77)), ElementsAre(1));
  EXPECT_THAT(map_ports(map, kStore), ElementsAre(1));
}

TEST(Map, AnswersAllServersInRotation) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1), tcp_entry(kStore, 2), tcp_entry(kStore, 3),
                         tcp_entry(kStore, 4, kObject), tcp_entry(kStore, 5, kObject)}),
            EptStatus::ok);
  EXPECT_THAT(map_ports(map, kStore, {}, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(map_ports(map, kStore, {}, 1), ElementsAre(2, 3, 1));
  EXPECT_THAT(map_ports(map, kStore, {}, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(map_ports(map, kStore, kObject, 1), ElementsAre(5, 4, 2, 3, 1));
  EXPECT_THAT(map_ports(map, kStore, {}, ~std::uint64_t{0}), testing::SizeIs(3));
}

TEST(Insert, TakesANilInterfaceAndEveryProtocol) {
  EndpointMap map;
  const Bytes nil = write_tower({{}, dcerpc::kNdr32, ProtocolSequence::ncalrpc, "X", ""}).value();
  const auto entry = make_entry({}, nil, "");
  ASSERT_TRUE(entry);
  ASSERT_EQ(insert(map, {*entry}), EptStatus::ok);
  EXPECT_EQ(map.snapshot()->size(), 1U);
  EXPECT_EQ(erase(map, *entry), EptStatus::ok);
  EXPECT_EQ(map.snapshot()->size(), 0U);
}

TEST(Insert, RefusesTowersAndAnnotationsThatAreNone) {
  const Bytes tower = tcp_tower(kStore, 1);
  EXPECT_EQ(make_entry({}, ByteView(tower).first(70), "").error(), EptStatus::invalid_entry);
  EXPECT_EQ(make_entry({}, tower, std::string(64, 'a')).error(), EptStatus::invalid_entry);
  EXPECT_TRUE(make_entry({}, tower, std::string(63, 'a')));
}

TEST(Insert, OfTheSameObjectAndTowerChangesTheAnnotation) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1, {}, "old")}), EptStatus::ok);
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1, {}, "new"), tcp_entry(kStore, 1, {}, "newest")}),
            EptStatus::ok);
  const auto snapshot = map.snapshot();
  std::vector<const Entry*> found;
  snapshot->lookup({}, 0, 10, found);
  ASSERT_THAT(found, testing::SizeIs(1));
  EXPECT_EQ(found.front()->annotation, "newest");
  EXPECT_EQ(snapshot->of_interface(kStore.uuid)->size(), 1U);
}

TEST(Insert, WithReplaceRemovesTheSameObjectInterfaceAndProtocolSequence) {
  EndpointMap map;
  const Entry http =
      make_entry(
          {}, write_tower({kStore, dcerpc::kNdr32, ProtocolSequence::ncacn_http, "5", ""}).value(),
          "")
          .value();
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1), tcp_entry(kStore, 2), tcp_entry(kStore, 3, kObject),
                         tcp_entry({kStore.uuid, 1, 1}, 4), http, tcp_entry(kDirectory, 6)}),
            EptStatus::ok);
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 7), tcp_entry(kStore, 8)}, Replace::yes), EptStatus::ok);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(3, 4, 5, 6, 7, 8));
}

TEST(Insert, WithReplaceLeavesWhatOthersRegisteredUnlessPrivileged) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1)}, Replace::no, kAlice), EptStatus::ok);
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 2)}, Replace::yes, kBob), EptStatus::ok);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(1, 2));
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 3)}, Replace::yes, kRoot), EptStatus::ok);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(3));
}

TEST(Insert, BeyondTheLimitChangesNothing) {
  EndpointMap map(MapLimits{.max_entries = 2});
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1), tcp_entry(kStore, 2)}), EptStatus::ok);
  const auto before = map.snapshot();
  EXPECT_EQ(insert(map, {tcp_entry(kStore, 3)}), EptStatus::no_memory);
  EXPECT_EQ(insert(map, {tcp_entry(kStore, 2), tcp_entry(kStore, 3)}), EptStatus::no_memory);
  EXPECT_EQ(map.snapshot(), before);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(1, 2));
  EXPECT_EQ(insert(map, {tcp_entry(kStore, 2)}), EptStatus::ok);
  EXPECT_EQ(insert(map, {tcp_entry(kStore, 4)}, Replace::yes), EptStatus::ok);
}

TEST(Erase, MatchesObjectAndTowerAndNotTheAnnotation) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1, kObject, "the store")}), EptStatus::ok);
  EXPECT_EQ(erase(map, tcp_entry(kStore, 1)), EptStatus::not_registered);
  EXPECT_EQ(erase(map, tcp_entry(kStore, 2, kObject)), EptStatus::not_registered);
  EXPECT_EQ(erase(map, tcp_entry(kStore, 1, kObject, "another")), EptStatus::ok);
  EXPECT_EQ(erase(map, tcp_entry(kStore, 1, kObject)), EptStatus::not_registered);
  EXPECT_EQ(map.snapshot()->of_interface(kStore.uuid), nullptr);
}

TEST(Erase, RemovesWhatIsThereAndSaysWhatWasNot) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1), tcp_entry(kStore, 2)}), EptStatus::ok);
  const std::vector<EntryKey> keys{{{}, tcp_tower(kStore, 9)}, {{}, tcp_tower(kStore, 2)}};
  EXPECT_EQ(map.erase(keys, kAlice), EptStatus::not_registered);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(1));
  const std::vector<EntryKey> broken{{{}, tcp_tower(kStore, 1)}, {{}, from_hex("0500")}};
  EXPECT_EQ(map.erase(broken, kAlice), EptStatus::invalid_entry);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(1));
}

TEST(Erase, OfOthersEntriesNeedsPrivilege) {
  EndpointMap map;
  const Entry entry = tcp_entry(kStore, 1);
  ASSERT_EQ(insert(map, {entry}, Replace::no, kAlice), EptStatus::ok);
  EXPECT_EQ(erase(map, entry, kBob), EptStatus::cant_perform_op);
  EXPECT_EQ(map.erase_tower(std::nullopt, entry.tower, kBob), EptStatus::cant_perform_op);
  ASSERT_EQ(insert(map, {entry}, Replace::no, kBob), EptStatus::ok);
  EXPECT_EQ(erase(map, entry, kBob), EptStatus::ok);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(1));
  EXPECT_EQ(erase(map, entry, kRoot), EptStatus::ok);
  EXPECT_THAT(lookup_ports(map, {}), IsEmpty());
}

TEST(EraseTower, IsForOneObjectOrForAll) {
  EndpointMap map;
  const auto fill = [&] {
    ASSERT_EQ(insert(map, {tcp_entry(kStore, 1), tcp_entry(kStore, 1, kObject),
                           tcp_entry(kStore, 1, kOtherObject), tcp_entry(kStore, 2)}),
              EptStatus::ok);
  };
  fill();
  const Bytes tower = tcp_tower(kStore, 1);
  EXPECT_EQ(map.erase_tower(kObject, tower, kAlice), EptStatus::ok);
  EXPECT_EQ(map.snapshot()->size(), 3U);
  EXPECT_EQ(map.erase_tower(kObject, tower, kAlice), EptStatus::not_registered);
  EXPECT_EQ(map.erase_tower(std::nullopt, tower, kAlice), EptStatus::ok);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(2));
  EXPECT_EQ(map.erase_tower(std::nullopt, from_hex("00"), kAlice), EptStatus::invalid_entry);
}

TEST(EraseOwner, RemovesAllThatAConnectionRegistered) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1), tcp_entry(kDirectory, 2)}, Replace::no, kAlice),
            EptStatus::ok);
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 3)}, Replace::no, kBob), EptStatus::ok);
  EXPECT_EQ(map.erase_owner(kAlice.owner), 2U);
  EXPECT_EQ(map.erase_owner(kAlice.owner), 0U);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(3));
}

TEST(Snapshots, StayAsTheyWere) {
  EndpointMap map;
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 1)}), EptStatus::ok);
  const auto before = map.snapshot();
  ASSERT_EQ(insert(map, {tcp_entry(kStore, 2)}), EptStatus::ok);
  ASSERT_EQ(erase(map, tcp_entry(kStore, 1)), EptStatus::ok);
  std::vector<const Entry*> found;
  before->lookup({}, 0, 10, found);
  EXPECT_THAT(ports_of(found), ElementsAre(1));
  EXPECT_EQ(before->of_interface(kStore.uuid)->size(), 1U);
  EXPECT_THAT(lookup_ports(map, {}), ElementsAre(2));
}

// Against the simplest map there is, over chunk boundaries and merges.
TEST(EndpointMap, AgreesWithAPlainListUnderRandomChanges) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 random = support::random_source();
  EndpointMap map;
  std::vector<std::pair<std::uint32_t, std::uint16_t>> plain;  // interface number, port
  for (int step = 0; step < 6000; ++step) {
    const bool grow = step < 3000 ? random() % 4 != 0 : random() % 4 == 0;
    if (grow || plain.empty()) {
      const auto number = static_cast<std::uint32_t>(random() % 5);
      const auto port = static_cast<std::uint16_t>(step + 1);
      ASSERT_EQ(insert(map, {tcp_entry({uuid_of(number), 1, 0}, port)}), EptStatus::ok);
      plain.emplace_back(number, port);
    } else {
      const std::size_t at = random() % plain.size();
      const auto [number, port] = plain[at];
      ASSERT_EQ(erase(map, tcp_entry({uuid_of(number), 1, 0}, port)), EptStatus::ok);
      plain.erase(plain.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (step % 500 != 499) {
      continue;
    }
    Ports all;
    std::array<Ports, 5> each;
    for (const auto& [number, port] : plain) {
      all.push_back(port);
      each.at(number).push_back(port);
    }
    ASSERT_EQ(lookup_ports(map, {}), all) << step;
    for (std::uint32_t number = 0; number < 5; ++number) {
      ASSERT_EQ(map_ports(map, {uuid_of(number), 1, 0}), each.at(number)) << step;
    }
    EXPECT_LE(map.snapshot()->all().chunk_count(), 2 * plain.size() / (EntryList::kChunk / 2) + 2);
  }
}

TEST(EndpointMap, SharesWhatAChangeDoesNotTouch) {
  EndpointMap map;
  std::vector<Entry> entries;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    entries.push_back(tcp_entry({uuid_of(i), 1, 0}, 1));
  }
  ASSERT_EQ(insert(map, std::move(entries)), EptStatus::ok);
  const auto before = map.snapshot();
  ASSERT_EQ(insert(map, {tcp_entry({uuid_of(9999), 1, 0}, 2)}), EptStatus::ok);
  const auto after = map.snapshot();
  std::size_t shared = 0;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    shared += before->of_interface(uuid_of(i)) == after->of_interface(uuid_of(i)) ? 1U : 0U;
  }
  EXPECT_EQ(shared, 5000U);
}

}  // namespace
}  // namespace pinhole::epm
