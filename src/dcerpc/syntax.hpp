// SPDX-License-Identifier: Apache-2.0
#pragma once
// Interface and transfer syntax identifiers: a UUID with a version (C706 12.6.3.1, p_syntax_id_t),
// and the well-known ones.

#include <compare>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.hpp"

namespace pinhole::dcerpc {

struct SyntaxId {
  Uuid uuid;
  std::uint16_t major = 0;
  std::uint16_t minor = 0;

  friend constexpr auto operator<=>(const SyntaxId&, const SyntaxId&) = default;
};

inline constexpr SyntaxId kNdr32{"8a885d04-1ceb-11c9-9fe8-08002b104860"_uuid, 2, 0};
/// [MS-RPCE] 2.2.5.1
inline constexpr SyntaxId kNdr64{"71710533-beba-4937-8319-b5dbef9ccc36"_uuid, 1, 0};
/// Bind-time feature negotiation ([MS-RPCE] 3.3.1.5.3): the last eight octets carry a bitmask.
inline constexpr Uuid kBindTimeFeaturePrefix = "6cb71c2c-9812-4540-0000-000000000000"_uuid;

inline constexpr SyntaxId kEndpointMapper{"e1af8308-5d1f-11c9-91a4-08002b14a0fa"_uuid, 3, 0};
inline constexpr SyntaxId kManagement{"afa8bd80-7d8a-11c9-bef4-08002b102989"_uuid, 1, 0};

/// `uuid,major.minor`, as users write an interface; a missing version reads as 0.0, `,3` as 3.0.
[[nodiscard]] std::optional<SyntaxId> parse_syntax_id(std::string_view text);
/// `uuid,major.minor`
[[nodiscard]] std::string to_string(const SyntaxId& id);
std::ostream& operator<<(std::ostream& out, const SyntaxId& id);

}  // namespace pinhole::dcerpc

template <>
struct std::hash<pinhole::dcerpc::SyntaxId> {
  std::size_t operator()(const pinhole::dcerpc::SyntaxId& id) const noexcept {
    return std::hash<pinhole::Uuid>{}(id.uuid) ^
           (static_cast<std::size_t>(id.major) << 16 | id.minor);
  }
};
