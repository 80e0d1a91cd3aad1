// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a service reads when it starts: the values of its catalogue settings, as they were then.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "registry/value.hpp"
#include "registry/view.hpp"

namespace pinhole::host {

/// By the id of the setting; no value: it is not there.
using Readings = std::map<std::string, std::optional<registry::Value>, std::less<>>;

/// Every setting that decides a port of this service: those of the listeners that are served, and
/// where a port may be dynamic, Windows' own about the dynamic range.
[[nodiscard]] std::vector<const catalogue::Setting*> settings_of(
    const catalogue::Catalogue& catalogue, const catalogue::Service& service);

/// Whether this listener can be stood for: RPC with known interfaces, or X.400 over RFC 1006.
[[nodiscard]] bool is_served(const catalogue::Listener& listener);

/// Where the texts of .config files come from: the file's content by its name, if it is there.
using ReadConfig = std::function<std::optional<std::string>(std::string_view name)>;

/// An appSettings value of a .config file becomes a REG_SZ.
[[nodiscard]] Readings read_settings(const std::vector<const catalogue::Setting*>& settings,
                                     const registry::View& registry, const ReadConfig& config);

/// The settings of which `now` differs from what was read at start.
[[nodiscard]] std::vector<const catalogue::Setting*> changed_settings(
    const std::vector<const catalogue::Setting*>& settings, const Readings& at_start,
    const Readings& now);

/// What must restart for all of these to count; no value: nothing changed.
[[nodiscard]] std::optional<catalogue::Restart> awaited_restart(
    const std::vector<const catalogue::Setting*>& changed);

}  // namespace pinhole::host
