// SPDX-License-Identifier: Apache-2.0
#include "cli/data_option.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "cli/refusal.hpp"

namespace pinhole::cli {

void add_data_option(CLI::App& app, std::string& folder) {
  app.add_option("--data", folder, "Read the catalogue from the files in this folder")
      ->type_name("DIR");
}

Checked<const catalogue::Product*> product_of(const catalogue::Catalogue& catalogue,
                                              const std::string& id, const std::string& place) {
  if (const auto* product = catalogue::find_product(catalogue, id)) {
    return product;
  }
  std::vector<std::string_view> known;
  for (const catalogue::Product& each : catalogue.products) {
    known.push_back(each.id);
  }
  return refusal("product-unknown", place,
                 fmt::format("\"{}\" is not a product of the catalogue", id),
                 fmt::format("it has {}; leave the product out where there is no Exchange",
                             fmt::join(known, " ")));
}

}  // namespace pinhole::cli
