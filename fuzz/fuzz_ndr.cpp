// rooms: epm rpc dcerpc ndr
// SPDX-License-Identifier: Apache-2.0
// The typed operations of mgmt and of the mapper. The first octet chooses operation, direction and
// format. What decodes can be written again, and what was written reads as the same.
#include <array>
#include <cstdlib>

#include "epm/operations.hpp"
#include "rpc/mgmt.hpp"

namespace {

using namespace pinhole;

template <class T>
void check(ByteView stub, ndr::Format format) {
  T value;
  ndr::Reader in(stub, format);
  T::ndr(in, value);
  if (!in.ok()) {
    return;
  }
  Bytes first;
  ndr::Writer out(first, format);
  T::ndr(out, value);
  T again;
  ndr::Reader in_again(first, format);
  T::ndr(in_again, again);
  Bytes second;
  ndr::Writer out_again(second, format);
  T::ndr(out_again, again);
  if (!in_again.ok() || first != second) {
    std::abort();
  }
}

using Check = void (*)(ByteView, ndr::Format);

template <class... Ops>
constexpr auto checks_of() {
  return std::array<Check, 2 * sizeof...(Ops)>{check<typename Ops::In>...,
                                               check<typename Ops::Out>...};
}

constexpr auto kChecks =
    checks_of<rpc::mgmt::InqIfIds, rpc::mgmt::InqStats, rpc::mgmt::IsServerListening,
              rpc::mgmt::StopServerListening, rpc::mgmt::InqPrincName, epm::EptInsert,
              epm::EptDelete, epm::EptLookup, epm::EptMap, epm::EptLookupHandleFree,
              epm::EptInqObject, epm::EptMgmtDelete>();

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const ndr::Format format{(data[0] & 1U) != 0 ? ByteOrder::big : ByteOrder::little,
                           (data[0] & 2U) != 0 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr32};
  kChecks[(data[0] >> 2U) % kChecks.size()](view_of(data + 1, size - 1), format);
  return 0;
}
