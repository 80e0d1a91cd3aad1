// SPDX-License-Identifier: Apache-2.0
#include "cli/verify_print.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

#include <fmt/format.h>

#include "cli/terminal.hpp"

namespace pinhole::cli {
namespace {

using inspect::Report;
using inspect::ReportRow;
using inspect::Verdict;
using render::Tone;

constexpr std::size_t kSteps = 200;  // of a progress line

Tone tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::exact:
      return Tone::good;
    case Verdict::moved:
    case Verdict::dynamic:
      return Tone::warning;
    case Verdict::not_registered:
    case Verdict::blocked:
    case Verdict::wrong_service:
      return Tone::bad;
    case Verdict::not_verifiable:
      break;
  }
  return Tone::faint;
}

std::vector<const ReportRow*> sorted(const Report& report) {
  std::vector<const ReportRow*> rows;
  for (const Verdict verdict : inspect::kVerdicts) {
    for (const ReportRow& row : report.rows) {
      if (row.judgement.verdict == verdict) {
        rows.push_back(&row);
      }
    }
  }
  return rows;
}

std::string excess_lines(const inspect::ExcessResult& excess, render::Style style) {
  std::string text;
  for (const inspect::ExcessOpen& each : excess.open) {
    const inspect::ExcessTarget& target = excess.targets[each.target];
    text += fmt::format("{}  {} {} tcp/{} is open, and no flow from here names it\n",
                        render::paint("excess", Tone::bad, style),
                        render::paint(target.name, Tone::plain, style), to_string(target.address),
                        each.port);
  }
  text += fmt::format("tried {} other ports at {} a second, {} refused\n", excess.tried,
                      excess.rate, excess.refused);
  return text;
}

}  // namespace

std::string verify_table(const Report& report, render::Style style) {
  render::Table table({{"verdict"}, {"from"}, {"to"}, {"address"}, {"port"}, {"service"}, {"why"}});
  const auto rows = sorted(report);
  for (const ReportRow* row : rows) {
    table.add_row(
        {render::Cell(inspect::to_string(row->judgement.verdict), tone_of(row->judgement.verdict)),
         row->from, row->to, row->address, fmt::format("{}/{}", row->transport, row->ports),
         row->service, row->judgement.reason});
  }
  std::string text = rows.empty() ? "" : table.text(style);
  if (report.excess) {
    text += excess_lines(*report.excess, style);
  }
  std::set<std::string> told;
  for (const ReportRow* row : rows) {
    const std::string& advice = row->judgement.advice;
    if (inspect::fails(row->judgement.verdict) && told.insert(row->to + advice).second) {
      text += fmt::format("next: {}: {}\n", render::paint(row->to, Tone::strong, style),
                          render::paint(advice, Tone::plain, style));
    }
  }
  return text + render::paint(inspect::summary_of(report), Tone::strong, style) + "\n";
}

std::string verify_changes(const inspect::ReportChanges& changes, const std::string& time,
                           render::Style style) {
  const auto word = [&](Verdict verdict) {
    return render::paint(inspect::to_string(verdict), tone_of(verdict), style);
  };
  const auto plain = [&](const std::string& text) {
    return render::paint(text, Tone::plain, style);
  };
  std::string text;
  for (const inspect::RowChange& change : changes.rows) {
    const ReportRow& row = change.row;
    const inspect::Judgement& now = row.judgement;
    text += fmt::format("{}  {}, was {}  {} to {} {} {}/{} {}: {}\n", time, word(now.verdict),
                        word(change.before.verdict), plain(row.from), plain(row.to), row.address,
                        row.transport, row.ports, plain(row.service), plain(now.reason));
    if (inspect::fails(now.verdict)) {
      text += fmt::format("  next: {}\n", plain(now.advice));
    }
  }
  for (const inspect::ExcessChange& change : changes.excess) {
    text += fmt::format(
        "{}  {} {} tcp/{} is {}\n", time, plain(change.name), to_string(change.address),
        change.port,
        change.open ? render::paint("open, and no flow from here names it", Tone::bad, style)
                    : render::paint("no longer open", Tone::good, style));
  }
  return text;
}

ProgressLine::ProgressLine(const char* what) : what_(what), terminal_(is_terminal(stderr)) {}

ProgressLine::~ProgressLine() {
  if (shown_) {
    fmt::print(stderr, "\r\033[K");
  }
}

void ProgressLine::show(std::size_t done, std::size_t total) {
  const std::size_t step = std::max<std::size_t>(1, total / kSteps);
  if (!terminal_ || (shown_ && done < last_ + step && done != total)) {
    return;
  }
  shown_ = true;
  last_ = done;
  constexpr std::size_t kWidth = 30;
  const std::size_t filled = total == 0 ? kWidth : done * kWidth / total;
  fmt::print(stderr, "\r\033[K{} [{:#<{}}{:.<{}}] {} of {}", what_, "", filled, "", kWidth - filled,
             done, total);
  std::fflush(stderr);
}

}  // namespace pinhole::cli
