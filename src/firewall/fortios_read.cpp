// SPDX-License-Identifier: Apache-2.0
#include "firewall/fortios_read.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "firewall/fortios_objects.hpp"
#include "firewall/fortios_text.hpp"
#include "firewall/fortios_vip.hpp"
#include "firewall/reading.hpp"
#include "firewall/zone_read.hpp"

namespace pinhole::firewall {
namespace {

/// What a policy says of packets, and what says nothing about whether they pass.
constexpr std::array kRead = {"srcintf",
                              "dstintf",
                              "srcaddr",
                              "dstaddr",
                              "srcaddr6",
                              "dstaddr6",
                              "service",
                              "schedule",
                              "action",
                              "status",
                              "nat",
                              "match-vip",
                              "uuid",
                              "name",
                              "srcaddr-negate",
                              "dstaddr-negate",
                              "srcaddr6-negate",
                              "dstaddr6-negate",
                              "srcaddr4",
                              "dstaddr4",
                              "service-negate"};
constexpr std::array kHarmless = {"comments",
                                  "logtraffic",
                                  "logtraffic-start",
                                  "utm-status",
                                  "inspection-mode",
                                  "ippool",
                                  "poolname",
                                  "poolname6",
                                  "fixedport",
                                  "auto-asic-offload",
                                  "np-acceleration",
                                  "profile-type",
                                  "profile-group",
                                  "ips-sensor",
                                  "application-list",
                                  "global-label",
                                  "label",
                                  "tcp-mss-sender",
                                  "tcp-mss-receiver",
                                  "session-ttl",
                                  "permit-any-host",
                                  "traffic-shaper",
                                  "traffic-shaper-reverse",
                                  "per-ip-shaper",
                                  "anti-replay",
                                  "capture-packet",
                                  "send-deny-packet",
                                  "policyid",
                                  "vlan-cos-fwd",
                                  "vlan-cos-rev",
                                  "diffserv-forward",
                                  "diffservcode-forward",
                                  "diffserv-reverse",
                                  "diffservcode-rev",
                                  "port-preserve",
                                  "delay-tcp-npu-session",
                                  "tcp-session-without-syn",
                                  "block-notification",
                                  "replacemsg-override-group",
                                  "custom-log-fields",
                                  "wccp",
                                  "ssl-ssh-profile",
                                  "tos",
                                  "tos-mask",
                                  "match-vip-only",
                                  "natip",
                                  "disclaimer",
                                  "email-collect",
                                  "vpntunnel",
                                  "wsso",
                                  "reputation-minimum",
                                  "reputation-minimum6",
                                  "reputation-direction",
                                  "reputation-direction6"};

bool is_known(std::string_view key) {
  return std::ranges::find(kRead, key) != kRead.end() ||
         std::ranges::find(kHarmless, key) != kHarmless.end() || key.ends_with("-profile") ||
         key.ends_with("-filter");
}

struct Policy {
  std::string number;
  FortiosEntry settings;
  bool old_v6 = false;  // of the table policy6, whose addresses are IPv6
  std::uint32_t line = 0;
  RuleText text;
};

/// Keys of the lists of one version of IP.
struct Lists {
  std::string source;
  std::string destination;
  bool v4 = true;
};

class Reader {
 public:
  std::vector<Table> read(std::string_view text) {
    fortios_settings(text, [this](const FortiosSetting& setting) { take(setting); });
    objects_.finish();
    fortios_vip_rules(objects_, maker_);
    add_open_zones(forward_, true);
    for (const Policy& policy : policies_) {
      if (fortios_value(policy.settings, "status") != "disable") {
        add_policy(policy);
      }
    }
    add_open_zones(forward_, false);
    Chain& forward = maker_.chain("policy", Hook::forward, 0);
    forward.accept_at_end = false;
    forward.rules = std::move(forward_);
    if (hides_) {
      maker_.chain("nat", Hook::postrouting, 100).rules = std::move(leaving_);
    }
    std::vector<Table> tables;
    tables.push_back(maker_.take());
    return tables;
  }

 private:
  void take(const FortiosSetting& setting) {
    const bool firewall = setting.table.starts_with("firewall ") || setting.table == "system zone";
    if (firewall && !setting.vdom.empty()) {
      if (vdom_.value_or(std::string(setting.vdom)) != setting.vdom) {
        throw Stop{"fortios-vdoms", setting.line, "the text is of several virtual domains",
                   "give the configuration of one of them"};
      }
      vdom_ = setting.vdom;
    }
    if (objects_.take(setting)) {
      return;
    }
    if (setting.table == "firewall policy" || setting.table == "firewall policy6" ||
        setting.table == "firewall consolidated policy") {
      add_setting(setting, setting.table == "firewall policy6");
    } else if (setting.table == "system settings") {
      settings(setting);
    } else if ((setting.table == "firewall acl" || setting.table == "firewall acl6") &&
               setting.key.empty()) {
      RulesetRule rule;
      rule.line = setting.line;
      rule.text = "acl " + std::string(setting.entry);
      rule.actions.emplace_back(UnknownAction{rule.text});
      forward_.push_back(std::move(rule));
    } else if (setting.table == "firewall security-policy" && setting.key.empty()) {
      refuse_mode(setting.line, "policies by application");
    }
  }

  [[noreturn]] static void refuse_mode(std::uint32_t line, const std::string& what) {
    throw Stop{"fortios-mode", line, what + " are not followed",
               "compare it on the device, or with NAT and services in the policies"};
  }

  static void settings(const FortiosSetting& setting) {
    const std::string value = setting.values.empty() ? "" : setting.values.front();
    if (setting.key == "central-nat" && value == "enable") {
      refuse_mode(setting.line, "tables of central NAT");
    }
    if (setting.key == "ngfw-mode" && value == "policy-based") {
      refuse_mode(setting.line, "policies by application");
    }
  }

  void add_setting(const FortiosSetting& setting, bool old_v6) {
    std::string id = std::string(setting.table) + " " + std::string(setting.entry);
    const auto [place, added] = index_.try_emplace(std::move(id), policies_.size());
    if (added) {
      Policy made;
      made.number = setting.entry;
      made.old_v6 = old_v6;
      made.line = setting.line;
      made.text = RuleText("policy " + made.number);
      policies_.push_back(std::move(made));
    }
    Policy& policy = policies_[place->second];
    if (setting.key.empty()) {
      return;
    }
    if (setting.key != "uuid" && setting.key != "comments") {
      std::vector<std::string> words{std::string(setting.key)};
      words.insert(words.end(), setting.values.begin(), setting.values.end());
      policy.text.add(words);
    }
    auto& values = policy.settings[std::string(setting.key)];
    values.insert(values.end(), setting.values.begin(), setting.values.end());
  }

  void add_interfaces(RulesetRule& rule, const Policy& policy, std::string_view key, Field field) {
    const std::vector<std::string> names = fortios_list(policy.settings, key);
    if (names.empty()) {
      rule.matches.push_back(unknown_match("no " + std::string(key)));
    } else if (std::ranges::find(names, "any") == names.end()) {
      rule.matches.push_back(
          maker_.any_of(objects_.zones(), objects_.interface_keys(names), {field}));
    }
  }

  static bool yes(const Policy& policy, std::string_view key) {
    return fortios_value(policy.settings, key) == "enable";
  }

  /// What stands beside addresses and services.
  void add_conditions(RulesetRule& rule, const Policy& policy) {
    const std::string schedule = fortios_value(policy.settings, "schedule");
    if (!schedule.empty() && schedule != "always") {
      rule.matches.push_back(unknown_match("schedule " + schedule));
    }
    for (const auto& [key, values] : policy.settings) {
      const std::string value = fortios_value(policy.settings, key);
      const bool off = value.empty() || value == "disable" || value == "0" || value == "none";
      if (!is_known(key) && !off) {
        rule.matches.push_back(unknown_match(key + " " + value.substr(0, 200)));
      }
    }
  }

  void add_services(RulesetRule& rule, const Policy& policy) {
    const std::vector<std::string> names = fortios_list(policy.settings, "service");
    const bool negated = yes(policy, "service-negate");
    if (names.empty()) {
      rule.matches.push_back(unknown_match("no service"));
    } else if (negated || std::ranges::find(names, "ALL") == names.end()) {
      rule.matches.push_back(
          maker_.any_of(objects_.services(), names,
                        {Field::protocol, Field::source_port, Field::destination_port}, negated));
    }
  }

  static Action action_of(const Policy& policy) {
    const std::string action = fortios_value(policy.settings, "action");
    if (action == "accept") {
      return Verdict{Verdict::Kind::accept, ""};
    }
    // A policy without an action denies.
    if (action == "deny" || action.empty()) {
      return Verdict{yes(policy, "send-deny-packet") ? Verdict::Kind::reject : Verdict::Kind::drop,
                     ""};
    }
    return UnknownAction{"action " + action};
  }

  void add_policy(const Policy& policy) {
    const bool four = policy.settings.contains("srcaddr4") || policy.settings.contains("dstaddr4");
    const std::string four_name = four ? "4" : "";
    if (policy.old_v6) {
      add_family(policy, {"srcaddr", "dstaddr", false});
      return;
    }
    bool any = false;
    for (const Lists& lists : {Lists{"srcaddr" + four_name, "dstaddr" + four_name, true},
                               Lists{"srcaddr6", "dstaddr6", false}}) {
      if (policy.settings.contains(lists.source) || policy.settings.contains(lists.destination)) {
        add_family(policy, lists);
        any = true;
      }
    }
    if (!any) {
      // Internet services stand for addresses.
      RulesetRule rule = begin(policy);
      rule.matches.push_back(unknown_match("no addresses"));
      add_services(rule, policy);
      finish(std::move(rule), policy);
    }
  }

  RulesetRule begin(const Policy& policy) {
    RulesetRule rule;
    rule.line = policy.line;
    rule.text = policy.text.text();
    add_interfaces(rule, policy, "srcintf", Field::in_interface);
    add_interfaces(rule, policy, "dstintf", Field::out_interface);
    add_conditions(rule, policy);
    return rule;
  }

  void add_family(const Policy& policy, const Lists& lists) {
    RulesetRule rule = begin(policy);
    const std::vector<std::string> sources = fortios_list(policy.settings, lists.source);
    const std::vector<std::string> destinations = fortios_list(policy.settings, lists.destination);
    rule.matches.push_back(
        one_of(Field::family, {lists.v4 ? NumberRange{4, 4} : NumberRange{6, 6}}));
    rule.matches.push_back(maker_.any_of(objects_.addresses(),
                                         objects_.address_keys(sources, lists.v4), {Field::source},
                                         yes(policy, lists.source + "-negate")));
    add_services(rule, policy);
    const bool negated = yes(policy, lists.destination + "-negate");
    const std::vector<std::string> plain = objects_.address_keys(destinations, lists.v4);
    for (const FortiosVip* vip : objects_.vips_of(destinations, lists.v4)) {
      RulesetRule to_vip = rule;
      to_vip.matches.push_back(one_of(Field::translated, {{1, 1}}));
      to_vip.matches.push_back(negated ? unknown_match(lists.destination + "-negate of a vip")
                                       : fortios_vip_outside(*vip));
      fortios_vip_ports(to_vip, *vip);
      finish(std::move(to_vip), policy);
    }
    if (plain.empty()) {
      return;
    }
    rule.matches.push_back(
        maker_.any_of(objects_.addresses(), plain, {Field::destination}, negated));
    if (!objects_.vips().empty()) {
      add_match_vip(rule, policy);
    }
    if (!yes(policy, "match-vip")) {
      rule.matches.push_back(one_of(Field::translated, {{0, 0}}));
    }
    finish(std::move(rule), policy);
  }

  /// Whether a policy that denies is about virtual IPs, too, where it does not say so.
  void add_match_vip(const RulesetRule& rule, const Policy& policy) {
    if (fortios_value(policy.settings, "match-vip").empty() &&
        !std::holds_alternative<UnknownAction>(action_of(policy)) &&
        std::get<Verdict>(action_of(policy)).kind != Verdict::Kind::accept) {
      RulesetRule maybe = rule;
      maybe.matches.push_back(one_of(Field::translated, {{1, 1}}));
      maybe.matches.push_back(unknown_match("match-vip is not shown"));
      finish(std::move(maybe), policy);
    }
  }

  /// Into the policies, and into the translation of sources that follows them.
  void finish(RulesetRule rule, const Policy& policy) {
    maker_.count_rule(10);
    const Action action = action_of(policy);
    const auto* verdict = std::get_if<Verdict>(&action);
    if (verdict != nullptr && verdict->kind == Verdict::Kind::accept) {
      add_opened(rule, policy);
    }
    RulesetRule leaving = rule;
    if (verdict != nullptr && verdict->kind == Verdict::Kind::accept && yes(policy, "nat")) {
      Nat nat;
      nat.kind = Nat::Kind::masquerade;
      leaving.actions.emplace_back(std::move(nat));
      hides_ = true;
    } else {
      leaving.actions.emplace_back(Verdict{Verdict::Kind::accept, ""});
    }
    leaving_.push_back(std::move(leaving));
    rule.actions.push_back(action);
    forward_.push_back(std::move(rule));
  }

  void add_opened(const RulesetRule& rule, const Policy& policy) {
    for (const std::string& name : fortios_list(policy.settings, "service")) {
      const std::string& opens = objects_.services().resolved(name).opens;
      if (opens.empty()) {
        continue;
      }
      RulesetRule opened = rule;
      std::erase_if(opened.matches, [](const Match& match) {
        return match.fields.size() == 3;  // the services
      });
      opened.matches.push_back(one_of(Field::protocol, {{6, 6}, {17, 17}}));
      opened.matches.push_back(unknown_match(opens));
      opened.actions.emplace_back(Verdict{Verdict::Kind::accept, ""});
      forward_.push_back(std::move(opened));
      return;
    }
  }

  /// Between the interfaces of such a zone everything passes; whether a policy that denies it comes
  /// first is not said.
  void add_open_zones(std::vector<RulesetRule>& rules, bool before) {
    for (const std::string& zone : objects_.open_zones()) {
      RulesetRule rule;
      rule.line = objects_.zones().resolved(zone).line;
      rule.text = "zone " + zone + ": intrazone allow";
      for (const Field field : {Field::in_interface, Field::out_interface}) {
        rule.matches.push_back(
            maker_.any_of(objects_.zones(), std::vector<std::string>{zone}, {field}));
      }
      if (before) {
        rule.matches.push_back(unknown_match("intrazone allow before the policies"));
      }
      rule.actions.emplace_back(Verdict{Verdict::Kind::accept, ""});
      rules.push_back(std::move(rule));
    }
  }

  FortiosObjects objects_;
  RuleMaker maker_{"fortios"};
  std::vector<Policy> policies_;
  std::map<std::string, std::size_t> index_;
  std::vector<RulesetRule> forward_;
  std::vector<RulesetRule> leaving_;
  bool hides_ = false;
  std::optional<std::string> vdom_;
};

}  // namespace

Checked<Ruleset> read_fortios(std::string_view text, const std::string& name) {
  return read_tables(name, "fortios", [&] { return Reader().read(text); });
}

}  // namespace pinhole::firewall
