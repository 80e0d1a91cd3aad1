// SPDX-License-Identifier: Apache-2.0
// The yardstick: a server that does nothing but epoll, read and write. It answers 72 bytes with the
// 60 of a bind_ack and every 156 bytes after that with the 152 of an ept_map reply, both ready-made
// but for the call id. What a mapper loses against it is the price of being one.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <sys/socket.h>

#include "net.hpp"
#include "wire.hpp"

namespace pinhole::bench {
namespace {

constexpr std::uint64_t kListener = ~std::uint64_t{0};
constexpr std::size_t kCallIdAt = 12;

struct Peer {
  Fd fd;
  bool bound = false;
  std::size_t held = 0;
  std::array<std::uint8_t, kMapRequestSize> buffer{};
};

Bytes make_answer(PduType type, std::size_t size) {
  Bytes answer(size, 0);
  answer[0] = 5;
  answer[2] = static_cast<std::uint8_t>(type);
  answer[3] = 0x03;
  answer[4] = 0x10;
  answer[8] = static_cast<std::uint8_t>(size);
  if (type == PduType::response) {
    answer[kCallHeaderSize + kHandleSize] = 1;  // one tower
  }
  return answer;
}

class Echo {
 public:
  explicit Echo(std::string_view target) : listener_(Target(target).listen()) {
    epoll_.add(listener_.get(), EPOLLIN, kListener);
  }

  [[noreturn]] void run() {
    while (true) {
      for (const epoll_event& event : epoll_.wait(-1)) {
        if (event.data.u64 == kListener) {
          accept_all();
        } else {
          serve(static_cast<int>(event.data.u64));
        }
      }
    }
  }

 private:
  void accept_all() {
    while (true) {
      Fd accepted(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      const int fd = accepted.get();
      if (fd < 0) {
        return;
      }
      epoll_.add(fd, EPOLLIN, static_cast<std::uint64_t>(fd));
      peers_[fd] = Peer{.fd = std::move(accepted)};
    }
  }

  void serve(int fd) {
    Peer& peer = peers_.at(fd);
    const std::size_t wanted = peer.bound ? kMapRequestSize : kBindSize;
    const ssize_t got = ::recv(fd, peer.buffer.data() + peer.held, wanted - peer.held, 0);
    if (got <= 0) {
      peers_.erase(fd);
      return;
    }
    peer.held += static_cast<std::size_t>(got);
    if (peer.held < wanted) {
      return;
    }
    peer.held = 0;
    Bytes& answer = std::exchange(peer.bound, true) ? map_reply_ : bind_ack_;
    std::copy_n(peer.buffer.begin() + kCallIdAt, 4, answer.begin() + kCallIdAt);
    send_all(fd, answer);
  }

  Fd listener_;
  Epoll epoll_;
  std::unordered_map<int, Peer> peers_;
  Bytes bind_ack_ = make_answer(PduType::bind_ack, kBindAckSize);
  Bytes map_reply_ = make_answer(PduType::response, kMapReplySize);
};

}  // namespace
}  // namespace pinhole::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_echo ADDRESS:PORT\n");
    return 2;
  }
  try {
    pinhole::bench::raise_file_limit();
    pinhole::bench::Echo(argv[1]).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_echo: %s: %s\n", argv[1], error.what());
    return 3;
  }
}
