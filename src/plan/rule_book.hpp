// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rules of a catalogue in the order that judges want them, and what judges share. One function
// for each group of checks; each adds its findings and leaves their order to the caller.

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "plan/finding.hpp"
#include "plan/rule_subject.hpp"

namespace pinhole::plan {

using Rules = std::vector<const catalogue::PortRule*>;
using Products = std::span<const catalogue::Product* const>;

class RuleBook {
 public:
  explicit RuleBook(const catalogue::Catalogue& catalogue);

  [[nodiscard]] const catalogue::Catalogue& catalogue() const { return *catalogue_; }
  /// In the order of their ids; only errors, warnings and notes.
  [[nodiscard]] const Rules& of(catalogue::Check check) const;
  /// Who is known to listen on a TCP port; empty: nobody.
  [[nodiscard]] std::string_view known_owner(std::uint16_t port) const;
  /// All of them, by port.
  [[nodiscard]] const std::map<std::uint16_t, std::string_view>& known() const { return known_; }
  [[nodiscard]] bool is_of_exchange(const catalogue::Setting& setting) const {
    return of_exchange_.contains(setting.id);
  }

 private:
  const catalogue::Catalogue* catalogue_;
  std::map<catalogue::Check, Rules> rules_;
  std::map<std::uint16_t, std::string_view> known_;
  std::set<std::string_view> of_exchange_;  // ids of settings
};

/// Whether the row's `versions`, `settings` and `except` let it judge this setting; `of_class`
/// stands for a row that names no settings.
[[nodiscard]] bool is_for(const catalogue::PortRule& rule, const RuleBook& book,
                          const catalogue::Product* product, const catalogue::Setting& setting,
                          bool of_class);

[[nodiscard]] Severity severity_of(catalogue::Level level);

/// A finding about one value; with the rule's severity, remedy and source.
[[nodiscard]] Finding finding_of(const catalogue::PortRule& rule, const Subject& subject,
                                 const SettingValue& value, std::string message);
/// One about a server or the site.
[[nodiscard]] Finding finding_of(const catalogue::PortRule& rule, std::string_view server,
                                 std::string_view about, std::string message);

/// `TCP/IP Port of MSExchangeIS is 5000`
[[nodiscard]] std::string said(const SettingValue& value);
/// `reason` after a colon, or nothing.
[[nodiscard]] std::string because(const catalogue::PortRule& rule);

/// Of one static port: the narrowest of the strictest rules.
void judge_port(const RuleBook& book, const Subject& subject, const SettingValue& value,
                Findings& findings);
/// All static ports, and what else stands against them.
void judge_ports(const RuleBook& book, const Subject& subject, Findings& findings);
/// Types, notations, bounds and forms of values.
void judge_values(const RuleBook& book, const Subject& subject, Findings& findings);
/// Values in wrong keys and with wrong names; once for a state. Where it could be several
/// settings, one that a product reads is meant.
void judge_names(const RuleBook& book, const State& state, Products products, Findings& findings);
/// What nobody reads; for one product that is known to be the server's.
void judge_unread(const RuleBook& book, const Subject& subject, Findings& findings);
/// Listeners with the same port; ports lost at an upgrade.
void judge_listeners(const RuleBook& book, const Subject& subject, Findings& findings);
/// Against what netstat showed: ports that others hold.
void judge_holders(const RuleBook& book, const Subject& subject, Findings& findings);
/// Against the endpoint map.
void judge_endpoints(const RuleBook& book, const Subject& subject, Findings& findings);
void judge_internet(const RuleBook& book, const Subject& subject, Findings& findings);

/// The ports of one server as a number that may have been typed in the wrong base would read:
/// `20480 is 0x5000`; empty where it does not look so.
struct Misreading {
  std::uint64_t meant = 0;
  std::string text;  // 20480 is 0x5000
  Severity severity = Severity::note;
};
[[nodiscard]] std::optional<Misreading> misread(std::uint64_t number);

}  // namespace pinhole::plan
