// SPDX-License-Identifier: Apache-2.0
#include "rpc/interface.hpp"

#include <algorithm>

namespace pinhole::rpc {

void Interface::add(std::uint16_t opnum, Operation operation) {
  if (operations_.size() <= opnum) {
    operations_.resize(opnum + 1U);
  }
  operations_[opnum] = std::move(operation);
}

Outcome<Done> Interface::run(Opnum opnum, const CallContext& context, ndr::Reader& in,
                             ndr::Writer& out, const DeferFactory& defer) const {
  if (!objects_.empty() && context.object &&
      std::ranges::find(objects_, *context.object) == objects_.end()) {
    return tl::unexpected(Fault{dcerpc::status::kObjectNotFound});
  }
  if (!implements(opnum)) {
    return tl::unexpected(Fault{dcerpc::status::kOperationRange});
  }
  return operations_[opnum.value](context, in, out, defer);
}

}  // namespace pinhole::rpc
