// SPDX-License-Identifier: Apache-2.0
// Domain controllers: among themselves, for members of the domain, and for front-end servers.
#include "plan/flow_maker.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Sequence;

Wish over_udp(Wish wish) {
  wish.transport = Transport::udp;
  return wish;
}

void make_tcp_and_udp(FlowMaker& maker, Party from, Party to, const Wish& wish) {
  maker.make(from, to, wish);
  maker.make(from, to, over_udp(wish));
}

/// Names, tickets and look-ups: all that every member of a domain asks for besides RPC. LDAP over
/// UDP is the DC locator's ping alone (MS-ADTS 6.3.3).
void make_look_ups(FlowMaker& maker, Party from, Party to, std::string_view row) {
  make_tcp_and_udp(maker, from, to, {.row = row, .service = "DNS"});
  make_tcp_and_udp(maker, from, to, {.row = row, .service = "kdc", .use = "Kerberos"});
  Wish directory{.row = row, .service = "NTDS", .protocol = "LDAP", .part = Part::plain};
  maker.make(from, to, directory);
  directory.use = "DC Locator";
  maker.make(from, to, over_udp(directory));
  maker.make(from, to, {.row = row, .service = "lanmanserver"});
}

void make_time(FlowMaker& maker, Party from, Party to, std::string_view row,
               std::optional<Needed> needed) {
  Wish wish{.row = row, .service = "W32Time", .protocol = "NTP"};
  wish.needed = needed;
  maker.make(from, to, over_udp(wish));
}

Wish rpc(std::string_view row, std::string_view service) {
  return {.row = row, .service = service, .sequence = Sequence::ncacn_ip_tcp};
}

}  // namespace

bool make_domain_replication(FlowMaker& maker, Party from, Party to) {
  if (!maker.profile_of(to).has("domain-controller")) {
    // Members replicate folders by DFSR as well.
    return maker.make_rpc(from, to, "F37", {rpc("F37", "DFSR")});
  }
  make_look_ups(maker, from, to, "F37");
  make_time(maker, from, to, "F37", Needed::optional);
  return maker.make_rpc(
      from, to, "F37",
      {rpc("F37", "NTDS"), rpc("F37", "Netlogon"), rpc("F37", "NtFrs"), rpc("F37", "DFSR")});
}

bool make_domain_member(FlowMaker& maker, Party from, Party to) {
  if (!maker.profile_of(to).has("domain-controller")) {
    return false;
  }
  const bool is_server = from.kind == Party::Kind::server;
  const bool is_front_end =
      is_server ? maker.profile_of(from).has("front-end")
                : from.kind == Party::Kind::client &&
                      maker.topology().clients[from.index].kind == ClientKind::front_end;
  if (is_front_end) {
    make_look_ups(maker, from, to, "F22");
    make_time(maker, from, to, "F22", Needed::optional);
    return maker.make_rpc(from, to, "F22", {rpc("F22", "NTDS")});
  }
  const bool is_exchange = is_server && !maker.profile_of(from).version.empty() &&
                           !maker.profile_of(from).is_one_of({"4.0", "5.0", "5.5"});
  if (is_exchange) {
    maker.make(from, to, {.row = "F36", .service = "NTDS", .protocol = "LDAP", .part = Part::all});
  }
  make_look_ups(maker, from, to, "F38");
  make_tcp_and_udp(maker, from, to, {.row = "F38", .service = "kdc", .use = "Kerberos password"});
  make_time(maker, from, to, "F38", {});
  return maker.make_rpc(from, to, "F38", {rpc("F38", "NTDS"), rpc("F38", "Netlogon")});
}

bool make_dns(FlowMaker& maker, Party from, Party to) {
  const Wish wish{.row = "F13", .service = "DNS"};
  const bool made = maker.make(from, to, wish);
  return maker.make(from, to, over_udp(wish)) || made;
}

}  // namespace pinhole::plan
