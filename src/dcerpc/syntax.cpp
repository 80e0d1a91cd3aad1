// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/syntax.hpp"

#include <ostream>

#include <fmt/format.h>

#include "base/address.hpp"

namespace pinhole::dcerpc {

std::optional<SyntaxId> parse_syntax_id(std::string_view text) {
  const std::size_t comma = text.find(',');
  const auto uuid = parse_uuid(text.substr(0, comma));
  if (!uuid) {
    return std::nullopt;
  }
  SyntaxId id{*uuid};
  if (comma == std::string_view::npos) {
    return id;
  }
  const std::string_view version = text.substr(comma + 1);
  const std::size_t dot = version.find('.');
  const auto major = parse_decimal(version.substr(0, dot), 0, 65535);
  const auto minor = dot == std::string_view::npos
                         ? std::optional<std::uint64_t>(0)
                         : parse_decimal(version.substr(dot + 1), 0, 65535);
  if (!major || !minor) {
    return std::nullopt;
  }
  id.major = static_cast<std::uint16_t>(*major);
  id.minor = static_cast<std::uint16_t>(*minor);
  return id;
}

std::string to_string(const SyntaxId& id) {
  return fmt::format("{},{}.{}", to_string(id.uuid), id.major, id.minor);
}

std::ostream& operator<<(std::ostream& out, const SyntaxId& id) {
  return out << to_string(id);
}

}  // namespace pinhole::dcerpc
