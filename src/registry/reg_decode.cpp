// SPDX-License-Identifier: Apache-2.0
#include "registry/reg_decode.hpp"

#include <utility>

#include "registry/reg_text.hpp"
#include "registry/text.hpp"

namespace pinhole::registry {
namespace {

Diagnostic bad_encoding(std::string_view name, std::size_t offset, std::string message) {
  return {"reg-encoding",
          Severity::error,
          {std::string(name), 0, 0, offset},
          std::move(message),
          "save it as UTF-16LE with a byte order mark, or as UTF-8",
          Exit::usage};
}

}  // namespace

Checked<std::string> decode_reg(ByteView file, std::string_view name) {
  if (file.size() > kMaxRegFile) {
    return failure({"reg-too-long",
                    Severity::error,
                    {std::string(name), 0, 0, {}},
                    "a .reg file of more than 64 MiB",
                    "split it",
                    Exit::usage});
  }
  const std::string_view raw = text_of(file);
  if (raw.starts_with("\xFF\xFE")) {
    const ByteView units = file.subspan(2);
    if (const auto bad = first_bad_utf16le(units)) {
      return failure(bad_encoding(name, *bad + 2, "not UTF-16LE"));
    }
    return utf8_of_utf16le(units).value_or(std::string());
  }
  if (raw.starts_with("\xFE\xFF")) {
    return failure(bad_encoding(name, 0, "UTF-16 in big-endian order"));
  }
  const bool marked = raw.starts_with("\xEF\xBB\xBF");
  const std::string_view text = raw.substr(marked ? 3 : 0);
  if (!marked && text.starts_with(kRegedit4Header)) {
    return utf8_of_cp1252(file);
  }
  if (const auto bad = first_bad_utf8(text)) {
    return failure(bad_encoding(name, *bad + (marked ? 3 : 0), "not UTF-8"));
  }
  return std::string(text);
}

}  // namespace pinhole::registry
