// rooms: dcerpc
// SPDX-License-Identifier: Apache-2.0
// A conversation in pieces: an octet says the direction (bit 7), whether the piece is a gap (bit
// 6), and its length in units of 4 octets. Every octet is told once, in order.
#include <algorithm>
#include <cstdlib>

#include "dcerpc/observer.hpp"

namespace {

using namespace pinhole;
using namespace pinhole::dcerpc;

class Covering : public ObserverSink {
 public:
  void on_pdu(Direction direction, std::uint64_t offset, const Fragment& fragment) override {
    cover(direction, offset, fragment.whole.size());
  }
  void on_other(Direction direction, std::uint64_t offset, ByteView octets) override {
    cover(direction, offset, octets.size());
  }
  void on_request(const ObservedCall&, const ObservedStub& stub) override { read(stub.stub); }
  void on_response(const ObservedCall&, const ObservedStub& stub) override { read(stub.stub); }

 private:
  void cover(Direction direction, std::uint64_t offset, std::size_t size) {
    auto& end = covered_[static_cast<std::size_t>(direction)];
    if (offset < end) {
      std::abort();
    }
    end = offset + size;
  }
  void read(ByteView stub) {
    for (const std::byte octet : stub) {
      sum_ = sum_ + static_cast<unsigned>(octet);
    }
  }
  std::array<std::uint64_t, 2> covered_{};
  volatile unsigned sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView rest = view_of(data, size);
  Observer observer({.max_stub = 4000, .max_calls = 4, .max_contexts = 4});
  Covering sink;
  while (!rest.empty()) {
    const auto control = static_cast<unsigned>(rest.front());
    rest = rest.subspan(1);
    const Direction direction =
        (control & 0x80U) != 0 ? Direction::to_client : Direction::to_server;
    const std::size_t length = ((control & 0x3fU) + 1) * 4;
    if ((control & 0x40U) != 0) {
      observer.on_gap(direction, length, sink);
      continue;
    }
    const Bytes alone = to_bytes(rest.first(std::min(length, rest.size())));
    observer.on_bytes(direction, alone, sink);
    rest = rest.subspan(alone.size());
    if (observer.contexts().size() > 4 || observer.pending(direction).size() > 65535) {
      std::abort();
    }
  }
  return 0;
}
