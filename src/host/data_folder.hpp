// SPDX-License-Identifier: Apache-2.0
#pragma once
// The catalogue that a run uses: the one compiled in, or another folder of the same files.

#include <string>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"

namespace pinhole::host {

/// The catalogue in the files of a folder, or the one compiled in for an empty name. Files that
/// cannot be read have exit code 3, what is wrong in them 2.
[[nodiscard]] Checked<catalogue::Catalogue> open_catalogue(const std::string& folder);

}  // namespace pinhole::host
