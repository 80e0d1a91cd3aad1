// SPDX-License-Identifier: Apache-2.0
#include "transport/protocol.hpp"

namespace pinhole::transport {
namespace {

class RpcProtocol final : public Protocol {
 public:
  RpcProtocol(rpc::Server& server, const dcerpc::Peer& peer, Enter enter)
      : connection_(
            server, peer,
            [enter = std::move(enter)](const dcerpc::CallKey& call, rpc::Outcome<Bytes> result) {
              enter([call, result = std::move(result)](Protocol& self, Bytes& out) {
                static_cast<RpcProtocol&>(self).connection_.complete(call, result, out);
              });
            }) {}

  std::string on_bytes(ByteView bytes, Bytes& out) override {
    return connection_.on_bytes(bytes, out);
  }
  bool established() const override { return connection_.bound(); }
  bool busy() const override { return connection_.calls_in_progress() > 0; }

 private:
  rpc::Connection connection_;
};

}  // namespace

ProtocolFactory speak_rpc(rpc::Server& server) {
  return [&server](const dcerpc::Peer& peer, Enter enter, Bytes& /*out*/) {
    return std::make_unique<RpcProtocol>(server, peer, std::move(enter));
  };
}

ProtocolFactory speak_rpc_http(rpc::Server& server) {
  return [&server](const dcerpc::Peer& peer, Enter enter, Bytes& out) {
    const ByteView banner = bytes_of("ncacn_http/1.0");
    out.insert(out.end(), banner.begin(), banner.end());
    dcerpc::Peer through = peer;
    through.carrier = dcerpc::Carrier::http;
    return std::make_unique<RpcProtocol>(server, through, std::move(enter));
  };
}

}  // namespace pinhole::transport
