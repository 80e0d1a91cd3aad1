// SPDX-License-Identifier: Apache-2.0
#include "firewall/packet.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace pinhole::firewall {
namespace {

struct ProtocolName {
  std::string_view name;
  std::uint8_t number = 0;
};

constexpr std::array kProtocols{
    ProtocolName{"icmp", 1}, ProtocolName{"igmp", 2},    ProtocolName{"tcp", 6},
    ProtocolName{"udp", 17}, ProtocolName{"gre", 47},    ProtocolName{"esp", 50},
    ProtocolName{"ah", 51},  ProtocolName{"icmpv6", 58}, ProtocolName{"sctp", 132},
};

bool is_icmp(std::uint8_t protocol) {
  return protocol == 1 || protocol == 58;
}

constexpr std::uint16_t kUsualSourcePort = 40000;

tl::unexpected<Diagnostics> refused(std::string_view text, std::string message) {
  return failure({"firewall-packet",
                  Severity::error,
                  {std::string(text), 0, 0, {}},
                  std::move(message),
                  "write it as: in eth0 out eth1 tcp 10.0.0.9:40000 to 10.0.0.5:135",
                  Exit::usage});
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
      return words;
    }
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

struct End {
  IpAddress address;
  std::optional<std::uint16_t> port;
};

std::optional<End> parse_end(std::string_view word) {
  if (const auto bare = parse_address(word)) {
    return End{*bare, std::nullopt};
  }
  // Port 0 is no target for users, but a packet may have it.
  const std::size_t colon = word.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view host = word.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  const auto address = parse_address(host);
  const auto port = parse_decimal(word.substr(colon + 1), 0, 65535);
  if (!address || !port || address->is_v4() == bracketed) {
    return std::nullopt;
  }
  return End{*address, static_cast<std::uint16_t>(*port)};
}

std::optional<std::uint8_t> parse_protocol(std::string_view word) {
  const auto* const named = std::ranges::find(kProtocols, word, &ProtocolName::name);
  if (named != kProtocols.end()) {
    return named->number;
  }
  const auto number = parse_decimal(word, 0, 255);
  return number ? std::optional(static_cast<std::uint8_t>(*number)) : std::nullopt;
}

/// `type N [code N]`, from words[at] to the end.
std::optional<std::uint16_t> parse_icmp(const std::vector<std::string_view>& words,
                                        std::size_t at) {
  const std::size_t count = words.size() - at;
  if ((count != 2 && count != 4) || words[at] != "type") {
    return std::nullopt;
  }
  const auto type = parse_decimal(words[at + 1], 0, 255);
  const auto code = count == 2                ? std::optional<std::uint64_t>(0)
                    : words[at + 2] == "code" ? parse_decimal(words[at + 3], 0, 255)
                                              : std::nullopt;
  if (!type || !code) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(*type * 256 + *code);
}

std::string end_text(const IpAddress& address, std::optional<std::uint16_t> port) {
  return port ? join_host_port(to_string(address), *port) : to_string(address);
}

}  // namespace

std::string protocol_name(std::uint8_t protocol) {
  const auto* const named = std::ranges::find(kProtocols, protocol, &ProtocolName::number);
  return named != kProtocols.end() ? std::string(named->name) : std::to_string(protocol);
}

Checked<Packet> parse_packet(std::string_view text) {
  const auto words = words_of(text);
  Packet packet;
  std::size_t at = 0;
  while (at + 1 < words.size() && (words[at] == "in" || words[at] == "out")) {
    (words[at] == "in" ? packet.in_interface : packet.out_interface) = words[at + 1];
    at += 2;
  }
  constexpr std::array<std::string_view, 3> kArrows{"to", ">", "->"};
  if (words.size() < at + 4 || std::ranges::find(kArrows, words[at + 2]) == kArrows.end()) {
    return refused(text, "no packet");
  }
  const auto protocol = parse_protocol(words[at]);
  const auto source = parse_end(words[at + 1]);
  const auto destination = parse_end(words[at + 3]);
  if (!protocol || !source || !destination) {
    return refused(text, fmt::format("{} is not {}",
                                     words[at + (!protocol ? 0U
                                                 : !source ? 1U
                                                           : 3U)],
                                     !protocol ? "a protocol" : "an address with its port"));
  }
  if (source->address.family != destination->address.family) {
    return refused(text, "source and destination are of different families");
  }
  packet.protocol = *protocol;
  packet.source = source->address;
  packet.destination = destination->address;
  if (is_icmp(*protocol)) {
    const auto icmp = parse_icmp(words, at + 4);
    if (!icmp || source->port || destination->port) {
      return refused(text, "ICMP has a type and no ports");
    }
    packet.destination_port = *icmp;
    return packet;
  }
  const bool ports = *protocol == 6 || *protocol == 17;
  if (words.size() != at + 4 || (ports && !destination->port)) {
    return refused(text, ports && !destination->port ? "the destination port is missing"
                                                     : "something follows the destination");
  }
  packet.source_port = source->port.value_or(ports ? kUsualSourcePort : 0);
  packet.destination_port = destination->port.value_or(0);
  return packet;
}

std::string to_string(const Packet& packet) {
  std::string text;
  for (const auto& [word, name] :
       {std::pair("in", &packet.in_interface), std::pair("out", &packet.out_interface)}) {
    if (!name->empty()) {
      text += fmt::format("{} {} ", word, *name);
    }
  }
  const bool icmp = is_icmp(packet.protocol);
  const bool ports = !icmp && (packet.protocol == 6 || packet.protocol == 17 ||
                               packet.source_port != 0 || packet.destination_port != 0);
  const auto port = [ports](std::uint16_t number) {
    return ports ? std::optional(number) : std::nullopt;
  };
  text += fmt::format("{} {} to {}", protocol_name(packet.protocol),
                      end_text(packet.source, port(packet.source_port)),
                      end_text(packet.destination, port(packet.destination_port)));
  if (icmp) {
    text += fmt::format(" type {} code {}", packet.destination_port / 256,
                        packet.destination_port % 256);
  }
  return text;
}

}  // namespace pinhole::firewall
