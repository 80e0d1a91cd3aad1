// SPDX-License-Identifier: Apache-2.0
#include "capture/ledger.hpp"

#include <algorithm>

namespace pinhole::capture {
namespace {

/// Interfaces of one conversation, each of which is looked for in turn.
constexpr std::size_t kMostInterfaces = 256;
/// Answers that one client has about one port, looked at in turn.
constexpr std::size_t kMostOfPort = 256;
constexpr std::size_t kMostStatuses = 64;

}  // namespace

std::string_view to_string(Asked asked) {
  return asked == Asked::ept_map ? "ept_map" : "ept_lookup";
}

std::uint64_t InterfaceUse::calls() const {
  std::uint64_t sum = 0;
  for (const auto& [opnum, operation] : operations) {
    sum += operation.calls;
  }
  return sum;
}

bool Ledger::room() {
  if (rows_ >= limits_.rows) {
    ++report_.counts.rows_left;
    return false;
  }
  ++rows_;
  return true;
}

Conversation* Ledger::conversation(const Connection& connection) {
  const ConversationKey key(connection.client.address, connection.server);
  auto found = conversations_.find(key);
  if (found == conversations_.end()) {
    if (!room()) {
      return nullptr;
    }
    found = conversations_.try_emplace(key).first;
    found->second.client = connection.client.address;
    found->second.server = connection.server;
    found->second.first = connection.first;
    found->second.last = connection.first;
  }
  return &found->second;
}

InterfaceUse* Ledger::interface(Conversation& conversation,
                                const std::optional<dcerpc::SyntaxId>& interface, Time time) {
  auto& uses = conversation.interfaces;
  auto found = std::ranges::find(uses, interface, &InterfaceUse::interface);
  if (found == uses.end()) {
    if (uses.size() >= kMostInterfaces) {
      ++report_.counts.rows_left;
      return nullptr;
    }
    if (!room()) {
      return nullptr;
    }
    InterfaceUse made;
    made.interface = interface;
    made.first = time;
    if (interface) {
      made.answer = find_answer(conversation.client, conversation.server, interface, time);
    }
    uses.push_back(std::move(made));
    found = uses.end() - 1;
  }
  found->last = std::max(found->last, time);
  return &*found;
}

OperationUse* Ledger::operation(InterfaceUse& use, std::uint16_t opnum) {
  auto found = use.operations.find(opnum);
  if (found == use.operations.end()) {
    if (!room()) {
      return nullptr;
    }
    found = use.operations.try_emplace(opnum).first;
  }
  return &found->second;
}

void Ledger::fault(InterfaceUse& use, std::uint32_t status) {
  if (use.faults.size() < kMostStatuses || use.faults.contains(status)) {
    ++use.faults[status];
  } else {
    ++report_.counts.rows_left;
  }
}

void Ledger::answer(Answer answer) {
  const AnswerKey key(answer.client, answer.mapper, answer.how, answer.interface, answer.sequence,
                      answer.address, answer.port);
  auto found = answers_.find(key);
  if (found == answers_.end()) {
    auto& of_port = by_port_[{answer.client, answer.port}];
    if (report_.answers.size() >= limits_.answers || of_port.size() >= kMostOfPort) {
      ++report_.counts.rows_left;
      return;
    }
    answer.first = answer.last;
    found = answers_.emplace(key, report_.answers.size()).first;
    of_port.push_back(found->second);
    report_.answers.push_back(answer);
  }
  Answer& known = report_.answers[found->second];
  ++known.count;
  known.last = std::max(known.last, answer.last);
}

std::optional<std::size_t> Ledger::find_answer(const IpAddress& client, const Endpoint& server,
                                               const std::optional<dcerpc::SyntaxId>& interface,
                                               Time before) const {
  const auto of_port = by_port_.find({client, server.port});
  if (of_port == by_port_.end()) {
    return std::nullopt;
  }
  const auto rank = [&](const Answer& answer) {
    const bool here = answer.address == server.address || answer.mapper.address == server.address;
    const bool about = interface && answer.interface.uuid == interface->uuid;
    return (here ? 2 : 0) + (about ? 1 : 0) * (interface ? 3 : 0);
  };
  std::optional<std::size_t> best;
  for (const std::size_t each : of_port->second) {
    const Answer& answer = report_.answers[each];
    const int its = rank(answer);
    if (its == 0 || answer.first > before) {
      continue;
    }
    const int bests = best ? rank(report_.answers[*best]) : 0;
    if (!best || its > bests || (its == bests && answer.last >= report_.answers[*best].last)) {
      best = each;
    }
  }
  return best;
}

Report Ledger::take() {
  for (auto& [key, conversation] : conversations_) {
    report_.conversations.push_back(std::move(conversation));
  }
  conversations_.clear();
  answers_.clear();
  by_port_.clear();
  rows_ = 0;
  std::ranges::sort(report_.conversations, {},
                    [](const Conversation& each) { return std::tie(each.server, each.client); });
  return std::exchange(report_, {});
}

}  // namespace pinhole::capture
