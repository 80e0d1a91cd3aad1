// SPDX-License-Identifier: Apache-2.0
#include "firewall/firewalld_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/firewalld_read.hpp"
#include "firewall/print_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string printed(const Policy& policy) {
  const auto files = print_firewalld(policy);
  EXPECT_TRUE(files) << to_string(files.error().front());
  return files ? one_text(*files, PrintedFile::Use::apply) : "";
}

std::string file(const Policy& policy, const std::string& name) {
  const auto files = print_firewalld(policy);
  EXPECT_TRUE(files) << to_string(files.error().front());
  for (const PrintedFile& each : files.value_or(std::vector<PrintedFile>())) {
    if (each.name == name) {
      return each.text;
    }
  }
  ADD_FAILURE() << "no file " << name;
  return "";
}

std::string refused(const Policy& policy) {
  const auto files = print_firewalld(policy);
  return files ? "" : files.error().front().id;
}

TEST(FirewalldPrint, LetsAPairOfZonesThroughByAPolicyOfItsOwn) {
  EXPECT_EQ(file(simple_policy(), "policies/pinhole-0-1.xml"),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
            "<policy priority=\"-32000\" target=\"CONTINUE\">\n"
            "  <short>clients to servers</short>\n"
            "  <description>Exchange behind a router; device router</description>\n"
            "  <rule family=\"ipv4\"><source address=\"10.1.0.0/16\"/>"
            "<destination ipset=\"pinhole-s0\"/><service name=\"pinhole-r0\"/><accept/></rule>\n"
            "  <ingress-zone name=\"pinhole-z0\"/>\n"
            "  <egress-zone name=\"pinhole-z1\"/>\n"
            "</policy>\n");
}

TEST(FirewalldPrint, CarriesFlowAndReasonInAService) {
  Policy policy = simple_policy();
  policy.rules[0].reasons = {{"a<b>c", "\"mail\" & more"}};
  EXPECT_EQ(file(policy, "services/pinhole-r0.xml"),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
            "<service>\n"
            "  <short>a&lt;b&gt;c</short>\n"
            "  <description>a&lt;b&gt;c: 'mail' &amp; more</description>\n"
            "  <port protocol=\"tcp\" port=\"135\"/>\n"
            "  <port protocol=\"tcp\" port=\"5000-5010\"/>\n"
            "</service>\n");
}

TEST(FirewalldPrint, LeavesTheDeviceItselfAsFirewalldHasIt) {
  EXPECT_THAT(file(simple_policy(), "zones/pinhole-z0.xml"),
              HasSubstr("  <interface name=\"eth0\"/>\n  <service name=\"ssh\"/>\n</zone>\n"));
}

TEST(FirewalldPrint, DropsAndLogsTheRestAfterAllItsPolicies) {
  const std::string deny = file(simple_policy(), "policies/pinhole-deny.xml");
  EXPECT_THAT(deny, HasSubstr("<policy priority=\"-31000\" target=\"DROP\">"));
  EXPECT_THAT(deny, HasSubstr("<log prefix=\"pinhole denied: \" level=\"info\">"));
  EXPECT_THAT(deny, HasSubstr("<ingress-zone name=\"ANY\"/>\n  <egress-zone name=\"ANY\"/>"));
}

TEST(FirewalldPrint, DropsSourcesOfOtherZones) {
  EXPECT_THAT(
      file(simple_policy(), "policies/pinhole-spoof-0.xml"),
      HasSubstr("<rule family=\"ipv4\"><source address=\"10.1.0.0/16\" invert=\"True\"/>"
                "<log prefix=\"pinhole spoofed: \" level=\"info\"><limit value=\"10/s\"/>"
                "</log><drop/></rule>\n  <rule family=\"ipv6\"><source address=\"::/0\"/><log"));
}

TEST(FirewalldPrint, LeadsOnlyThoseWhomARuleLetsThrough) {
  Policy policy = simple_policy();
  Translation translation;
  translation.outside = *parse_address("192.0.2.1");
  translation.inside = *parse_address("10.2.0.5");
  translation.ports = *parse_port_set("100-200");
  translation.reasons = {{"flow", "text"}};
  policy.translations = {translation};
  EXPECT_THAT(
      file(policy, "policies/pinhole-nat-0.xml"),
      HasSubstr("  <rule family=\"ipv4\"><source address=\"10.1.0.0/16\"/>"
                "<destination address=\"192.0.2.1\"/>"
                "<forward-port port=\"135\" protocol=\"tcp\" to-addr=\"10.2.0.5\"/></rule>\n"
                "  <rule family=\"ipv4\"><destination address=\"192.0.2.1\"/>"
                "<service name=\"pinhole-t0\"/>"));
}

TEST(FirewalldPrint, AsksForBothPortsBySetsOfAddressesWithPorts) {
  Policy policy = simple_policy();
  policy.rules[0].source_ports = *parse_port_set("88,1024-65535");
  EXPECT_THAT(file(policy, "ipsets/pinhole-p0-ipv4.xml"),
              HasSubstr("<ipset type=\"hash:net,port\">\n  <short>pinhole-p0-ipv4</short>\n"
                        "  <description>Exchange behind a router; device router</description>\n"
                        "  <entry>10.1.0.0/16,tcp:88</entry>\n"
                        "  <entry>10.1.0.0/16,tcp:1024-65535</entry>\n"));
}

TEST(FirewalldPrint, SharesOneSetBetweenRules) {
  Policy policy = simple_policy();
  policy.rules.push_back(policy.rules[0]);
  EXPECT_THAT(printed(policy), Not(HasSubstr("pinhole-s1")));
}

TEST(FirewalldPrint, NamesNoInterfaceWithoutADevice) {
  Policy policy = simple_policy();
  policy.device.clear();
  policy.anti_spoofing = false;
  for (Zone& zone : policy.zones) {
    zone.interface.clear();
  }
  const std::string text = printed(policy);
  EXPECT_THAT(text, Not(HasSubstr("zones/")));
  EXPECT_THAT(text, HasSubstr("<ingress-zone name=\"ANY\"/>\n  <egress-zone name=\"ANY\"/>"));
}

TEST(FirewalldPrint, TakesOutItsOwnFilesAlone) {
  const auto files = print_firewalld(simple_policy());
  ASSERT_TRUE(files);
  EXPECT_THAT(one_text(*files, PrintedFile::Use::undo),
              HasSubstr("rm -f \"/etc/firewalld/$kind\"/pinhole-*.xml"));
  EXPECT_THAT(files->at(files->size() - 2).how, HasSubstr("firewall-cmd --reload"));
  EXPECT_THAT(files->front().how, Not(HasSubstr("reload")));
}

TEST(FirewalldPrint, RefusesWhatFirewalldCannotSay) {
  Policy policy = simple_policy();
  EXPECT_THAT(refused(policy), IsEmpty());
  policy.rules[0].source_ports = *parse_port_set("88");
  EXPECT_THAT(refused(policy), IsEmpty());
  Translation translation;
  translation.outside = *parse_address("192.0.2.1");
  translation.inside = *parse_address("10.2.0.5");
  policy.translations = {translation};
  EXPECT_EQ(refused(policy), "firewalld-source-ports");
  policy.translations[0].protocol = Protocol::icmp;
  EXPECT_EQ(refused(policy), "firewalld-translation-protocol");
  policy.translations.clear();
  policy.stateful = false;
  EXPECT_EQ(refused(policy), "firewalld-stateless");
}

/// firewalld keeps state, and asks for no source port where it translates.
void take_out_what_is_refused(Policy& policy) {
  policy.stateful = true;
  for (Rule& rule : policy.rules) {
    rule.source_ports = policy.translations.empty() ? rule.source_ports : PortSet();
  }
}

class FirewalldPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(FirewalldPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), printed, read_firewalld, take_out_what_is_refused);
}

INSTANTIATE_TEST_SUITE_P(Parts, FirewalldPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
