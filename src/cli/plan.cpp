// SPDX-License-Identifier: Apache-2.0
// pinhole plan: from a topology to ports, registry files, restarts and findings.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/plan_file.hpp"
#include "cli/plan_print.hpp"
#include "cli/plan_states.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/text_file.hpp"
#include "plan/apply.hpp"
#include "plan/plan_files.hpp"
#include "plan/plan_json.hpp"
#include "plan/registry_files.hpp"
#include "render/escape.hpp"
#include "store/folder.hpp"
#include "store/store.hpp"

namespace pinhole::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string topology;
  std::string output;
  std::string format = "table";
  std::string data;
  std::vector<std::string> hives;  // SERVER=PATH
  bool force = false;
};

/// A hive that is open for writing, with the plan's values in it already.
struct Changed {
  std::string path;
  store::HiveStore hives;
};

Checked<Planned> make(const Options& options, const catalogue::Catalogue& catalogue) {
  const auto text = read_text(options.topology);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return plan_of_topology(*text, options.topology, fs::path(options.topology).parent_path(),
                          catalogue);
}

/// Opens a server's hives and applies its values in memory: what cannot be written is known before
/// anything is.
Checked<Changed> open_hive(const std::string& argument, const Options& options,
                           const plan::Plan& plan, const catalogue::Catalogue& catalogue) {
  const auto equals = argument.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == argument.size()) {
    return usage("--apply-hive " + argument, "not SERVER=PATH",
                 "name a server of the topology, and its hive or folder of hives");
  }
  const auto server = server_of(plan, argument.substr(0, equals));
  if (!server) {
    return tl::unexpected(server.error());
  }
  const std::string path = argument.substr(equals + 1);
  const auto edits = plan::registry_edits(plan, *server, catalogue);
  if (edits.empty()) {
    return usage("--apply-hive " + argument,
                 "the plan writes nothing into the registry of this server", "leave it out");
  }
  auto hives =
      store::HiveStore::open(path, {store::Access::write, store::Missing::refuse,
                                    options.force ? store::Dirty::force : store::Dirty::refuse});
  if (!hives) {
    return tl::unexpected(std::move(hives).error());
  }
  PINHOLE_CHECK(hives->view().apply(edits, path));
  return Changed{path, *std::move(hives)};
}

Checked<std::vector<Changed>> open_hives(const Options& options, const plan::Plan& plan,
                                         const catalogue::Catalogue& catalogue) {
  std::vector<Changed> changed;
  for (const std::string& argument : options.hives) {
    auto opened = open_hive(argument, options, plan, catalogue);
    if (!opened) {
      return tl::unexpected(std::move(opened).error());
    }
    report(opened->hives.warnings());
    changed.push_back(*std::move(opened));
  }
  return changed;
}

/// Lines that say what was done; on standard error where standard output is JSON.
void say(const Options& options, const std::string& line) {
  fmt::print(options.format == "json" ? stderr : stdout, "{}\n", render::escape(line));
}

Exit write_output(const Options& options, const std::vector<plan::PlanFile>& files) {
  std::vector<store::FolderFile> contents;
  contents.reserve(files.size());
  for (const plan::PlanFile& file : files) {
    contents.push_back({file.name, file.content});
  }
  const auto written = store::write_folder(options.output, plan::kPlanMarker, contents);
  if (!written) {
    return report(written.error());
  }
  if (!written->previous.empty()) {
    say(options, "kept " + written->previous.string());
  }
  for (const plan::PlanFile& file : files) {
    say(options, "wrote " + (written->folder / file.name).string());
  }
  return Exit::good;
}

Exit save(const Options& options, std::vector<Changed>& changed) {
  for (Changed& each : changed) {
    const auto saved = each.hives.save();
    if (!saved) {
      return report(saved.error());
    }
    for (const fs::path& backup : saved->backups) {
      say(options, "kept " + backup.string());
    }
    for (const fs::path& file : saved->files) {
      say(options, "wrote " + file.string());
    }
    if (saved->files.empty()) {
      say(options, each.path + ": nothing to change");
    }
  }
  return Exit::good;
}

void print(const Options& options, const plan::Plan& plan, const catalogue::Catalogue& catalogue) {
  const std::string text = options.format == "json" ? plan::write_plan(plan, catalogue)
                                                    : plan_table(plan, style_of(stdout));
  std::fwrite(text.data(), 1, text.size(), stdout);
}

Exit write_all(const Options& options, const Planned& made, const catalogue::Catalogue& catalogue) {
  auto files = plan::plan_files(made.plan, made.states, catalogue);
  if (!files) {
    return report(files.error());
  }
  for (const plan::ApplyFile& file : plan::apply_files(made.plan, made.states, catalogue)) {
    files->push_back({file.name, to_bytes(bytes_of(file.content))});
  }
  auto changed = open_hives(options, made.plan, catalogue);
  if (!changed) {
    return report(changed.error());
  }
  if (!options.output.empty()) {
    if (const Exit exit = write_output(options, *files); exit != Exit::good) {
      return exit;
    }
  }
  return save(options, *changed);
}

Exit run(const Options& options) {
  const auto catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return report(catalogue.error());
  }
  if (!options.output.empty()) {
    if (const auto free = store::check_folder(options.output, plan::kPlanMarker); !free) {
      return report(free.error());
    }
  }
  const auto made = make(options, *catalogue);
  if (!made) {
    return report(made.error());
  }
  print(options, made->plan, *catalogue);
  const bool writes = !options.output.empty() || !options.hives.empty();
  if (!has_errors(made->plan.findings)) {
    return writes ? write_all(options, *made, *catalogue) : Exit::good;
  }
  if (writes && !options.force) {
    fmt::print(stderr,
               "pinhole: nothing written: the plan has errors; mend them, or add --force\n");
    return Exit::no;
  }
  return writes ? std::max(Exit::no, write_all(options, *made, *catalogue)) : Exit::no;
}

}  // namespace

void add_plan(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "plan", "From servers and zones to ports, registry files, restarts and findings");
  auto options = std::make_shared<Options>();
  command->add_option("topology", options->topology, "The topology; - for standard input")
      ->type_name("TOPOLOGY")
      ->required();
  command->add_option("-o,--output", options->output, "Write the plan into this folder")
      ->type_name("DIR");
  command
      ->add_option("--apply-hive", options->hives,
                   "Write a server's values into its hives, SERVER=PATH; repeatable")
      ->type_name("SERVER=PATH")
      ->allow_extra_args(false);
  command->add_flag("--force", options->force,
                    "Write although there are errors, or a hive was not closed");
  command->add_option("--format", options->format, "table or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  add_data_option(*command, options->data);
  command->footer(
      "A topology is TOML. Its tables, each with a name where another refers to it:\n"
      "  [[zone]] networks                  [[device]] backend, interfaces, hides, translation\n"
      "  [[server]] zone, addresses, product, system, roles, array, cluster, device, state\n"
      "  [[array]] [[cluster]]              [[load_balancer]] zone, addresses, servers\n"
      "  [[client]] zone, kind, networks    [[need]] from, to, for, why\n"
      "  [policy] wanted, avoid             [[pin]] server, setting, port\n"
      "Every mistake is told with its line and what was expected. docs/topology.md has\n"
      "the words and limits of each key, examples/ a file for each kind of site.");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
