// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "inspect/verify_report.hpp"

namespace pinhole::inspect {
namespace {

std::string badge(Verdict verdict) {
  return fmt::format("<span class=\"badge v-{}\">{} {}</span>", word_of(verdict), sign_of(verdict),
                     to_string(verdict));
}

std::string head(const Report& report) {
  const std::string title = report.title.empty() ? std::string("Verified flows") : report.title;
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
      "form-action 'none'\">\n<link rel=\"icon\" href=\"data:,\">\n"
      "<title>{0}: from {1}</title>\n<style>{2}</style>\n</head>\n<body>\n<header>\n"
      "<h1>{0}</h1>\n<p class=\"facts\">Every flow that starts in <b>{1}</b> by the plan "
      "<b>{3}</b>, tried on {4}.</p>\n<p class=\"answer {5}\"><span "
      "aria-hidden=\"true\">{6}</span>{7}</p>\n"
      "</header>\n",
      markup(title), markup(report.from), page_style(), markup(report.plan), markup(report.time),
      is_good(report) ? "good" : "no", sign_of(is_good(report) ? Verdict::exact : Verdict::blocked),
      markup(summary_of(report)));
}

std::string remedy(const ReportRow& row, std::size_t index) {
  const Judgement& judgement = row.judgement;
  return fmt::format(
      "<li class=\"v-{}\">{} <a href=\"#f{}\">{} → {}</a> <span class=\"soft\">{}/{} {}{}</span>\n"
      "<p>{}</p>\n<p class=\"next\">Next: {}</p></li>\n",
      word_of(judgement.verdict), badge(judgement.verdict), index, markup(row.from), markup(row.to),
      row.transport, markup(row.ports), markup(row.service),
      row.needed == "required" ? "" : ", " + markup(row.needed), markup(judgement.reason),
      markup(judgement.advice));
}

/// What failed, the worst first, each with what to do.
std::string remedies(const Report& report) {
  std::string items;
  for (const Verdict verdict : kVerdicts) {
    for (std::size_t i = 0; i < report.rows.size(); ++i) {
      if (report.rows[i].judgement.verdict == verdict && fails(verdict)) {
        items += remedy(report.rows[i], i);
      }
    }
  }
  if (items.empty()) {
    return {};
  }
  return fmt::format(
      "<section>\n<h2>What to look at next</h2>\n<ol class=\"remedies\">\n{}</ol>\n"
      "</section>\n",
      items);
}

std::string excess_section(const Report& report) {
  if (!report.excess) {
    return {};
  }
  const ExcessResult& excess = *report.excess;
  std::string items;
  for (const ExcessOpen& each : excess.open) {
    const ExcessTarget& target = excess.targets[each.target];
    items += fmt::format(
        "<li class=\"v-excess\"><span class=\"badge v-excess\">! excess</span> {} {} tcp/{}\n"
        "<p>It is open, and no flow from here names it.</p>\n<p class=\"next\">Next: close it at "
        "the firewall, or add the need to the topology and plan anew</p></li>\n",
        markup(target.name), to_string(target.address), each.port);
  }
  return fmt::format(
      "<section id=\"excess\">\n<h2>What must not be open</h2>\n<p>Tried {} other ports ({}) at {} "
      "a second: {} open, {} refused.</p>\n{}</section>\n",
      excess.tried, to_string(excess.ports), excess.rate, excess.open.size(), excess.refused,
      items.empty() ? "" : fmt::format("<ol class=\"remedies\">\n{}</ol>\n", items));
}

std::string filter(const Report& report) {
  std::string buttons;
  for (const Verdict verdict : kVerdicts) {
    if (const std::size_t count = count_of(report, verdict); count != 0) {
      buttons += fmt::format(
          "<button type=\"button\" class=\"v-{0}\" value=\"{0}\" aria-pressed=\"true\">{1} {2} "
          "({3})</button>\n",
          word_of(verdict), sign_of(verdict), to_string(verdict), count);
    }
  }
  return fmt::format(
      "<div class=\"filter\" role=\"search\" hidden>\n<input type=\"search\" "
      "aria-label=\"Show only rows with these words\" placeholder=\"Filter: press / and type\">\n"
      "{}<output aria-live=\"polite\"></output>\n</div>\n",
      buttons);
}

std::string table_row(const ReportRow& row, std::size_t index) {
  const Judgement& judgement = row.judgement;
  std::string what = markup(row.service);
  if (!row.protocol.empty()) {
    what += fmt::format("<br><span class=\"soft\">{}{}</span>", markup(row.protocol),
                        row.interfaces.empty()
                            ? std::string()
                            : ": " + markup(fmt::format("{}", fmt::join(row.interfaces, ", "))));
  }
  return fmt::format(
      "<tr id=\"f{}\" data-verdict=\"{}\" tabindex=\"-1\"><td data-name=\"Verdict\">{}</td>"
      "<td data-name=\"From\">{}</td><td data-name=\"To\">{}<br><span class=\"soft\">{}</span></td>"
      "<td class=\"port\" data-name=\"Port\">{}/{}</td><td data-name=\"Service\">{}</td>"
      "<td data-name=\"Why\">{}{}</td></tr>\n",
      index, word_of(judgement.verdict), badge(judgement.verdict), markup(row.from), markup(row.to),
      markup(row.address), row.transport, markup(row.ports), what, markup(judgement.reason),
      judgement.advice.empty()
          ? std::string()
          : fmt::format("<br><span class=\"soft\">Next: {}</span>", markup(judgement.advice)));
}

std::string table(const Report& report) {
  std::string rows;
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    rows += table_row(report.rows[i], i);
  }
  return fmt::format(
      "<section>\n<h2>Every flow</h2>\n{}<table id=\"flows\">\n<thead><tr><th scope=\"col\">Verdict"
      "</th><th scope=\"col\">From</th><th scope=\"col\">To</th><th scope=\"col\">Port</th>"
      "<th scope=\"col\">Service</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>\n{}</tbody>\n"
      "</table>\n</section>\n",
      filter(report), rows);
}

}  // namespace

std::string verify_page(const Report& report) {
  return fmt::format(
      "{}<main>\n<section>\n<h2>At a glance</h2>\n<div class=\"scroll\" tabindex=\"0\" "
      "role=\"region\" aria-label=\"Drawing\">\n{}</div>\n</section>\n{}{}{}</main>\n"
      "<footer>Written by pinhole {}. This page loads nothing from anywhere.</footer>\n"
      "<script>{}</script>\n</body>\n</html>\n",
      head(report), verify_drawing(report), remedies(report), excess_section(report), table(report),
      markup(report.version), page_script());
}

}  // namespace pinhole::inspect
