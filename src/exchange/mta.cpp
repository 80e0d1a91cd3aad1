// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "exchange/family.hpp"

namespace pinhole::exchange {
namespace {

constexpr auto kOperations = std::to_array<OperationName>({{0, "MtaBind"}, {1, "MtaBindBack"}});

}  // namespace

const Family kMta{{"9e8ee830-4459-11ce-979b-00aa005ffebe"_uuid, 2, 0}, kOperations};

}  // namespace pinhole::exchange
