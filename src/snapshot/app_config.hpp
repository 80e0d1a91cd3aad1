// SPDX-License-Identifier: Apache-2.0
#pragma once
// The appSettings of a .NET .config file: <appSettings><add key="..." value="..."/></appSettings>,
// with <remove key="..."/> and <clear/> ([.NET configuration schema] appSettings). Of XML 1.0 as
// much as such files hold: elements, attributes, comments, CDATA, processing instructions, the five
// entities and character references. No DTD: nothing is declared, nothing is fetched.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"

namespace pinhole::snapshot {

struct AppSetting {
  std::string key;  // as written; keys compare without case
  std::string value;
  std::uint32_t line = 0;  // of its element

  friend bool operator==(const AppSetting&, const AppSetting&) = default;
};

/// The settings that are left when all is read, each key once (the last one counts), in the
/// order of their lines. XML that is not well-formed is refused as .NET does, with its line:
/// `config-xml`; an <add> without key or value is `config-add`.
[[nodiscard]] Checked<std::vector<AppSetting>> read_app_config(std::string_view text,
                                                               std::string_view name);

/// The value of one key, compared without case; none where it is not set, and none where the
/// file is refused.
[[nodiscard]] std::optional<std::string> find_app_setting(std::string_view xml,
                                                          std::string_view key);

}  // namespace pinhole::snapshot
