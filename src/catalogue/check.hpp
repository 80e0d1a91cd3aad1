// SPDX-License-Identifier: Apache-2.0
#pragma once
// What must hold between the rows of a catalogue: order, uniqueness, references. Each function sees
// one row, those of its table before it, and the reader that knows its place. Only the loader
// includes this.

#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/rows.hpp"

namespace pinhole::catalogue {

void check_product(const Product& row, const std::vector<Product>& before, RowReader& reader);
void check_setting(const Setting& row, const std::vector<Setting>& before, RowReader& reader);
void check_interface(const InterfaceInfo& row, const std::vector<InterfaceInfo>& before,
                     RowReader& reader);
void check_service(const Service& row, const std::vector<Service>& before, RowReader& reader);
void check_uuid(const KnownUuid& row, const std::vector<KnownUuid>& before, RowReader& reader);
void check_port(const PortUse& row, const std::vector<PortUse>& before, RowReader& reader);
void check_rule(const PortRule& row, const std::vector<PortRule>& before, RowReader& reader);
void check_flow(const Flow& row, const std::vector<Flow>& before, RowReader& reader);

}  // namespace pinhole::catalogue
