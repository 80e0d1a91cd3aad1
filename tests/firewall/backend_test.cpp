// SPDX-License-Identifier: Apache-2.0
// Every construct of the model by every back-end: rendered or refused, never left out in silence.
#include "firewall/backend.hpp"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/take_out.hpp"

namespace pinhole::firewall {
namespace {

Policy plain() {
  Policy policy;
  policy.title = "plain";
  policy.device = "router";
  policy.zones = {
      {"clients", "eth0", {*parse_prefix("10.1.0.0/16"), *parse_prefix("2001:db8:1::/48")}, false},
      {"servers", "eth1", {*parse_prefix("10.2.0.0/16"), *parse_prefix("2001:db8:2::/48")}, false}};
  Rule rule;
  rule.from = 0;
  rule.to = 1;
  rule.sources = policy.zones[0].networks;
  rule.destinations = {*parse_prefix("10.2.0.5"), *parse_prefix("2001:db8:2::5")};
  rule.ports = *parse_port_set("135");
  rule.reasons = {{"flow", "text"}};
  policy.rules = {rule};
  return policy;
}

Translation translation() {
  Translation made;
  made.outside = *parse_address("192.0.2.1");
  made.inside = *parse_address("10.2.0.5");
  made.ports = *parse_port_set("135");
  made.reasons = {{"flow", "text"}};
  return made;
}

struct Construct {
  const char* name;
  std::function<void(Policy&)> put;
};

const std::vector<Construct>& constructs() {
  static const std::vector<Construct> all = {
      {"zone of the rest",
       [](Policy& p) {
         p.zones.push_back({"internet", "eth2", {}, true});
         p.rules[0].from = 2;
         p.rules[0].sources = {*parse_prefix("0.0.0.0/0")};
       }},
      {"zone without an interface", [](Policy& p) { p.zones[0].interface.clear(); }},
      {"two zones on one interface", [](Policy& p) { p.zones[1].interface = "eth0"; }},
      {"interface of another system", [](Policy& p) { p.zones[0].interface = "ge-0/0/1"; }},
      {"device without state", [](Policy& p) { p.stateful = false; }},
      {"no log", [](Policy& p) { p.log_denied = false; }},
      {"no anti-spoofing", [](Policy& p) { p.anti_spoofing = false; }},
      {"log of a rule", [](Policy& p) { p.rules[0].log = true; }},
      {"source ports", [](Policy& p) { p.rules[0].source_ports = *parse_port_set("88-99"); }},
      {"UDP", [](Policy& p) { p.rules[0].protocol = Protocol::udp; }},
      {"ICMP",
       [](Policy& p) {
         p.rules[0].protocol = Protocol::icmp;
         p.rules[0].ports = PortSet({0, 65535});
       }},
      {"ICMPv6",
       [](Policy& p) {
         p.rules[0].protocol = Protocol::icmpv6;
         p.rules[0].ports = PortSet({0, 65535});
       }},
      {"ports of ICMP", [](Policy& p) { p.rules[0].protocol = Protocol::icmp; }},
      {"all ports", [](Policy& p) { p.rules[0].ports = PortSet({0, 65535}); }},
      {"services of the device", [](Policy& p) { p.rules[0].to = 0; }},
      {"translation", [](Policy& p) { p.translations = {translation()}; }},
      {"translation without state",
       [](Policy& p) {
         p.translations = {translation()};
         p.stateful = false;
       }},
      {"translation between families",
       [](Policy& p) {
         p.translations = {translation()};
         p.translations[0].inside = *parse_address("2001:db8:2::5");
       }},
      {"hidden zone", [](Policy& p) { p.hides = {0}; }},
      {"zone that is not there", [](Policy& p) { p.rules[0].to = 7; }},
      {"rule without sources", [](Policy& p) { p.rules[0].sources.clear(); }},
  };
  return all;
}

/// What every back-end can say: of a router or, where it stands at the hosts, by address alone.
Policy plain_for(const Backend& backend) {
  Policy policy = plain();
  if (!backend.print(policy)) {
    support::keep_what_hosts_say(policy);
  }
  return policy;
}

std::string all_texts(const std::vector<PrintedFile>& files) {
  std::string all;
  for (const PrintedFile& file : files) {
    all += file.text;
  }
  return all;
}

TEST(Backends, RenderOrRefuseEveryConstruct) {
  for (const Backend& backend : backends()) {
    const Policy without_it = plain_for(backend);
    const auto without = backend.print(without_it);
    ASSERT_TRUE(without) << backend.name;
    for (const Construct& construct : constructs()) {
      SCOPED_TRACE(std::string(backend.name) + ": " + construct.name);
      Policy policy = without_it;
      construct.put(policy);
      const auto files = backend.print(policy);
      if (policy == without_it) {
        ASSERT_TRUE(files);
      } else if (files) {
        EXPECT_NE(all_texts(*files), all_texts(*without));
      } else {
        EXPECT_FALSE(files.error().front().remedy.empty());
        EXPECT_EQ(files.error().front().place.name, backend.name);
      }
    }
  }
}

TEST(Backends, GiveAnUndoAndSayHowEachFileIsLoaded) {
  for (const Backend& backend : backends()) {
    const auto files = backend.print(plain_for(backend));
    ASSERT_TRUE(files);
    bool undo = false;
    for (const PrintedFile& file : *files) {
      EXPECT_THAT(file.how, testing::HasSubstr(file.name));
      EXPECT_FALSE(file.text.empty());
      undo = undo || file.use == PrintedFile::Use::undo;
    }
    EXPECT_TRUE(undo) << backend.name;
    EXPECT_EQ(find_backend(backend.name), &backend);
  }
  EXPECT_EQ(find_backend("nosuch"), nullptr);
}

}  // namespace
}  // namespace pinhole::firewall
