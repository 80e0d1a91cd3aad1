// SPDX-License-Identifier: Apache-2.0
#pragma once
// Zones, address books and applications of a Junos configuration (Juniper, Junos CLI Reference:
// security zones, security address-book, applications). Addresses are keyed by book and name.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/zone_read.hpp"

namespace pinhole::firewall {

class JunosObjects {
 public:
  JunosObjects();

  /// The words below `security zones`, `security address-book` and `applications`.
  void zone(std::span<const std::string> words, std::uint32_t line);
  void address_book(std::span<const std::string> words, std::uint32_t line);
  void application(std::span<const std::string> words, std::uint32_t line);
  /// Before the first list is asked for: `msrpc_alg` is whether the ALG of MS-RPC is on.
  void finish(bool msrpc_alg);

  /// The key of an address as a policy of this zone names it; `global` has no zone.
  [[nodiscard]] std::string address_key(const std::string& zone, const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& zone_names() const { return zone_names_; }
  [[nodiscard]] ObjectTable& zones() { return zones_; }
  [[nodiscard]] ObjectTable& addresses() { return addresses_; }
  [[nodiscard]] ObjectTable& applications() { return applications_; }

 private:
  /// One application, or one term of it.
  struct Term {
    std::string protocol;
    std::string source_port;
    std::string destination_port;
    std::string type;
    std::string code;
    std::string alg;
    std::string uuid;
    std::string unknown;
  };

  void book(const std::string& book, std::span<const std::string> words, std::uint32_t line);
  void predefine();
  static void option(Term& term, const std::string& name, const std::string& value);
  void add_term(ZoneObject& object, const std::string& name, const Term& term, bool msrpc_alg);

  ObjectTable zones_{"zone"};
  ObjectTable addresses_{"address"};
  ObjectTable applications_{"application"};
  std::vector<std::string> zone_names_;
  std::map<std::string, std::vector<std::string>> attached_;  // books of a zone
  std::map<std::string, std::map<std::string, Term>> terms_;  // of applications
  std::map<std::string, std::uint32_t> lines_;
};

}  // namespace pinhole::firewall
