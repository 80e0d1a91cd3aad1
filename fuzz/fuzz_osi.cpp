// rooms: osi
// SPDX-License-Identifier: Apache-2.0
// The responder and the initiator on hostile bytes: same answer whole and octet by octet, and no
// more memory held than their limits say.
#include "osi/initiator.hpp"
#include "osi/responder.hpp"
#include "require.hpp"

using namespace pinhole;
using fuzz::require;

namespace {

constexpr osi::ResponderLimits kLimits{.tpdu = 1024, .tsdu = 2048};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in = view_of(data, size);
  osi::Responder whole(kLimits);
  const auto expected = whole.on_bytes(in);

  osi::Responder slow(kLimits);
  Bytes sent;
  std::optional<osi::CloseReason> close;
  for (std::size_t i = 0; i < size; ++i) {
    const auto output = slow.on_bytes(in.subspan(i, 1));
    sent.insert(sent.end(), output.bytes.begin(), output.bytes.end());
    close = output.close ? output.close : close;
    require(slow.held() <= kLimits.tpdu + osi::kTpktHeader + kLimits.tsdu);
  }
  require(sent == expected.bytes && close == expected.close);

  osi::Initiator initiator({}, {});
  (void)initiator.on_bytes(in);
  return 0;
}
