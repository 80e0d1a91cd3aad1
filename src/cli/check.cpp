// SPDX-License-Identifier: Apache-2.0
// pinhole check FILE...: what is wrong on a server, by the rules of the catalogue.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/hive_file.hpp"
#include "cli/plan_file.hpp"
#include "cli/plan_print.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/text_file.hpp"
#include "plan/rules.hpp"
#include "plan/state_read.hpp"
#include "registry/hive_check.hpp"
#include "render/json.hpp"
#include "render/table.hpp"

namespace pinhole::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using catalogue::Catalogue;
using plan::State;

struct Options {
  std::vector<std::string> files;
  std::string product;
  std::string against;
  std::string server;
  std::string format = "table";
  std::string data;
};

/// The plan, the server of it that the files are of, and by what the files are judged.
struct Task {
  const Catalogue* catalogue = nullptr;
  std::optional<plan::Plan> against;
  const plan::Server* server = nullptr;
  std::vector<const catalogue::Product*> products;  // none: any
};

/// Without a name, a plan for one server is for this one.
Checked<void> choose_server(const Options& options, const plan::Plan& against, Task& task) {
  const auto& servers = against.topology.servers;
  if (options.server.empty() && servers.size() == 1) {
    task.server = servers.data();
    return {};
  }
  if (options.server.empty()) {
    return refusal("plan-server", options.against, "the plan has several servers",
                   "say with --server of which one the files are");
  }
  const auto index = server_of(against, options.server);
  if (!index) {
    return tl::unexpected(index.error());
  }
  task.server = &servers[*index];
  return {};
}

Checked<void> choose_product(const Options& options, Task& task) {
  const std::string& id =
      !options.product.empty() || task.server == nullptr ? options.product : task.server->product;
  if (id.empty()) {
    return {};
  }
  const auto product = product_of(*task.catalogue, id, "--product");
  if (!product) {
    return tl::unexpected(product.error());
  }
  task.products.push_back(*product);
  return {};
}

Checked<Task> task_of(const Options& options, const Catalogue& catalogue) {
  Task task;
  task.catalogue = &catalogue;
  if (!options.against.empty()) {
    auto against = open_plan(options.against, catalogue);
    if (!against) {
      return tl::unexpected(std::move(against).error());
    }
    const plan::Plan& kept = task.against.emplace(*std::move(against));
    PINHOLE_CHECK(choose_server(options, kept, task));
  } else if (!options.server.empty()) {
    return refusal("check-server", "--server", "names a server of a plan",
                   "give the plan with --against");
  }
  PINHOLE_CHECK(choose_product(options, task));
  return task;
}

Checked<void> add_hives(const std::string& path, State& state) {
  if (state.registry) {
    return refusal("state-twice", path, "a second registry",
                   "give one, or check the servers one by one");
  }
  return read_hives(state, path);
}

Checked<void> add_file(const std::string& path, const Task& task, State& state) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return add_hives(path, state);
  }
  const auto content = read_input(path, registry::kMaxHiveFile);
  if (!content) {
    return tl::unexpected(content.error());
  }
  if (plan::recognise(*content) == plan::StateKind::hive) {
    return add_hives(path, state);
  }
  const auto addresses = task.server == nullptr ? std::vector<IpAddress>() : task.server->addresses;
  return plan::read_state(state, plan::StateKind::unknown, *content, path, addresses);
}

/// One file may show several servers; several files are of one server.
Checked<std::vector<State>> states_of(const Options& options, const Task& task) {
  std::error_code error;
  if (options.files.size() == 1 && task.server == nullptr &&
      !fs::is_directory(options.files.front(), error)) {
    const std::string& path = options.files.front();
    const auto content = read_input(path, registry::kMaxHiveFile);
    if (!content) {
      return tl::unexpected(content.error());
    }
    if (plan::recognise(*content) == plan::StateKind::dump) {
      return plan::read_states(*content, path);
    }
  }
  State state;
  state.name = task.server == nullptr ? "" : task.server->name;
  for (const std::string& path : options.files) {
    PINHOLE_CHECK(add_file(path, task, state));
  }
  std::vector<State> states;
  states.push_back(std::move(state));
  return states;
}

Json place_json(const Place& place) {
  Json json{{"name", place.name}};
  if (place.line != 0) {
    json["line"] = place.line;
  }
  if (place.column != 0) {
    json["column"] = place.column;
  }
  if (place.offset) {
    json["offset"] = *place.offset;
  }
  return json;
}

Json findings_json(const plan::Findings& findings) {
  Json rows = Json::array();
  for (const plan::Finding& finding : findings) {
    rows.push_back({{"rule", finding.rule},
                    {"severity", to_string(finding.severity)},
                    {"server", finding.server},
                    {"service", finding.service},
                    {"subject", finding.subject},
                    {"message", finding.message},
                    {"remedy", finding.remedy},
                    {"source", finding.source},
                    {"place", finding.place.name.empty() ? Json() : place_json(finding.place)}});
  }
  return {{"schema", "pinhole.findings/1"}, {"findings", std::move(rows)}};
}

plan::Findings findings_of(const State& state, const Task& task) {
  plan::Findings findings = plan::check_state(state, task.products, *task.catalogue);
  if (task.against) {
    std::ranges::move(plan::drift(*task.against, task.server->name, state, *task.catalogue),
                      std::back_inserter(findings));
    plan::sort_findings(findings);
  }
  return findings;
}

void print_table(const std::vector<State>& states, const std::vector<plan::Findings>& all) {
  const render::Style style = style_of(stdout);
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states.size() > 1) {
      fmt::print("{}{}\n", i == 0 ? "" : "\n",
                 render::paint(states[i].name, render::Tone::strong, style));
    }
    fmt::print("{}{}\n", findings_text(all[i], style),
               all[i].empty() ? "no findings" : findings_count(all[i]));
  }
}

Exit run(const Options& options) {
  const auto catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return report(catalogue.error());
  }
  const auto task = task_of(options, *catalogue);
  if (!task) {
    return report(task.error());
  }
  const auto states = states_of(options, *task);
  if (!states) {
    return report(states.error());
  }
  std::vector<plan::Findings> all;
  plan::Findings together;
  for (const State& state : *states) {
    all.push_back(findings_of(state, *task));
    together.insert(together.end(), all.back().begin(), all.back().end());
  }
  if (options.format == "json") {
    plan::sort_findings(together);
    fmt::print("{}", render::json_text(findings_json(together)));
  } else {
    print_table(*states, all);
  }
  return has_errors(together) ? Exit::no : Exit::good;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* check =
      app.add_subcommand("check", "Find what is wrong in a server's settings and listings");
  check
      ->add_option("FILE", options->files,
                   "A hive, a folder of hives, a .reg file, a listing of dump (JSON), rpcdump or "
                   "netstat, smb.conf, or the Address Book's .config; all of one server")
      ->required();
  check->add_option("--product", options->product,
                    "What the server runs; without it every product judges, the strictest wins");
  check->add_option("--against", options->against, "Also what differs from this plan")
      ->type_name("PLAN");
  check->add_option("--server", options->server, "Which server of the plan the files are of")
      ->type_name("NAME");
  check->add_option("--format", options->format, "Output format")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  add_data_option(*check, options->data);
  check->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
