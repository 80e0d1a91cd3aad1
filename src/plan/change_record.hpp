// SPDX-License-Identifier: Apache-2.0
#pragma once
// The plan as people read it: the change record, in Markdown, and the order of restarts, in plain
// text. Both are one with the plan: the same plan gives the same text.

#include <string>
#include <string_view>

#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"

namespace pinhole::plan {

/// What changes on each server and why, the ports to open, the restarts, how to check, how to go
/// back, and the findings with their sources. Text of the topology, of state files and of the
/// catalogue is escaped.
[[nodiscard]] std::string change_record(const Plan& plan, const catalogue::Catalogue& catalogue);

/// A numbered line for each step: computer or services, and what is unavailable meanwhile.
[[nodiscard]] std::string restart_list(const Plan& plan);

/// Why an assignment has its port, in a few words.
[[nodiscard]] std::string_view reason_of(Choice choice);

/// `restart MSExchangeSA, MSExchangeIS`, `restart the computer`.
[[nodiscard]] std::string text_of(const Topology& topology, const RestartStep& step);

/// `<add key="RpcTcpPort" value="59533" />`: what the file of an app setting is to hold.
[[nodiscard]] std::string app_setting_line(const catalogue::Setting& setting, std::uint16_t port);

}  // namespace pinhole::plan
