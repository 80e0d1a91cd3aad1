// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "base/wire.hpp"
#include "probe/directory.hpp"

namespace pinhole::probe {
namespace {

constexpr std::uint16_t kSoa = 6;
constexpr std::uint16_t kInternet = 1;
constexpr std::size_t kMostLabel = 63;
constexpr std::size_t kMostName = 255;

/// RFC 1035 3.1; a name that has no such form is the root.
Bytes name_of(std::string_view domain) {
  Bytes out;
  while (!domain.empty()) {
    const std::size_t size = std::min(domain.find('.'), domain.size());
    if (size == 0 || size > kMostLabel || out.size() + size + 2 > kMostName) {
      out.clear();
      break;
    }
    out.push_back(static_cast<std::byte>(size));
    const ByteView label = bytes_of(domain.substr(0, size));
    out.insert(out.end(), label.begin(), label.end());
    domain.remove_prefix(std::min(size + 1, domain.size()));
  }
  out.push_back(std::byte{0});
  return out;
}

std::string rcode_name(unsigned code) {
  constexpr const char* kNames[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                    "NXDOMAIN", "NOTIMP",  "REFUSED"};
  return code < std::size(kNames) ? kNames[code] : fmt::format("RCODE {}", code);
}

class Dns : public Talk {
 public:
  Dns(const Context& context, bool framed)
      : id_(static_cast<std::uint16_t>(context.nonce)),
        question_(name_of(context.domain)),
        framed_(framed) {
    ByteWriter writer(question_, ByteOrder::big);
    writer.u16(kSoa);
    writer.u16(kInternet);
  }

  Step start() override {
    Bytes out;
    ByteWriter writer(out, ByteOrder::big);
    if (framed_) {
      writer.u16(static_cast<std::uint16_t>(12 + question_.size()));
    }
    writer.u16(id_);
    writer.u16(0x0100);  // recursion desired
    writer.u16(1);
    writer.zeros(6);
    writer.bytes(question_);
    return {out};
  }

  Step on_bytes(ByteView in) override {
    if (!framed_) {
      // A stray datagram is no answer: the right one may still come.
      return on_message(in) ? done() : Step{};
    }
    held_.insert(held_.end(), in.begin(), in.end());
    ByteReader reader(held_, ByteOrder::big);
    const ByteView message = reader.take(reader.u16("length"), "message");
    if (!reader.ok()) {
      return {};
    }
    (void)on_message(message);
    return done();
  }

 private:
  bool on_message(ByteView message) {
    ByteReader reader(message, ByteOrder::big);
    const std::uint16_t id = reader.u16("id");
    const std::uint16_t flags = reader.u16("flags");
    const std::uint16_t questions = reader.u16("qdcount");
    const std::uint16_t answers = reader.u16("ancount");
    reader.skip(4, "nscount, arcount");
    if (!reader.ok() || id != id_ || (flags & 0xF800U) != 0x8000U) {
      return false;
    }
    // FORMERR may leave the question out.
    if (questions > 1 ||
        (questions == 1 &&
         !std::ranges::equal(reader.take(question_.size(), "question"), question_, same_octet))) {
      return false;
    }
    finding_.speaks = true;
    finding_.said = rcode_name(flags & 0xFU);
    fact("answers", std::to_string(answers));
    fact("authoritative", (flags & 0x0400U) != 0 ? "yes" : "no");
    fact("recursion", (flags & 0x0080U) != 0 ? "available" : "not available");
    return true;
  }

  /// Names compare without case (RFC 4343).
  static bool same_octet(std::byte left, std::byte right) {
    const auto lower = [](std::byte each) {
      const auto c = static_cast<unsigned>(each);
      return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    };
    return lower(left) == lower(right);
  }

  std::uint16_t id_;
  Bytes question_;
  bool framed_;
  Bytes held_;
};

}  // namespace

TalkPointer make_dns(const Context& context, bool framed) {
  return std::make_unique<Dns>(context, framed);
}

}  // namespace pinhole::probe
