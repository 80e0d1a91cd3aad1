// SPDX-License-Identifier: Apache-2.0
#include "render/escape.hpp"

#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "render/utf8.hpp"

namespace pinhole::render {

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Step step = first_step(text);
    if (step.code_point && is_printable(*step.code_point)) {
      out += text.substr(0, step.size);
    } else if (step.code_point && *step.code_point >= 0x80) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}",
                     static_cast<std::uint32_t>(*step.code_point));
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint8_t>(text[0]));
    }
    text.remove_prefix(step.size);
  }
  return out;
}

}  // namespace pinhole::render
