// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "exchange/family.hpp"

namespace pinhole::exchange {
namespace {

constexpr auto kOperations =
    std::to_array<OperationName>({{0, "RfrGetNewDSA"}, {1, "RfrGetFQDNFromServerDN"}});

}  // namespace

const Family kRfri{{"1544f5e0-613c-11d1-93df-00c04fd7bd09"_uuid, 1, 0}, kOperations};

}  // namespace pinhole::exchange
