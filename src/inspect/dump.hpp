// SPDX-License-Identifier: Apache-2.0
#pragma once
// Asks endpoint mappers for everything they have, many at once, and optionally tries each endpoint.
//
// What a mapper answers is a claim: towers that do not decode are kept as such, entries are
// bounded, and an endpoint is tried at the host that was asked, whatever address its tower names.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "epm/tower.hpp"
#include "transport/client.hpp"

namespace pinhole::inspect {

struct DumpEntry {
  Uuid object;
  std::string annotation;     // as the mapper sent it: escape it
  epm::Tower tower;           // sequence `unknown` and nil interface where it does not decode
  bool version_known = true;  // false: read from a listing, which names no version
  std::optional<bool> ping;   // mgmt is_server_listening; no value: not tried or not triable
};

struct DumpTarget {
  std::string name;  // as the user wrote it
  std::string host;
  std::uint16_t port = 135;
};

struct TargetDump {
  DumpTarget target;
  std::vector<DumpEntry> entries;
  std::optional<transport::ClientError> error;  // what ended it; `entries` are those until then
};

struct DumpOptions {
  std::optional<dcerpc::SyntaxId> interface;  // only this one
  bool any_version = false;                   // of `interface`
  bool ping = false;
  std::chrono::milliseconds timeout{5000};  // for the connect and for each call
  std::size_t at_once = 256;                // targets, and endpoints of one target
  std::size_t max_entries = 1'000'000;      // of one target
};

/// The dumps in the order of the targets.
[[nodiscard]] std::vector<TargetDump> dump(const std::vector<DumpTarget>& targets,
                                           const DumpOptions& options);

struct MapAnswer {
  std::vector<epm::Tower> towers;  // empty: not registered
  std::optional<transport::ClientError> error;
};

/// One ept_map for `interface` over `sequence`, NDR as the transfer syntax.
[[nodiscard]] MapAnswer map(const DumpTarget& target, const dcerpc::SyntaxId& interface,
                            epm::ProtocolSequence sequence, std::chrono::milliseconds timeout);

/// `HOST[:PORT]` as a target, port 135 by default; a failure has exit code 2.
[[nodiscard]] Checked<DumpTarget> parse_target(const std::string& text);

/// `ncacn_ip_tcp:10.0.0.5[1218]`; the host that was asked stands for an unspecified address.
[[nodiscard]] std::string binding_of(const epm::Tower& tower, const std::string& host);

}  // namespace pinhole::inspect
