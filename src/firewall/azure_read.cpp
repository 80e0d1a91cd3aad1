// SPDX-License-Identifier: Apache-2.0
#include "firewall/azure_read.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/json_lines.hpp"
#include "firewall/reading.hpp"
#include "firewall/value_lists.hpp"

namespace pinhole::firewall {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const json& at, std::string message) {
  throw Stop{"azure-nsg-syntax", std::max(line_of(at), 1U), std::move(message),
             "give what `az network nsg show` prints, or a template with one group"};
}

/// PowerShell writes the first letter of a name in upper case.
const json& value(const json& object, std::string_view key) {
  const json& found = member(object, key);
  if (!found.is_null() || key.empty()) {
    return found;
  }
  std::string upper(key);
  upper[0] = static_cast<char>(upper[0] - 'a' + 'A');
  return member(object, upper);
}

/// A property of a rule or group, which the REST interface keeps in an object of their own.
const json& property(const json& object, std::string_view key) {
  const json& direct = value(object, key);
  return direct.is_null() ? value(value(object, "properties"), key) : direct;
}

/// `sourceAddressPrefix` and `sourceAddressPrefixes` together; none where one of them is any.
std::vector<std::string> list_of(const json& rule, std::string_view one, std::string_view several) {
  std::vector<std::string> all = texts_of_items(property(rule, several));
  for (std::string& text : texts_of_items(property(rule, one))) {
    all.push_back(std::move(text));
  }
  // What is not set may be an empty text.
  std::erase(all, std::string());
  const bool any = std::ranges::any_of(
      all, [](const std::string& text) { return text == "*" || same_word(text, "any"); });
  return any ? std::vector<std::string>() : all;
}

struct Protocols {
  std::vector<std::uint32_t> numbers;  // empty: any
  bool known = true;
};

Protocols protocols_of(const std::string& word) {
  static constexpr std::pair<std::string_view, std::uint32_t> kNames[] = {
      {"Tcp", 6}, {"Udp", 17}, {"Icmp", 1}, {"IcmpV6", 58}, {"Esp", 50}, {"Ah", 51}};
  for (const auto& [name, number] : kNames) {
    if (same_word(word, name)) {
      return {{number}, true};
    }
  }
  return {{}, word == "*" || same_word(word, "any")};
}

/// One rule of a group, in parts of a text that no packet has yet met.
struct GroupRule {
  const json* from = nullptr;
  std::uint32_t line = 0;
  std::uint64_t priority = 0;
  bool inbound = true;
};

class Reader {
 public:
  explicit Reader(const json& document) : group_(find_group(document)) {}

  std::vector<Table> read() {
    table_.name = scalar_text(value(*group_, "name"));
    table_.name = table_.name.empty() ? "group" : table_.name;
    table_.chains.resize(2);
    table_.chains[0].name = "inbound";
    table_.chains[0].hook = Hook::forward;
    table_.chains[1].name = "outbound";
    for (Chain& chain : table_.chains) {
      chain.accept_at_end = false;
      chain.line = std::max(line_of(*group_), 1U);
    }
    collect();
    std::ranges::sort(rules_, {},
                      [](const GroupRule& rule) { return std::pair(rule.priority, rule.line); });
    for (const GroupRule& rule : rules_) {
      add(rule);
    }
    if (property(*group_, "defaultSecurityRules").is_null()) {
      add_defaults();
    }
    std::vector<Table> tables;
    tables.push_back(std::move(table_));
    return tables;
  }

 private:
  static bool is_group(const json& object) {
    return object.is_object() && (!property(object, "securityRules").is_null() ||
                                  !property(object, "defaultSecurityRules").is_null());
  }

  const json* find_group(const json& document) {
    std::vector<const json*> groups;
    std::vector<const json*> places = items_of(document);
    for (const json* each : items_of(value(document, "resources"))) {
      places.push_back(each);
      const std::string type = scalar_text(member(*each, "type"));
      if (same_word(type, "Microsoft.Network/networkSecurityGroups/securityRules")) {
        apart_.push_back(each);
      }
    }
    places.push_back(&member(document, "NewNSG"));
    for (const json* each : places) {
      if (is_group(*each)) {
        groups.push_back(each);
      }
    }
    if (groups.empty()) {
      refuse(document, "no network security group is in this text");
    }
    if (groups.size() > 1) {
      refuse(*groups[1],
             "several network security groups are in this text, and which of them a "
             "packet meets depends on its subnet");
    }
    return groups.front();
  }

  void collect() {
    for (const std::string_view list : {"securityRules", "defaultSecurityRules"}) {
      for (const json* each : items_of(property(*group_, list))) {
        collect(*each);
      }
    }
    for (const json* each : apart_) {
      collect(*each);
    }
  }

  void collect(const json& rule) {
    const std::string direction = scalar_text(property(rule, "direction"));
    const std::string access = scalar_text(property(rule, "access"));
    const auto priority = parse_decimal(scalar_text(property(rule, "priority")), 0, 1'000'000);
    const bool known = (same_word(direction, "Inbound") || same_word(direction, "Outbound")) &&
                       (same_word(access, "Allow") || same_word(access, "Deny")) && priority;
    if (!known) {
      refuse(rule, "a rule has no direction, access or priority that is one");
    }
    rules_.push_back(
        {&rule, std::max(line_of(rule), 1U), *priority, same_word(direction, "Inbound")});
  }

  void add(const GroupRule& rule) {
    const json& from = *rule.from;
    made_ = {};
    made_.line = rule.line;
    made_.text = text_of(rule);
    add_addresses(Field::source, list_of(from, "sourceAddressPrefix", "sourceAddressPrefixes"));
    add_addresses(Field::destination,
                  list_of(from, "destinationAddressPrefix", "destinationAddressPrefixes"));
    add_groups(from, "sourceApplicationSecurityGroups");
    add_groups(from, "destinationApplicationSecurityGroups");
    made_.actions.emplace_back(Verdict{same_word(scalar_text(property(from, "access")), "Allow")
                                           ? Verdict::Kind::accept
                                           : Verdict::Kind::drop,
                                       {}});
    add_services(from, table_.chains[rule.inbound ? 0 : 1]);
  }

  void add_addresses(Field field, const std::vector<std::string>& texts) {
    if (!texts.empty()) {
      made_.matches.push_back(match_of_list(table_, field, texts, address_value));
    }
  }

  void add_groups(const json& from, std::string_view key) {
    if (!items_of(property(from, key)).empty()) {
      made_.matches.push_back(unknown_match(std::string(key)));
    }
  }

  /// Protocol and ports; the rule goes into its chain, in two parts where only packets with ports
  /// are sure.
  void add_services(const json& from, Chain& chain) {
    const std::string word = scalar_text(property(from, "protocol"));
    Protocols protocols = protocols_of(word);
    const auto source_ports = list_of(from, "sourcePortRange", "sourcePortRanges");
    const auto ports = list_of(from, "destinationPortRange", "destinationPortRanges");
    const bool any_port = source_ports.empty() && ports.empty();
    if (!protocols.known) {
      made_.matches.push_back(unknown_match("protocol " + word));
    }
    const bool with_ports = protocols.numbers == std::vector<std::uint32_t>{6} ||
                            protocols.numbers == std::vector<std::uint32_t>{17};
    if (!any_port && !with_ports) {
      RulesetRule others = made_;
      Match no_ports = protocol_match({6, 17});
      no_ports.negated = true;
      others.matches.push_back(std::move(no_ports));
      if (!protocols.numbers.empty()) {
        others.matches.push_back(protocol_match(protocols.numbers));
      }
      others.matches.push_back(unknown_match("ports of protocol " + word));
      chain.rules.push_back(std::move(others));
      made_.matches.push_back(protocol_match({6, 17}));
    }
    if (!protocols.numbers.empty()) {
      made_.matches.push_back(protocol_match(protocols.numbers));
    }
    if (!source_ports.empty()) {
      made_.matches.push_back(match_of_list(table_, Field::source_port, source_ports, port_value));
    }
    if (!ports.empty()) {
      made_.matches.push_back(match_of_list(table_, Field::destination_port, ports, port_value));
    }
    chain.rules.push_back(std::move(made_));
  }

  static Match protocol_match(const std::vector<std::uint32_t>& numbers) {
    Match match;
    match.fields = {Field::protocol};
    for (const std::uint32_t number : numbers) {
      match.elements.push_back({NumberRange{number, number}});
    }
    return match;
  }

  static std::string text_of(const GroupRule& rule) {
    const json& from = *rule.from;
    const auto some = [&](std::string_view one, std::string_view several) {
      const auto all = list_of(from, one, several);
      return all.empty() ? std::string("*") : fmt::format("{}", fmt::join(all, ","));
    };
    return fmt::format("{} {} {} {} from {} port {} to {} port {}", rule.priority,
                       scalar_text(value(from, "name")), scalar_text(property(from, "access")),
                       scalar_text(property(from, "protocol")),
                       some("sourceAddressPrefix", "sourceAddressPrefixes"),
                       some("sourcePortRange", "sourcePortRanges"),
                       some("destinationAddressPrefix", "destinationAddressPrefixes"),
                       some("destinationPortRange", "destinationPortRanges"));
  }

  /// What Azure adds to every group: 65000, 65001 and 65500.
  void add_defaults() {
    const auto add_default = [&](std::size_t chain, std::string text, const char* from,
                                 const char* to, Verdict::Kind kind) {
      RulesetRule rule;
      rule.line = table_.chains[chain].line;
      rule.text = std::move(text);
      if (from != nullptr) {
        rule.matches.push_back(match_of_list(table_, Field::source, {from}, address_value));
      }
      if (to != nullptr) {
        rule.matches.push_back(match_of_list(table_, Field::destination, {to}, address_value));
      }
      rule.actions.emplace_back(Verdict{kind, {}});
      table_.chains[chain].rules.push_back(std::move(rule));
    };
    constexpr auto kAccept = Verdict::Kind::accept;
    constexpr auto kDrop = Verdict::Kind::drop;
    add_default(0, "65000 AllowVnetInBound", "VirtualNetwork", "VirtualNetwork", kAccept);
    add_default(0, "65001 AllowAzureLoadBalancerInBound", "AzureLoadBalancer", nullptr, kAccept);
    add_default(0, "65500 DenyAllInBound", nullptr, nullptr, kDrop);
    add_default(1, "65000 AllowVnetOutBound", "VirtualNetwork", "VirtualNetwork", kAccept);
    add_default(1, "65001 AllowInternetOutBound", nullptr, "Internet", kAccept);
    add_default(1, "65500 DenyAllOutBound", nullptr, nullptr, kDrop);
  }

  std::vector<const json*> apart_;  // rules of a template that are resources of their own
  const json* group_;
  Table table_;
  std::vector<GroupRule> rules_;
  RulesetRule made_;
};

}  // namespace

bool is_azure(std::string_view text) {
  text.remove_prefix(text.starts_with("\xef\xbb\xbf") ? 3 : 0);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) {
    return false;
  }
  static constexpr std::string_view kMarks[] = {"\"securityRules\"", "\"SecurityRules\"",
                                                "\"defaultSecurityRules\"",
                                                "\"DefaultSecurityRules\""};
  return std::ranges::any_of(
      kMarks, [&](std::string_view mark) { return text.find(mark) != std::string_view::npos; });
}

Checked<Ruleset> read_azure(std::string_view text, const std::string& name) {
  return read_tables(name, "azure-nsg", [&] {
    const auto document = parse_with_lines(text);
    if (!document) {
      refuse(json(), "this is no JSON");
    }
    return Reader(*document).read();
  });
}

}  // namespace pinhole::firewall
