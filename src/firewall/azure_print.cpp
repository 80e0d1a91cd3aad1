// SPDX-License-Identifier: Apache-2.0
#include "firewall/azure_print.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "firewall/flat_rules.hpp"

namespace pinhole::firewall {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBackend = "azure-nsg";
constexpr std::size_t kMostRules = 1000;      // of one group
constexpr std::size_t kMostValues = 1000;     // Azure: 4000 addresses or port ranges in a rule
constexpr std::size_t kLongestComment = 140;  // of a description
constexpr int kFirstPriority = 100;
constexpr int kLastPriority = 4096;

/// A text that begins with a bracket would be an expression to Azure Resource Manager.
std::string literal(const std::string& text) {
  return text.starts_with('[') ? "[" + text : text;
}

std::string_view protocol_word(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "Tcp";
    case Protocol::udp:
      return "Udp";
    case Protocol::icmp:
      return "Icmp";
    case Protocol::icmpv6:
      break;
  }
  return "";
}

using Texts = std::vector<std::string>;

/// As many texts in each part as a rule may hold.
std::vector<Texts> parts_of(const Texts& texts) {
  std::vector<Texts> parts;
  for (std::size_t at = 0; at < texts.size(); at += kMostValues) {
    const auto begin = texts.begin() + static_cast<std::ptrdiff_t>(at);
    const auto size = std::min(kMostValues, texts.size() - at);
    parts.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(size));
  }
  return parts;
}

Texts address_texts(const std::vector<IpPrefix>& prefixes) {
  Texts texts;
  texts.reserve(prefixes.size());
  for (const IpPrefix& prefix : prefixes) {
    texts.push_back(to_string(prefix));
  }
  return texts;
}

std::vector<Texts> port_parts(const PortSet& ports) {
  auto parts = parts_of(texts_of(ports));
  return parts.empty() ? std::vector<Texts>{{"*"}} : parts;
}

/// The rules of the group, numbered as they come.
class Rules {
 public:
  void add(std::string_view access, std::string_view protocol, const Texts& sources,
           const Texts& source_ports, const Texts& destinations, const Texts& ports,
           std::string description) {
    const bool last = access == "Deny";
    const int priority = last ? kLastPriority : kFirstPriority + static_cast<int>(rules_.size());
    Json properties = {{"description", literal(std::move(description))},
                       {"priority", priority},
                       {"direction", "Inbound"},
                       {"access", access},
                       {"protocol", protocol}};
    const auto put = [&](std::string_view one, std::string_view several, const Texts& values) {
      if (values.size() == 1) {
        properties[std::string(one)] = values.front();
      } else {
        properties[std::string(several)] = values;
      }
    };
    put("sourceAddressPrefix", "sourceAddressPrefixes", sources);
    put("sourcePortRange", "sourcePortRanges", source_ports);
    put("destinationAddressPrefix", "destinationAddressPrefixes", destinations);
    put("destinationPortRange", "destinationPortRanges", ports);
    rules_.push_back(
        {{"name", fmt::format("pinhole-{}", priority)}, {"properties", std::move(properties)}});
  }

  void add(const FlatRule& rule) {
    const std::string description = comment_of(*rule.reasons, kLongestComment);
    for (const Texts& sources : parts_of(address_texts(rule.sources))) {
      for (const Texts& destinations : parts_of(address_texts(rule.destinations))) {
        for (const Texts& source_ports : port_parts(rule.source_ports)) {
          for (const Texts& ports : port_parts(rule.ports)) {
            add("Allow", protocol_word(rule.protocol), sources, source_ports, destinations, ports,
                description);
          }
        }
      }
    }
  }

  /// Within a zone nothing is the policy's to deny. A zone of all addresses would open all.
  void add_zone(const Policy& policy, ZoneIndex zone) {
    for (const Family family : kFamilies) {
      const auto own = of_family(policy.zones[zone].networks, family);
      if (is_whole(own)) {
        continue;
      }
      for (const Texts& sources : parts_of(address_texts(own))) {
        for (const Texts& destinations : parts_of(address_texts(own))) {
          add("Allow", "*", sources, {"*"}, destinations, {"*"},
              clean_text("within zone " + policy.zones[zone].name, kLongestComment));
        }
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return rules_.size(); }
  Json take() { return std::move(rules_); }

 private:
  Json rules_ = Json::array();
};

std::string template_text(const Policy& policy, Json rules) {
  const std::string title = clean_text(policy.title, 200);
  const Json document = {
      {"$schema",
       "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"},
      {"contentVersion", "1.0.0.0"},
      {"resources",
       {{{"type", "Microsoft.Network/networkSecurityGroups"},
         {"apiVersion", "2023-09-01"},
         {"name", "pinhole"},
         {"location", "[resourceGroup().location]"},
         {"tags", {{"plan", literal(title)}}},
         {"properties", {{"securityRules", std::move(rules)}}}}}}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Checked<AzureTexts> print_azure(const Policy& policy) {
  Diagnostics refused = refusals_at_hosts(policy, kBackend, "a network security group");
  if (std::ranges::find(policy.rules, Protocol::icmpv6, &Rule::protocol) != policy.rules.end()) {
    refused.push_back(refusal_by(kBackend, "firewall-icmpv6",
                                 "a network security group has no rules for ICMPv6",
                                 "leave ICMPv6 out of what is compiled for Azure"));
  }
  if (!refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  Rules rules;
  for (const FlatRule& rule : flat_rules_of(policy)) {
    rules.add(rule);
  }
  for (ZoneIndex zone = 0; zone < policy.zones.size(); ++zone) {
    rules.add_zone(policy, zone);
  }
  if (rules.size() >= kMostRules) {
    return failure(
        refusal_by(kBackend, "firewall-too-many-rules",
                   fmt::format("{} rules do not fit into a network security group, which holds {}",
                               rules.size() + 1, kMostRules),
                   "plan fewer servers at once, and compile a group for each part"));
  }
  rules.add("Deny", "*", {"*"}, {"*"}, {"*"}, {"*"},
            policy.log_denied ? "no flow of the plan; flow logs of the virtual network show it"
                              : "no flow of the plan");
  return AzureTexts{.apply = template_text(policy, rules.take()),
                    .undo = template_text(policy, Json::array())};
}

}  // namespace pinhole::firewall
