// SPDX-License-Identifier: Apache-2.0
#include "cli/registry_commands.hpp"

#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/hive_file.hpp"
#include "cli/refusal.hpp"
#include "cli/registry_print.hpp"
#include "cli/registry_setting.hpp"
#include "cli/terminal.hpp"
#include "registry/hive_check.hpp"
#include "registry/reg_text.hpp"
#include "render/escape.hpp"
#include "store/store.hpp"

namespace pinhole::cli {
namespace {

namespace fs = std::filesystem;
using registry::Edit;
using registry::Key;
using registry::Path;
using store::HiveStore;

Checked<Path> path_of(const std::string& text) {
  if (auto path = registry::parse_path(text)) {
    return *std::move(path);
  }
  return refusal("registry-key", text, "not a registry key",
                 R"(keys start with a root, such as HKLM\SYSTEM)");
}

// The key that is asked for, with the path that CurrentControlSet stands for.
Checked<std::pair<Path, const Key*>> key_of(const HiveStore& opened, const std::string& text) {
  auto path = path_of(text);
  if (!path) {
    return tl::unexpected(std::move(path).error());
  }
  auto resolved = opened.view().resolve(*path);
  if (!resolved) {
    return tl::unexpected(std::move(resolved).error());
  }
  const Key* key = opened.view().find(*resolved);
  if (key == nullptr) {
    return refusal("registry-no-key", to_string(*resolved), "there is no such key", "", Exit::no);
  }
  return std::pair{*std::move(resolved), key};
}

Diagnostics no_value(const Path& path, const std::string& name) {
  return refusal("registry-no-value", to_string(path), fmt::format("there is no value `{}`", name),
                 "", Exit::no)
      .value();
}

Exit print_key(const RegistryOptions& options, const Path& path, const Key& key, bool subkeys) {
  fmt::print("{}", options.format == "json" ? registry_json(path, key, subkeys)
                                            : registry_table(key, subkeys));
  return Exit::good;
}

Exit print_saved(const store::Saved& saved) {
  for (const fs::path& backup : saved.backups) {
    fmt::print("kept {}\n", render::escape(backup.string()));
  }
  for (const fs::path& file : saved.files) {
    fmt::print("wrote {}\n", render::escape(file.string()));
  }
  if (saved.files.empty() && saved.backups.empty()) {
    fmt::print("nothing to change\n");
  }
  return Exit::good;
}

// Applies edits to the registry on disk; `name` is where they come from.
Exit change(const RegistryOptions& options, const std::vector<Edit>& edits, const std::string& name,
            store::Missing missing) {
  auto opened = HiveStore::open(
      options.registry,
      {store::Access::write, missing, options.force ? store::Dirty::force : store::Dirty::refuse});
  if (!opened) {
    return report(opened.error());
  }
  report(opened->warnings());
  if (const auto applied = opened->view().apply(edits, name); !applied) {
    return report(applied.error());
  }
  const auto saved = opened->save();
  return saved ? print_saved(*saved) : report(saved.error());
}

Checked<std::vector<Edit>> read_reg_file(const std::string& file) {
  auto content = store::read_file(file, registry::kMaxRegFile);
  if (!content) {
    return tl::unexpected(std::move(content).error());
  }
  return registry::read_reg(*content, file);
}

bool is_hive_or_folder(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return true;
  }
  const auto content = store::read_file(path, registry::kMaxHiveFile);
  return !content || text_of(*content).starts_with("regf");
}

// What a folder, a hive or a .reg file holds, in the form that files for Windows have.
Checked<Key> tree_of(const std::string& path) {
  if (is_hive_or_folder(path)) {
    const auto opened = open_to_read(path);
    if (!opened) {
      return tl::unexpected(opened.error());
    }
    return opened->view().portable_tree();
  }
  const auto edits = read_reg_file(path);
  if (!edits) {
    return tl::unexpected(edits.error());
  }
  Key tree;
  registry::apply(tree, *edits);
  return tree;
}

// A file for Windows says CurrentControlSet; one for a hive has only keys that a hive has, each
// after the one above it, as hivexregedit wants.
Checked<std::vector<Edit>> edits_to_export(const RegistryOptions& options,
                                           const HiveStore& opened) {
  const registry::View& view = opened.view();
  const Key tree = options.for_hive ? view.tree() : view.portable_tree();
  std::vector<Edit> edits;
  if (options.key.empty()) {
    for (const registry::HiveKind kind : view.mounts()) {
      const Path point = registry::mount_point(kind);
      if (const Key* key = registry::find(tree, point)) {
        const auto part = registry::edits_of(*key, point);
        edits.insert(edits.end(), part.begin(), part.end());
      }
    }
    return edits;
  }
  const auto found = key_of(opened, options.key);
  if (!found) {
    return tl::unexpected(found.error());
  }
  const auto& [resolved, key] = *found;
  if (!options.for_hive) {
    return registry::edits_of(*key, view.portable_path(resolved));
  }
  std::size_t levels = 1;
  for (const registry::HiveKind kind : view.mounts()) {
    const Path point = registry::mount_point(kind);
    levels = resolved.starts_with(point) ? point.parts.size() : levels;
  }
  Path above{
      {resolved.parts.begin(), resolved.parts.begin() + static_cast<std::ptrdiff_t>(levels)}};
  for (std::size_t i = levels; i < resolved.parts.size(); ++i) {
    edits.push_back({Edit::Kind::make_key, above, {}, {}, 0});
    above = above.child(resolved.parts[i]);
  }
  const auto part = registry::edits_of(*key, resolved);
  edits.insert(edits.end(), part.begin(), part.end());
  return edits;
}

registry::RegForm form_of(const RegistryOptions& options) {
  if (options.for_hive) {
    return registry::RegForm::for_hive;
  }
  if (options.dialect == "REGEDIT4") {
    return registry::RegForm::regedit4;
  }
  return options.output.empty() && is_terminal(stdout) ? registry::RegForm::version5_utf8
                                                       : registry::RegForm::version5;
}

}  // namespace

Exit registry_get(const RegistryOptions& options) {
  const auto opened = open_to_read(options.registry);
  if (!opened) {
    return report(opened.error());
  }
  const auto found = key_of(*opened, options.key);
  if (!found) {
    return report(found.error());
  }
  const auto& [path, key] = *found;
  if (!options.has_name) {
    return print_key(options, path, *key, false);
  }
  const auto value = key->values.find(registry_value_name(options));
  if (value == key->values.end()) {
    return report(no_value(path, options.name));
  }
  Key one;
  one.values.insert(*value);
  return print_key(options, path, one, false);
}

Exit registry_list(const RegistryOptions& options) {
  const auto opened = open_to_read(options.registry);
  if (!opened) {
    return report(opened.error());
  }
  const auto found = key_of(*opened, options.key);
  return found ? print_key(options, found->first, *found->second, true) : report(found.error());
}

Exit registry_set(const RegistryOptions& options) {
  const auto path = path_of(options.key);
  if (!path) {
    return report(path.error());
  }
  const auto value = registry_value(options, *path);
  if (!value) {
    return report(value.error());
  }
  return change(options, {{Edit::Kind::set_value, *path, registry_value_name(options), *value, 0}},
                options.registry, store::Missing::refuse);
}

Exit registry_delete(const RegistryOptions& options) {
  const auto opened = HiveStore::open(options.registry, {});
  if (!opened) {
    return report(opened.error());
  }
  const auto found = key_of(*opened, options.key);
  if (!found) {
    return report(found.error());
  }
  const auto& [path, key] = *found;
  if (!options.has_name) {
    return change(options, {{Edit::Kind::delete_key, path, {}, {}, 0}}, options.registry,
                  store::Missing::refuse);
  }
  if (key->find_value(registry_value_name(options)) == nullptr) {
    return report(no_value(path, options.name));
  }
  return change(options, {{Edit::Kind::delete_value, path, registry_value_name(options), {}, 0}},
                options.registry, store::Missing::refuse);
}

Exit registry_import(const RegistryOptions& options) {
  const auto edits = read_reg_file(options.file);
  if (!edits) {
    return report(edits.error());
  }
  return change(options, *edits, options.file, store::Missing::create);
}

Exit registry_export(const RegistryOptions& options) {
  const auto opened = open_to_read(options.registry);
  if (!opened) {
    return report(opened.error());
  }
  const auto edits = edits_to_export(options, *opened);
  if (!edits) {
    return report(edits.error());
  }
  const auto bytes = registry::write_reg(*edits, form_of(options));
  if (!bytes) {
    return report(bytes.error());
  }
  if (!options.output.empty()) {
    const auto written = store::write_atomic(options.output, *bytes);
    return written ? Exit::good : report(written.error());
  }
  if (std::fwrite(bytes->data(), 1, bytes->size(), stdout) != bytes->size()) {
    return report(
        refusal("output", "standard output", "cannot be written", "", Exit::environment).value());
  }
  return Exit::good;
}

Exit registry_diff(const RegistryOptions& options) {
  const auto before = tree_of(options.file);
  if (!before) {
    return report(before.error());
  }
  const auto after = tree_of(options.other);
  if (!after) {
    return report(after.error());
  }
  const std::vector<Edit> edits = registry::diff(*before, *after);
  fmt::print("{}",
             options.format == "json" ? edits_json(edits, *before) : edits_table(edits, *before));
  return edits.empty() ? Exit::good : Exit::no;
}

Exit registry_backup(const RegistryOptions& options) {
  const auto opened = open_to_read(options.registry);
  if (!opened) {
    return report(opened.error());
  }
  const auto backups = opened->backup();
  if (!backups) {
    return report(backups.error());
  }
  return print_saved({{}, *backups});
}

Exit registry_restore(const RegistryOptions& options) {
  fs::path target = options.registry;
  const fs::path origin = store::backup_origin(options.file);
  std::error_code error;
  if (target.empty() || fs::is_directory(target, error)) {
    if (origin.empty()) {
      return report(refusal("registry-backup-name", options.file, "not the name of a backup",
                            "name the hive that it belongs to with --registry")
                        .value());
    }
    target = target.empty() ? origin : target / origin.filename();
  }
  const auto kept = store::restore(options.file, target);
  if (!kept) {
    return report(kept.error());
  }
  return print_saved({{target}, kept->empty() ? std::vector<fs::path>() : std::vector{*kept}});
}

}  // namespace pinhole::cli
