// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_terms.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <utility>

#include "firewall/address_number.hpp"

namespace pinhole::firewall {
namespace {

struct Name {
  std::string_view name;
  std::uint32_t number;
};

constexpr Name kProtocols[] = {{"icmp", 1},   {"igmp", 2},   {"ipencap", 4},  {"tcp", 6},
                               {"udp", 17},   {"dccp", 33},  {"ipv6", 41},    {"gre", 47},
                               {"esp", 50},   {"ah", 51},    {"icmpv6", 58},  {"ipv6-icmp", 58},
                               {"ospf", 89},  {"pim", 103},  {"comp", 108},   {"ipcomp", 108},
                               {"vrrp", 112}, {"sctp", 132}, {"udplite", 136}};
constexpr Name kPorts[] = {
    {"ftp-data", 20},     {"ftp", 21},           {"ssh", 22},         {"telnet", 23},
    {"smtp", 25},         {"domain", 53},        {"bootps", 67},      {"bootpc", 68},
    {"tftp", 69},         {"http", 80},          {"kerberos", 88},    {"pop3", 110},
    {"ntp", 123},         {"epmap", 135},        {"netbios-ns", 137}, {"netbios-dgm", 138},
    {"netbios-ssn", 139}, {"imap2", 143},        {"snmp", 161},       {"ldap", 389},
    {"https", 443},       {"microsoft-ds", 445}, {"submission", 587}, {"ldaps", 636},
    {"imaps", 993},       {"pop3s", 995},        {"mdns", 5353}};
constexpr Name kIcmpTypes[] = {{"echo-reply", 0},           {"destination-unreachable", 3},
                               {"source-quench", 4},        {"redirect", 5},
                               {"echo-request", 8},         {"router-advertisement", 9},
                               {"router-solicitation", 10}, {"time-exceeded", 11},
                               {"parameter-problem", 12},   {"timestamp-request", 13},
                               {"timestamp-reply", 14},     {"info-request", 15},
                               {"info-reply", 16},          {"address-mask-request", 17},
                               {"address-mask-reply", 18}};
constexpr Name kIcmpv6Types[] = {
    {"destination-unreachable", 1},  {"packet-too-big", 2},         {"time-exceeded", 3},
    {"parameter-problem", 4},        {"echo-request", 128},         {"echo-reply", 129},
    {"mld-listener-query", 130},     {"mld-listener-report", 131},  {"mld-listener-done", 132},
    {"mld-listener-reduction", 132}, {"nd-router-solicit", 133},    {"nd-router-advert", 134},
    {"nd-neighbor-solicit", 135},    {"nd-neighbor-advert", 136},   {"nd-redirect", 137},
    {"router-renumbering", 138},     {"ind-neighbor-solicit", 141}, {"ind-neighbor-advert", 142},
    {"mld2-listener-report", 143}};
constexpr Name kStates[] = {{"invalid", kStateInvalid},
                            {"established", kStateEstablished},
                            {"related", kStateRelated},
                            {"new", kStateNew},
                            {"untracked", kStateUntracked}};
constexpr Name kFlags[] = {{"fin", 1},  {"syn", 2},  {"rst", 4},  {"psh", 8},
                           {"ack", 16}, {"urg", 32}, {"ecn", 64}, {"cwr", 128}};
constexpr Name kFamilies[] = {{"ipv4", 4}, {"ipv6", 6}};
constexpr Name kEthertypes[] = {{"ip", 4}, {"ip6", 6}, {"0x0800", 4}, {"0x86dd", 6}};
constexpr Name kStatus[] = {{"dnat", 1}};
constexpr Name kPriorities[] = {{"raw", 0},      {"mangle", 150},   {"dstnat", 200},
                                {"filter", 300}, {"security", 350}, {"srcnat", 400}};
/// Priorities above are counted from here, for numbers without a sign.
constexpr std::int32_t kRawPriority = -300;

std::span<const Name> names_of(NftType type) {
  switch (type) {
    case NftType::port:
      return kPorts;
    case NftType::protocol:
      return kProtocols;
    case NftType::state:
      return kStates;
    case NftType::tcp_flags:
      return kFlags;
    case NftType::icmp_type:
      return kIcmpTypes;
    case NftType::icmpv6_type:
      return kIcmpv6Types;
    case NftType::family:
      return kFamilies;
    case NftType::ethertype:
      return kEthertypes;
    case NftType::status:
      return kStatus;
    case NftType::ipv4:
    case NftType::ipv6:
    case NftType::interface:
    case NftType::icmp_code:
      break;
  }
  return {};
}

std::uint32_t largest(NftType type) {
  return type == NftType::port ? 65535U : 255U;
}

std::optional<std::uint32_t> number(NftType type, std::string_view text) {
  const auto names = names_of(type);
  if (const auto found = std::ranges::find(names, text, &Name::name); found != names.end()) {
    return found->number;
  }
  // Of families and states the number is the kernel's own, not ours.
  if (type == NftType::family || type == NftType::ethertype || type == NftType::state ||
      type == NftType::status) {
    return std::nullopt;
  }
  const bool hex = text.starts_with("0x");
  const std::string_view digits = hex ? text.substr(2) : text;
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (error != std::errc{} || end != digits.data() + digits.size() || value > largest(type)) {
    return std::nullopt;
  }
  return value;
}

std::optional<Value> address_value(IpAddress::Family family, std::string_view text) {
  const auto address = [&](std::string_view part) {
    const auto parsed = parse_address(part);
    return parsed && parsed->family == family ? parsed : std::nullopt;
  };
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto first = address(text.substr(0, dash));
    const auto last = address(text.substr(dash + 1));
    return first && last && *first <= *last ? std::optional<Value>(AddressRange{*first, *last})
                                            : std::nullopt;
  }
  const std::size_t slash = text.find('/');
  const auto first = address(text.substr(0, slash));
  if (!first) {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) {
    return AddressRange{*first, *first};
  }
  const std::size_t bits = family == IpAddress::Family::v4 ? 32 : 128;
  const auto length = parse_decimal(text.substr(slash + 1), 0, bits);
  if (!length) {
    return std::nullopt;
  }
  // Bits beyond the prefix do not count, as in the kernel.
  AddressRange range{*first, *first};
  for (std::size_t bit = *length; bit < bits; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    range.first.octets[bit / 8] &= static_cast<std::uint8_t>(~mask);
    range.last.octets[bit / 8] |= mask;
  }
  return range;
}

Value interface_value(std::string_view text) {
  if (text.ends_with("\\*")) {
    return InterfaceName{std::string(text.substr(0, text.size() - 2)) + "*", false};
  }
  const bool prefix = text.ends_with('*');
  return InterfaceName{std::string(prefix ? text.substr(0, text.size() - 1) : text), prefix};
}

std::optional<Value> number_value(NftType type, std::string_view text) {
  if (const auto whole = number(type, text)) {
    return type == NftType::tcp_flags ? Value(MaskedNumber{0xff, *whole})
                                      : Value(NumberRange{*whole, *whole});
  }
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || type == NftType::tcp_flags) {
    return std::nullopt;
  }
  const auto first = number(type, text.substr(0, dash));
  const auto last = number(type, text.substr(dash + 1));
  return first && last && *first <= *last ? std::optional<Value>(NumberRange{*first, *last})
                                          : std::nullopt;
}

struct KeyRow {
  std::string_view group;
  std::string_view name;
  Field field;
  NftType type;
  std::uint32_t family;    // implied; 0: none
  std::uint32_t protocol;  // implied; 0: none
};

constexpr KeyRow kKeys[] = {
    {"meta", "iifname", Field::in_interface, NftType::interface, 0, 0},
    {"meta", "iif", Field::in_interface, NftType::interface, 0, 0},
    {"meta", "oifname", Field::out_interface, NftType::interface, 0, 0},
    {"meta", "oif", Field::out_interface, NftType::interface, 0, 0},
    {"meta", "nfproto", Field::family, NftType::family, 0, 0},
    {"meta", "protocol", Field::family, NftType::ethertype, 0, 0},
    {"meta", "l4proto", Field::protocol, NftType::protocol, 0, 0},
    {"ip", "saddr", Field::source, NftType::ipv4, 4, 0},
    {"ip", "daddr", Field::destination, NftType::ipv4, 4, 0},
    {"ip", "protocol", Field::protocol, NftType::protocol, 4, 0},
    {"ip6", "saddr", Field::source, NftType::ipv6, 6, 0},
    {"ip6", "daddr", Field::destination, NftType::ipv6, 6, 0},
    {"ip6", "nexthdr", Field::protocol, NftType::protocol, 6, 0},
    {"icmp", "type", Field::icmp_type, NftType::icmp_type, 4, 1},
    {"icmp", "code", Field::icmp_code, NftType::icmp_code, 4, 1},
    {"icmpv6", "type", Field::icmp_type, NftType::icmpv6_type, 6, 58},
    {"icmpv6", "code", Field::icmp_code, NftType::icmp_code, 6, 58},
    {"tcp", "sport", Field::source_port, NftType::port, 0, 6},
    {"tcp", "dport", Field::destination_port, NftType::port, 0, 6},
    {"tcp", "flags", Field::tcp_flags, NftType::tcp_flags, 0, 6},
    {"udp", "sport", Field::source_port, NftType::port, 0, 17},
    {"udp", "dport", Field::destination_port, NftType::port, 0, 17},
    {"udplite", "sport", Field::source_port, NftType::port, 0, 136},
    {"udplite", "dport", Field::destination_port, NftType::port, 0, 136},
    {"sctp", "sport", Field::source_port, NftType::port, 0, 132},
    {"sctp", "dport", Field::destination_port, NftType::port, 0, 132},
    {"dccp", "sport", Field::source_port, NftType::port, 0, 33},
    {"dccp", "dport", Field::destination_port, NftType::port, 0, 33},
    {"th", "sport", Field::source_port, NftType::port, 0, 0},
    {"th", "dport", Field::destination_port, NftType::port, 0, 0},
    {"ct", "state", Field::connection_state, NftType::state, 0, 0},
    {"ct", "status", Field::translated, NftType::status, 0, 0},
    {"ct", "original ip daddr", Field::original_destination, NftType::ipv4, 4, 0},
    {"ct", "original ip6 daddr", Field::original_destination, NftType::ipv6, 6, 0},
    {"ct", "original proto-dst", Field::original_destination_port, NftType::port, 0, 0},
};

struct TypeRow {
  std::string_view name;
  NftType type;
};

constexpr TypeRow kTypes[] = {
    {"ipv4_addr", NftType::ipv4},          {"ipv6_addr", NftType::ipv6},
    {"inet_service", NftType::port},       {"inet_proto", NftType::protocol},
    {"ifname", NftType::interface},        {"iface_index", NftType::interface},
    {"ct_state", NftType::state},          {"icmp_type", NftType::icmp_type},
    {"icmpv6_type", NftType::icmpv6_type}, {"icmp_code", NftType::icmp_code},
    {"icmpv6_code", NftType::icmp_code},   {"nf_proto", NftType::family},
    {"tcp_flag", NftType::tcp_flags}};

}  // namespace

Match field_is(Field field, std::uint32_t number) {
  return {.fields = {field},
          .elements = {{NumberRange{number, number}}},
          .set = {},
          .negated = false,
          .unknown = {}};
}

std::optional<NftKey> nft_key(std::string_view group, std::string_view name) {
  for (const KeyRow& row : kKeys) {
    if (row.group == group && row.name == name) {
      NftKey key{row.field, row.type, {}};
      if (row.family != 0) {
        key.implied.push_back(field_is(Field::family, row.family));
      }
      if (row.protocol != 0) {
        key.implied.push_back(field_is(Field::protocol, row.protocol));
      }
      return key;
    }
  }
  return std::nullopt;
}

std::optional<NftType> nft_type(std::string_view datatype) {
  const auto found = std::ranges::find(kTypes, datatype, &TypeRow::name);
  return found == std::end(kTypes) ? std::nullopt : std::optional(found->type);
}

std::optional<Value> nft_value(NftType type, std::string_view text) {
  switch (type) {
    case NftType::ipv4:
      return address_value(IpAddress::Family::v4, text);
    case NftType::ipv6:
      return address_value(IpAddress::Family::v6, text);
    case NftType::interface:
      return interface_value(text);
    default:
      return number_value(type, text);
  }
}

std::optional<std::uint32_t> nft_bit(NftType type, std::string_view text) {
  return number(type, text);
}

Value nft_any(NftType type) {
  switch (type) {
    case NftType::ipv4:
      return range_of({{.family = IpAddress::Family::v4, .octets = {}}, 0});
    case NftType::ipv6:
      return range_of({{.family = IpAddress::Family::v6, .octets = {}}, 0});
    case NftType::interface:
      return InterfaceName{"", true};
    case NftType::tcp_flags:
      return MaskedNumber{0, 0};
    default:
      return NumberRange{0, largest(type)};
  }
}

std::optional<std::int32_t> nft_priority(std::string_view name) {
  const auto found = std::ranges::find(kPriorities, name, &Name::name);
  if (found == std::end(kPriorities)) {
    return std::nullopt;
  }
  return kRawPriority + static_cast<std::int32_t>(found->number);
}

}  // namespace pinhole::firewall
