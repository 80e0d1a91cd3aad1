// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/json_table.hpp"
#include "plan/plan_json.hpp"
#include "plan/plan_words.hpp"
#include "plan/registry_files.hpp"
#include "plan/topology_lookup.hpp"
#include "plan/topology_reading.hpp"

namespace pinhole::plan {
namespace {

constexpr std::string_view kRemake = "make the plan again with `pinhole plan`";

class PlanReading {
 public:
  PlanReading(std::string_view file, const catalogue::Catalogue& rows)
      : reading_(file, rows), catalogue_(&rows) {}

  Checked<Plan> read(std::string_view text, std::string_view name) {
    const auto table = table_of_json(text, name, reading_.mistakes);
    if (table && reading_.mistakes.empty()) {
      reading_.mistakes.point_into(*table);
      Row top(*table, "the plan", reading_.mistakes);
      read_all(top);
    }
    if (!reading_.mistakes.empty()) {
      return tl::unexpected(reading_.mistakes.take());
    }
    return std::move(plan_);
  }

 private:
  void read_all(Row& top) {
    if (!has_our_version(top)) {
      return;
    }
    read_topology_of(top);
    // Rows refer to servers and zones: without these, everything else would be wrong too.
    if (!reading_.mistakes.empty()) {
      return;
    }
    for (Row& row : listed(top, "assignments")) {
      read_assignment(row);
    }
    auto flows = listed(top, "flows");
    for (Row& row : flows) {
      read_flow(row);
    }
    for (Row& row : listed(top, "restarts")) {
      read_restart(row);
    }
    for (Row& row : listed(top, "findings")) {
      read_finding(row);
    }
    top.refuse_other_keys();
    if (reading_.mistakes.empty()) {
      check_order(top);
      check_ports(flows);
    }
  }

  bool has_our_version(Row& top) {
    const auto version = top.number("version", UINT16_MAX);
    if (version == kPlanVersion) {
      return true;
    }
    if (version) {
      top.fail("version", "plan-version", fmt::format("version {} of plan.json", *version),
               fmt::format("this program reads version {}: {}", kPlanVersion, kRemake));
    } else if (!top.has("version")) {
      top.fail({}, "plan-version", R"(no plan.json: it has no "version")", std::string(kRemake));
    }
    return false;
  }

  void read_topology_of(Row& top) {
    const std::string file = top.line("file");
    auto topology = top.table("topology");
    auto lines = top.table("lines");
    if (!topology || !lines) {
      if (reading_.mistakes.empty()) {
        top.fail({}, "plan-missing", R"(no "topology", or no "lines" of it)", std::string(kRemake));
      }
      return;
    }
    read_whole(reading_, *topology);
    if (!reading_.mistakes.empty()) {
      return;
    }
    Topology& read = reading_.topology;
    place(*lines, "organisation", file, read.organisations);
    place(*lines, "zone", file, read.zones);
    place(*lines, "device", file, read.devices);
    place(*lines, "load_balancer", file, read.load_balancers);
    place(*lines, "array", file, read.arrays);
    place(*lines, "cluster", file, read.clusters);
    place(*lines, "server", file, read.servers);
    place(*lines, "client", file, read.clients);
    place(*lines, "need", file, read.needs);
    place(*lines, "pin", file, read.policy.pinned);
    lines->refuse_other_keys();
    plan_.topology = std::move(read);
  }

  template <class Entry>
  void place(Row& lines, std::string_view key, const std::string& file,
             std::vector<Entry>& entries) {
    const auto cells = lines.texts(key);
    if (cells.size() != entries.size()) {
      lines.fail(key, "plan-lines",
                 fmt::format("{} lines of {} rows", cells.size(), entries.size()),
                 std::string(kRemake));
      return;
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      Place at{file, 0, 0, {}};
      const char* const end = cells[i].text.data() + cells[i].text.size();
      const auto line = std::from_chars(cells[i].text.data(), end, at.line);
      const bool colon = line.ec == std::errc() && line.ptr != end && *line.ptr == ':';
      const auto column = colon ? std::from_chars(line.ptr + 1, end, at.column) : line;
      if (!colon || column.ec != std::errc() || column.ptr != end) {
        reading_.mistakes.add("plan-lines", cells[i].place,
                              fmt::format("{} is no line and column", quoted(cells[i].text)),
                              "expected numbers such as \"12:1\"");
      }
      entries[i].place = std::move(at);
    }
  }

  std::vector<Row> listed(Row& top, std::string_view key) {
    if (!top.has(key)) {
      top.fail({}, "plan-missing", fmt::format("no \"{}\"", key), std::string(kRemake));
      return {};
    }
    return top.rows(key);
  }

  template <class Enum, std::size_t Count>
  Enum word(Row& row, std::string_view key, const std::array<Word<Enum>, Count>& words) {
    const Cell cell = row.text(key);
    std::vector<std::string_view> known;
    for (const Word<Enum>& each : words) {
      if (each.text == cell.text) {
        return each.value;
      }
      known.push_back(each.text);
    }
    if (!cell.text.empty()) {
      row.fail(key, "plan-word", fmt::format("{} is no {}", quoted(cell.text), key),
               reading_.mistakes.suggestion(cell.text, known));
    }
    return words.front().value;
  }

  Index server(Row& row, std::string_view key) {
    return reference(row, key, row.text(key), reading_.hosts, Named::server);
  }

  Index reference(Row& row, std::string_view key, const Cell& cell, const NameTable& names,
                  Named kind) {
    if (cell.text.empty()) {
      return 0;
    }
    const auto found = names.find(cell, "name", reading_.mistakes);
    if (found && found->kind != kind) {
      row.fail(key, "plan-reference", fmt::format("{} is another thing", quoted(cell.text)),
               "name one of that kind");
    }
    return found && found->kind == kind ? found->index : 0;
  }

  std::string setting(Row& row) {
    const Cell cell = row.text("setting");
    if (!cell.text.empty() && catalogue::find_setting_by_id(*catalogue_, cell.text) == nullptr) {
      row.fail("setting", "plan-setting",
               fmt::format("the catalogue has no setting {}", quoted(cell.text)),
               "plan with the same catalogue (--data)");
    }
    return cell.text;
  }

  void read_assignment(Row& row) {
    Assignment made;
    made.server = server(row, "server");
    made.service = row.line("service");
    if (!row.has("service")) {
      row.missing("service", std::string(kRemake));
    }
    made.setting = setting(row);
    const auto port = row.port("port");
    if (!row.has("port")) {
      row.missing("port", std::string(kRemake));
    }
    made.port = port.value_or(0);
    if (const auto before = row.number("before", UINT16_MAX)) {
      made.before = static_cast<std::uint16_t>(*before);
    }
    made.choice = word(row, "choice", kChoices);
    row.refuse_other_keys();
    plan_.assignments.push_back(std::move(made));
  }

  Party party(Row& row, std::string_view key) {
    auto table = row.table(key);
    if (!table) {
      if (!row.has(key)) {
        row.missing(key, std::string(kRemake));
      }
      return {};
    }
    Party made;
    int named = 0;
    for (const Word<Party::Kind>& kind : kPartyKinds) {
      if (table->has(kind.text)) {
        constexpr std::array<Named, 3> kNamed = {Named::client, Named::server,
                                                 Named::load_balancer};
        made.kind = kind.value;
        made.index = reference(*table, kind.text, table->text(kind.text), reading_.hosts,
                               kNamed.at(static_cast<std::size_t>(kind.value)));
        ++named;
      }
    }
    table->refuse_other_keys();
    if (named != 1) {
      row.fail(key, "plan-party",
               fmt::format("\"{}\" of {} names {} parties", key, row.title(), named),
               "expected one client, server or load_balancer");
    }
    return made;
  }

  void read_flow_ports(Row& row, FlowPorts& ports) {
    ports.fixed = row.ports("fixed");
    for (Row& inner : row.rows("settings")) {
      PortSetting made;
      made.server = server(inner, "server");
      made.setting = setting(inner);
      inner.refuse_other_keys();
      ports.settings.push_back(std::move(made));
    }
    if (row.has("dynamic_of")) {
      ports.dynamic_of = server(row, "dynamic_of");
    }
    const int kinds = (ports.fixed.empty() ? 0 : 1) + (ports.settings.empty() ? 0 : 1) +
                      (ports.dynamic_of ? 1 : 0);
    if (kinds != 1) {
      row.fail({}, "plan-ports", fmt::format("a flow with {} kinds of ports", kinds),
               "expected one of fixed, settings and dynamic_of");
    }
  }

  void read_flow(Row& row) {
    Flow flow;
    flow.id = row.line("id");
    if (!row.has("id") || flow.id.find(' ') != std::string::npos) {
      row.fail("id", "plan-flow-id", "a flow without id, or with a space in it",
               std::string(kRemake));
    }
    flow.from = party(row, "from");
    flow.to = party(row, "to");
    flow.transport = word(row, "transport", kTransports);
    flow.source_ports = row.ports("source_ports");
    read_flow_ports(row, flow.ports);
    static_cast<void>(row.ports("ports"));
    flow.service = row.line("service");
    flow.protocol = row.line("protocol");
    for (const Cell& cell : row.texts("interfaces")) {
      if (!std::ranges::binary_search(catalogue_->interfaces, cell.text, {},
                                      &catalogue::InterfaceInfo::id)) {
        reading_.mistakes.add("plan-interface", cell.place,
                              fmt::format("the catalogue has no interface {}", quoted(cell.text)),
                              "plan with the same catalogue (--data)");
      }
      flow.interfaces.push_back(cell.text);
    }
    flow.needed = word(row, "needed", kNeeded);
    flow.catalogue_flow = row.line("catalogue_flow");
    flow.why = row.line("why");
    flow.place = place_of(row);
    row.refuse_other_keys();
    plan_.flows.push_back(std::move(flow));
  }

  void read_restart(Row& row) {
    RestartStep step;
    step.server = server(row, "server");
    step.what = word(row, "what", kRestarts);
    for (Cell& cell : row.texts("services")) {
      step.services.push_back(std::move(cell.text));
    }
    step.unavailable = row.line("unavailable");
    row.refuse_other_keys();
    plan_.restarts.push_back(std::move(step));
  }

  /// Text of findings may quote a state file: it is escaped where it is shown.
  static std::string any_text(Row& row, std::string_view key) {
    auto cell = row.optional_text(key);
    return cell ? std::move(cell->text) : std::string();
  }

  void read_finding(Row& row) {
    Finding finding;
    finding.rule = row.text("rule").text;
    finding.severity = word(row, "severity", kSeverities);
    finding.server = any_text(row, "server");
    finding.service = any_text(row, "service");
    finding.subject = any_text(row, "subject");
    finding.message = any_text(row, "message");
    finding.remedy = any_text(row, "remedy");
    finding.source = any_text(row, "source");
    finding.place = place_of(row);
    row.refuse_other_keys();
    plan_.findings.push_back(std::move(finding));
  }

  Place place_of(Row& row) {
    Place place;
    if (auto table = row.table("place")) {
      place.name = table->text("file").text;
      place.line = static_cast<std::uint32_t>(table->number("line", UINT32_MAX).value_or(0));
      place.column = static_cast<std::uint32_t>(table->number("column", UINT32_MAX).value_or(0));
      place.offset = table->number("offset", INT64_MAX);
      table->refuse_other_keys();
    }
    return place;
  }

  /// Others search in them, so their order counts; whoever edits the file need not know.
  void check_order(Row& top) {
    const auto setting_of = [](const Assignment& assignment) {
      return std::tuple(assignment.server, std::string_view(assignment.setting));
    };
    std::ranges::sort(plan_.assignments, {}, setting_of);
    const auto twice = std::ranges::adjacent_find(plan_.assignments, {}, setting_of);
    if (twice != plan_.assignments.end()) {
      top.fail("assignments", "plan-twice",
               fmt::format("two ports for {} of server \"{}\"", quoted(twice->setting),
                           plan_.topology.servers[twice->server].name),
               std::string(kRemake));
    }
    std::set<std::string_view> ids;
    for (const Flow& flow : plan_.flows) {
      if (!ids.insert(flow.id).second) {
        top.fail("flows", "plan-twice", fmt::format("two flows {}", quoted(flow.id)),
                 std::string(kRemake));
      }
    }
  }

  /// The numbers are for readers; what counts is where they come from. `rows` are those of flows.
  void check_ports(std::vector<Row>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const PortSet meant = ports_of(plan_, plan_.flows[i], *catalogue_);
      if (rows[i].ports("ports") != meant) {
        rows[i].fail("ports", "plan-ports",
                     fmt::format("other ports than {}, which its settings give", to_string(meant)),
                     std::string(kRemake));
      }
    }
    std::ranges::sort(plan_.flows, {}, &Flow::id);
  }

  Reading reading_;
  const catalogue::Catalogue* catalogue_;
  Plan plan_;
};

}  // namespace

Checked<Plan> read_plan(std::string_view text, std::string_view name,
                        const catalogue::Catalogue& catalogue) {
  return PlanReading(name, catalogue).read(text, name);
}

}  // namespace pinhole::plan
