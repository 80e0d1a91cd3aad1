// SPDX-License-Identifier: Apache-2.0
// Why there is no port, in words: who wanted what, what takes it, and how much is left.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/solver_site.hpp"

namespace pinhole::plan {
namespace {

Finding finding_of(const SolverSite& site, const Server& server, std::string_view service,
                   std::string_view rule) {
  Finding finding;
  finding.rule = rule;
  finding.severity = Severity::error;
  finding.server = server.name;
  finding.service = service;
  finding.place = server.place;
  const auto& rules = site.book->catalogue().rules;
  const auto at = std::ranges::find(rules, rule, &catalogue::PortRule::id);
  if (at != rules.end()) {
    finding.source = at->source;
  }
  return finding;
}

Finding finding_of(const SolverSite& site, const Node& node, std::string_view rule) {
  const PortListener& row = site.listener(node).row;
  Finding finding = finding_of(site, site.server(node), row.service->name, rule);
  finding.subject = row.setting->id;
  return finding;
}

std::string_view why(Choice choice) {
  switch (choice) {
    case Choice::pinned:
      return "pinned";
    case Choice::kept:
      return "there already";
    case Choice::same:
      return "as its group";
    case Choice::advised:
    case Choice::chosen:
      break;
  }
  return "planned";
}

std::string name_of(const SolverSite& site, const Node& node) {
  const PortListener& row = site.listener(node).row;
  return fmt::format("{} of {}", row.service->name, site.server(node).name);
}

/// The ports that are left, and what took the others.
class Remainder {
 public:
  explicit Remainder(PortSet ports) : left_(std::move(ports)) {}

  /// `what` is put behind the number of ports that it takes, if it takes any.
  void take(const PortSet& ports, std::string_view what) {
    const std::uint32_t before = left_.count();
    left_.erase(ports);
    if (left_.count() < before) {
      causes_.push_back(fmt::format("{} {}", before - left_.count(), what));
    }
  }

  [[nodiscard]] const PortSet& left() const { return left_; }
  [[nodiscard]] std::string text() const { return fmt::format("{}", fmt::join(causes_, ", ")); }

 private:
  PortSet left_;
  std::vector<std::string> causes_;
};

PortSet one(std::uint16_t port) {
  return PortSet({port, port});
}

void take_rules(Remainder& remainder, const SolverSite& site, const Node& node) {
  const PortProfile& profile = *site.servers[node.server].profile;
  const catalogue::Setting& setting = *site.listener(node).row.setting;
  remainder.take(PortSet({0, 1199}), "below 1200");
  std::vector<std::string_view> ids;
  for (const PortRange& range : remainder.left().ranges()) {
    for (const auto* rule : rules_against(*site.book, profile.context, setting, range)) {
      if (std::ranges::find(ids, rule->id) == ids.end()) {
        ids.push_back(rule->id);
      }
    }
  }
  remainder.take(port_limits(*site.book, profile.context, setting).errors,
                 fmt::format("forbidden by {}", fmt::join(ids, ", ")));
}

void take_held(Remainder& remainder, const SolverSite& site, const Node& node) {
  for (const PortRange& range : site.servers[node.server].held.ranges()) {
    for (std::uint32_t each = range.first; each <= range.last; ++each) {
      const auto port = static_cast<std::uint16_t>(each);
      if (const HeldPort* held = holder_of(site, node, port)) {
        remainder.take(one(port), fmt::format("held by {} on {} ({})",
                                              held->process.empty() ? "somebody" : held->process,
                                              site.server(node).name, port));
      }
    }
  }
}

void take_others(Remainder& remainder, const SolverSite& site, const Node& node) {
  const SolverServer& server = site.servers[node.server];
  remainder.take(server.profile->fixed,
                 fmt::format("of other services of {}", site.server(node).name));
  take_held(remainder, site, node);
  for (std::size_t i = 0; i < server.variables.size(); ++i) {
    const Variable& other = site.variables[server.variables[i]];
    if (i != node.listener && other.port) {
      remainder.take(one(*other.port),
                     fmt::format("of {} ({}, {})", name_of(site, {node.server, i}), *other.port,
                                 why(other.choice)));
    }
  }
}

}  // namespace

Finding explain_no_port(const SolverSite& site, const Variable& variable) {
  const Node& first = variable.nodes.front();
  const PortPolicy& policy = site.topology->policy;
  const PortRange wanted = policy.wanted.value_or(kDefaultRange);
  Remainder remainder{PortSet(wanted)};
  for (const Node& node : variable.nodes) {
    take_rules(remainder, site, node);
  }
  remainder.take(policy.avoid, "avoided by the policy");
  for (const Node& node : variable.nodes) {
    take_others(remainder, site, node);
  }
  Finding finding = finding_of(site, first, "DIFF-SERVICES");
  const auto rest = variable.nodes.size() - 1;
  finding.message = fmt::format(
      "no port for {}{}: of the {} ports of {} {}, {}; {} remain", name_of(site, first),
      rest == 0 ? std::string() : fmt::format(" and the same on {} more servers", rest),
      PortSet(wanted).count(), policy.wanted ? "wanted" : "the default range", to_string(wanted),
      remainder.text(), remainder.left().empty() ? "none" : to_string(remainder.left()));
  finding.remedy = policy.wanted ? "make wanted wider, avoid less, or free one of these ports"
                                 : "avoid less, or free one of these ports";
  return finding;
}

Finding explain_conflict(const SolverSite& site, const Variable& variable,
                         const std::vector<std::string>& demands) {
  const Node& first = variable.nodes.front();
  const bool x400 = site.is_x400(variable);
  Finding finding = finding_of(site, first, x400 ? "SAME-X400" : "SAME-CAS");
  std::vector<std::string_view> names;
  names.reserve(variable.nodes.size());
  for (const Node& node : variable.nodes) {
    names.emplace_back(site.server(node).name);
  }
  finding.message =
      fmt::format("{} needs one port on {}: {}", site.listener(first).row.service->name,
                  fmt::join(names, ", "), fmt::join(demands, ", but "));
  finding.remedy = x400 ? "pin one number, and have the partners use it too"
                        : "pin one number for all of them, or only on one server";
  return finding;
}

Finding explain_dynamic(const SolverSite& site, const Server& server,
                        const DynamicListener& listener) {
  Finding finding = finding_of(site, server, listener.service->name, listener.rule);
  finding.severity = Severity::note;
  finding.subject = "dynamic";
  finding.message =
      fmt::format("{} of {} stays dynamic: no setting that it reads there fixes its port",
                  listener.service->name, server.name);
  finding.remedy = "let the dynamic range through to it, or upgrade to SP4";
  return finding;
}

Finding explain_refusal(const SolverSite& site, std::uint16_t port, const Node& node) {
  const Variable* user = user_of(site, node, port);
  const HeldPort* held = holder_of(site, node, port);
  Finding finding = finding_of(site, node, user != nullptr ? "DIFF-SERVICES" : "CHOOSE-FREE");
  std::string reason = "another service of the server listens on it";
  if (user != nullptr) {
    for (const Node& other : user->nodes) {
      if (other.server == node.server) {
        reason = fmt::format("{} has it ({})", name_of(site, other), why(user->choice));
      }
    }
  } else if (held != nullptr) {
    reason = fmt::format("{} holds it", held->process.empty() ? "somebody" : held->process);
  }
  finding.message = fmt::format("{} needs port {} as its partners have it, but {}",
                                name_of(site, node), port, reason);
  finding.remedy = "free the port, or pin another for all of them";
  return finding;
}

}  // namespace pinhole::plan
