// SPDX-License-Identifier: Apache-2.0
#include "base/port_set.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/address.hpp"

namespace pinhole {

void PortSet::insert(PortRange range) {
  std::vector<PortRange> merged;
  for (const PortRange& each : ranges_) {
    const bool apart = each.last + 1 < range.first || range.last + 1 < each.first;
    if (apart) {
      merged.push_back(each);
    } else {
      range = {std::min(range.first, each.first), std::max(range.last, each.last)};
    }
  }
  merged.insert(std::ranges::upper_bound(merged, range), range);
  ranges_ = std::move(merged);
}

void PortSet::insert(std::span<const PortRange> ranges) {
  for (const PortRange& range : ranges) {
    insert(range);
  }
}

void PortSet::erase(PortRange range) {
  std::vector<PortRange> kept;
  for (const PortRange& each : ranges_) {
    if (each.last < range.first || range.last < each.first) {
      kept.push_back(each);
      continue;
    }
    if (each.first < range.first) {
      kept.push_back({each.first, static_cast<std::uint16_t>(range.first - 1)});
    }
    if (range.last < each.last) {
      kept.push_back({static_cast<std::uint16_t>(range.last + 1), each.last});
    }
  }
  ranges_ = std::move(kept);
}

void PortSet::erase(const PortSet& other) {
  for (const PortRange& range : other.ranges_) {
    erase(range);
  }
}

bool PortSet::contains(std::uint16_t port) const {
  return std::ranges::any_of(
      ranges_, [port](PortRange range) { return range.first <= port && port <= range.last; });
}

std::uint32_t PortSet::count() const {
  std::uint32_t total = 0;
  for (const PortRange& range : ranges_) {
    total += static_cast<std::uint32_t>(range.last - range.first + 1);
  }
  return total;
}

std::optional<PortSet> parse_port_set(std::string_view text) {
  static constexpr std::string_view kSpace = " \t";
  const auto trim = [](std::string_view part) {
    const std::size_t begin = part.find_first_not_of(kSpace);
    return begin == std::string_view::npos
               ? std::string_view{}
               : part.substr(begin, part.find_last_not_of(kSpace) - begin + 1);
  };
  PortSet set;
  while (true) {
    const std::size_t comma = text.find_first_of(",;");
    const std::string_view part = trim(text.substr(0, comma));
    const std::size_t dash = part.find('-');
    const auto first = parse_decimal(trim(part.substr(0, dash)), 0, 65535);
    const auto last = dash == std::string_view::npos
                          ? first
                          : parse_decimal(trim(part.substr(dash + 1)), 0, 65535);
    if (!first || !last || *first > *last) {
      return std::nullopt;
    }
    set.insert({static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)});
    if (comma == std::string_view::npos) {
      return set;
    }
    text.remove_prefix(comma + 1);
  }
}

std::optional<PortSet> parse_port_lines(std::span<const std::string> lines) {
  PortSet set;
  for (const std::string& line : lines) {
    const auto one = parse_port_set(line);
    if (!one) {
      return std::nullopt;
    }
    set.insert(*one);
  }
  return set;
}

std::string to_string(PortRange range) {
  return range.first == range.last ? fmt::format("{}", range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

std::string to_string(const PortSet& set) {
  std::string text;
  for (const PortRange& range : set.ranges()) {
    text += text.empty() ? "" : ",";
    text += to_string(range);
  }
  return text;
}

}  // namespace pinhole
