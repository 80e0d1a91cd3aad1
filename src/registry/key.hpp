// SPDX-License-Identifier: Apache-2.0
#pragma once
// The registry's tree as values: keys with subkeys and typed values, whose names compare without
// case and keep the case that they were made with; paths; and edits, the one form that a .reg
// file, a difference of two trees and a command all have.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/text.hpp"
#include "registry/value.hpp"

namespace pinhole::registry {

/// Windows' limits ([MS-RRP] 3.1.1): levels, and UTF-16 units of a key's and of a value's name.
inline constexpr std::size_t kMaxDepth = 512;
inline constexpr std::size_t kMaxKeyName = 255;
inline constexpr std::size_t kMaxValueName = 16383;

/// The value whose name is empty is the key's default value.
struct Key {
  std::map<std::string, Key, NameLess> keys;
  std::map<std::string, Value, NameLess> values;

  [[nodiscard]] const Key* find_key(std::string_view name) const;
  [[nodiscard]] const Value* find_value(std::string_view name) const;
  [[nodiscard]] bool empty() const { return keys.empty() && values.empty(); }
};

/// Same keys and values below, names without case.
bool operator==(const Key& a, const Key& b);

/// A key's place from the top: `HKEY_LOCAL_MACHINE`, `SYSTEM`, ...
struct Path {
  std::vector<std::string> parts;

  friend bool operator==(const Path& a, const Path& b);
  [[nodiscard]] bool starts_with(const Path& prefix) const;
  [[nodiscard]] Path child(std::string_view name) const;
  /// The path without its first `count` parts, at most all of them.
  [[nodiscard]] Path below(std::size_t count) const;
};

/// Reads `HKLM\SYSTEM\Select`; the first part is one of the five root keys, by its short or its
/// long name, and becomes the long one. No value for another root, an empty part, a part longer
/// than a key's name may be, or more levels than there may be.
[[nodiscard]] std::optional<Path> parse_path(std::string_view text);
[[nodiscard]] std::string to_string(const Path& path);

/// Walks from `root`; an empty path is the root itself.
[[nodiscard]] const Key* find(const Key& root, const Path& path);
/// Walks from `root` and makes what is missing.
Key& make(Key& root, const Path& path);
/// False if there was no such key; the root itself cannot be erased.
bool erase(Key& root, const Path& path);

/// How many keys lie below the key.
[[nodiscard]] std::size_t count_keys(const Key& key);

struct Edit {
  enum class Kind : std::uint8_t { make_key, delete_key, set_value, delete_value };

  Kind kind = Kind::make_key;
  Path path;
  std::string name;        // of the value
  Value value;             // of set_value
  std::uint32_t line = 0;  // in the .reg file that it came from; 0: from none

  friend bool operator==(const Edit&, const Edit&) = default;
};

/// Carries the edits out in order. Setting a value makes its key; deleting what is not there is
/// no error.
void apply(Key& root, const std::vector<Edit>& edits);

/// The edits that make `after` of `before`, keys before what is in them, in the order of names.
[[nodiscard]] std::vector<Edit> diff(const Key& before, const Key& after);

/// The edits that make the tree from nothing, every key named; `path` goes before theirs.
[[nodiscard]] std::vector<Edit> edits_of(const Key& key, const Path& path);

}  // namespace pinhole::registry
