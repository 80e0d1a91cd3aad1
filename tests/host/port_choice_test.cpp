// SPDX-License-Identifier: Apache-2.0
#include "host/port_choice.hpp"

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/settings_samples.hpp"

namespace pinhole::host {
namespace {

using registry::Value;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

struct Case {
  const char* name;
  const char* product;
  const char* service;
  const char* setting;
  Value value;
  PortKind kind;
  std::uint16_t port;
  const char* note;  // a part of the only one; empty: there is none
};

std::ostream& operator<<(std::ostream& out, const Case& each) {
  return out << each.name;
}

class ChoosePort : public testing::TestWithParam<Case> {};

TEST_P(ChoosePort, ObeysWhatCountsAndSaysWhatDoesNot) {
  const Case& c = GetParam();
  const catalogue::Listener& of = listener(c.product, c.service, c.setting);
  const PortChoice choice =
      choose_port(catalogue::builtin(), product(c.product), of, Readings{{c.setting, c.value}});
  EXPECT_EQ(to_string(choice.kind), std::string_view(to_string(c.kind)));
  EXPECT_EQ(choice.port, c.port);
  if (*c.note == '\0') {
    EXPECT_THAT(choice.notes, IsEmpty());
  } else {
    EXPECT_THAT(choice.notes, ElementsAre(HasSubstr(c.note)));
  }
  if (c.kind == PortKind::static_port) {
    EXPECT_THAT(choice.origin, EndsWith("\\" + std::string(setting(c.setting).value)));
  }
}

constexpr const char* kStore = "MSExchangeIS";
constexpr const char* kBook = "MSExchangeAB";
constexpr const char* kMta = "MSExchangeMTA";

INSTANTIATE_TEST_SUITE_P(
    Values, ChoosePort,
    testing::Values(
        Case{"Dword", "exchange-2007", kStore, "is-tcp-port", Value::of_dword(56001),
             PortKind::static_port, 56001, ""},
        Case{"HighestPort", "exchange-2007", kStore, "is-tcp-port", Value::of_dword(65535),
             PortKind::static_port, 65535, ""},
        Case{"ZeroIsDynamic", "exchange-2007", kStore, "is-tcp-port", Value::of_dword(0),
             PortKind::dynamic, 0, ""},
        Case{"ZeroLeavesAFixedPort", "exchange-2007", kStore, "is-http-port", Value::of_dword(0),
             PortKind::fixed, 6001, ""},
        Case{"FixedPortMoved", "exchange-2007", kStore, "is-http-port", Value::of_dword(7001),
             PortKind::static_port, 7001, ""},
        Case{"AboveThePorts", "exchange-2007", kStore, "is-tcp-port", Value::of_dword(65536),
             PortKind::dynamic, 0, "65536 is no port"},
        Case{"TextWhereANumberBelongs", "exchange-2007", kStore, "is-tcp-port",
             Value::of_sz("56001"), PortKind::dynamic, 0, "a REG_SZ, not a REG_DWORD"},
        Case{"WideNumber", "exchange-2007", kStore, "is-tcp-port", Value::of_qword(56001),
             PortKind::dynamic, 0, "a REG_QWORD, not a REG_DWORD"},
        Case{"ShortNumber", "exchange-2007", kStore, "is-tcp-port",
             Value{registry::Type::dword, Bytes(2)}, PortKind::dynamic, 0, "is ignored"},
        Case{"BigEndianNumber", "exchange-2007", kStore, "is-tcp-port",
             Value{registry::Type::dword_big_endian, Bytes(4)}, PortKind::dynamic, 0,
             "not a REG_DWORD"},
        Case{"AddressBookText", "exchange-2010-sp1", kBook, "ab-rpctcpport", Value::of_sz("59533"),
             PortKind::static_port, 59533, ""},
        Case{"AddressBookZero", "exchange-2010-sp1", kBook, "ab-rpctcpport", Value::of_sz("0"),
             PortKind::dynamic, 0, ""},
        Case{"AddressBookNumber", "exchange-2010-sp1", kBook, "ab-rpctcpport",
             Value::of_dword(59533), PortKind::dynamic, 0, "a REG_DWORD, not a REG_SZ"},
        Case{"AddressBookWords", "exchange-2010-sp1", kBook, "ab-rpctcpport", Value::of_sz("none"),
             PortKind::dynamic, 0, "its text is no port"},
        Case{"AddressBookTooHigh", "exchange-2010-sp1", kBook, "ab-rpctcpport",
             Value::of_sz("65536"), PortKind::dynamic, 0, "its text is no port"},
        Case{"AddressBookBeforeItReadsTheRegistry", "exchange-2010", kBook, "ab-rpctcpport",
             Value::of_sz("59533"), PortKind::dynamic, 0,
             "exchange-2010 does not read it, the first that does is exchange-2010-sp1"},
        Case{"AddressBookConfigFile", "exchange-2010", kBook, "ab-rpctcpport-config",
             Value::of_sz("59533"), PortKind::static_port, 59533, ""},
        Case{"AddressBookAfterTheConfigFile", "exchange-2010-sp1", kBook, "ab-rpctcpport-config",
             Value::of_sz("59533"), PortKind::dynamic, 0, "exchange-2010-sp1 does not read it"},
        Case{"MtaBeforeItsServicePack", "exchange-4.0", kMta, "mta-rpc-port",
             Value::of_dword(56005), PortKind::dynamic, 0,
             "exchange-4.0 does not read it, exchange-4.0-sp4 to exchange-2003 do"},
        Case{"MtaX400BeforeItsServicePack", "exchange-4.0", kMta, "mta-rfc1006-port",
             Value::of_dword(10102), PortKind::fixed, 102, "exchange-4.0 does not read it"},
        Case{"MtaX400", "exchange-5.5", kMta, "mta-rfc1006-port", Value::of_dword(10102),
             PortKind::static_port, 10102, ""}),
    [](const auto& each) { return each.param.name; });

TEST(ChoosePortOfNothing, IsDynamicOrFixedWithoutANote) {
  for (const Readings& readings : {Readings{}, Readings{{"is-tcp-port", std::nullopt}}}) {
    const PortChoice tcp = choose_port(catalogue::builtin(), product("exchange-2007"),
                                       listener("exchange-2007", kStore, "is-tcp-port"), readings);
    EXPECT_EQ(tcp.kind, PortKind::dynamic);
    EXPECT_EQ(tcp.origin, "");
    EXPECT_THAT(tcp.notes, IsEmpty());
  }
  const PortChoice http = choose_port(catalogue::builtin(), product("exchange-2007"),
                                      listener("exchange-2007", kStore, "is-http-port"), {});
  EXPECT_EQ(http.kind, PortKind::fixed);
  EXPECT_EQ(http.port, 6001);
  EXPECT_EQ(http.origin, "fixed by the product");
}

TEST(ChoosePortOfTwo, TakesTheOneThatTheProductReads) {
  const Readings both{{"ab-rpctcpport", Value::of_sz("59533")},
                      {"ab-rpctcpport-config", Value::of_sz("59534")}};
  const auto chosen = [&](std::string_view id) {
    return choose_port(catalogue::builtin(), product(id), listener(id, kBook, "ab-rpctcpport"),
                       both);
  };
  EXPECT_EQ(chosen("exchange-2010").port, 59534);
  EXPECT_THAT(chosen("exchange-2010").notes, ElementsAre(HasSubstr("MSExchangeAB\\Parameters")));
  EXPECT_EQ(chosen("exchange-2010-sp1").port, 59533);
  EXPECT_THAT(chosen("exchange-2010-sp1").notes, ElementsAre(HasSubstr(".exe.config")));
}

}  // namespace
}  // namespace pinhole::host
