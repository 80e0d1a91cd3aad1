// SPDX-License-Identifier: Apache-2.0
#pragma once
// A child process of the supervisor: this program executed anew, with its task on one descriptor
// and its reports on another.

#include <functional>
#include <memory>
#include <string>

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <nlohmann/json.hpp>

#include "base/diagnostic.hpp"
#include "host/config.hpp"

namespace pinhole::host {

class Child : public std::enable_shared_from_this<Child> {
 public:
  using Reported = std::function<void(const nlohmann::json& event)>;

  /// Forks and executes; the caller has no threads. `reported` is told of each line.
  [[nodiscard]] static Checked<std::shared_ptr<Child>> start(boost::asio::io_context& context,
                                                             const ChildTask& task,
                                                             Reported reported);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Takes the child's end, if it has ended: `exit code 3`, `signal 9`, or nothing. What it
  /// reported before is told first.
  [[nodiscard]] std::string reap();
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  Child(boost::asio::io_context& context, pid_t pid, int report, Reported reported);
  void wait();
  /// Takes what the pipe holds, line by line; false at its end.
  bool drain();

  pid_t pid_;
  bool ended_ = false;
  boost::asio::posix::stream_descriptor report_;
  std::string pending_;
  Reported reported_;
};

}  // namespace pinhole::host
