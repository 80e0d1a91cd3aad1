// SPDX-License-Identifier: Apache-2.0
#include "render/json.hpp"

#include <cstdint>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "render/utf8.hpp"

namespace pinhole::render {
namespace {

constexpr int kIndent = 2;
constexpr int kOneLine = -1;

void append_escaped(std::string& out, char32_t code_point) {
  auto value = static_cast<std::uint32_t>(code_point);
  if (value >= 0x10000) {
    value -= 0x10000;
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", 0xd800U + (value >> 10U));
    value = 0xdc00U + (value & 0x3ffU);
  }
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
}

std::string dump(const nlohmann::ordered_json& document, int indent) {
  const std::string raw =
      document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(raw.size() + 1);
  std::string_view rest = raw;
  while (!rest.empty()) {
    const Step step = first_step(rest);
    // The library has escaped the controls within strings: a newline here is layout.
    if (rest[0] == '\n' || (step.code_point && is_printable(*step.code_point))) {
      out += rest.substr(0, step.size);
    } else if (step.code_point) {
      append_escaped(out, *step.code_point);
    }
    rest.remove_prefix(step.size);
  }
  out += '\n';
  return out;
}

}  // namespace

std::string json_text(const nlohmann::ordered_json& document) {
  return dump(document, kIndent);
}

std::string json_line(const nlohmann::ordered_json& document) {
  return dump(document, kOneLine);
}

}  // namespace pinhole::render
