// SPDX-License-Identifier: Apache-2.0
#include "host/config.hpp"

#include <cstdlib>

#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "host/report.hpp"

namespace pinhole::host {
namespace {

using nlohmann::json;

tl::unexpected<Diagnostics> bad_state(const std::string& place, std::string message) {
  return failure({"bad-state-folder",
                  Severity::error,
                  {place, 0, 0, {}},
                  std::move(message),
                  "choose another folder with --state",
                  Exit::usage});
}

}  // namespace

std::string to_json(const ChildTask& task) {
  const ServeConfig& config = task.config;
  std::vector<std::string> listen;
  listen.reserve(config.listen.size());
  for (const IpAddress& address : config.listen) {
    listen.push_back(to_string(address));
  }
  return json{{"service", task.service},
              {"at_boot", to_json_value(task.at_boot)},
              {"product", config.product},
              {"registry", config.registry},
              {"data", config.data},
              {"config_dir", config.config_dir},
              {"state", config.state},
              {"roles", config.roles},
              {"listen", listen},
              {"epm_port", config.epm_port},
              {"epm_http_port", config.epm_http_port},
              {"threads", config.threads},
              {"user", config.user},
              {"mapper_uids", config.mapper_uids},
              {"limits", config.limits}}
      .dump();
}

ChildTask child_task_of(const std::string& text) {
  const json from = json::parse(text);
  ChildTask task;
  ServeConfig& config = task.config;
  from.at("service").get_to(task.service);
  task.at_boot = readings_of(from.at("at_boot"));
  from.at("product").get_to(config.product);
  from.at("registry").get_to(config.registry);
  from.at("data").get_to(config.data);
  from.at("config_dir").get_to(config.config_dir);
  from.at("state").get_to(config.state);
  from.at("roles").get_to(config.roles);
  for (const json& each : from.at("listen")) {
    if (const auto address = parse_address(each.get<std::string>())) {
      config.listen.push_back(*address);
    }
  }
  from.at("epm_port").get_to(config.epm_port);
  from.at("epm_http_port").get_to(config.epm_http_port);
  from.at("threads").get_to(config.threads);
  from.at("user").get_to(config.user);
  from.at("mapper_uids").get_to(config.mapper_uids);
  from.at("limits").get_to(config.limits);
  return task;
}

std::string control_path(const std::string& state) {
  return state + "/control.sock";
}

std::string mapper_path(const std::string& state) {
  return state + "/ncalrpc/EPMAPPER";
}

Checked<std::string> state_folder(const std::string& text) {
  std::string folder = text;
  if (folder.empty() && ::geteuid() == 0) {
    folder = "/run/pinhole";
  }
  if (folder.empty()) {
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
    if (runtime == nullptr || *runtime == '\0') {
      return bad_state("--state", "there is no $XDG_RUNTIME_DIR to put the state below");
    }
    folder = std::string(runtime) + "/pinhole";
  }
  if (mapper_path(folder).size() >= sizeof(sockaddr_un::sun_path)) {
    return bad_state(folder, fmt::format("too long: {} is longer than the {} characters of a Unix "
                                         "socket",
                                         mapper_path(folder), sizeof(sockaddr_un::sun_path) - 1));
  }
  return folder;
}

}  // namespace pinhole::host
