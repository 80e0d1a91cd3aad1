// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_files.hpp"

#include <functional>
#include <map>
#include <utility>

#include "plan/change_record.hpp"
#include "plan/plan_json.hpp"
#include "plan/registry_files.hpp"

namespace pinhole::plan {
namespace {

PlanFile text_file(std::string_view name, const std::string& text) {
  return {std::string(name), to_bytes(bytes_of(text))};
}

}  // namespace

std::string reg_file_name(const Server& server) {
  return server.name + ".reg";
}

std::string undo_file_name(const Server& server) {
  return server.name + "-undo.reg";
}

Checked<std::vector<PlanFile>> plan_files(const Plan& plan, std::span<const State> states,
                                          const catalogue::Catalogue& catalogue) {
  std::vector<PlanFile> files{text_file(kPlanFile, write_plan(plan, catalogue)),
                              text_file(kRecordFile, change_record(plan, catalogue)),
                              text_file(kRestartFile, restart_list(plan))};
  std::map<std::string_view, const State*, std::less<>> by_name;
  for (const State& state : states) {
    by_name.emplace(state.name, &state);
  }
  for (Index index = 0; index < plan.topology.servers.size(); ++index) {
    const Server& server = plan.topology.servers[index];
    const auto edits = registry_edits(plan, index, catalogue);
    if (edits.empty()) {
      continue;
    }
    const auto state = by_name.find(server.name);
    const auto undo =
        registry_undo(plan, index, catalogue, state == by_name.end() ? nullptr : state->second);
    auto forward = registry::write_reg(edits, reg_form_of(server));
    auto back = registry::write_reg(undo, reg_form_of(server));
    if (!forward || !back) {
      return tl::unexpected(std::move(!forward ? forward : back).error());
    }
    files.push_back({reg_file_name(server), *std::move(forward)});
    files.push_back({undo_file_name(server), *std::move(back)});
  }
  return files;
}

}  // namespace pinhole::plan
