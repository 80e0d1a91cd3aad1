// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs many small pieces of work on one thread, at most so many at once.

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace pinhole::inspect {

using Work = std::function<boost::asio::awaitable<void>(std::size_t)>;

/// Calls `work(0)` … `work(count - 1)`, `at_once` of them under way; returns when all are done.
/// An exception ends everything and is thrown on.
inline void run_crew(boost::asio::io_context& context, std::size_t count, std::size_t at_once,
                     const Work& work) {
  struct Crew {
    const Work& work;
    std::size_t count;
    std::size_t next = 0;
    std::exception_ptr failed;

    boost::asio::awaitable<void> member() {
      while (next < count) {
        const std::size_t index = next++;
        co_await work(index);
      }
    }
  };
  Crew crew{work, count, 0, nullptr};
  for (std::size_t i = 0; i < std::min(count, at_once); ++i) {
    boost::asio::co_spawn(context, crew.member(), [&crew, &context](std::exception_ptr error) {
      if (error) {
        crew.failed = std::move(error);
        context.stop();
      }
    });
  }
  context.run();
  if (crew.failed) {
    std::rethrow_exception(crew.failed);
  }
}

}  // namespace pinhole::inspect
