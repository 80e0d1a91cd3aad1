// SPDX-License-Identifier: Apache-2.0
// pinhole lab up|apply|verify|down|status|exec: a whole site in network namespaces of this machine.

#include "lab/lab.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/lab_verify.hpp"
#include "cli/plan_states.hpp"
#include "cli/terminal.hpp"
#include "cli/text_file.hpp"
#include "lab/default_topology.hpp"
#include "render/escape.hpp"
#include "render/json.hpp"
#include "render/table.hpp"

namespace pinhole::cli {
namespace {

namespace fs = std::filesystem;
using lab::Standing;

struct Options {
  std::string topology;
  std::string name = lab::Request{}.name;
  std::string state = lab::kStateFolder;
  std::string format = "table";
  std::string data;
  bool dynamic = false;
  std::string html;
  std::string space;
  std::vector<std::string> command;
};

fs::path state_of(const Options& options) {
  return fs::absolute(options.state).lexically_normal();
}

const char* name_of(Standing standing) {
  switch (standing) {
    case Standing::up:
      return "up";
    case Standing::gone:
      return "gone";
    case Standing::silent:
      break;
  }
  return "silent";
}

render::Tone tone_of(Standing standing) {
  return standing == Standing::up ? render::Tone::good : render::Tone::bad;
}

void print_json(const lab::Seen& seen) {
  auto document = nlohmann::ordered_json::parse(lab::to_json(seen.record));
  for (std::size_t i = 0; i < seen.standings.size(); ++i) {
    document["namespaces"][i]["standing"] = name_of(seen.standings[i]);
  }
  fmt::print("{}", render::json_text(document));
}

void print_table(const lab::Seen& seen) {
  const render::Style style = style_of(stdout);
  render::Table table({{"NAMESPACE"}, {"IS"}, {"ZONE"}, {"ADDRESS"}, {"RUNS"}, {""}});
  for (std::size_t i = 0; i < seen.standings.size(); ++i) {
    const lab::Space& space = seen.record.spaces[i];
    table.add_row({render::Cell(space.space, render::Tone::strong), space.kind,
                   fmt::format("{}", fmt::join(space.zones, ", ")),
                   fmt::format("{}", fmt::join(space.addresses, ", ")), space.runs,
                   render::Cell(name_of(seen.standings[i]), tone_of(seen.standings[i]))});
  }
  fmt::print("{}", table.text(style));
  fmt::print("plan {}{}\n", render::escape(seen.record.plan),
             seen.record.dynamic ? ", not applied: the servers' ports are dynamic" : "");
  const auto clients = std::ranges::find(seen.record.spaces, "clients", &lab::Space::kind);
  if (clients != seen.record.spaces.end()) {
    fmt::print("enter with: ip netns exec {} bash\n", clients->space);
  }
}

Exit print(const lab::Seen& seen, const Options& options) {
  if (options.format == "json") {
    print_json(seen);
  } else {
    print_table(seen);
  }
  const bool is_whole =
      seen.record.complete &&
      std::ranges::all_of(seen.standings, [](Standing each) { return each == Standing::up; });
  return is_whole ? Exit::good : Exit::no;
}

/// The plan of the topology; one with findings at error level is not to be applied.
Checked<plan::Plan> plan_of(const Options& options, const std::string& title,
                            const catalogue::Catalogue& catalogue) {
  const auto text = options.topology.empty() ? Checked<std::string>(lab::default_topology())
                                             : read_text(options.topology);
  if (!text) {
    return tl::unexpected(text.error());
  }
  auto planned =
      plan_of_topology(*text, title, fs::path(options.topology).parent_path(), catalogue);
  if (!planned) {
    return tl::unexpected(std::move(planned).error());
  }
  Diagnostics errors;
  for (const plan::Finding& finding : planned->plan.findings) {
    if (finding.severity == Severity::error) {
      errors.push_back({finding.rule, Severity::error, finding.place, finding.message,
                        finding.remedy, Exit::no});
    }
  }
  if (!errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return std::move(planned->plan);
}

Exit up(const Options& options) {
  const auto catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return report(catalogue.error());
  }
  const std::string title =
      options.topology.empty() ? std::string(lab::kDefaultName) : options.topology;
  const auto plan = plan_of(options, title, *catalogue);
  if (!plan) {
    return report(plan.error());
  }
  const std::string data = options.data.empty() ? "" : fs::absolute(options.data).string();
  const auto made =
      lab::up(*plan, *catalogue, {options.name, state_of(options), title, data, options.dynamic});
  if (!made) {
    return report(made.error());
  }
  return print({*made, std::vector(made->spaces.size(), Standing::up)}, options);
}

Exit down(const Options& options) {
  const auto was_up = lab::down(state_of(options));
  if (!was_up) {
    return report(was_up.error());
  }
  fmt::print("{}\n", *was_up ? "the lab is gone" : "there is no lab, and nothing to take away");
  return Exit::good;
}

Exit status(const Options& options) {
  const auto seen = lab::look(state_of(options));
  if (!seen) {
    return report(seen.error());
  }
  const auto& found = *seen;
  if (!found) {
    fmt::print(stderr, "pinhole: {}: there is no lab; `pinhole lab up` makes one\n",
               render::escape(options.state));
    return Exit::no;
  }
  if (!found->record.complete) {
    fmt::print(stderr, "pinhole: {}: the lab is half made; `pinhole lab down` takes it away\n",
               render::escape(options.state));
  }
  return print(*found, options);
}

Exit execute(const Options& options) {
  const auto failed = lab::execute(state_of(options), options.space, options.command);
  return failed ? Exit::good : report(failed.error());
}

LabVerify verify_of(const Options& options) {
  return {state_of(options), options.html, options.data};
}

Exit apply(const Options& options) {
  return lab_apply(verify_of(options));
}

Exit verify(const Options& options) {
  return lab_verify(verify_of(options));
}

CLI::App* add(CLI::App& command, Action& action, const std::shared_ptr<Options>& options,
              const char* name, const char* about, Exit (*run)(const Options&)) {
  CLI::App* sub = command.add_subcommand(name, about);
  sub->add_option("--state", options->state, "Where the lab's state is kept")
      ->type_name("DIR")
      ->capture_default_str();
  sub->callback([options, run, &action] { action = [options, run] { return run(*options); }; });
  return sub;
}

void add_format(CLI::App& command, Options& options) {
  command.add_option("--format", options.format, "table or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

}  // namespace

void add_lab(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "lab", "Run a whole site, clients, firewalls and servers, in network namespaces");
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* make = add(*command, action, options, "up", "Make the lab", up);
  make->add_option("--topology", options->topology,
                   "Of this topology; else Exchange 2007 behind an internal firewall")
      ->type_name("FILE");
  make->add_option("--name", options->name, "Part of the namespaces' names")
      ->type_name("NAME")
      ->capture_default_str();
  make->add_flag("--dynamic", options->dynamic,
                 "Leave the servers' ports dynamic, as before the plan is applied");
  add_format(*make, *options);
  add_data_option(*make, options->data);
  CLI::App* plan =
      add(*command, action, options, "apply",
          "Write the plan's values into the servers' registries and restart them", apply);
  add_data_option(*plan, options->data);
  CLI::App* prove = add(*command, action, options, "verify",
                        "Try every flow of the plan from each zone's clients", verify);
  prove->add_option("--html", options->html, "Also write one self-contained page for each zone")
      ->type_name("FILE");
  add_data_option(*prove, options->data);
  add(*command, action, options, "down", "Take the lab away, whatever is left of it", down);
  add_format(*add(*command, action, options, "status", "Say what is there", status), *options);
  CLI::App* enter =
      add(*command, action, options, "exec", "Run a command in a namespace of the lab", execute);
  enter->add_option("NAME", options->space, "The namespace, or what it holds")->required();
  enter->add_option("COMMAND", options->command, "The command, after --")->required();
}

}  // namespace pinhole::cli
