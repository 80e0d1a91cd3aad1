// SPDX-License-Identifier: Apache-2.0
#include "lab/spaces.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pinhole::lab {

namespace fs = std::filesystem;

tl::unexpected<Diagnostics> lab_error(std::string id, std::string place, std::string message,
                                      std::string remedy, Exit exit) {
  return failure({std::move(id),
                  Severity::error,
                  {std::move(place), 0, 0, {}},
                  std::move(message),
                  std::move(remedy),
                  exit});
}

fs::path space_path(const std::string& space) {
  return fs::path("/run/netns") / space;
}

bool space_exists(const std::string& space) {
  std::error_code error;
  return fs::exists(fs::symlink_status(space_path(space), error));
}

Checked<Inside> Inside::enter(const std::string& space) {
  const auto failed = [&] {
    return lab_error("lab-namespace", space,
                     std::string("the namespace cannot be entered: ") + std::strerror(errno),
                     "run as root; `pinhole lab status` says what is there");
  };
  const int before = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (before < 0) {
    return failed();
  }
  Inside inside(before);
  const int there = ::open(space_path(space).c_str(), O_RDONLY | O_CLOEXEC);
  if (there < 0) {
    return failed();
  }
  const int result = ::setns(there, CLONE_NEWNET);
  const int error = errno;
  ::close(there);
  if (result != 0) {
    errno = error;
    return failed();
  }
  return inside;
}

Inside::Inside(Inside&& other) noexcept : before_(std::exchange(other.before_, -1)) {}

Inside::~Inside() {
  if (before_ >= 0) {
    // Back to where this process was: the kernel has no reason to refuse.
    static_cast<void>(::setns(before_, CLONE_NEWNET));
    ::close(before_);
  }
}

Checked<void> set_kernel(const std::string& name, const std::string& value) {
  const std::string path = "/proc/sys/" + name;
  std::ofstream file(path);
  file << value << std::flush;
  if (!file) {
    return lab_error("lab-setting", path, "the kernel does not take " + value,
                     "run as root, on a kernel with IPv4 and IPv6");
  }
  return {};
}

Checked<void> remove_space(const std::string& space) {
  const fs::path path = space_path(space);
  // A file that no namespace was mounted on yet is taken away all the same.
  ::umount2(path.c_str(), MNT_DETACH);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return lab_error("lab-namespace", path.string(),
                     std::string("it cannot be taken away: ") + std::strerror(errno),
                     "run as root");
  }
  return {};
}

}  // namespace pinhole::lab
