// SPDX-License-Identifier: Apache-2.0
#include "firewall/pf_values.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "firewall/address_number.hpp"

namespace pinhole::firewall::pf {
namespace {

struct Name {
  std::string_view name;
  std::uint32_t number;
};

template <std::size_t Size>
std::optional<std::uint32_t> find(const std::array<Name, Size>& names, std::string_view text,
                                  std::uint64_t most) {
  const auto found = std::ranges::find(names, text, &Name::name);
  if (found != names.end()) {
    return found->number;
  }
  const auto number = parse_decimal(text, 0, most);
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

/// Addresses of IPv4 may stop early: `10.1` is 10.1.0.0.
std::optional<IpAddress> address(std::string_view text) {
  std::string whole(text);
  const bool digits = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
  for (auto dots = std::ranges::count(text, '.'); digits && dots < 3; ++dots) {
    whole += ".0";
  }
  return parse_address(whole);
}

}  // namespace

std::optional<AddressRange> addresses(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto first = parse_address(text.substr(0, dash));
    const auto last = parse_address(text.substr(dash + 1));
    if (!first || !last || first->family != last->family || *last < *first) {
      return std::nullopt;
    }
    return AddressRange{*first, *last};
  }
  const std::size_t slash = text.find('/');
  const std::string_view left = text.substr(0, slash);
  const auto first = slash == std::string_view::npos ? parse_address(left) : address(left);
  if (!first) {
    return std::nullopt;
  }
  const unsigned bits = first->is_v4() ? 32 : 128;
  const auto length = slash == std::string_view::npos
                          ? std::optional<std::uint64_t>(bits)
                          : parse_decimal(text.substr(slash + 1), 0, bits);
  if (!length) {
    return std::nullopt;
  }
  const auto host = bits - static_cast<unsigned>(*length);
  const U128 low = host == 128 ? ~U128{0} : (U128{1} << host) - 1;
  const U128 number = number_of(*first);
  return AddressRange{address_of(number & ~low, first->family),
                      address_of(number | low, first->family)};
}

std::optional<std::uint32_t> protocol(std::string_view text) {
  static constexpr std::array kNames{Name{"tcp", 6},    Name{"udp", 17},       Name{"icmp", 1},
                                     Name{"icmp6", 58}, Name{"ipv6-icmp", 58}, Name{"igmp", 2},
                                     Name{"gre", 47},   Name{"esp", 50},       Name{"ah", 51},
                                     Name{"ospf", 89},  Name{"pim", 103},      Name{"carp", 112},
                                     Name{"vrrp", 112}, Name{"pfsync", 240},   Name{"sctp", 132},
                                     Name{"ipv6", 41},  Name{"ipencap", 4},    Name{"etherip", 97}};
  return find(kNames, text, 255);
}

std::optional<std::uint32_t> port(std::string_view text) {
  static constexpr std::array kNames{
      Name{"ftp-data", 20},     Name{"ftp", 21},          Name{"ssh", 22},
      Name{"telnet", 23},       Name{"smtp", 25},         Name{"domain", 53},
      Name{"bootps", 67},       Name{"bootpc", 68},       Name{"tftp", 69},
      Name{"www", 80},          Name{"http", 80},         Name{"kerberos", 88},
      Name{"pop3", 110},        Name{"sunrpc", 111},      Name{"auth", 113},
      Name{"ident", 113},       Name{"nntp", 119},        Name{"ntp", 123},
      Name{"epmap", 135},       Name{"loc-srv", 135},     Name{"netbios-ns", 137},
      Name{"netbios-dgm", 138}, Name{"netbios-ssn", 139}, Name{"imap", 143},
      Name{"snmp", 161},        Name{"snmptrap", 162},    Name{"bgp", 179},
      Name{"ldap", 389},        Name{"https", 443},       Name{"microsoft-ds", 445},
      Name{"kpasswd", 464},     Name{"submissions", 465}, Name{"smtps", 465},
      Name{"isakmp", 500},      Name{"syslog", 514},      Name{"printer", 515},
      Name{"submission", 587},  Name{"ldaps", 636},       Name{"imaps", 993},
      Name{"pop3s", 995},       Name{"socks", 1080},      Name{"nfsd", 2049},
      Name{"cvspserver", 2401}, Name{"ipsec-nat-t", 4500}};
  return find(kNames, text, 65535);
}

std::vector<NumberRange> port_ranges(std::string_view op, std::uint32_t first, std::uint32_t last) {
  constexpr std::uint32_t kLast = 65535;
  std::vector<NumberRange> ranges;
  const auto add = [&](std::uint32_t from, std::uint32_t to, bool any) {
    if (any && from <= to) {
      ranges.push_back({from, to});
    }
  };
  if (op == "=" || op == ":") {
    add(first, op == "=" ? first : last, true);
  } else if (op == "!=" || op == "<>") {
    const std::uint32_t end = op == "!=" ? first : last;
    add(0, first - 1, first > 0);
    add(end + 1, kLast, end < kLast);
  } else if (op == "<" || op == "<=") {
    add(0, op == "<" ? first - 1 : first, op == "<=" || first > 0);
  } else if (op == ">" || op == ">=") {
    add(op == ">" ? first + 1 : first, kLast, true);
  } else if (op == "><") {
    add(first + 1, last - 1, last > 0);
  }
  return ranges;
}

std::optional<MaskedNumber> flags(std::string_view text) {
  constexpr std::string_view kLetters = "FSRPAUEW";  // from bit 0
  constexpr std::uint32_t kKnown = 63;
  MaskedNumber result;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t bit = kLetters.find(text[i]);
    if (i != slash && bit == std::string_view::npos) {
      return std::nullopt;
    }
    if (i != slash) {
      (i < slash ? result.value : result.mask) |= 1U << bit;
    }
  }
  if ((result.value & ~result.mask) != 0 || (result.value & ~kKnown) != 0) {
    return std::nullopt;
  }
  result.mask &= kKnown;
  return result;
}

std::optional<std::uint32_t> icmp_type(std::string_view text, bool v6) {
  static constexpr std::array k4{
      Name{"echorep", 0},  Name{"unreach", 3},    Name{"squench", 4},   Name{"redir", 5},
      Name{"althost", 6},  Name{"echoreq", 8},    Name{"routeradv", 9}, Name{"routersol", 10},
      Name{"timex", 11},   Name{"paramprob", 12}, Name{"timereq", 13},  Name{"timerep", 14},
      Name{"inforeq", 15}, Name{"inforep", 16},   Name{"maskreq", 17},  Name{"maskrep", 18}};
  static constexpr std::array k6{
      Name{"unreach", 1},      Name{"toobig", 2},      Name{"timex", 3},
      Name{"paramprob", 4},    Name{"echoreq", 128},   Name{"echorep", 129},
      Name{"routersol", 133},  Name{"routeradv", 134}, Name{"neighbrsol", 135},
      Name{"neighbradv", 136}, Name{"redir", 137}};
  return v6 ? find(k6, text, 255) : find(k4, text, 255);
}

bool is_interface(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text.front()) && digit(text.back()) &&
         std::ranges::all_of(text,
                             [&](char c) { return letter(c) || digit(c) || c == '_' || c == '.'; });
}

std::vector<AddressRange> table_ranges(std::vector<TableEntry> entries) {
  const auto key = [](const TableEntry& entry) {
    return std::tuple(entry.range.first.family, number_of(entry.range.first),
                      ~number_of(entry.range.last));
  };
  std::ranges::sort(entries, {}, key);
  // Entries are nested or apart, so that those around a place are a stack.
  std::vector<AddressRange> result;
  std::vector<std::pair<U128, bool>> around;  // where each ends, and whether it is negated
  U128 next = 0;
  auto family = IpAddress::Family::v4;
  const auto emit = [&](U128 last) {
    if (!around.empty() && !around.back().second && next <= last) {
      result.push_back({address_of(next, family), address_of(last, family)});
    }
  };
  const auto close = [&](const std::optional<U128>& before) {
    while (!around.empty() && (!before || around.back().first < *before)) {
      const U128 end = around.back().first;
      emit(end);
      next = std::max(next, end + 1);
      around.pop_back();
      if (end == ~U128{0}) {
        around.clear();
      }
    }
  };
  for (const TableEntry& entry : entries) {
    const U128 first = number_of(entry.range.first);
    if (entry.range.first.family != family) {
      close(std::nullopt);
      family = entry.range.first.family;
      next = 0;
    }
    close(first);
    if (first > 0) {
      emit(first - 1);
    }
    next = first;
    around.emplace_back(number_of(entry.range.last), entry.negated);
  }
  close(std::nullopt);
  return result;
}

}  // namespace pinhole::firewall::pf
