// SPDX-License-Identifier: Apache-2.0
#include "cli/probe_print.hpp"

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/address.hpp"

namespace pinhole::cli {
namespace {

using inspect::ProbeResult;
using inspect::ProbeState;
using inspect::TlsFacts;
using render::Tone;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostSaid = 160;  // characters of a cell

Tone tone_of(ProbeState state) {
  switch (state) {
    case ProbeState::speaks:
      return Tone::good;
    case ProbeState::silent:
    case ProbeState::open_or_filtered:
    case ProbeState::unfinished:
      return Tone::warning;
    case ProbeState::closed:
      return Tone::faint;
    default:
      return Tone::bad;
  }
}

std::string port_of(const probe::Row& row, std::uint16_t port) {
  return fmt::format("{}/{}", port, to_string(row.transport));
}

std::string certificate_of(const TlsFacts& tls) {
  if (tls.subject.empty() && tls.not_after.empty()) {
    return fmt::format("{}, no certificate", tls.version);
  }
  return fmt::format("{}, certificate until {}{}{}", tls.version, tls.not_after.substr(0, 10),
                     tls.expired ? ", EXPIRED" : "", tls.names_host ? "" : ", for another name");
}

std::string said_of(const ProbeResult& result) {
  std::string said = result.said.substr(0, kMostSaid);
  if (result.said.size() > kMostSaid) {
    said += "...";
  }
  if (!result.reporter.empty()) {
    said += fmt::format(", says {}", result.reporter);
  }
  if (result.tls) {
    said += fmt::format("{}{}", said.empty() ? "" : "; ", certificate_of(*result.tls));
  }
  return said;
}

std::string where_of(const ProbeResult& result) {
  return result.address.empty() || result.address == result.task.host
             ? result.task.host
             : fmt::format("{} ({})", result.task.host, result.address);
}

Json tls_json(const TlsFacts& tls) {
  return {{"version", tls.version},       {"cipher", tls.cipher},
          {"subject", tls.subject},       {"issuer", tls.issuer},
          {"names", tls.names},           {"not_before", tls.not_before},
          {"not_after", tls.not_after},   {"valid_now", !tls.expired},
          {"names_host", tls.names_host}, {"self_signed", tls.self_signed}};
}

void add_fact(render::Table& table, std::string_view name, const std::string& value) {
  table.add_row({render::Cell("  " + std::string(name), Tone::faint), value});
}

std::string facts_of(const ProbeResult& result, render::Style style) {
  if (result.facts.empty() && !result.tls) {
    return {};
  }
  render::Table table({{fmt::format("{} {}", result.task.row->service,
                                    port_of(*result.task.row, result.task.port))},
                       {where_of(result)}});
  for (const probe::Fact& fact : result.facts) {
    add_fact(table, fact.name, fact.value);
  }
  if (result.tls) {
    add_fact(table, "tls", fmt::format("{} {}", result.tls->version, result.tls->cipher));
    add_fact(table, "certificate", result.tls->subject);
    add_fact(table, "names", fmt::format("{}", fmt::join(result.tls->names, ", ")));
    add_fact(table, "issuer", result.tls->issuer);
    add_fact(table, "valid",
             fmt::format("{} to {}{}", result.tls->not_before, result.tls->not_after,
                         result.tls->expired ? ": not now" : ""));
  }
  return "\n" + table.text(style);
}

}  // namespace

std::string probe_table(const std::vector<ProbeResult>& results, bool facts, render::Style style) {
  render::Table table({{"host"}, {"port"}, {"service"}, {"state"}, {"what it said, or why"}});
  for (const ProbeResult& result : results) {
    table.add_row({where_of(result), port_of(*result.task.row, result.task.port),
                   render::Cell(result.task.row->service, Tone::strong),
                   render::Cell(to_string(result.state), tone_of(result.state)), said_of(result)});
  }
  std::string text = table.text(style);
  for (const ProbeResult& result : results) {
    text += facts ? facts_of(result, style) : std::string();
  }
  return text;
}

Json probe_json(const std::vector<ProbeResult>& results) {
  Json probes = Json::array();
  for (const ProbeResult& result : results) {
    const probe::Row& row = *result.task.row;
    Json one{{"target", result.task.target},   {"host", result.task.host},
             {"address", result.address},      {"service", row.service},
             {"protocol", row.protocol},       {"transport", to_string(row.transport)},
             {"port", result.task.port},       {"tls_from_start", row.tls},
             {"state", word_of(result.state)}, {"said", result.said}};
    Json facts = Json::object();
    for (const probe::Fact& fact : result.facts) {
      facts[fact.name] = fact.value;
    }
    one["facts"] = std::move(facts);
    if (result.tls) {
      one["tls"] = tls_json(*result.tls);
    }
    if (result.icmp) {
      one["icmp"] = {{"type", result.icmp->type},
                     {"code", result.icmp->code},
                     {"from", result.reporter},
                     {"text", result.said}};
    }
    probes.push_back(std::move(one));
  }
  return {{"schema", "pinhole.probe/1"}, {"probes", std::move(probes)}};
}

std::string probe_summary(const std::vector<ProbeResult>& results) {
  std::map<ProbeState, std::size_t> counts;
  for (const ProbeResult& result : results) {
    ++counts[result.state];
  }
  std::string text;
  for (const auto& [state, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", count,
                        state == ProbeState::speaks && count != 1 ? "speak" : to_string(state));
  }
  return text;
}

std::string probe_list(render::Style style) {
  render::Table table({{"service"}, {"port"}, {"protocol"}, {"it is that service where"}});
  for (const probe::Row& row : probe::table()) {
    table.add_row({render::Cell(row.service, Tone::strong),
                   row.port == 0 ? std::string("any/tcp") : port_of(row, row.port), row.protocol,
                   row.about});
  }
  return table.text(style);
}

Json probe_list_json() {
  Json services = Json::array();
  for (const probe::Row& row : probe::table()) {
    Json one{{"service", row.service},
             {"protocol", row.protocol},
             {"transport", to_string(row.transport)}};
    if (row.port != 0) {
      one["port"] = row.port;
    }
    one["tls_from_start"] = row.tls;
    one["proof"] = row.about;
    services.push_back(std::move(one));
  }
  return {{"schema", "pinhole.probe-list/1"}, {"services", std::move(services)}};
}

}  // namespace pinhole::cli
