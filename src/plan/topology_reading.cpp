// SPDX-License-Identifier: Apache-2.0
#include "plan/topology_reading.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace pinhole::plan {
namespace {

constexpr auto kNamedTitles = std::to_array<std::string_view>(
    {"organisation", "zone", "device", "server", "load balancer", "array", "cluster", "client"});

std::string_view title_of(Named kind) {
  return kNamedTitles[static_cast<std::size_t>(kind)];
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

void add_once(std::vector<Index>& list, Index index) {
  if (std::ranges::find(list, index) == list.end()) {
    list.push_back(index);
  }
}

/// The network that an address with host bits stands in, as text.
std::string without_host_bits(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address || slash == std::string_view::npos) {
    return {};
  }
  const auto length = parse_decimal(text.substr(slash + 1), 0, address->is_v4() ? 32 : 128);
  if (!length) {
    return {};
  }
  IpPrefix prefix{*address, static_cast<std::uint8_t>(*length)};
  for (std::size_t bit = prefix.length; bit < (address->is_v4() ? 32U : 128U); ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
    prefix.address.octets[bit / 8] &= static_cast<std::uint8_t>(~mask);
  }
  return to_string(prefix);
}

}  // namespace

void NameTable::add(Row& row, const Cell& name, Reference to) {
  const auto [at, is_new] =
      entries_.try_emplace(lower(name.text), Entry{name.text, to, name.place.line});
  if (!is_new) {
    row.mistakes().add("topology-name-twice", name.place,
                       fmt::format("{} is already the name of a {} (line {})", quoted(name.text),
                                   title_of(at->second.to.kind), at->second.line),
                       "give each its own name; case does not count");
  }
}

std::optional<Reference> NameTable::find(const Cell& name, std::string_view expected,
                                         Mistakes& mistakes) const {
  const auto at = entries_.find(lower(name.text));
  if (at != entries_.end() && at->second.name == name.text) {
    return at->second.to;
  }
  std::vector<std::string_view> known;
  known.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) {
    known.push_back(entry.name);
  }
  mistakes.add("topology-reference", name.place,
               fmt::format("no {} is called {}", expected, quoted(name.text)),
               mistakes.suggestion(name.text, known, "describe it, or name one that is described"));
  return std::nullopt;
}

std::optional<Index> read_reference(Reading& reading, Row& row, std::string_view key,
                                    const NameTable& names) {
  const auto cell = row.optional_text(key);
  if (!cell) {
    return std::nullopt;
  }
  const auto to = names.find(*cell, key, reading.mistakes);
  if (!to) {
    return std::nullopt;
  }
  if (&names == &reading.hosts && title_of(to->kind) != key) {
    row.fail(key, "topology-reference",
             fmt::format("{} is a {}", quoted(cell->text), title_of(to->kind)),
             fmt::format("expected a name that a [[{}]] has", key));
    return std::nullopt;
  }
  return to->index;
}

std::optional<Index> read_required(Reading& reading, Row& row, std::string_view key,
                                   const NameTable& names) {
  if (!row.has(key)) {
    row.missing(key, fmt::format("add {0} = \"the name of a {0}\"", key));
  }
  return read_reference(reading, row, key, names);
}

std::vector<Index> read_servers(Reading& reading, Row& row, std::string_view key) {
  std::vector<Index> found;
  for (const Cell& cell : row.texts(key)) {
    const auto to = reading.hosts.find(cell, "server", reading.mistakes);
    if (!to) {
      continue;
    }
    if (to->kind == Named::server) {
      add_once(found, to->index);
    } else if (to->kind == Named::array || to->kind == Named::cluster) {
      const auto& groups =
          to->kind == Named::array ? reading.topology.arrays : reading.topology.clusters;
      for (const Index member : groups[to->index].servers) {
        add_once(found, member);
      }
    } else {
      reading.mistakes.add("topology-reference", cell.place,
                           fmt::format("{} is a {}", quoted(cell.text), title_of(to->kind)),
                           "expected the name of a server, an array or a cluster");
    }
  }
  return found;
}

std::vector<IpAddress> read_addresses(Reading& reading, Row& row, std::string_view owner,
                                      const std::vector<Index>& zones) {
  std::vector<IpAddress> found;
  for (const Cell& cell : row.texts("addresses")) {
    const auto address = parse_address(cell.text);
    if (!address || address->is_unspecified()) {
      reading.mistakes.add("topology-address", cell.place,
                           fmt::format("{} is no address of a host", quoted(cell.text)),
                           "expected IPv4 or IPv6 such as \"10.0.0.5\" or \"2001:db8::5\", "
                           "without prefix length or port");
      continue;
    }
    found.push_back(*address);
    reading.addresses.push_back({*address, cell, std::string(owner), zones});
  }
  return found;
}

std::vector<IpPrefix> read_networks(Reading& reading, Row& row, Index zone,
                                    std::vector<NetworkUse>& uses) {
  std::vector<IpPrefix> found;
  for (const Cell& cell : row.texts("networks")) {
    const auto network = parse_prefix(cell.text);
    if (network) {
      found.push_back(*network);
      uses.push_back({*network, cell, zone});
      continue;
    }
    const std::string meant = without_host_bits(cell.text);
    reading.mistakes.add(
        "topology-address", cell.place, fmt::format("{} is no network", quoted(cell.text)),
        meant.empty() ? "expected a prefix such as \"10.0.0.0/8\" or \"2001:db8::/32\""
                      : fmt::format("bits of the host are set: did you mean \"{}\"?", meant));
  }
  return found;
}

}  // namespace pinhole::plan
