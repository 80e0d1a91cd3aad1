// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which port a listener is to have, and why: the decision, without a socket.

#include <cstdint>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "host/settings.hpp"

namespace pinhole::host {

enum class PortKind : std::uint8_t {
  static_port,  // a setting says it
  fixed,        // the product's own, no setting says otherwise
  dynamic,      // any of the dynamic range
};

struct PortChoice {
  PortKind kind = PortKind::dynamic;
  std::uint16_t port = 0;          // 0: dynamic
  std::string origin;              // which value, or `fixed`; empty: dynamic
  std::vector<std::string> notes;  // values that are there and do not count, and why
};

/// The first setting of the listener that counts decides. One counts where the product reads it, it
/// is of the right type and holds a port; 0 stands for none. What does not count is in the notes.
[[nodiscard]] PortChoice choose_port(const catalogue::Catalogue& catalogue,
                                     const catalogue::Product& product,
                                     const catalogue::Listener& listener, const Readings& readings);

[[nodiscard]] const char* to_string(PortKind kind);

}  // namespace pinhole::host
