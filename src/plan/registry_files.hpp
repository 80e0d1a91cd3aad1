// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a plan writes into the registry of a server, and how it is undone. Keys say
// CurrentControlSet, as files for Windows do.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"
#include "registry/key.hpp"
#include "registry/reg_text.hpp"

namespace pinhole::plan {

/// What the setting holds so that its service listens on `port`, in the setting's own type; for
/// REG_MULTI_SZ the text of a DCOM endpoint (`ncacn_ip_tcp,0,PORT`). None: no registry value.
[[nodiscard]] std::optional<registry::Value> registry_value_of(const catalogue::Setting& setting,
                                                               std::uint16_t port);

/// True where the settings of the server lie in a registry: Windows, or an Exchange product that
/// this program stands for on Linux. A Samba domain controller has none.
[[nodiscard]] bool has_registry(const Server& server);

/// Sets every assigned value, also those that are there already. Empty: none is in the registry.
[[nodiscard]] std::vector<registry::Edit> registry_edits(const Plan& plan, Index server,
                                                         const catalogue::Catalogue& catalogue);

/// Takes registry_edits back. With the registry of `state` each value becomes what it was, type
/// included, and a key that was not there below a service that was is deleted. Without, the port
/// before is written, and a value without one is deleted; keys stay. nullptr: no state.
[[nodiscard]] std::vector<registry::Edit> registry_undo(const Plan& plan, Index server,
                                                        const catalogue::Catalogue& catalogue,
                                                        const State* state);

/// REGEDIT4 for Windows NT 4, version 5.00 after.
[[nodiscard]] registry::RegForm reg_form_of(const Server& server);

}  // namespace pinhole::plan
