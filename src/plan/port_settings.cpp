// SPDX-License-Identifier: Apache-2.0
#include "plan/port_settings.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "catalogue/lookup.hpp"
#include "plan/rule_subject.hpp"
#include "plan/topology_lookup.hpp"
#include "registry/key.hpp"
#include "snapshot/smb_conf.hpp"

namespace pinhole::plan {
namespace {

bool is_read(const catalogue::Catalogue& catalogue, const catalogue::Setting& setting,
             const catalogue::Product* product) {
  if (setting.since.empty() && setting.until.empty()) {
    return true;
  }
  return product != nullptr && catalogue::is_supported(catalogue, setting, *product);
}

bool is_of_product(const catalogue::Service& service, const catalogue::Product* product) {
  return product != nullptr &&
         std::ranges::find(service.versions, product->version) != service.versions.end();
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  const auto number = parse_decimal(text, 1, 65535);
  return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

/// The first endpoint of TCP among the lines of an AppID's Endpoints.
std::optional<std::uint16_t> port_of_endpoints(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (const auto port = parse_endpoint(line)) {
      return port;
    }
  }
  return std::nullopt;
}

std::optional<std::uint16_t> port_of(const registry::Value& value, catalogue::ValueType type) {
  switch (type) {
    case catalogue::ValueType::reg_dword: {
      const auto number =
          value.type == registry::Type::dword ? value.dword() : std::optional<std::uint32_t>();
      return number && *number >= 1 && *number <= 65535
                 ? std::optional(static_cast<std::uint16_t>(*number))
                 : std::nullopt;
    }
    case catalogue::ValueType::reg_sz:
      return value.type == registry::Type::sz ? port_of(value.sz().value_or("")) : std::nullopt;
    case catalogue::ValueType::reg_multi_sz:
      return value.type == registry::Type::multi_sz
                 ? port_of_endpoints(value.multi_sz().value_or(std::vector<std::string>()))
                 : std::nullopt;
    case catalogue::ValueType::app_setting:
    case catalogue::ValueType::command:
      break;
  }
  return std::nullopt;
}

std::optional<std::uint16_t> port_of(const std::vector<NamedText>& texts, std::string_view name) {
  const auto at = std::ranges::find_if(
      texts, [&](const NamedText& each) { return registry::same_name(each.name, name); });
  return at == texts.end() ? std::nullopt : port_of(at->value);
}

/// Later lines of smb.conf override earlier ones.
std::optional<std::uint16_t> samba_port(const std::vector<NamedText>& parameters,
                                        std::string_view name) {
  const std::string wanted = snapshot::smb_key(name);
  std::optional<std::uint16_t> port;
  for (const NamedText& each : parameters) {
    if (snapshot::smb_key(each.name) == wanted) {
      port = port_of(each.value);
    }
  }
  return port;
}

/// smb.conf(5): `rpc server port` is for all of the directory's interfaces, the parametric one for
/// Netlogon; they stand for the settings of the same purpose on Windows.
struct SambaName {
  std::string_view setting;
  std::string_view parameter;
};

constexpr auto kSambaNames = std::to_array<SambaName>({
    {"netlogon-tcp-port", "rpc server port:netlogon"},
    {"ntds-tcp-port", "rpc server port"},
});

struct LeftDynamic {
  std::string_view service;
  std::string_view rule;
};

constexpr auto kLeftDynamic = std::to_array<LeftDynamic>({
    {"MSExchangeMTA", "VAL-MTA-RPC"},
});

constexpr std::string_view kAppIds = R"(\Classes\AppID\)";

/// The setting that gives a listener of RPC over TCP or X.400 its port; none where the product
/// reads none.
const catalogue::Setting* port_setting_of(const catalogue::Catalogue& catalogue,
                                          const catalogue::Listener& listener,
                                          const catalogue::Product* product) {
  if (listener.sequence == catalogue::Sequence::ncacn_http ||
      listener.sequence == catalogue::Sequence::udp) {
    return nullptr;
  }
  const auto at = std::ranges::find_if(listener.settings, [&](const catalogue::Setting* setting) {
    return gives_port(*setting) && is_read(catalogue, *setting, product);
  });
  return at == listener.settings.end() ? nullptr : *at;
}

}  // namespace

bool gives_port(const catalogue::Setting& setting) {
  return setting.holds == catalogue::Holds::port || setting.key.find(kAppIds) != setting.key.npos;
}

std::vector<PortListener> port_listeners(const catalogue::Catalogue& catalogue,
                                         const Server& server) {
  const auto* product = catalogue::find_product(catalogue, server.product);
  std::vector<PortListener> found;
  for (const catalogue::Service* service : services_on(catalogue, server)) {
    for (const catalogue::Listener& listener : service->listeners) {
      const auto* setting = port_setting_of(catalogue, listener, product);
      if (setting != nullptr) {
        found.push_back({service, &listener, setting, is_of_product(*service, product)});
      }
    }
  }
  std::ranges::sort(found, {}, [](const PortListener& each) { return each.setting->id; });
  return found;
}

std::vector<DynamicListener> dynamic_listeners(const catalogue::Catalogue& catalogue,
                                               const Server& server) {
  const auto* product = catalogue::find_product(catalogue, server.product);
  std::vector<DynamicListener> found;
  for (const catalogue::Service* service : services_on(catalogue, server)) {
    const auto* const at = std::ranges::find(kLeftDynamic, service->name, &LeftDynamic::service);
    if (at == kLeftDynamic.end()) {
      continue;
    }
    const bool is_left =
        std::ranges::any_of(service->listeners, [&](const catalogue::Listener& listener) {
          return listener.sequence == catalogue::Sequence::ncacn_ip_tcp &&
                 port_setting_of(catalogue, listener, product) == nullptr;
        });
    if (is_left) {
      found.push_back({service, at->rule});
    }
  }
  return found;
}

PortSet fixed_ports(const catalogue::Catalogue& catalogue, const Server& server) {
  PortSet ports;
  for (const catalogue::Service* service : services_on(catalogue, server)) {
    for (const catalogue::Listener& listener : service->listeners) {
      if (listener.sequence == catalogue::Sequence::udp) {
        continue;
      }
      ports.insert(listener.ports);
    }
  }
  return ports;
}

std::string_view samba_parameter(std::string_view setting) {
  const auto* const at = std::ranges::find(kSambaNames, setting, &SambaName::setting);
  return at == kSambaNames.end() ? std::string_view() : at->parameter;
}

std::optional<std::uint16_t> present_port(const State& state, const catalogue::Setting& setting) {
  if (setting.type == catalogue::ValueType::app_setting) {
    return state.app_settings ? port_of(*state.app_settings, setting.value) : std::nullopt;
  }
  if (state.smb_conf) {
    const std::string_view parameter = samba_parameter(setting.id);
    return parameter.empty() ? std::nullopt : samba_port(*state.smb_conf, parameter);
  }
  const registry::Value* value = find_value(state, setting);
  return value == nullptr ? std::nullopt : port_of(*value, setting.type);
}

}  // namespace pinhole::plan
