// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "exchange/family.hpp"

namespace pinhole::exchange {
namespace {

// 17 and 18 are named by [MS-NSPI] only, 15 by neither.
constexpr auto kOperations = std::to_array<OperationName>({{0, "NspiBind"},
                                                           {1, "NspiUnbind"},
                                                           {2, "NspiUpdateStat"},
                                                           {3, "NspiQueryRows"},
                                                           {4, "NspiSeekEntries"},
                                                           {5, "NspiGetMatches"},
                                                           {6, "NspiResortRestriction"},
                                                           {7, "NspiDNToMId"},
                                                           {8, "NspiGetPropList"},
                                                           {9, "NspiGetProps"},
                                                           {10, "NspiCompareMIds"},
                                                           {11, "NspiModProps"},
                                                           {12, "NspiGetSpecialTable"},
                                                           {13, "NspiGetTemplateInfo"},
                                                           {14, "NspiModLinkAtt"},
                                                           {16, "NspiQueryColumns"},
                                                           {17, "NspiGetNamesFromIDs"},
                                                           {18, "NspiGetIDsFromNames"},
                                                           {19, "NspiResolveNames"},
                                                           {20, "NspiResolveNamesW"}});

}  // namespace

const Family kNspi{{"f5cc5a18-4264-101a-8c59-08002b2f8426"_uuid, 56, 0}, kOperations};

}  // namespace pinhole::exchange
