// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_print.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "plan/change_record.hpp"

namespace pinhole::cli {
namespace {

using render::Align;
using render::Cell;
using render::Tone;

Tone tone_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return Tone::bad;
    case Severity::warning:
      return Tone::warning;
    case Severity::note:
      break;
  }
  return Tone::faint;
}

std::string counted(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

Cell before_cell(const plan::Assignment& assignment) {
  return assignment.before ? Cell(fmt::to_string(*assignment.before)) : Cell("-", Tone::faint);
}

std::string assignments(const plan::Plan& plan, render::Style style) {
  render::Table table({{"SERVER"},
                       {"SERVICE"},
                       {"SETTING"},
                       {"BEFORE", Align::right},
                       {"PORT", Align::right},
                       {"WHY"}});
  const plan::Assignment* last = nullptr;
  for (const plan::Assignment& assignment : plan.assignments) {
    // A server is named once, above its rows.
    const bool again = last != nullptr && last->server == assignment.server;
    const bool changes = assignment.before != assignment.port;
    table.add_row(
        {again ? Cell("") : Cell(plan.topology.servers[assignment.server].name, Tone::strong),
         assignment.service, assignment.setting, before_cell(assignment),
         Cell(fmt::to_string(assignment.port), changes ? Tone::good : Tone::plain),
         Cell(plan::reason_of(assignment.choice), Tone::faint)});
    last = &assignment;
  }
  return table.text(style);
}

std::string restarts(const plan::Plan& plan, render::Style style) {
  std::string text = "\n" + render::paint("Restarts, in this order", Tone::strong, style) + "\n";
  std::size_t number = 0;
  for (const plan::RestartStep& step : plan.restarts) {
    text += fmt::format("{:>3}. {}  {}{}\n", ++number,
                        render::paint(plan.topology.servers[step.server].name, Tone::strong, style),
                        render::paint(plan::text_of(step), Tone::plain, style),
                        step.unavailable.empty()
                            ? ""
                            : render::paint(fmt::format("  (unavailable: {})", step.unavailable),
                                            Tone::faint, style));
  }
  return text;
}

}  // namespace

std::string findings_count(const plan::Findings& findings) {
  const auto count = [&](Severity severity) {
    return static_cast<std::size_t>(
        std::ranges::count(findings, severity, &plan::Finding::severity));
  };
  return fmt::format("{}, {}, {}", counted(count(Severity::error), "error"),
                     counted(count(Severity::warning), "warning"),
                     counted(count(Severity::note), "note"));
}

std::string findings_text(const plan::Findings& findings, render::Style style) {
  std::string text;
  for (const plan::Finding& finding : findings) {
    const std::string where =
        finding.place.name.empty() ? std::string() : to_string(finding.place) + ": ";
    text += fmt::format("{} {}  {}\n",
                        render::paint(fmt::format("{:<7}", to_string(finding.severity)),
                                      tone_of(finding.severity), style),
                        render::paint(finding.rule, Tone::strong, style),
                        render::paint(where + finding.message, Tone::plain, style));
    if (!finding.remedy.empty()) {
      text += fmt::format("        {}\n", render::paint(finding.remedy, Tone::plain, style));
    }
    if (!finding.source.empty()) {
      text += fmt::format("        {}\n",
                          render::paint("source: " + finding.source, Tone::faint, style));
    }
  }
  return text;
}

std::string plan_table(const plan::Plan& plan, render::Style style) {
  std::string text;
  if (!plan.topology.title.empty()) {
    text += render::paint(plan.topology.title, Tone::strong, style) + "\n\n";
  }
  text += plan.assignments.empty() ? std::string("No service here takes a static port.\n")
                                   : assignments(plan, style);
  if (!plan.restarts.empty()) {
    text += restarts(plan, style);
  }
  if (!plan.findings.empty()) {
    text += "\n" + findings_text(plan.findings, style);
  }
  return text +
         fmt::format("\n{} on {}, {}, {}; {}\n", counted(plan.assignments.size(), "static port"),
                     counted(plan.topology.servers.size(), "server"),
                     counted(plan.flows.size(), "flow"), counted(plan.restarts.size(), "restart"),
                     findings_count(plan.findings));
}

}  // namespace pinhole::cli
