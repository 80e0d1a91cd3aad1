// SPDX-License-Identifier: Apache-2.0
// pinhole map HOST UUID,VERSION: asks ept_map where one interface is.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catalogue/lookup.hpp"
#include "cli/command.hpp"
#include "cli/dump_print.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "render/json.hpp"

namespace pinhole::cli {
namespace {

struct Options {
  std::string host;
  std::string interface;
  std::string sequence = "ncacn_ip_tcp";
  std::string format = "table";
  unsigned timeout = 5;
};

void print(const Options& options, const inspect::DumpTarget& target,
           const dcerpc::SyntaxId& interface, const inspect::MapAnswer& answer) {
  if (options.format == "json") {
    nlohmann::ordered_json bindings = nlohmann::ordered_json::array();
    for (const epm::Tower& tower : answer.towers) {
      bindings.push_back(inspect::binding_of(tower, target.host));
    }
    fmt::print("{}", render::json_text({{"schema", "pinhole.map/1"},
                                        {"target", target.name},
                                        {"interface", to_string(interface)},
                                        {"registered", !answer.towers.empty()},
                                        {"bindings", std::move(bindings)}}));
    return;
  }
  const std::string_view name = catalogue::interface_name(catalogue::builtin(), interface.uuid,
                                                          interface.major, interface.minor);
  for (const epm::Tower& tower : answer.towers) {
    fmt::print("{}  {}\n",
               render::paint(inspect::binding_of(tower, target.host), render::Tone::strong,
                             style_of(stdout)),
               render::paint(name, render::Tone::plain, {}));
  }
}

Exit run(const Options& options) {
  const auto target = inspect::parse_target(options.host);
  if (!target) {
    return report(target.error());
  }
  const auto interface = dcerpc::parse_syntax_id(options.interface);
  if (!interface) {
    return report(usage(options.interface, "no interface", "write UUID,MAJOR.MINOR").value());
  }
  const auto sequence = epm::parse_protocol_sequence(options.sequence);
  if (!sequence) {
    return report(
        usage(options.sequence, "no protocol sequence", "write ncacn_ip_tcp or ncacn_http")
            .value());
  }
  const auto answer =
      inspect::map(*target, *interface, *sequence, std::chrono::seconds(options.timeout));
  if (answer.error) {
    return report({diagnostic_of(*target, *answer.error)});
  }
  print(options, *target, *interface, answer);
  if (answer.towers.empty()) {
    return report(
        refusal("not-registered", join_host_port(target->host, target->port),
                fmt::format("{} is not registered for {}", to_string(*interface), options.sequence),
                "see what is with: pinhole dump " + target->name, Exit::no)
            .value());
  }
  return Exit::good;
}

}  // namespace

void add_map(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* map = app.add_subcommand("map", "Ask an endpoint mapper where one interface is");
  map->add_option("HOST", options->host, "HOST, HOST:PORT or [IPv6]:PORT")->required();
  map->add_option("INTERFACE", options->interface, "UUID,MAJOR.MINOR")->required();
  map->add_option("--sequence", options->sequence, "Protocol sequence asked for")
      ->capture_default_str();
  map->add_option("--format", options->format, "Output format")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  map->add_option("--timeout", options->timeout, "Seconds for the connect and for each call")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  map->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
