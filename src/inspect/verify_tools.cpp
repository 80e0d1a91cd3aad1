// SPDX-License-Identifier: Apache-2.0
// The forms that other tools read: JUnit XML and SARIF 2.1.0.
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "inspect/verify_report.hpp"

namespace pinhole::inspect {
namespace {

using Json = nlohmann::ordered_json;

struct Suite {
  std::vector<std::string> cases;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
};

std::string target_of(const ReportRow& row) {
  const std::string& name = row.towards_us ? row.from : row.to;
  return row.address.empty() ? name : fmt::format("{} ({})", name, row.address);
}

std::string case_xml(const std::string& suite, const std::string& name, std::string_view inner) {
  return fmt::format(
      "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"{}", markup(suite), markup(name),
      inner.empty() ? std::string("/>\n") : fmt::format(">\n{}    </testcase>\n", inner));
}

std::string failure_xml(std::string_view element, std::string_view type, const std::string& message,
                        const std::string& advice) {
  return fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", element, markup(type),
                     markup(message), markup(advice));
}

void add_row(const ReportRow& row, std::map<std::string, Suite>& suites) {
  const std::string name = target_of(row);
  Suite& suite = suites[name];
  const Judgement& judgement = row.judgement;
  std::string inner;
  if (judgement.where == Where::here) {
    ++suite.errors;
    inner = failure_xml("error", word_of(judgement.verdict), judgement.reason, judgement.advice);
  } else if (fails(judgement.verdict)) {
    ++suite.failures;
    inner = failure_xml("failure", word_of(judgement.verdict), judgement.reason, judgement.advice);
  } else if (judgement.verdict == Verdict::not_verifiable) {
    ++suite.skipped;
    inner = fmt::format("      <skipped message=\"{}\"/>\n", markup(judgement.reason));
  }
  suite.cases.push_back(case_xml(name, row.flow, inner));
}

std::string excess_reason(const ExcessTarget& target, std::uint16_t port) {
  return fmt::format("{} tcp/{} is open, and no flow from here names it", to_string(target.address),
                     port);
}

constexpr std::string_view kExcessAdvice =
    "close it at the firewall, or add the need to the topology and plan anew";

void add_excess(const ExcessResult& excess, std::map<std::string, Suite>& suites) {
  const std::string name = "nothing else is open";
  Suite& suite = suites[name];
  for (const ExcessOpen& each : excess.open) {
    const ExcessTarget& target = excess.targets[each.target];
    ++suite.failures;
    suite.cases.push_back(
        case_xml(name, fmt::format("{}:tcp-{}", target.name, each.port),
                 failure_xml("failure", "excess", excess_reason(target, each.port),
                             std::string(kExcessAdvice))));
  }
  if (excess.open.empty()) {
    suite.cases.push_back(case_xml(name, fmt::format("{} tries", excess.tried), {}));
  }
}

struct Rule {
  const char* id;
  const char* text;
};

constexpr Rule kRules[] = {
    {"moved", "A service has a static port, and another one than planned"},
    {"dynamic", "A service has a port of the dynamic range"},
    {"not-registered", "The endpoint mapper does not know an interface"},
    {"blocked", "No connection: the firewall, the host or the way to it"},
    {"wrong-service", "Something else answers on the planned port"},
    {"not-verifiable", "A flow that cannot be tried from here"},
    {"excess", "A port is open that no flow names"},
};

std::string_view level_of(const ReportRow& row) {
  if (!fails(row.judgement.verdict)) {
    return "note";
  }
  return row.needed == "required" ? "error" : "warning";
}

/// A relative or absolute path as a URI reference (RFC 3986).
std::string uri_of(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Json result_json(std::string_view rule, std::string_view level, const std::string& text,
                 const std::string& logical, const Place& place) {
  Json location;
  if (!place.name.empty()) {
    Json physical{{"artifactLocation", {{"uri", uri_of(place.name)}}}};
    if (place.line != 0) {
      physical["region"] = {{"startLine", place.line}};
    }
    location["physicalLocation"] = std::move(physical);
  }
  location["logicalLocations"] =
      Json::array({Json{{"fullyQualifiedName", logical}, {"kind", "resource"}}});
  return {{"ruleId", rule},
          {"level", level},
          {"message", {{"text", text}}},
          {"locations", Json::array({std::move(location)})}};
}

Json results_json(const Report& report) {
  Json results = Json::array();
  for (const ReportRow& row : report.rows) {
    const Judgement& judgement = row.judgement;
    if (judgement.verdict == Verdict::exact) {
      continue;
    }
    const std::string text =
        fmt::format("{} to {}: {}{}{}", row.from, target_of(row), judgement.reason,
                    judgement.advice.empty() ? "" : ". Next: ", judgement.advice);
    results.push_back(
        result_json(word_of(judgement.verdict), level_of(row), text, row.flow, row.place));
  }
  if (report.excess) {
    for (const ExcessOpen& each : report.excess->open) {
      const ExcessTarget& target = report.excess->targets[each.target];
      results.push_back(
          result_json("excess", "error",
                      fmt::format("{}. Next: {}", excess_reason(target, each.port), kExcessAdvice),
                      fmt::format("{}:tcp-{}", target.name, each.port), {}));
    }
  }
  return results;
}

}  // namespace

std::string verify_junit(const Report& report) {
  std::map<std::string, Suite> suites;
  for (const ReportRow& row : report.rows) {
    add_row(row, suites);
  }
  if (report.excess) {
    add_excess(*report.excess, suites);
  }
  std::string text =
      fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\">\n",
                  markup("pinhole verify from " + report.from));
  for (const auto& [name, suite] : suites) {
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
        "timestamp=\"{}\" time=\"0\">\n",
        markup(name), suite.cases.size(), suite.failures, suite.errors, suite.skipped,
        markup(report.time));
    for (const std::string& each : suite.cases) {
      text += each;
    }
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

Json verify_sarif(const Report& report) {
  Json rules = Json::array();
  for (const Rule& rule : kRules) {
    rules.push_back({{"id", rule.id}, {"shortDescription", {{"text", rule.text}}}});
  }
  Json driver{{"name", "pinhole verify"}, {"version", report.version}, {"rules", std::move(rules)}};
  Json invocation{{"executionSuccessful", !failed_here(report)}, {"endTimeUtc", report.time}};
  Json run{{"tool", {{"driver", std::move(driver)}}},
           {"invocations", Json::array({std::move(invocation)})},
           {"results", results_json(report)}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", Json::array({std::move(run)})}};
}

}  // namespace pinhole::inspect
