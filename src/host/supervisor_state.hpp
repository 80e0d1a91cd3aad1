// SPDX-License-Identifier: Apache-2.0
#pragma once
// The supervisor itself: it keeps the endpoint mapper and the services running, each as a process,
// and does what the control socket asks. One thread; every member runs on it.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include "host/control.hpp"
#include "host/data_folder.hpp"
#include "host/managed.hpp"
#include "host/supervisor.hpp"
#include "telemetry/log.hpp"

namespace pinhole::host {

class Supervisor {
 public:
  Supervisor(const ServeConfig& config, const OnReady& on_ready)
      : config_(config), on_ready_(on_ready), mapper_(context_) {
    mapper_.name = "endpoint mapper";
  }

  /// Until SIGTERM or SIGINT.
  Exit run();

 private:
  /// A reply that waits until these neither come up nor go down.
  struct Waiter {
    std::vector<Managed*> of;
    ControlReply reply;
  };

  Checked<void> set_up();
  /// The values that count from a restart of the computer on are read now.
  Checked<void> read_boot_values();
  void start(Managed& managed);
  void stop(Managed& managed);
  /// One service binds before the next one starts: who gets a port that two want is no chance.
  void start_next();
  /// `event` is one of report.hpp.
  void on_report(Managed& managed, const nlohmann::json& event);
  void on_ended(Managed& managed, const std::string& how);
  void set_state(Managed& managed, State state);
  void wait_signal();
  void reap();
  /// Services first, so that each takes its entries out; then the mapper.
  void end();
  /// What follows from the states as they are now.
  void settle();

  // commands.cpp
  void control(const nlohmann::json& request, const ControlReply& reply);
  /// The services that a request names; all where it names none. Replies where one is not here.
  std::optional<std::vector<Managed*>> selected(const nlohmann::json& request,
                                                const ControlReply& reply);
  void start_all(const std::vector<Managed*>& all);
  void restart_all(const std::vector<Managed*>& all);

  const ServeConfig& config_;
  catalogue::Catalogue catalogue_;
  const OnReady& on_ready_;
  telemetry::Log log_{STDERR_FILENO};
  boost::asio::io_context context_;
  boost::asio::signal_set signals_{context_, SIGTERM, SIGINT, SIGCHLD};
  Managed mapper_;
  std::vector<std::unique_ptr<Managed>> services_;
  std::deque<Managed*> queue_;  // to be started, one after the other
  std::vector<Waiter> waiters_;
  std::unique_ptr<ControlServer> control_;
  Readings at_boot_;
  bool told_ready_ = false;
  bool ending_ = false;
  Exit exit_ = Exit::good;
};

}  // namespace pinhole::host
