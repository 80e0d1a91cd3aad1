// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers that must not be mixed up. A strong id compares, hashes and prints; it does not add.

#include <compare>
#include <cstdint>
#include <functional>

namespace pinhole {

template <class Tag, class Number>
struct StrongId {
  Number value{};
  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
};

using CallId = StrongId<struct CallIdTag, std::uint32_t>;        // of one association
using ContextId = StrongId<struct ContextIdTag, std::uint16_t>;  // presentation context
using AssocGroupId = StrongId<struct AssocGroupIdTag, std::uint32_t>;
using Opnum = StrongId<struct OpnumTag, std::uint16_t>;
using Port = StrongId<struct PortTag, std::uint16_t>;

}  // namespace pinhole

template <class Tag, class Number>
struct std::hash<pinhole::StrongId<Tag, Number>> {
  std::size_t operator()(const pinhole::StrongId<Tag, Number>& id) const noexcept {
    return std::hash<Number>{}(id.value);
  }
};
