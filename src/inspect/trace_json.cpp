// SPDX-License-Identifier: Apache-2.0
#include "inspect/trace_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catalogue/lookup.hpp"

namespace pinhole::inspect {
namespace {

using Json = nlohmann::ordered_json;

Json interface_json(const catalogue::Catalogue& catalogue, const dcerpc::SyntaxId& id) {
  Json json{{"uuid", to_string(id.uuid)}, {"version", fmt::format("{}.{}", id.major, id.minor)}};
  const auto name = catalogue::interface_name(catalogue, id.uuid, id.major, id.minor);
  if (!name.empty()) {
    json["name"] = name;
  }
  return json;
}

Json times_json(capture::Time first, capture::Time last) {
  return {{"first", time_text(first)}, {"last", time_text(last)}};
}

void put_times(Json& json, capture::Time first, capture::Time last) {
  json.update(times_json(first, last));
}

Json use_json(const capture::InterfaceUse& use) {
  Json operations = Json::array();
  for (const auto& [opnum, operation] : use.operations) {
    operations.push_back({{"opnum", opnum},
                          {"calls", operation.calls},
                          {"answers", operation.answers},
                          {"faults", operation.faults}});
  }
  Json faults = Json::object();
  for (const auto& [status, count] : use.faults) {
    faults[fmt::format("0x{:08x}", status)] = count;
  }
  Json syntaxes = Json::array();
  if (use.ndr) {
    syntaxes.emplace_back("NDR");
  }
  if (use.ndr64) {
    syntaxes.emplace_back("NDR64");
  }
  Json json{{"proposed", use.proposed},
            {"accepted", use.accepted},
            {"rejected", use.rejected},
            {"transfer_syntaxes", std::move(syntaxes)},
            {"operations", std::move(operations)},
            {"faults", std::move(faults)},
            {"octets_to_server", use.octets[0]},
            {"octets_to_client", use.octets[1]}};
  if (use.rejection) {
    json["rejection"] = {{"result", static_cast<unsigned>(use.rejection->result)},
                         {"reason", use.rejection->reason}};
  }
  put_times(json, use.first, use.last);
  return json;
}

Json conversation_json(const capture::Conversation& talk) {
  Json oddities = Json::object();
  for (std::size_t i = 0; i < talk.oddities.size(); ++i) {
    if (talk.oddities[i] != 0) {
      oddities[dcerpc::to_string(static_cast<dcerpc::Oddity>(i))] = talk.oddities[i];
    }
  }
  Json json{{"opened", talk.connections},
            {"unanswered", talk.unanswered},
            {"refused", talk.refused},
            {"reset", talk.resets},
            {"open_before", talk.midway},
            {"rpc", talk.rpc},
            {"over_http", talk.http},
            {"bind_naks", talk.naks},
            {"gaps", talk.gaps},
            {"octets_lost", talk.lost},
            {"oddities", std::move(oddities)},
            {"octets_to_server", talk.octets[0]},
            {"octets_to_client", talk.octets[1]}};
  put_times(json, talk.first, talk.last);
  return json;
}

Json answer_json(const capture::Answer& answer, const catalogue::Catalogue& catalogue) {
  Json json{{"client", to_string(answer.client)},
            {"mapper", join_host_port(to_string(answer.mapper.address), answer.mapper.port)},
            {"operation", to_string(answer.how)},
            {"over_http", answer.http},
            {"interface", interface_json(catalogue, answer.interface)},
            {"registered", answer.port != 0}};
  if (answer.port != 0) {
    json["protocol_sequence"] = epm::to_string(answer.sequence);
    json["address"] = to_string(answer.address);
    json["port"] = answer.port;
  }
  json["count"] = answer.count;
  json["connections"] = answer.connections;
  put_times(json, answer.first, answer.last);
  return json;
}

Json row_json(const Trace& trace, const TraceRow& row, const catalogue::Catalogue& catalogue,
              const plan::Plan* plan) {
  const capture::Conversation& talk = trace.report.conversations[row.conversation];
  Json about = Json::array();
  for (const dcerpc::SyntaxId& id : row.about) {
    about.push_back(interface_json(catalogue, id));
  }
  Json json{{"client", to_string(talk.client)},
            {"server", to_string(talk.server.address)},
            {"port", talk.server.port},
            {"port_kind", word_of(row.kind)}};
  if (!row.kind_by.empty()) {
    json["port_kind_by"] = row.kind_by;
  }
  json["state"] = word_of(row.state);
  json["interfaces"] = std::move(about);
  json["learned"] = row.answer ? to_string(trace.report.answers[*row.answer].how)
                    : row.kind == PortKind::mapper ? "well-known"
                                                   : "not seen";
  if (row.answer) {
    json["answer"] = *row.answer;
  }
  if (row.interface) {
    json["use"] = use_json(talk.interfaces[*row.interface]);
  }
  json["connections"] = conversation_json(talk);
  if (plan != nullptr) {
    json["planned"] = word_of(row.planned);
    Json flows = Json::array();
    for (const std::size_t flow : row.flows) {
      flows.push_back(plan->flows[flow].id);
    }
    json["flows"] = std::move(flows);
    if (!row.remark.empty()) {
      json["remark"] = row.remark;
    }
  }
  return json;
}

Json counts_json(const Trace& trace) {
  const capture::Counts& counts = trace.report.counts;
  return {{"packets", counts.packets},
          {"octets", counts.octets},
          {"segments", counts.segments},
          {"cut", counts.cut},
          {"unknown_links", counts.unknown_links},
          {"fragments", counts.fragments},
          {"datagrams_given_up", counts.datagrams_given_up},
          {"octets_repeated", counts.repeated},
          {"connections_evicted", counts.evicted},
          {"connections_shed", counts.shed},
          {"rows_left_out", counts.rows_left},
          {"answers_unreadable", counts.unreadable},
          {"dropped", trace.dropped}};
}

}  // namespace

bool is_shown(const TraceRow& row, bool all) {
  if (all || row.planned == Planned::no) {
    return true;
  }
  switch (row.state) {
    case TraceState::not_rpc:
    case TraceState::silent:
    case TraceState::unanswered:
    case TraceState::refused:
      return !row.about.empty();
    default:
      return true;
  }
}

Json trace_json(const Trace& trace, const catalogue::Catalogue& catalogue, const plan::Plan* plan,
                bool all) {
  Json rows = Json::array();
  for (const TraceRow& row : trace.rows) {
    if (is_shown(row, all)) {
      rows.push_back(row_json(trace, row, catalogue, plan));
    }
  }
  Json answers = Json::array();
  for (const capture::Answer& answer : trace.report.answers) {
    answers.push_back(answer_json(answer, catalogue));
  }
  Json json{{"schema", "pinhole.trace/1"}, {"source", trace.source}};
  put_times(json, trace.report.first, trace.report.last);
  if (!trace.cut.empty()) {
    json["cut"] = trace.cut;
  }
  json["counts"] = counts_json(trace);
  json["rows"] = std::move(rows);
  json["answers"] = std::move(answers);
  if (plan != nullptr) {
    Json flows = Json::array();
    for (const TraceFlow& flow : trace.flows) {
      Json each{{"flow", plan->flows[flow.flow].id}, {"judged", flow.judged}};
      if (flow.judged) {
        each["connections"] = flow.connections;
        each["failed"] = flow.failed;
      }
      flows.push_back(std::move(each));
    }
    json["flows"] = std::move(flows);
    json["good"] = is_good(trace);
  }
  return json;
}

}  // namespace pinhole::inspect
