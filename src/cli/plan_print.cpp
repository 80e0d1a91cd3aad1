// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_print.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

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
                        render::paint(plan::text_of(plan.topology, step), Tone::plain, style),
                        step.unavailable.empty()
                            ? ""
                            : render::paint(fmt::format("  (unavailable: {})", step.unavailable),
                                            Tone::faint, style));
  }
  return text;
}

/// Findings of one rule with one remedy stand together, so that these are said once.
using SharedText = std::tuple<Severity, std::string_view, std::string_view, std::string_view>;

SharedText shared_text(const plan::Finding& finding) {
  return {finding.severity, finding.rule, finding.remedy, finding.source};
}

std::string message_of(const plan::Finding& finding) {
  std::string text = finding.place.name.empty() ? "" : to_string(finding.place) + ": ";
  if (!finding.server.empty() && finding.message.find(finding.server) == std::string::npos) {
    text += finding.server + ": ";
  }
  return text + finding.message;
}

std::string group_text(const std::vector<const plan::Finding*>& group, render::Style style) {
  constexpr std::string_view kIndent = "        ";
  const plan::Finding& first = *group.front();
  const bool alone = group.size() == 1;
  std::string text =
      fmt::format("{} {}{}",
                  render::paint(fmt::format("{:<7}", to_string(first.severity)),
                                tone_of(first.severity), style),
                  render::paint(first.rule, Tone::strong, style), alone ? "  " : "\n");
  for (const plan::Finding* finding : group) {
    text += fmt::format("{}{}\n", alone ? "" : kIndent,
                        render::paint(message_of(*finding), Tone::plain, style));
  }
  for (const auto& [title, line] : {std::pair("remedy", first.remedy), {"source", first.source}}) {
    if (!line.empty()) {
      text += fmt::format("{}{}\n", kIndent,
                          render::paint(fmt::format("{}: {}", title, line), Tone::faint, style));
    }
  }
  return text;
}

}  // namespace

bool has_errors(const plan::Findings& findings) {
  return std::ranges::find(findings, Severity::error, &plan::Finding::severity) != findings.end();
}

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
  std::vector<std::vector<const plan::Finding*>> groups;
  std::map<SharedText, std::size_t> known;
  for (const plan::Finding& finding : findings) {
    const auto [at, is_new] = known.try_emplace(shared_text(finding), groups.size());
    if (is_new) {
      groups.emplace_back();
    }
    groups[at->second].push_back(&finding);
  }
  std::string text;
  for (const auto& group : groups) {
    text += group_text(group, style);
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
