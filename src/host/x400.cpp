// SPDX-License-Identifier: Apache-2.0
#include "host/x400.hpp"

#include "osi/responder.hpp"

namespace pinhole::host {
namespace {

class X400 final : public transport::Protocol {
 public:
  std::string on_bytes(ByteView bytes, Bytes& out) override {
    const osi::Responder::Output answer = responder_.on_bytes(bytes);
    out.insert(out.end(), answer.bytes.begin(), answer.bytes.end());
    return answer.close ? std::string(to_string(*answer.close)) : std::string();
  }
  /// No session ever stands: the shorter limit holds to the end.
  bool established() const override { return false; }

 private:
  osi::Responder responder_;
};

}  // namespace

transport::ProtocolFactory speak_rfc1006() {
  return [](const dcerpc::Peer& /*peer*/, const transport::Enter& /*enter*/, Bytes& /*out*/) {
    return std::make_unique<X400>();
  };
}

}  // namespace pinhole::host
