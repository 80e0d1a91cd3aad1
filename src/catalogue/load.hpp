// SPDX-License-Identifier: Apache-2.0
#pragma once
// From TOML text to a catalogue. The build uses it to validate data/, the program to read another
// folder of the same eight files (--data DIR).

#include <span>
#include <string_view>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"

namespace pinhole::catalogue {

/// One file: its name for messages, of which the last part says which table it is, and its text.
struct DataFile {
  std::string_view name;  // data/products.toml
  std::string_view text;
};

/// The files a catalogue is made of.
[[nodiscard]] Texts data_file_names();

/// Reads all tables and checks them: known keys only, types, UUIDs, port ranges, references, order,
/// uniqueness, and a source in each row. All that is wrong is reported, each with file and line.
[[nodiscard]] Checked<Catalogue> load(std::span<const DataFile> files);

}  // namespace pinhole::catalogue
