// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `up` makes, in the order in which it makes it. Whoever calls holds the lab's lock and has
// written the record.

#include <filesystem>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "host/config.hpp"
#include "lab/layout.hpp"
#include "plan/plan.hpp"

namespace pinhole::lab {

/// nftables text for each node of the layout; empty: it filters nothing.
[[nodiscard]] Checked<std::vector<std::string>> rules_of(const plan::Plan& plan,
                                                         const Layout& layout,
                                                         const catalogue::Catalogue& catalogue);

/// Namespaces, wires, addresses, routes, forwarding, and `rules` of the same order as the nodes.
[[nodiscard]] Checked<void> make_network(const plan::Plan& plan, const Layout& layout,
                                         const std::vector<std::string>& rules, int lock);

/// One `serve` of the lab.
struct Server {
  std::string space;
  plan::Index server = 0;
  host::ServeConfig config;
};

/// The nodes with a server that has an Exchange product; each with its state below `folder`. Exit 2
/// where a folder's name becomes too long.
[[nodiscard]] Checked<std::vector<Server>> servers_of(const plan::Plan& plan, const Layout& layout,
                                                      const std::filesystem::path& folder,
                                                      const std::string& data,
                                                      const catalogue::Catalogue& catalogue);

/// Starts all, and returns when each is ready or has failed. `dynamic`: without the plan's values.
[[nodiscard]] Checked<void> start_servers(const plan::Plan& plan,
                                          const std::vector<Server>& servers,
                                          const catalogue::Catalogue& catalogue, bool dynamic,
                                          int lock);

}  // namespace pinhole::lab
