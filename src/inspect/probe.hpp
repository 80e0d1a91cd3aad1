// SPDX-License-Identifier: Apache-2.0
#pragma once
// Speaks to servers as their clients would, many at once, to say which service answers on which
// port (the room `probe` has the conversations) or why none does.
//
// No answer over UDP is told apart from a closed port only by an ICMP message; without one it is
// `open or filtered`, and nothing better can be said.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "inspect/tls.hpp"
#include "inspect/verdict.hpp"
#include "probe/table.hpp"

namespace pinhole::inspect {

enum class ProbeState : std::uint8_t {
  speaks,
  silent,            // it takes the connection and says nothing
  something_else,    // it answers, and not as this service does
  closed,            // a reset; over UDP: ICMP port unreachable from the target itself
  filtered,          // no answer to the connect
  open_or_filtered,  // UDP: no answer
  unreachable,       // an ICMP message said so
  local,             // this machine could not ask
  unresolved,        // the name has no address
  unfinished,        // the time for all was over
};

/// `open, something else`; as words for eyes.
[[nodiscard]] std::string_view to_string(ProbeState state);
/// `something-else`; as documents have it.
[[nodiscard]] std::string_view word_of(ProbeState state);

struct ProbeTask {
  std::string target;  // as the user wrote it
  std::string host;
  std::uint16_t port = 0;
  const probe::Row* row = nullptr;
};

struct ProbeResult {
  ProbeTask task;
  std::string address;  // empty: none was found
  ProbeState state = ProbeState::unfinished;
  std::string said;  // of the peer: escape it; or why, in our words
  std::vector<probe::Fact> facts;
  std::optional<TlsFacts> tls;
  std::string reporter;  // who sent the ICMP message
  std::optional<Icmp> icmp;
};

struct ProbeOptions {
  std::string domain;                         // of a DNS query, and as Kerberos' realm
  std::optional<dcerpc::SyntaxId> interface;  // instead of the row's, where it binds one
  std::chrono::milliseconds timeout{5000};    // for each connect and each answer
  std::chrono::milliseconds within{60000};    // for all of it
  std::size_t at_once = 256;
  std::function<void(std::size_t, std::size_t)> progress = {};
};

/// One result for each task and each address of its host, in that order. A conversation ends after
/// four times the timeout, and after probe::kMostHeard octets.
[[nodiscard]] std::vector<ProbeResult> run_probes(const std::vector<ProbeTask>& tasks,
                                                  const ProbeOptions& options);

enum class ProbeScope : std::uint8_t {
  named,     // each of the tasks was asked for
  port,      // what a port is for: of the services that share it, one
  survey,    // every service at its own port: not all need be there
  identify,  // every service at one port: one is enough
};

/// What `pinhole probe` answers: `good`, `no`, or `environment` where this machine could not ask.
[[nodiscard]] Exit verdict_of(const std::vector<ProbeResult>& results, ProbeScope scope);

}  // namespace pinhole::inspect
