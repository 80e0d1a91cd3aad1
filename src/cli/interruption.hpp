// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ctrl-C for what repeats until somebody ends it: the round under way is finished, and the exit
// code says how things stand.

#include <chrono>
#include <csignal>

namespace pinhole::cli {

/// While it lives SIGINT and SIGTERM wait to be asked for, in this thread and those begun later.
class Interruption {
 public:
  Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  /// True as soon as one of them comes, false when the time is over.
  [[nodiscard]] bool within(std::chrono::seconds time) const;

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

}  // namespace pinhole::cli
