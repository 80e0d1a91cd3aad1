// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the facts of all connections come together: bounded, whatever happens.

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "capture/limits.hpp"
#include "capture/report.hpp"

namespace pinhole::capture {

class Ledger {
 public:
  explicit Ledger(const Limits& limits) : limits_(limits) {}

  /// The row of a connection; nullptr where there is no room. Valid until `take`.
  Conversation* conversation(const Connection& connection);
  /// The row of an interface there; none: of calls whose negotiation was not seen.
  InterfaceUse* interface(Conversation& conversation,
                          const std::optional<dcerpc::SyntaxId>& interface, Time time);
  OperationUse* operation(InterfaceUse& use, std::uint16_t opnum);
  void fault(InterfaceUse& use, std::uint32_t status);

  /// Told once for each tower of an answer.
  void answer(Answer answer);
  /// The latest answer that told this client this port of this server; with `interface` first the
  /// one about it, also where the mapper asked was at another address of the server. What was told
  /// after `before` was not heeded.
  [[nodiscard]] std::optional<std::size_t> find_answer(
      const IpAddress& client, const Endpoint& server,
      const std::optional<dcerpc::SyntaxId>& interface, Time before) const;
  void count_connection(std::size_t answer) { ++report_.answers[answer].connections; }

  [[nodiscard]] Counts& counts() { return report_.counts; }
  /// Everything, in order; the ledger is empty then.
  [[nodiscard]] Report take();

 private:
  using ConversationKey = std::tuple<IpAddress, Endpoint>;
  using AnswerKey = std::tuple<IpAddress, Endpoint, Asked, dcerpc::SyntaxId, epm::ProtocolSequence,
                               IpAddress, std::uint16_t>;
  bool room();

  const Limits limits_;
  Report report_;  // its conversations stand in `conversations_` until they are taken
  std::map<ConversationKey, Conversation> conversations_;
  std::map<AnswerKey, std::size_t> answers_;
  std::map<std::tuple<IpAddress, std::uint16_t>, std::vector<std::size_t>> by_port_;
  std::size_t rows_ = 0;
};

}  // namespace pinhole::capture
