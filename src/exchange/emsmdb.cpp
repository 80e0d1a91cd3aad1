// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "exchange/family.hpp"

namespace pinhole::exchange {
namespace {

constexpr auto kOperations = std::to_array<OperationName>({{1, "EcDoDisconnect"},
                                                           {4, "EcRRegisterPushNotification"},
                                                           {6, "EcDummyRpc"},
                                                           {10, "EcDoConnectEx"},
                                                           {11, "EcDoRpcExt2"},
                                                           {14, "EcDoAsyncConnectEx"}});
constexpr auto kAsyncOperations = std::to_array<OperationName>({{0, "EcDoAsyncWaitEx"}});

}  // namespace

const Family kEmsmdb{{"a4f1db00-ca47-1067-b31f-00dd010662da"_uuid, 0, 81}, kOperations};
const Family kAsyncEmsmdb{{"5261574a-4572-206e-b268-6b199213b4e4"_uuid, 0, 1}, kAsyncOperations};

}  // namespace pinhole::exchange
