// SPDX-License-Identifier: Apache-2.0
#include "epm/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "epm/operations.hpp"
#include "support/loopback.hpp"

namespace pinhole::epm {
namespace {

using support::local_peer;
using support::Loopback;
using support::tcp_peer;

constexpr auto kInterface = "a4f1db00-ca47-1067-b31f-00dd010662da"_uuid;
constexpr auto kMapper = "00112233-4455-6677-8899-aabbccddeeff"_uuid;

Bytes tower(const char* endpoint, const char* address = "", std::uint16_t minor = 81) {
  Tower value;
  value.interface = {kInterface, 0, minor};
  value.sequence = ProtocolSequence::ncacn_ip_tcp;
  value.endpoint = endpoint;
  value.address = address;
  return write_tower(value).value();
}

class Service : public testing::Test {
 protected:
  Service() {
    server_.offer(make_endpoint_mapper(map_, {500, {600}}, kMapper));
    server_.on_disconnect([this](std::uint64_t connection) { map_.erase_owner({connection}); });
  }

  std::unique_ptr<Loopback> connect(const dcerpc::Peer& peer, AssocGroupId group = {}) {
    return std::make_unique<Loopback>(server_, peer, dcerpc::kEndpointMapper, dcerpc::kNdr32,
                                      group);
  }

  static EptStatus insert(Loopback& with, const std::vector<WireEntry>& entries,
                          std::uint32_t replace = 0) {
    return with.call<EptInsert>({entries, replace}).value().status;
  }

  static EptMap::Out map(Loopback& with, std::uint32_t max = 8, ndr::ContextHandle handle = {}) {
    EptMap::In in;
    in.object = Uuid{};
    in.tower = tower("0");
    in.max_towers = max;
    in.handle = handle;
    return with.call<EptMap>(in).value();
  }

  static EptLookup::Out lookup(Loopback& with, std::uint32_t max, ndr::ContextHandle handle = {}) {
    EptLookup::In in;
    in.max_entries = max;
    in.handle = handle;
    return with.call<EptLookup>(in).value();
  }

  static std::vector<std::string> bindings(const EptMap::Out& out) {
    std::vector<std::string> all;
    for (const Bytes& octets : out.towers) {
      const Tower value = to_tower(read_tower(octets).value());
      all.push_back(value.address + "[" + value.endpoint + "]");
    }
    return all;
  }

  EndpointMap map_;
  rpc::Server server_{support::counting_entropy(), {}};
};

TEST_F(Service, AnswersWithTheAddressOnWhichTheClientReachedUs) {
  const auto owner = connect(local_peer(1));
  ASSERT_EQ(insert(*owner, {{{}, tower("2000"), "x"}}), EptStatus::ok);
  EXPECT_THAT(bindings(map(*connect(tcp_peer(2, "10.0.0.5")))),
              testing::ElementsAre("10.0.0.5[2000]"));
  EXPECT_THAT(bindings(map(*connect(tcp_peer(3, "2001:db8::5")))),
              testing::ElementsAre("0.0.0.0[2000]"));
  EXPECT_THAT(bindings(map(*owner)), testing::ElementsAre("127.0.0.1[2000]"));
}

TEST_F(Service, KeepsAnAddressThatWasRegistered) {
  const auto owner = connect(local_peer(1));
  insert(*owner, {{{}, tower("2000", "10.9.9.9"), ""}});
  EXPECT_THAT(bindings(map(*connect(tcp_peer(2)))), testing::ElementsAre("10.9.9.9[2000]"));
}

TEST_F(Service, RotatesWhatSeveralEntriesAnswer) {
  const auto owner = connect(local_peer(1));
  insert(*owner, {{{}, tower("2000"), ""}, {{}, tower("2001"), ""}, {{}, tower("2002"), ""}});
  const auto client = connect(tcp_peer(2));
  std::vector<std::string> firsts;
  for (int i = 0; i < 3; ++i) {
    const auto all = bindings(map(*client));
    EXPECT_EQ(all.size(), 3U);
    firsts.push_back(all.front());
  }
  EXPECT_THAT(firsts,
              testing::UnorderedElementsAre("10.0.0.5[2000]", "10.0.0.5[2001]", "10.0.0.5[2002]"));
}

TEST_F(Service, PagesTheTowersOfAMapByHandle) {
  const auto owner = connect(local_peer(1));
  insert(*owner, {{{}, tower("2000"), ""}, {{}, tower("2001"), ""}, {{}, tower("2002"), ""}});
  const auto client = connect(tcp_peer(2));
  const EptMap::Out first = map(*client, 2);
  EXPECT_EQ(first.towers.size(), 2U);
  ASSERT_FALSE(first.handle.is_nil());
  const EptMap::Out second = map(*client, 2, first.handle);
  EXPECT_EQ(second.towers.size(), 1U);
  EXPECT_TRUE(second.handle.is_nil());
}

TEST_F(Service, SaysNotRegistered) {
  const EptMap::Out out = map(*connect(tcp_peer(1)));
  EXPECT_EQ(out.status, EptStatus::not_registered);
  EXPECT_TRUE(out.towers.empty());
}

TEST_F(Service, TakesChangesOnlyFromTheLocalSocketAndAllowedUsers) {
  const std::vector<WireEntry> entries{{{}, tower("2000"), ""}};
  const auto refused = [&](const dcerpc::Peer& peer) {
    return connect(peer)->call<EptInsert>({entries, 0});
  };
  EXPECT_EQ(refused(tcp_peer(1)).error().status, dcerpc::status::kAccessDenied);
  EXPECT_EQ(refused(local_peer(2, 1000)).error().status, dcerpc::status::kAccessDenied);
  EXPECT_EQ(refused(local_peer(3, 0))->status, EptStatus::ok);
  EXPECT_EQ(refused(local_peer(4, 500))->status, EptStatus::ok);
  EXPECT_EQ(refused(local_peer(5, 600))->status, EptStatus::ok);
  EXPECT_EQ(connect(tcp_peer(6))->call<EptDelete>({entries}).error().status,
            dcerpc::status::kAccessDenied);
  EXPECT_EQ(connect(tcp_peer(7))->call<EptMgmtDelete>({0, {}, tower("2000")}).error().status,
            dcerpc::status::kAccessDenied);
}

TEST_F(Service, EntriesGoWithTheConnectionThatInsertedThem) {
  auto owner = connect(local_peer(1));
  insert(*owner, {{{}, tower("2000"), ""}});
  EXPECT_EQ(map_.snapshot()->size(), 1U);
  owner.reset();
  EXPECT_EQ(map_.snapshot()->size(), 0U);
}

TEST_F(Service, AnotherUserDeletesOnlyItsOwn) {
  const auto owner = connect(local_peer(1, 500));
  const std::vector<WireEntry> entries{{{}, tower("2000"), ""}};
  insert(*owner, entries);
  EXPECT_NE(connect(local_peer(2, 600))->call<EptDelete>({entries})->status, EptStatus::ok);
  EXPECT_EQ(map_.snapshot()->size(), 1U);
  EXPECT_EQ(connect(local_peer(3, 0))->call<EptDelete>({entries})->status, EptStatus::ok);
  EXPECT_EQ(map_.snapshot()->size(), 0U);
}

TEST_F(Service, ALookupEndsAsEveryKnownClientExpects) {
  const auto owner = connect(local_peer(1));
  std::vector<WireEntry> entries;
  for (int i = 0; i < 13; ++i) {
    entries.push_back({{}, tower(std::to_string(2000 + i).c_str()), "annotation"});
  }
  insert(*owner, entries);
  const auto client = connect(tcp_peer(2));
  const EptLookup::Out whole = lookup(*client, 500);  // impacket
  EXPECT_EQ(whole.entries.size(), 13U);
  EXPECT_EQ(whole.status, EptStatus::ok);
  EXPECT_TRUE(whole.handle.is_nil());

  const EptLookup::Out full = lookup(*client, 10);  // smbtorture
  EXPECT_EQ(full.status, EptStatus::ok);
  EXPECT_FALSE(full.handle.is_nil());
  const EptLookup::Out rest = lookup(*client, 10, full.handle);
  EXPECT_EQ(rest.entries.size(), 3U);
  EXPECT_EQ(rest.status, EptStatus::not_registered);
  EXPECT_TRUE(rest.handle.is_nil());

  EptLookup::Out one = lookup(*client, 1);  // rpcclient
  for (int i = 0; i < 13; ++i) {
    EXPECT_EQ(one.status, EptStatus::ok);
    EXPECT_EQ(one.entries.size(), 1U);
    one = lookup(*client, 1, one.handle);
  }
  EXPECT_EQ(one.status, EptStatus::not_registered);
  EXPECT_TRUE(one.entries.empty());
}

TEST_F(Service, AHandleBelongsToItsGroup) {
  const auto owner = connect(local_peer(1));
  insert(*owner, {{{}, tower("2000"), ""}, {{}, tower("2001"), ""}});
  const auto client = connect(tcp_peer(2));
  const auto handle = lookup(*client, 1).handle;
  EptLookup::In in;
  in.max_entries = 1;
  in.handle = handle;
  EXPECT_EQ(connect(tcp_peer(3))->call<EptLookup>(in).error().status,
            dcerpc::status::kContextMismatch);
  EXPECT_EQ(lookup(*connect(tcp_peer(4), client->group()), 1, handle).entries.size(), 1U);
  EXPECT_TRUE(client->call<EptLookupHandleFree>({handle})->handle.is_nil());
  EXPECT_EQ(client->call<EptLookup>(in).error().status, dcerpc::status::kContextMismatch);
}

TEST_F(Service, OneClientCannotHoldHandlesWithoutEnd) {
  const auto owner = connect(local_peer(1));
  insert(*owner, {{{}, tower("2000"), ""}});
  const auto client = connect(tcp_peer(2));
  const std::size_t limit = server_.settings().groups.handles_per_group;
  for (std::size_t i = 0; i < limit; ++i) {
    ASSERT_FALSE(lookup(*client, 1).handle.is_nil()) << i;
  }
  EXPECT_EQ(lookup(*client, 1).status, EptStatus::no_memory);
}

TEST_F(Service, SpeaksNdr64) {
  Loopback owner(server_, local_peer(1), dcerpc::kEndpointMapper, dcerpc::kNdr64);
  insert(owner, {{{}, tower("2000"), "first"}, {{}, tower("2001"), "second one"}});
  EXPECT_EQ(lookup(owner, 500).entries.size(), 2U);
  EXPECT_EQ(lookup(owner, 500).entries[1].annotation, "second one");
  EXPECT_THAT(bindings(map(owner)).size(), 2U);
}

TEST_F(Service, AnswersItsOwnObject) {
  EXPECT_EQ(connect(tcp_peer(1))->call<EptInqObject>({})->object, kMapper);
}

TEST_F(Service, DeletesByTowerForManagement) {
  const auto owner = connect(local_peer(1));
  insert(*owner, {{{}, tower("2000"), ""}, {kMapper, tower("2000"), ""}});
  EXPECT_EQ(owner->call<EptMgmtDelete>({1, kMapper, tower("2000")})->status, EptStatus::ok);
  EXPECT_EQ(map_.snapshot()->size(), 1U);
  EXPECT_EQ(owner->call<EptMgmtDelete>({0, {}, tower("2000")})->status, EptStatus::ok);
  EXPECT_EQ(map_.snapshot()->size(), 0U);
}

}  // namespace
}  // namespace pinhole::epm
