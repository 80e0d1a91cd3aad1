// SPDX-License-Identifier: Apache-2.0
#pragma once
// An interface of Exchange as its specification has it: one file for each family.

#include <cstdint>
#include <span>
#include <string_view>

#include "dcerpc/syntax.hpp"

namespace pinhole::exchange {

struct OperationName {
  std::uint16_t opnum = 0;
  std::string_view name;
};

struct Family {
  dcerpc::SyntaxId id;
  std::span<const OperationName> operations;  // by opnum; those that are used on the wire
};

/// [MS-OXCRPC] 3.1.4
extern const Family kEmsmdb;
/// [MS-OXCRPC] 3.3.4
extern const Family kAsyncEmsmdb;
/// [MS-OXABREF] 3.1.4
extern const Family kRfri;
/// [MS-OXNSPI] 3.1.4.1, [MS-NSPI] 3.1.4
extern const Family kNspi;
/// KB Q159298; no public specification.
extern const Family kMta;

}  // namespace pinhole::exchange
