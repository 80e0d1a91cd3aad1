// SPDX-License-Identifier: Apache-2.0
#include "probe/conference.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/wire.hpp"
#include "osi/initiator.hpp"
#include "probe/ber.hpp"

namespace pinhole::probe {
namespace {

class X400 : public Talk {
 public:
  Step start() override { return {initiator_.start()}; }

  Step on_bytes(ByteView in) override {
    auto output = initiator_.on_bytes(in);
    if (!output.answer) {
      return {std::move(output.bytes)};
    }
    finding_.speaks = output.answer->reached != osi::Reached::nothing;
    if (finding_.speaks) {
      finding_.said = to_string(*output.answer);
      fact("transport", initiator_.transport_open() ? "accepted" : "refused");
    }
    return {std::move(output.bytes), Step::Then::done};
  }

  /// What closes after the transport may be T.120 or a terminal server.
  void on_end() override {
    if (initiator_.transport_open()) {
      finding_.said = "a transport connection (COTP) without a session above it";
    }
  }

 private:
  osi::Initiator initiator_{osi::ConnectRequest{}, osi::ConnectSpdu{}};
};

constexpr std::uint16_t kSequence = 0x30;
constexpr std::uint16_t kInteger = 0x02;
constexpr std::uint16_t kOctets = 0x04;
constexpr std::uint16_t kConnectInitial = 0x7F65;   // [APPLICATION 101]
constexpr std::uint16_t kConnectResponse = 0x7F66;  // [APPLICATION 102]

/// T.125 chapter 7, DomainParameters: channels, users, tokens, priorities, throughput, height,
/// greatest MCSPDU, version.
Bytes domain_parameters(std::initializer_list<std::uint32_t> values) {
  Bytes numbers;
  for (const std::uint32_t value : values) {
    numbers = concat(numbers, ber_number(kInteger, value));
  }
  return ber(kSequence, numbers);
}

/// T.124 ConnectData in aligned PER: key {itu-t recommendation t(20) 124 version(0) 1}, then a
/// ConferenceQueryRequest of a terminal.
constexpr std::uint8_t kQuery[] = {0x00, 0x05, 0x00, 0x14, 0x7C, 0x00, 0x01, 0x02, 0x20, 0x00};

Bytes connect_initial() {
  const Bytes yes{std::byte{0xFF}};
  return ber(kConnectInitial, concat(ber(kOctets, "\x01"), ber(kOctets, "\x01"), ber(0x01, yes),
                                     domain_parameters({34, 2, 0, 1, 0, 1, 65535, 2}),
                                     domain_parameters({1, 1, 1, 1, 0, 1, 1056, 2}),
                                     domain_parameters({65535, 64535, 65535, 1, 0, 1, 65535, 2}),
                                     ber(kOctets, view_of(kQuery, sizeof kQuery))));
}

class T120 : public Talk {
 public:
  Step start() override { return {osi::tpkt(osi::encode(osi::ConnectRequest{}))}; }

  Step on_bytes(ByteView in) override {
    Step step;
    while (step.then == Step::Then::wait) {
      const auto next = reader_.next(in);
      if (std::holds_alternative<osi::NeedMore>(next)) {
        break;
      }
      const auto* frame = std::get_if<osi::TpktFrame>(&next);
      if (frame == nullptr) {
        step.then = done().then;  // what was answered before stays answered
        break;
      }
      Step more = on_tpdu(frame->tpdu);
      step.send.insert(step.send.end(), more.send.begin(), more.send.end());
      step.then = more.then;
    }
    return step;
  }

  void on_end() override {
    if (open_ && !finding_.speaks) {
      finding_.said = "a transport connection (COTP) without MCS above it";
    }
  }

 private:
  Step on_tpdu(ByteView bytes) {
    const auto tpdu = osi::decode_tpdu(bytes);
    if (!tpdu) {
      return done();
    }
    if (const auto* refusal = std::get_if<osi::DisconnectRequest>(&*tpdu)) {
      finding_.said = fmt::format("transport refused: {}", to_string(refusal->reason));
      return done();
    }
    if (std::holds_alternative<osi::ConnectConfirm>(*tpdu) && !open_) {
      open_ = true;
      const Bytes request = connect_initial();
      return {osi::tpkt(osi::encode(osi::DataTransfer{true, request}))};
    }
    if (const auto* data = std::get_if<osi::DataTransfer>(&*tpdu); data != nullptr && open_) {
      on_data(data->user_data);
    }
    return done();
  }

  void on_data(ByteView data) {
    const auto response = read_ber(data);
    if (!response || response->tag != kConnectResponse) {
      on_end();
      return;
    }
    finding_.speaks = true;
    const auto result = BerElements(response->content).next();
    const auto number = result ? ber_number(result->content).value_or(-1) : -1;
    finding_.said = number == 0 ? std::string("MCS connect: successful")
                                : fmt::format("MCS connect: result {}", number);
    constexpr std::string_view kGcc("\x00\x05\x00\x14\x7C\x00\x01", 7);
    const std::string_view text = text_of(response->content);
    fact("conference-control", text.find(kGcc) != std::string_view::npos ? "T.124" : "none");
  }

  osi::TpktReader reader_{osi::kTpduMost};
  bool open_ = false;
};

/// Q.931 4.4: the messages that may answer.
std::string message_name(std::uint8_t type) {
  switch (type) {
    case 0x7D:
      return "STATUS";
    case 0x5A:
      return "RELEASE COMPLETE";
    default:
      return fmt::format("message 0x{:02x}", type);
  }
}

class H323 : public Talk {
 public:
  explicit H323(std::uint32_t nonce)
      : reference_(static_cast<std::uint16_t>((nonce & 0x7FFEU) | 1U)) {}

  Step start() override {
    Bytes message;
    ByteWriter writer(message, ByteOrder::big);
    writer.u8(8);  // Q.931
    writer.u8(2);
    writer.u16(reference_);
    writer.u8(0x75);  // STATUS ENQUIRY
    return {osi::tpkt(message)};
  }

  Step on_bytes(ByteView in) override {
    const auto next = reader_.next(in);
    if (std::holds_alternative<osi::NeedMore>(next)) {
      return {};
    }
    if (const auto* frame = std::get_if<osi::TpktFrame>(&next)) {
      on_message(frame->tpdu);
    }
    return done();
  }

 private:
  void on_message(ByteView message) {
    ByteReader reader(message, ByteOrder::big);
    const std::uint8_t discriminator = reader.u8("protocol discriminator");
    const std::uint8_t length = reader.u8("call reference length");
    const std::uint16_t reference = reader.u16("call reference");
    const std::uint8_t type = reader.u8("message type");
    // The answerer's flag is the top bit of the reference.
    finding_.speaks = reader.ok() && discriminator == 8 && length == 2 &&
                      (reference & 0x7FFFU) == reference_ && (type & 0x80U) == 0;
    if (!finding_.speaks) {
      return;
    }
    finding_.said = fmt::format("Q.931 {}", message_name(type));
    while (reader.remaining() >= 2) {
      const std::uint8_t element = reader.u8("element");
      if ((element & 0x80U) != 0) {
        continue;  // a single octet
      }
      const ByteView content = reader.take(reader.u8("element length"), "element");
      if (element == 0x08 && content.size() >= 2) {
        fact("cause", std::to_string(static_cast<unsigned>(content[1]) & 0x7FU));
      } else if (element == 0x14 && !content.empty()) {
        fact("call-state", std::to_string(static_cast<unsigned>(content[0]) & 0x3FU));
      } else if (element == 0x7E) {
        return;  // the user-to-user element has a length of two octets and ends the message
      }
    }
  }

  std::uint16_t reference_;
  osi::TpktReader reader_{osi::kTpduMost};
};

}  // namespace

TalkPointer make_x400(const Context& /*context*/) {
  return std::make_unique<X400>();
}

TalkPointer make_t120(const Context& /*context*/) {
  return std::make_unique<T120>();
}

TalkPointer make_h323(const Context& context) {
  return std::make_unique<H323>(context.nonce);
}

}  // namespace pinhole::probe
