// SPDX-License-Identifier: Apache-2.0
// What the settings of one server are to each other, and to what the server showed.
#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/address.hpp"
#include "catalogue/lookup.hpp"
#include "plan/rule_book.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::PortRule;
using catalogue::Sequence;

constexpr std::string_view kTcp = "ncacn_ip_tcp";
constexpr std::size_t kAllSettings = std::numeric_limits<std::size_t>::max();

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// The rule about two listeners that names the fewest settings, so the one made for these two.
const PortRule* rule_for_pair(const RuleBook& book, const Subject& subject, const SettingValue& a,
                              const SettingValue& b) {
  const auto width = [](const PortRule& rule) {
    return rule.settings.empty() ? kAllSettings : rule.settings.size();
  };
  const PortRule* closest = nullptr;
  for (const PortRule* rule : book.of(Check::distinct)) {
    if (is_for(*rule, book, subject.product, *a.setting, true) &&
        is_for(*rule, book, subject.product, *b.setting, true) &&
        (closest == nullptr || width(*rule) < width(*closest))) {
      closest = rule;
    }
  }
  return closest;
}

void judge_distinct(const RuleBook& book, const Subject& subject, Findings& findings) {
  for (auto value = subject.values.begin(); value != subject.values.end(); ++value) {
    if (!value->port || value->listener == nullptr) {
      continue;
    }
    const auto same = std::find_if(subject.values.begin(), value, [&](const SettingValue& before) {
      return before.port == value->port && before.listener != nullptr &&
             before.listener != value->listener;
    });
    const PortRule* rule = same == value ? nullptr : rule_for_pair(book, subject, *same, *value);
    if (rule != nullptr) {
      findings.push_back(finding_of(*rule, subject, *value,
                                    fmt::format("{}, and so is {} of {}", said(*value),
                                                same->setting->value, same->setting->service)));
    }
  }
}

bool has_value(const Subject& subject, const catalogue::Setting& setting) {
  return std::ranges::any_of(subject.values, [&](const SettingValue& value) {
    return value.setting->id == setting.id && value.right_type;
  });
}

/// The .config file has a port that this product no longer reads, and its registry has none.
void judge_lost(const RuleBook& book, const Subject& subject, Findings& findings) {
  const State* state = subject.state;
  if (state == nullptr || !state->app_settings || !state->registry || subject.product == nullptr) {
    return;
  }
  const auto* product = subject.product;
  for (const catalogue::Service* service : catalogue::services_of(book.catalogue(), *product)) {
    for (const catalogue::Listener& listener : service->listeners) {
      const catalogue::Setting* now = nullptr;
      const catalogue::Setting* before = nullptr;
      for (const catalogue::Setting* setting : listener.settings) {
        const bool reads = catalogue::is_supported(book.catalogue(), *setting, *product);
        if (setting->type == catalogue::ValueType::app_setting) {
          before = reads ? nullptr : setting;
        } else if (reads) {
          now = setting;
        }
      }
      if (now == nullptr || before == nullptr || has_value(subject, *now)) {
        continue;
      }
      for (const NamedText& entry : *state->app_settings) {
        if (!registry::same_name(entry.name, before->value) ||
            !parse_decimal(entry.value, 1, 0xffff)) {
          continue;
        }
        SettingValue value;
        value.setting = now;
        value.text = entry.value;
        value.place = entry.place;
        for (const PortRule* rule : book.of(Check::lost_at_upgrade)) {
          findings.push_back(
              finding_of(*rule, subject, value,
                         fmt::format("{} is {} in the .config file alone, which {} does not read{}",
                                     before->value, entry.value, product->title, because(*rule))));
        }
      }
    }
  }
}

/// The image of a service, as a listing shows it: `STORE.EXE`, but also `INETINFO.EXE / W3WP.EXE`.
bool is_own(const SettingValue& value, std::string_view process) {
  const std::string image = value.service == nullptr ? "" : lower(value.service->image);
  return process.empty() || image.empty() || image.find(lower(process)) != std::string::npos;
}

void add(const RuleBook& book, Check check, const Subject& subject, const SettingValue& value,
         const std::string& message, Findings& findings) {
  for (const PortRule* rule : book.of(check)) {
    if (is_for(*rule, book, subject.product, *value.setting, true)) {
      findings.push_back(finding_of(*rule, subject, value, message));
    }
  }
}

bool serves(const catalogue::Listener& listener, const Uuid& uuid) {
  return std::ranges::any_of(listener.interfaces, [&](const catalogue::InterfaceInfo* interface) {
    return interface->uuid == uuid;
  });
}

bool serves(const catalogue::Service& service, const Uuid& uuid) {
  return std::ranges::any_of(service.listeners, [&](const catalogue::Listener& listener) {
    return serves(listener, uuid);
  });
}

bool is_tcp(const SeenEndpoint& seen) {
  return seen.protocol_sequence == kTcp;
}

std::optional<std::uint16_t> port_of(const SeenEndpoint& seen) {
  const auto port = parse_decimal(seen.endpoint, 1, 0xffff);
  return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
}

/// Who else is registered on the port of a value; empty if nobody, or the service too.
std::string stranger_at(const RuleBook& book, const std::vector<SeenEndpoint>& endpoints,
                        const SettingValue& value) {
  std::string stranger;
  for (const SeenEndpoint& seen : endpoints) {
    if (!is_tcp(seen) || port_of(seen) != value.port) {
      continue;
    }
    if (serves(*value.service, seen.interface)) {
      return {};
    }
    const auto name = catalogue::interface_name(book.catalogue(), seen.interface,
                                                seen.major.value_or(0), seen.minor.value_or(0));
    stranger = name.empty() ? to_string(seen.interface) : std::string(name);
  }
  return stranger;
}

/// Where the listener's interfaces are registered, other services' static ports left out.
std::set<std::uint16_t> ports_of(const Subject& subject, const std::vector<SeenEndpoint>& endpoints,
                                 const SettingValue& value) {
  std::set<std::uint16_t> ports;
  for (const SeenEndpoint& seen : endpoints) {
    const auto port = port_of(seen);
    const bool others = std::ranges::any_of(subject.values, [&](const SettingValue& other) {
      return other.port && other.port == port && other.listener != value.listener &&
             other.port != value.port;
    });
    if (is_tcp(seen) && port && !others && serves(*value.listener, seen.interface)) {
      ports.insert(*port);
    }
  }
  return ports;
}

}  // namespace

void judge_listeners(const RuleBook& book, const Subject& subject, Findings& findings) {
  judge_distinct(book, subject, findings);
  judge_lost(book, subject, findings);
}

void judge_holders(const RuleBook& book, const Subject& subject, Findings& findings) {
  if (subject.state == nullptr || !subject.state->held) {
    return;
  }
  for (const SettingValue& value : subject.values) {
    if (!value.port || !value.is_static_port()) {
      continue;
    }
    const auto at = std::ranges::find_if(*subject.state->held, [&](const HeldPort& held) {
      return !held.udp && held.port == *value.port && !is_own(value, held.process);
    });
    if (at != subject.state->held->end()) {
      add(book, Check::taken, subject, value,
          fmt::format("{}, which {} holds ({})", said(value), at->process, to_string(at->place)),
          findings);
    }
  }
}

void judge_endpoints(const RuleBook& book, const Subject& subject, Findings& findings) {
  if (subject.state == nullptr) {
    return;
  }
  const auto& endpoints = subject.state->endpoints;
  if (!endpoints) {
    return;
  }
  for (const SettingValue& value : subject.values) {
    if (!value.port || !value.is_static_port() || value.service == nullptr ||
        value.listener->sequence != Sequence::ncacn_ip_tcp || value.listener->interfaces.empty()) {
      continue;
    }
    const std::string stranger = stranger_at(book, *endpoints, value);
    if (!stranger.empty()) {
      add(book, Check::taken, subject, value,
          fmt::format("{}, where the endpoint map has {}", said(value), stranger), findings);
    }
    const auto ports = ports_of(subject, *endpoints, value);
    if (ports.empty()) {
      add(book, Check::not_registered, subject, value,
          fmt::format("{}, but the endpoint map has no TCP entry of it", said(value)), findings);
    } else if (!ports.contains(*value.port)) {
      add(book, Check::restart_pending, subject, value,
          fmt::format("{}, but the endpoint map still has {}: a restart of the {} is due",
                      said(value), fmt::join(ports, ", "),
                      catalogue::to_string(value.setting->restart)),
          findings);
    }
  }
}

}  // namespace pinhole::plan
