// SPDX-License-Identifier: Apache-2.0
// What the printers print is damaged a little; the proof finds it with a true witness, or packets
// around every boundary pass as the policy says. The judges, a walk of one packet and the policy's
// words, share no computation with the proof.

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

#include "firewall/address_number.hpp"
#include "firewall/backend.hpp"
#include "firewall/explain.hpp"
#include "firewall/policy_oracle.hpp"
#include "firewall/proof.hpp"
#include "firewall/random_policy.hpp"
#include "firewall/read.hpp"
#include "firewall/take_out.hpp"
#include "support/random.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::size_t kFull = 2000;
constexpr std::size_t kProbes = 300;

class Mutator {
 public:
  explicit Mutator(std::mt19937& source) : source_(&source) {}

  std::size_t below(std::size_t end) { return (*source_)() % end; }

  /// Says what was done; empty where there was nothing to do it to.
  std::string damage(Ruleset& ruleset) {
    std::vector<std::pair<Table*, Chain*>> chains;
    for (Table& table : ruleset.tables) {
      for (Chain& chain : table.chains) {
        if (!chain.rules.empty()) {
          chains.emplace_back(&table, &chain);
        }
      }
    }
    if (chains.empty()) {
      return {};
    }
    const auto [table, chain] = chains[below(chains.size())];
    const std::size_t at = below(chain->rules.size());
    RulesetRule& rule = chain->rules[at];
    const std::string where = " in line " + std::to_string(rule.line) + ": " + rule.text;
    switch (below(6)) {
      case 0:
        chain->rules.erase(chain->rules.begin() + static_cast<std::ptrdiff_t>(at));
        return "dropped the rule" + where;
      case 1:
        std::swap(rule, chain->rules[below(chain->rules.size())]);
        return "moved the rule" + where;
      case 2:
        if (rule.matches.empty()) {
          return {};
        }
        rule.matches.erase(rule.matches.begin() +
                           static_cast<std::ptrdiff_t>(below(rule.matches.size())));
        return "lost a match" + where;
      case 3:
        chain->accept_at_end = !chain->accept_at_end;
        return "turned the end of " + chain->name;
      default:
        return change_value(*table, rule) ? "changed a value" + where : std::string();
    }
  }

 private:
  bool change_value(Table& table, RulesetRule& rule) {
    std::vector<Element*> elements;
    for (Match& match : rule.matches) {
      for (Element& element : match.elements) {
        elements.push_back(&element);
      }
      for (NamedSet& set : table.sets) {
        for (Element& element : set.elements) {
          if (set.name == match.set) {
            elements.push_back(&element);
          }
        }
      }
    }
    if (elements.empty()) {
      return false;
    }
    Element& element = *elements[below(elements.size())];
    Value& value = element[below(element.size())];
    if (auto* number = std::get_if<NumberRange>(&value)) {
      const std::uint32_t step = below(2) == 0 ? 1 : ~0U;
      (below(2) == 0 ? number->first : number->last) += step;
      return number->first <= number->last && number->last <= 65535;
    }
    if (auto* range = std::get_if<AddressRange>(&value)) {
      const auto family = range->first.family;
      const U128 size = number_of(range->last) - number_of(range->first);
      if (size == ~U128{0} || number_of(range->last) + size + 1 < number_of(range->last)) {
        return false;
      }
      range->last = address_of(number_of(range->last) + (below(2) == 0 ? 1 : size + 1), family);
      return range->first <= range->last;
    }
    if (auto* name = std::get_if<InterfaceName>(&value)) {
      name->name = "eth" + std::to_string(below(4));
      return true;
    }
    return false;
  }

  std::mt19937* source_;
};

/// Values on and beside every boundary that the policy and the rules know.
class Probes {
 public:
  Probes(const Policy& policy, const Ruleset& ruleset) {
    for (const Rule& rule : policy.rules) {
      for (const auto* prefixes : {&rule.sources, &rule.destinations}) {
        for (const IpPrefix& prefix : *prefixes) {
          add(range_of(prefix));
        }
      }
      for (const auto* ports : {&rule.ports, &rule.source_ports}) {
        for (const PortRange& range : ports->ranges()) {
          add(NumberRange{range.first, range.last});
        }
      }
    }
    for (const Translation& translation : policy.translations) {
      add(AddressRange{translation.outside, translation.outside});
    }
    for (const Table& table : ruleset.tables) {
      for (const Chain& chain : table.chains) {
        for (const RulesetRule& rule : chain.rules) {
          for (const Match& match : rule.matches) {
            add(match.elements);
          }
        }
      }
      for (const NamedSet& set : table.sets) {
        add(set.elements);
      }
    }
    add(NumberRange{0, 65535});
  }

  template <class Below>
  Packet draw(Below below) const {
    Packet packet;
    constexpr std::array kInterfaces{"eth0", "eth1", "eth2", "eth3", "eth4", ""};
    packet.in_interface = kInterfaces.at(below(kInterfaces.size()));
    packet.out_interface = kInterfaces.at(below(kInterfaces.size()));
    packet.source = addresses_.at(below(addresses_.size()));
    do {
      packet.destination = addresses_.at(below(addresses_.size()));
    } while (packet.destination.family != packet.source.family);
    constexpr std::array<std::uint8_t, 6> kProtocols{6, 6, 6, 17, 17, 1};
    packet.protocol = kProtocols.at(below(kProtocols.size()));
    packet.source_port = ports_.at(below(ports_.size()));
    packet.destination_port = ports_.at(below(ports_.size()));
    return packet;
  }

 private:
  void add(const AddressRange& range) {
    const auto family = range.first.family;
    for (const IpAddress& end : {range.first, range.last}) {
      addresses_.push_back(end);
      addresses_.push_back(address_of(number_of(end) + 1, family));
      addresses_.push_back(address_of(number_of(end) - 1, family));
    }
  }

  void add(const NumberRange& range) {
    for (const std::uint32_t end : {range.first, range.last}) {
      for (const std::uint32_t port : {end - 1, end, end + 1}) {
        ports_.push_back(static_cast<std::uint16_t>(port));
      }
    }
  }

  void add(const std::vector<Element>& elements) {
    for (const Element& element : elements) {
      for (const Value& value : element) {
        if (const auto* range = std::get_if<AddressRange>(&value)) {
          add(*range);
        } else if (const auto* number = std::get_if<NumberRange>(&value)) {
          add(*number);
        }
      }
    }
  }

  std::vector<IpAddress> addresses_{IpAddress::v4(0x01020304), IpAddress::v4(0)};
  std::vector<std::uint16_t> ports_;
};

/// A packet as the walk and the policy's words see it.
struct Judged {
  bool needed = false;
  bool ignored = false;
  bool right = false;  // passes, to where the policy wants it
  bool passes = false;
  bool unknown = false;
};

Judged judge(const Policy& policy, const Ruleset& ruleset, const Packet& packet) {
  const auto says = support::PolicyOracle(policy).about(packet);
  const auto walked = explain(ruleset, packet);
  EXPECT_TRUE(walked);
  const bool passes = walked && walked->outcome == Outcome::accepted;
  const IpAddress to =
      passes ? walked->to.destination.value_or(packet.destination) : packet.destination;
  return {says.needed, says.ignored, passes && to == says.destination, passes,
          walked && walked->outcome == Outcome::unknown};
}

void check_witnesses(const Policy& policy, const Ruleset& ruleset, const Proof& proof) {
  for (const Difference& one : proof.missing) {
    const Judged judged = judge(policy, ruleset, one.packet);
    EXPECT_TRUE(judged.needed && !judged.right) << "missing " << to_string(one.packet);
  }
  for (const Difference& one : proof.excess) {
    const Judged judged = judge(policy, ruleset, one.packet);
    EXPECT_TRUE(judged.passes && !(judged.needed && judged.right))
        << "excess " << to_string(one.packet);
  }
}

class Mutation : public testing::TestWithParam<Backend> {};

TEST_P(Mutation, IsFoundOrChangesNothing) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source = support::random_source();
  support::RandomPolicy random(source);
  Mutator mutator(source);
  std::size_t found = 0;
  std::size_t tried = 0;
  std::size_t refused = 0;
  for (std::size_t run = 0; run < support::random_runs(kFull); ++run) {
    Policy policy = random.draw(support::RandomPolicy::Device::stateful);
    refused += support::make_sayable(policy, GetParam()) ? 1 : 0;
    const auto files = GetParam().print(policy);
    ASSERT_TRUE(files) << to_string(files.error().front());
    const std::string text = one_text(*files, PrintedFile::Use::apply);
    auto ruleset = read_ruleset(text, "printed");
    ASSERT_TRUE(ruleset) << to_string(ruleset.error().front());
    const std::string damage = mutator.damage(*ruleset);
    const auto proof = prove(policy, *ruleset);
    if (damage.empty() || !proof) {
      continue;  // a name may be lost with a rule
    }
    SCOPED_TRACE(damage);
    ++tried;
    found += proof->answer == Proof::Answer::differs ? 1 : 0;
    check_witnesses(policy, *ruleset, *proof);
    const Probes probes(policy, *ruleset);
    for (std::size_t i = 0; i < kProbes; ++i) {
      const Packet packet = probes.draw([&](std::size_t end) { return mutator.below(end); });
      const Judged judged = judge(policy, *ruleset, packet);
      if (judged.unknown && !proof->unknown.empty()) {
        continue;  // the proof says so too
      }
      if (proof->missing.empty()) {
        ASSERT_TRUE(!judged.needed || judged.right) << "missed " << to_string(packet);
      }
      if (proof->excess.empty() && !judged.ignored) {
        ASSERT_TRUE(!judged.passes || judged.needed) << "missed " << to_string(packet);
      }
    }
    if (HasFailure()) {
      return;
    }
  }
  RecordProperty("refused", std::to_string(refused));
  EXPECT_GT(found, 0U) << "of " << tried << ": damage that nobody sees proves nothing";
}

INSTANTIATE_TEST_SUITE_P(Backends, Mutation,
                         testing::ValuesIn(backends().begin(), backends().end()),
                         [](const testing::TestParamInfo<Backend>& one) {
                           std::string name(one.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace pinhole::firewall
