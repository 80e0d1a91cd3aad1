// SPDX-License-Identifier: Apache-2.0
#include "registry/view.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pinhole::registry {
namespace {

constexpr std::string_view kMachine = "HKEY_LOCAL_MACHINE";
constexpr std::string_view kCurrent = "CurrentControlSet";
constexpr std::size_t kControlSetLevel = 2;  // below HKEY_LOCAL_MACHINE\SYSTEM

Path machine() {
  return {{std::string(kMachine)}};
}

bool names_current(const Path& path) {
  return path.parts.size() > kControlSetLevel && path.starts_with(mount_point(HiveKind::system)) &&
         same_name(path.parts[kControlSetLevel], kCurrent);
}

Diagnostic at(std::string_view name, std::uint32_t line, std::string id, std::string message,
              std::string remedy) {
  return {std::move(id),      Severity::error,   {std::string(name), line, 0, {}},
          std::move(message), std::move(remedy), Exit::usage};
}

}  // namespace

HiveKind kind_of(const Key& hive_root) {
  if (hive_root.find_key("Select") != nullptr) {
    return HiveKind::system;
  }
  return hive_root.find_key("Microsoft") != nullptr ? HiveKind::software : HiveKind::embedded;
}

Path mount_point(HiveKind kind) {
  switch (kind) {
    case HiveKind::system:
      return machine().child("SYSTEM");
    case HiveKind::software:
      return machine().child("SOFTWARE");
    case HiveKind::embedded:
      break;
  }
  return machine();
}

Key new_tree(HiveKind kind) {
  Key root;
  switch (kind) {
    case HiveKind::system: {
      Key& select = root.keys["Select"];
      select.values["Current"] = Value::of_dword(1);
      select.values["Default"] = Value::of_dword(1);
      select.values["Failed"] = Value::of_dword(0);
      select.values["LastKnownGood"] = Value::of_dword(1);
      root.keys["ControlSet001"].keys["Services"];
      break;
    }
    case HiveKind::software:
      root.keys["Microsoft"];
      break;
    case HiveKind::embedded:
      root.keys["SYSTEM"] = new_tree(HiveKind::system);
      root.keys["SOFTWARE"] = new_tree(HiveKind::software);
      break;
  }
  return root;
}

void View::mount(HiveKind kind, Key hive_root) {
  make(tree_, mount_point(kind)) = std::move(hive_root);
  if (std::ranges::find(mounts_, kind) == mounts_.end()) {
    mounts_.push_back(kind);
  }
}

const Key& View::hive(HiveKind kind) const {
  static const Key nothing;
  const Key* key = registry::find(tree_, mount_point(kind));
  return key == nullptr ? nothing : *key;
}

bool View::is_mounted(const Path& path) const {
  return std::ranges::any_of(
      mounts_, [&path](HiveKind kind) { return path.starts_with(mount_point(kind)); });
}

std::optional<std::string> View::current_control_set() const {
  const Key* select = registry::find(tree_, mount_point(HiveKind::system).child("Select"));
  const Value* current = select == nullptr ? nullptr : select->find_value("Current");
  const auto number = current == nullptr ? std::nullopt : current->dword();
  if (!number || *number == 0 || *number > 999) {
    return std::nullopt;
  }
  return fmt::format("ControlSet{:03}", *number);
}

Checked<Path> View::resolve(const Path& path) const {
  if (!is_mounted(path) && path != machine()) {
    return failure(at(to_string(path), 0, "registry-not-mounted",
                      "the key is outside what is mounted",
                      "give the folder or the hive that holds it with --registry"));
  }
  if (!names_current(path)) {
    return path;
  }
  auto current = current_control_set();
  if (!current) {
    return failure(at(to_string(path), 0, "registry-control-set",
                      "SYSTEM\\Select has no valid value Current",
                      "name the control set itself, such as ControlSet001"));
  }
  Path resolved = path;
  resolved.parts[kControlSetLevel] = *std::move(current);
  return resolved;
}

const Key* View::find(const Path& path) const {
  const auto resolved = resolve(path);
  return resolved ? registry::find(tree_, *resolved) : nullptr;
}

const Key* View::find(std::string_view path) const {
  const auto parsed = parse_path(path);
  return parsed ? find(*parsed) : nullptr;
}

std::optional<Value> View::get(std::string_view path, std::string_view name) const {
  const Key* key = find(path);
  const Value* value = key == nullptr ? nullptr : key->find_value(name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

Checked<void> View::apply(const std::vector<Edit>& edits, std::string_view name) {
  std::vector<Edit> resolved = edits;
  Diagnostics errors;
  for (Edit& edit : resolved) {
    auto path = resolve(edit.path);
    if (!path) {
      for (Diagnostic& error : path.error()) {
        error.message = fmt::format("{}: {}", error.place.name, error.message);
        error.place = {std::string(name), edit.line, 0, {}};
        errors.push_back(std::move(error));
      }
      continue;
    }
    edit.path = *std::move(path);
    const bool is_root = std::ranges::any_of(
        mounts_, [&edit](HiveKind kind) { return edit.path == mount_point(kind); });
    if (!is_mounted(edit.path) && edit.kind != Edit::Kind::make_key) {
      errors.push_back(at(name, edit.line, "registry-not-mounted",
                          fmt::format("{}: the key is in no hive", to_string(edit.path)), ""));
    } else if (is_root && edit.kind == Edit::Kind::delete_key) {
      errors.push_back(
          at(name, edit.line, "registry-hive-root",
             fmt::format("{}: the root of a hive cannot be deleted", to_string(edit.path)),
             "delete the keys below it"));
    }
  }
  if (!errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  registry::apply(tree_, resolved);
  return {};
}

Key View::portable_tree() const {
  Key copy = tree_;
  const auto current = current_control_set();
  const Path system = mount_point(HiveKind::system);
  if (!current || registry::find(copy, system.child(*current)) == nullptr) {
    return copy;
  }
  Key& keys = make(copy, system);
  if (keys.find_key(kCurrent) != nullptr) {
    return copy;  // a key of that very name in the hive, by some other tool's mistake
  }
  auto node = keys.keys.extract(*current);
  node.key() = kCurrent;
  keys.keys.insert(std::move(node));
  return copy;
}

Path View::portable_path(const Path& path) const {
  const auto current = current_control_set();
  Path portable = path;
  if (current && path.starts_with(mount_point(HiveKind::system).child(*current))) {
    portable.parts[kControlSetLevel] = kCurrent;
  }
  return portable;
}

}  // namespace pinhole::registry
