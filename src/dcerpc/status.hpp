// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fault status codes (C706 appendix E, [MS-ERREF]) that this program sends or names.

#include <cstdint>
#include <string>

namespace pinhole::dcerpc::status {

inline constexpr std::uint32_t kAccessDenied = 0x00000005;      // ERROR_ACCESS_DENIED
inline constexpr std::uint32_t kBadStubData = 0x000006f7;       // RPC_X_BAD_STUB_DATA
inline constexpr std::uint32_t kContextMismatch = 0x1c00001a;   // nca_s_fault_context_mismatch
inline constexpr std::uint32_t kRemoteNoMemory = 0x1c00001b;    // nca_s_fault_remote_no_memory
inline constexpr std::uint32_t kUnspecified = 0x1c000012;       // nca_s_fault_unspec
inline constexpr std::uint32_t kCancelled = 0x1c00000d;         // nca_s_fault_cancel
inline constexpr std::uint32_t kObjectNotFound = 0x1c000024;    // nca_s_fault_object_not_found
inline constexpr std::uint32_t kOperationRange = 0x1c010002;    // nca_s_op_rng_error
inline constexpr std::uint32_t kUnknownInterface = 0x1c010003;  // nca_s_unk_if
inline constexpr std::uint32_t kProtocolError = 0x1c01000b;     // nca_s_proto_error
inline constexpr std::uint32_t kServerTooBusy = 0x1c010014;     // nca_s_server_too_busy

/// `nca_s_op_rng_error (0x1c010002)`, or the number alone.
[[nodiscard]] std::string describe(std::uint32_t status);

}  // namespace pinhole::dcerpc::status
