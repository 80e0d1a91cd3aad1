// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is known of a server's present state: its registry, and what it showed when somebody asked.
// Each part is absent where nobody looked.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "base/uuid.hpp"
#include "registry/key.hpp"

namespace pinhole::plan {

/// One socket that listens, by netstat.
struct HeldPort {
  std::uint16_t port = 0;
  bool udp = false;
  IpAddress address;    // unspecified: all addresses
  std::string process;  // image name, in lower case; empty where netstat did not say
  Place place;          // line in the listing

  friend bool operator==(const HeldPort&, const HeldPort&) = default;
};

/// One entry of the endpoint map, of a dump or an rpcdump listing.
struct SeenEndpoint {
  Uuid interface;
  std::optional<std::uint16_t> major;  // absent in rpcdump listings
  std::optional<std::uint16_t> minor;
  std::string protocol_sequence;  // ncacn_ip_tcp
  std::string endpoint;           // 56001
  std::string annotation;
  Place place;

  friend bool operator==(const SeenEndpoint&, const SeenEndpoint&) = default;
};

/// One appSettings entry of a .config file, or one parameter of [global] in smb.conf.
struct NamedText {
  std::string name;
  std::string value;
  Place place;

  friend bool operator==(const NamedText&, const NamedText&) = default;
};

struct State {
  std::string name;                       // of the server; empty where a file was given alone
  std::optional<registry::Key> registry;  // from above HKEY_LOCAL_MACHINE, as View::portable_tree
  std::string registry_name;              // file of the registry, for places
  std::optional<std::vector<HeldPort>> held;
  std::optional<std::vector<SeenEndpoint>> endpoints;
  std::optional<std::vector<NamedText>> app_settings;
  std::optional<std::vector<NamedText>> smb_conf;
};

}  // namespace pinhole::plan
