// SPDX-License-Identifier: Apache-2.0
#include "firewall/aws_read.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "firewall/aws_groups.hpp"
#include "firewall/json_lines.hpp"
#include "firewall/reading.hpp"
#include "firewall/value_lists.hpp"

namespace pinhole::firewall {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

[[noreturn]] void refuse(std::string message) {
  throw Stop{"aws-security-groups-syntax", 1, std::move(message),
             "give a *.tf.json, or what `aws ec2 describe-security-groups` and "
             "`describe-network-interfaces` print, joined by `jq -s add`"};
}

std::uint32_t line_at(const json& object) {
  return std::max(line_of(object), 1U);
}

/// `aws_security_group.web` of `${aws_security_group.web.id}`; an id as it is.
std::string reference(std::string text) {
  if (text.starts_with("${") && text.ends_with('}')) {
    text = text.substr(2, text.size() - 3);
  }
  return text.ends_with(".id") ? text.substr(0, text.size() - 3) : text;
}

void append(Texts& all, Texts more) {
  std::ranges::move(more, std::back_inserter(all));
}

/// A reader of a Terraform configuration in JSON.
class Terraform {
 public:
  explicit Terraform(AwsGroups& groups) : groups_(groups) {}

  void read(const json& document) {
    if (!member(document, "module").is_null()) {
      groups_.add_unknown("module", line_at(document));
    }
    each_block(member(document, "data"),
               [&](const std::string& type, const std::string& name, const json& block) {
                 if (type == "aws_network_interface") {
                   interfaces_["data." + type + "." + name] = filtered(block);
                 }
               });
    const json& resources = member(document, "resource");
    each_block(resources, [&](const std::string& type, const std::string& name, const json& block) {
      if (type == "aws_security_group" || type == "aws_default_security_group") {
        group(type + "." + name, block);
      } else if (type == "aws_network_interface") {
        interfaces_[type + "." + name] = addresses(block);
      }
    });
    each_block(resources, [&](const std::string& type, const std::string& name, const json& block) {
      resource(type, type + "." + name, block);
    });
  }

 private:
  /// Blocks of one type and name may be one object or an array of them; so may all that is above.
  template <class Use>
  static void each_block(const json& all, Use use) {
    for (const json* types : items_of(all)) {
      for (const auto& [type, names] : members_of(*types)) {
        for (const json* some : items_of(*names)) {
          for (const auto& [name, blocks] : members_of(*some)) {
            for (const json* block : items_of(*blocks)) {
              use(type, name, *block);
            }
          }
        }
      }
    }
  }

  static std::vector<std::pair<std::string, const json*>> members_of(const json& object) {
    std::vector<std::pair<std::string, const json*>> members;
    if (object.is_object()) {
      for (const auto& [key, value] : object.items()) {
        if (value.is_structured()) {
          members.emplace_back(key, &value);
        }
      }
    }
    return members;
  }

  static Texts addresses(const json& block) {
    Texts all;
    for (const std::string_view key : {"private_ip", "private_ips", "private_ip_list",
                                       "ipv6_address", "ipv6_addresses", "ipv6_address_list"}) {
      append(all, texts_of_items(member(block, key)));
    }
    return all;
  }

  /// What a data source asks for says what it finds; another filter may find anything.
  static Texts filtered(const json& block) {
    Texts all = texts_of_items(member(block, "private_ip"));
    const auto filters = items_of(member(block, "filter"));
    for (const json* filter : filters) {
      const std::string name = scalar_text(member(*filter, "name"));
      if (name == "addresses.private-ip-address" || name == "private-ip-address" ||
          name == "ipv6-addresses.ipv6-address") {
        append(all, texts_of_items(member(*filter, "values")));
      }
    }
    return all;
  }

  void group(const std::string& id, const json& block) {
    groups_.add_group(id, line_at(block));
    add_inline(id, member(block, "ingress"), true);
    add_inline(id, member(block, "egress"), false);
    if (!member(block, "dynamic").is_null() || !member(block, "count").is_null() ||
        !member(block, "for_each").is_null()) {
      groups_.add_unknown("rules of " + id + " that are made by dynamic, count or for_each",
                          line_at(block));
    }
  }

  void add_inline(const std::string& id, const json& rules, bool ingress) {
    if (rules.is_string()) {
      groups_.add_unknown("rules of " + id + ": " + scalar_text(rules), 1);
      return;
    }
    for (const json* each : items_of(rules)) {
      AwsRule rule = rule_of(*each);
      rule.group = id;
      rule.ingress = ingress;
      groups_.add(std::move(rule));
    }
  }

  /// The members that inline blocks and both kinds of rule resources have between them.
  static AwsRule rule_of(const json& block) {
    AwsRule rule;
    rule.line = line_at(block);
    rule.group = reference(scalar_text(member(block, "security_group_id")));
    rule.protocol =
        scalar_text(member(block, "protocol")) + scalar_text(member(block, "ip_protocol"));
    rule.from = scalar_text(member(block, "from_port"));
    rule.to = scalar_text(member(block, "to_port"));
    for (const std::string_view key :
         {"cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"}) {
      append(rule.networks, texts_of_items(member(block, key)));
    }
    for (const std::string_view key :
         {"security_groups", "source_security_group_id", "referenced_security_group_id"}) {
      for (std::string& text : texts_of_items(member(block, key))) {
        rule.groups.push_back(reference(std::move(text)));
      }
    }
    for (const std::string_view key : {"prefix_list_ids", "prefix_list_id"}) {
      append(rule.unknown, texts_of_items(member(block, key)));
    }
    for (const std::string_view key : {"count", "for_each"}) {
      if (!member(block, key).is_null()) {
        rule.conditions.emplace_back(key);
      }
    }
    const json& self = member(block, "self");
    if (self == json(true)) {
      rule.unknown.emplace_back("self");
    } else if (self.is_string()) {
      rule.unknown.push_back(scalar_text(self));
    }
    return rule;
  }

  void resource(const std::string& type, const std::string& id, const json& block) {
    if (type == "aws_vpc_security_group_ingress_rule" ||
        type == "aws_vpc_security_group_egress_rule" || type == "aws_security_group_rule") {
      AwsRule rule = rule_of(block);
      const std::string direction = scalar_text(member(block, "type"));
      rule.ingress = type == "aws_security_group_rule" ? direction != "egress"
                                                       : type.find("ingress") != std::string::npos;
      if (type == "aws_security_group_rule" && direction != "ingress" && direction != "egress") {
        rule.conditions.push_back("type " + direction);
      }
      groups_.add(std::move(rule));
    } else if (type == "aws_network_interface_sg_attachment") {
      const auto found =
          interfaces_.find(reference(scalar_text(member(block, "network_interface_id"))));
      const bool known = found != interfaces_.end() && member(block, "count").is_null() &&
                         member(block, "for_each").is_null();
      groups_.attach(reference(scalar_text(member(block, "security_group_id"))),
                     known ? found->second : Texts());
    } else if (type != "aws_security_group" && type != "aws_default_security_group") {
      const auto interface = interfaces_.find(id);
      const Texts held = interface != interfaces_.end() ? interface->second : addresses(block);
      for (const std::string_view key :
           {"security_groups", "vpc_security_group_ids", "security_group_ids"}) {
        for (std::string& text : texts_of_items(member(block, key))) {
          groups_.attach(reference(std::move(text)), held);
        }
      }
    }
  }

  AwsGroups& groups_;
  std::map<std::string, Texts> interfaces_;
};

/// What the AWS CLI prints.
class Described {
 public:
  explicit Described(AwsGroups& groups) : groups_(groups) {}

  void read(const json& document) {
    for (const json* group : items_of(member(document, "SecurityGroups"))) {
      const std::string id = scalar_text(member(*group, "GroupId"));
      groups_.add_group(id, line_at(*group));
      for (const json* each : items_of(member(*group, "IpPermissions"))) {
        add(id, *each, true);
      }
      for (const json* each : items_of(member(*group, "IpPermissionsEgress"))) {
        add(id, *each, false);
      }
    }
    for (const json* interface : items_of(member(document, "NetworkInterfaces"))) {
      attach(*interface);
    }
  }

 private:
  static Texts each(const json& list, std::string_view key) {
    Texts all;
    for (const json* item : items_of(list)) {
      all.push_back(scalar_text(member(*item, key)));
    }
    return all;
  }

  void add(const std::string& id, const json& permission, bool ingress) {
    AwsRule rule;
    rule.line = line_at(permission);
    rule.group = id;
    rule.ingress = ingress;
    rule.protocol = scalar_text(member(permission, "IpProtocol"));
    rule.from = scalar_text(member(permission, "FromPort"));
    rule.to = scalar_text(member(permission, "ToPort"));
    rule.networks = each(member(permission, "IpRanges"), "CidrIp");
    append(rule.networks, each(member(permission, "Ipv6Ranges"), "CidrIpv6"));
    rule.groups = each(member(permission, "UserIdGroupPairs"), "GroupId");
    rule.unknown = each(member(permission, "PrefixListIds"), "PrefixListId");
    groups_.add(std::move(rule));
  }

  void attach(const json& interface) {
    Texts addresses = each(member(interface, "PrivateIpAddresses"), "PrivateIpAddress");
    if (addresses.empty()) {
      append(addresses, texts_of_items(member(interface, "PrivateIpAddress")));
    }
    append(addresses, each(member(interface, "Ipv6Addresses"), "Ipv6Address"));
    // Prefixes that are delegated to an interface are its own, too.
    append(addresses, each(member(interface, "Ipv4Prefixes"), "Ipv4Prefix"));
    append(addresses, each(member(interface, "Ipv6Prefixes"), "Ipv6Prefix"));
    for (const std::string& group : each(member(interface, "Groups"), "GroupId")) {
      groups_.attach(group, addresses);
    }
  }

  AwsGroups& groups_;
};

std::vector<Table> read(std::string_view text) {
  const auto document = parse_with_lines(text);
  if (!document) {
    refuse("this is no JSON");
  }
  AwsGroups groups;
  bool all_attached = false;
  for (const json* each : items_of(*document)) {
    Terraform(groups).read(*each);
    Described(groups).read(*each);
    all_attached = all_attached || member(*each, "NetworkInterfaces").is_array();
  }
  const bool some = std::ranges::any_of(items_of(*document), [](const json* each) {
    return !member(*each, "resource").is_null() || !member(*each, "SecurityGroups").is_null();
  });
  if (!some) {
    refuse("no security group is in this text");
  }
  return groups.tables(all_attached);
}

}  // namespace

bool is_aws(std::string_view text) {
  text.remove_prefix(text.starts_with("\xef\xbb\xbf") ? 3 : 0);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) {
    return false;
  }
  static constexpr std::string_view kMarks[] = {
      "\"aws_security_group\"", "\"aws_security_group_rule\"",
      "\"aws_vpc_security_group_ingress_rule\"", "\"IpPermissions\""};
  return std::ranges::any_of(
      kMarks, [&](std::string_view mark) { return text.find(mark) != std::string_view::npos; });
}

Checked<Ruleset> read_aws(std::string_view text, const std::string& name) {
  return read_tables(name, "aws-security-groups", [&] { return read(text); });
}

}  // namespace pinhole::firewall
