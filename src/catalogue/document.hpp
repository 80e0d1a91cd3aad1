// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/catalogue.md as text: what the catalogue holds, for people. The build target
// `catalogue_document` writes it anew, and a test says when it is stale.

#include <string>

#include "catalogue/catalogue.hpp"

namespace pinhole::catalogue {

/// Markdown: products, what each serves with ports and settings, settings, interfaces, rules.
[[nodiscard]] std::string document(const Catalogue& catalogue);

}  // namespace pinhole::catalogue
