// SPDX-License-Identifier: Apache-2.0
#include "firewall/panos_rule.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "firewall/panos_objects.hpp"

namespace pinhole::firewall {
namespace {

using Words = std::span<const std::string>;

template <class Names>
bool among(const Names& names, std::string_view word) {
  return std::ranges::find(names, word) != names.end();
}

/// Attributes that decide nothing about the first packet of a connection, and how many values
/// each has.
constexpr std::array kOneValue = {"description",    "tag",         "group-tag", "log-start",
                                  "log-end",        "log-setting", "uuid",      "icmp-unreachable",
                                  "disable-inspect"};
constexpr std::array kTwoValues = {"option"};
/// Conditions beside the packet's own; `any` is no condition.
constexpr std::array kConditions = {"application", "category",        "source-user",
                                    "source-hip",  "destination-hip", "hip-profiles",
                                    "schedule",    "to-interface"};

void append(std::vector<std::string>& to, std::vector<std::string> values) {
  std::ranges::move(values, std::back_inserter(to));
}

void profiles(Words words, std::size_t& at) {
  at += at < words.size() && words[at] == "profiles" ? 2 : 1;
  (void)panos_values(words, at);
}

void source_translation(PanosRule& rule, Words words, std::size_t& at) {
  static constexpr std::array kPlain = {"dynamic-ip-and-port", "dynamic-ip", "static-ip",
                                        "interface-address", "fallback"};
  rule.hides = true;
  for (; at < words.size(); ++at) {
    if (among(kPlain, words[at])) {
      continue;
    }
    const std::string& what = words[at];
    if (what != "interface" && what != "ip" && what != "floating-ip" &&
        what != "translated-address" && what != "bi-directional") {
      return;
    }
    ++at;
    std::vector<std::string> values = panos_values(words, at);
    --at;
    if (what == "bi-directional") {
      rule.back = !values.empty() && values.front() == "yes";
    } else if (what == "translated-address") {
      append(rule.hidden_as, std::move(values));
    }
  }
}

void destination_translation(PanosRule& rule, Words words, std::size_t& at) {
  while (at < words.size()) {
    const std::string& what = words[at];
    if (what != "translated-address" && what != "translated-port" && what != "dns-rewrite" &&
        what != "direction") {
      return;
    }
    ++at;
    if (what == "dns-rewrite") {
      continue;
    }
    std::vector<std::string> values = panos_values(words, at);
    if (what == "translated-address") {
      append(rule.leads_to, std::move(values));
    } else if (what == "translated-port" && !values.empty()) {
      rule.leads_to_port = values.front();
    }
  }
}

std::vector<std::string>* list_of(PanosRule& rule, std::string_view what) {
  return what == "from"          ? &rule.from
         : what == "to"          ? &rule.to
         : what == "source"      ? &rule.sources
         : what == "destination" ? &rule.destinations
         : what == "service"     ? &rule.services
                                 : nullptr;
}

bool flag(PanosRule& rule, std::string_view what, const std::string& value) {
  const bool yes = value == "yes";
  if (what == "negate-source") {
    rule.not_sources = yes;
  } else if (what == "negate-destination") {
    rule.not_destinations = yes;
  } else if (what == "disabled") {
    rule.disabled = yes;
  } else if (what == "action") {
    rule.action = value;
  } else if (what == "rule-type") {
    rule.type = value;
  } else if (what == "nat-type") {
    rule.v4 = value == "ipv4";
  } else {
    return false;
  }
  return true;
}

}  // namespace

void PanosRule::take(Words words) {
  if (words.empty() || words[0] != "description") {
    text.add(words);
  }
  for (std::size_t at = 0; at < words.size();) {
    const std::string& what = words[at++];
    if (auto* list = list_of(*this, what)) {
      append(*list, panos_values(words, at));
    } else if (what == "source-translation") {
      source_translation(*this, words, at);
    } else if (what == "destination-translation") {
      destination_translation(*this, words, at);
    } else if (what == "profile-setting") {
      profiles(words, at);
    } else if (among(kTwoValues, what)) {
      at += 1;
      (void)panos_values(words, at);
    } else if (at < words.size() && flag(*this, what, words[at])) {
      ++at;
    } else if (among(kOneValue, what)) {
      (void)panos_values(words, at);
    } else if (among(kConditions, what)) {
      for (const std::string& value : panos_values(words, at)) {
        if (value != "any") {
          unknown.push_back(fmt::format("{} {}", what, value));
        }
      }
    } else {
      RuleText rest;
      rest.add(words.subspan(at - 1));
      (what.find("translation") == std::string::npos ? unknown : unknown_then)
          .push_back(rest.text());
      return;
    }
  }
}

bool panos_any(const std::vector<std::string>& names) {
  return names.empty() || std::ranges::find(names, "any") != names.end();
}

}  // namespace pinhole::firewall
