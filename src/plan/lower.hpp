// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a plan to what one device lets through, in the firewall's own terms. Nothing is merged here:
// each flow that crosses becomes a rule that carries its id and its reason.

#include "catalogue/catalogue.hpp"
#include "firewall/model.hpp"
#include "plan/plan.hpp"

namespace pinhole::plan {

/// The task of one device. Its zones are its interfaces, in their order, each with the networks of
/// every zone that it leads to. Translations and hidden zones are those of the device; a server
/// behind a translation that is made later on the way is named by its outside address, a client
/// hidden earlier by the networks that it appears in. A rule whose two zones are the same is for
/// the device itself: a server that is also this device.
[[nodiscard]] firewall::Policy policy_for(const Plan& plan, Index device,
                                          const catalogue::Catalogue& catalogue);

/// The flows of the whole site that leave their zone, by addresses alone: the zones are those of
/// the topology, without interfaces, translations or anti-spoofing.
[[nodiscard]] firewall::Policy policy_by_address(const Plan& plan,
                                                 const catalogue::Catalogue& catalogue);

}  // namespace pinhole::plan
