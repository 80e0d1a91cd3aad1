// SPDX-License-Identifier: Apache-2.0
#pragma once
// The registry where it lives: a folder with the files SYSTEM and SOFTWARE, or one hive file,
// mounted by what it holds. A set of hives is read whole, changed as a tree, and saved file by
// file, each after a backup, atomically, under a lock that is held from opening to the end.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "registry/view.hpp"
#include "store/file.hpp"

namespace pinhole::store {

enum class Access : std::uint8_t { read, write };
/// Of a hive file that is not there.
enum class Missing : std::uint8_t { refuse, create };
/// Of writing to a hive whose sequence numbers differ.
enum class Dirty : std::uint8_t { refuse, force };

struct OpenOptions {
  Access access = Access::read;
  Missing missing = Missing::refuse;
  Dirty dirty = Dirty::refuse;
};

/// What a save did.
struct Saved {
  std::vector<std::filesystem::path> files;    // written
  std::vector<std::filesystem::path> backups;  // of those that were there before
};

class HiveStore {
 public:
  /// `path` is the folder or the file. With Missing::create (and Access::write) new hives stand in
  /// view() at once and on disk after save(): in a folder those of SYSTEM and SOFTWARE that are
  /// not there, else the embedded one at `path`.
  [[nodiscard]] static Checked<HiveStore> open(const std::filesystem::path& path,
                                               OpenOptions options);

  [[nodiscard]] const registry::View& view() const { return view_; }
  /// Change this, then save().
  [[nodiscard]] registry::View& view() { return view_; }
  /// For the user to see: dirty hives.
  [[nodiscard]] const Diagnostics& warnings() const { return warnings_; }

  /// Writes every hive whose tree changed since it was read. All new contents are made before the
  /// first file is touched.
  [[nodiscard]] Checked<Saved> save();
  /// Keeps a backup of every hive file, changed or not.
  [[nodiscard]] Checked<std::vector<std::filesystem::path>> backup() const;

 private:
  struct Mounted {
    std::filesystem::path path;
    registry::HiveKind kind = registry::HiveKind::embedded;
    std::optional<Bytes> bytes;  // none: not on disk yet
    registry::Key original;
  };

  HiveStore() = default;
  Checked<void> load(const std::filesystem::path& path, std::optional<registry::HiveKind> kind,
                     const OpenOptions& options);
  void create(const std::filesystem::path& path, registry::HiveKind kind);

  registry::View view_;
  std::vector<Mounted> mounted_;
  Diagnostics warnings_;
  std::vector<Lock> locks_;
};

/// Makes the hives at `path` if there are none; true if it made some. For `serve`.
[[nodiscard]] Checked<bool> create_if_missing(const std::filesystem::path& path);

/// Puts a backup's content back at `target`, after a backup of what is there now, which is
/// returned; empty if nothing was there. A backup that is no sound hive is refused.
[[nodiscard]] Checked<std::filesystem::path> restore(const std::filesystem::path& backup,
                                                     const std::filesystem::path& target);

}  // namespace pinhole::store
