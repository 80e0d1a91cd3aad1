// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/status.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace pinhole::dcerpc::status {
namespace {

struct Name {
  std::uint32_t status;
  std::string_view name;
};

constexpr std::array kNames{
    Name{kAccessDenied, "access denied"},
    Name{kBadStubData, "RPC_X_BAD_STUB_DATA"},
    Name{kContextMismatch, "nca_s_fault_context_mismatch"},
    Name{kRemoteNoMemory, "nca_s_fault_remote_no_memory"},
    Name{kUnspecified, "nca_s_fault_unspec"},
    Name{kCancelled, "nca_s_fault_cancel"},
    Name{kObjectNotFound, "nca_s_fault_object_not_found"},
    Name{kOperationRange, "nca_s_op_rng_error"},
    Name{kUnknownInterface, "nca_s_unk_if"},
    Name{kProtocolError, "nca_s_proto_error"},
    Name{kServerTooBusy, "nca_s_server_too_busy"},
};

}  // namespace

std::string describe(std::uint32_t status) {
  for (const Name& each : kNames) {
    if (each.status == status) {
      return fmt::format("{} (0x{:08x})", each.name, status);
    }
  }
  return fmt::format("0x{:08x}", status);
}

}  // namespace pinhole::dcerpc::status
