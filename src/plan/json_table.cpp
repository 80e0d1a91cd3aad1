// SPDX-License-Identifier: Apache-2.0
#include "plan/json_table.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pinhole::plan {
namespace {

using nlohmann::json;

/// plan.json itself is no deeper than 5.
constexpr int kMostDepth = 16;

std::string step(std::string_view key) {
  std::string name;
  for (const char c : key) {
    name += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return name;
}

class Conversion {
 public:
  Conversion(std::string_view file, Mistakes& mistakes) : file_(file), mistakes_(&mistakes) {}

  toml::table table(const json& object, const std::string& pointer, int depth) {
    toml::table made;
    for (const auto& [key, value] : object.items()) {
      put(value, pointer + "/" + step(key), depth,
          [&](auto&& node) { made.insert(key, std::forward<decltype(node)>(node)); });
    }
    return made;
  }

 private:
  toml::array array(const json& values, const std::string& pointer, int depth) {
    toml::array made;
    for (std::size_t i = 0; i < values.size(); ++i) {
      put(values[i], fmt::format("{}/{}", pointer, i), depth,
          [&](auto&& node) { made.push_back(std::forward<decltype(node)>(node)); });
    }
    return made;
  }

  template <class Insert>
  void put(const json& value, const std::string& pointer, int depth, const Insert& insert) {
    if (depth == kMostDepth) {
      refuse(pointer, "is nested too deeply");
    } else if (value.is_object()) {
      insert(table(value, pointer, depth + 1));
    } else if (value.is_array()) {
      insert(array(value, pointer, depth + 1));
    } else if (value.is_string()) {
      insert(value.get<std::string>());
    } else if (value.is_boolean()) {
      insert(value.get<bool>());
    } else if (value.is_number_float()) {
      insert(value.get<double>());
    } else if (value.is_null()) {
      refuse(pointer, "is null");
    } else if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) {
      refuse(pointer, "is too large a number");
    } else {
      insert(value.get<std::int64_t>());
    }
  }

  void refuse(const std::string& pointer, std::string_view what) {
    mistakes_->add("plan-type", {fmt::format("{}#{}", file_, pointer), 0, 0, {}},
                   fmt::format("it {}", what), "make the plan again with `pinhole plan`");
  }

  std::string file_;
  Mistakes* mistakes_;
};

}  // namespace

std::optional<toml::table> table_of_json(std::string_view text, std::string_view name,
                                         Mistakes& mistakes) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::parse_error& error) {
    Place place{std::string(name), 0, 0, error.byte > 0 ? error.byte - 1 : 0};
    mistakes.add("plan-syntax", std::move(place), "not JSON",
                 "name a plan.json that `pinhole plan` wrote, or its folder");
    return std::nullopt;
  } catch (const json::out_of_range&) {
    mistakes.add("plan-syntax", {std::string(name), 0, 0, {}}, "a number beyond all bounds",
                 "name a plan.json that `pinhole plan` wrote, or its folder");
    return std::nullopt;
  }
  if (!document.is_object()) {
    mistakes.add("plan-syntax", {std::string(name), 0, 0, {}}, "not a JSON object",
                 "name a plan.json that `pinhole plan` wrote, or its folder");
    return std::nullopt;
  }
  return Conversion(name, mistakes).table(document, {}, 0);
}

void Mistakes::point_to(const toml::node& node, const toml::node& above, std::string name) {
  steps_[&node.source()] = {&above.source(), std::move(name)};
  point_below(node);
}

void Mistakes::point_below(const toml::node& node) {
  if (const toml::table* table = node.as_table()) {
    for (const auto& [key, value] : *table) {
      steps_[&key.source()] = {&node.source(), step(key.str())};
      point_to(value, node, step(key.str()));
    }
  } else if (const toml::array* array = node.as_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      point_to((*array)[i], node, fmt::to_string(i));
    }
  }
}

void Mistakes::point_into(const toml::table& root) {
  steps_[&root.source()] = {};
  point_below(root);
}

std::optional<std::string> Mistakes::pointer_to(const toml::source_region& region) const {
  const auto at = steps_.find(&region);
  if (at == steps_.end()) {
    return std::nullopt;
  }
  std::string pointer;
  for (const Step* each = &at->second; each->above != nullptr; each = &steps_.at(each->above)) {
    pointer.insert(0, "/" + each->name);
  }
  return pointer;
}

}  // namespace pinhole::plan
