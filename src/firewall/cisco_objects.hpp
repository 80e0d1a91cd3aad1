// SPDX-License-Identifier: Apache-2.0
#pragma once
// Objects and object groups of ASA and IOS: Cisco ASA Series Firewall CLI Configuration Guide,
// "Objects for Access Control"; Cisco IOS "Object Groups for ACLs". What they hold is worked out
// when it is asked for, once. A group within itself, groups nested deeper than 200 and more than
// 8 million members in all are refused (Stop).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/cisco_config.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall::cisco {

/// Protocols with their ports; no ports are all of them. `type` for ICMP alone.
struct Service {
  NumberRange protocol{0, 255};
  std::vector<NumberRange> sources;
  std::vector<NumberRange> destinations;
  std::optional<std::uint32_t> type;
  std::optional<std::uint32_t> code;

  friend bool operator==(const Service&, const Service&) = default;
};

/// `open`: there is something in it that is not understood.
struct Addresses {
  std::vector<AddressRange> ranges;
  bool open = false;
};
struct Services {
  std::vector<Service> services;
  bool open = false;
};

enum class GroupKind : std::uint8_t { network, service, ports, protocol, icmp, other };

class Objects {
 public:
  /// An `object`, `object-group` or `name` statement; false where it is none. May come several
  /// times for one name, as on the device.
  bool add(const ConfigBlock& block);

  [[nodiscard]] std::optional<GroupKind> kind(std::string_view name) const;
  /// Sorted and apart. Null where there is no object or group of that name.
  [[nodiscard]] const Addresses* addresses(std::string_view name);
  /// In the order of the text, for the translation of one list into another; null as above, and
  /// where it is open or has more than `most` addresses.
  [[nodiscard]] std::optional<std::vector<AddressRange>> in_order(std::string_view name,
                                                                  std::uint64_t most) const;
  [[nodiscard]] const Services* services(std::string_view name);

  /// An address, or what `name` calls so.
  [[nodiscard]] std::optional<IpAddress> address(std::string_view word) const;

 private:
  template <class Item>
  struct Definition {
    GroupKind kind = GroupKind::other;
    std::vector<Item> items;
    std::vector<std::string> groups;
    bool open = false;
    std::uint32_t line = 0;
  };
  struct Member {
    std::vector<AddressRange> ranges;
    std::string group;  // instead of ranges
  };
  using Networks = Definition<Member>;
  using Protocols = Definition<Service>;

  void add_networks(Networks& to, const ConfigBlock& block);
  void add_services(Protocols& to, const ConfigBlock& block, std::string_view protocols);
  void add_service(Protocols& to, Words words, std::string_view protocols);
  [[nodiscard]] std::optional<std::vector<AddressRange>> network(Words& words) const;
  const Addresses& resolve(const std::string& name, const Networks& from, std::size_t depth);
  const Services& resolve(const std::string& name, const Protocols& from, std::size_t depth);
  void count(std::size_t members, std::uint32_t line);
  [[nodiscard]] bool list(std::string_view name, std::vector<AddressRange>& to, std::uint64_t& left,
                          std::size_t depth) const;

  std::map<std::string, IpAddress, std::less<>> names_;
  std::map<std::string, Networks, std::less<>> networks_;
  std::map<std::string, Protocols, std::less<>> services_;
  std::map<std::string, std::optional<Addresses>, std::less<>> resolved_networks_;  // none: begun
  std::map<std::string, std::optional<Services>, std::less<>> resolved_services_;
  std::uint64_t members_ = 0;
};

/// Whether `permit`, `service-object` and the like go on with ports: TCP, UDP or SCTP alone.
[[nodiscard]] bool has_ports(NumberRange protocol);
[[nodiscard]] bool is_icmp(NumberRange protocol);

}  // namespace pinhole::firewall::cisco
