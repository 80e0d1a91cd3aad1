// SPDX-License-Identifier: Apache-2.0
#include "cli/lab_verify.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/verify_print.hpp"
#include "cli/verify_run.hpp"
#include "lab/lab.hpp"
#include "lab/spaces.hpp"
#include "render/escape.hpp"

namespace pinhole::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHive = "registry.hive";

Checked<lab::Record> whole_lab(const fs::path& state) {
  const auto record = lab::read_record(state);
  if (!record) {
    return tl::unexpected(record.error());
  }
  const auto& known = *record;
  if (!known || !known->complete) {
    return lab::lab_error("lab-none", state.string(), "there is no whole lab",
                          "`pinhole lab up` makes one");
  }
  return *known;
}

/// `report.html` of zone `clients` among several: `report-clients.html`.
std::string page_of(const std::string& html, const std::string& zone, bool several) {
  if (html.empty() || !several) {
    return html;
  }
  const fs::path path(html);
  return (path.parent_path() / (path.stem().string() + "-" + zone + path.extension().string()))
      .string();
}

/// The report of one zone, from the namespace of its clients.
Checked<Exit> verify_from(const lab::Space& clients, const VerifyRequest& request) {
  const auto inside = lab::Inside::enter(clients.space);
  if (!inside) {
    return tl::unexpected(inside.error());
  }
  const auto subject = verify_subject(request);
  if (!subject) {
    return tl::unexpected(subject.error());
  }
  const auto report = try_all(request, *subject);
  if (!report) {
    return tl::unexpected(report.error());
  }
  fmt::print("From {}\n\n{}", render::escape(request.from),
             verify_table(*report, style_of(stdout)));
  std::fflush(stdout);
  if (const auto written = write_page(request, *report); !written) {
    return tl::unexpected(written.error());
  }
  if (!request.html.empty()) {
    fmt::print("report {}\n", render::escape(fs::absolute(request.html).string()));
  }
  return exit_of(*report);
}

}  // namespace

Exit lab_apply(const LabVerify& options) {
  const auto record = whole_lab(options.state);
  if (!record) {
    return report(record.error());
  }
  const auto catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return report(catalogue.error());
  }
  const auto plan = open_plan(record->plan, *catalogue);
  if (!plan) {
    return report(plan.error());
  }
  const auto restarted = lab::apply(options.state, *plan, *catalogue);
  if (!restarted) {
    return report(restarted.error());
  }
  fmt::print("the plan's values are in the registries; restarted, in this order: {}\n",
             render::escape(restarted->empty() ? std::string("none")
                                               : fmt::format("{}", fmt::join(*restarted, ", "))));
  return Exit::good;
}

Exit lab_verify(const LabVerify& options) {
  const auto record = whole_lab(options.state);
  if (!record) {
    return report(record.error());
  }
  VerifyRequest request;
  request.plan = record->plan;
  request.data = options.data;
  for (const lab::Space& space : record->spaces) {
    if (!space.state.empty()) {
      request.registries.push_back(space.name + "=" + (fs::path(space.state) / kHive).string());
    }
  }
  const auto zones = std::ranges::count(record->spaces, "clients", &lab::Space::kind);
  Exit worst = Exit::good;
  for (const lab::Space& space : record->spaces) {
    if (space.kind != "clients") {
      continue;
    }
    request.from = space.zones.front();
    request.html = page_of(options.html, request.from, zones > 1);
    const auto done = verify_from(space, request);
    if (!done) {
      return report(done.error());
    }
    worst = std::max(worst, *done);
  }
  return worst;
}

}  // namespace pinhole::cli
