// SPDX-License-Identifier: Apache-2.0
#pragma once
// A value or the reason why there is none. std::expected takes this place with C++23.

#include <tl/expected.hpp>

namespace pinhole {

template <class T, class E>
using Expected = tl::expected<T, E>;

template <class E>
[[nodiscard]] auto unexpected(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

}  // namespace pinhole

/// Returns the error of `expr` from the enclosing function, else goes on. Never in a coroutine.
#define PINHOLE_CHECK(expr)                                     \
  do {                                                          \
    if (auto pinhole_result = (expr); !pinhole_result) {        \
      return tl::unexpected(std::move(pinhole_result).error()); \
    }                                                           \
  } while (false)
