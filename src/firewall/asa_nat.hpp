// SPDX-License-Identifier: Apache-2.0
#pragma once
// `nat` of an ASA 8.3 or later (Cisco ASA Series Firewall CLI Configuration Guide, "Network Address
// Translation"): twice NAT before and after the NAT of objects. The first rule that fits a packet
// decides. A connection to a host whose answers another rule would translate is dropped.
//
// Read: static and dynamic, of one address for one, destinations and one pair of services. Others
// are unknown, and all beyond a million of translated addresses.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/cisco_config.hpp"
#include "firewall/cisco_entry.hpp"
#include "firewall/cisco_objects.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall::cisco {

class NatReader {
 public:
  using InterfaceAddress = std::function<std::optional<IpAddress>(std::string_view nameif)>;

  /// All must outlive this.
  NatReader(Objects& objects, EntryReader& entries, InterfaceAddress address_of)
      : objects_(&objects), entries_(&entries), address_of_(std::move(address_of)) {}

  /// `nat (a,b) source ...`
  void add_twice(const ConfigLine& line);
  /// `nat (a,b) static ...` in the block of the object.
  void add_object(std::string_view object, const ConfigLine& line);

  struct Chains {
    std::vector<RulesetRule> arriving;  // translate destinations
    std::vector<RulesetRule> back;      // drop what comes past a translation
    std::vector<RulesetRule> leaving;   // translate sources
  };
  [[nodiscard]] Chains chains();
  /// Interfaces that rules name.
  [[nodiscard]] const std::vector<std::string>& interfaces() const { return interfaces_; }

 private:
  /// An object, a group, one address, the address of an interface, or all of them.
  struct Side {
    enum class Kind : std::uint8_t { any, named, host, interface };
    Kind kind = Kind::any;
    std::string name;
    IpAddress host;
    friend bool operator==(const Side&, const Side&) = default;
  };
  struct Rule {
    ConfigLine line;
    std::string real_interface;  // empty: any
    std::string mapped_interface;
    bool dynamic = false;
    bool both_ways = true;
    Side real;
    Side mapped;
    std::optional<std::pair<Side, Side>> destination;      // mapped, real
    std::optional<std::pair<Service, Service>> ports;      // of the destination: mapped, real
    std::optional<std::pair<Service, Service>> own_ports;  // of the source: real, mapped
    bool unknown = false;
  };

  [[nodiscard]] Rule begin(const ConfigLine& line, Words& words);
  [[nodiscard]] Side side(std::string_view word) const;
  static void skip_mapped(Words& words);
  bool twice(Rule& rule, Words& words);
  bool service(Rule& rule, Words& words);
  bool options(Rule& rule, Words& words);
  void sort_objects(std::vector<Rule>& rules) const;
  [[nodiscard]] std::vector<Match> match(const Side& side, Field field) const;
  [[nodiscard]] std::optional<std::vector<AddressRange>> list(const Side& side,
                                                              const std::string& interface) const;
  [[nodiscard]] std::optional<Nat> translation(const Side& from, const Side& to,
                                               const std::string& interface,
                                               std::optional<NumberRange> ports);
  void arriving(const Rule& rule, std::vector<RulesetRule>& to);
  void back(const Rule& rule, std::vector<RulesetRule>& to) const;
  void leaving(const Rule& rule, std::vector<RulesetRule>& to) const;

  Objects* objects_;
  EntryReader* entries_;
  InterfaceAddress address_of_;
  std::vector<Rule> first_;
  std::vector<Rule> static_objects_;
  std::vector<Rule> dynamic_objects_;
  std::vector<Rule> last_;
  std::vector<std::string> interfaces_;
  std::size_t pairs_ = 0;
};

/// Holds for packets of an interface; for all where it has no name.
void add_interface(std::vector<Match>& matches, Field field, const std::string& name);

}  // namespace pinhole::firewall::cisco
