// SPDX-License-Identifier: Apache-2.0
#include "plan/rule_subject.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/address.hpp"
#include "catalogue/lookup.hpp"
#include "plan/port_settings.hpp"
#include "plan/windows_ports.hpp"
#include "snapshot/smb_conf.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Setting;
using catalogue::ValueType;

constexpr std::string_view kEndpointStart = "ncacn_ip_tcp,0,";
constexpr std::uint64_t kMostDigits = 9'999'999'999;

const catalogue::Listener* listener_with(const catalogue::Service& service,
                                         const Setting& setting) {
  for (const catalogue::Listener& listener : service.listeners) {
    if (std::ranges::find(listener.settings, setting.id, &Setting::id) != listener.settings.end()) {
      return &listener;
    }
  }
  return nullptr;
}

bool is_product_version(const catalogue::Catalogue& catalogue, std::string_view version) {
  return std::ranges::find(catalogue.products, version, &catalogue::Product::version) !=
         catalogue.products.end();
}

bool is_exchange_service(const catalogue::Catalogue& catalogue, const catalogue::Service& service) {
  return std::ranges::any_of(service.versions, [&](std::string_view version) {
    return is_product_version(catalogue, version);
  });
}

bool has_type(const registry::Value& value, ValueType type) {
  switch (type) {
    case ValueType::reg_dword:
      return value.type == registry::Type::dword && value.dword().has_value();
    case ValueType::reg_sz:
      return value.type == registry::Type::sz;
    case ValueType::reg_multi_sz:
      return value.type == registry::Type::multi_sz;
    case ValueType::app_setting:
    case ValueType::command:
      break;
  }
  return true;
}

void read_number(SettingValue& value) {
  const bool holds_port = value.setting->holds == catalogue::Holds::port;
  if (holds_port && value.number && *value.number >= 1 && *value.number <= 0xffff) {
    value.port = static_cast<std::uint16_t>(*value.number);
  }
}

SettingValue value_of(const registry::Value& found, const Setting& setting) {
  SettingValue value;
  value.setting = &setting;
  value.found = &found;
  value.text = registry::display(found);
  value.right_type = has_type(found, setting.type);
  if (!value.right_type) {
    return value;
  }
  if (const auto number = found.dword()) {
    value.number = *number;
  } else if (const auto text = found.sz()) {
    value.number = parse_decimal(*text, 0, kMostDigits);
  } else if (const auto list = found.multi_sz(); list && list->size() == 1) {
    value.port = parse_endpoint(list->front());
  }
  read_number(value);
  return value;
}

std::optional<SettingValue> app_value_of(const State& state, const Setting& setting) {
  if (!state.app_settings) {
    return std::nullopt;
  }
  for (const NamedText& entry : *state.app_settings) {
    if (registry::same_name(entry.name, setting.value)) {
      SettingValue value;
      value.setting = &setting;
      value.text = entry.value;
      value.number = parse_decimal(entry.value, 0, kMostDigits);
      value.place = entry.place;
      read_number(value);
      return value;
    }
  }
  return std::nullopt;
}

/// Samba's parameter that stands for a setting of Windows.
std::optional<SettingValue> samba_value_of(const State& state, const Setting& setting) {
  const auto port = state.smb_conf ? present_port(state, setting) : std::nullopt;
  if (!port) {
    return std::nullopt;
  }
  SettingValue value;
  value.setting = &setting;
  value.text = fmt::format("{}", *port);
  value.number = port;
  value.port = port;
  const auto line = std::ranges::find(*state.smb_conf, value.text, &NamedText::value);
  value.place = line == state.smb_conf->end() ? Place{} : line->place;
  return value;
}

std::optional<SettingValue> look_up(const State& state, const Setting& setting) {
  if (setting.type == ValueType::app_setting) {
    return app_value_of(state, setting);
  }
  if (setting.type == ValueType::command) {
    return std::nullopt;
  }
  const registry::Value* found = find_value(state, setting);
  if (found == nullptr) {
    return samba_value_of(state, setting);
  }
  SettingValue value = value_of(*found, setting);
  value.place.name = state.registry_name;
  return value;
}

std::optional<std::vector<std::string>> texts_of(const Subject& subject, std::string_view setting) {
  const SettingValue* value = subject.find(setting);
  return value == nullptr || value->found == nullptr ? std::nullopt : value->found->multi_sz();
}

/// All of the texts as ports; empty where one of them is none.
PortSet ports_in(const std::optional<std::vector<std::string>>& texts) {
  PortSet ports;
  for (const std::string& text : texts.value_or(std::vector<std::string>{})) {
    const auto range = parse_range(text);
    if (!range) {
      return {};
    }
    ports.insert(*range);
  }
  return ports;
}

/// The release that the registry tells: 4.0 is NT 4.0, 5.x 2000 to 2003, 6.x from Vista on.
std::optional<std::string> windows_version(const State& state) {
  if (!state.registry) {
    return std::nullopt;
  }
  const auto path = registry::parse_path(R"(HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion)");
  const registry::Key* key = path ? registry::find(*state.registry, *path) : nullptr;
  const registry::Value* value = key == nullptr ? nullptr : key->find_value("CurrentVersion");
  return value == nullptr ? std::nullopt : value->sz();
}

/// What smb.conf(5) says of `rpc server dynamic port range`, and its default.
PortRange samba_range(const std::vector<NamedText>& parameters) {
  PortRange range{49152, 65535};
  for (const NamedText& each : parameters) {
    if (snapshot::smb_key(each.name) == snapshot::smb_key("rpc server dynamic port range")) {
      range = parse_range(each.value).value_or(range);
    }
  }
  return range;
}

std::optional<PortRange> dynamic_range(const Subject& subject) {
  if (subject.state->smb_conf) {
    return samba_range(*subject.state->smb_conf);
  }
  const auto version = windows_version(*subject.state);
  const std::string_view title = !version            ? ""
                                 : *version == "4.0" ? "Windows NT 4.0"
                                 : *version == "5.0" ? "Windows 2000"
                                 : *version == "5.2" ? "Windows Server 2003"
                                 : *version == "6.0" ? "Windows Server 2008"
                                 : *version == "6.1" ? "Windows Server 2008 R2"
                                                     : "";
  if (subject.product != nullptr) {
    const auto ranges = subject.product->dynamic_ranges;
    const auto at = std::ranges::find(ranges, title, &catalogue::DynamicRange::windows);
    return at == ranges.end() ? ranges.front().range : at->range;
  }
  if (!version || version->empty()) {
    return std::nullopt;
  }
  return range_of_rule(*subject.catalogue, version->front() == '4'   ? "DYN-NT"
                                           : version->front() == '5' ? "DYN-2000"
                                                                     : "DYN-VISTA");
}

/// MaxUserPort moves the end of a range that ends at 5000, and of no other; ReservedPorts are not
/// given away.
PortSet dynamic_ports(const Subject& subject) {
  auto range = dynamic_range(subject);
  if (!range) {
    return {};
  }
  const SettingValue* end = subject.find("tcpip-max-user-port");
  if (range->last == catalogue::kMaxUserPorts.first && end != nullptr && end->number &&
      *end->number >= catalogue::kMaxUserPorts.first &&
      *end->number <= catalogue::kMaxUserPorts.last) {
    range->last = static_cast<std::uint16_t>(*end->number);
  }
  return PortSet(*range) - ports_in(texts_of(subject, "tcpip-reserved-ports"));
}

}  // namespace

const SettingValue* Subject::find(std::string_view setting) const {
  const auto at = std::ranges::find(values, setting,
                                    [](const SettingValue& value) { return value.setting->id; });
  return at == values.end() ? nullptr : &*at;
}

bool SettingValue::is_static_port() const {
  if (setting->restart == catalogue::Restart::client || listener == nullptr) {
    return false;
  }
  if (setting->holds != catalogue::Holds::port) {
    return port.has_value();
  }
  return listener->sequence == catalogue::Sequence::ncacn_ip_tcp ||
         listener->sequence == catalogue::Sequence::rfc1006;
}

std::optional<PortRange> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_decimal(text.substr(0, dash), 0, 0xffff);
  const auto last =
      dash == std::string_view::npos ? first : parse_decimal(text.substr(dash + 1), 0, 0xffff);
  if (!first || !last || *first > *last) {
    return std::nullopt;
  }
  return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

std::optional<std::uint16_t> parse_endpoint(std::string_view text) {
  if (!text.starts_with(kEndpointStart)) {
    return std::nullopt;
  }
  const auto port = parse_decimal(text.substr(kEndpointStart.size()), 1, 0xffff);
  return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
}

const registry::Value* find_value(const State& state, const Setting& setting) {
  if (!state.registry) {
    return nullptr;
  }
  const auto path = registry::parse_path(setting.key);
  const registry::Key* key = path ? registry::find(*state.registry, *path) : nullptr;
  return key == nullptr ? nullptr : key->find_value(setting.value);
}

bool is_of_exchange(const catalogue::Catalogue& catalogue, const Setting& setting) {
  return std::ranges::any_of(catalogue.services, [&](const catalogue::Service& service) {
    return service.name == setting.service && is_exchange_service(catalogue, service);
  });
}

Reader reader_of(const catalogue::Catalogue& catalogue, const catalogue::Product* product,
                 const Setting& setting) {
  Reader reader;
  const bool exchange = is_of_exchange(catalogue, setting);
  if (exchange && product == nullptr) {
    return reader;
  }
  for (const catalogue::Service& service : catalogue.services) {
    const auto& versions = service.versions;
    if (service.name == setting.service &&
        (!exchange || std::ranges::find(versions, product->version) != versions.end())) {
      reader.service = &service;
      reader.listener = listener_with(service, setting);
    }
  }
  reader.reads = !exchange || (reader.service != nullptr &&
                               catalogue::is_supported(catalogue, setting, *product));
  return reader;
}

Subject subject_of(const State& state, const catalogue::Product* product,
                   const catalogue::Catalogue& catalogue) {
  Subject subject;
  subject.server = state.name;
  subject.catalogue = &catalogue;
  subject.product = product;
  subject.state = &state;
  for (const Setting& setting : catalogue.settings) {
    const Reader reader = reader_of(catalogue, product, setting);
    if (!reader.reads) {
      continue;
    }
    if (auto value = look_up(state, setting)) {
      value->service = reader.service;
      value->listener = reader.listener;
      subject.values.push_back(*std::move(value));
    }
  }
  subject.dynamic = dynamic_ports(subject);
  subject.windows_dynamic = subject.dynamic;
  subject.internet = internet_ports_of(&state, catalogue);
  return subject;
}

}  // namespace pinhole::plan
