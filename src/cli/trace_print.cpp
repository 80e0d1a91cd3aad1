// SPDX-License-Identifier: Apache-2.0
#include "cli/trace_print.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "inspect/trace_json.hpp"

namespace pinhole::cli {
namespace {

using inspect::Planned;
using inspect::TraceRow;
using inspect::TraceState;
using render::Cell;
using render::Tone;

Tone tone_of(TraceState state) {
  switch (state) {
    case TraceState::used:
      return Tone::good;
    case TraceState::negotiated:
    case TraceState::proposed:
    case TraceState::unnegotiated:
    case TraceState::silent:
      return Tone::warning;
    case TraceState::rejected:
    case TraceState::unanswered:
    case TraceState::refused:
      return Tone::bad;
    case TraceState::not_rpc:
      return Tone::faint;
  }
  return Tone::plain;
}

Tone tone_of(Planned planned) {
  return planned == Planned::yes ? Tone::good : planned == Planned::no ? Tone::bad : Tone::faint;
}

std::string names_of(const TraceRow& row, const catalogue::Catalogue& catalogue) {
  std::vector<std::string> names;
  names.reserve(row.about.size());
  for (const dcerpc::SyntaxId& id : row.about) {
    names.push_back(inspect::interface_text(catalogue, id));
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ", "));
}

std::string syntax_of(const capture::InterfaceUse* use) {
  if (use == nullptr || !(use->ndr || use->ndr64)) {
    return "-";
  }
  return use->ndr && use->ndr64 ? "NDR, NDR64" : use->ndr64 ? "NDR64" : "NDR";
}

std::string learned_of(const inspect::Trace& trace, const TraceRow& row) {
  if (row.answer) {
    const capture::Answer& answer = trace.report.answers[*row.answer];
    const capture::Conversation& talk = trace.report.conversations[row.conversation];
    std::string text(to_string(answer.how));
    if (answer.http) {
      text += " over HTTP";
    }
    return answer.mapper.address == talk.server.address
               ? text
               : fmt::format("{} at {}", text, to_string(answer.mapper.address));
  }
  return row.kind == inspect::PortKind::mapper ? "well-known" : "not seen";
}

std::uint64_t faults_of(const capture::InterfaceUse& use) {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : use.faults) {
    sum += count;
  }
  return sum;
}

std::uint64_t times_of(const TraceRow& row, const capture::Conversation& talk) {
  switch (row.state) {
    case TraceState::unanswered:
      return talk.unanswered;
    case TraceState::refused:
      return talk.refused;
    default:
      return talk.connections;
  }
}

void add_row(render::Table& table, const inspect::Trace& trace, const TraceRow& row,
             const catalogue::Catalogue& catalogue, bool judged) {
  const capture::Conversation& talk = trace.report.conversations[row.conversation];
  const capture::InterfaceUse* use = row.interface ? &talk.interfaces[*row.interface] : nullptr;
  const std::uint64_t octets =
      use != nullptr ? use->octets[0] + use->octets[1] : talk.octets[0] + talk.octets[1];
  std::vector<Cell> cells{to_string(talk.client),
                          to_string(talk.server.address),
                          std::to_string(talk.server.port),
                          std::string(word_of(row.kind)),
                          Cell(names_of(row, catalogue), Tone::strong),
                          syntax_of(use),
                          Cell(word_of(row.state), tone_of(row.state)),
                          std::to_string(times_of(row, talk)),
                          use != nullptr ? std::to_string(use->calls()) : "-",
                          use != nullptr ? std::to_string(faults_of(*use)) : "-",
                          std::to_string(octets),
                          inspect::time_text(use != nullptr ? use->first : talk.first),
                          learned_of(trace, row)};
  if (judged) {
    const std::string text = row.remark.empty()
                                 ? std::string(word_of(row.planned))
                                 : fmt::format("{}: {}", word_of(row.planned), row.remark);
    cells.emplace_back(text, tone_of(row.planned));
  }
  table.add_row(std::move(cells));
}

std::string count_of(std::uint64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// What clients asked for and never connected to, or did not get.
std::string unused_answers(const inspect::Trace& trace, const catalogue::Catalogue& catalogue) {
  constexpr std::size_t kMostLines = 20;
  std::string text;
  std::size_t lines = 0;
  for (const capture::Answer& answer : trace.report.answers) {
    if (answer.how != capture::Asked::ept_map || answer.connections != 0) {
      continue;
    }
    if (++lines > kMostLines) {
      continue;
    }
    const std::string what =
        answer.port == 0 ? "is not registered"
                         : fmt::format("is at port {}, and was not connected to", answer.port);
    text += fmt::format(
        "{} asked {}: {} {}\n", to_string(answer.client), to_string(answer.mapper.address),
        render::paint(inspect::interface_text(catalogue, answer.interface), Tone::plain, {}), what);
  }
  if (lines > kMostLines) {
    text += fmt::format("and {} more; --format json has all\n", lines - kMostLines);
  }
  return text;
}

std::string unused_flows(const inspect::Trace& trace, const plan::Plan& plan) {
  std::string text;
  for (const inspect::TraceFlow& flow : trace.flows) {
    if (flow.judged && flow.connections == 0) {
      text += fmt::format("planned, {}: {}\n", flow.failed != 0 ? "tried in vain" : "never seen",
                          render::paint(plan.flows[flow.flow].id, Tone::plain, {}));
    }
  }
  return text;
}

/// What makes the picture less than whole.
std::string warnings(const inspect::Trace& trace) {
  const capture::Counts& counts = trace.report.counts;
  std::string text;
  const auto say = [&](std::uint64_t count, const char* one, const char* many) {
    if (count != 0) {
      text += count_of(count, one, many) + "\n";
    }
  };
  say(trace.dropped, "packet was lost while capturing", "packets were lost while capturing");
  say(counts.cut, "packet was cut by the capture", "packets were cut by the capture");
  say(counts.unknown_links, "packet of an unknown link type", "packets of an unknown link type");
  say(counts.unreadable, "answer of a mapper could not be read",
      "answers of mappers could not be read");
  say(counts.evicted + counts.shed, "connection was given up for memory",
      "connections were given up for memory");
  say(counts.rows_left, "fact has no row: the limit", "facts have no row: the limit");
  return text;
}

}  // namespace

std::string trace_table(const inspect::Trace& trace, const catalogue::Catalogue& catalogue,
                        const plan::Plan* plan, bool all, render::Style style) {
  std::vector<render::Column> columns{{"client"},
                                      {"server"},
                                      {"port", render::Align::right},
                                      {"kind"},
                                      {"interface"},
                                      {"syntax"},
                                      {"state"},
                                      {"connections", render::Align::right},
                                      {"calls", render::Align::right},
                                      {"faults", render::Align::right},
                                      {"octets", render::Align::right},
                                      {"first"},
                                      {"learned"}};
  if (plan != nullptr) {
    columns.push_back({"plan"});
  }
  render::Table table(std::move(columns));
  std::size_t hidden = 0;
  for (const TraceRow& row : trace.rows) {
    if (inspect::is_shown(row, all)) {
      add_row(table, trace, row, catalogue, plan != nullptr);
    } else {
      ++hidden;
    }
  }
  std::string text = table.rows() == 0 ? "" : table.text(style);
  text += unused_answers(trace, catalogue);
  if (plan != nullptr) {
    text += unused_flows(trace, *plan);
  }
  text += warnings(trace);
  text += fmt::format("{}: {}, {}{}\n", render::paint(trace.source, Tone::strong, style),
                      count_of(trace.report.counts.packets, "packet", "packets"),
                      count_of(table.rows(), "row", "rows"),
                      hidden == 0 ? "" : fmt::format("; {} without RPC not shown", hidden));
  return text;
}

}  // namespace pinhole::cli
