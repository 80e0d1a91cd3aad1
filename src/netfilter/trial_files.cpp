// SPDX-License-Identifier: Apache-2.0
#include "netfilter/trial_files.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

namespace pinhole::netfilter {

tl::unexpected<Diagnostics> trial_error(std::string_view id, std::string message,
                                        std::string_view remedy, Exit exit) {
  return failure({.id = std::string(id),
                  .severity = Severity::error,
                  .place = {.name = "firewall", .line = 0, .column = 0, .offset = {}},
                  .message = std::move(message),
                  .remedy = std::string(remedy),
                  .exit = exit});
}

Checked<void> write_text(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path fresh = path.string() + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::size_t written = 0;
  while (file >= 0 && written < text.size()) {
    const ssize_t n = ::write(file, text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) {
      break;
    }
    written += n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  const bool good = file >= 0 && written == text.size() && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) {
    ::close(file);
  }
  if (!good || ::rename(fresh.c_str(), path.c_str()) != 0) {
    return trial_error("firewall-state-file",
                       fmt::format("{} cannot be written: {}", path.string(), std::strerror(error)),
                       "run as root, and see that the disk has room", Exit::environment);
  }
  return {};
}

std::optional<std::string> read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Checked<void> write_note(const std::filesystem::path& path, const Note& note) {
  return write_text(path,
                    fmt::format("{} {} {} {}\n", note.since, note.until, note.token, note.what));
}

std::optional<Note> read_note(const std::filesystem::path& path) {
  const auto text = read_text(path);
  if (!text) {
    return std::nullopt;
  }
  std::istringstream in(*text);
  Note note;
  in >> note.since >> note.until >> note.token;
  if (!in) {
    return std::nullopt;
  }
  in.get();
  std::getline(in, note.what);
  return note;
}

int take_lock(const std::filesystem::path& path, Wait wait) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return -1;
  }
  int result = 0;
  do {
    result = ::flock(file, LOCK_EX | (wait == Wait::no ? LOCK_NB : 0));
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    ::close(file);
    return -1;
  }
  return file;
}

}  // namespace pinhole::netfilter
