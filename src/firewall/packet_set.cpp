// SPDX-License-Identifier: Apache-2.0
#include "firewall/packet_set.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include <bdd.h>

#include "firewall/address_number.hpp"

// The header's C++ face hides these functions behind a class of its own.
#undef bdd_ithvar
#undef bdd_nithvar

namespace pinhole::firewall {
namespace {

// BuDDy's constants.
constexpr BDD kFalse = 0;
constexpr BDD kTrue = 1;

struct Bits {
  int first = 0;  // variable of the highest bit
  int width = 0;
};

constexpr Bits kFamily{0, 1};  // 0: IPv4
constexpr Bits kIn{1, 12};
constexpr Bits kOut{13, 12};
constexpr Bits kDestination{25, 128};
constexpr Bits kProtocol{153, 8};
constexpr Bits kDestinationPort{161, 16};
constexpr Bits kSource{177, 128};
constexpr Bits kSourcePort{305, 16};
constexpr int kVariables = 321;
static_assert(kMostInterfaces == 1U << 12U);

Bits bits_of(Field field) {
  switch (field) {
    case Field::in_interface:
      return kIn;
    case Field::out_interface:
      return kOut;
    case Field::family:
      return kFamily;
    case Field::source:
      return kSource;
    case Field::destination:
    case Field::original_destination:
      return kDestination;
    case Field::protocol:
      return kProtocol;
    case Field::source_port:
      return kSourcePort;
    case Field::destination_port:
    case Field::original_destination_port:
      return kDestinationPort;
    case Field::icmp_type:
      return {kDestinationPort.first, 8};
    case Field::icmp_code:
      return {kDestinationPort.first + 8, 8};
    case Field::connection_state:
    case Field::tcp_flags:
    case Field::translated:
      break;
  }
  return {};
}

// BuDDy calls this instead of ending the process; what it then returns is no diagram.
bool failed = false;
void on_error(int /*code*/) {
  failed = true;
}

}  // namespace

/// The one place that makes and frees nodes.
class PacketTable {
 public:
  static void start() {
    static const bool started = [] {
      bdd_init(200'000, 100'000);
      bdd_error_hook(on_error);
      bdd_gbc_hook(nullptr);
      bdd_resize_hook(nullptr);
      bdd_setmaxnodenum(kMostNodes);
      bdd_setmaxincrease(kMostNodes / 4);
      bdd_setcacheratio(4);
      bdd_setvarnum(kVariables);
      return true;
    }();
    (void)started;
  }

  /// Takes the result of an operation, or throws where there is none.
  static PacketSet take(BDD node) {
    if (failed) {
      failed = false;
      bdd_clear_error();
      bdd_gbc();  // the caches hold results of the operation that failed
      throw TooComplex();
    }
    return PacketSet(node);
  }

  static int node(const PacketSet& set) { return set.node_; }

  static PacketSet variable(int number, bool value) {
    start();
    return take(value ? bdd_ithvar(number) : bdd_nithvar(number));
  }

  static PacketSet choose(int variable, const PacketSet& high, const PacketSet& low) {
    return take(bdd_ite(bdd_ithvar(variable), high.node_, low.node_));
  }

  /// Numbers of `width` bits in [block, block + 2^left) that are in one of the ranges.
  static PacketSet among(Bits bits, int left, U128 block, std::span<const AddressNumbers> ranges) {
    const U128 end =
        block + (left == 128 ? ~U128{0} : (U128{1} << static_cast<unsigned>(left)) - 1);
    while (!ranges.empty() && ranges.front().last < block) {
      ranges = ranges.subspan(1);
    }
    if (ranges.empty() || ranges.front().first > end) {
      return {};
    }
    if (ranges.front().first <= block && ranges.front().last >= end) {
      return PacketSet::all();
    }
    const U128 half = block + (U128{1} << static_cast<unsigned>(left - 1));
    const auto upper = std::ranges::lower_bound(ranges, half, {}, &AddressNumbers::last);
    const auto lower_end = std::ranges::lower_bound(ranges, half, {}, &AddressNumbers::first);
    return choose(bits.first + bits.width - left,
                  among(bits, left - 1, half, {upper, ranges.end()}),
                  among(bits, left - 1, block, {ranges.begin(), lower_end}));
  }

  static PacketSet fixed(Bits bits, int width, U128 value) {
    PacketSet cube = PacketSet::all();
    for (int i = width - 1; i >= 0; --i) {
      const auto shift = static_cast<unsigned>(width - 1 - i);
      const bool one = (value >> shift & 1U) != 0;
      const PacketSet none;
      cube = choose(bits.first + i, one ? cube : none, one ? none : cube);
    }
    return cube;
  }

  static PacketSet assuming(const PacketSet& set, const PacketSet& cube) {
    return take(bdd_restrict(set.node_, cube.node_));
  }
};

PacketSet::PacketSet() {
  PacketTable::start();
}
PacketSet::PacketSet(int node) : node_(bdd_addref(node)) {}
PacketSet::PacketSet(const PacketSet& other) : node_(bdd_addref(other.node_)) {}
PacketSet::PacketSet(PacketSet&& other) noexcept : node_(std::exchange(other.node_, 0)) {}
PacketSet& PacketSet::operator=(PacketSet other) noexcept {
  std::swap(node_, other.node_);
  return *this;
}
PacketSet::~PacketSet() {
  bdd_delref(node_);
}

PacketSet PacketSet::all() {
  PacketTable::start();
  return PacketSet(kTrue);
}

PacketSet PacketSet::numbers(Field field, const std::vector<NumberRange>& given) {
  const Bits bits = bits_of(field);
  std::vector<AddressNumbers> ranges;
  for (const NumberRange& range : given) {
    if (field != Field::family) {
      const std::uint32_t most = (1U << static_cast<unsigned>(bits.width)) - 1;
      if (range.first <= most) {
        ranges.push_back({range.first, std::min(range.last, most)});
      }
      continue;
    }
    for (const std::uint32_t family : {4U, 6U}) {
      if (range.first <= family && family <= range.last) {
        ranges.push_back({family == 6 ? 1U : 0U, family == 6 ? 1U : 0U});
      }
    }
  }
  join(ranges);
  return PacketTable::among(bits, bits.width, 0, ranges);
}

PacketSet PacketSet::addresses(Field field, std::span<const AddressRange> given) {
  const Bits bits = bits_of(field);
  std::vector<AddressNumbers> v4;
  std::vector<AddressNumbers> v6;
  for (const AddressRange& range : given) {
    (range.first.is_v4() ? v4 : v6).push_back({number_of(range.first), number_of(range.last)});
  }
  join(v4);
  join(v6);
  return PacketTable::choose(kFamily.first, PacketTable::among(bits, 128, 0, v6),
                             PacketTable::among({bits.first, 32}, 32, 0, v4));
}

PacketSet PacketSet::any_of(std::vector<PacketSet> sets) {
  // Pairs of neighbours: each diagram takes part in log(n) unions, not in n.
  for (std::size_t step = 1; step < sets.size(); step *= 2) {
    for (std::size_t i = 0; i + step < sets.size(); i += 2 * step) {
      sets[i] = sets[i] | sets[i + step];
      sets[i + step] = {};
    }
  }
  return sets.empty() ? PacketSet() : std::move(sets.front());
}

bool PacketSet::empty() const {
  return node_ == kFalse;
}

double PacketSet::count() const {
  // Each IPv4 packet is counted once for every value of the address bits that it does not use.
  const PacketSet v4 = *this & PacketTable::variable(kFamily.first, false);
  const PacketSet v6 = *this & PacketTable::variable(kFamily.first, true);
  return std::ldexp(bdd_satcount(v4.node_), -192) + bdd_satcount(v6.node_);
}

int PacketSet::nodes() const {
  return bdd_nodecount(node_);
}

PacketPoint PacketSet::smallest() const {
  std::array<bool, kVariables> bit{};
  for (BDD node = node_; node != kTrue && node != kFalse;) {
    const bool high = bdd_low(node) == kFalse;
    bit.at(static_cast<std::size_t>(bdd_var(node))) = high;
    node = high ? bdd_high(node) : bdd_low(node);
  }
  const auto value = [&bit](Bits bits, int width) {
    U128 number = 0;
    for (int i = 0; i < width; ++i) {
      number = number << 1U | (bit.at(static_cast<std::size_t>(bits.first + i)) ? 1U : 0U);
    }
    return number;
  };
  const auto family = bit.front() ? IpAddress::Family::v6 : IpAddress::Family::v4;
  const int width = bit.front() ? 128 : 32;
  return {static_cast<std::uint32_t>(value(kIn, kIn.width)),
          static_cast<std::uint32_t>(value(kOut, kOut.width)),
          address_of(value(kSource, width), family),
          address_of(value(kDestination, width), family),
          static_cast<std::uint8_t>(value(kProtocol, 8)),
          static_cast<std::uint16_t>(value(kSourcePort, 16)),
          static_cast<std::uint16_t>(value(kDestinationPort, 16))};
}

bool PacketSet::contains(const PacketPoint& packet) const {
  const auto bit = [&packet](int variable) {
    const auto of = [variable](Bits bits, int width, U128 value) {
      return (value >> static_cast<unsigned>(width - 1 - (variable - bits.first)) & 1U) != 0;
    };
    const int width = packet.source.is_v4() ? 32 : 128;
    if (variable >= kSourcePort.first) {
      return of(kSourcePort, 16, packet.source_port);
    }
    if (variable >= kSource.first) {
      return of(kSource, width, number_of(packet.source));
    }
    if (variable >= kDestinationPort.first) {
      return of(kDestinationPort, 16, packet.destination_port);
    }
    if (variable >= kProtocol.first) {
      return of(kProtocol, 8, packet.protocol);
    }
    if (variable >= kDestination.first) {
      return of(kDestination, width, number_of(packet.destination));
    }
    if (variable >= kOut.first) {
      return of(kOut, kOut.width, packet.out_interface);
    }
    return variable >= kIn.first ? of(kIn, kIn.width, packet.in_interface) : !packet.source.is_v4();
  };
  BDD node = node_;
  while (node != kTrue && node != kFalse) {
    node = bit(bdd_var(node)) ? bdd_high(node) : bdd_low(node);
  }
  return node == kTrue;
}

PacketSet PacketSet::assuming_destination(const IpAddress& address) const {
  const int width = address.is_v4() ? 32 : 128;
  const PacketSet cube = PacketTable::fixed(kDestination, width, number_of(address));
  return PacketTable::assuming(*this, cube) &
         PacketTable::variable(kFamily.first, !address.is_v4());
}

PacketSet PacketSet::assuming_destination_port(std::uint16_t port) const {
  return PacketTable::assuming(*this, PacketTable::fixed(kDestinationPort, 16, port));
}

PacketSet PacketSet::forgetting(std::span<const Field> fields) const {
  PacketSet cube = all();
  for (const Field field : fields) {
    const Bits bits = bits_of(field);
    for (int i = 0; i < bits.width; ++i) {
      cube = cube & PacketTable::variable(bits.first + i, true);
    }
  }
  return PacketTable::take(bdd_exist(node_, cube.node_));
}

PacketSet operator|(const PacketSet& a, const PacketSet& b) {
  return PacketTable::take(bdd_or(a.node_, b.node_));
}

PacketSet operator&(const PacketSet& a, const PacketSet& b) {
  return PacketTable::take(bdd_and(a.node_, b.node_));
}

PacketSet operator-(const PacketSet& a, const PacketSet& b) {
  return PacketTable::take(bdd_apply(a.node_, b.node_, bddop_diff));
}

namespace {

/// Walks the destination's variables below the family.
class Splitter {
 public:
  explicit Splitter(std::size_t most) : most_(most) {}

  bool walk(BDD node, int depth, U128 prefix, IpAddress::Family family) {
    const int width = family == IpAddress::Family::v4 ? 32 : 128;
    if (node == kFalse) {
      return true;
    }
    const bool below = node == kTrue || bdd_var(node) >= kDestination.first + width;
    if (below || depth == width) {
      const auto left = static_cast<unsigned>(width - depth);
      const U128 size = left == 128 ? 0 : U128{1} << left;
      const U128 first = left == 128 ? 0 : prefix << left;
      add(node, {address_of(first, family), address_of(first + (size - 1), family)}, family);
      return ++ranges_ <= most_;
    }
    const bool tested = bdd_var(node) == kDestination.first + depth;
    return walk(tested ? bdd_low(node) : node, depth + 1, prefix << 1U, family) &&
           walk(tested ? bdd_high(node) : node, depth + 1, prefix << 1U | 1U, family);
  }

  std::vector<std::pair<BDD, std::vector<AddressRange>>> groups;

 private:
  void add(BDD node, const AddressRange& range, IpAddress::Family family) {
    const auto [place, added] = index_.try_emplace({family, node}, groups.size());
    if (added) {
      groups.push_back({node, {}});
    }
    std::vector<AddressRange>& ranges = groups[place->second].second;
    if (!ranges.empty() && number_of(ranges.back().last) + 1 == number_of(range.first)) {
      ranges.back().last = range.last;
    } else {
      ranges.push_back(range);
    }
  }

  std::size_t most_;
  std::size_t ranges_ = 0;
  std::map<std::pair<IpAddress::Family, BDD>, std::size_t> index_;
};

}  // namespace

std::optional<std::vector<DestinationGroup>> by_destination(const PacketSet& set,
                                                            std::size_t most) {
  const std::array above{Field::in_interface, Field::out_interface};
  const PacketSet plain = set.forgetting(above);
  std::vector<DestinationGroup> result;
  for (const bool six : {false, true}) {
    const PacketSet family = PacketTable::variable(kFamily.first, six);
    const PacketSet part = PacketTable::assuming(plain, family);
    Splitter splitter(most);
    if (!splitter.walk(PacketTable::node(part), 0, 0,
                       six ? IpAddress::Family::v6 : IpAddress::Family::v4)) {
      return std::nullopt;
    }
    for (auto& [node, ranges] : splitter.groups) {
      result.push_back({std::move(ranges), PacketTable::take(node) & family});
    }
  }
  return result;
}

}  // namespace pinhole::firewall
