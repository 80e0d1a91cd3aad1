// SPDX-License-Identifier: Apache-2.0
#include "netfilter/trial.hpp"

#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "netfilter/nftables.hpp"
#include "netfilter/trial_files.hpp"

namespace pinhole::netfilter {
namespace {

std::int64_t now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

void forget(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

Checked<void> bring_back(const std::filesystem::path& folder) {
  const auto old = read_text(folder / kOld);
  return old && !old->empty() ? netfilter::apply(*old) : netfilter::remove();
}

}  // namespace

Checked<Trial> Trial::in(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  const int lock = error ? -1 : take_lock(folder / "lock", Wait::yes);
  if (lock < 0) {
    return trial_error("firewall-state-folder",
                       fmt::format("{} cannot be used: {}", folder.string(),
                                   error ? error.message() : std::strerror(errno)),
                       "run as root, or name another folder with --state", Exit::environment);
  }
  return Trial(folder, lock);
}

Trial::Trial(Trial&& other) noexcept
    : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}

Trial::~Trial() {
  if (lock_ >= 0) {
    ::close(lock_);
  }
}

Checked<void> Trial::apply(const std::string& text, const std::string& what,
                           std::optional<std::chrono::seconds> confirm_within) {
  if (const auto open = read_note(folder_ / kPending)) {
    return trial_error("firewall-on-trial",
                       "what was applied before is not confirmed: " + open->what,
                       "`pinhole firewall confirm` it, or `remove` it", Exit::no);
  }
  Note note{.since = now(), .until = 0, .token = 0, .what = what};
  if (!confirm_within) {
    PINHOLE_CHECK(netfilter::apply(text));
    forget(folder_ / kRolledBack);
    return write_note(folder_ / kCurrent, note);
  }
  const auto old = list_table();
  if (!old) {
    return tl::unexpected(old.error());
  }
  PINHOLE_CHECK(write_text(folder_ / kOld, old->value_or("")));
  note.until = note.since + confirm_within->count();
  std::random_device source;
  note.token = (std::uint64_t{source()} << 32U) | source();
  PINHOLE_CHECK(write_note(folder_ / kPending, note));
  Checked<void> loaded = start_watcher(folder_, note.token, *confirm_within, old->value_or(""));
  if (loaded) {
    loaded = netfilter::apply(text);
  }
  if (!loaded) {
    forget(folder_ / kPending);
    forget(folder_ / kOld);
    return loaded;
  }
  forget(folder_ / kRolledBack);
  return {};
}

Checked<void> Trial::confirm() {
  auto note = read_note(folder_ / kPending);
  if (!note) {
    return trial_error("firewall-nothing-to-confirm", "nothing waits for a confirmation",
                       "apply a plan with --confirm-within first", Exit::no);
  }
  note->until = 0;
  PINHOLE_CHECK(write_note(folder_ / kCurrent, *note));
  forget(folder_ / kPending);
  forget(folder_ / kOld);
  return {};
}

Checked<void> Trial::roll_back() {
  const auto note = read_note(folder_ / kPending);
  if (!note) {
    return trial_error("firewall-nothing-to-confirm", "there is no trial to end",
                       "apply a plan with --confirm-within first", Exit::no);
  }
  PINHOLE_CHECK(bring_back(folder_));
  PINHOLE_CHECK(write_note(folder_ / kRolledBack, *note));
  forget(folder_ / kPending);
  forget(folder_ / kOld);
  return {};
}

Checked<void> Trial::remove() {
  PINHOLE_CHECK(netfilter::remove());
  for (const char* name : {kPending, kOld, kCurrent, kRolledBack}) {
    forget(folder_ / name);
  }
  return {};
}

Checked<Standing> Trial::standing() const {
  const auto table = list_table();
  if (!table) {
    return tl::unexpected(table.error());
  }
  const auto filled = [](State state, const Note& note) {
    return Standing{state, note.what, note.since,
                    note.until != 0 ? std::optional(note.until) : std::nullopt};
  };
  if (const auto pending = read_note(folder_ / kPending)) {
    return filled(is_watched(folder_) ? State::waiting : State::unconfirmed, *pending);
  }
  if (const auto back = read_note(folder_ / kRolledBack)) {
    return filled(State::rolled_back, *back);
  }
  if (!*table) {
    return Standing{};
  }
  if (const auto current = read_note(folder_ / kCurrent)) {
    return filled(State::confirmed, *current);
  }
  return Standing{.state = State::loaded, .what = {}, .since = 0, .until = {}};
}

}  // namespace pinhole::netfilter
