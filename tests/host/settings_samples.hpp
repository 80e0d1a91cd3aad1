// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the compiled-in catalogue by name, and readings made by hand.

#include <stdexcept>
#include <string>
#include <string_view>

#include "catalogue/lookup.hpp"
#include "host/settings.hpp"

namespace pinhole::host {

inline const catalogue::Product& product(std::string_view id) {
  const catalogue::Product* found = catalogue::find_product(catalogue::builtin(), id);
  return found == nullptr ? throw std::out_of_range(std::string(id)) : *found;
}

inline const catalogue::Service& service(std::string_view product_id, std::string_view name) {
  const catalogue::Service* found =
      catalogue::find_service(catalogue::builtin(), product(product_id), name);
  return found == nullptr ? throw std::out_of_range(std::string(name)) : *found;
}

inline const catalogue::Setting& setting(std::string_view id) {
  for (const catalogue::Setting& each : catalogue::builtin().settings) {
    if (each.id == id) {
      return each;
    }
  }
  throw std::out_of_range(std::string(id));
}

/// The listener that this setting moves.
inline const catalogue::Listener& listener(std::string_view product_id, std::string_view name,
                                           std::string_view setting_id) {
  for (const catalogue::Listener& each : service(product_id, name).listeners) {
    for (const catalogue::Setting* held : each.settings) {
      if (held->id == setting_id) {
        return each;
      }
    }
  }
  throw std::out_of_range(std::string(setting_id));
}

}  // namespace pinhole::host
