// SPDX-License-Identifier: Apache-2.0
#include "base/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ostream>

#include <arpa/inet.h>

#include <fmt/format.h>

namespace pinhole {

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress address;
  for (std::size_t i = 0; i < 4; ++i) {
    address.octets[i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return address;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& octets) {
  return {Family::v6, octets};
}

bool IpAddress::is_unspecified() const {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; });
}

std::uint32_t IpAddress::to_v4() const {
  if (!is_v4()) {
    return 0;
  }
  return static_cast<std::uint32_t>(octets[0]) << 24 | static_cast<std::uint32_t>(octets[1]) << 16 |
         static_cast<std::uint32_t>(octets[2]) << 8 | octets[3];
}

std::optional<IpAddress> parse_address(std::string_view text) {
  const std::string copy(text);
  if (copy.size() != std::strlen(copy.c_str())) {
    return std::nullopt;
  }
  IpAddress address;
  if (inet_pton(AF_INET, copy.c_str(), address.octets.data()) == 1) {
    return address;
  }
  address = {};
  address.family = IpAddress::Family::v6;
  if (inet_pton(AF_INET6, copy.c_str(), address.octets.data()) == 1) {
    return address;
  }
  return std::nullopt;
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.is_v4() ? AF_INET : AF_INET6, address.octets.data(), text.data(), text.size());
  return text.data();
}

std::ostream& operator<<(std::ostream& out, const IpAddress& address) {
  return out << to_string(address);
}

bool IpPrefix::contains(const IpAddress& other) const {
  if (other.family != address.family) {
    return false;
  }
  for (std::size_t bit = 0; bit < length; bit += 8) {
    const std::size_t left = length - bit;
    const unsigned mask = left >= 8 ? 0xffU : 0xffU << (8 - left) & 0xffU;
    const std::size_t octet = bit / 8;
    if ((address.octets[octet] & mask) != (other.octets[octet] & mask)) {
      return false;
    }
  }
  return true;
}

std::optional<IpPrefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const std::uint8_t most = address->is_v4() ? 32 : 128;
  IpPrefix prefix{*address, most};
  if (slash != std::string_view::npos) {
    const auto length = parse_decimal(text.substr(slash + 1), 0, most);
    if (!length) {
      return std::nullopt;
    }
    prefix.length = static_cast<std::uint8_t>(*length);
  }
  for (std::size_t bit = prefix.length; bit < most; ++bit) {
    if ((address->octets[bit / 8] >> (7 - bit % 8) & 1U) != 0) {
      return std::nullopt;
    }
  }
  return prefix;
}

std::string to_string(const IpPrefix& prefix) {
  return fmt::format("{}/{}", to_string(prefix.address), prefix.length);
}

std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t low,
                                           std::uint64_t high) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end || value < low || value > high) {
    return std::nullopt;
  }
  return value;
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  HostPort target;
  std::string_view port;
  bool has_port = false;
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    target.host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty()) {
      if (rest.front() != ':') {
        return std::nullopt;
      }
      has_port = true;
      port = rest.substr(1);
    }
  } else if (std::ranges::count(text, ':') == 1) {
    const std::size_t colon = text.find(':');
    target.host = text.substr(0, colon);
    has_port = true;
    port = text.substr(colon + 1);
  } else {
    target.host = text;
  }
  if (target.host.empty()) {
    return std::nullopt;
  }
  if (has_port) {
    const auto number = parse_decimal(port, 1, 65535);
    if (!number) {
      return std::nullopt;
    }
    target.port = static_cast<std::uint16_t>(*number);
  }
  return target;
}

std::string join_host_port(std::string_view host, std::uint16_t port) {
  return host.find(':') == std::string_view::npos ? fmt::format("{}:{}", host, port)
                                                  : fmt::format("[{}]:{}", host, port);
}

}  // namespace pinhole
