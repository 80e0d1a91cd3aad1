// SPDX-License-Identifier: Apache-2.0
#include "store/file.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace pinhole::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBackupEnd = ".bak";
constexpr std::size_t kTimeLength = std::string_view("20000101T000000.000Z").size();

tl::unexpected<Diagnostics> failed(const fs::path& path, std::string_view what, int error) {
  return failure({"file",
                  Severity::error,
                  {path.string(), 0, 0, {}},
                  fmt::format("{}: {}", what, std::generic_category().message(error)),
                  "",
                  Exit::environment});
}

// A new name is on the disk only when its folder is.
fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(now - whole);
  const std::time_t time = std::chrono::system_clock::to_time_t(whole);
  return fmt::format("{:%Y%m%dT%H%M%S}.{:03}Z", fmt::gmtime(time), rest.count());
}

}  // namespace

Checked<Bytes> read_file(const fs::path& path, std::size_t limit) {
  // Not blocking: a FIFO would wait for its writer.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file.good() || fstat(file.fd(), &status) != 0) {
    return failed(path, "cannot be read", errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return failed(path, "is no regular file", S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
  }
  if (static_cast<std::uint64_t>(status.st_size) > limit) {
    return failed(path, fmt::format("is longer than {} bytes", limit), EFBIG);
  }
  Bytes content(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = read(file.fd(), content.data() + done, content.size() - done);
    if (got < 0 && errno != EINTR) {
      return failed(path, "cannot be read", errno);
    }
    if (got == 0) {
      break;
    }
    done += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  content.resize(done);
  return content;
}

Checked<void> write_atomic(const fs::path& path, ByteView content) {
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.good()) {
    return failed(path, "cannot be written", errno);
  }
  const auto give_up = [&](std::string_view what) {
    const int error = errno;
    unlink(temporary.c_str());
    return failed(path, what, error);
  };
  struct stat old{};
  const bool exists = stat(path.c_str(), &old) == 0;
  if (fchmod(file.fd(), exists ? old.st_mode & 07777U : 0600) != 0) {
    return give_up("cannot be given its mode");
  }
  if (exists && fchown(file.fd(), old.st_uid, old.st_gid) != 0 && errno != EPERM) {
    return give_up("cannot be given its owner");
  }
  if (!write_flushed(file, content)) {
    return give_up("cannot be written");
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return give_up("cannot be replaced");
  }
  if (!flush_names(folder_of(path))) {
    return failed(path, "its folder cannot be flushed", errno);
  }
  return {};
}

Checked<fs::path> keep_backup(const fs::path& path, ByteView content) {
  while (true) {
    fs::path backup = fmt::format("{}.{}{}", path.string(), utc_now(), kBackupEnd);
    const Descriptor file(open(backup.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.good() && errno == EEXIST) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    if (!file.good() || !write_flushed(file, content) || !flush_names(folder_of(backup))) {
      const int error = errno;
      if (file.good()) {
        unlink(backup.c_str());
      }
      return failed(backup, "the backup cannot be written", error);
    }
    return backup;
  }
}

fs::path backup_origin(const fs::path& backup) {
  std::string text = backup.string();
  if (!text.ends_with(kBackupEnd) || text.size() < kTimeLength + kBackupEnd.size() + 2) {
    return {};
  }
  text.resize(text.size() - kBackupEnd.size());
  const std::string_view time = std::string_view(text).substr(text.size() - kTimeLength);
  constexpr std::string_view kShape = "00000000T000000.000Z";
  for (std::size_t i = 0; i < kTimeLength; ++i) {
    const bool digit = time[i] >= '0' && time[i] <= '9';
    if (kShape[i] == '0' ? !digit : time[i] != kShape[i]) {
      return {};
    }
  }
  if (text[text.size() - kTimeLength - 1] != '.') {
    return {};
  }
  text.resize(text.size() - kTimeLength - 1);
  return text;
}

Checked<Lock> Lock::take(const fs::path& path) {
  const fs::path file = path.string() + ".lock";
  Descriptor opened(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!opened.good()) {
    return failed(file, "the lock cannot be opened", errno);
  }
  if (!lock_alone(opened)) {
    return failed(file, "another writer holds the lock", errno);
  }
  return Lock(std::move(opened));
}

}  // namespace pinhole::store
