// SPDX-License-Identifier: Apache-2.0
#include "cli/registry_print.hpp"

#include <nlohmann/json.hpp>

#include "base/bytes.hpp"
#include "cli/terminal.hpp"
#include "render/json.hpp"
#include "render/table.hpp"

namespace pinhole::cli {
namespace {

using Json = nlohmann::ordered_json;
using registry::Edit;
using registry::Key;
using registry::Value;

std::string shown(const std::string& name) {
  return name.empty() ? "@" : name;
}

Json value_json(const Value& value) {
  if (const auto number = value.dword()) {
    return *number;
  }
  if (const auto number = value.qword()) {
    return *number;
  }
  if (auto text = value.sz()) {
    return *std::move(text);
  }
  if (auto list = value.multi_sz()) {
    return *std::move(list);
  }
  return to_hex(value.data);
}

const Value* old_value(const Edit& edit, const Key& before) {
  const Key* key = registry::find(before, edit.path);
  return key == nullptr ? nullptr : key->find_value(edit.name);
}

const char* change_word(const Edit& edit, const Key& before) {
  switch (edit.kind) {
    case Edit::Kind::make_key:
      return "key added";
    case Edit::Kind::delete_key:
      return "key removed";
    case Edit::Kind::set_value:
      return old_value(edit, before) == nullptr ? "value added" : "value changed";
    case Edit::Kind::delete_value:
      return "value removed";
  }
  return "?";
}

bool is_of_value(const Edit& edit) {
  return edit.kind == Edit::Kind::set_value || edit.kind == Edit::Kind::delete_value;
}

}  // namespace

std::string registry_table(const Key& key, bool subkeys) {
  render::Table table({{"NAME"}, {"TYPE"}, {"VALUE"}});
  if (subkeys) {
    for (const auto& [name, below] : key.keys) {
      table.add_row({name, "key", ""});
    }
  }
  for (const auto& [name, value] : key.values) {
    table.add_row({shown(name), to_string(value.type), display(value)});
  }
  return table.text(style_of(stdout));
}

std::string registry_json(const registry::Path& path, const Key& key, bool subkeys) {
  Json json = {{"schema", "pinhole.registry-key/1"}, {"key", to_string(path)}};
  if (subkeys) {
    json["keys"] = Json::array();
    for (const auto& [name, below] : key.keys) {
      json["keys"].push_back(name);
    }
  }
  json["values"] = Json::array();
  for (const auto& [name, value] : key.values) {
    json["values"].push_back({{"name", name},
                              {"type", to_string(value.type)},
                              {"value", value_json(value)},
                              {"data", to_hex(value.data)}});
  }
  return render::json_text(json);
}

std::string edits_table(const std::vector<Edit>& edits, const Key& before) {
  render::Table table({{"CHANGE"}, {"KEY"}, {"NAME"}, {"BEFORE"}, {"AFTER"}});
  for (const Edit& edit : edits) {
    const Value* old = is_of_value(edit) ? old_value(edit, before) : nullptr;
    table.add_row({change_word(edit, before), to_string(edit.path),
                   is_of_value(edit) ? shown(edit.name) : "", old == nullptr ? "" : display(*old),
                   edit.kind == Edit::Kind::set_value ? display(edit.value) : ""});
  }
  return table.text(style_of(stdout));
}

std::string edits_json(const std::vector<Edit>& edits, const Key& before) {
  Json json = {{"schema", "pinhole.registry-diff/1"}, {"differs", !edits.empty()}};
  json["changes"] = Json::array();
  for (const Edit& edit : edits) {
    Json row = {{"change", change_word(edit, before)}, {"key", to_string(edit.path)}};
    if (is_of_value(edit)) {
      row["name"] = edit.name;
      if (const Value* old = old_value(edit, before)) {
        row["before"] = {{"type", to_string(old->type)}, {"value", value_json(*old)}};
      }
    }
    if (edit.kind == Edit::Kind::set_value) {
      row["after"] = {{"type", to_string(edit.value.type)}, {"value", value_json(edit.value)}};
    }
    json["changes"].push_back(std::move(row));
  }
  return render::json_text(json);
}

}  // namespace pinhole::cli
