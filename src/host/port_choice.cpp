// SPDX-License-Identifier: Apache-2.0
#include "host/port_choice.hpp"

#include <optional>

#include <fmt/format.h>

#include "base/address.hpp"
#include "catalogue/lookup.hpp"

namespace pinhole::host {
namespace {

std::string name_of(const catalogue::Setting& setting) {
  return fmt::format("{}\\{}", setting.key, setting.value);
}

/// The number that the value holds, or why it does not count.
Expected<std::uint32_t, std::string> number_of(const catalogue::Setting& setting,
                                               const registry::Value& value) {
  if (setting.type == catalogue::ValueType::reg_dword) {
    const auto number = value.type == registry::Type::dword ? value.dword() : std::nullopt;
    if (!number) {
      return tl::unexpected(fmt::format("a {}, not a REG_DWORD", to_string(value.type)));
    }
    if (*number > 65535) {
      return tl::unexpected(fmt::format("{} is no port", *number));
    }
    return *number;
  }
  const auto text = value.type == registry::Type::sz ? value.sz() : std::nullopt;
  if (!text) {
    return tl::unexpected(fmt::format("a {}, not a REG_SZ", to_string(value.type)));
  }
  const auto number = parse_decimal(*text, 0, 65535);
  if (!number) {
    return tl::unexpected(fmt::format("its text is no port"));
  }
  return static_cast<std::uint32_t>(*number);
}

std::string why_not_supported(const catalogue::Setting& setting, std::string_view product) {
  if (!setting.since.empty() && !setting.until.empty()) {
    return fmt::format("{} does not read it, {} to {} do", product, setting.since, setting.until);
  }
  return setting.since.empty()
             ? fmt::format("{} does not read it, the last that does is {}", product, setting.until)
             : fmt::format("{} does not read it, the first that does is {}", product,
                           setting.since);
}

}  // namespace

PortChoice choose_port(const catalogue::Catalogue& catalogue, const catalogue::Product& product,
                       const catalogue::Listener& listener, const Readings& readings) {
  PortChoice choice;
  for (const catalogue::Setting* setting : listener.settings) {
    const auto at = readings.find(setting->id);
    if (setting->holds != catalogue::Holds::port || at == readings.end()) {
      continue;
    }
    const auto& value = at->second;
    if (!value) {
      continue;
    }
    const auto ignore = [&](const std::string& why) {
      choice.notes.push_back(fmt::format("{} is ignored: {}", name_of(*setting), why));
    };
    if (!is_supported(catalogue, *setting, product)) {
      ignore(why_not_supported(*setting, product.id));
      continue;
    }
    const auto number = number_of(*setting, *value);
    if (!number) {
      ignore(number.error());
    } else if (*number != 0 && choice.kind != PortKind::static_port) {
      choice.kind = PortKind::static_port;
      choice.port = static_cast<std::uint16_t>(*number);
      choice.origin = name_of(*setting);
    }
  }
  if (choice.kind != PortKind::static_port && listener.default_port()) {
    choice.kind = PortKind::fixed;
    choice.port = *listener.default_port();
    choice.origin = "fixed by the product";
  }
  return choice;
}

const char* to_string(PortKind kind) {
  switch (kind) {
    case PortKind::static_port:
      return "static";
    case PortKind::fixed:
      return "fixed";
    case PortKind::dynamic:
      return "dynamic";
  }
  return "dynamic";
}

}  // namespace pinhole::host
