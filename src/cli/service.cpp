// SPDX-License-Identifier: Apache-2.0
// pinhole service list|status|start|stop|restart: speaks with the supervisor of `pinhole serve`.

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "host/config.hpp"
#include "host/control.hpp"
#include "render/json.hpp"
#include "render/table.hpp"

namespace pinhole::cli {
namespace {

using nlohmann::json;
using render::Tone;

struct Options {
  std::string command;
  std::vector<std::string> names;
  bool computer = false;
  std::string state;
  std::string format = "table";
};

Tone tone_of(const std::string& state) {
  return state == "running" ? Tone::good : state == "degraded" ? Tone::bad : Tone::warning;
}

std::string text_of(const json& value) {
  return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
}

std::string ports_of(const json& service) {
  std::string text;
  for (const json& port : service.at("ports")) {
    text += (text.empty() ? "" : ", ") + port.dump();
  }
  return text.empty() ? "-" : text;
}

std::string awaits_of(const json& service) {
  const json& what = service.at("awaits_restart_of");
  return what.is_null() ? "" : "awaits restart of " + what.get<std::string>();
}

void print_list(const json& services, render::Style style) {
  render::Table table({{"SERVICE"}, {"STATE"}, {"PID", render::Align::right}, {"PORTS"}, {""}});
  for (const json& each : services) {
    const auto state = each.at("state").get<std::string>();
    table.add_row({each.at("name").get<std::string>(), render::Cell(state, tone_of(state)),
                   text_of(each.at("pid")), ports_of(each),
                   render::Cell(awaits_of(each), Tone::warning)});
  }
  fmt::print("{}", table.text(style));
}

std::string operations_of(const json& interface) {
  std::string done;
  std::size_t known = 0;
  for (const json& each : interface.at("operations")) {
    ++known;
    if (each.at("implemented").get<bool>()) {
      done += (done.empty() ? "" : ", ") + each.at("name").get<std::string>();
    }
  }
  return fmt::format("mgmt{}{}{}", done.empty() ? "" : ", ", done,
                     known == 0 ? "" : fmt::format(" ({} known)", known));
}

void print_listener(const json& listener, render::Style style) {
  const bool has_port = !listener.at("port").is_null();
  fmt::print("  {}\n",
             render::paint(fmt::format("{}[{}]  {}  {}: {}", text_of(listener.at("sequence")),
                                       has_port ? text_of(listener.at("port")) : "none",
                                       text_of(listener.at("title")), text_of(listener.at("kind")),
                                       text_of(listener.at("origin"))),
                           Tone::plain, style));
  if (!listener.at("degraded").is_null()) {
    fmt::print("    {}\n",
               render::paint("degraded: " + text_of(listener.at("degraded")), Tone::bad, style));
  }
  for (const json& note : listener.at("notes")) {
    fmt::print("    {}\n", render::paint("note: " + text_of(note), Tone::warning, style));
  }
  for (const json& each : listener.at("interfaces")) {
    fmt::print("    {}\n",
               render::paint(fmt::format("{} {}  {}  implemented: {}", text_of(each.at("uuid")),
                                         text_of(each.at("version")),
                                         text_of(each.at("annotation")), operations_of(each)),
                             Tone::faint, style));
  }
}

void print_status(const json& services, render::Style style) {
  for (const json& each : services) {
    const auto state = each.at("state").get<std::string>();
    fmt::print("{}  {}  pid {}  {}\n", render::paint(text_of(each.at("name")), Tone::strong, style),
               render::paint(state, tone_of(state), style), text_of(each.at("pid")),
               render::paint(text_of(each.at("title")), Tone::plain, style));
    if (!each.at("failure").is_null()) {
      fmt::print("  {}\n",
                 render::paint("failed: " + text_of(each.at("failure")), Tone::bad, style));
    }
    for (const json& change : each.at("changes")) {
      fmt::print(
          "  {}\n",
          render::paint(fmt::format("{}: read {}, now {}; awaits restart of {}",
                                    text_of(change.at("setting")), text_of(change.at("read")),
                                    text_of(change.at("now")), text_of(change.at("restart"))),
                        Tone::warning, style));
    }
    for (const json& listener : each.at("listeners")) {
      print_listener(listener, style);
    }
  }
}

/// The rows that were asked for, in the supervisor's order.
json chosen(const json& reply, const Options& options) {
  const auto same = [](const std::string& a, const std::string& b) {
    return CLI::detail::to_lower(a) == CLI::detail::to_lower(b);
  };
  json rows = json::array();
  for (const json& each : reply.at("services")) {
    const auto name = each.at("name").get<std::string>();
    bool wanted = options.names.empty();
    for (const std::string& asked : options.names) {
      wanted = wanted || same(asked, name);
    }
    if (wanted) {
      rows.push_back(each);
    }
  }
  return rows;
}

/// What the states say of the command's success.
Exit verdict(const json& services, const std::string& command) {
  if (command == "list") {
    return Exit::good;
  }
  for (const json& each : services) {
    const auto state = each.at("state").get<std::string>();
    if (command == "stop" ? state != "stopped" : state != "running") {
      return Exit::no;
    }
  }
  return Exit::good;
}

Exit run(const Options& options) {
  const auto state = host::state_folder(
      options.state.empty() ? std::string() : std::filesystem::absolute(options.state).string());
  if (!state) {
    return report(state.error());
  }
  const auto reply = host::ask_supervisor(
      *state, {{"command", options.command == "status" ? "list" : options.command},
               {"names", options.names},
               {"computer", options.computer}});
  if (!reply) {
    return report(reply.error());
  }
  const json services = chosen(*reply, options);
  const render::Style style = style_of(stdout);
  if (options.format == "json") {
    fmt::print("{}", render::json_text({{"schema", "pinhole.service/1"},
                                        {"product", reply->at("product").get<std::string>()},
                                        {"services", nlohmann::ordered_json(services)}}));
  } else if (options.command == "status") {
    print_status(services, style);
  } else {
    print_list(services, style);
  }
  return verdict(services, options.command);
}

}  // namespace

void add_service(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("service", "List, start, stop and restart the services of a server");
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* about) {
    auto* sub = command->add_subcommand(name, about);
    sub->add_option("NAME", options->names, "Short names of services; none: all");
    sub->add_option("--state", options->state, "The state folder of the server")->type_name("DIR");
    sub->add_option("--format", options->format, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    sub->callback([options, name, &action] {
      options->command = name;
      action = [options] { return run(*options); };
    });
    return sub;
  };
  add("list", "The services, and which await a restart");
  add("status", "Their endpoints, interfaces and troubles");
  add("start", "Start services");
  add("stop", "Stop services; their entries leave the endpoint map");
  add("restart", "Stop and start services: they read their settings anew")
      ->add_flag("--computer", options->computer, "Restart all, as a restart of the computer does");
}

}  // namespace pinhole::cli
