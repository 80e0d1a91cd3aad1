// SPDX-License-Identifier: Apache-2.0
#pragma once
// One connection followed: whether it speaks DCE/RPC (C706 12, [MS-RPCE] 2.1.1.1; over ncacn_http
// behind the banner of [MS-RPCH] 2.1.1), and what it negotiates, calls and learns from a mapper.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "capture/connections.hpp"
#include "capture/ledger.hpp"
#include "dcerpc/observer.hpp"

namespace pinhole::capture {

/// Which way octets go that begin with a PDU or the banner of ncacn_http.
[[nodiscard]] std::optional<Direction> direction_of(ByteView octets);

class Follower final : public Attachment, private dcerpc::ObserverSink {
 public:
  /// `midway`: the connection was open when the capture began.
  Follower(Ledger& ledger, Conversation* row, const Connection& connection, bool midway);

  void on_data(Direction direction, ByteView octets, Time time);
  void on_gap(Direction direction, std::uint64_t octets, Time time);

  /// Octets held, about.
  [[nodiscard]] std::size_t held() const;
  /// Forgets what is half read and what was agreed; the next PDU is looked for.
  void shed();

  [[nodiscard]] bool is_rpc() const { return pdus_ != 0; }
  [[nodiscard]] bool is_other() const { return given_up_; }
  [[nodiscard]] bool is_http() const { return http_; }

 private:
  void on_pdu(Direction direction, std::uint64_t offset, const dcerpc::Fragment& pdu) override;
  void on_bind(CallId call, const dcerpc::Bind& bind) override;
  void on_bind_ack(CallId call, const dcerpc::BindAck& ack,
                   const std::vector<dcerpc::ObservedProposal>& proposals) override;
  void on_bind_nak(CallId call, const dcerpc::BindNak& nak) override;
  void on_request(const dcerpc::ObservedCall& call, const dcerpc::ObservedStub& stub) override;
  void on_response(const dcerpc::ObservedCall& call, const dcerpc::ObservedStub& stub) override;
  void on_fault(const dcerpc::ObservedCall& call, std::uint32_t status) override;
  void on_oddity(Direction direction, std::uint64_t offset, dcerpc::Oddity oddity) override;

  /// The octets without the banner; none while it is not known whether they are one.
  [[nodiscard]] ByteView without_banner(Direction direction, ByteView octets);
  InterfaceUse* use_of(const std::optional<dcerpc::ObservedContext>& agreed);
  OperationUse* operation_of(const dcerpc::ObservedCall& call);
  void ask_mapper(const dcerpc::ObservedCall& call, const dcerpc::ObservedStub& stub);
  void read_map(const dcerpc::ObservedCall& call, const dcerpc::ObservedStub& stub);
  void read_lookup(const dcerpc::ObservedCall& call, const dcerpc::ObservedStub& stub);
  void tell(Asked how, ByteView tower);
  [[nodiscard]] Answer blank(Asked how) const;

  Ledger& ledger_;
  Conversation* row_;  // none: no room, nothing is counted
  const IpAddress client_;
  const Endpoint server_;
  Time now_ = 0;
  std::unique_ptr<dcerpc::Observer> observer_;  // anew where nothing was found; never null
  std::array<std::uint64_t, 2> seen_{};
  std::map<std::uint32_t, dcerpc::SyntaxId> asked_;  // by call: what ept_map is about
  std::uint64_t pdus_ = 0;
  bool given_up_ = false;
  bool http_ = false;
  bool midway_ = false;
};

}  // namespace pinhole::capture
