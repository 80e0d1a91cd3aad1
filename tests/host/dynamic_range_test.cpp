// SPDX-License-Identifier: Apache-2.0
#include "host/dynamic_range.hpp"

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/settings_samples.hpp"

namespace pinhole::host {
namespace {

using registry::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Case {
  const char* name;
  const char* product;
  Readings readings;
  const char* ports;
  const char* note;  // a part of the only one; empty: there is none
};

std::ostream& operator<<(std::ostream& out, const Case& each) {
  return out << each.name;
}

class DynamicPortsOf : public testing::TestWithParam<Case> {};

TEST_P(DynamicPortsOf, IsTheRangeAndSaysWhatDoesNotCount) {
  const Case& c = GetParam();
  const DynamicPorts result = dynamic_ports(product(c.product), c.readings);
  EXPECT_EQ(to_string(result.ports), c.ports);
  if (*c.note == '\0') {
    EXPECT_THAT(result.notes, IsEmpty());
  } else {
    EXPECT_THAT(result.notes, ElementsAre(HasSubstr(c.note)));
  }
}

Readings max_user_port(Value value) {
  return {{"tcpip-max-user-port", std::move(value)}};
}

Readings reserved(Value value) {
  return {{"tcpip-reserved-ports", std::move(value)}};
}

Readings internet(Value ports, Value available, Value use) {
  return {{"rpc-internet-ports", std::move(ports)},
          {"rpc-internet-available", std::move(available)},
          {"rpc-internet-use", std::move(use)}};
}

Readings internet(const std::vector<std::string>& ports, std::string_view available,
                  std::string_view use) {
  return internet(Value::of_multi_sz(ports), Value::of_sz(available), Value::of_sz(use));
}

constexpr const char* kOld = "exchange-2007";      // on Windows Server 2003
constexpr const char* kNew = "exchange-2010-sp1";  // on Windows Server 2008 R2
constexpr const char* kOldPorts = "1025-5000";
constexpr const char* kNewPorts = "6005-65534";

INSTANTIATE_TEST_SUITE_P(
    Products, DynamicPortsOf,
    testing::Values(Case{"Old", kOld, {}, kOldPorts, ""}, Case{"New", kNew, {}, kNewPorts, ""},
                    Case{"Unset", kOld, {{"tcpip-max-user-port", std::nullopt}}, kOldPorts, ""}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    MaxUserPort, DynamicPortsOf,
    testing::Values(
        Case{"Counts", kOld, max_user_port(Value::of_dword(60000)), "1025-60000", ""},
        Case{"Least", kOld, max_user_port(Value::of_dword(5000)), kOldPorts, ""},
        Case{"Most", kOld, max_user_port(Value::of_dword(65534)), "1025-65534", ""},
        Case{"TooLow", kOld, max_user_port(Value::of_dword(4999)), kOldPorts, "5000 to 65534"},
        Case{"TooHigh", kOld, max_user_port(Value::of_dword(65535)), kOldPorts, "5000 to 65534"},
        Case{"OfAnotherType", kOld, max_user_port(Value::of_sz("60000")), kOldPorts,
             "no REG_DWORD"},
        Case{"OnANewWindows", kNew, max_user_port(Value::of_dword(60000)), kNewPorts,
             "does not read it"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    ReservedPorts, DynamicPortsOf,
    testing::Values(
        Case{"AreTakenOut", kOld, reserved(Value::of_multi_sz({"1433-1434", "4000-4000"})),
             "1025-1432,1435-3999,4001-5000", ""},
        Case{"MayBeElsewhere", kOld, reserved(Value::of_multi_sz({"6000-7000"})), kOldPorts, ""},
        Case{"OneBadLineVoidsAll", kOld, reserved(Value::of_multi_sz({"1433-1434", "sql"})),
             kOldPorts, "ReservedPorts is ignored"},
        Case{"OfAnotherType", kOld, reserved(Value::of_sz("1433-1434")), kOldPorts,
             "ReservedPorts is ignored"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    RpcInternet, DynamicPortsOf,
    testing::Values(
        Case{"Uses", kOld, internet({"5100-5110", "5200"}, "Y", "Y"), "5100-5110,5200", ""},
        Case{"LowerCase", kOld, internet({"5100-5110"}, "y", "y"), "5100-5110", ""},
        Case{"UsesAllBut", kOld, internet({"1025-4990"}, "N", "Y"), "4991-5000", ""},
        Case{"KeepsAway", kOld, internet({"1025-4990"}, "Y", "N"), "4991-5000", ""},
        Case{"KeepsToTheOthers", kOld, internet({"5100-5110"}, "N", "N"), "5100-5110", ""},
        Case{"OneBadLineVoidsAll", kOld, internet({"5100-5110", "5200-"}, "Y", "Y"), kOldPorts,
             "Rpc\\Internet is ignored"},
        Case{"BackwardsVoidsAll", kOld, internet({"5110-5100"}, "Y", "Y"), kOldPorts,
             "Rpc\\Internet is ignored"},
        Case{"NeitherYesNorNo", kOld, internet({"5100-5110"}, "yes", "Y"), kOldPorts,
             "Rpc\\Internet is ignored"},
        Case{"PortsOfAnotherType", kOld,
             internet(Value::of_sz("5100-5110"), Value::of_sz("Y"), Value::of_sz("Y")), kOldPorts,
             "Rpc\\Internet is ignored"},
        Case{"PortsAlone",
             kOld,
             {{"rpc-internet-ports", Value::of_multi_sz({"5100-5110"})}},
             kOldPorts,
             "Rpc\\Internet is ignored"},
        Case{"WithoutPorts",
             kOld,
             {{"rpc-internet-available", Value::of_sz("Y")},
              {"rpc-internet-use", Value::of_sz("Y")}},
             kOldPorts,
             ""}),
    [](const auto& each) { return each.param.name; });

TEST(DynamicPorts, SaysWhereAllOfItComesFrom) {
  Readings readings = internet({"5100-5110"}, "Y", "Y");
  readings.merge(max_user_port(Value::of_dword(60000)));
  readings.merge(reserved(Value::of_multi_sz({"5105-5106"})));
  const DynamicPorts result = dynamic_ports(product(kOld), readings);
  EXPECT_EQ(to_string(result.ports), "5100-5104,5107-5110");
  EXPECT_EQ(result.origin,
            "Windows Server 2003: 1025-5000, MaxUserPort 60000, Rpc\\Internet 5100-5110, "
            "ReservedPorts 5105-5106");
}

}  // namespace
}  // namespace pinhole::host
