// SPDX-License-Identifier: Apache-2.0
#pragma once
// Zones, addresses and services of a PAN-OS configuration, keyed by scope and name; what a virtual
// system does not have is looked for in `shared`.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/zone_read.hpp"

namespace pinhole::firewall {

/// The values at `at`: one word, or those of a list in brackets; `at` moves behind them.
[[nodiscard]] std::vector<std::string> panos_values(std::span<const std::string> words,
                                                    std::size_t& at);

class PanosObjects {
 public:
  PanosObjects();

  /// The words from the name of a zone, address, ... on.
  void zone(std::span<const std::string> words, std::uint32_t line);
  void address(const std::string& scope, std::span<const std::string> words, std::uint32_t line);
  void address_group(const std::string& scope, std::span<const std::string> words,
                     std::uint32_t line);
  void service(const std::string& scope, std::span<const std::string> words, std::uint32_t line);
  void service_group(const std::string& scope, std::span<const std::string> words,
                     std::uint32_t line);
  /// Before the first list is asked for.
  void finish();

  /// Keys of what a rule names; addresses may be written as such.
  [[nodiscard]] std::vector<std::string> addresses_of(const std::vector<std::string>& names,
                                                      std::uint32_t line);
  [[nodiscard]] std::vector<std::string> services_of(const std::vector<std::string>& names) const;

  [[nodiscard]] const std::vector<std::string>& zone_names() const { return zone_names_; }
  [[nodiscard]] ObjectTable& zones() { return zones_; }
  [[nodiscard]] ObjectTable& addresses() { return addresses_; }
  [[nodiscard]] ObjectTable& services() { return services_; }
  /// Of which virtual system the text is.
  void set_scope(const std::string& scope) { scope_ = scope; }

 private:
  /// Filled by several statements in any order.
  struct Service {
    std::string name;
    std::string protocol;
    std::string ports;
    std::string source_ports;
    std::string unknown;
    std::uint32_t line = 0;
  };
  struct Group {
    std::string scope;
    std::vector<std::string> members;
    std::uint32_t line = 0;
  };

  [[nodiscard]] std::string key_in(const ObjectTable& table, const std::string& scope,
                                   const std::string& name) const;
  void finish_service(const std::string& key, const Service& service);

  ObjectTable zones_{"zone"};
  ObjectTable addresses_{"address"};
  ObjectTable services_{"service"};
  std::vector<std::string> zone_names_;
  std::map<std::string, Service> found_;
  std::map<std::string, Group> address_groups_;
  std::map<std::string, Group> service_groups_;
  std::string scope_;
};

}  // namespace pinhole::firewall
