// SPDX-License-Identifier: Apache-2.0
#include "firewall/minimise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/policy_sets.hpp"
#include "support/random.hpp"

namespace pinhole::firewall {
namespace {

using testing::SizeIs;

std::vector<IpPrefix> prefixes(std::initializer_list<const char*> texts) {
  std::vector<IpPrefix> result;
  for (const char* text : texts) {
    result.push_back(parse_prefix(text).value());
  }
  return result;
}

Rule rule(std::initializer_list<const char*> sources, std::initializer_list<const char*> hosts,
          const char* ports, const char* flow) {
  Rule rule;
  rule.from = 0;
  rule.to = 1;
  rule.sources = prefixes(sources);
  rule.destinations = prefixes(hosts);
  rule.ports = parse_port_set(ports).value();
  rule.reasons = {{flow, "why"}};
  return rule;
}

Policy policy(std::vector<Rule> rules) {
  Policy policy;
  policy.zones = {{"a", "eth0", prefixes({"10.1.0.0/16", "2001:db8:1::/48"}), false},
                  {"b", "eth1", prefixes({"10.2.0.0/16", "2001:db8:2::/48"}), false}};
  policy.rules = std::move(rules);
  return policy;
}

TEST(Minimise, JoinsPortsOfOnePair) {
  const Policy small = minimise(policy({rule({"10.1.0.1"}, {"10.2.0.1"}, "135", "one"),
                                        rule({"10.1.0.1"}, {"10.2.0.1"}, "136,140", "two")}));
  ASSERT_THAT(small.rules, SizeIs(1));
  EXPECT_EQ(to_string(small.rules[0].ports), "135-136,140");
  EXPECT_EQ(small.rules[0].reasons, (std::vector<Reason>{{"one", "why"}, {"two", "why"}}));
}

TEST(Minimise, JoinsPrefixesThatAreOneTogether) {
  const Policy small = minimise(policy({rule({"10.1.0.0/25"}, {"10.2.0.1"}, "135", "one"),
                                        rule({"10.1.0.128/25"}, {"10.2.0.1"}, "135", "two"),
                                        rule({"10.1.0.0/24"}, {"10.2.0.2"}, "135", "three"),
                                        rule({"10.1.0.0/24"}, {"10.2.0.3"}, "135", "three")}));
  ASSERT_THAT(small.rules, SizeIs(1));
  EXPECT_EQ(small.rules[0].sources, prefixes({"10.1.0.0/24"}));
  EXPECT_EQ(small.rules[0].destinations, prefixes({"10.2.0.1/32", "10.2.0.2/31"}));
  EXPECT_THAT(small.rules[0].reasons, SizeIs(3));
}

TEST(Minimise, DropsWhatAnotherRuleCovers) {
  const Policy small = minimise(policy({rule({"10.1.0.7"}, {"10.2.0.1"}, "135", "narrow"),
                                        rule({"10.1.0.0/24"}, {"10.2.0.0/24"}, "1-200", "wide")}));
  ASSERT_THAT(small.rules, SizeIs(1));
  EXPECT_EQ(to_string(small.rules[0].ports), "1-200");
  EXPECT_EQ(small.rules[0].reasons, (std::vector<Reason>{{"wide", "why"}, {"narrow", "why"}}));
}

TEST(Minimise, KeepsApartWhatIsNotTheSame) {
  Policy wanted = policy({rule({"10.1.0.7"}, {"10.2.0.1"}, "135", "tcp"),
                          rule({"10.1.0.7"}, {"10.2.0.1"}, "135", "udp"),
                          rule({"10.1.0.7"}, {"10.2.0.1"}, "135", "logged"),
                          rule({"10.1.0.8"}, {"10.2.0.2"}, "135", "other")});
  wanted.rules[1].protocol = Protocol::udp;
  wanted.rules[2].log = true;
  EXPECT_THAT(minimise(wanted).rules, SizeIs(4));
}

TEST(Minimise, TakesFamiliesApart) {
  const Policy small = minimise(
      policy({rule({"10.1.0.7", "2001:db8:1::7"}, {"10.2.0.1", "2001:db8:2::1"}, "135", "both")}));
  ASSERT_THAT(small.rules, SizeIs(2));
  EXPECT_EQ(small.rules[1].sources, prefixes({"2001:db8:1::7"}));
}

TEST(Minimise, JoinsPortsOfATranslation) {
  Policy wanted = policy({});
  Translation translation;
  translation.outside = parse_address("192.0.2.1").value();
  translation.inside = parse_address("10.2.0.1").value();
  translation.ports = parse_port_set("135").value();
  translation.reasons = {{"one", "why"}};
  wanted.translations = {translation, translation};
  wanted.translations[1].ports = parse_port_set("136").value();
  const Policy small = minimise(wanted);
  ASSERT_THAT(small.translations, SizeIs(1));
  EXPECT_EQ(to_string(small.translations[0].ports), "135-136");
  EXPECT_THAT(small.translations[0].reasons, SizeIs(1));
}

TEST(Minimise, LetsThroughTheSamePackets) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source = support::random_source();
  const auto below = [&source](unsigned end) { return static_cast<unsigned>(source() % end); };
  const auto prefix = [&](unsigned zone) {
    const unsigned length = 29 + below(4);
    const std::uint32_t host = (below(8) >> (32 - length)) << (32 - length);
    return IpPrefix{IpAddress::v4(0x0a000000U + (zone << 16U) + host),
                    static_cast<std::uint8_t>(length)};
  };
  for (std::size_t run = 0; run < support::random_runs(5000); ++run) {
    std::vector<Rule> rules;
    for (unsigned i = 1 + below(12); i > 0; --i) {
      Rule one = rule({}, {}, "1", "flow");
      one.sources = {prefix(1), prefix(1)};
      one.destinations = {prefix(2)};
      const auto first = static_cast<std::uint16_t>(below(4));
      one.ports = PortSet({first, static_cast<std::uint16_t>(first + below(3))});
      if (below(3) == 0) {
        one.source_ports = PortSet({first, 9});
      }
      one.protocol = below(3) == 0 ? Protocol::udp : Protocol::tcp;
      rules.push_back(std::move(one));
    }
    const Policy wanted = policy(std::move(rules));
    const Policy small = minimise(wanted);
    const Interfaces interfaces({{"eth0", false}, {"eth1", false}});
    ASSERT_EQ(PolicySets(wanted, interfaces, std::nullopt).needed(),
              PolicySets(small, interfaces, std::nullopt).needed());
    ASSERT_LE(small.rules.size(), wanted.rules.size());
    ASSERT_EQ(minimise(small), small) << "what is minimal stays";
  }
}

}  // namespace
}  // namespace pinhole::firewall
