// SPDX-License-Identifier: Apache-2.0
#include "cli/interruption.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace pinhole::cli {

Interruption::Interruption() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

Interruption::~Interruption() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool Interruption::within(std::chrono::seconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    const auto left = std::max(end - std::chrono::steady_clock::now(),
                               std::chrono::steady_clock::duration::zero());
    const auto whole = std::chrono::floor<std::chrono::seconds>(left);
    const timespec wait{.tv_sec = whole.count(), .tv_nsec = (left - whole).count()};
    if (sigtimedwait(&signals_, nullptr, &wait) > 0) {
      return true;
    }
    if (errno != EINTR) {
      return false;
    }
  }
}

}  // namespace pinhole::cli
