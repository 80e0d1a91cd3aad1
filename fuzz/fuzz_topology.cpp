// rooms: plan catalogue
// SPDX-License-Identifier: Apache-2.0
// Any text is a topology that holds together, or a list of mistakes with places and remedies.
#include <string_view>

#include "base/bytes.hpp"
#include "plan/topology_lookup.hpp"
#include "plan/topology_read.hpp"
#include "require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  using fuzz::require;
  const std::string_view text = text_of(view_of(data, size));
  const auto read = plan::read_topology(text, "fuzz.toml", catalogue::builtin());
  if (!read) {
    fuzz::require_remedies(read.error());
    for (const Diagnostic& diagnostic : read.error()) {
      require(to_string(diagnostic).find('\n') == std::string::npos);
    }
    return 0;
  }
  require(!read->servers.empty());
  for (const plan::Server& server : read->servers) {
    require(server.zone < read->zones.size() && !server.addresses.empty());
    (void)plan::services_on(catalogue::builtin(), server);
  }
  for (const plan::Need& need : read->needs) {
    require(need.client.has_value() != need.server_from.has_value());
    for (const plan::Index server : need.servers) {
      require(server < read->servers.size());
    }
  }
  return 0;
}
