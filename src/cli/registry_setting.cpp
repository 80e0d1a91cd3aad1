// SPDX-License-Identifier: Apache-2.0
#include "cli/registry_setting.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "cli/data_option.hpp"
#include "cli/refusal.hpp"

namespace pinhole::cli {
namespace {

using registry::Path;
using registry::Type;
using registry::Value;

// The type that the catalogue gives the value, and whether it is a port.
struct Known {
  Type type = Type::dword;
  bool port = false;
};

Checked<std::optional<Known>> known_setting(const RegistryOptions& options, const Path& path) {
  const auto catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return tl::unexpected(catalogue.error());
  }
  const auto* setting =
      catalogue::find_setting(*catalogue, to_string(path), registry_value_name(options));
  if (setting == nullptr) {
    return std::optional<Known>();
  }
  Known known{Type::dword, setting->holds == catalogue::Holds::port};
  switch (setting->type) {
    case catalogue::ValueType::reg_dword:
      break;
    case catalogue::ValueType::reg_sz:
      known.type = Type::sz;
      break;
    case catalogue::ValueType::reg_multi_sz:
      known.type = Type::multi_sz;
      break;
    case catalogue::ValueType::app_setting:
    case catalogue::ValueType::command:
      return std::optional<Known>();
  }
  return std::optional(known);
}

Checked<Type> type_for(const RegistryOptions& options, const std::optional<Known>& known) {
  if (options.type.empty()) {
    if (known) {
      return known->type;
    }
    return refusal("registry-type-unknown", options.name, "no setting of the catalogue",
                   "give its type with --type");
  }
  const auto type = registry::parse_type(options.type);
  if (!type) {
    return refusal("registry-type", options.type, "not a type of a registry value",
                   "such as REG_DWORD or REG_SZ");
  }
  if (known && *type != known->type) {
    return refusal(
        "registry-type-wrong", options.name,
        fmt::format("the setting is a {}, not a {}", to_string(known->type), to_string(*type)),
        "leave --type out");
  }
  return *type;
}

}  // namespace

std::string registry_value_name(const RegistryOptions& options) {
  return options.name == "@" ? std::string() : options.name;
}

Checked<Value> registry_value(const RegistryOptions& options, const Path& path) {
  const auto known = known_setting(options, path);
  if (!known) {
    return tl::unexpected(known.error());
  }
  const auto type = type_for(options, *known);
  if (!type) {
    return tl::unexpected(type.error());
  }
  auto value = registry::parse_value(*type, options.value);
  if (!value) {
    return refusal("registry-value", options.value, fmt::format("not a {}", to_string(*type)),
                   "numbers are decimal, or 0x...");
  }
  const auto& setting = *known;
  const bool port = setting && setting->port;
  const auto number = port ? registry::parse_value(Type::dword, options.value) : std::nullopt;
  const bool one = *type == Type::dword || *type == Type::sz;
  const auto numeric = number ? number->dword() : std::nullopt;
  if (port && one && numeric.value_or(0x10000) > 0xFFFF) {
    return refusal("registry-port", options.value, "not a port", "ports are 0 to 65535");
  }
  return *std::move(value);
}

}  // namespace pinhole::cli
