// SPDX-License-Identifier: Apache-2.0
#include "cli/dump_print.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catalogue/lookup.hpp"

namespace pinhole::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Empty where nothing is known beyond the annotation.
std::string name_of(const inspect::DumpEntry& entry, const catalogue::Catalogue& catalogue) {
  const dcerpc::SyntaxId& id = entry.tower.interface;
  std::string name(catalogue::interface_name(catalogue, id.uuid, id.major, id.minor));
  return name == entry.annotation ? std::string() : name;
}

std::string version_of(const inspect::DumpEntry& entry) {
  const dcerpc::SyntaxId& id = entry.tower.interface;
  return entry.version_known ? fmt::format("{}.{}", id.major, id.minor) : "-";
}

std::string count_of(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// `28 entries of 27 interfaces on 10 endpoints; 21 YES, 7 NO`
std::string summary_of(const inspect::TargetDump& dump) {
  std::set<Uuid> interfaces;
  std::set<std::string> endpoints;
  std::size_t yes = 0;
  std::size_t no = 0;
  for (const inspect::DumpEntry& entry : dump.entries) {
    interfaces.insert(entry.tower.interface.uuid);
    endpoints.insert(inspect::binding_of(entry.tower, {}));
    yes += entry.ping == true ? 1U : 0U;
    no += entry.ping == false ? 1U : 0U;
  }
  std::string text = count_of(dump.entries.size(), "entry", "entries");
  if (!dump.entries.empty()) {
    text += fmt::format(" of {} on {}", count_of(interfaces.size(), "interface", "interfaces"),
                        count_of(endpoints.size(), "endpoint", "endpoints"));
  }
  return yes + no == 0 ? text : fmt::format("{}; {} YES, {} NO", text, yes, no);
}

/// By endpoint as people look for it: sequence, then port as a number, then in the map's order.
std::vector<const inspect::DumpEntry*> sorted(const inspect::TargetDump& dump) {
  std::vector<const inspect::DumpEntry*> entries;
  entries.reserve(dump.entries.size());
  for (const inspect::DumpEntry& entry : dump.entries) {
    entries.push_back(&entry);
  }
  const auto key = [](const inspect::DumpEntry* entry) {
    const std::string& endpoint = entry->tower.endpoint;
    return std::tuple(entry->tower.sequence, endpoint.size(), endpoint, entry);
  };
  std::ranges::sort(entries, {}, key);
  return entries;
}

}  // namespace

std::string dump_table(const inspect::TargetDump& dump, const catalogue::Catalogue& catalogue,
                       render::Style style) {
  using render::Tone;
  std::vector<render::Column> columns{
      {"endpoint"}, {"interface"}, {"version"}, {"name"}, {"annotation"}};
  const bool pinged =
      std::ranges::any_of(dump.entries, [](const auto& entry) { return entry.ping.has_value(); });
  if (pinged) {
    columns.insert(columns.begin() + 1, {"answers"});
  }
  render::Table table(std::move(columns));
  for (const inspect::DumpEntry* entry : sorted(dump)) {
    const epm::Tower& tower = entry->tower;
    std::vector<render::Cell> row;
    row.emplace_back(inspect::binding_of(tower, dump.target.host));
    if (pinged) {
      row.push_back(!entry->ping   ? render::Cell("-", Tone::faint)
                    : *entry->ping ? render::Cell("YES", Tone::good)
                                   : render::Cell("NO", Tone::bad));
    }
    row.emplace_back(to_string(tower.interface.uuid));
    row.emplace_back(version_of(*entry));
    row.emplace_back(name_of(*entry, catalogue), Tone::strong);
    row.emplace_back(entry->annotation);
    table.add_row(std::move(row));
  }
  std::string text = dump.entries.empty() ? "" : table.text(style);
  if (!dump.error) {
    text += fmt::format("{}: {}\n", render::paint(dump.target.name, Tone::strong, style),
                        summary_of(dump));
  }
  return text;
}

Json dump_json(const std::vector<inspect::TargetDump>& dumps,
               const catalogue::Catalogue& catalogue) {
  Json targets = Json::array();
  for (const inspect::TargetDump& dump : dumps) {
    Json entries = Json::array();
    for (const inspect::DumpEntry& entry : dump.entries) {
      const epm::Tower& tower = entry.tower;
      Json interface{{"uuid", to_string(tower.interface.uuid)}};
      if (entry.version_known) {
        interface["version"] = version_of(entry);
      }
      if (std::string name = name_of(entry, catalogue); !name.empty()) {
        interface["name"] = std::move(name);
      }
      Json row{{"interface", std::move(interface)}};
      if (!entry.object.is_nil()) {
        row["object"] = to_string(entry.object);
      }
      row["annotation"] = entry.annotation;
      row["protocol_sequence"] = epm::to_string(tower.sequence);
      row["address"] = tower.address;
      row["endpoint"] = tower.endpoint;
      row["binding"] = inspect::binding_of(tower, dump.target.host);
      if (entry.ping) {
        row["ping"] = *entry.ping;
      }
      entries.push_back(std::move(row));
    }
    Json target{{"target", dump.target.name}, {"state", dump.error ? "error" : "ok"}};
    if (dump.error) {
      target["error"] = dump.error->text;
    }
    target["entries"] = std::move(entries);
    targets.push_back(std::move(target));
  }
  return {{"schema", "pinhole.dump/1"}, {"targets", std::move(targets)}};
}

std::vector<snapshot::RpcdumpEntry> rpcdump_entries(const inspect::TargetDump& dump) {
  std::vector<snapshot::RpcdumpEntry> rows;
  for (const inspect::DumpEntry* entry : sorted(dump)) {
    const epm::Tower& tower = entry->tower;
    rows.push_back({std::string(epm::to_string(tower.sequence)), tower.endpoint,
                    tower.interface.uuid, entry->annotation, entry->ping.value_or(false)});
  }
  return rows;
}

inspect::DumpEntry entry_of(const snapshot::RpcdumpEntry& row) {
  inspect::DumpEntry entry;
  entry.version_known = false;
  entry.tower.interface.uuid = row.interface;
  entry.tower.sequence =
      epm::parse_protocol_sequence(row.protocol_sequence).value_or(epm::ProtocolSequence::unknown);
  entry.tower.endpoint = row.endpoint;
  entry.annotation = row.annotation;
  entry.ping = row.alive;
  return entry;
}

Diagnostic diagnostic_of(const inspect::DumpTarget& target, const transport::ClientError& error) {
  using Kind = transport::ClientError::Kind;
  Diagnostic diagnostic;
  diagnostic.id = "no-answer";
  diagnostic.place = {join_host_port(target.host, target.port), 0, 0, {}};
  diagnostic.message = error.text;
  diagnostic.exit = Exit::environment;
  switch (error.kind) {
    case Kind::unreachable:
    case Kind::timeout:
      diagnostic.remedy = "check that the host is up and a firewall lets this port through";
      break;
    case Kind::protocol:
    case Kind::bad_reply:
      diagnostic.remedy = "check that an endpoint mapper listens there";
      break;
    case Kind::rejected:
    case Kind::fault:
      break;
  }
  return diagnostic;
}

}  // namespace pinhole::cli
