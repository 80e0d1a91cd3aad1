// SPDX-License-Identifier: Apache-2.0
#include "host/limits.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/address.hpp"

namespace pinhole::host {
namespace {

struct Row {
  std::string_view name;
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::string_view about;
  std::uint64_t (*get)(const Limits&) = nullptr;
  void (*set)(Limits&, std::uint64_t) = nullptr;
};

template <class Number>
void assign(Number& to, std::uint64_t number) {
  to = static_cast<Number>(number);
}

std::uint64_t count(std::chrono::seconds seconds) {
  return static_cast<std::uint64_t>(seconds.count());
}

std::chrono::seconds seconds(std::uint64_t number) {
  return std::chrono::seconds(static_cast<std::int64_t>(number));
}

using Number = std::uint64_t;
constexpr Number kMany = 1'000'000'000;

constexpr std::array<Row, 11> kRows{{
    {"calls", 1, 65535, "calls in progress on one association",
     [](const Limits& l) -> Number { return l.association.max_calls; },
     [](Limits& l, Number n) { assign(l.association.max_calls, n); }},
    {"connections", 1, kMany, "connections to one process",
     [](const Limits& l) -> Number { return l.sessions.connections; },
     [](Limits& l, Number n) { assign(l.sessions.connections, n); }},
    {"contexts", 1, 65535, "presentation contexts of one association",
     [](const Limits& l) -> Number { return l.association.max_contexts; },
     [](Limits& l, Number n) { assign(l.association.max_contexts, n); }},
    {"establish", 1, kMany, "seconds from connect until the peer has bound",
     [](const Limits& l) { return count(l.sessions.establish); },
     [](Limits& l, Number n) { l.sessions.establish = seconds(n); }},
    {"fragment", 1432, 65535, "octets of a fragment",
     [](const Limits& l) -> Number { return l.association.max_fragment; },
     [](Limits& l, Number n) { assign(l.association.max_fragment, n); }},
    {"handles-per-client", 1, kMany, "context handles of one client address",
     [](const Limits& l) -> Number { return l.groups.handles_per_client; },
     [](Limits& l, Number n) { assign(l.groups.handles_per_client, n); }},
    {"handles-per-group", 1, kMany, "context handles of one association group",
     [](const Limits& l) -> Number { return l.groups.handles_per_group; },
     [](Limits& l, Number n) { assign(l.groups.handles_per_group, n); }},
    {"idle", 1, kMany, "seconds that a connection may be idle",
     [](const Limits& l) { return count(l.sessions.idle); },
     [](Limits& l, Number n) { l.sessions.idle = seconds(n); }},
    {"map-entries", 1, kMany, "entries of the endpoint map",
     [](const Limits& l) -> Number { return l.map.max_entries; },
     [](Limits& l, Number n) { assign(l.map.max_entries, n); }},
    {"request", 1432, 0xffffffff, "octets of a reassembled request",
     [](const Limits& l) -> Number { return l.association.max_request; },
     [](Limits& l, Number n) { assign(l.association.max_request, n); }},
    {"write", 1, kMany, "seconds for a peer that takes nothing of what is sent",
     [](const Limits& l) { return count(l.sessions.write); },
     [](Limits& l, Number n) { l.sessions.write = seconds(n); }},
}};

tl::unexpected<Diagnostics> bad_limit(const std::string& text, std::string message) {
  return failure({"bad-limit",
                  Severity::error,
                  {"--set " + text, 0, 0, {}},
                  std::move(message),
                  "`pinhole serve --help` lists the limits",
                  Exit::usage});
}

}  // namespace

std::vector<LimitInfo> limit_infos() {
  const Limits defaults;
  std::vector<LimitInfo> infos;
  infos.reserve(kRows.size());
  for (const Row& row : kRows) {
    infos.push_back({row.name, row.least, row.most, row.get(defaults), row.about});
  }
  return infos;
}

Checked<std::map<std::string, std::uint64_t>> parse_limits(const std::vector<std::string>& texts) {
  std::map<std::string, std::uint64_t> limits;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto* row = std::ranges::find(kRows, name, &Row::name);
    if (equals == std::string::npos || row == kRows.end()) {
      return bad_limit(text, "no limit of this name, or no number");
    }
    const auto number = parse_decimal(text.substr(equals + 1), row->least, row->most);
    if (!number) {
      return bad_limit(text,
                       fmt::format("{} takes a number from {} to {}", name, row->least, row->most));
    }
    limits[name] = *number;
  }
  return limits;
}

Limits limits_with(const std::map<std::string, std::uint64_t>& changes) {
  Limits limits;
  for (const Row& row : kRows) {
    const auto change = changes.find(std::string(row.name));
    if (change != changes.end()) {
      row.set(limits, change->second);
    }
  }
  return limits;
}

}  // namespace pinhole::host
