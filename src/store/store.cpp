// SPDX-License-Identifier: Apache-2.0
#include "store/store.hpp"

#include <chrono>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>

#include "store/hive.hpp"

namespace pinhole::store {
namespace {

namespace fs = std::filesystem;
using registry::HiveKind;

// 100 ns since 1601.
std::uint64_t filetime_now() {
  constexpr std::uint64_t kTo1970 = 11644473600;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return (static_cast<std::uint64_t>(seconds) + kTo1970) * 10'000'000;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

tl::unexpected<Diagnostics> not_there(const fs::path& path, std::string message) {
  return failure({"registry-missing",
                  Severity::error,
                  {path.string(), 0, 0, {}},
                  std::move(message),
                  "`pinhole registry import` and `pinhole serve` create a missing hive",
                  Exit::usage});
}

// A link is followed, so that the rename of a write does not replace it.
fs::path target_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_symlink(path, error)) {
    return path;
  }
  const fs::path target = fs::canonical(path, error);
  return error ? path : target;
}

// One lock for each file, whichever way it was named.
Checked<std::vector<Lock>> lock_all(const std::vector<fs::path>& files) {
  std::vector<Lock> locks;
  for (const fs::path& file : files) {
    auto lock = Lock::take(file);
    if (!lock) {
      return tl::unexpected(std::move(lock).error());
    }
    locks.push_back(*std::move(lock));
  }
  return locks;
}

}  // namespace

Checked<HiveStore> HiveStore::open(const fs::path& path, OpenOptions options) {
  const bool folder = is_folder(path);
  const bool create = options.access == Access::write && options.missing == Missing::create;
  if (!folder && !is_there(path) && !create) {
    return not_there(path, "no such hive or folder");
  }
  std::vector<fs::path> files = {target_of(path)};
  if (folder) {
    files = {target_of(path / "SYSTEM"), target_of(path / "SOFTWARE")};
    if (!is_there(files[0]) && !is_there(files[1]) && !create) {
      return not_there(path, "a folder with neither SYSTEM nor SOFTWARE");
    }
  }
  HiveStore store;
  if (options.access == Access::write) {
    auto locks = lock_all(files);
    if (!locks) {
      return tl::unexpected(std::move(locks).error());
    }
    store.locks_ = *std::move(locks);
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto kind = i == 0 ? HiveKind::system : HiveKind::software;
    if (is_there(files[i])) {
      PINHOLE_CHECK(store.load(files[i], folder ? std::optional(kind) : std::nullopt, options));
    } else if (create) {
      store.create(files[i], folder ? kind : HiveKind::embedded);
    }
  }
  return store;
}

Checked<void> HiveStore::load(const fs::path& path, std::optional<HiveKind> kind,
                              const OpenOptions& options) {
  auto bytes = read_file(path, registry::kMaxHiveFile);
  if (!bytes) {
    return tl::unexpected(std::move(bytes).error());
  }
  auto hive = read_hive(*bytes, path.string());
  if (!hive) {
    return tl::unexpected(std::move(hive).error());
  }
  if (hive->facts.dirty) {
    const bool refuse = options.access == Access::write && options.dirty == Dirty::refuse;
    Diagnostic dirty{"hive-dirty",
                     refuse ? Severity::error : Severity::warning,
                     {path.string(), 0, 0, 4},
                     "the hive is dirty: its sequence numbers differ, a log may hold more",
                     refuse ? "--force writes all the same and gives the log up"
                            : "what is shown may be older than what Windows would see",
                     Exit::usage};
    if (refuse) {
      return failure(std::move(dirty));
    }
    warnings_.push_back(std::move(dirty));
  }
  const HiveKind where = kind.value_or(registry::kind_of(hive->root));
  Mounted mounted{path, where, std::nullopt, {}};
  if (options.access == Access::write) {
    mounted.original = hive->root;
  }
  mounted.bytes = *std::move(bytes);
  mounted_.push_back(std::move(mounted));
  view_.mount(where, std::move(hive->root));
  return {};
}

void HiveStore::create(const fs::path& path, HiveKind kind) {
  mounted_.push_back({path, kind, std::nullopt, {}});
  view_.mount(kind, registry::new_tree(kind));
}

Checked<Saved> HiveStore::save() {
  if (locks_.empty()) {
    return failure({"registry-read-only",
                    Severity::error,
                    {},
                    "the registry was opened to be read",
                    "",
                    Exit::bug});
  }
  std::vector<std::pair<Mounted*, Bytes>> changes;
  for (Mounted& mounted : mounted_) {
    const registry::Key& now = view_.hive(mounted.kind);
    if (mounted.bytes && now == mounted.original) {
      continue;
    }
    auto bytes = change_hive(mounted.bytes.value_or(registry::empty_hive(filetime_now())), now,
                             mounted.path.string());
    if (!bytes) {
      return tl::unexpected(std::move(bytes).error());
    }
    changes.emplace_back(&mounted, *std::move(bytes));
  }
  Saved saved;
  for (auto& [mounted, bytes] : changes) {
    if (mounted->bytes) {
      auto backup = keep_backup(mounted->path, *mounted->bytes);
      if (!backup) {
        return tl::unexpected(std::move(backup).error());
      }
      saved.backups.push_back(*std::move(backup));
    }
    PINHOLE_CHECK(write_atomic(mounted->path, bytes));
    saved.files.push_back(mounted->path);
    mounted->original = view_.hive(mounted->kind);
    mounted->bytes = std::move(bytes);
  }
  return saved;
}

Checked<std::vector<fs::path>> HiveStore::backup() const {
  std::vector<fs::path> backups;
  for (const Mounted& mounted : mounted_) {
    if (!mounted.bytes) {
      continue;
    }
    auto backup = keep_backup(mounted.path, *mounted.bytes);
    if (!backup) {
      return tl::unexpected(std::move(backup).error());
    }
    backups.push_back(*std::move(backup));
  }
  return backups;
}

Checked<bool> create_if_missing(const fs::path& path) {
  if (!is_folder(path) && is_there(path)) {
    return false;
  }
  if (is_folder(path) && (is_there(path / "SYSTEM") || is_there(path / "SOFTWARE"))) {
    return false;
  }
  auto store = HiveStore::open(path, {Access::write, Missing::create, Dirty::refuse});
  if (!store) {
    return tl::unexpected(std::move(store).error());
  }
  const auto saved = store->save();
  if (!saved) {
    return tl::unexpected(saved.error());
  }
  return !saved->files.empty();
}

Checked<fs::path> restore(const fs::path& backup, const fs::path& target) {
  auto content = read_file(backup, registry::kMaxHiveFile);
  if (!content) {
    return tl::unexpected(std::move(content).error());
  }
  PINHOLE_CHECK(registry::check_hive(*content, backup.string()));
  const fs::path file = target_of(target);
  const auto lock = Lock::take(file);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  fs::path kept;
  if (is_there(file)) {
    auto old = read_file(file, registry::kMaxHiveFile);
    if (!old) {
      return tl::unexpected(std::move(old).error());
    }
    auto saved = keep_backup(file, *old);
    if (!saved) {
      return tl::unexpected(std::move(saved).error());
    }
    kept = *std::move(saved);
  }
  PINHOLE_CHECK(write_atomic(file, *content));
  return kept;
}

}  // namespace pinhole::store
