// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the printers for devices of security zones share: a policy as zones of interfaces, an
// ordered list of rules between them that ends in a deny of its own, and translations. Addresses
// are worked out so far that no rule depends on what a negation means on the device. Readers share
// none of it.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"
#include "firewall/printing.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Sorted, IPv4 first; IPv6 ranges are prefixes. Empty: any address of both families.
using AddressList = std::vector<AddressRange>;

/// The zones of the policy that share an interface are one zone of the device.
struct DeviceZone {
  std::string name;  // `pinhole-0-clients`, at most 31 characters
  std::string interface;
  std::vector<ZoneIndex> zones;
};

struct ZoneRule {
  enum class Kind { spoofed, permit, denied };

  Kind kind = Kind::permit;
  std::optional<std::size_t> from;  // a zone of the device; none: any
  std::optional<std::size_t> to;
  AddressList sources;
  AddressList destinations;
  Protocol protocol = Protocol::tcp;  // of a permit; others are about any service
  PortSet source_ports;               // empty: any
  PortSet ports;                      // empty: any
  bool log = false;
  std::string about;  // flow and reason
};

/// By the first that holds, as in the policy.
struct ZoneTranslation {
  std::size_t from = 0;
  std::optional<std::size_t> to;  // where the inside address is, if a zone names it
  AddressList sources;
  IpAddress outside;
  IpAddress inside;
  Protocol protocol = Protocol::tcp;
  PortSet ports;  // empty: any; those that no earlier translation takes
  std::string about;
};

struct ZoneHide {
  std::size_t from = 0;
  std::size_t to = 0;
  AddressList sources;
};

struct ZoneTask {
  std::vector<DeviceZone> zones;  // none: by address only
  std::vector<ZoneRule> rules;
  std::vector<ZoneTranslation> translations;
  std::vector<ZoneHide> hides;
};

/// `longest` octets of flow and reason are kept. Refuses what none of these devices can say: no
/// state, interfaces of some zones only, services of the device itself, translation without
/// interfaces.
[[nodiscard]] Checked<ZoneTask> zone_task(const Policy& policy, std::string_view backend,
                                          std::size_t longest);

/// A refusal in the name of a back-end.
[[nodiscard]] Diagnostic zone_refusal(std::string_view backend, std::string id, std::string message,
                                      std::string remedy);

/// The addresses of one family.
[[nodiscard]] AddressList of_family(const AddressList& list, Family family);
/// The range as one prefix, where it is one.
[[nodiscard]] std::optional<IpPrefix> as_prefix(const AddressRange& range);

/// Names for addresses and for groups of them, each once. Names are at most 63 characters of
/// letters, digits, `.`, `_` and `-`.
class AddressObjects {
 public:
  /// The object of one address, else a group; not for an empty list.
  [[nodiscard]] const std::string& name(const AddressList& list);
  [[nodiscard]] const std::vector<std::pair<std::string, AddressRange>>& objects() const {
    return objects_;
  }
  /// With the names of their members.
  [[nodiscard]] const std::vector<std::pair<std::string, std::vector<std::string>>>& groups()
      const {
    return groups_;
  }

 private:
  const std::string& object(const AddressRange& range);

  std::vector<std::pair<std::string, AddressRange>> objects_;
  std::vector<std::pair<std::string, std::vector<std::string>>> groups_;
  std::map<std::pair<IpAddress, IpAddress>, std::string> named_;
  std::map<std::vector<std::string>, std::string> grouped_;
};

/// `135`, `5000-5010`
[[nodiscard]] std::string dashed(PortRange range);

}  // namespace pinhole::firewall
