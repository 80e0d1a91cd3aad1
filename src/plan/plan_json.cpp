// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_json.hpp"

#include <nlohmann/json.hpp>

#include "plan/plan_words.hpp"
#include "plan/topology_json.hpp"

namespace pinhole::plan {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& to, const char* key, std::string_view text) {
  if (!text.empty()) {
    to[key] = text;
  }
}

Json party_json(const Topology& topology, const Party& party) {
  Json json;
  switch (party.kind) {
    case Party::Kind::client:
      json["client"] = topology.clients[party.index].name;
      break;
    case Party::Kind::server:
      json["server"] = topology.servers[party.index].name;
      break;
    case Party::Kind::load_balancer:
      json["load_balancer"] = topology.load_balancers[party.index].name;
      break;
  }
  return json;
}

Json place_json(const Place& place) {
  Json json{{"file", place.name}};
  if (place.line > 0) {
    json["line"] = place.line;
    json["column"] = place.column;
  }
  if (place.offset) {
    json["offset"] = *place.offset;
  }
  return json;
}

Json assignment_json(const Topology& topology, const Assignment& assignment) {
  Json json{{"server", topology.servers[assignment.server].name},
            {"service", assignment.service},
            {"setting", assignment.setting},
            {"port", assignment.port}};
  if (assignment.before) {
    json["before"] = *assignment.before;
  }
  json["choice"] = word_for(kChoices, assignment.choice);
  return json;
}

Json flow_json(const Plan& plan, const Flow& flow, const catalogue::Catalogue& catalogue) {
  const Topology& topology = plan.topology;
  Json json{{"id", flow.id},
            {"from", party_json(topology, flow.from)},
            {"to", party_json(topology, flow.to)},
            {"transport", word_for(kTransports, flow.transport)}};
  put(json, "source_ports", to_string(flow.source_ports));
  json["ports"] = to_string(ports_of(plan, flow, catalogue));
  put(json, "fixed", to_string(flow.ports.fixed));
  if (!flow.ports.settings.empty()) {
    Json& settings = json["settings"] = Json::array();
    for (const PortSetting& setting : flow.ports.settings) {
      settings.push_back(
          {{"server", topology.servers[setting.server].name}, {"setting", setting.setting}});
    }
  }
  if (flow.ports.dynamic_of) {
    json["dynamic_of"] = topology.servers[*flow.ports.dynamic_of].name;
  }
  put(json, "service", flow.service);
  put(json, "protocol", flow.protocol);
  if (!flow.interfaces.empty()) {
    json["interfaces"] = flow.interfaces;
  }
  json["needed"] = word_for(kNeeded, flow.needed);
  put(json, "catalogue_flow", flow.catalogue_flow);
  put(json, "why", flow.why);
  if (!flow.place.name.empty()) {
    json["place"] = place_json(flow.place);
  }
  return json;
}

Json restart_json(const Topology& topology, const RestartStep& step) {
  Json json{{"server", topology.servers[step.server].name},
            {"what", word_for(kRestarts, step.what)},
            {"services", step.services}};
  put(json, "unavailable", step.unavailable);
  return json;
}

Json finding_json(const Finding& finding) {
  Json json{{"rule", finding.rule}, {"severity", word_for(kSeverities, finding.severity)}};
  put(json, "server", finding.server);
  put(json, "service", finding.service);
  put(json, "subject", finding.subject);
  put(json, "message", finding.message);
  put(json, "remedy", finding.remedy);
  put(json, "source", finding.source);
  if (!finding.place.name.empty()) {
    json["place"] = place_json(finding.place);
  }
  return json;
}

}  // namespace

std::string write_plan(const Plan& plan, const catalogue::Catalogue& catalogue) {
  const Topology& topology = plan.topology;
  Json json{{"version", kPlanVersion}};
  put(json, "file", topology.servers.empty() ? std::string() : topology.servers.front().place.name);
  json["topology"] = topology_json(topology);
  json["lines"] = topology_lines(topology);
  json["assignments"] = Json::array();
  for (const Assignment& assignment : plan.assignments) {
    json["assignments"].push_back(assignment_json(topology, assignment));
  }
  json["flows"] = Json::array();
  for (const Flow& flow : plan.flows) {
    json["flows"].push_back(flow_json(plan, flow, catalogue));
  }
  json["restarts"] = Json::array();
  for (const RestartStep& step : plan.restarts) {
    json["restarts"].push_back(restart_json(topology, step));
  }
  json["findings"] = Json::array();
  for (const Finding& finding : plan.findings) {
    json["findings"].push_back(finding_json(finding));
  }
  // Every byte outside ASCII is escaped, and what is not UTF-8 replaced: a state file may have
  // brought it.
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace pinhole::plan
