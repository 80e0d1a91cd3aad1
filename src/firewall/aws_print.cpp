// SPDX-License-Identifier: Apache-2.0
#include "firewall/aws_print.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "firewall/address_number.hpp"
#include "firewall/flat_rules.hpp"

namespace pinhole::firewall {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBackend = "aws-security-groups";
constexpr std::size_t kLongestComment = 250;  // AWS: 255

/// AWS takes few characters in descriptions; `>`, which flows have in their names, is none of them.
std::string description_of(std::string_view text) {
  std::string result = clean_text(text, kLongestComment);
  for (char& c : result) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view(" ._-:/()#,@+=&;*!").find(c) != std::string_view::npos;
    c = plain ? c : c == '>' ? '/' : '_';
  }
  return result;
}

bool is_host(const IpPrefix& prefix) {
  return prefix.length == (prefix.address.is_v4() ? 32 : 128);
}

std::string name_of(const IpAddress& address) {
  std::string name = to_string(address);
  std::ranges::replace_if(name, [](char c) { return c == '.' || c == ':'; }, '_');
  return "pinhole_" + name;
}

std::string_view protocol_word(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "tcp";
    case Protocol::udp:
      return "udp";
    case Protocol::icmp:
      return "icmp";
    case Protocol::icmpv6:
      return "icmpv6";
  }
  return "";
}

std::string id_of(std::string_view group) {
  return fmt::format("${{aws_security_group.{}.id}}", group);
}

class Configuration {
 public:
  explicit Configuration(const Policy& policy) : policy_(policy), rules_(flat_rules_of(policy)) {}

  std::string text() {
    std::map<IpAddress, std::set<std::size_t>> rules_of;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      // Hosts beside each other were joined.
      for (const IpPrefix& hosts : rules_[i].destinations) {
        const AddressRange range = range_of(hosts);
        for (U128 host = number_of(range.first); host <= number_of(range.last); ++host) {
          rules_of[address_of(host, range.first.family)].insert(i);
        }
      }
    }
    std::map<std::set<std::size_t>, std::vector<IpAddress>> groups;
    for (auto& [host, rules] : rules_of) {
      groups[std::move(rules)].push_back(host);
    }
    for (const auto& [rules, hosts] : groups) {
      add_group(rules, hosts);
    }
    Json document = {{"//", title()}, {"resource", {{"aws_security_group", Json::object()}}}};
    if (!groups.empty()) {
      document["variable"] = {
          {"pinhole_vpc_id", {{"type", "string"}, {"description", "The VPC of the servers"}}}};
      document["data"] = {{"aws_network_interface", std::move(interfaces_)}};
      document["resource"] = {{"aws_security_group", std::move(groups_)},
                              {"aws_vpc_security_group_ingress_rule", std::move(ingress_)},
                              {"aws_network_interface_sg_attachment", std::move(attachments_)}};
    }
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  [[nodiscard]] std::string title() const {
    return description_of(policy_.title) +
           (policy_.log_denied ? "; VPC flow logs show what is denied" : "");
  }

  void add_group(const std::set<std::size_t>& rules, const std::vector<IpAddress>& hosts) {
    const std::size_t number = groups_.size() + 1;
    const std::string group = fmt::format("pinhole_{}", number);
    groups_[group] = {{"name", fmt::format("pinhole-{}", number)},
                      {"description", description_of(policy_.title)},
                      {"vpc_id", "${var.pinhole_vpc_id}"}};
    std::size_t last = 0;
    for (const std::size_t rule : rules) {
      add_rule(group, rules_[rule], last);
    }
    for (const IpAddress& host : hosts) {
      const std::string name = name_of(host);
      const std::string_view filter =
          host.is_v4() ? "addresses.private-ip-address" : "ipv6-addresses.ipv6-address";
      interfaces_[name] = {{"filter", Json::array({{{"name", filter},
                                                    {"values", Json::array({to_string(host)})}}})}};
      attachments_[name] = {
          {"security_group_id", id_of(group)},
          {"network_interface_id", fmt::format("${{data.aws_network_interface.{}.id}}", name)}};
    }
  }

  /// One resource for each network and range of ports: AWS knows no lists.
  void add_rule(const std::string& group, const FlatRule& rule, std::size_t& last) {
    const bool icmp = rule.protocol == Protocol::icmp || rule.protocol == Protocol::icmpv6;
    const PortSet ports = rule.ports.empty() ? PortSet({0, 65535}) : rule.ports;
    for (const IpPrefix& source : rule.sources) {
      for (const PortRange& range : ports.ranges()) {
        ingress_[fmt::format("{}_{}", group, ++last)] = {
            {"security_group_id", id_of(group)},
            {source.address.is_v4() ? "cidr_ipv4" : "cidr_ipv6", to_string(source)},
            {"ip_protocol", protocol_word(rule.protocol)},
            {"from_port", icmp ? -1 : int{range.first}},
            {"to_port", icmp ? -1 : int{range.last}},
            {"description", description_of(comment_of(*rule.reasons, kLongestComment))}};
      }
    }
  }

  const Policy& policy_;
  std::vector<FlatRule> rules_;
  Json interfaces_ = Json::object();
  Json groups_ = Json::object();
  Json ingress_ = Json::object();
  Json attachments_ = Json::object();
};

Diagnostics refusals(const Policy& policy) {
  Diagnostics found = refusals_at_hosts(policy, kBackend, "a security group");
  if (!found.empty()) {
    return found;
  }
  for (const Rule& rule : policy.rules) {
    const std::string name = comment_of(rule.reasons, 80);
    if (!any_port(rule.source_ports)) {
      found.push_back(refusal_by(kBackend, "firewall-source-ports",
                                 "a security group knows no source ports: " + name,
                                 "leave the source ports out, or filter them on the host"));
    }
    const auto network = std::ranges::find_if_not(rule.destinations, is_host);
    if (network != rule.destinations.end()) {
      found.push_back(refusal_by(
          kBackend, "firewall-destination-network",
          fmt::format("a security group is attached to the interfaces of hosts, and {} is a "
                      "network: {}",
                      to_string(*network), name),
          "give the hosts' own addresses, or leave to the clients' side what goes to them"));
    }
  }
  return found;
}

}  // namespace

Checked<AwsTexts> print_aws(const Policy& policy) {
  if (Diagnostics refused = refusals(policy); !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  return AwsTexts{.apply = Configuration(policy).text(),
                  .undo = "{\n  \"//\": \"Without resources: what was applied is destroyed\"\n}\n"};
}

}  // namespace pinhole::firewall
