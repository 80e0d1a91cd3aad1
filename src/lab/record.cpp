// SPDX-License-Identifier: Apache-2.0
#include "lab/record.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "lab/spaces.hpp"
#include "netfilter/trial_files.hpp"

namespace pinhole::lab {
namespace {

constexpr const char* kSchema = "pinhole.lab/1";

/// What make_layout may have called a namespace; a name is a path's last part.
bool is_ours(const Record& record) {
  return std::ranges::all_of(record.spaces, [](const Space& each) {
    return each.space.starts_with("pinhole-") && each.space.find('/') == std::string::npos;
  });
}

}  // namespace

std::string to_json(const Record& record) {
  nlohmann::ordered_json spaces = nlohmann::ordered_json::array();
  for (const Space& each : record.spaces) {
    spaces.push_back({{"namespace", each.space},
                      {"kind", each.kind},
                      {"name", each.name},
                      {"zones", each.zones},
                      {"addresses", each.addresses},
                      {"runs", each.runs},
                      {"state", each.state}});
  }
  const nlohmann::ordered_json all = {
      {"schema", kSchema},         {"name", record.name},         {"topology", record.topology},
      {"plan", record.plan},       {"pid", record.pid},           {"since", record.since},
      {"dynamic", record.dynamic}, {"complete", record.complete}, {"namespaces", spaces}};
  return all.dump(2) + "\n";
}

std::filesystem::path record_path(const std::filesystem::path& folder) {
  return folder / "lab.json";
}

Checked<void> write_record(const std::filesystem::path& folder, const Record& record) {
  return netfilter::write_text(record_path(folder), to_json(record));
}

Checked<std::optional<Record>> read_record(const std::filesystem::path& folder) {
  const auto text = netfilter::read_text(record_path(folder));
  if (!text) {
    return std::optional<Record>();
  }
  try {
    const auto all = nlohmann::json::parse(*text);
    Record record;
    if (all.at("schema") == kSchema) {
      all.at("name").get_to(record.name);
      all.at("topology").get_to(record.topology);
      all.at("plan").get_to(record.plan);
      all.at("pid").get_to(record.pid);
      all.at("since").get_to(record.since);
      all.at("dynamic").get_to(record.dynamic);
      all.at("complete").get_to(record.complete);
      for (const auto& row : all.at("namespaces")) {
        Space& space = record.spaces.emplace_back();
        row.at("namespace").get_to(space.space);
        row.at("kind").get_to(space.kind);
        row.at("name").get_to(space.name);
        row.at("zones").get_to(space.zones);
        row.at("addresses").get_to(space.addresses);
        row.at("runs").get_to(space.runs);
        row.at("state").get_to(space.state);
      }
      if (is_ours(record)) {
        return std::optional(std::move(record));
      }
    }
  } catch (const nlohmann::json::exception&) {
    // Said below, as for another schema.
  }
  return lab_error("lab-record", record_path(folder).string(), "this is no record of a lab",
                   "name the lab's folder with --state, or take the file away");
}

}  // namespace pinhole::lab
