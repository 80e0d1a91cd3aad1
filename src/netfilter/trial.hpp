// SPDX-License-Identifier: Apache-2.0
#pragma once
// A new table on trial: unless somebody confirms it in time, the old one comes back by itself. A
// process of its own, detached from everything, holds the old table and waits. What is known lies
// in a folder, so that any later command can tell how it stands; where that process was killed,
// nobody brings the old table back, and the standing says so.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/diagnostic.hpp"

namespace pinhole::netfilter {

enum class State : std::uint8_t {
  absent,       // our table is not loaded
  loaded,       // it is, but not by `accept` or a confirmed trial
  confirmed,    // it is in force for good
  waiting,      // on trial
  unconfirmed,  // on trial, but who would take it back is gone
  rolled_back,  // the last trial ended without confirmation
};

struct Standing {
  State state = State::absent;
  std::string what;                   // was applied: plan and device
  std::int64_t since = 0;             // seconds since 1970; 0: not known
  std::optional<std::int64_t> until;  // of a trial
};

/// Commands exclude each other by a lock in the folder. Errors of files: exit 3.
class Trial {
 public:
  /// Makes the folder, which only its owner can read.
  [[nodiscard]] static Checked<Trial> in(const std::filesystem::path& folder);
  Trial(Trial&& other) noexcept;
  Trial& operator=(Trial&&) = delete;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial();

  /// Loads the text. With a time, a trial begins before it is loaded; on failure all is as it was.
  /// Exit 1 where a trial is still open.
  [[nodiscard]] Checked<void> apply(const std::string& text, const std::string& what,
                                    std::optional<std::chrono::seconds> confirm_within);
  /// What apply loaded is in force for good, also where nobody was left to take it back. Exit 1
  /// where there is no trial.
  [[nodiscard]] Checked<void> confirm();
  /// Brings the old table back at once, as the end of the trial would have.
  [[nodiscard]] Checked<void> roll_back();
  /// Takes out our table and ends a trial.
  [[nodiscard]] Checked<void> remove();
  [[nodiscard]] Checked<Standing> standing() const;

 private:
  Trial(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}

  std::filesystem::path folder_;
  int lock_ = -1;
};

}  // namespace pinhole::netfilter
