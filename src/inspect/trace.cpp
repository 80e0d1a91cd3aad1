// SPDX-License-Identifier: Apache-2.0
#include "inspect/trace.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "inspect/trace_plan.hpp"

namespace pinhole::inspect {
namespace {

using capture::Conversation;
using capture::InterfaceUse;

/// Ports of one interface whose times are kept.
constexpr std::size_t kMostPorts = 64;

bool is_mapper_port(std::uint16_t port) {
  return port == 135 || port == 593;
}

TraceState state_of(const InterfaceUse& use) {
  if (!use.interface || (use.calls() != 0 && use.accepted == 0)) {
    return TraceState::unnegotiated;
  }
  if (use.calls() != 0) {
    return TraceState::used;
  }
  if (use.accepted != 0) {
    return TraceState::negotiated;
  }
  return use.rejected != 0 ? TraceState::rejected : TraceState::proposed;
}

/// A client that finds out what features a server knows proposes them under the interface's name,
/// or under a nil one: no use of an interface.
bool is_telling(const InterfaceUse& use) {
  return use.proposed + use.accepted + use.rejected + use.calls() != 0;
}

class Rows {
 public:
  Rows(const capture::Report& report, const catalogue::Catalogue& catalogue,
       const TraceOptions& options, const PlanJudge* judge)
      : report_(report), judge_(judge) {
    collect_ranges(catalogue, options);
    for (const capture::Answer& answer : report.answers) {
      if (answer.port != 0) {
        note_told(answer);
        named_[{answer.client, answer.port}].push_back(&answer);
      }
    }
  }

  std::vector<TraceRow> make() {
    std::vector<TraceRow> rows;
    for (std::size_t i = 0; i < report_.conversations.size(); ++i) {
      add(rows, i);
    }
    return rows;
  }

 private:
  void collect_ranges(const catalogue::Catalogue& catalogue, const TraceOptions& options) {
    for (const catalogue::Product& product : catalogue.products) {
      if (options.product != nullptr && options.product->id != product.id) {
        continue;
      }
      for (const catalogue::DynamicRange& range : product.dynamic_ranges) {
        ranges_.insert(range.range);
        if (options.product != nullptr) {
          break;
        }
      }
    }
  }

  void add(std::vector<TraceRow>& rows, std::size_t index) const {
    const Conversation& talk = report_.conversations[index];
    TraceRow row;
    row.conversation = index;
    row.answer = talk.answer;
    const auto put = [&](TraceState state) {
      row.state = state;
      classify(row, talk);
      rows.push_back(row);
    };
    if (talk.unanswered + talk.refused != 0 || talk.interfaces.empty()) {
      row.about = expected(talk);
    }
    if (talk.unanswered != 0) {
      put(TraceState::unanswered);
    }
    if (talk.refused != 0) {
      put(TraceState::refused);
    }
    if (talk.connections != 0 && talk.rpc == 0) {
      put(talk.other != 0 ? TraceState::not_rpc : TraceState::silent);
    }
    for (std::size_t i = 0; i < talk.interfaces.size(); ++i) {
      const InterfaceUse& use = talk.interfaces[i];
      if (!is_telling(use)) {
        continue;
      }
      row.interface = i;
      row.answer = use.answer ? use.answer : talk.answer;
      row.about = use.interface ? std::vector{*use.interface} : presumed(talk);
      put(state_of(use));
    }
  }

  /// What mappers named to this client at this port.
  [[nodiscard]] std::vector<dcerpc::SyntaxId> expected(const Conversation& talk) const {
    std::vector<dcerpc::SyntaxId> found;
    const auto named = named_.find({talk.client, talk.server.port});
    for (const capture::Answer* answer : named == named_.end() ? Named() : named->second) {
      const bool here =
          answer->address == talk.server.address || answer->mapper.address == talk.server.address;
      if (here && std::ranges::find(found, answer->interface) == found.end()) {
        found.push_back(answer->interface);
      }
    }
    if (found.empty() && is_mapper_port(talk.server.port)) {
      found.push_back(dcerpc::kEndpointMapper);
    }
    return found;
  }

  /// Of calls whose negotiation was not seen: what it must be, where one interface is known there.
  [[nodiscard]] std::vector<dcerpc::SyntaxId> presumed(const Conversation& talk) const {
    auto found = expected(talk);
    return found.size() == 1 ? found : std::vector<dcerpc::SyntaxId>{};
  }

  void classify(TraceRow& row, const Conversation& talk) const {
    const std::uint16_t port = talk.server.port;
    if (judge_ != nullptr) {
      judge_->judge(row, talk);
    }
    if (is_mapper_port(port)) {
      row.kind = PortKind::mapper;
      return;
    }
    if (const auto kind = judge_ != nullptr ? judge_->kind_of(talk.server) : std::nullopt) {
      row.kind = *kind;
      row.kind_by = "plan";
      return;
    }
    if (has_moved(row, talk)) {
      row.kind = PortKind::dynamic;
      row.kind_by = "moved";
      return;
    }
    const auto holds = [&](const PortRange& range) {
      return range.first <= port && port <= range.last;
    };
    row.kind_by = "range";
    row.kind = std::ranges::none_of(ranges_, holds)  ? PortKind::fixed
               : std::ranges::all_of(ranges_, holds) ? PortKind::dynamic
                                                     : PortKind::either;
  }

  /// From when until when a mapper named a port for an interface.
  struct Span {
    epm::ProtocolSequence sequence = epm::ProtocolSequence::unknown;
    std::uint16_t port = 0;
    capture::Time first = 0;
    capture::Time last = 0;
  };

  void note_told(const capture::Answer& answer) {
    auto& spans = told_[{answer.mapper.address, answer.interface}];
    const auto same = std::ranges::find_if(spans, [&](const Span& span) {
      return span.sequence == answer.sequence && span.port == answer.port;
    });
    if (same != spans.end()) {
      same->first = std::min(same->first, answer.first);
      same->last = std::max(same->last, answer.last);
    } else if (spans.size() < kMostPorts) {
      spans.push_back({answer.sequence, answer.port, answer.first, answer.last});
    }
  }

  /// Whether a mapper named this port for the interface at one time, and another at another; two
  /// at the same time are two endpoints.
  [[nodiscard]] bool has_moved(const TraceRow& row, const Conversation& talk) const {
    return std::ranges::any_of(row.about, [&](const dcerpc::SyntaxId& id) {
      const auto told = told_.find({talk.server.address, id});
      return told != told_.end() && id != dcerpc::kManagement &&
             names_another(told->second, talk.server.port);
    });
  }

  static bool names_another(const std::vector<Span>& told, std::uint16_t port) {
    const auto here = std::ranges::find(told, port, &Span::port);
    if (here == told.end()) {
      return false;
    }
    bool apart = false;
    for (const Span& other : told) {
      if (other.port == port || other.sequence != here->sequence) {
        continue;
      }
      if (other.first <= here->last && here->first <= other.last) {
        return false;
      }
      apart = true;
    }
    return apart;
  }

  using Named = std::vector<const capture::Answer*>;

  const capture::Report& report_;
  const PlanJudge* judge_;
  std::set<PortRange> ranges_;
  std::map<std::pair<IpAddress, std::uint16_t>, Named> named_;  // by client and port
  std::map<std::pair<IpAddress, dcerpc::SyntaxId>, std::vector<Span>>
      told_;  // by mapper and interface
};

}  // namespace

std::string_view word_of(TraceState state) {
  switch (state) {
    case TraceState::used:
      return "used";
    case TraceState::negotiated:
      return "negotiated, never used";
    case TraceState::rejected:
      return "rejected";
    case TraceState::proposed:
      return "proposed, no answer";
    case TraceState::unnegotiated:
      return "used, never negotiated";
    case TraceState::unanswered:
      return "no answer";
    case TraceState::refused:
      return "refused";
    case TraceState::silent:
      return "silent";
    case TraceState::not_rpc:
      return "not RPC";
  }
  return "?";
}

std::string_view word_of(PortKind kind) {
  switch (kind) {
    case PortKind::mapper:
      return "mapper";
    case PortKind::fixed:
      return "static";
    case PortKind::dynamic:
      return "dynamic";
    case PortKind::either:
      return "either";
  }
  return "?";
}

std::string_view word_of(Planned planned) {
  switch (planned) {
    case Planned::unasked:
      return "";
    case Planned::yes:
      return "in plan";
    case Planned::no:
      return "not in plan";
    case Planned::outside:
      return "unknown server";
  }
  return "?";
}

Trace make_trace(capture::Report report, const catalogue::Catalogue& catalogue,
                 const TraceOptions& options) {
  Trace trace;
  trace.report = std::move(report);
  std::optional<PlanJudge> judge;
  if (options.plan != nullptr) {
    judge.emplace(*options.plan, catalogue);
  }
  trace.rows = Rows(trace.report, catalogue, options, judge ? &*judge : nullptr).make();
  if (judge) {
    trace.flows = judge->flows(trace.report, trace.rows);
  }
  return trace;
}

bool is_good(const Trace& trace) {
  return std::ranges::none_of(trace.rows, [](const TraceRow& row) {
    const bool in_vain = row.state == TraceState::unanswered || row.state == TraceState::refused;
    return row.planned == Planned::no || (row.planned == Planned::yes && in_vain);
  });
}

std::string interface_text(const catalogue::Catalogue& catalogue, const dcerpc::SyntaxId& id) {
  const std::string_view name = catalogue::interface_name(catalogue, id.uuid, id.major, id.minor);
  return name.empty() ? to_string(id) : std::string(name);
}

std::string time_text(capture::Time time) {
  const std::time_t seconds = time / capture::kSecond;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds),
                     time % capture::kSecond / 1000);
}

}  // namespace pinhole::inspect
