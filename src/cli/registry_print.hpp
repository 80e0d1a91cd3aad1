// SPDX-License-Identifier: Apache-2.0
#pragma once
// Keys, values and differences of the registry as tables and as JSON.

#include <string>
#include <string_view>
#include <vector>

#include "registry/key.hpp"

namespace pinhole::cli {

/// The values of a key, and before them its subkeys where the caller asks for these.
[[nodiscard]] std::string registry_table(const registry::Key& key, bool subkeys);
[[nodiscard]] std::string registry_json(const registry::Path& path, const registry::Key& key,
                                        bool subkeys);

/// What an edit changes; `before` is the tree that it applies to.
[[nodiscard]] std::string edits_table(const std::vector<registry::Edit>& edits,
                                      const registry::Key& before);
[[nodiscard]] std::string edits_json(const std::vector<registry::Edit>& edits,
                                     const registry::Key& before);

}  // namespace pinhole::cli
