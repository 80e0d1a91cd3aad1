// SPDX-License-Identifier: Apache-2.0
#pragma once
// `--data DIR`: another catalogue than the one compiled in.

#include <string>

#include <CLI/CLI.hpp>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"

namespace pinhole::cli {

/// Declares `--data` on a subcommand; the folder stays empty where it is not given.
void add_data_option(CLI::App& app, std::string& folder);

/// The catalogue in the files of a folder, or the one compiled in for an empty name.
[[nodiscard]] Checked<catalogue::Catalogue> open_catalogue(const std::string& folder);

}  // namespace pinhole::cli
