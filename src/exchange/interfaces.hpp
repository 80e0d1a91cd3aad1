// SPDX-License-Identifier: Apache-2.0
#pragma once
// The interfaces of the catalogue as tables that an RPC server can offer, and what is known and
// done of their operations. An operation that is not implemented faults with nca_s_op_rng_error;
// mgmt is the RPC server's own and on every endpoint.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "dcerpc/syntax.hpp"
#include "rpc/interface.hpp"

namespace pinhole::exchange {

struct OperationInfo {
  std::uint16_t opnum = 0;
  std::string_view name;
  bool implemented = false;
};

[[nodiscard]] dcerpc::SyntaxId syntax_of(const catalogue::InterfaceInfo& row);

/// A row with its real UUID, version and annotation, and every operation that is implemented.
[[nodiscard]] std::shared_ptr<rpc::Interface> make_interface(const catalogue::InterfaceInfo& row);

/// Each distinct interface of these rows once, in their order: what a process offers, even where
/// the mapper is told of one twice.
[[nodiscard]] std::vector<std::shared_ptr<rpc::Interface>> make_interfaces(
    std::span<const catalogue::InterfaceInfo* const> rows);

/// The operations of an interface by opnum: those that a public source names, each with whether
/// this table implements it. Empty where nothing is known of the interface.
[[nodiscard]] std::vector<OperationInfo> operations_of(const rpc::Interface& interface);

}  // namespace pinhole::exchange
