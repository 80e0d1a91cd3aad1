// SPDX-License-Identifier: Apache-2.0
#include "plan/change_record.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/flow_ends.hpp"
#include "plan/markdown.hpp"
#include "plan/paths.hpp"
#include "plan/plan_files.hpp"
#include "plan/plan_words.hpp"
#include "plan/registry_files.hpp"

namespace pinhole::plan {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string port_text(std::uint16_t port) {
  return fmt::format("{} (0x{:04x})", port, port);
}

std::size_t count_changed(const Plan& plan) {
  return static_cast<std::size_t>(std::ranges::count_if(
      plan.assignments,
      [](const Assignment& assignment) { return assignment.before != assignment.port; }));
}

std::size_t count_findings(const Plan& plan, Severity severity) {
  return static_cast<std::size_t>(std::ranges::count(plan.findings, severity, &Finding::severity));
}

std::string summary(const Plan& plan) {
  std::set<Index> servers;
  for (const Assignment& assignment : plan.assignments) {
    servers.insert(assignment.server);
  }
  const std::size_t changed = count_changed(plan);
  return fmt::format(
      "## Summary\n\n"
      "- {} on {}: {} to write, {} already right.\n"
      "- {} to open ports for, {}.\n"
      "- Findings: {}, {}, {}.\n\n",
      counted(plan.assignments.size(), "static port", "static ports"),
      counted(servers.size(), "server", "servers"), changed, plan.assignments.size() - changed,
      counted(plan.flows.size(), "flow", "flows"),
      counted(plan.restarts.size(), "restart", "restarts"),
      counted(count_findings(plan, Severity::error), "error", "errors"),
      counted(count_findings(plan, Severity::warning), "warning", "warnings"),
      counted(count_findings(plan, Severity::note), "note", "notes"));
}

/// `Exchange Server 2010 SP1 on Windows Server 2008 R2, zone servers, 10.20.0.11`
std::string description(const Plan& plan, const Server& server,
                        const catalogue::Catalogue& catalogue) {
  const auto* product = catalogue::find_product(catalogue, server.product);
  std::vector<std::string> addresses;
  addresses.reserve(server.addresses.size());
  for (const IpAddress& address : server.addresses) {
    addresses.push_back(markdown_code(to_string(address)));
  }
  return fmt::format("{}{}, zone {}, {}",
                     product != nullptr ? fmt::format("{} on ", product->title) : std::string(),
                     title_of(server.system), markdown_code(plan.topology.zones[server.zone].name),
                     fmt::join(addresses, ", "));
}

/// As the command of a setting sets a port; 0 makes it dynamic.
std::string command_line(const catalogue::Setting& setting, std::uint16_t port) {
  return fmt::format("{} {}:{}", setting.key, setting.value, port);
}

std::string where(const catalogue::Setting& setting) {
  if (setting.type == catalogue::ValueType::app_setting) {
    return fmt::format("{}, appSettings {}", markdown_code(setting.key),
                       markdown_code(setting.value));
  }
  if (setting.type == catalogue::ValueType::command) {
    return fmt::format("the command {}", markdown_code(setting.key));
  }
  return fmt::format("{}, {} {}", markdown_code(setting.key), catalogue::to_string(setting.type),
                     markdown_code(setting.value));
}

std::string server_section(const Plan& plan, Index index, std::span<const Assignment> assignments,
                           const catalogue::Catalogue& catalogue) {
  const Server& server = plan.topology.servers[index];
  Rows rows;
  std::string places;
  std::string edits_by_hand;
  for (const Assignment& assignment : assignments) {
    const auto* setting = catalogue::find_setting_by_id(catalogue, assignment.setting);
    rows.push_back({markdown(assignment.service), markdown_code(assignment.setting),
                    assignment.before ? port_text(*assignment.before) : "not set, or not known",
                    fmt::format("**{}**", port_text(assignment.port)),
                    markdown(reason_of(assignment.choice))});
    if (setting == nullptr) {
      continue;
    }
    places += fmt::format("- {}: {}{}\n", markdown_code(setting->id), where(*setting),
                          setting->about.empty() ? "" : "; " + markdown(setting->about));
    if (setting->type == catalogue::ValueType::app_setting) {
      edits_by_hand += fmt::format("\nEdit {} below `<appSettings>`, after a copy of it: {}\n",
                                   markdown_code(setting->key),
                                   markdown_code(app_setting_line(*setting, assignment.port)));
    } else if (setting->type == catalogue::ValueType::command) {
      edits_by_hand += fmt::format("\nRun on the server: {}\n",
                                   markdown_code(command_line(*setting, assignment.port)));
    }
  }
  std::string text = fmt::format(
      "### {}\n\n{}.\n\n{}\n", markdown(server.name), description(plan, server, catalogue),
      markdown_table({"Service", "Setting", "Before", "After", "Why"}, rows));
  text += has_registry(server) ? "Where the values are:\n\n" + places
                               : std::string("Samba takes these ports from its `smb.conf`.\n");
  if (!registry_edits(plan, index, catalogue).empty()) {
    text +=
        fmt::format("\nImport {} on the server; {} takes it back.\n",
                    markdown_code(reg_file_name(server)), markdown_code(undo_file_name(server)));
  }
  return text + edits_by_hand + "\n";
}

std::string changes(const Plan& plan, const catalogue::Catalogue& catalogue) {
  std::string text = "## What changes on each server\n\n";
  if (plan.assignments.empty()) {
    return text + "Nothing: no service here takes a static port.\n\n";
  }
  for (Index server = 0; server < plan.topology.servers.size(); ++server) {
    const auto mine = std::ranges::equal_range(plan.assignments, server, {}, &Assignment::server);
    if (!mine.empty()) {
      text += server_section(plan, server, {mine.begin(), mine.end()}, catalogue);
    }
  }
  return text;
}

/// The devices on the way, in their order.
std::string devices_between(Paths& paths, const Topology& topology, Index from, Index to) {
  std::vector<std::string> names;
  if (const Path& way = paths.between(from, to)) {
    for (const Hop& hop : *way) {
      names.push_back(markdown(topology.devices[hop.device].name));
    }
  }
  return names.empty() ? std::string()
                       : fmt::format("Through {}.\n\n", fmt::join(names, ", then "));
}

std::vector<std::string> flow_row(const Plan& plan, const Flow& flow,
                                  const catalogue::Catalogue& catalogue) {
  const std::string source = flow.source_ports.empty()
                                 ? std::string()
                                 : fmt::format(" from port {}", to_string(flow.source_ports));
  return {markdown(name_of(plan.topology, flow.from)),
          markdown(name_of(plan.topology, flow.to)),
          fmt::format("{} {}{}", flow.transport == Transport::udp ? "UDP" : "TCP",
                      to_string(ports_of(plan, flow, catalogue)), source),
          markdown(flow.service.empty() || flow.service == flow.protocol
                       ? flow.protocol
                       : fmt::format("{} ({})", flow.service, flow.protocol)),
          std::string(word_for(kNeeded, flow.needed)),
          markdown(flow.why)};
}

std::string ports(const Plan& plan, const catalogue::Catalogue& catalogue) {
  std::map<std::pair<Index, Index>, Rows> pairs;
  std::size_t inside = 0;
  for (const Flow& flow : plan.flows) {
    const std::pair between{zone_of(plan.topology, flow.from), zone_of(plan.topology, flow.to)};
    if (between.first == between.second) {
      ++inside;
    } else {
      pairs[between].push_back(flow_row(plan, flow, catalogue));
    }
  }
  Paths paths(plan.topology);
  std::string text = "## Ports to open\n\n";
  for (const auto& [between, rows] : pairs) {
    const auto& zones = plan.topology.zones;
    text += fmt::format("### From {} to {}\n\n{}{}\n", markdown(zones[between.first].name),
                        markdown(zones[between.second].name),
                        devices_between(paths, plan.topology, between.first, between.second),
                        markdown_table({"From", "To", "Ports", "Service", "Needed", "Why"}, rows));
  }
  if (pairs.empty()) {
    text += "None: every flow stays inside its zone.\n\n";
  } else if (inside > 0) {
    text += fmt::format("{} inside one zone, where no device stands between.\n\n",
                        counted(inside, "more flow stays", "more flows stay"));
  }
  return text;
}

std::string restarts(const Plan& plan) {
  std::string text = "## Restarts, in this order\n\n";
  if (plan.restarts.empty()) {
    return text + "None.\n\n";
  }
  int number = 0;
  for (const RestartStep& step : plan.restarts) {
    text +=
        fmt::format("{}. {}: {}{}\n", ++number, markdown(plan.topology.servers[step.server].name),
                    markdown(text_of(plan.topology, step)),
                    step.unavailable.empty()
                        ? ""
                        : fmt::format(". Unavailable meanwhile: {}", markdown(step.unavailable)));
  }
  return text + "\n";
}

std::string checks(const Plan& plan) {
  std::string text =
      "## How to check\n\n"
      "After the restarts, on each server: `netstat -ban` shows the process of the service as "
      "listening on its port. From a client's zone: `rpcdump /s SERVER /i` shows the same ports in "
      "the endpoint map, and so does `pinhole dump`:\n\n";
  Rows rows;
  for (const Assignment& assignment : plan.assignments) {
    const Server& server = plan.topology.servers[assignment.server];
    if (rows.empty() || rows.back()[0] != markdown(server.name)) {
      const std::string address =
          server.addresses.empty() ? server.name : to_string(server.addresses.front());
      rows.push_back({markdown(server.name), markdown_code("pinhole dump " + address), ""});
    }
    std::string& expected = rows.back()[2];
    expected += fmt::format("{}{} on {}", expected.empty() ? "" : ", ",
                            markdown(assignment.service), assignment.port);
  }
  return text + markdown_table({"Server", "Ask", "Expect"}, rows) + "\n";
}

std::string way_back(const Plan& plan, const catalogue::Catalogue& catalogue) {
  std::string text = "## How to go back\n\n";
  std::string list;
  std::set<Index> samba;
  for (Index server = 0; server < plan.topology.servers.size(); ++server) {
    if (!registry_edits(plan, server, catalogue).empty()) {
      list += fmt::format("- {}: import {}\n", markdown(plan.topology.servers[server].name),
                          markdown_code(undo_file_name(plan.topology.servers[server])));
    }
  }
  for (const Assignment& assignment : plan.assignments) {
    const auto* setting = catalogue::find_setting_by_id(catalogue, assignment.setting);
    if (setting != nullptr && setting->type == catalogue::ValueType::app_setting) {
      list += fmt::format("- {}: put back the copy of {}\n",
                          markdown(plan.topology.servers[assignment.server].name),
                          markdown_code(setting->key));
    } else if (setting != nullptr && !has_registry(plan.topology.servers[assignment.server])) {
      samba.insert(assignment.server);
    } else if (setting != nullptr && setting->type == catalogue::ValueType::command) {
      list += fmt::format("- {}: run {}\n", markdown(plan.topology.servers[assignment.server].name),
                          markdown_code(command_line(*setting, assignment.before.value_or(0))));
    }
  }
  for (const Index server : samba) {
    const std::string& name = plan.topology.servers[server].name;
    list += fmt::format("- {}: the lines of {} in place of those that were added\n", markdown(name),
                        markdown_code(name + "-undo-smb.conf"));
  }
  for (const ClientGroup& client : plan.topology.clients) {
    if (client.kind == ClientKind::mapi) {
      list += fmt::format("- clients {}: import {}, where {} was imported\n", markdown(client.name),
                          markdown_code(client.name + "-undo.reg"),
                          markdown_code(client.name + ".reg"));
    }
  }
  if (list.empty()) {
    return text + "Nothing was changed on a server.\n\n";
  }
  return text + list +
         "\nThen do the restarts again, in the same order, and close the ports that were "
         "opened.\n\n";
}

std::string findings(const Plan& plan) {
  std::string text = "## Findings\n\n";
  if (plan.findings.empty()) {
    return text + "None.\n";
  }
  Rows rows;
  for (const Finding& finding : plan.findings) {
    const std::string what =
        fmt::format("{}{}", finding.message,
                    finding.place.name.empty() ? std::string()
                                               : fmt::format(" ({})", to_string(finding.place)));
    rows.push_back({to_string(finding.severity), markdown_code(finding.rule),
                    markdown(finding.server), markdown(finding.subject), markdown(what),
                    markdown(finding.remedy), markdown(finding.source)});
  }
  return text + markdown_table(
                    {"Severity", "Rule", "Server", "Subject", "What", "Remedy", "Source"}, rows);
}

}  // namespace

std::string_view reason_of(Choice choice) {
  switch (choice) {
    case Choice::pinned:
      return "fixed in the topology";
    case Choice::kept:
      return "already there, and right";
    case Choice::same:
      return "the same as its partners";
    case Choice::advised:
      return "the official advice";
    case Choice::chosen:
      break;
  }
  return "free, and no rule is against it";
}

std::string text_of(const Topology& topology, const RestartStep& step) {
  const Server& server = topology.servers[step.server];
  std::string names = fmt::format("{}", fmt::join(step.services, ", "));
  if (server.system == OperatingSystem::linux && server.product.empty()) {
    names = fmt::format("Samba, for {}", names);
  }
  if (step.what != catalogue::Restart::computer) {
    return "restart " + names;
  }
  return names.empty() ? "restart the computer" : "restart the computer, for " + names;
}

std::string app_setting_line(const catalogue::Setting& setting, std::uint16_t port) {
  return fmt::format(R"(<add key="{}" value="{}" />)", setting.value, port);
}

std::string change_record(const Plan& plan, const catalogue::Catalogue& catalogue) {
  const std::string title =
      plan.topology.title.empty() ? std::string("static ports") : markdown(plan.topology.title);
  return fmt::format("# Change record: {}\n\n", title) + summary(plan) + changes(plan, catalogue) +
         ports(plan, catalogue) + restarts(plan) + checks(plan) + way_back(plan, catalogue) +
         findings(plan);
}

std::string restart_list(const Plan& plan) {
  std::string text;
  int number = 0;
  for (const RestartStep& step : plan.restarts) {
    text += fmt::format(
        "{}. {}: {}{}\n", ++number, plan.topology.servers[step.server].name,
        text_of(plan.topology, step),
        step.unavailable.empty() ? "" : fmt::format(" (unavailable: {})", step.unavailable));
  }
  return text.empty() ? "Nothing restarts.\n" : text;
}

}  // namespace pinhole::plan
