// SPDX-License-Identifier: Apache-2.0
#pragma once
// The endpoint mapper as an RPC interface over an endpoint map.
//
// Anybody may look up and map. Changes are taken only over the local socket, from uid 0, the
// mapper's own uid or a listed one; an entry belongs to the connection that inserted it.

#include <cstdint>
#include <memory>
#include <vector>

#include "epm/map.hpp"
#include "rpc/interface.hpp"

namespace pinhole::epm {

struct AccessRules {
  std::uint32_t own_uid = 0;
  std::vector<std::uint32_t> uids;  // that may change the map besides uid 0 and own_uid
};

/// The interface e1af8308-5d1f-11c9-91a4-08002b14a0fa 3.0 on `map`, which must outlive it.
/// `mapper` is the object that ept_inq_object answers. The caller erases what a connection
/// inserted when it ends: map.erase_owner({connection}).
[[nodiscard]] std::shared_ptr<rpc::Interface> make_endpoint_mapper(EndpointMap& map,
                                                                   AccessRules rules,
                                                                   const Uuid& mapper);

}  // namespace pinhole::epm
