// SPDX-License-Identifier: Apache-2.0
#pragma once
// States of servers, made by hand: good ones for each product, and the ways to change them.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/rule_subject.hpp"
#include "plan/rules.hpp"

namespace pinhole::plan {

using catalogue::Product;
using catalogue::Setting;

inline const catalogue::Catalogue& world() {
  return catalogue::builtin();
}

inline const Setting& setting(std::string_view id) {
  return *std::ranges::find(world().settings, id, &Setting::id);
}

inline const Product& product(std::string_view id) {
  return *catalogue::find_product(world(), id);
}

inline State empty_state() {
  State state;
  state.registry.emplace();
  state.registry_name = "server.reg";
  return state;
}

inline void set(State& state, std::string_view key, std::string_view name, registry::Value value) {
  registry::make(*state.registry, registry::parse_path(key).value())
      .values.insert_or_assign(std::string(name), std::move(value));
}

inline void set(State& state, const Setting& where, registry::Value value) {
  set(state, where.key, where.value, std::move(value));
}

inline void unset(State& state, const Setting& where) {
  registry::make(*state.registry, registry::parse_path(where.key).value())
      .values.erase(std::string(where.value));
}

/// In the form that the service reads.
inline void set_number(State& state, const Setting& where, std::uint32_t number) {
  switch (where.type) {
    case catalogue::ValueType::reg_dword:
      set(state, where, registry::Value::of_dword(number));
      break;
    case catalogue::ValueType::reg_sz:
      set(state, where, registry::Value::of_sz(fmt::format("{}", number)));
      break;
    case catalogue::ValueType::reg_multi_sz:
      set(state, where, registry::Value::of_multi_sz({fmt::format("ncacn_ip_tcp,0,{}", number)}));
      break;
    case catalogue::ValueType::app_setting:
      state.app_settings = {{std::string(where.value), fmt::format("{}", number), {}}};
      break;
    case catalogue::ValueType::command:
      break;  // no state holds it
  }
}

/// Settings that give a product's, or Windows', listeners their static ports.
inline std::vector<const Setting*> static_settings(const Product& of, bool with_windows = false) {
  std::vector<const Setting*> settings;
  for (const Setting& each : world().settings) {
    const Reader reader = reader_of(world(), &of, each);
    SettingValue value;
    value.setting = &each;
    value.listener = reader.listener;
    value.port = 1;
    const bool has_port = (each.holds == catalogue::Holds::port || each.id == "adcs-endpoints") &&
                          each.type != catalogue::ValueType::command;
    if (reader.reads && has_port && value.is_static_port() &&
        each.type != catalogue::ValueType::app_setting &&
        (with_windows || is_of_exchange(world(), each))) {
      settings.push_back(&each);
    }
  }
  return settings;
}

/// The first port of a good state.
inline std::uint16_t good_port(const Product& of) {
  return of.version == "2010" ? 59532 : 56001;
}

/// Every static port of the product from `first` up, and what setup writes.
inline State good_state(const Product& of, std::uint16_t first, bool with_windows = false) {
  State state = empty_state();
  for (const Setting* each : static_settings(of, with_windows)) {
    set_number(state, *each, first++);
  }
  for (const Setting& each : world().settings) {
    const Reader reader = reader_of(world(), &of, each);
    if (reader.reads && reader.listener != nullptr &&
        reader.listener->sequence == catalogue::Sequence::ncacn_http &&
        each.holds == catalogue::Holds::port) {
      set_number(state, each, reader.listener->default_port().value());
    }
  }
  return state;
}

inline Findings check(const State& state, const Product& of) {
  const Product* products[] = {&of};
  return check_state(state, products, world());
}

inline bool has_rule(const Findings& findings, std::string_view rule) {
  return std::ranges::find(findings, rule, &Finding::rule) != findings.end();
}

inline std::string shown(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{} {} {}: {}\n", to_string(finding.severity), finding.rule,
                        finding.subject, finding.message);
  }
  return text;
}

/// `RULE subject`, in the order of the findings.
inline std::vector<std::string> rules_of(const Findings& findings) {
  std::vector<std::string> rules;
  for (const Finding& finding : findings) {
    rules.push_back(fmt::format("{} {}", finding.rule, finding.subject));
  }
  return rules;
}

}  // namespace pinhole::plan
