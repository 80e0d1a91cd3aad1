// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one flow of a plan is worth, told from what was seen of it: a verdict, one line that says
// why, and one line that says what to look at next.
//
// Pure: the facts come from verify.hpp, which asks. Texts of peers may stand in `said`; whoever
// prints a judgement escapes it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"

namespace pinhole::inspect {

enum class Verdict : std::uint8_t {
  exact,           // it answers where the plan says; a flow that is no RPC: it connects there
  moved,           // static, on another port
  dynamic,         // on a port of the dynamic range
  not_registered,  // the mapper does not know the interface
  blocked,         // no connection
  wrong_service,   // a connection to something else
  not_verifiable,  // cannot be tried from here
};

/// Where a flow failed.
enum class Where : std::uint8_t { nowhere, here, mapper, service };

/// How an attempt to open a TCP connection ended.
enum class Contact : std::uint8_t {
  untried,
  open,
  timeout,      // no answer at all
  refused,      // a reset, or ICMP port unreachable where `reporter` is set
  unreachable,  // an ICMP message said so
  local,        // this machine could not even ask: no route, no permission, no descriptor
};

/// Type and code of an ICMP or ICMPv6 message.
struct Icmp {
  std::uint8_t type = 0;
  std::uint8_t code = 0;

  friend bool operator==(const Icmp&, const Icmp&) = default;
};

struct Touch {
  Contact contact = Contact::untried;
  std::string reporter;  // the address that sent the ICMP message; empty: none came
  std::string text;      // what it said, or the system's error
  std::optional<Icmp> icmp = {};

  friend bool operator==(const Touch&, const Touch&) = default;
};

/// What came of a bind, or of the calls to the mapper, on an open connection.
enum class Talk : std::uint8_t {
  untried,
  accepted,
  refused,  // an RPC server, and not for this
  foreign,  // no RPC, or the peer broke off
  silent,   // no answer in time
};

/// How a flow is tried.
enum class Way : std::uint8_t {
  none,
  mapper,        // the endpoint mapper itself
  map_and_bind,  // asks the mapper, then binds where it says
  bind,          // binds at the port that the plan has: RPC over HTTP
  connect,       // opens a connection: no RPC, or an interface that nobody knows
};

struct InterfaceFacts {
  std::string id;                    // of the catalogue
  std::vector<std::uint16_t> ports;  // as the mapper says; empty: not registered
  std::uint16_t tried = 0;           // where it was bound
  Touch touch = {};
  Talk talk = Talk::untried;
  std::string said = {};
};

/// What the server's registry holds for the flow's setting.
struct RegistryFact {
  std::optional<std::uint16_t> port;  // nothing: no value
};

struct FlowFacts {
  Way way = Way::none;
  std::string why_none;  // for Way::none
  std::string address;   // of the target
  std::string service;   // short name
  PortSet planned;
  bool meant_dynamic = false;  // the plan leaves the port in the dynamic range
  PortRange dynamic;           // of the target
  catalogue::Restart restart = catalogue::Restart::service;
  std::optional<RegistryFact> registry;

  Touch mapper = {};
  Talk mapper_talk = Talk::untried;
  std::string mapper_said = {};
  std::vector<InterfaceFacts> interfaces = {};
  Touch contact = {};  // of Way::connect
};

/// Why a service is not on the planned port; only where the registry was given.
enum class Cause : std::uint8_t { unknown, not_restarted, wrong_value };

struct Judgement {
  Verdict verdict = Verdict::not_verifiable;
  Where where = Where::nowhere;
  Contact contact = Contact::untried;  // of what was blocked
  std::string reporter;                // who said that it is
  Cause cause = Cause::unknown;
  std::vector<std::uint16_t> seen;  // the ports of the interfaces that decided
  std::string reason;               // one line
  std::string advice;               // one line; empty: nothing to do
};

[[nodiscard]] Judgement judge(const FlowFacts& facts);

/// `not registered`; as words for eyes.
[[nodiscard]] std::string_view to_string(Verdict verdict);
/// `not-registered`; as documents and rule ids have it.
[[nodiscard]] std::string_view word_of(Verdict verdict);
[[nodiscard]] std::string_view to_string(Where where);
[[nodiscard]] std::string_view to_string(Contact contact);
[[nodiscard]] std::string_view to_string(Cause cause);

/// True for what makes `pinhole verify` answer no.
[[nodiscard]] bool fails(Verdict verdict);

}  // namespace pinhole::inspect
