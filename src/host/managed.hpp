// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the supervisor knows of one process that it keeps: the endpoint mapper or a service.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "catalogue/catalogue.hpp"
#include "host/child.hpp"
#include "host/settings.hpp"

namespace pinhole::host {

enum class State : std::uint8_t {
  stopped,
  starting,
  running,
  degraded,
  stopping,
  restarting,  // ended on its own; waits for its delay
};

[[nodiscard]] constexpr const char* to_string(State state) {
  switch (state) {
    case State::stopped:
      return "stopped";
    case State::starting:
      return "starting";
    case State::running:
      return "running";
    case State::degraded:
      return "degraded";
    case State::stopping:
      return "stopping";
    case State::restarting:
      return "restarting";
  }
  return "stopped";
}

/// 1 s, doubled with each end in a row, at most 30 s.
[[nodiscard]] constexpr std::chrono::seconds restart_delay(unsigned ends_in_a_row) {
  return std::chrono::seconds(ends_in_a_row >= 5 ? 30 : 1 << ends_in_a_row);
}

struct Managed {
  explicit Managed(boost::asio::io_context& context) : timer(context) {}

  std::string name;
  const catalogue::Service* service = nullptr;  // null: the endpoint mapper
  std::vector<const catalogue::Setting*> settings;
  State state = State::stopped;
  bool wanted = false;      // should run
  bool bound = false;       // has reported its sockets since it was started
  bool registered = false;  // its entries are in the map
  unsigned ends_in_a_row = 0;
  std::chrono::steady_clock::time_point started;
  std::string last_failure;  // of the last process that ended on its own
  Exit failure_exit = Exit::environment;
  std::shared_ptr<Child> child;
  nlohmann::json listeners = nlohmann::json::array();
  Readings at_start;
  boost::asio::steady_timer timer;

  /// Neither coming up nor going down.
  [[nodiscard]] bool settled() const {
    return state != State::starting && state != State::stopping;
  }
  [[nodiscard]] bool has_degraded_listener() const {
    for (const auto& each : listeners) {
      if (!each.at("degraded").is_null()) {
        return true;
      }
    }
    return false;
  }
};

}  // namespace pinhole::host
