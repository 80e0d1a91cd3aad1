// SPDX-License-Identifier: Apache-2.0
#include "firewall/cisco_values.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace pinhole::firewall::cisco {
namespace {

struct Name {
  std::string_view name;
  std::uint32_t number;
};

constexpr Name kProtocols[] = {{"ah", 51},   {"ahp", 51},   {"eigrp", 88}, {"esp", 50},
                               {"gre", 47},  {"icmp", 1},   {"icmp6", 58}, {"igmp", 2},
                               {"igrp", 9},  {"ipinip", 4}, {"nos", 94},   {"ospf", 89},
                               {"pcp", 108}, {"pim", 103},  {"sctp", 132}, {"snp", 109},
                               {"tcp", 6},   {"udp", 17},   {"ipsec", 50}, {"pptp", 47}};

constexpr Name kPorts[] = {{"aol", 5190},
                           {"bgp", 179},
                           {"biff", 512},
                           {"bootpc", 68},
                           {"bootps", 67},
                           {"chargen", 19},
                           {"cifs", 3020},
                           {"citrix-ica", 1494},
                           {"cmd", 514},
                           {"ctiqbe", 2748},
                           {"daytime", 13},
                           {"discard", 9},
                           {"dnsix", 195},
                           {"domain", 53},
                           {"drip", 3949},
                           {"echo", 7},
                           {"exec", 512},
                           {"finger", 79},
                           {"ftp", 21},
                           {"ftp-data", 20},
                           {"gopher", 70},
                           {"h323", 1720},
                           {"hostname", 101},
                           {"http", 80},
                           {"https", 443},
                           {"ident", 113},
                           {"imap4", 143},
                           {"irc", 194},
                           {"isakmp", 500},
                           {"kerberos", 750},
                           {"klogin", 543},
                           {"kshell", 544},
                           {"ldap", 389},
                           {"ldaps", 636},
                           {"login", 513},
                           {"lotusnotes", 1352},
                           {"lpd", 515},
                           {"mobile-ip", 434},
                           {"msrpc", 135},
                           {"nameserver", 42},
                           {"netbios-dgm", 138},
                           {"netbios-ns", 137},
                           {"netbios-ss", 139},
                           {"netbios-ssn", 139},
                           {"nfs", 2049},
                           {"nntp", 119},
                           {"non500-isakmp", 4500},
                           {"ntp", 123},
                           {"pcanywhere-data", 5631},
                           {"pcanywhere-status", 5632},
                           {"pim-auto-rp", 496},
                           {"pop2", 109},
                           {"pop3", 110},
                           {"pptp", 1723},
                           {"radius", 1645},
                           {"radius-acct", 1646},
                           {"rip", 520},
                           {"ripv6", 521},
                           {"rsh", 514},
                           {"rtsp", 554},
                           {"secureid-udp", 5510},
                           {"sip", 5060},
                           {"smtp", 25},
                           {"snmp", 161},
                           {"snmptrap", 162},
                           {"sqlnet", 1521},
                           {"ssh", 22},
                           {"sunrpc", 111},
                           {"syslog", 514},
                           {"tacacs", 49},
                           {"talk", 517},
                           {"telnet", 23},
                           {"tftp", 69},
                           {"time", 37},
                           {"uucp", 540},
                           {"vxlan", 4789},
                           {"who", 513},
                           {"whois", 43},
                           {"www", 80},
                           {"xdmcp", 177}};

constexpr std::uint32_t kAnyCode = 256;

struct IcmpName {
  std::string_view name;
  std::uint32_t type;
  std::uint32_t code;
};

constexpr IcmpName kIcmp[] = {{"echo-reply", 0, kAnyCode},
                              {"unreachable", 3, kAnyCode},
                              {"net-unreachable", 3, 0},
                              {"host-unreachable", 3, 1},
                              {"protocol-unreachable", 3, 2},
                              {"port-unreachable", 3, 3},
                              {"packet-too-big", 3, 4},
                              {"administratively-prohibited", 3, 13},
                              {"source-quench", 4, kAnyCode},
                              {"redirect", 5, kAnyCode},
                              {"alternate-address", 6, kAnyCode},
                              {"echo", 8, kAnyCode},
                              {"router-advertisement", 9, kAnyCode},
                              {"router-solicitation", 10, kAnyCode},
                              {"time-exceeded", 11, kAnyCode},
                              {"ttl-exceeded", 11, 0},
                              {"reassembly-timeout", 11, 1},
                              {"parameter-problem", 12, kAnyCode},
                              {"timestamp-request", 13, kAnyCode},
                              {"timestamp-reply", 14, kAnyCode},
                              {"information-request", 15, kAnyCode},
                              {"information-reply", 16, kAnyCode},
                              {"mask-request", 17, kAnyCode},
                              {"mask-reply", 18, kAnyCode},
                              {"traceroute", 30, kAnyCode},
                              {"conversion-error", 31, kAnyCode},
                              {"mobile-redirect", 32, kAnyCode}};

constexpr IcmpName kIcmpv6[] = {{"unreachable", 1, kAnyCode},
                                {"no-route", 1, 0},
                                {"no-admin", 1, 1},
                                {"beyond-scope", 1, 2},
                                {"destination-unreachable", 1, kAnyCode},
                                {"port-unreachable", 1, 4},
                                {"packet-too-big", 2, kAnyCode},
                                {"time-exceeded", 3, kAnyCode},
                                {"hop-limit", 3, 0},
                                {"reassembly-timeout", 3, 1},
                                {"parameter-problem", 4, kAnyCode},
                                {"header", 4, 0},
                                {"next-header", 4, 1},
                                {"parameter-option", 4, 2},
                                {"echo", 128, kAnyCode},
                                {"echo-request", 128, kAnyCode},
                                {"echo-reply", 129, kAnyCode},
                                {"membership-query", 130, kAnyCode},
                                {"mld-query", 130, kAnyCode},
                                {"membership-report", 131, kAnyCode},
                                {"mld-report", 131, kAnyCode},
                                {"membership-reduction", 132, kAnyCode},
                                {"mld-reduction", 132, kAnyCode},
                                {"router-solicitation", 133, kAnyCode},
                                {"router-advertisement", 134, kAnyCode},
                                {"nd-ns", 135, kAnyCode},
                                {"neighbor-solicitation", 135, kAnyCode},
                                {"nd-na", 136, kAnyCode},
                                {"neighbor-advertisement", 136, kAnyCode},
                                {"neighbor-redirect", 137, kAnyCode},
                                {"redirect", 137, kAnyCode},
                                {"router-renumbering", 138, kAnyCode}};

/// A mask with more holes is not spelled out.
constexpr int kMostHoles = 12;

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  const auto value = parse_decimal(text, 0, most);
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

template <std::size_t N>
std::optional<std::uint32_t> named(const Name (&names)[N], std::string_view text) {
  const auto found = std::ranges::find(names, text, &Name::name);
  return found == std::end(names) ? std::nullopt : std::optional(found->number);
}

template <std::size_t N>
std::optional<IcmpType> named(const IcmpName (&names)[N], std::string_view text) {
  const auto found = std::ranges::find(names, text, &IcmpName::name);
  if (found == std::end(names)) {
    return std::nullopt;
  }
  return IcmpType{found->type, found->code < kAnyCode ? std::optional(found->code) : std::nullopt};
}

}  // namespace

std::optional<NumberRange> protocol(std::string_view word) {
  if (word == "ip" || word == "ipv6") {
    return NumberRange{0, 255};
  }
  const auto known = named(kProtocols, word);
  const auto value = known ? known : number(word, 255);
  return value ? std::optional(NumberRange{*value, *value}) : std::nullopt;
}

std::optional<std::uint32_t> port(std::string_view word) {
  const auto known = named(kPorts, word);
  return known ? known : number(word, 65535);
}

bool is_port_operator(std::string_view word) {
  return word == "eq" || word == "neq" || word == "lt" || word == "gt" || word == "range";
}

std::optional<std::vector<NumberRange>> port_operator(Words& words) {
  const std::string_view which = words.peek();
  const auto first = port(words.peek(1));
  if (!is_port_operator(which) || !first) {
    return std::nullopt;
  }
  std::vector<NumberRange> ranges;
  if (which == "range") {
    const auto last = port(words.peek(2));
    if (!last || *last < *first) {
      return std::nullopt;
    }
    words.next();
    words.next();
    words.next();
    return std::vector{NumberRange{*first, *last}};
  }
  words.next();
  if (which == "eq") {
    while (const auto each = port(words.peek())) {
      ranges.push_back({*each, *each});
      words.next();
    }
    return ranges;
  }
  words.next();
  if ((which == "lt" || which == "neq") && *first > 0) {
    ranges.push_back({0, *first - 1});
  }
  if ((which == "gt" || which == "neq") && *first < 65535) {
    ranges.push_back({*first + 1, 65535});
  }
  return ranges;
}

std::optional<IcmpType> icmp_type(std::string_view word, bool v6) {
  const auto known = v6 ? named(kIcmpv6, word) : named(kIcmp, word);
  if (known) {
    return known;
  }
  const auto type = number(word, 255);
  return type ? std::optional(IcmpType{*type, std::nullopt}) : std::nullopt;
}

std::optional<std::vector<AddressRange>> masked(const IpAddress& address, const IpAddress& mask,
                                                Mask kind) {
  if (!address.is_v4() || !mask.is_v4()) {
    return std::nullopt;
  }
  const std::uint32_t free = kind == Mask::netmask ? ~mask.to_v4() : mask.to_v4();
  const std::uint32_t base = address.to_v4() & ~free;
  const int tail = std::countr_one(free);
  const std::uint32_t low = tail == 32 ? ~0U : (1U << static_cast<unsigned>(tail)) - 1;
  const std::uint32_t holes = free & ~low;
  if (std::popcount(holes) > kMostHoles) {
    return std::nullopt;
  }
  std::vector<AddressRange> ranges;
  std::uint32_t bits = 0;
  do {
    ranges.push_back({IpAddress::v4(base | bits), IpAddress::v4(base | bits | low)});
    bits = (bits - holes) & holes;
  } while (bits != 0);
  return ranges;
}

std::optional<AddressRange> prefix_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address || slash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::uint32_t bits = address->is_v4() ? 32 : 128;
  const auto length = number(text.substr(slash + 1), bits);
  if (!length) {
    return std::nullopt;
  }
  AddressRange range{*address, *address};
  for (std::uint32_t bit = *length; bit < bits; ++bit) {
    const auto one = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    range.first.octets.at(bit / 8) &= static_cast<std::uint8_t>(~one);
    range.last.octets.at(bit / 8) |= one;
  }
  return range;
}

AddressRange all_addresses(IpAddress::Family family) {
  AddressRange range;
  range.first.family = range.last.family = family;
  std::fill_n(range.last.octets.begin(), family == IpAddress::Family::v4 ? 4 : 16,
              std::uint8_t{0xff});
  return range;
}

}  // namespace pinhole::firewall::cisco
