// SPDX-License-Identifier: Apache-2.0
#pragma once
// The control socket: one JSON request a line, one JSON reply a line, from root and the
// supervisor's own user alone.
//
// Request: {"command": "list|start|stop|restart", "names": [...], "computer": false}.
// Reply: what view.hpp makes, or {"error": text, "exit": code}.

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "base/diagnostic.hpp"

namespace pinhole::host {

/// May be called later, once; the client may be gone by then.
using ControlReply = std::function<void(const nlohmann::json& reply)>;
using ControlHandler = std::function<void(const nlohmann::json& request, ControlReply reply)>;

class ControlServer {
 public:
  /// Mode 0600. Failures are the environment's (exit 3).
  [[nodiscard]] static Checked<std::unique_ptr<ControlServer>> listen(
      boost::asio::io_context& context, const std::string& path, ControlHandler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct State;
  explicit ControlServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Sends one request to the supervisor of a state folder and waits for its reply. No supervisor,
/// or one that refuses this user: exit 3.
[[nodiscard]] Checked<nlohmann::json> ask_supervisor(const std::string& state,
                                                     const nlohmann::json& request);

}  // namespace pinhole::host
