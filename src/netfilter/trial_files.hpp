// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files of a trial, and who waits for its end.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/diagnostic.hpp"

namespace pinhole::netfilter {

/// What a file of the folder says of an apply: since when, until when (0: for good), which, what.
struct Note {
  std::int64_t since = 0;
  std::int64_t until = 0;
  std::uint64_t token = 0;  // of this trial alone
  std::string what;
};

inline constexpr const char* kPending = "pending";
inline constexpr const char* kCurrent = "current";
inline constexpr const char* kRolledBack = "rolled-back";
inline constexpr const char* kOld = "old.nft";

/// Written whole or not at all.
[[nodiscard]] Checked<void> write_text(const std::filesystem::path& path, const std::string& text);
[[nodiscard]] std::optional<std::string> read_text(const std::filesystem::path& path);
[[nodiscard]] Checked<void> write_note(const std::filesystem::path& path, const Note& note);
[[nodiscard]] std::optional<Note> read_note(const std::filesystem::path& path);

/// A lock on a file that ends with its process; -1 where another has it and `wait` is no.
enum class Wait : std::uint8_t { yes, no };
[[nodiscard]] int take_lock(const std::filesystem::path& path, Wait wait);

/// Starts the process that brings `old` back at the end of the time, unless the pending note with
/// that token is gone by then. Returns once it waits.
[[nodiscard]] Checked<void> start_watcher(const std::filesystem::path& folder, std::uint64_t token,
                                          std::chrono::seconds time, const std::string& old);
/// Whether such a process is alive.
[[nodiscard]] bool is_watched(const std::filesystem::path& folder);

[[nodiscard]] tl::unexpected<Diagnostics> trial_error(std::string_view id, std::string message,
                                                      std::string_view remedy, Exit exit);

}  // namespace pinhole::netfilter
