// SPDX-License-Identifier: Apache-2.0
#include "osi/tpkt.hpp"

#include <algorithm>
#include <stdexcept>

namespace pinhole::osi {
namespace {

Decoded<std::size_t> packet_length(ByteView header, std::size_t most) {
  ByteReader reader(header, ByteOrder::big);
  if (reader.u8("version") != kTpktVersion) {
    return unexpected(WireError{WireErrc::bad_version, 0, "tpkt version"});
  }
  reader.skip(1, "reserved");
  const std::size_t length = reader.u16("length");
  if (length < kTpktLeast) {
    return unexpected(WireError{WireErrc::bad_value, 2, "tpkt length"});
  }
  if (length - kTpktHeader > most) {
    return unexpected(WireError{WireErrc::too_large, 2, "tpkt length"});
  }
  return length;
}

}  // namespace

std::variant<NeedMore, TpktFrame, WireError> TpktReader::next(ByteView& in) {
  if (delivered_) {
    held_.clear();
    delivered_ = false;
  }
  // The version is judged with the first octet: another protocol must not wait for a fourth.
  const auto first = held_.empty() && !in.empty() ? in.front() : std::byte{kTpktVersion};
  if (first != std::byte{kTpktVersion}) {
    return WireError{WireErrc::bad_version, 0, "tpkt version"};
  }
  const auto hold = [&](std::size_t size) {
    const std::size_t count = std::min(size - held_.size(), in.size());
    held_.insert(held_.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(count));
    in = in.subspan(count);
    return held_.size() == size;
  };
  const bool whole = held_.empty() && in.size() >= kTpktHeader;
  if (!whole && held_.size() < kTpktHeader && !hold(kTpktHeader)) {
    return NeedMore{};
  }
  const auto length = packet_length((whole ? in : ByteView(held_)).first(kTpktHeader), most_);
  if (!length) {
    return length.error();
  }
  if (whole && in.size() >= *length) {
    const ByteView packet = in.first(*length);
    in = in.subspan(*length);
    return TpktFrame{packet.subspan(kTpktHeader)};
  }
  if (!hold(*length)) {
    return NeedMore{};
  }
  delivered_ = true;
  return TpktFrame{ByteView(held_).subspan(kTpktHeader)};
}

Bytes tpkt(ByteView tpdu) {
  if (tpdu.size() > kTpduMost) {
    throw std::length_error("a TPDU does not fit into a TPKT packet");
  }
  Bytes out;
  ByteWriter writer(out, ByteOrder::big);
  writer.u8(kTpktVersion);
  writer.u8(0);
  writer.u16(static_cast<std::uint16_t>(tpdu.size() + kTpktHeader));
  writer.bytes(tpdu);
  return out;
}

}  // namespace pinhole::osi
