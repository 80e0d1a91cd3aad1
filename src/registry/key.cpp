// SPDX-License-Identifier: Apache-2.0
#include "registry/key.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pinhole::registry {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kRoots = {{
    {"HKLM", "HKEY_LOCAL_MACHINE"},
    {"HKCU", "HKEY_CURRENT_USER"},
    {"HKCR", "HKEY_CLASSES_ROOT"},
    {"HKU", "HKEY_USERS"},
    {"HKCC", "HKEY_CURRENT_CONFIG"},
}};

std::string_view long_root(std::string_view name) {
  for (const auto& [brief, full] : kRoots) {
    if (same_name(name, brief) || same_name(name, full)) {
      return full;
    }
  }
  return {};
}

void diff_values(const Key& before, const Key& after, const Path& path, std::vector<Edit>& edits) {
  for (const auto& [name, value] : before.values) {
    if (after.find_value(name) == nullptr) {
      edits.push_back({Edit::Kind::delete_value, path, name, {}, 0});
    }
  }
  for (const auto& [name, value] : after.values) {
    const Value* old = before.find_value(name);
    if (old == nullptr || *old != value) {
      edits.push_back({Edit::Kind::set_value, path, name, value, 0});
    }
  }
}

void diff_keys(const Key& before, const Key& after, const Path& path, std::vector<Edit>& edits) {
  diff_values(before, after, path, edits);
  for (const auto& [name, key] : before.keys) {
    if (after.find_key(name) == nullptr) {
      edits.push_back({Edit::Kind::delete_key, path.child(name), {}, {}, 0});
    }
  }
  static const Key nothing;
  for (const auto& [name, key] : after.keys) {
    const Path below = path.child(name);
    const Key* old = before.find_key(name);
    if (old == nullptr) {
      edits.push_back({Edit::Kind::make_key, below, {}, {}, 0});
      old = &nothing;
    }
    diff_keys(*old, key, below, edits);
  }
}

}  // namespace

const Key* Key::find_key(std::string_view name) const {
  const auto found = keys.find(name);
  return found == keys.end() ? nullptr : &found->second;
}

const Value* Key::find_value(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? nullptr : &found->second;
}

bool operator==(const Key& a, const Key& b) {
  const auto same_item = [](const auto& x, const auto& y) {
    return same_name(x.first, y.first) && x.second == y.second;
  };
  return std::ranges::equal(a.values, b.values, same_item) &&
         std::ranges::equal(a.keys, b.keys, same_item);
}

bool operator==(const Path& a, const Path& b) {
  return a.parts.size() == b.parts.size() && a.starts_with(b);
}

bool Path::starts_with(const Path& prefix) const {
  return prefix.parts.size() <= parts.size() &&
         std::equal(prefix.parts.begin(), prefix.parts.end(), parts.begin(), same_name);
}

Path Path::child(std::string_view name) const {
  Path path = *this;
  path.parts.emplace_back(name);
  return path;
}

Path Path::below(std::size_t count) const {
  const auto from = static_cast<std::ptrdiff_t>(std::min(count, parts.size()));
  return {{parts.begin() + from, parts.end()}};
}

std::optional<Path> parse_path(std::string_view text) {
  Path path;
  while (true) {
    const std::size_t end = text.find('\\');
    const std::string_view part = text.substr(0, end);
    if (part.empty() || utf16_length(part) > kMaxKeyName || path.parts.size() == kMaxDepth) {
      return std::nullopt;
    }
    path.parts.emplace_back(part);
    if (end == std::string_view::npos) {
      break;
    }
    text.remove_prefix(end + 1);
  }
  const std::string_view root = long_root(path.parts.front());
  if (root.empty()) {
    return std::nullopt;
  }
  path.parts.front() = root;
  return path;
}

std::string to_string(const Path& path) {
  std::string text;
  for (const std::string& part : path.parts) {
    if (!text.empty()) {
      text += '\\';
    }
    text += part;
  }
  return text;
}

const Key* find(const Key& root, const Path& path) {
  const Key* key = &root;
  for (const std::string& part : path.parts) {
    key = key->find_key(part);
    if (key == nullptr) {
      return nullptr;
    }
  }
  return key;
}

Key& make(Key& root, const Path& path) {
  Key* key = &root;
  for (const std::string& part : path.parts) {
    key = &key->keys.try_emplace(part).first->second;
  }
  return *key;
}

bool erase(Key& root, const Path& path) {
  if (path.parts.empty()) {
    return false;
  }
  Key* key = &root;
  for (std::size_t i = 0; i + 1 < path.parts.size(); ++i) {
    const auto found = key->keys.find(path.parts[i]);
    if (found == key->keys.end()) {
      return false;
    }
    key = &found->second;
  }
  const auto found = key->keys.find(path.parts.back());
  if (found == key->keys.end()) {
    return false;
  }
  key->keys.erase(found);
  return true;
}

std::size_t count_keys(const Key& key) {
  std::size_t count = key.keys.size();
  for (const auto& [name, below] : key.keys) {
    count += count_keys(below);
  }
  return count;
}

void apply(Key& root, const std::vector<Edit>& edits) {
  for (const Edit& edit : edits) {
    switch (edit.kind) {
      case Edit::Kind::make_key:
        make(root, edit.path);
        break;
      case Edit::Kind::delete_key:
        erase(root, edit.path);
        break;
      case Edit::Kind::set_value:
        make(root, edit.path).values.insert_or_assign(edit.name, edit.value);
        break;
      case Edit::Kind::delete_value:
        if (find(root, edit.path) != nullptr) {
          make(root, edit.path).values.erase(edit.name);
        }
        break;
    }
  }
}

std::vector<Edit> diff(const Key& before, const Key& after) {
  std::vector<Edit> edits;
  diff_keys(before, after, {}, edits);
  return edits;
}

std::vector<Edit> edits_of(const Key& key, const Path& path) {
  std::vector<Edit> edits;
  if (!path.parts.empty()) {
    edits.push_back({Edit::Kind::make_key, path, {}, {}, 0});
  }
  diff_keys({}, key, path, edits);
  return edits;
}

}  // namespace pinhole::registry
