// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the readers of devices with security zones share: named objects and groups of them, and
// rules whose conditions are lists of such names. Printers share none of it.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firewall/reading.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// What stands behind a name. Elements of addresses and zones have one value, those of services
/// protocol, source port and destination port (of ICMP: type * 256 + code).
struct ZoneObject {
  std::vector<Element> elements;
  std::string unknown;                // why there may be more behind it; else empty
  std::string opens;                  // what an inspection may let through beside it; else empty
  std::vector<std::string> members;   // keys of the same table
  std::vector<std::string> excluded;  // likewise; elements of one AddressRange only
  std::uint32_t line = 0;
};

/// The objects of one kind by their keys, with groups resolved at most once. Throws Stop where
/// groups contain themselves, are nested deeper than 100, or all lists together outgrow the
/// memory that is theirs.
class ObjectTable {
 public:
  /// `kind` is for messages: `address`.
  explicit ObjectTable(std::string kind) : kind_(std::move(kind)) {}

  /// The object to be filled; made where it is not there.
  ZoneObject& put(const std::string& key, std::uint32_t line);
  [[nodiscard]] bool has(const std::string& key) const { return objects_.contains(key); }
  /// With all members' elements; unknown where there is no such object.
  [[nodiscard]] const ZoneObject& resolved(const std::string& key);
  [[nodiscard]] const std::string& kind() const { return kind_; }

 private:
  void add_member(ZoneObject& whole, const std::string& key);
  static void exclude(ZoneObject& whole, const ZoneObject& without);

  std::string kind_;
  std::map<std::string, ZoneObject> objects_;
  std::map<std::string, ZoneObject> resolved_;
  std::set<std::string> open_;  // being resolved
  std::size_t elements_ = 0;
};

/// One table of rules.
class RuleMaker {
 public:
  explicit RuleMaker(std::string name) { table_.name = std::move(name); }

  /// The packets of any of the objects; of none of them where negated.
  [[nodiscard]] Match any_of(ObjectTable& objects, std::span<const std::string> keys,
                             std::vector<Field> fields, bool negated = false);

  Chain& chain(std::string name, Hook hook, std::int32_t priority);
  /// Throws Stop where rules that stand for several become too many.
  void count_rule(std::size_t names = 1);
  [[nodiscard]] Table take() { return std::move(table_); }

 private:
  Table table_;
  std::map<std::string, std::string> sets_;  // by their keys
  std::size_t elements_ = 0;
  std::size_t steps_ = 0;
};

[[nodiscard]] Match one_of(Field field, const std::vector<NumberRange>& ranges);

inline constexpr NumberRange kAllPorts{0, 65535};
[[nodiscard]] Element service(NumberRange protocol, NumberRange source_ports,
                              NumberRange destination_ports);
/// `a`, `a-b`
[[nodiscard]] std::optional<NumberRange> port_range(std::string_view text);
/// `10.0.0.1`, `10.0.0.0/8` (bits of the host are of no account), `10.0.0.0/255.0.0.0`.
[[nodiscard]] std::optional<AddressRange> network(std::string_view text);
/// `10.0.0.1` and `10.0.0.9`; none where they are no range.
[[nodiscard]] std::optional<AddressRange> between(std::string_view first, std::string_view last);
[[nodiscard]] AddressRange all_addresses(IpAddress::Family family);

/// Words with blanks between, cut where a person would not read on.
class RuleText {
 public:
  explicit RuleText(std::string head = "") : text_(std::move(head)) {}
  void add(std::span<const std::string> words);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace pinhole::firewall
