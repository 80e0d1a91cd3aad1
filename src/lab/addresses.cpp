// SPDX-License-Identifier: Apache-2.0
#include "lab/addresses.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace pinhole::lab {
namespace {

constexpr std::array kStandIns = {
    std::string_view("203.0.113.0/24"), std::string_view("198.51.100.0/24"),
    std::string_view("192.0.2.0/24"),   std::string_view("198.18.0.0/15"),
    std::string_view("2001:db8::/32"),  std::string_view("3fff::/20"),
};

bool overlap(const IpPrefix& a, const IpPrefix& b) {
  return a.contains(b.address) || b.contains(a.address);
}

/// For a zone that has what no other has: of each family that the site uses, a network that no
/// other zone touches.
std::vector<IpPrefix> stand_in(const plan::Topology& topology) {
  std::vector<IpPrefix> found;
  bool uses_v6 = false;
  for (const plan::Zone& zone : topology.zones) {
    uses_v6 = uses_v6 || std::ranges::any_of(zone.networks, [](const IpPrefix& network) {
                return !network.address.is_v4();
              });
  }
  for (const std::string_view text : kStandIns) {
    const IpPrefix candidate = parse_prefix(text).value_or(IpPrefix());
    const bool is_wanted = (candidate.address.is_v4() || uses_v6) &&
                           std::ranges::none_of(found, [&](const IpPrefix& other) {
                             return other.address.family == candidate.address.family;
                           });
    const bool is_free = std::ranges::none_of(topology.zones, [&](const plan::Zone& zone) {
      return std::ranges::any_of(zone.networks,
                                 [&](const IpPrefix& other) { return overlap(other, candidate); });
    });
    if (is_wanted && is_free) {
      found.push_back(candidate);
    }
  }
  return found;
}

IpAddress plus(IpAddress address, std::uint32_t offset) {
  for (std::size_t i = address.is_v4() ? 4 : 16; i-- > 0 && offset != 0;) {
    offset += address.octets[i];
    address.octets[i] = static_cast<std::uint8_t>(offset & 0xffU);
    offset >>= 8U;
  }
  return address;
}

}  // namespace

IpPrefix host_prefix(const IpAddress& address) {
  return {address, static_cast<std::uint8_t>(address.is_v4() ? 32 : 128)};
}

bool is_in(const std::vector<IpPrefix>& networks, const IpAddress& address) {
  return std::ranges::any_of(networks,
                             [&](const IpPrefix& network) { return network.contains(address); });
}

Addresses::Addresses(const plan::Topology& topology) {
  for (const plan::Zone& zone : topology.zones) {
    networks_.push_back(zone.networks.empty() ? stand_in(topology) : zone.networks);
  }
  const auto take_all = [&](const auto& rows) {
    for (const auto& row : rows) {
      taken_.insert(row.addresses.begin(), row.addresses.end());
    }
  };
  take_all(topology.servers);
  take_all(topology.load_balancers);
  take_all(topology.arrays);
  take_all(topology.clusters);
  for (const plan::Device& device : topology.devices) {
    for (const plan::Translation& translation : device.translations) {
      taken_.insert(translation.outside);
    }
  }
}

std::optional<IpAddress> Addresses::take(const std::vector<IpPrefix>& networks, Family family,
                                         std::uint32_t first) {
  for (const IpPrefix& network : networks) {
    if (network.address.family == family) {
      if (const auto found = take_in(network, first)) {
        return found;
      }
    }
  }
  return std::nullopt;
}

std::optional<IpAddress> Addresses::take_in(const IpPrefix& network, std::uint32_t first) {
  constexpr unsigned kSearchedBits = 16;
  const unsigned bits = (network.address.is_v4() ? 32U : 128U) - network.length;
  const std::uint32_t size = 1U << std::min(bits, kSearchedBits);
  // Neither the network's own address nor, in IPv4, that of all of its hosts.
  const std::uint32_t low = size > 2 ? 1 : 0;
  const std::uint32_t count = size > 2 ? size - 2 : size;
  for (std::uint32_t i = 0; i < count; ++i) {
    const IpAddress address = plus(network.address, low + (first - 1 + i) % count);
    if (taken_.insert(address).second) {
      return address;
    }
  }
  return std::nullopt;
}

}  // namespace pinhole::lab
