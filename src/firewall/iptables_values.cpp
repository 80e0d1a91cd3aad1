// SPDX-License-Identifier: Apache-2.0
#include "firewall/iptables_values.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

namespace pinhole::firewall::iptables {
namespace {

struct Name {
  std::string_view name;
  std::uint32_t number;
};

constexpr Name kProtocols[] = {
    {"icmp", 1},     {"igmp", 2},       {"ipencap", 4}, {"tcp", 6},    {"udp", 17},
    {"dccp", 33},    {"ipv6", 41},      {"gre", 47},    {"esp", 50},   {"ipv6-crypt", 50},
    {"ah", 51},      {"ipv6-auth", 51}, {"icmpv6", 58}, {"icmp6", 58}, {"ipv6-icmp", 58},
    {"ospf", 89},    {"pim", 103},      {"vrrp", 112},  {"sctp", 132}, {"mh", 135},
    {"udplite", 136}};
constexpr Name kFlags[] = {{"FIN", 1},  {"SYN", 2},  {"RST", 4},  {"PSH", 8},
                           {"ACK", 16}, {"URG", 32}, {"ALL", 63}, {"NONE", 0}};
constexpr Name kStates[] = {{"INVALID", kStateInvalid},     {"ESTABLISHED", kStateEstablished},
                            {"RELATED", kStateRelated},     {"NEW", kStateNew},
                            {"UNTRACKED", kStateUntracked}, {"DNAT", kStateDnat}};

/// Type, and code or 256 for all.
struct IcmpName {
  std::string_view name;
  std::uint32_t type;
  std::uint32_t code;
};
constexpr IcmpName kIcmp[] = {{"echo-reply", 0, 256},
                              {"pong", 0, 256},
                              {"destination-unreachable", 3, 256},
                              {"network-unreachable", 3, 0},
                              {"host-unreachable", 3, 1},
                              {"protocol-unreachable", 3, 2},
                              {"port-unreachable", 3, 3},
                              {"fragmentation-needed", 3, 4},
                              {"source-quench", 4, 256},
                              {"redirect", 5, 256},
                              {"echo-request", 8, 256},
                              {"ping", 8, 256},
                              {"router-advertisement", 9, 256},
                              {"router-solicitation", 10, 256},
                              {"time-exceeded", 11, 256},
                              {"parameter-problem", 12, 256},
                              {"timestamp-request", 13, 256},
                              {"timestamp-reply", 14, 256}};
constexpr IcmpName kIcmpv6[] = {{"destination-unreachable", 1, 256},
                                {"packet-too-big", 2, 256},
                                {"time-exceeded", 3, 256},
                                {"parameter-problem", 4, 256},
                                {"echo-request", 128, 256},
                                {"ping", 128, 256},
                                {"echo-reply", 129, 256},
                                {"pong", 129, 256},
                                {"router-solicitation", 133, 256},
                                {"router-advertisement", 134, 256},
                                {"neighbour-solicitation", 135, 256},
                                {"neighbor-solicitation", 135, 256},
                                {"neighbour-advertisement", 136, 256},
                                {"neighbor-advertisement", 136, 256},
                                {"redirect", 137, 256}};

/// Splits at commas and calls for each part; false as soon as one call is.
template <class Use>
bool each_of(std::string_view list, Use use) {
  for (;;) {
    const std::size_t comma = list.find(',');
    if (!use(list.substr(0, comma))) {
      return false;
    }
    if (comma == std::string_view::npos) {
      return true;
    }
    list.remove_prefix(comma + 1);
  }
}

template <std::size_t N>
std::optional<std::uint32_t> named(const Name (&names)[N], std::string_view text) {
  const auto found = std::ranges::find(names, text, &Name::name);
  return found == std::end(names) ? std::nullopt : std::optional(found->number);
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  const auto value = parse_decimal(text, 0, most);
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

/// Prefix length, or a netmask without holes.
std::optional<std::size_t> mask_length(std::string_view text, const IpAddress& of) {
  const std::size_t bits = of.is_v4() ? 32 : 128;
  if (const auto length = parse_decimal(text, 0, bits)) {
    return *length;
  }
  const auto mask = parse_address(text);
  if (!mask || mask->family != of.family) {
    return std::nullopt;
  }
  std::size_t length = 0;
  bool ended = false;
  for (std::size_t i = 0; i < bits / 8; ++i) {
    const std::uint8_t octet = mask->octets[i];
    const auto ones = static_cast<std::size_t>(std::countl_one(octet));
    const bool holes = ones + static_cast<std::size_t>(std::countr_zero(octet)) < 8;
    if (holes || (ended && octet != 0)) {
      return std::nullopt;
    }
    length += ones;
    ended = ended || ones < 8;
  }
  return length;
}

std::optional<AddressRange> network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  AddressRange range{*address, *address};
  if (slash != std::string_view::npos) {
    const auto length = mask_length(text.substr(slash + 1), *address);
    if (!length) {
      return std::nullopt;
    }
    for (std::size_t bit = *length; bit < (address->is_v4() ? 32U : 128U); ++bit) {
      const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
      range.first.octets[bit / 8] &= static_cast<std::uint8_t>(~mask);
      range.last.octets[bit / 8] |= mask;
    }
  }
  return range;
}

/// The divider of a port range is `:`, of a translation's `-`.
std::optional<NumberRange> port_range(std::string_view text, char divider) {
  const std::size_t at = text.find(divider);
  const std::string_view low = text.substr(0, at);
  const auto first =
      low.empty() && at != std::string_view::npos ? std::optional(0U) : number(low, 65535);
  const std::string_view high = at == std::string_view::npos ? low : text.substr(at + 1);
  const auto last =
      high.empty() && at != std::string_view::npos ? std::optional(65535U) : number(high, 65535);
  return first && last && *first <= *last ? std::optional(NumberRange{*first, *last})
                                          : std::nullopt;
}

}  // namespace

std::optional<std::vector<Element>> addresses(std::string_view list) {
  std::vector<Element> elements;
  const bool good = each_of(list, [&](std::string_view text) {
    const auto range = network(text);
    if (range) {
      elements.push_back({*range});
    }
    return range.has_value();
  });
  return good ? std::optional(std::move(elements)) : std::nullopt;
}

std::optional<AddressRange> address_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_address(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_address(text.substr(dash + 1));
  return first && last && first->family == last->family && *first <= *last
             ? std::optional(AddressRange{*first, *last})
             : std::nullopt;
}

Element interface(std::string_view text) {
  const bool prefix = text.ends_with('+');
  return {InterfaceName{std::string(prefix ? text.substr(0, text.size() - 1) : text), prefix}};
}

std::optional<std::vector<Element>> protocol(std::string_view text) {
  auto value = named(kProtocols, text);
  if (!value) {
    value = text == "all" ? std::optional(0U) : number(text, 255);
  }
  if (!value) {
    return std::nullopt;
  }
  // 0 stands for all protocols.
  return *value == 0 ? std::vector<Element>() : std::vector<Element>{{NumberRange{*value, *value}}};
}

std::optional<std::vector<Element>> ports(std::string_view list) {
  std::vector<Element> elements;
  const bool good = each_of(list, [&](std::string_view text) {
    const auto range = port_range(text, ':');
    if (range) {
      elements.push_back({*range});
    }
    return range.has_value();
  });
  return good ? std::optional(std::move(elements)) : std::nullopt;
}

std::optional<Element> tcp_flags(std::string_view mask, std::string_view value) {
  const auto bits = [](std::string_view list) {
    std::optional<std::uint32_t> all = 0;
    each_of(list, [&](std::string_view name) {
      const auto bit = named(kFlags, name);
      all = bit ? std::optional(*all | *bit) : std::nullopt;
      return bit.has_value();
    });
    return all;
  };
  const auto of_mask = bits(mask);
  const auto of_value = bits(value);
  return of_mask && of_value ? std::optional(Element{MaskedNumber{*of_mask, *of_value}})
                             : std::nullopt;
}

std::optional<IcmpType> icmp_type(std::string_view text, TableFamily family) {
  if (text == "any") {
    return IcmpType{};
  }
  const auto find = [&](const auto& names) -> std::optional<IcmpType> {
    const auto found = std::ranges::find(names, text, &IcmpName::name);
    if (found == std::end(names)) {
      return std::nullopt;
    }
    return IcmpType{found->type, found->code < 256 ? std::optional(found->code) : std::nullopt};
  };
  const auto by_name = family == TableFamily::ip6 ? find(kIcmpv6) : find(kIcmp);
  if (by_name) {
    return by_name;
  }
  const std::size_t slash = text.find('/');
  const auto type = number(text.substr(0, slash), 255);
  const auto code =
      slash == std::string_view::npos ? std::nullopt : number(text.substr(slash + 1), 255);
  if (!type || (slash != std::string_view::npos && !code)) {
    return std::nullopt;
  }
  // ICMP's type 255 is how iptables-save writes `any`.
  return *type == 255 && family == TableFamily::ip ? IcmpType{} : IcmpType{type, code};
}

std::optional<std::vector<std::uint32_t>> states(std::string_view list) {
  std::vector<std::uint32_t> bits;
  const bool good = each_of(list, [&](std::string_view name) {
    const auto bit = named(kStates, name);
    if (bit) {
      bits.push_back(*bit);
    }
    return bit.has_value();
  });
  return good ? std::optional(std::move(bits)) : std::nullopt;
}

std::optional<NatTarget> nat_target(std::string_view text) {
  std::string_view address = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    address = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else if (std::ranges::count(text, ':') == 1) {
    address = text.substr(0, text.find(':'));
    port = text.substr(text.find(':'));
  }
  NatTarget target;
  if (!address.empty() && !(target.address = address_range(address))) {
    return std::nullopt;
  }
  if (!port.empty()) {
    target.ports =
        port.size() > 1 && port[0] == ':' ? port_range(port.substr(1), '-') : std::nullopt;
    if (!target.ports) {
      return std::nullopt;
    }
  }
  return target.address || target.ports ? std::optional(target) : std::nullopt;
}

}  // namespace pinhole::firewall::iptables
