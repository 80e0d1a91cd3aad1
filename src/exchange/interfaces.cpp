// SPDX-License-Identifier: Apache-2.0
#include "exchange/interfaces.hpp"

#include <algorithm>
#include <string>

#include "exchange/family.hpp"

namespace pinhole::exchange {
namespace {

const Family* find_family(const dcerpc::SyntaxId& id) {
  for (const Family* family : {&kEmsmdb, &kAsyncEmsmdb, &kRfri, &kNspi, &kMta}) {
    if (family->id == id) {
      return family;
    }
  }
  return nullptr;
}

}  // namespace

dcerpc::SyntaxId syntax_of(const catalogue::InterfaceInfo& row) {
  return {row.uuid, row.major, row.minor};
}

std::shared_ptr<rpc::Interface> make_interface(const catalogue::InterfaceInfo& row) {
  return std::make_shared<rpc::Interface>(syntax_of(row), std::string(row.annotation));
}

std::vector<std::shared_ptr<rpc::Interface>> make_interfaces(
    std::span<const catalogue::InterfaceInfo* const> rows) {
  std::vector<std::shared_ptr<rpc::Interface>> interfaces;
  for (const catalogue::InterfaceInfo* row : rows) {
    const bool known = std::ranges::any_of(
        interfaces, [&](const auto& other) { return other->id() == syntax_of(*row); });
    if (!known) {
      interfaces.push_back(make_interface(*row));
    }
  }
  return interfaces;
}

std::vector<OperationInfo> operations_of(const rpc::Interface& interface) {
  std::vector<OperationInfo> operations;
  if (const Family* family = find_family(interface.id()); family != nullptr) {
    for (const OperationName& operation : family->operations) {
      operations.push_back(
          {operation.opnum, operation.name, interface.implements(Opnum{operation.opnum})});
    }
  }
  return operations;
}

}  // namespace pinhole::exchange
