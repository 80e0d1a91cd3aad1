// SPDX-License-Identifier: Apache-2.0
#pragma once
// The synchronous face of the client; included by client.hpp.

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace pinhole::transport {

template <class T>
T wait(boost::asio::io_context& context, boost::asio::awaitable<T> work) {
  std::optional<T> result;
  std::exception_ptr failed;
  boost::asio::co_spawn(context, std::move(work),
                        [&](std::exception_ptr error, T value) {  // NOLINT(performance-*)
                          failed = std::move(error);
                          result = std::move(value);
                        });
  context.restart();
  while (!result) {
    context.run_one();
  }
  if (failed) {
    std::rethrow_exception(failed);
  }
  return std::move(*result);
}

}  // namespace pinhole::transport
