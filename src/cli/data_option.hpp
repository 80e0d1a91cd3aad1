// SPDX-License-Identifier: Apache-2.0
#pragma once
// `--data DIR`: another catalogue than the one compiled in.

#include <string>

#include <CLI/CLI.hpp>

#include "host/data_folder.hpp"

namespace pinhole::cli {

/// Declares `--data` on a subcommand; the folder stays empty where it is not given.
void add_data_option(CLI::App& app, std::string& folder);

using host::open_catalogue;

}  // namespace pinhole::cli
