// SPDX-License-Identifier: Apache-2.0
#include "firewall/junos_objects.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace pinhole::firewall {
namespace {

constexpr std::string_view kGlobal = "global";
constexpr std::uint16_t kEndpointMapper = 135;

struct Number {
  std::string_view name;
  std::uint32_t number;
};

constexpr Number kProtocols[] = {{"icmp", 1},  {"igmp", 2},   {"ipip", 4},   {"tcp", 6},
                                 {"egp", 8},   {"udp", 17},   {"rsvp", 46},  {"gre", 47},
                                 {"esp", 50},  {"ah", 51},    {"icmp6", 58}, {"ospf", 89},
                                 {"pim", 103}, {"vrrp", 112}, {"sctp", 132}};

constexpr Number kPorts[] = {
    {"ftp-data", 20},     {"ftp", 21},     {"ssh", 22},         {"telnet", 23},
    {"smtp", 25},         {"tacacs", 49},  {"domain", 53},      {"bootps", 67},
    {"bootpc", 68},       {"tftp", 69},    {"finger", 79},      {"http", 80},
    {"kerberos-sec", 88}, {"pop3", 110},   {"sunrpc", 111},     {"ident", 113},
    {"nntp", 119},        {"ntp", 123},    {"netbios-ns", 137}, {"netbios-dgm", 138},
    {"netbios-ssn", 139}, {"imap", 143},   {"snmp", 161},       {"snmptrap", 162},
    {"bgp", 179},         {"ldap", 389},   {"https", 443},      {"syslog", 514},
    {"printer", 515},     {"socks", 1080}, {"pptp", 1723},      {"radius", 1812},
    {"radacct", 1813},    {"nfsd", 2049}};

/// ALGs that let sessions pass which no policy names.
constexpr std::string_view kOpening[] = {"ftp",     "ftp-data", "tftp", "h323",      "mgcp-ca",
                                         "mgcp-ua", "ms-rpc",   "pptp", "realaudio", "rsh",
                                         "rtsp",    "sccp",     "sip",  "sqlnet",    "sqlnet-v2",
                                         "sun-rpc", "talk",     "ras",  "twamp"};

struct Predefined {
  std::string_view name;
  std::string_view protocol;
  std::string_view ports;
  std::string_view alg = "";
};

/// Of the group junos-defaults (`show groups junos-defaults applications`); those for tunnels and
/// for routing protocols are left to the reader as unknown.
constexpr Predefined kPredefined[] = {
    {"junos-ftp", "tcp", "21", "ftp"},
    {"junos-tftp", "udp", "69", "tftp"},
    {"junos-rtsp", "tcp", "554", "rtsp"},
    {"junos-netbios-session", "tcp", "139"},
    {"junos-smb-session", "tcp", "445"},
    {"junos-smb", "tcp", "139"},
    {"junos-smb", "tcp", "445"},
    {"junos-ssh", "tcp", "22"},
    {"junos-telnet", "tcp", "23"},
    {"junos-smtp", "tcp", "25"},
    {"junos-smtps", "tcp", "587"},
    {"junos-mail", "tcp", "25"},
    {"junos-tacacs", "tcp", "49"},
    {"junos-dhcp-client", "udp", "68"},
    {"junos-dhcp-server", "udp", "67"},
    {"junos-dhcp-relay", "udp", "67"},
    {"junos-bootpc", "udp", "68"},
    {"junos-bootps", "udp", "67"},
    {"junos-finger", "tcp", "79"},
    {"junos-http", "tcp", "80"},
    {"junos-https", "tcp", "443"},
    {"junos-http-ext", "tcp", "7001"},
    {"junos-pop3", "tcp", "110"},
    {"junos-pop3s", "tcp", "995"},
    {"junos-ident", "tcp", "113"},
    {"junos-nntp", "tcp", "119"},
    {"junos-ntp", "udp", "123"},
    {"junos-imap", "tcp", "143"},
    {"junos-imaps", "tcp", "993"},
    {"junos-bgp", "tcp", "179"},
    {"junos-ldap", "tcp", "389"},
    {"junos-syslog", "udp", "514"},
    {"junos-printer", "tcp", "515"},
    {"junos-lpr", "tcp", "515"},
    {"junos-rip", "udp", "520"},
    {"junos-radius", "udp", "1812"},
    {"junos-radacct", "udp", "1813"},
    {"junos-nfsd-tcp", "tcp", "2049"},
    {"junos-nfsd-udp", "udp", "2049"},
    {"junos-ike", "udp", "500"},
    {"junos-ike-nat", "udp", "4500"},
    {"junos-discard", "udp", "9"},
    {"junos-dns-udp", "udp", "53"},
    {"junos-dns-tcp", "tcp", "53"},
    {"junos-echo", "udp", "7"},
    {"junos-icmp-all", "icmp", ""},
    {"junos-icmp6-all", "icmp6", ""},
    {"junos-gre", "gre", ""},
    {"junos-l2tp", "udp", "1701"},
    {"junos-ms-rpc-tcp", "tcp", "135", "ms-rpc"},
    {"junos-ms-rpc-udp", "udp", "135", "ms-rpc"},
    {"junos-ms-sql", "tcp", "1433"},
    {"junos-sql-monitor", "udp", "1434"},
    {"junos-sqlnet-v2", "tcp", "1521", "sqlnet-v2"},
    {"junos-nbname", "udp", "137"},
    {"junos-nbds", "udp", "138"},
    {"junos-pptp", "tcp", "1723", "pptp"},
    {"junos-sip", "udp", "5060", "sip"},
    {"junos-sip", "tcp", "5060", "sip"},
    {"junos-rsh", "tcp", "514", "rsh"},
    {"junos-sun-rpc-tcp", "tcp", "111", "sun-rpc"},
    {"junos-sun-rpc-udp", "udp", "111", "sun-rpc"},
    {"junos-rdp", "tcp", "3389"},
    {"junos-vnc", "tcp", "5800"},
    {"junos-tcp-any", "tcp", "0-65535"},
    {"junos-udp-any", "udp", "0-65535"},
    {"junos-x-windows", "tcp", "6000-6063"},
    {"junos-whois", "tcp", "43"},
    {"junos-winframe", "tcp", "1494"},
};

struct PredefinedSet {
  std::string_view name;
  std::string_view member;
};

constexpr PredefinedSet kPredefinedSets[] = {
    {"junos-cifs", "junos-netbios-session"}, {"junos-cifs", "junos-smb-session"},
    {"junos-ms-rpc", "junos-ms-rpc-tcp"},    {"junos-ms-rpc", "junos-ms-rpc-udp"},
    {"junos-sun-rpc", "junos-sun-rpc-tcp"},  {"junos-sun-rpc", "junos-sun-rpc-udp"}};

template <std::size_t N>
std::optional<std::uint32_t> number_in(const Number (&table)[N], const std::string& text,
                                       std::uint32_t most) {
  const auto found = std::ranges::find(table, text, &Number::name);
  if (found != std::end(table)) {
    return found->number;
  }
  const auto number = parse_decimal(text, 0, most);
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

std::optional<NumberRange> ports_of(const std::string& text) {
  if (text.empty()) {
    return kAllPorts;
  }
  if (const auto range = port_range(text)) {
    return range;
  }
  const auto number = number_in(kPorts, text, 65535);
  return number ? std::optional(NumberRange{*number, *number}) : std::nullopt;
}

std::string key_of(std::string_view book, std::string_view name) {
  return fmt::format("{}\x1f{}", book, name);
}

}  // namespace

JunosObjects::JunosObjects() {
  for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
    const bool v4 = family == IpAddress::Family::v4;
    addresses_.put(key_of(kGlobal, v4 ? "any-ipv4" : "any-ipv6"), 0).elements = {
        {all_addresses(family)}};
    addresses_.put(key_of(kGlobal, "any"), 0).elements.push_back({all_addresses(family)});
  }
  applications_.put("any", 0).elements = {service({0, 255}, kAllPorts, kAllPorts)};
}

void JunosObjects::zone(std::span<const std::string> words, std::uint32_t line) {
  if (words.size() < 2 || words[0] != "security-zone") {
    return;
  }
  const std::string& name = words[1];
  if (!zones_.has(name)) {
    zone_names_.push_back(name);
  }
  ZoneObject& zone = zones_.put(name, line);
  if (words.size() > 3 && words[2] == "interfaces") {
    if (words[3] == "all") {
      zone.unknown = "zone " + name + " has all interfaces that no other zone has";
    } else if (zone.elements.empty() ||
               std::get<InterfaceName>(zone.elements.back().front()).name != words[3]) {
      zone.elements.push_back({InterfaceName{words[3], false}});
    }
  } else if (words.size() > 3 && words[2] == "address-book") {
    const std::string own = "zone " + name;
    auto& books = attached_[name];
    if (std::ranges::find(books, own) == books.end()) {
      books.push_back(own);
    }
    book(own, words.subspan(3), line);
  }
}

void JunosObjects::address_book(std::span<const std::string> words, std::uint32_t line) {
  if (words.size() > 3 && words[1] == "attach" && words[2] == "zone") {
    attached_[words[3]].push_back(words[0]);
  } else if (words.size() > 2) {
    book(words[0], words.subspan(1), line);
  }
}

void JunosObjects::book(const std::string& book, std::span<const std::string> words,
                        std::uint32_t line) {
  if (words.size() < 3 || words[2] == "description" ||
      (words[0] != "address" && words[0] != "address-set")) {
    return;
  }
  ZoneObject& object = addresses_.put(key_of(book, words[1]), line);
  if (words[0] == "address-set") {
    if (words.size() > 3 && (words[2] == "address" || words[2] == "address-set")) {
      object.members.push_back(key_of(book, words[3]));
    }
    return;
  }
  std::optional<AddressRange> range;
  if (words[2] == "range-address") {
    range = words.size() > 5 ? between(words[3], words[5]) : std::nullopt;
  } else {
    range = network(words[2] == "ip-prefix" && words.size() > 3 ? words[3] : words[2]);
  }
  if (range) {
    object.elements.push_back({*range});
  } else {
    object.unknown =
        fmt::format("address {}: {}{}", words[1], words[2], words.size() > 3 ? " " + words[3] : "");
  }
}

void JunosObjects::application(std::span<const std::string> words, std::uint32_t line) {
  if (words.size() < 3) {
    return;
  }
  if (words[0] == "application-set") {
    if (words.size() > 3 && (words[2] == "application" || words[2] == "application-set")) {
      applications_.put(words[1], line).members.push_back(words[3]);
    }
    return;
  }
  if (words[0] != "application") {
    return;
  }
  lines_.try_emplace(words[1], line);
  auto& terms = terms_[words[1]];
  const bool term = words[2] == "term" && words.size() > 3;
  Term& one = terms[term ? words[3] : std::string()];
  for (std::size_t i = term ? 4 : 2; i < words.size(); i += 2) {
    option(one, words[i], i + 1 < words.size() ? words[i + 1] : std::string());
  }
}

void JunosObjects::option(Term& term, const std::string& name, const std::string& value) {
  if (name == "protocol") {
    term.protocol = value;
  } else if (name == "source-port") {
    term.source_port = value;
  } else if (name == "destination-port") {
    term.destination_port = value;
  } else if (name == "icmp-type" || name == "icmp6-type") {
    term.type = value;
  } else if (name == "icmp-code" || name == "icmp6-code") {
    term.code = value;
  } else if (name == "application-protocol" || name == "alg") {
    term.alg = value;
  } else if (name == "uuid" || name == "rpc-program-number") {
    term.uuid = value.empty() ? "?" : value;
  } else if (name != "inactivity-timeout" && name != "description" && name != "term") {
    term.unknown = name;
  }
}

void JunosObjects::add_term(ZoneObject& object, const std::string& name, const Term& term,
                            bool msrpc_alg) {
  const auto unknown = [&](std::string_view why) {
    object.unknown = fmt::format("application {}: {}", name, why);
  };
  if (!term.uuid.empty()) {
    unknown(fmt::format("{} {}, whose ports the ALG finds out", term.alg.empty() ? "RPC" : term.alg,
                        term.uuid));
    return;
  }
  const auto protocol = number_in(kProtocols, term.protocol, 255);
  const auto source = ports_of(term.source_port);
  auto destination = ports_of(term.destination_port);
  if (!term.type.empty()) {
    const auto type = parse_decimal(term.type, 0, 255);
    const auto code = parse_decimal(term.code.empty() ? "0" : term.code, 0, 255);
    destination = std::nullopt;
    if (type && code) {
      const auto first = static_cast<std::uint32_t>(*type * 256 + *code);
      destination = NumberRange{first, term.code.empty() ? first + 255 : first};
    }
  }
  if (!term.unknown.empty() || !protocol || !source || !destination) {
    unknown(!term.unknown.empty() ? term.unknown : "protocol or ports");
    return;
  }
  object.elements.push_back(service({*protocol, *protocol}, *source, *destination));
  const bool rpc = (*protocol == 6 || *protocol == 17) && destination->first <= kEndpointMapper &&
                   kEndpointMapper <= destination->last;
  const std::string alg = term.alg.empty() && rpc ? "ms-rpc" : term.alg;
  if (std::ranges::find(kOpening, alg) != std::end(kOpening) && (alg != "ms-rpc" || msrpc_alg)) {
    object.opens = fmt::format("application {}: the ALG {} opens further ports", name, alg);
  }
}

void JunosObjects::predefine() {
  for (const Predefined& one : kPredefined) {
    const std::string name(one.name);
    if (!terms_.contains(name)) {
      lines_.try_emplace(name, 0);
    }
  }
  for (const Predefined& one : kPredefined) {
    auto& terms = terms_[std::string(one.name)];
    if (lines_[std::string(one.name)] == 0) {
      Term& term = terms[fmt::format("{}{}", one.protocol, one.ports)];
      term.protocol = one.protocol;
      term.destination_port = one.ports;
      term.alg = one.alg;
    }
  }
  for (const PredefinedSet& set : kPredefinedSets) {
    applications_.put(std::string(set.name), 0).members.emplace_back(set.member);
  }
  Term& ping = terms_["junos-icmp-ping"][""];
  ping.protocol = "icmp";
  ping.type = "8";
  terms_["junos-ping"][""].protocol = "icmp";
  terms_["junos-pingv6"][""].protocol = "icmp6";
}

void JunosObjects::finish(bool msrpc_alg) {
  predefine();
  for (const auto& [name, terms] : terms_) {
    ZoneObject& object = applications_.put(name, lines_[name]);
    // What stands beside the terms says nothing of its own.
    const bool only = terms.size() == 1;
    for (const auto& [label, term] : terms) {
      if (only || !label.empty() || !term.protocol.empty()) {
        add_term(object, name, term, msrpc_alg);
      }
    }
  }
}

std::string JunosObjects::address_key(const std::string& zone, const std::string& name) const {
  if (const auto books = attached_.find(zone); books != attached_.end()) {
    for (const std::string& book : books->second) {
      if (addresses_.has(key_of(book, name))) {
        return key_of(book, name);
      }
    }
  }
  return key_of(kGlobal, name);
}

}  // namespace pinhole::firewall
