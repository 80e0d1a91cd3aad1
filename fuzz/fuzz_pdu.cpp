// rooms: dcerpc
// SPDX-License-Identifier: Apache-2.0
// Both ends of an association, fed the input in cuts that its first octet chooses. Whatever the
// server says is whole PDUs, and a second server fed octet by octet says the same.
#include <cstdlib>
#include <memory>

#include "dcerpc/client.hpp"
#include "dcerpc/server.hpp"
#include "dcerpc/status.hpp"

namespace {

using namespace pinhole;
using namespace pinhole::dcerpc;

class Server : public InterfaceLookup, public CallSink {
 public:
  [[nodiscard]] std::optional<std::uint32_t> find(const SyntaxId& wanted) const override {
    return wanted == kEndpointMapper ? std::optional<std::uint32_t>(0) : std::nullopt;
  }
  void on_call(const Call& call, Bytes& out) override {
    if (call.opnum.value % 3 == 2) {
      return;
    }
    if (call.opnum.value % 3 == 1) {
      association_.fault(call.key, status::kOperationRange, out);
      return;
    }
    const std::size_t start = begin_response(out);
    out.insert(out.end(), call.stub.begin(), call.stub.end());
    association_.respond(call.key, out, start);
  }
  void feed(ByteView bytes) { (void)association_.on_bytes(bytes, *this, sent); }

  Bytes sent;

 private:
  const ServerLimits limits_{
      .max_fragment = 2000, .max_request = 4000, .max_contexts = 4, .max_calls = 3};
  GroupTable groups_{[next = 0U](std::span<std::byte> octets) mutable {
                       for (std::byte& octet : octets) {
                         octet = static_cast<std::byte>(++next);
                       }
                     },
                     {}};
  ServerAssociation association_{*this, groups_, Peer{}, limits_};
};

void check_server(ByteView input, std::size_t cut) {
  Server whole;
  Server cuts;
  whole.feed(input);
  for (std::size_t at = 0; at < input.size(); at += cut) {
    const auto part = input.subspan(at, std::min(cut, input.size() - at));
    const Bytes alone = to_bytes(part);  // so that a read past it is seen
    cuts.feed(alone);
  }
  if (whole.sent != cuts.sent) {
    std::abort();
  }
  for (ByteView rest = whole.sent; !rest.empty();) {
    const Framed framed = frame(rest, 65535);
    if (!std::holds_alternative<Fragment>(framed)) {
      std::abort();
    }
    rest = rest.subspan(std::get<Fragment>(framed).header.fragment_length);
  }
}

void check_client(ByteView input, std::size_t cut) {
  ClientAssociation client({.max_fragment = 2000, .max_reply = 4000});
  ClientActions actions;
  Bytes out;
  client.bind({{{0}, kEndpointMapper, {kNdr32}}}, {}, out);
  (void)client.request({0}, {0}, {}, {}, out);
  for (std::size_t at = 0; at < input.size() && actions.close.empty(); at += cut) {
    const Bytes alone = to_bytes(input.subspan(at, std::min(cut, input.size() - at)));
    client.on_bytes(alone, actions);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const ByteView input = view_of(data + 1, size - 1);
  const std::size_t cut = data[0] + std::size_t{1};
  check_server(input, cut);
  check_client(input, cut);
  return 0;
}
