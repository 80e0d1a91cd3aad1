// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `pinhole verify` found, as a value, and its written forms. Pure; texts of peers are inside
// and every writer escapes them.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/diagnostic.hpp"
#include "inspect/verdict.hpp"
#include "inspect/verify_checks.hpp"
#include "inspect/verify_excess.hpp"

namespace pinhole::inspect {

/// One flow at one address of its target.
struct ReportRow {
  std::string flow;  // id
  std::string from;
  std::string from_zone;
  std::string to;
  std::string to_zone;
  std::vector<std::string> through;  // devices on the way
  std::string address;               // empty: none was tried
  std::string transport;             // tcp
  std::string ports;                 // as planned
  std::string service;
  std::string protocol;
  std::vector<std::string> interfaces;
  std::string needed;
  std::string why;
  Place place;              // of the need in the topology
  bool towards_us = false;  // it ends at a client here
  Judgement judgement;
};

struct Report {
  std::string title;  // of the topology
  std::string plan;   // as the user named it
  std::string from;   // zone, party, or `party in zone`
  std::string time;   // UTC, ISO 8601
  std::string version;
  std::vector<ReportRow> rows;
  std::optional<ExcessResult> excess;
};

/// Judges each check; the caller adds the rest.
[[nodiscard]] std::vector<ReportRow> report_rows(const plan::Plan& plan,
                                                 const std::vector<Check>& checks);

/// `outlook`, `clients`, `outlook in clients`.
[[nodiscard]] std::string scope_text(const plan::Topology& topology, const VerifyScope& scope);

inline constexpr std::array kVerdicts = {
    Verdict::blocked, Verdict::wrong_service,  Verdict::not_registered, Verdict::dynamic,
    Verdict::moved,   Verdict::not_verifiable, Verdict::exact};

[[nodiscard]] std::size_t count_of(const Report& report, Verdict verdict);

/// No flow failed and nothing else was open.
[[nodiscard]] bool is_good(const Report& report);
/// This machine itself could not try something.
[[nodiscard]] bool failed_here(const Report& report);

/// The one line over all: `9 of 11 flows are exact, 1 blocked, 1 not verifiable from here`.
[[nodiscard]] std::string summary_of(const Report& report);

/// The document of docs/schema/verify.schema.json.
[[nodiscard]] nlohmann::ordered_json verify_json(const Report& report);
/// JUnit XML: one test suite for each target, one case for each flow.
[[nodiscard]] std::string verify_junit(const Report& report);
/// SARIF 2.1.0: one result for each flow that is not exact, at its need in the topology.
[[nodiscard]] nlohmann::ordered_json verify_sarif(const Report& report);
/// One HTML page that loads nothing.
[[nodiscard]] std::string verify_page(const Report& report);
/// The drawing of that page: an `svg` element.
[[nodiscard]] std::string verify_drawing(const Report& report);

/// Text made safe for HTML and XML, in elements and between double quotes: one printable line.
[[nodiscard]] std::string markup(std::string_view text);

}  // namespace pinhole::inspect
