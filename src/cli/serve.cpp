// SPDX-License-Identifier: Apache-2.0
// pinhole serve: an endpoint mapper and the RPC services of one Exchange server.

#include "host/serve.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "host/limits.hpp"
#include "host/planned.hpp"

namespace pinhole::cli {
namespace {

struct Options {
  host::ServeConfig config;
  std::string plan;
  std::string server;
  std::string state;
  std::vector<std::string> listen;
  std::vector<std::string> limits;
  bool foreground = false;
  bool child = false;
};

/// What is left of the options to be read; paths become absolute, for the child processes.
Checked<host::ServeConfig> config_of(const Options& options) {
  host::ServeConfig config = options.config;
  if (options.plan.empty() && (config.product.empty() || config.registry.empty())) {
    return usage("serve", "it takes --product and --registry",
                 "`pinhole catalogue services` shows the products; or name a --plan "
                 "and one --server of it");
  }
  const auto state = host::state_folder(
      options.state.empty() ? std::string() : std::filesystem::absolute(options.state).string());
  if (!state) {
    return tl::unexpected(state.error());
  }
  config.state = *state;
  if (!config.registry.empty()) {
    config.registry = std::filesystem::absolute(config.registry).string();
  }
  if (!config.data.empty()) {
    config.data = std::filesystem::absolute(config.data).string();
  }
  if (!config.config_dir.empty()) {
    config.config_dir = std::filesystem::absolute(config.config_dir).string();
  }
  for (const std::string& text : options.listen) {
    const auto address = parse_address(text);
    if (!address) {
      return usage("--listen " + text, "no IPv4 or IPv6 address", "write it without a port");
    }
    config.listen.push_back(*address);
  }
  if (config.listen.empty()) {
    config.listen = host::all_addresses();
  }
  auto limits = host::parse_limits(options.limits);
  if (!limits) {
    return tl::unexpected(std::move(limits).error());
  }
  config.limits = std::move(*limits);
  return config;
}

/// A server of a plan: its values are written when the state folder is ours.
Checked<Exit> serve_planned(const host::ServeConfig& config, const Options& options,
                            host::Presence presence) {
  const auto opened = open_plan(options.plan, config.data);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  const auto server = server_of(opened->plan, options.server);
  if (!server) {
    return tl::unexpected(server.error());
  }
  const auto planned = host::planned_config(config, opened->plan, *server, opened->catalogue);
  if (!planned) {
    return tl::unexpected(planned.error());
  }
  return host::serve(*planned, presence, [&] {
    return host::apply_plan(*planned, opened->plan, *server, opened->catalogue);
  });
}

Exit run(const Options& options) {
  if (options.child) {
    return static_cast<Exit>(host::run_child());
  }
  const auto config = config_of(options);
  if (!config) {
    return report(config.error());
  }
  const auto presence =
      options.foreground ? host::Presence::foreground : host::Presence::background;
  const auto served = options.plan.empty() ? host::serve(*config, presence)
                                           : serve_planned(*config, options, presence);
  return served ? *served : report(served.error());
}

std::string limits_text() {
  std::string text = "Limits for --set:\n";
  for (const host::LimitInfo& each : host::limit_infos()) {
    text += fmt::format("  {:<20} {:>9}  {}\n", each.name, each.by_default, each.about);
  }
  return text;
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "serve", "Run an endpoint mapper and the RPC services of one Exchange server");
  auto options = std::make_shared<Options>();
  host::ServeConfig& config = options->config;
  auto* product = command->add_option("--product", config.product, "Which server to be");
  product->type_name("PRODUCT");
  auto* registry =
      command->add_option("--registry", config.registry, "The registry; a missing hive is created");
  registry->type_name("PATH");
  auto* role =
      command->add_option("--role", config.roles, "Run the services of this role; repeatable");
  role->type_name("ROLE")->allow_extra_args(false);
  auto* plan = command->add_option("--plan", options->plan,
                                   "Be a server of this plan, with its registry below --state");
  plan->type_name("PLAN")->excludes(product)->excludes(registry)->excludes(role);
  auto* server = command->add_option("--server", options->server, "Which server of the plan to be");
  server->type_name("NAME")->needs(plan);
  plan->needs(server);
  command->add_option("--listen", options->listen, "Listen on this address; repeatable")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  command->add_option("--epm-port", config.epm_port, "The endpoint mapper's port")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  command->add_option("--epm-http-port", config.epm_http_port, "The same for ncacn_http")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  plan->excludes(
      command
          ->add_option("--config-dir", config.config_dir,
                       "Where the .config files of services are that do not read the registry")
          ->type_name("DIR"));
  add_data_option(*command, config.data);
  command->add_option("--state", options->state, "Where the control and local RPC sockets are made")
      ->type_name("DIR");
  command->add_flag("--foreground", options->foreground,
                    "Stay in the foreground, and log to standard error");
  command->add_option("--set", options->limits, "Change a limit, NAME=NUMBER; repeatable")
      ->type_name("LIMIT=NUMBER")
      ->allow_extra_args(false);
  command->add_option("--threads", config.threads, "Threads of the mapper; 0: one a processor")
      ->type_name("N")
      ->check(CLI::Range(0, 256));
  command->add_option("--user", config.user, "Drop to this user after binding")->type_name("USER");
  command
      ->add_option("--mapper-uid", config.mapper_uids,
                   "Take registrations from this uid too; repeatable")
      ->type_name("UID")
      ->allow_extra_args(false);
  command->add_flag("--child", options->child, "")->group("");
  command->footer(limits_text());
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
