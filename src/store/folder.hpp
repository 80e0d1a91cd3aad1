// SPDX-License-Identifier: Apache-2.0
#pragma once
// A folder of files that belong together, replaced whole or not at all: whoever looks sees the
// earlier files or the new ones, never a mixture, also after a crash.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"

namespace pinhole::store {

struct FolderFile {
  std::string name;  // relative, `/` between its parts; no two alike, case apart
  Bytes content;
};

struct FolderWritten {
  std::filesystem::path folder;
  std::filesystem::path previous;  // where the earlier files are now; empty: there were none
};

/// Says whether `folder` may be written: it is absent, empty, or holds the file `marker` that an
/// earlier write left, and so is `FOLDER.old`. Else exit 2.
[[nodiscard]] Checked<void> check_folder(const std::filesystem::path& folder,
                                         std::string_view marker);

/// Makes `folder` hold `files` and the file `marker`, and nothing else, or leaves it as it is.
/// The earlier folder of ours becomes `FOLDER.old`, in place of an older one. The new files are
/// written and flushed in `.FOLDER.new` beside it, then the two change places in one step
/// (renameat2(2)); what an interrupted write left there is taken away first. The folder above must
/// be there; it is locked meanwhile (flock(2)), ten seconds are waited for another writer.
/// A folder that is not ours, or two files with one name: exit 2; all else: exit 3.
[[nodiscard]] Checked<FolderWritten> write_folder(const std::filesystem::path& folder,
                                                  std::string_view marker,
                                                  std::span<const FolderFile> files);

}  // namespace pinhole::store
