// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files whole: read with a bound, written so that a reader sees the old or the new, kept before
// they change, and locked while one writer works. Errors are the environment's (exit 3).

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "store/descriptor.hpp"

namespace pinhole::store {

/// A file that is longer than `limit`, or no regular file, is refused.
[[nodiscard]] Checked<Bytes> read_file(const std::filesystem::path& path, std::size_t limit);

/// Writes a file beside it, flushes it, renames it over `path`, flushes the folder. An existing
/// file's mode and, where permitted, owner stay. After a failure the old file is as it was.
[[nodiscard]] Checked<void> write_atomic(const std::filesystem::path& path, ByteView content);

/// Keeps `content` beside `path` as `PATH.<UTC time>.bak`, flushed, never over another file;
/// returns the new file.
[[nodiscard]] Checked<std::filesystem::path> keep_backup(const std::filesystem::path& path,
                                                         ByteView content);

/// The file that a backup was made of, by its name; empty if the name is no backup's.
[[nodiscard]] std::filesystem::path backup_origin(const std::filesystem::path& backup);

/// One writer at a time: an flock on `PATH.lock`, which stays behind, empty. Waits for another
/// writer for ten seconds, then fails and names the file.
class Lock {
 public:
  [[nodiscard]] static Checked<Lock> take(const std::filesystem::path& path);

 private:
  explicit Lock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace pinhole::store
