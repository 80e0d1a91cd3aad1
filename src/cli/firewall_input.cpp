// SPDX-License-Identifier: Apache-2.0
#include "cli/firewall_input.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/refusal.hpp"
#include "cli/text_file.hpp"
#include "firewall/read.hpp"
#include "plan/lower.hpp"
#include "registry/text.hpp"

namespace pinhole::cli {
namespace {

template <class Rows>
std::string names_of(const Rows& rows) {
  std::vector<std::string_view> names;
  std::ranges::transform(rows, std::back_inserter(names),
                         [](const auto& row) -> std::string_view { return row.name; });
  return names.empty() ? "it has none" : fmt::format("it has {}", fmt::join(names, ", "));
}

}  // namespace

Checked<firewall::Ruleset> open_rules(const std::string& path, const std::string& dialect) {
  const auto text = read_text(path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return firewall::read_ruleset(*text, path == "-" ? "standard input" : path,
                                dialect.empty() ? std::nullopt : std::optional(dialect));
}

void add_dialect_option(CLI::App& app, std::string& dialect) {
  std::vector<std::string> names;
  for (const firewall::Dialect& one : firewall::dialects()) {
    names.emplace_back(one.name);
  }
  app.add_option("--dialect", dialect, "What the rules are written in; else their content shows it")
      ->type_name("DIALECT")
      ->check(CLI::IsMember(names));
}

void add_format_option(CLI::App& app, std::string& format) {
  app.add_option("--format", format, "table or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

Checked<std::optional<plan::Index>> device_of(const plan::Plan& plan, const std::string& name) {
  const auto& devices = plan.topology.devices;
  for (plan::Index i = 0; i < devices.size(); ++i) {
    if (name.empty() ? devices.size() == 1 : registry::same_name(devices[i].name, name)) {
      return i;
    }
  }
  if (name.empty() && devices.empty()) {
    return std::nullopt;
  }
  return refusal(
      "firewall-device", name.empty() ? "--device" : name,
      name.empty() ? "the plan has several devices" : "the plan has no device of this name",
      names_of(devices));
}

firewall::Policy policy_of(const plan::Plan& plan, const std::optional<plan::Index>& device,
                           const catalogue::Catalogue& catalogue) {
  return device ? plan::policy_for(plan, *device, catalogue)
                : plan::policy_by_address(plan, catalogue);
}

Checked<std::optional<firewall::ZonePair>> zone_pair_of(const firewall::Policy& policy,
                                                        const std::string& from,
                                                        const std::string& to) {
  if (from.empty() && to.empty()) {
    return std::nullopt;
  }
  firewall::ZonePair pair;
  for (const auto& [name, index] : {std::pair(&from, &pair.first), std::pair(&to, &pair.second)}) {
    const auto zone = std::ranges::find_if(policy.zones, [&name](const firewall::Zone& one) {
      return registry::same_name(one.name, *name);
    });
    if (zone == policy.zones.end()) {
      return refusal("firewall-zone", name->empty() ? "--from, --to" : *name,
                     name->empty() ? "one zone is missing" : "the policy has no zone of this name",
                     names_of(policy.zones));
    }
    *index = static_cast<firewall::ZoneIndex>(zone - policy.zones.begin());
  }
  return pair;
}

}  // namespace pinhole::cli
