// SPDX-License-Identifier: Apache-2.0
#pragma once
// The topology that a lab is made of where no other is named: examples/ of the source, compiled in,
// for a program that is installed without its examples.

#include <string_view>

namespace pinhole::lab {

inline constexpr std::string_view kDefaultName = "internal-firewall-exchange-2007.toml";

[[nodiscard]] std::string_view default_topology();

}  // namespace pinhole::lab
