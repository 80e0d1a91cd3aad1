// SPDX-License-Identifier: Apache-2.0
// Who speaks MS-RPC to Exchange and beside it: MAPI clients, administrators, MTAs, directories,
// the RPC proxy and those who enrol certificates.
#include <array>

#include "plan/flow_maker.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Sequence;

constexpr auto kMailbox = std::to_array<std::string_view>({"emsmdb", "asyncemsmdb"});
constexpr auto kAddressBook = std::to_array<std::string_view>({"nspi"});
constexpr auto kReferral = std::to_array<std::string_view>({"rfri"});
constexpr auto kAttendant = std::to_array<std::string_view>(
    {"sysatt", "sysatt-public", "sysatt-private", "sysatt-cluster"});
constexpr auto kReplication = std::to_array<std::string_view>({"exchange-drs", "xds"});

// The client's ports of new-mail notification, where it fixes none (KB 264035).
constexpr PortRange kAboveReserved{1024, 65535};

/// The rows for mailbox, address book and endpoint mapper, by the product that is reached.
struct MapiRows {
  std::string_view mapper;
  std::string_view mailbox;
  std::string_view address_book;
};

MapiRows mapi_rows(const Profile& profile) {
  if (profile.is_one_of({"4.0", "5.0", "5.5"})) {
    return {"F01", "F03", "F02"};
  }
  if (profile.is_one_of({"2000", "2003"})) {
    return {"F25", "F25", "F25"};
  }
  if (profile.is_one_of({"2007"})) {
    return {"F27", "F27", "F27"};
  }
  const std::string_view row = profile.has("client-access") ? "F28" : "F29";
  return {row, row, row};
}

/// RPC Client Access runs on every Mailbox server of 2010; clients call it there for public
/// folders only.
bool is_called(const Profile& profile) {
  return !profile.offers_service("MSExchangeRPC") || profile.has("client-access") ||
         profile.has("public-folders");
}

bool make_mailbox(FlowMaker& maker, Party from, Party to, const MapiRows& rows) {
  const Profile& profile = maker.profile_of(to);
  bool made = false;
  if (is_called(profile)) {
    made = maker.make_rpc(from, to, rows.mapper,
                          {{rows.mailbox, {}, {}, Sequence::ncacn_ip_tcp, kMailbox},
                           {rows.address_book, {}, {}, Sequence::ncacn_ip_tcp, kAddressBook},
                           {rows.address_book, {}, {}, Sequence::ncacn_ip_tcp, kReferral}});
  }
  if (profile.has("global-catalog")) {
    // The catalogue has NSPI with its owners in Exchange; a global catalog serves the same UUID.
    Wish directory{.row = "F26", .service = "NTDS", .sequence = Sequence::ncacn_ip_tcp};
    directory.speaks = "nspi-proxy";
    made = maker.make_rpc(from, to, "F26", {directory}) || made;
  }
  return made;
}

void make_notification(FlowMaker& maker, Party server, const ClientGroup& client, Party to) {
  for (const Offer& offer : maker.profile_of(server).offers) {
    if (offer.sequence != Sequence::udp || offer.setting != nullptr || !offer.outbound) {
      continue;
    }
    PortSet ports(kAboveReserved);
    if (client.fixed_udp_port) {
      ports = PortSet({*client.fixed_udp_port, *client.fixed_udp_port});
    }
    Wish wish{.row = "F04", .service = offer.service, .protocol = "new-mail notification"};
    wish.transport = Transport::udp;
    maker.make_fixed(server, to, PortSet(kAboveReserved), std::move(ports), wish);
  }
}

MapiRows session_rows(const FlowMaker& maker, Party from, const Profile& target) {
  if (from.kind == Party::Kind::server) {
    const Profile& client = maker.profile_of(from);
    if (client.has("owa")) {
      return {"F06", "F06", "F06"};
    }
    if (client.has("iorepl")) {
      return {"F39", "F39", "F39"};
    }
  }
  return mapi_rows(target);
}

}  // namespace

bool make_mapi(FlowMaker& maker, Party from, Party to) {
  const bool made = make_mailbox(maker, from, to, session_rows(maker, from, maker.profile_of(to)));
  if (made && from.kind == Party::Kind::client && to.kind == Party::Kind::server) {
    make_notification(maker, to, maker.topology().clients[from.index], from);
  }
  return made;
}

bool make_iorepl(FlowMaker& maker, Party from, Party to, std::string_view row) {
  return make_mailbox(maker, from, to, {row, row, row});
}

bool make_administration(FlowMaker& maker, Party from, Party to) {
  const Profile& profile = maker.profile_of(to);
  const std::string_view row = profile.is_one_of({"4.0", "5.0", "5.5"}) ? "F05" : "F45";
  return maker.make_rpc(
      from, to, row,
      {{.row = row, .service = "MSExchangeDS", .sequence = Sequence::ncacn_ip_tcp},
       {.row = row, .service = "MSExchangeIS", .sequence = Sequence::ncacn_ip_tcp},
       {row, "MSExchangeSA", {}, Sequence::ncacn_ip_tcp, kAttendant}});
}

bool make_mta_rpc(FlowMaker& maker, Party from, Party to, bool same_site) {
  const auto row_of = [&](Party party) -> std::string_view {
    if (maker.profile_of(party).is_one_of({"2000", "2003"})) {
      return "F42";
    }
    return same_site ? "F09" : "F10";
  };
  const std::string_view row = row_of(from) == "F42" ? "F42" : row_of(to);
  const Wish wish{.row = row, .service = "MSExchangeMTA", .sequence = Sequence::ncacn_ip_tcp};
  const bool both = maker.profile_of(from).offers_service(wish.service) &&
                    maker.profile_of(to).offers_service(wish.service);
  // The called MTA binds back to the caller.
  return both && maker.make_rpc(from, to, row, {wish}) && maker.make_rpc(to, from, row, {wish});
}

bool make_directory_replication(FlowMaker& maker, Party from, Party to) {
  const auto serves = [&](Party party) {
    const Profile& profile = maker.profile_of(party);
    return profile.offers_service("MSExchangeDS") || profile.offers_service("MSExchangeSRS");
  };
  if (!serves(from) || !serves(to)) {
    return false;
  }
  const bool mixed = maker.profile_of(from).offers_service("MSExchangeSRS") ||
                     maker.profile_of(to).offers_service("MSExchangeSRS");
  const std::string_view row = mixed ? "F43" : "F09";
  const Wish wish{
      .row = row, .service = {}, .sequence = Sequence::ncacn_ip_tcp, .interfaces = kReplication};
  return maker.make_rpc(from, to, row, {wish}) && maker.make_rpc(to, from, row, {wish});
}

bool make_rpc_proxy(FlowMaker& maker, Party from, Party to) {
  const Profile& profile = maker.profile_of(to);
  const std::string_view row = profile.is_one_of({"2000", "2003"}) ? "F32" : "F34";
  const bool exchange = !profile.version.empty() &&
                        maker.make_all(from, to,
                                       {{row, {}, {}, Sequence::ncacn_http, kMailbox},
                                        {row, {}, {}, Sequence::ncacn_http, kReferral},
                                        {row, {}, {}, Sequence::ncacn_http, kAddressBook}});
  Wish directory{.row = "F33", .service = "NTDS", .sequence = Sequence::ncacn_http};
  directory.speaks = "nspi-proxy";
  const bool catalog = profile.has("global-catalog") && maker.make(from, to, directory);
  return exchange || catalog;
}

bool make_certificate_enrolment(FlowMaker& maker, Party from, Party to) {
  return maker.make_rpc(from, to, {}, {{.row = {}, .service = "CertSvc"}});
}

}  // namespace pinhole::plan
