// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostic.hpp"

#include <fmt/format.h>

namespace pinhole {

std::string to_string(const Place& place) {
  std::string text = place.name;
  if (place.line != 0) {
    text += fmt::format(":{}", place.line);
    if (place.column != 0) {
      text += fmt::format(":{}", place.column);
    }
  }
  if (place.offset) {
    text += fmt::format(": offset 0x{:x}", *place.offset);
  }
  return text;
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = to_string(diagnostic.place);
  if (!text.empty()) {
    text += ": ";
  }
  text += diagnostic.message;
  if (!diagnostic.remedy.empty()) {
    text += "; ";
    text += diagnostic.remedy;
  }
  return text;
}

const char* to_string(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "?";
}

tl::unexpected<Diagnostics> failure(Diagnostic diagnostic) {
  Diagnostics all;
  all.push_back(std::move(diagnostic));
  return tl::unexpected(std::move(all));
}

}  // namespace pinhole
