// SPDX-License-Identifier: Apache-2.0
// What the supervisor does for its control socket (control.hpp).

#include <algorithm>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "host/supervisor_state.hpp"
#include "host/view.hpp"

namespace pinhole::host {

using nlohmann::json;

std::optional<std::vector<Managed*>> Supervisor::selected(const json& request,
                                                          const ControlReply& reply) {
  std::vector<Managed*> chosen;
  for (const json& name : request.value("names", json::array())) {
    const auto* service = catalogue::find_service(
        catalogue_, *catalogue::find_product(catalogue_, config_.product), name.get<std::string>());
    const auto at =
        std::ranges::find_if(services_, [&](const auto& each) { return each->service == service; });
    if (service == nullptr || at == services_.end()) {
      reply({{"error", fmt::format("no service {} here", name.get<std::string>())},
             {"exit", static_cast<int>(Exit::usage)}});
      return std::nullopt;
    }
    chosen.push_back(at->get());
  }
  if (chosen.empty()) {
    std::ranges::transform(services_, std::back_inserter(chosen),
                           [](const auto& each) { return each.get(); });
  }
  return chosen;
}

void Supervisor::control(const json& request, const ControlReply& reply) {
  const std::string command = request.value("command", "");
  auto chosen = selected(request, reply);
  if (!chosen) {
    return;
  }
  if (command == "list") {
    reply(show(config_, services_));
    return;
  }
  if (ending_ || (command != "start" && command != "stop" && command != "restart")) {
    reply({{"error", ending_ ? "the server is ending" : "no such command"},
           {"exit", static_cast<int>(ending_ ? Exit::environment : Exit::usage)}});
    return;
  }
  if (request.value("computer", false)) {
    if (const auto read = read_boot_values(); !read) {
      reply({{"error", to_string(read.error().front())},
             {"exit", static_cast<int>(read.error().front().exit)}});
      return;
    }
  }
  if (command == "stop") {
    std::ranges::for_each(*chosen, [this](Managed* each) { stop(*each); });
  } else if (command == "restart") {
    restart_all(*chosen);
  } else {
    start_all(*chosen);
  }
  waiters_.push_back({std::move(*chosen), reply});
  settle();
}

void Supervisor::start_all(const std::vector<Managed*>& all) {
  for (Managed* each : all) {
    if (!each->child && std::ranges::find(queue_, each) == queue_.end()) {
      each->ends_in_a_row = 0;
      queue_.push_back(each);
    }
  }
  start_next();
}

/// All are down before the first comes up again: ports change hands.
void Supervisor::restart_all(const std::vector<Managed*>& all) {
  for (Managed* each : all) {
    stop(*each);
    each->ends_in_a_row = 0;
  }
  waiters_.push_back({all, [this, all](const json&) {
                        if (!ending_) {
                          queue_.insert(queue_.end(), all.begin(), all.end());
                          start_next();
                        }
                      }});
  settle();
}

}  // namespace pinhole::host
