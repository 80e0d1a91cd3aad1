// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every limit of the served processes by name: `pinhole serve --set NAME=NUMBER`.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "epm/map.hpp"
#include "rpc/endpoint.hpp"
#include "transport/listener.hpp"

namespace pinhole::host {

struct Limits {
  dcerpc::ServerLimits association;
  dcerpc::GroupTable::Limits groups;
  transport::SessionLimits sessions;
  epm::MapLimits map;
};

struct LimitInfo {
  std::string_view name;
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::uint64_t by_default = 0;
  std::string_view about;
};

[[nodiscard]] std::vector<LimitInfo> limit_infos();

/// Reads `NAME=NUMBER`; exit 2 for a name that is none or a number outside its bounds.
[[nodiscard]] Checked<std::map<std::string, std::uint64_t>> parse_limits(
    const std::vector<std::string>& texts);

/// The defaults with these changes; names are those of limit_infos().
[[nodiscard]] Limits limits_with(const std::map<std::string, std::uint64_t>& changes);

}  // namespace pinhole::host
