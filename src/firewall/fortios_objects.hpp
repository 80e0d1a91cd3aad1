// SPDX-License-Identifier: Apache-2.0
#pragma once
// Zones, addresses, services and virtual IPs of a FortiOS configuration (Fortinet, FortiOS CLI
// Reference: system zone, firewall address, addrgrp, service custom, service group, vip).

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/fortios_text.hpp"
#include "firewall/zone_read.hpp"

namespace pinhole::firewall {

using FortiosEntry = std::map<std::string, std::vector<std::string>, std::less<>>;

/// The values of a key joined by blanks; empty where it is not set.
[[nodiscard]] std::string fortios_value(const FortiosEntry& entry, std::string_view key);
[[nodiscard]] std::vector<std::string> fortios_list(const FortiosEntry& entry,
                                                    std::string_view key);

struct FortiosVip {
  std::string name;
  FortiosEntry settings;
  bool v4 = true;
  std::uint32_t line = 0;
};

class FortiosObjects {
 public:
  FortiosObjects();

  /// False where the setting is of none of these tables.
  bool take(const FortiosSetting& setting);
  /// Before the first list is asked for.
  void finish();

  /// Keys of what a policy names in a field of this version of IP.
  [[nodiscard]] std::vector<std::string> address_keys(const std::vector<std::string>& names,
                                                      bool v4) const;
  /// Zones, and interfaces that are in none.
  [[nodiscard]] std::vector<std::string> interface_keys(const std::vector<std::string>& names);
  /// The virtual IPs among the names, groups of them followed.
  [[nodiscard]] std::vector<const FortiosVip*> vips_of(const std::vector<std::string>& names,
                                                       bool v4) const;
  [[nodiscard]] bool is_vip(const std::string& name, bool v4) const;

  [[nodiscard]] const std::vector<FortiosVip>& vips() const { return vips_; }
  /// Zones between whose interfaces everything passes.
  [[nodiscard]] const std::vector<std::string>& open_zones() const { return open_zones_; }
  [[nodiscard]] ObjectTable& zones() { return zones_; }
  [[nodiscard]] ObjectTable& addresses() { return addresses_; }
  [[nodiscard]] ObjectTable& services() { return services_; }

 private:
  struct Entry {
    FortiosEntry settings;
    std::uint32_t line = 0;
  };
  using Entries = std::map<std::string, Entry>;
  struct Helper {
    std::string name;
    std::uint32_t protocol = 0;
    std::uint32_t port = 0;
  };

  void finish_zones();
  void finish_addresses(const Entries& entries, bool v4);
  void finish_groups(const Entries& entries, bool v4);
  void finish_services();
  void finish_helpers();
  void finish_vips();
  void add_ports(ZoneObject& object, const Entry& entry, std::string_view key,
                 std::uint32_t protocol) const;
  void predefine();
  [[nodiscard]] std::string opened_by(const ZoneObject& object, const std::string& helper) const;

  ObjectTable zones_{"zone"};
  ObjectTable addresses_{"address"};
  ObjectTable services_{"service"};
  std::map<std::string, Entries, std::less<>> tables_;
  std::vector<Helper> helpers_;
  std::vector<FortiosVip> vips_;
  std::map<std::string, std::size_t> vip_index_;
  std::vector<std::string> open_zones_;
};

}  // namespace pinhole::firewall
