// SPDX-License-Identifier: Apache-2.0
#include "rpc/mgmt.hpp"

#include <algorithm>

#include "rpc/endpoint.hpp"

namespace pinhole::rpc {
namespace {

constexpr std::uint32_t kBufferTooSmall = 122;          // ERROR_INSUFFICIENT_BUFFER
constexpr std::uint32_t kUnknownAuthentication = 1747;  // RPC_S_UNKNOWN_AUTHN_SERVICE

Outcome<mgmt::InqStats::Out> inq_stats(const Statistics& statistics, std::uint32_t room) {
  const std::array<std::uint32_t, mgmt::kStatisticsCount> all{
      statistics.calls_in.load(), statistics.calls_out.load(), statistics.packets_in.load(),
      statistics.packets_out.load()};
  mgmt::InqStats::Out out;
  out.values.assign(all.begin(), all.begin() + std::min(room, mgmt::kStatisticsCount));
  return out;
}

Outcome<mgmt::InqPrincName::Out> inq_princ_name(const std::string& principal,
                                                const mgmt::InqPrincName::In& in) {
  if (in.size == 0) {
    return tl::unexpected(Fault{dcerpc::status::kBadStubData});
  }
  mgmt::InqPrincName::Out out;
  out.room = in.size;
  if (principal.empty()) {
    out.status = kUnknownAuthentication;
  } else if (principal.size() + 1 > in.size) {
    out.status = kBufferTooSmall;
  } else {
    out.principal = principal;
  }
  return out;
}

}  // namespace

std::shared_ptr<Interface> make_management(Server& server) {
  auto interface = std::make_shared<Interface>(dcerpc::kManagement);
  interface->serve<mgmt::InqIfIds>(
      [&server](const CallContext&, mgmt::InqIfIds::In&) -> Outcome<mgmt::InqIfIds::Out> {
        mgmt::InqIfIds::Out out;
        for (const auto& each : server.interfaces()) {
          out.ids.push_back(each->id());
        }
        return out;
      });
  interface->serve<mgmt::InqStats>([&server](const CallContext&, mgmt::InqStats::In& in) {
    return inq_stats(server.statistics(), in.count);
  });
  interface->serve<mgmt::IsServerListening>(
      [](const CallContext&,
         mgmt::IsServerListening::In&) -> Outcome<mgmt::IsServerListening::Out> {
        return mgmt::IsServerListening::Out{};
      });
  // A service ends by its supervisor, never by whoever reaches its port.
  interface->serve<mgmt::StopServerListening>(
      [](const CallContext&,
         mgmt::StopServerListening::In&) -> Outcome<mgmt::StopServerListening::Out> {
        return mgmt::StopServerListening::Out{dcerpc::status::kAccessDenied};
      });
  interface->serve<mgmt::InqPrincName>(
      [&server](const CallContext&,
                mgmt::InqPrincName::In& in) -> Outcome<mgmt::InqPrincName::Out> {
        return inq_princ_name(server.settings().principal, in);
      });
  return interface;
}

}  // namespace pinhole::rpc
