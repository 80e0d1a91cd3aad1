// SPDX-License-Identifier: Apache-2.0
#include "capture/follower.hpp"

#include <algorithm>

#include "epm/operations.hpp"
#include "epm/tower.hpp"

namespace pinhole::capture {
namespace {

using dcerpc::ObservedCall;
using dcerpc::ObservedStub;
using dcerpc::PacketType;

constexpr std::string_view kBanner = "ncacn_http/1.0";
/// So much of a connection is searched for a first PDU; then it speaks something else.
constexpr std::uint64_t kSearched = 64UL << 10U;
/// Calls to a mapper whose answers are outstanding.
constexpr std::size_t kMostAsked = 64;
constexpr dcerpc::ObserverLimits kObserver{
    .max_stub = 512U << 10U, .max_calls = 64, .max_contexts = 64};

ndr::Format format_of(const ObservedCall& call, const ObservedStub& stub) {
  const bool wide = call.agreed && call.agreed->transfer_syntax == dcerpc::kNdr64;
  return {stub.order, wide ? ndr::Syntax::ndr64 : ndr::Syntax::ndr32};
}

/// Where the negotiation was missed, whoever is called on its ports is the mapper.
bool is_mapper(const ObservedCall& call, const Endpoint& server) {
  return call.agreed ? call.agreed->interface.uuid == dcerpc::kEndpointMapper.uuid
                     : server.port == 135 || server.port == 593;
}

std::size_t at(Direction direction) {
  return static_cast<std::size_t>(direction);
}

}  // namespace

std::optional<Direction> direction_of(ByteView octets) {
  if (text_of(octets).starts_with(kBanner)) {
    return Direction::to_client;
  }
  const dcerpc::Framed framed = dcerpc::frame(octets, 65535);
  const auto* fragment = std::get_if<dcerpc::Fragment>(&framed);
  if (octets.size() < dcerpc::kHeaderSize || std::holds_alternative<WireError>(framed)) {
    return std::nullopt;
  }
  const auto type =
      fragment != nullptr ? fragment->header.type : static_cast<PacketType>(octets[2]);
  switch (type) {
    case PacketType::request:
    case PacketType::bind:
    case PacketType::alter_context:
    case PacketType::auth3:
    case PacketType::co_cancel:
    case PacketType::orphaned:
      return Direction::to_server;
    case PacketType::response:
    case PacketType::fault:
    case PacketType::bind_ack:
    case PacketType::bind_nak:
    case PacketType::alter_context_resp:
    case PacketType::shutdown:
      return Direction::to_client;
  }
  return std::nullopt;
}

Follower::Follower(Ledger& ledger, Conversation* row, const Connection& connection, bool midway)
    : ledger_(ledger),
      row_(row),
      client_(connection.client.address),
      server_(connection.server),
      midway_(midway) {
  observer_ = std::make_unique<dcerpc::Observer>(kObserver);
}

ByteView Follower::without_banner(Direction direction, ByteView octets) {
  const bool first = direction == Direction::to_client && seen_[at(direction)] == 0;
  seen_[at(direction)] += octets.size();
  if (first && text_of(octets).starts_with(kBanner)) {
    http_ = true;
    return octets.subspan(kBanner.size());
  }
  // Nobody sends these two octets first but who speaks DCE/RPC: anything else is not searched,
  // where the beginning was seen.
  if (pdus_ == 0 && !midway_ && seen_[at(direction)] == octets.size() && !octets.empty() &&
      octets.front() != std::byte{5}) {
    given_up_ = true;
  }
  return octets;
}

void Follower::on_data(Direction direction, ByteView octets, Time time) {
  now_ = time;
  const ByteView rest = given_up_ ? ByteView() : without_banner(direction, octets);
  if (given_up_ || row_ == nullptr) {
    return;
  }
  observer_->on_bytes(direction, rest, *this);
  if (pdus_ == 0 && seen_[0] + seen_[1] > kSearched) {
    given_up_ = true;
    observer_ = std::make_unique<dcerpc::Observer>(kObserver);
  }
}

void Follower::on_gap(Direction direction, std::uint64_t octets, Time time) {
  now_ = time;
  if (octets != 0 && row_ != nullptr) {
    ++row_->gaps;
    row_->lost += octets;
  }
  if (given_up_) {
    return;
  }
  midway_ = midway_ || octets == 0 || pdus_ == 0;
  observer_->on_gap(direction, octets, *this);
}

std::size_t Follower::held() const {
  return observer_->held();
}

void Follower::shed() {
  observer_ = std::make_unique<dcerpc::Observer>(kObserver);
  for (const Direction direction : {Direction::to_server, Direction::to_client}) {
    observer_->on_gap(direction, 0, *this);
  }
  asked_.clear();
}

void Follower::on_pdu(Direction direction, std::uint64_t /*offset*/, const dcerpc::Fragment& pdu) {
  ++pdus_;
  const bool is_call = pdu.header.type == PacketType::request ||
                       pdu.header.type == PacketType::response ||
                       pdu.header.type == PacketType::fault;
  if (!is_call || pdu.body.size() < 8) {
    return;
  }
  // Context and opnum stand behind the allocation hint in all three.
  ByteReader in(pdu.body.subspan(4, 2), pdu.header.order);
  const ContextId context{in.u16("context")};
  const auto agreed =
      std::ranges::find(observer_->contexts(), context, &dcerpc::ObservedContext::id);
  std::optional<dcerpc::SyntaxId> interface;
  if (agreed != observer_->contexts().end()) {
    interface = agreed->interface;
  }
  if (InterfaceUse* use = ledger_.interface(*row_, interface, now_)) {
    use->octets[at(direction)] += pdu.header.fragment_length;
  }
}

void Follower::on_bind(CallId /*call*/, const dcerpc::Bind& bind) {
  for (const dcerpc::ContextElement& each : bind.contexts) {
    if (InterfaceUse* use = ledger_.interface(*row_, each.abstract_syntax, now_)) {
      const bool features =
          std::ranges::any_of(each.transfer_syntaxes, [](const dcerpc::SyntaxId& syntax) {
            return syntax.uuid.time_low == dcerpc::kBindTimeFeaturePrefix.time_low &&
                   syntax.uuid.time_mid == dcerpc::kBindTimeFeaturePrefix.time_mid;
          });
      use->proposed += features ? 0 : 1;
    }
  }
}

void Follower::on_bind_ack(CallId /*call*/, const dcerpc::BindAck& /*ack*/,
                           const std::vector<dcerpc::ObservedProposal>& proposals) {
  for (const dcerpc::ObservedProposal& each : proposals) {
    InterfaceUse* use = ledger_.interface(*row_, each.proposed.abstract_syntax, now_);
    if (use == nullptr) {
      continue;
    }
    switch (each.answer.result) {
      case dcerpc::ContextResult::acceptance:
        ++use->accepted;
        use->ndr = use->ndr || each.answer.transfer_syntax == dcerpc::kNdr32;
        use->ndr64 = use->ndr64 || each.answer.transfer_syntax == dcerpc::kNdr64;
        break;
      case dcerpc::ContextResult::negotiate_ack:
        break;
      case dcerpc::ContextResult::user_rejection:
      case dcerpc::ContextResult::provider_rejection: {
        // A client that offers NDR and NDR64 in contexts of their own has one of them refused.
        ++use->rejected;
        use->rejection = each.answer;
        break;
      }
    }
  }
}

void Follower::on_bind_nak(CallId /*call*/, const dcerpc::BindNak& /*nak*/) {
  ++row_->naks;
}

InterfaceUse* Follower::use_of(const std::optional<dcerpc::ObservedContext>& agreed) {
  std::optional<dcerpc::SyntaxId> interface;
  if (agreed) {
    interface = agreed->interface;
  }
  return ledger_.interface(*row_, interface, now_);
}

OperationUse* Follower::operation_of(const ObservedCall& call) {
  InterfaceUse* use = use_of(call.agreed);
  return use == nullptr ? nullptr : ledger_.operation(*use, call.opnum.value);
}

void Follower::on_request(const ObservedCall& call, const ObservedStub& stub) {
  if (OperationUse* operation = operation_of(call)) {
    ++operation->calls;
  }
  if (is_mapper(call, server_) && call.opnum.value == epm::EptMap::opnum) {
    ask_mapper(call, stub);
  }
}

void Follower::on_response(const ObservedCall& call, const ObservedStub& stub) {
  if (OperationUse* operation = operation_of(call)) {
    ++operation->answers;
  }
  if (!is_mapper(call, server_)) {
    return;
  }
  if (call.opnum.value == epm::EptMap::opnum) {
    read_map(call, stub);
  } else if (call.opnum.value == epm::EptLookup::opnum) {
    read_lookup(call, stub);
  }
}

void Follower::on_fault(const ObservedCall& call, std::uint32_t status) {
  InterfaceUse* use = use_of(call.agreed);
  if (use == nullptr) {
    return;
  }
  ledger_.fault(*use, status);
  if (OperationUse* operation = ledger_.operation(*use, call.opnum.value)) {
    ++operation->faults;
  }
  asked_.erase(call.call.value);
}

void Follower::on_oddity(Direction /*direction*/, std::uint64_t /*offset*/, dcerpc::Oddity oddity) {
  if (pdus_ != 0) {
    ++row_->oddities.at(static_cast<std::size_t>(oddity));
  }
}

void Follower::ask_mapper(const ObservedCall& call, const ObservedStub& stub) {
  ndr::Reader in(stub.stub, format_of(call, stub));
  epm::EptMap::In asked;
  epm::EptMap::In::ndr(in, asked);
  const auto tower = asked.tower ? epm::read_tower(*asked.tower) : tl::unexpected(WireError{});
  if (!stub.whole || !in.ok() || !tower) {
    return;
  }
  if (asked_.size() < kMostAsked) {
    asked_[call.call.value] = tower->interface;
  }
}

Answer Follower::blank(Asked how) const {
  Answer answer;
  answer.client = client_;
  answer.mapper = server_;
  answer.http = http_;
  answer.how = how;
  answer.last = now_;
  return answer;
}

void Follower::tell(Asked how, ByteView tower) {
  const auto view = epm::read_tower(tower);
  if (!view) {
    return;
  }
  Answer answer = blank(how);
  answer.interface = view->interface;
  answer.sequence = view->sequence;
  const bool on_tcp = view->sequence == epm::ProtocolSequence::ncacn_ip_tcp ||
                      view->sequence == epm::ProtocolSequence::ncacn_http;
  if (!on_tcp) {
    return;
  }
  answer.port = epm::port_of(*view).value_or(0);
  answer.address = parse_address(epm::address_of(*view)).value_or(IpAddress{});
  ledger_.answer(answer);
}

void Follower::read_map(const ObservedCall& call, const ObservedStub& stub) {
  const auto asked = asked_.extract(call.call.value);
  ndr::Reader in(stub.stub, format_of(call, stub));
  epm::EptMap::Out out;
  epm::EptMap::Out::ndr(in, out);
  if (!stub.whole || !in.ok()) {
    ledger_.counts().unreadable += call.agreed ? 1 : 0;
    return;
  }
  for (const Bytes& tower : out.towers) {
    tell(Asked::ept_map, tower);
  }
  if (out.towers.empty() && asked && out.status == epm::EptStatus::not_registered) {
    Answer answer = blank(Asked::ept_map);
    answer.interface = asked.mapped();
    ledger_.answer(answer);
  }
}

void Follower::read_lookup(const ObservedCall& call, const ObservedStub& stub) {
  ndr::Reader in(stub.stub, format_of(call, stub));
  epm::EptLookup::Out out;
  epm::EptLookup::Out::ndr(in, out);
  if (!stub.whole || !in.ok()) {
    ledger_.counts().unreadable += call.agreed ? 1 : 0;
    return;
  }
  for (const epm::WireEntry& entry : out.entries) {
    if (entry.tower) {
      tell(Asked::ept_lookup, *entry.tower);
    }
  }
}

}  // namespace pinhole::capture
