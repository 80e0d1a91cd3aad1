// SPDX-License-Identifier: Apache-2.0
#include "cli/dump_diff.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catalogue/lookup.hpp"
#include "cli/terminal.hpp"
#include "cli/text_file.hpp"
#include "render/json.hpp"
#include "render/table.hpp"
#include "snapshot/dump_diff.hpp"

namespace pinhole::cli {
namespace {

using Json = nlohmann::ordered_json;
using render::Tone;
using snapshot::DumpChange;
using snapshot::DumpDifference;
using snapshot::DumpedEntry;

Checked<std::vector<snapshot::DumpedTarget>> read_dump(const std::string& path) {
  const auto text = read_text(path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return snapshot::read_dump_json(*text, path);
}

Tone tone_of(DumpChange change) {
  switch (change) {
    case DumpChange::added:
    case DumpChange::answers:
    case DumpChange::asked:
    case DumpChange::back:
      return Tone::good;
    case DumpChange::moved:
      return Tone::warning;
    case DumpChange::gone:
    case DumpChange::silent:
    case DumpChange::not_asked:
    case DumpChange::failed:
      break;
  }
  return Tone::bad;
}

std::string version_of(const DumpedEntry& entry) {
  return entry.version ? fmt::format("{}.{}", entry.version->major, entry.version->minor) : "-";
}

/// The catalogue's name, or else what the mapper calls it.
std::string name_of(const DumpedEntry& entry) {
  const snapshot::InterfaceVersion version = entry.version.value_or(snapshot::InterfaceVersion());
  const auto known = catalogue::interface_name(catalogue::builtin(), entry.interface, version.major,
                                               version.minor);
  return known.empty() ? entry.annotation : std::string(known);
}

std::string table_of(const std::vector<DumpDifference>& differences, render::Style style) {
  render::Table table(
      {{"change"}, {"target"}, {"interface"}, {"version"}, {"name"}, {"before"}, {"after"}});
  for (const DumpDifference& each : differences) {
    std::vector<render::Cell> row{{to_string(each.change), tone_of(each.change)}, each.target};
    const auto& shown = each.after ? each.after : each.before;
    if (shown) {
      row.emplace_back(to_string(shown->interface));
      row.emplace_back(version_of(*shown));
      row.emplace_back(name_of(*shown), Tone::strong);
      row.emplace_back(each.before ? each.before->binding : "-");
      row.emplace_back(each.after ? each.after->binding : "-");
    } else {
      row.emplace_back(each.error);
    }
    table.add_row(std::move(row));
  }
  return table.text(style);
}

Json place_json(const DumpedEntry& entry) {
  Json place{{"address", entry.address}, {"endpoint", entry.endpoint}, {"binding", entry.binding}};
  if (entry.alive) {
    place["ping"] = *entry.alive;
  }
  return place;
}

Json json_of(const std::vector<DumpDifference>& differences) {
  Json rows = Json::array();
  for (const DumpDifference& each : differences) {
    Json row{{"change", to_string(each.change)}, {"target", each.target}};
    if (const auto& shown = each.after ? each.after : each.before; shown) {
      row["interface"] = {{"uuid", to_string(shown->interface)}};
      if (shown->version) {
        row["interface"]["version"] = version_of(*shown);
      }
      if (!shown->object.is_nil()) {
        row["object"] = to_string(shown->object);
      }
      row["annotation"] = shown->annotation;
      row["protocol_sequence"] = shown->protocol_sequence;
    }
    if (each.before) {
      row["before"] = place_json(*each.before);
    }
    if (each.after) {
      row["after"] = place_json(*each.after);
    }
    if (!each.error.empty()) {
      row["error"] = each.error;
    }
    rows.push_back(std::move(row));
  }
  return {{"schema", "pinhole.dump-diff/1"},
          {"differs", !differences.empty()},
          {"differences", std::move(rows)}};
}

}  // namespace

Exit print_dump_diff(const std::string& earlier, const std::string& later,
                     const std::string& format) {
  const auto before = read_dump(earlier);
  if (!before) {
    return report(before.error());
  }
  const auto after = read_dump(later);
  if (!after) {
    return report(after.error());
  }
  const auto differences = snapshot::compare_dumps(*before, *after);
  if (format == "json") {
    fmt::print("{}", render::json_text(json_of(differences)));
  } else if (differences.empty()) {
    fmt::print("no difference\n");
  } else {
    fmt::print("{}", table_of(differences, style_of(stdout)));
  }
  return differences.empty() ? Exit::good : Exit::no;
}

}  // namespace pinhole::cli
