// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/document.hpp"
#include "catalogue/lookup.hpp"

namespace pinhole::catalogue {
namespace {

const Catalogue& world() {
  return builtin();
}
const Product& product(std::string_view id) {
  return *find_product(world(), id);
}

/// `uuid annotation` of everything a product registers on one protocol sequence.
std::multiset<std::string> registered(std::string_view id, Sequence sequence) {
  std::multiset<std::string> entries;
  for (const Service* service : services_of(world(), product(id))) {
    for (const Listener& listener : service->listeners) {
      if (listener.sequence == sequence) {
        for (const InterfaceInfo* interface : listener.interfaces) {
          entries.insert(to_string(interface->uuid) + " " + std::string(interface->annotation));
        }
      }
    }
  }
  return entries;
}

TEST(Exchange2007, RegistersTheEntriesOfThePublishedListing) {
  // The annotated entries of the rpcdump listing in Configuring Static Ports for Exchange 2007:
  // 19 of its 28, one interface among them twice.
  const std::string topology = "Microsoft Exchange Topology Information Server RPC Interface";
  const std::string recipient = "MS Exchange Recipient Update Service RPC Interface";
  const std::string attendant = "MS Exchange System Attendant ";
  const std::string store = "Microsoft Information Store";
  const std::string admin = "Exchange Server STORE ADMIN Interface";
  EXPECT_THAT(
      registered("exchange-2007", Sequence::ncacn_ip_tcp),
      testing::ElementsAreArray(std::multiset<std::string>{
          "b9fadb8d-53a1-41d7-b763-88d884b6b829 " + topology,
          "5261574a-4572-206e-b268-6b199213b4e4 Exchange Server STORE Async EMSMDB Interface",
          "a4f1db00-ca47-1067-b31f-00dd010662da Exchange Server STORE EMSMDB Interface",
          "a9e05b20-6f57-4e24-a540-52412017e6ff " + store,
          "0e4a0156-dd5d-11d2-8c2f-00c04fb6bcde " + store,
          "bf6dd426-77b4-44b3-984e-d413fc075562 " + store,
          "1453c42c-0fa6-11d2-a910-00c04f990f3b " + store,
          "10f24e8e-0fa6-11d2-a910-00c04f990f3b " + store,
          "da107c01-2b50-44d7-9d5f-bfd4fd8e95ed " + admin,
          "99e64010-b032-11d0-97a4-00c04fd6551d " + admin,
          "99e64010-b032-11d0-97a4-00c04fd6551d " + admin,
          "89742ace-a9ed-11cf-9c0c-08002be7ae86 " + admin,
          "a4f1db00-ca47-1067-b31e-00dd010662da " + admin,
          "1544f5e0-613c-11d1-93df-00c04fd7bd09 MS Exchange Directory RFR Interface",
          "f5cc5a18-4264-101a-8c59-08002b2f8426 MS Exchange Directory NSPI Proxy",
          "3cb4be69-9ba1-448c-9a44-a1f759a1878a " + recipient,
          "f930c514-1215-11d3-99a5-00a0c9b61b04 " + attendant + "Cluster Interface",
          "83d72bf0-0d89-11ce-b13f-00aa003bac6c " + attendant + "Private Interface",
          "469d6ec0-0d87-11ce-b13f-00aa003bac6c " + attendant + "Public Interface"}));
}

TEST(Exchange2007, ListensOnFourDynamicPortsAndThreeFixedOnes) {
  std::size_t dynamic = 0;
  std::multiset<std::uint16_t> fixed;
  for (const Service* service : services_of(world(), product("exchange-2007"))) {
    for (const Listener& listener : service->listeners) {
      if (!listener.interfaces.empty()) {
        dynamic += listener.default_port() ? 0U : 1U;
        if (const auto port = listener.default_port()) {
          fixed.insert(*port);
        }
      }
    }
  }
  EXPECT_EQ(dynamic, 4U);
  EXPECT_THAT(fixed, testing::ElementsAre(6001, 6002, 6004));
}

TEST(Settings, AreFoundByKeyAndNameWithoutCaseInEveryControlSet) {
  struct Case {
    std::string_view key;
    std::string_view value;
    std::string_view id;
  };
  for (const Case& c : {
           Case{R"(HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters)",
                "TCP/IP NSPI Port", "sa-nspi-port"},
           Case{R"(hkey_local_machine\system\controlset001\services\msexchangesa\PARAMETERS)",
                "tcp/ip nspi port", "sa-nspi-port"},
           Case{R"(HKLM\SYSTEM\ControlSet002\Services\MSExchangeAB\Parameters)", "RpcTcpPort",
                "ab-rpctcpport"},
           Case{"Microsoft.Exchange.AddressBook.Service.exe.config", "RpcTcpPort",
                "ab-rpctcpport-config"},
       }) {
    const Setting* setting = find_setting(world(), c.key, c.value);
    ASSERT_NE(setting, nullptr) << c.id;
    EXPECT_EQ(setting->id, c.id);
  }
  for (const std::string_view key :
       {R"(HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeIS)",
        R"(HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeIS\Parameters)"}) {
    EXPECT_EQ(find_setting(world(), key, "TCP/IP Port"), nullptr) << key;
  }
}

const Setting& setting(std::string_view id) {
  return *std::ranges::find(world().settings, id, &Setting::id);
}

TEST(Settings, HaveTheTypesTheirReadersDemand) {
  EXPECT_EQ(setting("is-tcp-port").type, ValueType::reg_dword);
  EXPECT_EQ(setting("rca-tcp-port").type, ValueType::reg_dword);
  EXPECT_EQ(setting("ab-rpctcpport").type, ValueType::reg_sz);
  EXPECT_EQ(setting("ab-rpctcpport-config").type, ValueType::app_setting);
  EXPECT_EQ(setting("rpc-internet-ports").type, ValueType::reg_multi_sz);
}

TEST(Settings, CountFromTheProductThatReadsThemFirst) {
  for (const std::string_view id : {"mta-rfc1006-port", "mta-rpc-port"}) {
    EXPECT_FALSE(is_supported(world(), setting(id), product("exchange-4.0"))) << id;
    EXPECT_TRUE(is_supported(world(), setting(id), product("exchange-4.0-sp4"))) << id;
    EXPECT_TRUE(is_supported(world(), setting(id), product("exchange-5.5"))) << id;
    EXPECT_FALSE(is_supported(world(), setting(id), product("exchange-2007"))) << id;
  }
  EXPECT_FALSE(is_supported(world(), setting("ab-rpctcpport"), product("exchange-2010")));
  EXPECT_TRUE(is_supported(world(), setting("ab-rpctcpport"), product("exchange-2010-sp1")));
  EXPECT_TRUE(is_supported(world(), setting("ab-rpctcpport-config"), product("exchange-2010")));
  EXPECT_FALSE(
      is_supported(world(), setting("ab-rpctcpport-config"), product("exchange-2010-sp1")));
}

TEST(Settings, RestartTheComputerUpToExchange55AndTheServiceAfter) {
  EXPECT_EQ(setting("is-tcp-port-5.5").restart, Restart::computer);
  EXPECT_EQ(setting("is-tcp-port").restart, Restart::service);
  EXPECT_EQ(setting("mta-rpc-port").restart, Restart::service);
}

TEST(Products, StandByAgeWithTheRangesOfTheirWindows) {
  std::map<std::string_view, std::string> ranges;
  for (const Product& p : world().products) {
    ranges[p.id] = to_string(p.dynamic_ranges.front().range);
  }
  EXPECT_EQ(ranges["exchange-5.5"], "1024-5000");
  EXPECT_EQ(ranges["exchange-2007"], "1025-5000");
  EXPECT_EQ(ranges["exchange-2010-sp1"], "6005-65534");
  EXPECT_EQ(ranges.size(), 9U);
  EXPECT_EQ(product("exchange-2007").dynamic_ranges[1].range, (PortRange{1025, 60000}));
  EXPECT_LT(product("exchange-4.0").age, product("exchange-4.0-sp4").age);
  EXPECT_LT(product("exchange-2010").age, product("exchange-2010-sp1").age);
}

TEST(Products, ServeOtherServicesByRole) {
  const auto names = [](std::string_view id, std::string_view role) {
    std::set<std::string> found;
    const std::array<std::string_view, 1> roles{role};
    for (const Service* service : services_of(world(), product(id), roles)) {
      if (service->served()) {
        found.emplace(service->name);
      }
    }
    return found;
  };
  EXPECT_THAT(names("exchange-2010", "mailbox"),
              testing::ElementsAre("MSExchangeADTopology", "MSExchangeRPC"));
  EXPECT_THAT(names("exchange-2010", "client-access"),
              testing::ElementsAre("MSExchangeAB", "MSExchangeADTopology", "MSExchangeRPC"));
  EXPECT_THAT(names("exchange-2003", "back-end"),
              testing::ElementsAre("MSExchangeIS", "MSExchangeSA"));
  EXPECT_EQ(find_service(world(), product("exchange-2007"), "msexchangeis")->image, "STORE.EXE");
  EXPECT_EQ(find_service(world(), product("exchange-2007"), "MSExchangeAB"), nullptr);
}

TEST(Uuids, AreMoreThanAThousandAndFound) {
  EXPECT_GT(world().uuids.size(), 1000U);
  for (const KnownUuid& known : world().uuids) {
    EXPECT_EQ(find_uuid(world(), known.uuid), &known);
  }
  for (const InterfaceInfo& interface : world().interfaces) {
    EXPECT_NE(find_uuid(world(), interface.uuid), nullptr) << interface.id;
  }
  EXPECT_EQ(find_uuid(world(), Uuid{}), nullptr);
}

TEST(Uuids, OneUuidOfTwoOwnersIsToldByItsVersion) {
  constexpr Uuid kShared = "f5cc59b4-4264-101a-8c59-08002b2f8426"_uuid;
  EXPECT_EQ(interface_name(world(), kShared, 21, 0), "exchange-drs");
  EXPECT_EQ(interface_name(world(), kShared, 1, 1), "frsrpc");
  EXPECT_EQ(interface_name(world(), "12345778-1234-abcd-ef00-0123456789ac"_uuid, 1, 0), "samr");
  EXPECT_EQ(interface_name(world(), "00000002-0001-0000-c000-000000000069"_uuid, 1, 0),
            "kdcsvc.dll");
  EXPECT_EQ(interface_name(world(), Uuid{}, 1, 0), "");
}

TEST(Interfaces, WithoutASourcedVersionAreServedAsOneAndShownSo) {
  std::size_t unsourced = 0;
  for (const InterfaceInfo& interface : world().interfaces) {
    if (!interface.version_known) {
      ++unsourced;
      EXPECT_EQ(version_text(interface), "1.0 (unsourced)") << interface.id;
    }
  }
  EXPECT_GE(unsourced, 5U);
  EXPECT_EQ(
      version_text(*find_interface(world(), "a4f1db00-ca47-1067-b31f-00dd010662da"_uuid, 0, 81)),
      "0.81");
}

TEST(Examples, HexAndDecimalOfTheArticlesAgree) {
  // 0xdac1, 0xdac2, 0xdac4 of the .reg file are the three ports that its text names.
  const auto row =
      std::ranges::find(world().ports, "Example for Exchange 2007", &PortUse::protocol);
  ASSERT_NE(row, world().ports.end());
  const auto has = [&](std::uint16_t port) {
    return std::ranges::any_of(row->ports,
                               [&](PortRange r) { return r.first <= port && port <= r.last; });
  };
  EXPECT_TRUE(has(0xdac1) && has(0xdac2) && has(0xdac4));
  EXPECT_FALSE(has(0xdac3));
}

TEST(Document, IsNotStale) {
  std::ifstream file(PINHOLE_SOURCE_DIR "/docs/catalogue.md", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(text == document(world()))
      << "docs/catalogue.md is stale: build the target catalogue_document";
}

}  // namespace
}  // namespace pinhole::catalogue
