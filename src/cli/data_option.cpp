// SPDX-License-Identifier: Apache-2.0
#include "cli/data_option.hpp"

namespace pinhole::cli {

void add_data_option(CLI::App& app, std::string& folder) {
  app.add_option("--data", folder, "Read the catalogue from the files in this folder")
      ->type_name("DIR");
}

}  // namespace pinhole::cli
