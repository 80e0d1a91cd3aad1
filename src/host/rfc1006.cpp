// SPDX-License-Identifier: Apache-2.0
#include "host/rfc1006.hpp"

#include "osi/responder.hpp"

namespace pinhole::host {
namespace {

class Rfc1006 final : public transport::Protocol {
 public:
  std::string on_bytes(ByteView bytes, Bytes& out) override {
    spoken_ = true;
    osi::Responder::Output output = responder_.on_bytes(bytes);
    out.insert(out.end(), output.bytes.begin(), output.bytes.end());
    return output.close ? std::string(to_string(*output.close)) : std::string();
  }
  bool established() const override { return spoken_; }

 private:
  osi::Responder responder_;
  bool spoken_ = false;
};

}  // namespace

transport::ProtocolFactory speak_rfc1006() {
  return [](const dcerpc::Peer&, transport::Enter, Bytes&) { return std::make_unique<Rfc1006>(); };
}

}  // namespace pinhole::host
