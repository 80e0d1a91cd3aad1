// SPDX-License-Identifier: Apache-2.0
#pragma once
// The appSettings of a .NET .config file: <appSettings><add key="..." value="..."/></appSettings>.
// Just these elements are read; of XML no more than it takes to find them.

#include <optional>
#include <string>
#include <string_view>

namespace pinhole::host {

/// The value of a key (compared without case, the last one counts), with the five predefined
/// entities replaced. Comments are passed over.
[[nodiscard]] std::optional<std::string> find_app_setting(std::string_view xml,
                                                          std::string_view key);

}  // namespace pinhole::host
