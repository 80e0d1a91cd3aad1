// SPDX-License-Identifier: Apache-2.0
#pragma once
// A server of fixed words: a script of what it says after each of our messages, given whole and cut
// at every octet; both must come to the same finding.

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/table.hpp"

namespace pinhole::probe {

struct Heard {
  Finding finding;
  std::vector<std::string> sent;  // by us, message by message
  Step::Then end = Step::Then::wait;
};

inline Context about(std::uint32_t nonce, std::string domain = {}) {
  Context context;
  context.nonce = nonce;
  context.domain = std::move(domain);
  return context;
}

inline std::string text(const Bytes& bytes) {
  return std::string(text_of(bytes));
}

inline std::string octets(std::string_view hex) {
  return text(from_hex(hex));
}

/// Each of `says` is said as soon as we have answered the one before; after the last the peer ends.
inline Heard talk_to(const Row& row, const std::vector<std::string>& says, std::size_t cut,
                     Context context) {
  context.tls = row.tls;
  if (!context.interface) {
    context.interface = row.interface;
  }
  const TalkPointer talk = row.make(context);
  Heard heard;
  Step step = talk->start();
  const auto keep = [&] {
    if (!step.send.empty()) {
      heard.sent.push_back(text(step.send));
    }
    heard.end = step.then;
    if (step.then == Step::Then::reconnect) {
      step = talk->start();
      heard.sent.push_back(text(step.send));
      heard.end = step.then;
    }
  };
  keep();
  for (const std::string& each : says) {
    for (std::size_t at = 0; at < each.size() && heard.end == Step::Then::wait; at += cut) {
      step = talk->on_bytes(bytes_of(std::string_view(each).substr(at, cut)));
      keep();
    }
  }
  if (heard.end == Step::Then::wait) {
    talk->on_end();
  }
  heard.finding = talk->finding();
  return heard;
}

inline const Row& row_of(std::string_view service, Transport transport = Transport::tcp) {
  const auto rows = rows_of_service(service);
  return **std::ranges::find(rows, transport, &Row::transport);
}

inline std::string fact_of(const Finding& finding, std::string_view name) {
  const auto at = std::ranges::find(finding.facts, name, &Fact::name);
  return at == finding.facts.end() ? std::string("(no such fact)") : at->value;
}

}  // namespace pinhole::probe
