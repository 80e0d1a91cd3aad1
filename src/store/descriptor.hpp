// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file or folder that is open, and what both writers of this room do with one. Functions that
// return false leave the reason in errno.

#include <filesystem>
#include <utility>

#include <unistd.h>

#include "base/bytes.hpp"

namespace pinhole::store {

/// Owns a file descriptor; a negative one, as open(2) returns, is none.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool good() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// All of `content`, and on the disk.
[[nodiscard]] bool write_flushed(const Descriptor& file, ByteView content);

/// The names in `folder` are on the disk.
[[nodiscard]] bool flush_names(const std::filesystem::path& folder);

/// The exclusive flock(2), for which ten seconds are waited.
[[nodiscard]] bool lock_alone(const Descriptor& descriptor);

}  // namespace pinhole::store
