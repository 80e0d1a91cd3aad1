// SPDX-License-Identifier: Apache-2.0
// Internet protocols, X.400, and what mail servers tell each other.
#include <algorithm>

#include "plan/flow_maker.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Sequence;

Part part_of(Ssl ssl) {
  switch (ssl) {
    case Ssl::no:
      return Part::plain;
    case Ssl::only:
      return Part::ssl;
    case Ssl::also:
      break;
  }
  return Part::all;
}

std::vector<Index> servers_of(const FlowMaker& maker, Party party) {
  if (party.kind == Party::Kind::load_balancer) {
    return maker.topology().load_balancers[party.index].servers;
  }
  return {party.index};
}

bool is_proxy_itself(const FlowMaker& maker, Party party) {
  return party.kind == Party::Kind::server &&
         maker.topology().servers[party.index].device.has_value();
}

std::string_view web_row(const FlowMaker& maker, Party to) {
  const Profile& profile = maker.profile_of(to);
  if (is_proxy_itself(maker, to)) {
    return "F18";
  }
  if (profile.has("front-end")) {
    return "F20";
  }
  return profile.has("client-access") ? "F35" : "F19";
}

std::string_view mail_row(const FlowMaker& maker, Party to) {
  if (is_proxy_itself(maker, to)) {
    return "F18";
  }
  return maker.profile_of(to).has("smtp-relay") ? "F24" : "F12";
}

const Offer* find_offer(const FlowMaker& maker, Party party, Sequence sequence,
                        std::string_view protocol) {
  for (const Offer& offer : maker.profile_of(party).offers) {
    if (offer.sequence == sequence && offer.protocol.starts_with(protocol)) {
      return &offer;
    }
  }
  return nullptr;
}

/// Names of the Internet's hosts: by the site's own DNS servers, else by those of `internet`.
void make_resolution(FlowMaker& maker, Party from, Party internet) {
  bool is_served = false;
  for (const Profile& profile : maker.profiles()) {
    if (!profile.offers_service("DNS")) {
      continue;
    }
    is_served = true;
    for (const Index server : profile.servers) {
      if (from != Party{Party::Kind::server, server}) {
        make_dns(maker, from, {Party::Kind::server, server});
      }
    }
  }
  const auto& rows = maker.catalogue().ports;
  const auto row = std::ranges::find(rows, "DNS", &catalogue::PortUse::protocol);
  if (is_served || row == rows.end()) {
    return;
  }
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    Wish wish{.row = "F13", .service = "DNS", .protocol = "DNS"};
    wish.transport = transport;
    maker.make_fixed(from, internet, {}, PortSet(row->ports.front()), wish);
  }
}

bool make_ldap(FlowMaker& maker, Party from, Party to, Part part) {
  const bool exchange =
      maker.make_all(from, to,
                     {{.row = "F17", .service = "MSExchangeDS", .protocol = "LDAP", .part = part},
                      {.row = "F44", .service = "MSExchangeSRS", .protocol = "LDAP"}});
  const Wish directory{.row = "F36", .service = "NTDS", .protocol = "LDAP", .part = part};
  return maker.make(from, to, directory) || exchange;
}

}  // namespace

bool make_outlook_anywhere(FlowMaker& maker, Party from, Party to) {
  const Profile& profile = maker.profile_of(to);
  const std::string_view row = profile.is_one_of({"2007", "2010"}) ? "F34" : "F31";
  return maker.make(
      from, to,
      {.row = row, .service = "W3SVC", .protocol = "RPC over HTTP v2", .part = Part::ssl});
}

bool make_protocol(FlowMaker& maker, Party from, Party to, const ClientGroup& client) {
  const Part part = part_of(client.ssl);
  // Who reads mail over these sends it over SMTP, where the same server takes it.
  const auto read_mail = [&](std::string_view row, std::string_view protocol) {
    const bool made =
        maker.make(from, to, {.row = row, .service = {}, .protocol = protocol, .part = part});
    return made && (maker.make(from, to, {.row = row, .service = {}, .protocol = "SMTP"}), true);
  };
  switch (client.kind) {
    case ClientKind::pop3:
      return read_mail("F14", "POP3");
    case ClientKind::imap4:
      return read_mail("F15", "IMAP4");
    case ClientKind::smtp:
      return make_mail_transfer(maker, from, to);
    case ClientKind::nntp:
      return maker.make(from, to, {.row = "F16", .service = {}, .protocol = "NNTP", .part = part});
    case ClientKind::ldap:
      return make_ldap(maker, from, to, part);
    default:
      return maker.make(
          from, to,
          {.row = web_row(maker, to), .service = "W3SVC", .protocol = "HTTP", .part = part});
  }
}

bool make_internet_mail(FlowMaker& maker, Party from, Party to) {
  const Offer* smtp = find_offer(maker, to, Sequence::tcp, "SMTP");
  if (smtp == nullptr || !make_mail_transfer(maker, from, to)) {
    return false;
  }
  for (const Index server : servers_of(maker, to)) {
    const Party sender{Party::Kind::server, server};
    maker.make_fixed(sender, from, {}, set_of(smtp->ports),
                     {.row = mail_row(maker, to), .service = "SMTP", .protocol = "SMTP"});
    make_resolution(maker, sender, from);
  }
  return true;
}

bool make_mail_transfer(FlowMaker& maker, Party from, Party to) {
  const bool from_relay =
      from.kind == Party::Kind::server && maker.profile_of(from).has("smtp-relay");
  const std::string_view row = from_relay ? "F24" : mail_row(maker, to);
  return maker.make(from, to, {.row = row, .service = {}, .protocol = "SMTP"});
}

bool make_x400(FlowMaker& maker, Party from, Party to) {
  const Wish wish{.row = "F11", .service = {}, .sequence = Sequence::rfc1006};
  const Offer* offer = find_offer(maker, to, Sequence::rfc1006, {});
  if (offer == nullptr) {
    return false;
  }
  if (from.kind != Party::Kind::client) {
    return find_offer(maker, from, Sequence::rfc1006, {}) != nullptr &&
           maker.make(from, to, wish) && maker.make(to, from, wish);
  }
  const auto port = maker.topology().clients[from.index].rfc1006_port;
  maker.make(from, to, wish);
  maker.make_fixed(to, from, {}, port ? PortSet({*port, *port}) : set_of(offer->ports),
                   {.row = "F11", .service = "X.400", .protocol = "X.400"});
  return true;
}

bool make_front_end(FlowMaker& maker, Party from, Party to) {
  // Between the two there is no SSL (KB 280132).
  const auto plain = [](std::string_view service, std::string_view protocol) {
    return Wish{.row = "F21", .service = service, .protocol = protocol, .part = Part::plain};
  };
  const bool back_end = maker.profile_of(to).has("back-end") &&
                        maker.make_all(from, to,
                                       {plain("W3SVC", "HTTP"), plain({}, "POP3"),
                                        plain({}, "IMAP4"), plain({}, "SMTP"), plain("RESvc", {})});
  return (maker.profile_of(to).has("domain-controller") && make_domain_member(maker, from, to)) ||
         back_end;
}

bool make_log_shipping(FlowMaker& maker, Party from, Party to) {
  const Wish wish{.row = "F48", .service = "MSExchangeRepl"};
  return maker.profile_of(from).offers_service(wish.service) && maker.make(from, to, wish) &&
         maker.make(to, from, wish);
}

bool make_edge_synchronisation(FlowMaker& maker, Party from, Party to) {
  const auto& offers = maker.profile_of(from).offers;
  const auto edge_sync = std::ranges::find(offers, "MSExchangeEdgeSync", &Offer::service);
  if (edge_sync == offers.end() || !maker.profile_of(to).has("edge-transport")) {
    return false;
  }
  // The catalogue has the port with who asks, as Edge's directory is no service of Exchange.
  maker.make_fixed(from, to, {}, set_of(edge_sync->ports),
                   {.row = "F49", .service = edge_sync->service, .protocol = "LDAPS"});
  maker.make(from, to, {.row = "F49", .service = {}, .protocol = "SMTP"});
  return true;
}

}  // namespace pinhole::plan
