// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "inspect/verify_report.hpp"

namespace pinhole::inspect {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& json, const char* key, std::string_view text) {
  if (!text.empty()) {
    json[key] = text;
  }
}

Json row_json(const ReportRow& row) {
  const Judgement& judgement = row.judgement;
  Json json{{"flow", row.flow}, {"from", row.from}, {"to", row.to}};
  put(json, "address", row.address);
  json["transport"] = row.transport;
  json["ports"] = row.ports;
  json["service"] = row.service;
  json["protocol"] = row.protocol;
  json["interfaces"] = row.interfaces;
  json["needed"] = row.needed;
  json["verdict"] = word_of(judgement.verdict);
  put(json, "where", to_string(judgement.where));
  if (judgement.contact != Contact::untried) {
    json["contact"] = to_string(judgement.contact);
  }
  put(json, "reporter", judgement.reporter);
  put(json, "cause", to_string(judgement.cause));
  json["seen"] = judgement.seen;
  json["reason"] = judgement.reason;
  put(json, "advice", judgement.advice);
  return json;
}

Json excess_json(const ExcessResult& excess) {
  Json open = Json::array();
  for (const ExcessOpen& each : excess.open) {
    const ExcessTarget& target = excess.targets[each.target];
    open.push_back(
        {{"to", target.name}, {"address", to_string(target.address)}, {"port", each.port}});
  }
  return {{"ports", to_string(excess.ports)},
          {"rate", excess.rate},
          {"tried", excess.tried},
          {"refused", excess.refused},
          {"failed_here", excess.failed_here},
          {"open", std::move(open)}};
}

}  // namespace

Json verify_json(const Report& report) {
  Json summary;
  for (const Verdict verdict : kVerdicts) {
    summary[std::string(word_of(verdict))] = count_of(report, verdict);
  }
  Json rows = Json::array();
  for (const ReportRow& row : report.rows) {
    rows.push_back(row_json(row));
  }
  Json json{{"schema", "pinhole.verify/1"},  {"plan", report.plan},     {"title", report.title},
            {"from", report.from},           {"time", report.time},     {"good", is_good(report)},
            {"summary", std::move(summary)}, {"flows", std::move(rows)}};
  if (report.excess) {
    json["excess"] = excess_json(*report.excess);
  }
  return json;
}

}  // namespace pinhole::inspect
