// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a user may set: the value that the arguments of `pinhole registry set` mean, judged by the
// catalogue.

#include <string>

#include "base/diagnostic.hpp"
#include "cli/registry_commands.hpp"
#include "registry/key.hpp"

namespace pinhole::cli {

/// The name of the value; empty for `@`, the default value.
[[nodiscard]] std::string registry_value_name(const RegistryOptions& options);

/// The value for a key. A setting of the catalogue has its type and, where it is a port, a port's
/// range; any other needs --type.
[[nodiscard]] Checked<registry::Value> registry_value(const RegistryOptions& options,
                                                      const registry::Path& path);

}  // namespace pinhole::cli
