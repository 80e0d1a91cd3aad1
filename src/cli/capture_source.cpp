// SPDX-License-Identifier: Apache-2.0
#include "cli/capture_source.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "capture/file_reader.hpp"
#include "capture/live.hpp"
#include "cli/interruption.hpp"
#include "cli/refusal.hpp"
#include "cli/verify_print.hpp"

namespace pinhole::cli {
namespace {

constexpr std::size_t kBuffer = 4UL << 20U;
constexpr std::chrono::milliseconds kGlance{100};

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : number_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ > STDERR_FILENO) {
      close(number_);
    }
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] std::size_t size() const {
    struct stat facts{};
    return fstat(number_, &facts) == 0 && S_ISREG(facts.st_mode)
               ? static_cast<std::size_t>(facts.st_size)
               : 0;
  }

 private:
  int number_;
};

tl::unexpected<Diagnostics> cannot_read(const std::string& path) {
  return refusal("cannot-read", path, std::strerror(errno), "name a capture file");
}

}  // namespace

Checked<CaptureEnd> read_capture(const std::string& path, capture::PacketSink& sink) {
  const Descriptor file(path);
  if (file.number() < 0) {
    return cannot_read(path);
  }
  ProgressLine line("MiB");
  const std::size_t size = file.size();
  capture::FileReader reader;
  Bytes buffer(kBuffer);
  std::size_t filled = 0;
  std::size_t total = 0;
  while (!reader.fault()) {
    const ssize_t count = read(file.number(), buffer.data() + filled, buffer.size() - filled);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return cannot_read(path);
    }
    if (count == 0) {
      reader.finish(filled);
      break;
    }
    filled += static_cast<std::size_t>(count);
    total += static_cast<std::size_t>(count);
    const std::size_t taken = reader.take(ByteView(buffer).first(filled), sink);
    std::memmove(buffer.data(), buffer.data() + taken, filled - taken);
    filled -= taken;
    if (size != 0) {
      line.show(total >> 20U, size >> 20U);
    }
  }
  const auto& fault = reader.fault();
  if (!fault) {
    return CaptureEnd{};
  }
  if (fault->offset == 0) {
    return refusal("bad-capture", path, std::string(fault->what),
                   "name a pcap or pcapng file, not compressed");
  }
  return CaptureEnd{fmt::format("offset {:#x}: {}", fault->offset, fault->what), 0};
}

Checked<CaptureEnd> watch_interface(const std::string& interface,
                                    std::optional<std::chrono::seconds> time,
                                    capture::PacketSink& sink) {
  const Interruption interruption;
  auto live = capture::Live::open(interface);
  if (!live) {
    return tl::unexpected(std::move(live).error());
  }
  fmt::print(stderr, "pinhole: watching {}\n", interface);
  const auto end = std::chrono::steady_clock::now() + time.value_or(std::chrono::seconds(0));
  while (!interruption.within(std::chrono::seconds(0)) &&
         (!time || std::chrono::steady_clock::now() < end)) {
    if (const auto taken = live->take(sink, kGlance); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  // What came before the end is there already.
  if (const auto taken = live->take(sink, std::chrono::milliseconds(0)); !taken) {
    return tl::unexpected(taken.error());
  }
  return CaptureEnd{{}, live->dropped()};
}

}  // namespace pinhole::cli
