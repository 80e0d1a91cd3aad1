// SPDX-License-Identifier: Apache-2.0
#include "store/descriptor.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>

namespace pinhole::store {

bool write_flushed(const Descriptor& file, ByteView content) {
  while (!content.empty()) {
    const ssize_t written = write(file.fd(), content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return fsync(file.fd()) == 0;
}

bool flush_names(const std::filesystem::path& folder) {
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.good() && fsync(opened.fd()) == 0;
}

bool lock_alone(const Descriptor& descriptor) {
  constexpr int kTries = 500;
  for (int i = 0; i < kTries; ++i) {
    if (flock(descriptor.fd(), LOCK_EX | LOCK_NB) == 0) {
      return true;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace pinhole::store
