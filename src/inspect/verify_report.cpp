// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "plan/apply_quote.hpp"
#include "plan/flow_ends.hpp"
#include "plan/paths.hpp"
#include "plan/plan_words.hpp"
#include "render/escape.hpp"

namespace pinhole::inspect {
namespace {

std::vector<std::string> devices_on(const plan::Topology& topology, const plan::Path& way) {
  std::vector<std::string> names;
  if (way) {
    for (const plan::Hop& hop : *way) {
      names.push_back(topology.devices[hop.device].name);
    }
  }
  return names;
}

}  // namespace

std::vector<ReportRow> report_rows(const plan::Plan& plan, const std::vector<Check>& checks) {
  const plan::Topology& topology = plan.topology;
  plan::Paths paths(topology);
  std::vector<ReportRow> rows;
  for (const Check& check : checks) {
    const plan::Flow& flow = plan.flows[check.flow];
    ReportRow row;
    row.flow = flow.id;
    row.from = plan::name_of(topology, flow.from);
    row.from_zone = topology.zones[plan::zone_of(topology, flow.from)].name;
    row.to = plan::name_of(topology, flow.to);
    row.to_zone = topology.zones[plan::zone_of(topology, flow.to)].name;
    row.through = devices_on(topology, paths.between(flow.from, flow.to));
    row.address = check.facts.address;
    row.transport = plan::word_for(plan::kTransports, flow.transport);
    row.ports = to_string(check.facts.planned);
    row.service = flow.service;
    row.protocol = flow.protocol;
    row.interfaces = flow.interfaces;
    row.needed = plan::word_for(plan::kNeeded, flow.needed);
    row.why = flow.why;
    row.place = flow.place;
    row.towards_us = flow.to.kind == plan::Party::Kind::client;
    row.judgement = judge(check.facts);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string scope_text(const plan::Topology& topology, const VerifyScope& scope) {
  std::string zone = scope.zone ? topology.zones[*scope.zone].name : std::string();
  if (!scope.party) {
    return zone;
  }
  const std::string& party = plan::name_of(topology, *scope.party);
  return zone.empty() ? party : fmt::format("{} in {}", party, zone);
}

std::size_t count_of(const Report& report, Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count_if(
      report.rows, [&](const ReportRow& row) { return row.judgement.verdict == verdict; }));
}

bool is_good(const Report& report) {
  const bool excess = report.excess && !report.excess->open.empty();
  return !excess && std::ranges::none_of(report.rows, [](const ReportRow& row) {
    return fails(row.judgement.verdict);
  });
}

bool failed_here(const Report& report) {
  return (report.excess && report.excess->failed_here != 0) ||
         std::ranges::any_of(
             report.rows, [](const ReportRow& row) { return row.judgement.where == Where::here; });
}

std::string summary_of(const Report& report) {
  std::string text =
      fmt::format("{} of {} flows are exact", count_of(report, Verdict::exact), report.rows.size());
  for (const Verdict verdict : kVerdicts) {
    const std::size_t count = count_of(report, verdict);
    if (verdict != Verdict::exact && count != 0) {
      text += fmt::format(", {} {}", count, to_string(verdict));
    }
  }
  if (report.excess) {
    text += fmt::format("; {} of {} other ports tried are open", report.excess->open.size(),
                        report.excess->tried);
  }
  return text;
}

std::string markup(std::string_view text) {
  return plan::xml_text(render::escape(text));
}

}  // namespace pinhole::inspect
