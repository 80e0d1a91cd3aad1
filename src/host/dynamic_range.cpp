// SPDX-License-Identifier: Apache-2.0
#include "host/dynamic_range.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"

namespace pinhole::host {
namespace {

const registry::Value* value_of(const Readings& readings, std::string_view id) {
  const auto at = readings.find(id);
  if (at == readings.end()) {
    return nullptr;
  }
  const auto& value = at->second;
  return value ? &*value : nullptr;
}

/// The ranges of a REG_MULTI_SZ; no value where it is of another type or a line is no range.
std::optional<PortSet> port_lines(const registry::Value& value) {
  const auto lines = value.multi_sz();
  if (value.type != registry::Type::multi_sz || !lines) {
    return std::nullopt;
  }
  return parse_port_lines(*lines);
}

/// Windows before Vista takes dynamic ports up to MaxUserPort; later ones do not read it.
bool reads_max_user_port(std::string_view windows) {
  constexpr std::array<std::string_view, 3> kOld{"Windows NT 4.0", "Windows 2000",
                                                 "Windows Server 2003"};
  return std::ranges::find(kOld, windows) != kOld.end();
}

void apply_max_user_port(const catalogue::DynamicRange& range, const Readings& readings,
                         DynamicPorts& result) {
  const registry::Value* value = value_of(readings, "tcpip-max-user-port");
  if (value == nullptr) {
    return;
  }
  const auto number = value->type == registry::Type::dword ? value->dword() : std::nullopt;
  if (!reads_max_user_port(range.windows)) {
    result.notes.push_back(
        fmt::format("MaxUserPort is ignored: {} does not read it", range.windows));
  } else if (!number || *number < catalogue::kMaxUserPorts.first ||
             *number > catalogue::kMaxUserPorts.last) {
    result.notes.push_back(fmt::format("MaxUserPort is ignored: no REG_DWORD from {} to {}",
                                       catalogue::kMaxUserPorts.first,
                                       catalogue::kMaxUserPorts.last));
  } else {
    result.ports = PortSet({range.range.first, static_cast<std::uint16_t>(*number)});
    result.origin += fmt::format(", MaxUserPort {}", *number);
  }
}

std::optional<bool> yes_or_no(const Readings& readings, std::string_view id) {
  const registry::Value* value = value_of(readings, id);
  const auto text = value == nullptr ? std::nullopt : value->sz();
  if (text == "Y" || text == "y") {
    return true;
  }
  if (text == "N" || text == "n") {
    return false;
  }
  return std::nullopt;
}

void apply_rpc_internet(const Readings& readings, DynamicPorts& result) {
  const registry::Value* lines = value_of(readings, "rpc-internet-ports");
  if (lines == nullptr) {
    return;
  }
  const auto ports = port_lines(*lines);
  const auto available = yes_or_no(readings, "rpc-internet-available");
  const auto use = yes_or_no(readings, "rpc-internet-use");
  if (!ports || !available || !use) {
    result.notes.emplace_back(
        "Rpc\\Internet is ignored: it takes Ports as ranges, and Y or N in PortsInternetAvailable "
        "and UseInternetPorts");
    return;
  }
  // Ports names those that the Internet reaches or, with N, those that it does not; what a process
  // takes lies on the one side or the other.
  result.ports = *available == *use ? *ports : result.ports - *ports;
  result.origin += *available == *use ? fmt::format(", Rpc\\Internet {}", to_string(*ports))
                                      : fmt::format(", Rpc\\Internet not {}", to_string(*ports));
}

}  // namespace

DynamicPorts dynamic_ports(const catalogue::Product& product, const Readings& readings) {
  const catalogue::DynamicRange& range = product.dynamic_ranges.front();
  DynamicPorts result;
  result.ports = PortSet(range.range);
  result.origin = fmt::format("{}: {}", range.windows, to_string(range.range));
  apply_max_user_port(range, readings, result);
  apply_rpc_internet(readings, result);
  if (const registry::Value* value = value_of(readings, "tcpip-reserved-ports")) {
    const auto reserved = port_lines(*value);
    if (reserved) {
      result.ports.erase(*reserved);
      result.origin += fmt::format(", ReservedPorts {}", to_string(*reserved));
    } else {
      result.notes.emplace_back("ReservedPorts is ignored: no REG_MULTI_SZ of port ranges");
    }
  }
  return result;
}

}  // namespace pinhole::host
