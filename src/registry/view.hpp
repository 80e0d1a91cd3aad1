// SPDX-License-Identifier: Apache-2.0
#pragma once
// The mount table: which hives stand where below HKEY_LOCAL_MACHINE, and the one tree that they
// make together. CurrentControlSet is no key of a hive; it is resolved through Select\Current.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "registry/key.hpp"

namespace pinhole::registry {

/// What a hive is: Windows' SYSTEM or SOFTWARE, or one whose root is HKEY_LOCAL_MACHINE itself.
enum class HiveKind : std::uint8_t { system, software, embedded };

/// Told by what its root holds: `Select`, `Microsoft`, or neither.
[[nodiscard]] HiveKind kind_of(const Key& hive_root);

/// HKEY_LOCAL_MACHINE\SYSTEM, HKEY_LOCAL_MACHINE\SOFTWARE, HKEY_LOCAL_MACHINE
[[nodiscard]] Path mount_point(HiveKind kind);

/// What a new hive of that kind holds: SYSTEM a `Select` and an empty `ControlSet001`, SOFTWARE a
/// `Microsoft`, the embedded one SYSTEM and SOFTWARE with these.
[[nodiscard]] Key new_tree(HiveKind kind);

class View {
 public:
  /// An earlier mount at the same point is replaced.
  void mount(HiveKind kind, Key hive_root);

  [[nodiscard]] const std::vector<HiveKind>& mounts() const { return mounts_; }
  /// The tree of one mounted hive, from its own root.
  [[nodiscard]] const Key& hive(HiveKind kind) const;
  /// All that is mounted, from above HKEY_LOCAL_MACHINE.
  [[nodiscard]] const Key& tree() const { return tree_; }

  /// The path with CurrentControlSet replaced. A key outside what is mounted, or a control set
  /// that Select does not name, is an error that names it (exit 2). Whether the key exists is
  /// another question.
  [[nodiscard]] Checked<Path> resolve(const Path& path) const;

  /// The key, or none: it is not there or not mounted. HKEY_LOCAL_MACHINE itself is always there.
  [[nodiscard]] const Key* find(const Path& path) const;
  /// The same for a text such as `HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeIS`.
  [[nodiscard]] const Key* find(std::string_view path) const;
  [[nodiscard]] std::optional<Value> get(std::string_view path, std::string_view name) const;

  /// Carries all edits out, or none: each path is resolved first. Root keys of hives cannot be
  /// deleted. `name` stands in the places of errors, with the edit's line.
  [[nodiscard]] Checked<void> apply(const std::vector<Edit>& edits, std::string_view name);

  /// The tree as files for Windows name it: the current control set is CurrentControlSet.
  [[nodiscard]] Key portable_tree() const;
  /// The same of a path.
  [[nodiscard]] Path portable_path(const Path& path) const;

 private:
  [[nodiscard]] bool is_mounted(const Path& path) const;
  [[nodiscard]] std::optional<std::string> current_control_set() const;

  Key tree_;
  std::vector<HiveKind> mounts_;
};

}  // namespace pinhole::registry
