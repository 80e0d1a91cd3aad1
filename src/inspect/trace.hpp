// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a capture shows, judged: each interface that a client used of a server, whether its port is
// static, whether a plan has it, and what a plan has and nobody used. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/port_set.hpp"
#include "capture/report.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"

namespace pinhole::inspect {

/// What became of an interface, or of a connection that came to none.
enum class TraceState : std::uint8_t {
  used,          // negotiated and called
  negotiated,    // accepted and never called
  rejected,      // proposed and refused
  proposed,      // no answer to the proposal was seen
  unnegotiated,  // called, and its negotiation was not seen
  unanswered,    // SYN without an answer
  refused,       // SYN answered by a reset
  silent,        // connected and nothing said
  not_rpc,       // something else was spoken
};
[[nodiscard]] std::string_view word_of(TraceState state);

/// What a port is, and by what.
enum class PortKind : std::uint8_t { mapper, fixed, dynamic, either };
[[nodiscard]] std::string_view word_of(PortKind kind);

enum class Planned : std::uint8_t {
  unasked,  // there is no plan
  yes,
  no,
  outside,  // the plan does not know the server
};
[[nodiscard]] std::string_view word_of(Planned planned);

struct TraceRow {
  std::size_t conversation = 0;          // of the report's
  std::optional<std::size_t> interface;  // of the conversation's; none: of the whole connection
  TraceState state = TraceState::used;
  /// The interface; of a connection that came to none those that the mapper had named there; of
  /// calls without negotiation what the mapper names, where it names one.
  std::vector<dcerpc::SyntaxId> about;
  std::optional<std::size_t> answer;  // of the report's: where the client had the port from
  PortKind kind = PortKind::either;
  std::string kind_by;  // plan, range, moved; empty for the mapper
  Planned planned = Planned::unasked;
  std::vector<std::size_t> flows;  // of the plan, that have it
  std::string remark;              // why not
};

struct TraceFlow {
  std::size_t flow = 0;
  bool judged = true;             // false: UDP, which is not followed
  std::uint64_t connections = 0;  // seen
  std::uint64_t failed = 0;       // tried in vain
};

struct Trace {
  std::string source;  // file or interface
  capture::Report report;
  std::vector<TraceRow> rows;
  std::vector<TraceFlow> flows;  // with a plan
  std::string cut;               // why the capture's reading ended early; empty: it did not
  std::uint64_t dropped = 0;     // packets lost while capturing live
};

struct TraceOptions {
  const plan::Plan* plan = nullptr;
  /// The default dynamic range of this product; nullptr: those of all products.
  const catalogue::Product* product = nullptr;
};

[[nodiscard]] Trace make_trace(capture::Report report, const catalogue::Catalogue& catalogue,
                               const TraceOptions& options);

/// False where something is not in the plan, or is and was tried in vain.
[[nodiscard]] bool is_good(const Trace& trace);

/// `emsmdb`, or the identifier where no name is known.
[[nodiscard]] std::string interface_text(const catalogue::Catalogue& catalogue,
                                         const dcerpc::SyntaxId& id);

/// `2026-11-21T10:00:00.123456Z`
[[nodiscard]] std::string time_text(capture::Time time);

}  // namespace pinhole::inspect
