// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random rule sets of every construct, over a world so small that their rules meet, and packets of
// that world.

#include <random>
#include <string>

#include "firewall/packet.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::support {

class RandomRules {
 public:
  explicit RandomRules(std::mt19937& source) : source_(&source) {}

  /// `unknowns`: how many of a hundred matches and actions are not understood.
  firewall::Ruleset ruleset(unsigned unknowns) {
    unknowns_ = unknowns;
    firewall::Ruleset result{"random", "random", {}};
    const unsigned tables = 1 + below(2);
    for (unsigned i = 0; i < tables; ++i) {
      result.tables.push_back(table(i));
    }
    return result;
  }

  firewall::Packet packet() {
    firewall::Packet packet;
    packet.in_interface = pick({"", "eth0", "eth1", "eth7", "ppp0"});
    packet.out_interface = pick({"", "eth0", "eth1", "eth7", "ppp0"});
    const bool v4 = below(3) != 0;
    packet.source = address(v4);
    packet.destination = address(v4);
    packet.protocol = protocol();
    packet.source_port = port();
    packet.destination_port = port();
    return packet;
  }

  unsigned below(unsigned end) { return static_cast<unsigned>((*source_)() % end); }

  IpAddress address(bool v4) {
    if (v4) {
      return IpAddress::v4(0x0a000000U + below(8) + (below(4) == 0 ? 0xf5000000U : 0));
    }
    std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8};
    octets[15] = static_cast<std::uint8_t>(below(8));
    return IpAddress::v6(octets);
  }

 private:
  using Field = firewall::Field;

  std::string pick(std::initializer_list<const char*> names) {
    return *(names.begin() + below(static_cast<unsigned>(names.size())));
  }

  std::uint8_t protocol() {
    const std::uint8_t known[] = {1, 6, 17, 58, 47};
    return known[below(5)];
  }

  std::uint16_t port() {
    const std::uint16_t known[] = {0, 1, 2, 134, 135, 136, 49152, 65535};
    return known[below(8)];
  }

  firewall::NumberRange ports() {
    const std::uint32_t a = port();
    const std::uint32_t b = below(2) == 0 ? a : port();
    return {std::min(a, b), std::max(a, b)};
  }

  firewall::AddressRange addresses() {
    const bool v4 = below(3) != 0;
    const IpAddress a = address(v4);
    const IpAddress b = below(3) == 0 ? a : address(v4);
    return {std::min(a, b), std::max(a, b)};
  }

  firewall::Value value(Field field) {
    switch (field) {
      case Field::in_interface:
      case Field::out_interface:
        return below(3) == 0 ? firewall::InterfaceName{pick({"eth", "e", ""}), true}
                             : firewall::InterfaceName{pick({"eth0", "eth1", "lo"}), false};
      case Field::source:
      case Field::destination:
      case Field::original_destination:
        return addresses();
      case Field::family:
        return below(2) == 0 ? firewall::NumberRange{4, 4} : firewall::NumberRange{6, 6};
      case Field::protocol: {
        const std::uint32_t one = protocol();
        return firewall::NumberRange{one, one};
      }
      case Field::source_port:
      case Field::destination_port:
      case Field::original_destination_port:
        return ports();
      case Field::icmp_type:
      case Field::icmp_code: {
        const std::uint32_t one = below(4);
        return firewall::NumberRange{0, one * one * 20};
      }
      case Field::connection_state: {
        const std::uint32_t one = 1U << below(7);
        return firewall::NumberRange{one, one};
      }
      case Field::tcp_flags:
        return firewall::MaskedNumber{23, below(3)};
      case Field::translated:
        break;
    }
    return firewall::NumberRange{1, 1};
  }

  Field field() { return static_cast<Field>(below(15)); }

  std::vector<Field> fields() {
    std::vector<Field> result{field()};
    while (below(3) == 0) {
      result.push_back(field());
    }
    return result;
  }

  firewall::Element element(const std::vector<Field>& fields) {
    firewall::Element result;
    for (const Field one : fields) {
      result.push_back(value(one));
    }
    return result;
  }

  std::vector<firewall::Element> elements(const std::vector<Field>& fields) {
    std::vector<firewall::Element> result;
    for (unsigned i = below(4); i < 4; ++i) {
      result.push_back(element(fields));
    }
    return result;
  }

  template <class To, class Make>
  std::vector<firewall::MapEntry<To>> entries(const std::vector<Field>& fields, Make make) {
    std::vector<firewall::MapEntry<To>> result;
    for (firewall::Element& key : elements(fields)) {
      result.push_back({std::move(key), make()});
    }
    return result;
  }

  firewall::Verdict verdict(unsigned chain) {
    using Kind = firewall::Verdict::Kind;
    const auto kind = static_cast<Kind>(below(7));
    if (kind != Kind::jump && kind != Kind::go_to) {
      return {kind, ""};
    }
    // Only forwards: a chain of a higher number, so that there is no circle.
    return chain + 1 < kChains
               ? firewall::Verdict{kind, name(chain + 1 + below(kChains - chain - 1))}
               : firewall::Verdict{Kind::accept, ""};
  }

  firewall::NatTarget target() {
    firewall::NatTarget result;
    if (below(4) != 0) {
      const IpAddress one = address(true);
      result.address = firewall::AddressRange{one, one};
      if (below(100) < unknowns_) {
        result.address = addresses();
      }
    }
    if (!result.address || below(2) == 0) {
      const std::uint32_t one = port();
      result.ports = firewall::NumberRange{one, one};
    }
    return result;
  }

  firewall::Action action(unsigned chain) {
    if (below(100) < unknowns_) {
      return firewall::UnknownAction{"queue"};
    }
    switch (below(chain == 0 ? 9 : 7)) {
      case 5:
        return firewall::NoTrack{};
      case 6: {
        const auto keys = fields();
        if (below(2) == 0) {
          return firewall::Lookup<firewall::Verdict>{{verdict_fields_}, {}, "verdicts"};
        }
        return firewall::Lookup<firewall::Verdict>{
            keys, entries<firewall::Verdict>(keys, [this, chain] { return verdict(chain); }), ""};
      }
      case 7:
        return firewall::Nat{firewall::Nat::Kind::dnat, target(), std::nullopt};
      case 8: {
        firewall::Nat nat{static_cast<firewall::Nat::Kind>(below(4)), {}, std::nullopt};
        const auto keys = fields();
        nat.by = firewall::Lookup<firewall::NatTarget>{
            keys, entries<firewall::NatTarget>(keys, [this] { return target(); }), ""};
        return nat;
      }
      default:
        return verdict(chain);
    }
  }

  firewall::Match match() {
    firewall::Match match;
    if (below(100) < unknowns_) {
      match.unknown = "mark 1";
      return match;
    }
    if (below(5) == 0) {
      match.fields = set_fields_;
      match.set = "members";
    } else {
      match.fields = fields();
      match.elements = elements(match.fields);
    }
    match.negated = below(3) == 0;
    return match;
  }

  firewall::RulesetRule rule(unsigned chain) {
    firewall::RulesetRule rule;
    rule.line = ++line_;
    rule.text = "rule " + std::to_string(line_);
    for (unsigned i = below(4); i > 0; --i) {
      rule.matches.push_back(match());
    }
    for (unsigned i = below(8) == 0 ? 2 : 1; i > 0; --i) {
      rule.actions.push_back(action(chain));
    }
    return rule;
  }

  static std::string name(unsigned chain) { return "chain" + std::to_string(chain); }

  firewall::Table table(unsigned number) {
    firewall::Table table;
    table.name = "table" + std::to_string(number);
    table.family = static_cast<firewall::TableFamily>(below(4) == 0 ? below(2) : 2);
    set_fields_ = fields();
    table.sets.push_back({"members", set_fields_, elements(set_fields_), below(100) < unknowns_});
    verdict_fields_ = fields();
    table.verdict_maps.push_back(
        {"verdicts",
         entries<firewall::Verdict>(verdict_fields_, [this] { return verdict(kChains - 1); }),
         below(100) < unknowns_});
    for (unsigned i = 0; i < kChains; ++i) {
      firewall::Chain chain;
      chain.name = name(i);
      if (i < 2 || below(4) == 0) {
        chain.hook = static_cast<firewall::Hook>(i < 2 ? 1 + i : below(4));
        chain.priority = static_cast<std::int32_t>(below(3)) * 100 - 100;
        chain.accept_at_end = below(3) != 0;
        chain.device = below(8) == 0 ? "eth0" : "";
      }
      for (unsigned r = below(6); r < 6; ++r) {
        chain.rules.push_back(rule(i == 0 ? 0 : i));
      }
      table.chains.push_back(std::move(chain));
    }
    return table;
  }

  static constexpr unsigned kChains = 6;

  std::mt19937* source_;
  unsigned unknowns_ = 0;
  std::uint32_t line_ = 0;
  std::vector<Field> set_fields_;
  std::vector<Field> verdict_fields_;
};

}  // namespace pinhole::support
