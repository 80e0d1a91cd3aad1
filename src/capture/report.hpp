// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an analysis found: who used which interface of which server on which port, and how it had
// learned the port. Values only.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "capture/connections.hpp"
#include "dcerpc/pdu.hpp"
#include "dcerpc/syntax.hpp"
#include "epm/protocol_sequence.hpp"

namespace pinhole::capture {

/// How many kinds of oddity the observer knows.
inline constexpr std::size_t kOddities = 11;

enum class Asked : std::uint8_t { ept_map, ept_lookup };
[[nodiscard]] std::string_view to_string(Asked asked);

/// One thing that a mapper told a client, however often it did.
struct Answer {
  IpAddress client;
  Endpoint mapper;
  bool http = false;  // asked over ncacn_http
  Asked how = Asked::ept_map;
  dcerpc::SyntaxId interface;
  epm::ProtocolSequence sequence = epm::ProtocolSequence::unknown;
  IpAddress address;       // of the tower; unspecified where it names none
  std::uint16_t port = 0;  // 0: not registered, or no TCP port
  std::uint64_t count = 0;
  std::uint64_t connections = 0;  // opened to this port by this client afterwards
  Time first = 0;
  Time last = 0;
};

struct OperationUse {
  std::uint64_t calls = 0;
  std::uint64_t answers = 0;
  std::uint64_t faults = 0;
};

/// One interface in the connections of a conversation.
struct InterfaceUse {
  /// None: calls in contexts whose negotiation was not seen.
  std::optional<dcerpc::SyntaxId> interface;
  std::uint64_t proposed = 0;  // in binds and alter_contexts
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::optional<dcerpc::ContextAnswer> rejection;  // the last one
  bool ndr = false;
  bool ndr64 = false;
  std::map<std::uint16_t, OperationUse> operations;  // by opnum
  std::map<std::uint32_t, std::uint64_t> faults;     // by status
  std::array<std::uint64_t, 2> octets{};             // of requests and answers, by direction
  Time first = 0;
  Time last = 0;
  std::optional<std::size_t> answer;  // of `answers`: where the client had the port from

  [[nodiscard]] std::uint64_t calls() const;
};

/// All connections of a client to one port of a server.
struct Conversation {
  IpAddress client;
  Endpoint server;
  std::uint64_t connections = 0;  // opened and answered, or open already
  std::uint64_t unanswered = 0;   // SYN and nothing
  std::uint64_t refused = 0;      // SYN and a reset
  std::uint64_t resets = 0;       // ended by a reset
  std::uint64_t midway = 0;       // of `connections`: open when the capture began
  std::uint64_t rpc = 0;          // of `connections`: spoke DCE/RPC
  std::uint64_t other = 0;        // of `connections`: spoke something else
  std::uint64_t http = 0;         // of `rpc`: with the banner of ncacn_http
  std::uint64_t naks = 0;         // binds refused whole
  std::uint64_t gaps = 0;
  std::uint64_t lost = 0;                           // octets of these
  std::array<std::uint64_t, kOddities> oddities{};  // by dcerpc::Oddity
  std::array<std::uint64_t, 2> octets{};            // by direction
  Time first = 0;
  Time last = 0;
  std::optional<std::size_t> answer;  // of `answers`: which told the client this port
  std::vector<InterfaceUse> interfaces;
};

struct Counts {
  std::uint64_t packets = 0;
  std::uint64_t octets = 0;         // captured
  std::uint64_t cut = 0;            // packets that the capture cut short
  std::uint64_t unknown_links = 0;  // packets of a link type that is not known
  std::uint64_t fragments = 0;
  std::uint64_t datagrams_given_up = 0;
  std::uint64_t segments = 0;
  std::uint64_t repeated = 0;    // octets sent again
  std::uint64_t evicted = 0;     // connections ended for being too many
  std::uint64_t shed = 0;        // connections whose half-read PDUs were dropped for memory
  std::uint64_t rows_left = 0;   // facts without a row, for the limit
  std::uint64_t unreadable = 0;  // answers of mappers that did not decode: sealed, cut, malformed
};

struct Report {
  std::vector<Conversation> conversations;  // by server, port, client
  std::vector<Answer> answers;
  Counts counts;
  Time first = 0;
  Time last = 0;
};

}  // namespace pinhole::capture
