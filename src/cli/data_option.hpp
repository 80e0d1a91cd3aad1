// SPDX-License-Identifier: Apache-2.0
#pragma once
// `--data DIR`: another catalogue than the one compiled in; and what an argument names in it.

#include <string>

#include <CLI/CLI.hpp>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "host/data_folder.hpp"

namespace pinhole::cli {

/// Declares `--data` on a subcommand; the folder stays empty where it is not given.
void add_data_option(CLI::App& app, std::string& folder);

using host::open_catalogue;

/// The product of that id, which `place` names; exit 2 lists those of the catalogue.
[[nodiscard]] Checked<const catalogue::Product*> product_of(const catalogue::Catalogue& catalogue,
                                                            const std::string& id,
                                                            const std::string& place);

}  // namespace pinhole::cli
