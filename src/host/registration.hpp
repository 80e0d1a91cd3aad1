// SPDX-License-Identifier: Apache-2.0
#pragma once
// A service's entries in the endpoint map, kept there as long as the service lives: inserted over
// the local socket on a connection that stays open, and again whenever the mapper comes back.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "epm/operations.hpp"

namespace pinhole::host {

/// One connection to the mapper with the entries that it owns.
class Registration {
 public:
  /// Told whenever the entries have been taken, or were lost, or could not be brought: why.
  using Told = std::function<void(bool registered, const std::string& why)>;

  /// `socket` is the mapper's local socket; `entries` hold no object and tower twice.
  Registration(boost::asio::io_context& context, std::string socket,
               std::vector<epm::WireEntry> entries, Told told);
  ~Registration();
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  void start();
  /// Closes the connection: the mapper drops the entries.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The entries in batches without repetition. An interface that is registered twice needs a second
/// connection: of one owner the mapper keeps one entry for each object and tower.
[[nodiscard]] std::vector<std::vector<epm::WireEntry>> batches_of(
    std::vector<epm::WireEntry> entries);

}  // namespace pinhole::host
