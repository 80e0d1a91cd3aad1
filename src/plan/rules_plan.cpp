// SPDX-License-Identifier: Apache-2.0
// A plan's ports on each server, and what a state says against a plan.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/rule_book.hpp"
#include "plan/rules.hpp"
#include "plan/rules_site.hpp"
#include "plan/windows_ports.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::PortRule;
using catalogue::Setting;

/// From assignments to what judges look at. What a product reads of a setting is looked up once.
class Planned {
 public:
  explicit Planned(const catalogue::Catalogue& catalogue) : catalogue_(&catalogue) {
    for (const Setting& setting : catalogue.settings) {
      settings_.emplace(setting.id, &setting);
    }
  }

  Subject subject(const Plan& plan, Index index, std::span<const Assignment> assignments,
                  const State* state);

 private:
  const Reader& reader(const catalogue::Product* product, const Setting& setting);

  const catalogue::Catalogue* catalogue_;
  std::map<std::string_view, const Setting*> settings_;
  std::map<std::pair<const catalogue::Product*, const Setting*>, Reader> readers_;
};

const Reader& Planned::reader(const catalogue::Product* product, const Setting& setting) {
  const auto [at, fresh] = readers_.try_emplace({product, &setting});
  if (fresh) {
    at->second = reader_of(*catalogue_, product, setting);
  }
  return at->second;
}

Subject Planned::subject(const Plan& plan, Index index, std::span<const Assignment> assignments,
                         const State* state) {
  const Server& server = plan.topology.servers[index];
  Subject subject;
  subject.server = server.name;
  subject.catalogue = catalogue_;
  subject.product = catalogue::find_product(*catalogue_, server.product);
  subject.state = state;
  subject.dynamic = dynamic_ports_of(server, state, *catalogue_);
  subject.windows_dynamic = subject.dynamic;
  subject.internet = internet_ports_of(state, *catalogue_);
  for (const Assignment& assignment : assignments) {
    const auto at = settings_.find(assignment.setting);
    if (at == settings_.end()) {
      continue;
    }
    const Reader& by = reader(subject.product, *at->second);
    SettingValue value;
    value.setting = at->second;
    value.service = by.service;
    value.listener = by.listener;
    value.text = fmt::format("{}", assignment.port);
    value.number = assignment.port;
    value.port = assignment.port;
    value.place = server.place;
    subject.values.push_back(std::move(value));
  }
  return subject;
}

/// The assignments of one server; they stand by server.
std::span<const Assignment> assignments_of(const Plan& plan, Index server) {
  const auto [first, last] =
      std::ranges::equal_range(plan.assignments, server, {}, &Assignment::server);
  return {first, last};
}

/// How the value of a setting would read if it was typed in the wrong base.
std::string hint(std::uint64_t found, std::uint16_t planned) {
  const auto other = misread(found);
  return other && other->meant == planned ? fmt::format(": {}", other->text) : "";
}

class Drift {
 public:
  Drift(const RuleBook& book, const Subject& planned, const State& state)
      : book_(&book), planned_(&planned), state_(&state) {}

  Findings findings() &&;

 private:
  void compare_value(const SettingValue& value);
  void compare_extra();
  void compare_endpoints(const SettingValue& value);
  void add(Check check, const SettingValue& value, const std::string& message);

  const RuleBook* book_;
  const Subject* planned_;
  const State* state_;
  Subject present_;
  Findings findings_;
};

void Drift::add(Check check, const SettingValue& value, const std::string& message) {
  for (const PortRule* rule : book_->of(check)) {
    findings_.push_back(finding_of(*rule, *planned_, value, message));
  }
}

void Drift::compare_value(const SettingValue& value) {
  if (value.setting->type == catalogue::ValueType::command) {
    return;  // no state that can be read holds it
  }
  const bool known = value.setting->type == catalogue::ValueType::app_setting
                         ? state_->app_settings.has_value()
                         : state_->registry.has_value() ||
                               (state_->smb_conf && !book_->is_of_exchange(*value.setting));
  if (!known) {
    return;
  }
  const SettingValue* found = present_.find(value.setting->id);
  if (found == nullptr) {
    add(Check::drift_missing, value,
        fmt::format("{} of {} is not set; the plan has {}", value.setting->value,
                    value.setting->service, value.text));
    return;
  }
  SettingValue here = *found;
  if (!here.right_type) {
    add(Check::drift_value, here,
        fmt::format("{} as {}; the plan has {} as {}", said(here), to_string(here.found->type),
                    value.text, catalogue::to_string(value.setting->type)));
  } else if (here.port != value.port) {
    add(Check::drift_value, here,
        fmt::format("{}; the plan has {}{}", said(here), value.text,
                    hint(here.number.value_or(0), value.port.value_or(0))));
  }
}

void Drift::compare_extra() {
  for (const SettingValue& here : present_.values) {
    const bool is_default =
        here.listener != nullptr && here.port && here.listener->default_port() == here.port;
    if (here.port && here.is_static_port() && !is_default &&
        planned_->find(here.setting->id) == nullptr) {
      add(Check::drift_extra, here, fmt::format("{}, which the plan does not have", said(here)));
    }
  }
}

void Drift::compare_endpoints(const SettingValue& value) {
  if (!state_->endpoints || value.listener == nullptr || value.listener->interfaces.empty() ||
      value.listener->sequence != catalogue::Sequence::ncacn_ip_tcp) {
    return;
  }
  std::set<std::string> ports;
  for (const SeenEndpoint& seen : *state_->endpoints) {
    const bool ours = std::ranges::any_of(value.listener->interfaces,
                                          [&](const catalogue::InterfaceInfo* interface) {
                                            return interface->uuid == seen.interface;
                                          });
    if (ours && seen.protocol_sequence == "ncacn_ip_tcp") {
      ports.insert(seen.endpoint);
    }
  }
  if (!ports.contains(value.text)) {
    add(Check::drift_endpoint, value,
        fmt::format(
            "{} is planned on {}, the endpoint map has {}", value.setting->service, value.text,
            ports.empty() ? "no TCP entry of it" : fmt::format("{}", fmt::join(ports, ", "))));
  }
}

Findings Drift::findings() && {
  present_ = subject_of(*state_, planned_->product, book_->catalogue());
  for (const SettingValue& value : planned_->values) {
    compare_value(value);
    compare_endpoints(value);
  }
  compare_extra();
  sort_findings(findings_);
  return std::move(findings_);
}

}  // namespace

Findings check_plan(const Plan& plan, std::span<const State> states,
                    const catalogue::Catalogue& catalogue) {
  const RuleBook book(catalogue);
  Planned planned(catalogue);
  std::map<std::string_view, const State*> by_name;
  for (const State& state : states) {
    by_name.emplace(state.name, &state);
  }
  Findings findings;
  for (Index i = 0; i < plan.topology.servers.size(); ++i) {
    const auto state = by_name.find(plan.topology.servers[i].name);
    const Subject subject = planned.subject(plan, i, assignments_of(plan, i),
                                            state == by_name.end() ? nullptr : state->second);
    judge_ports(book, subject, findings);
    judge_listeners(book, subject, findings);
    judge_holders(book, subject, findings);
  }
  judge_sameness(book, plan, findings);
  judge_ways(book, plan, findings);
  sort_findings(findings);
  return findings;
}

Findings drift(const Plan& plan, std::string_view server, const State& state,
               const catalogue::Catalogue& catalogue) {
  const auto at = std::ranges::find(plan.topology.servers, server, &Server::name);
  if (at == plan.topology.servers.end()) {
    return {};
  }
  const auto index = static_cast<Index>(at - plan.topology.servers.begin());
  const RuleBook book(catalogue);
  const Subject subject =
      Planned(catalogue).subject(plan, index, assignments_of(plan, index), nullptr);
  return Drift(book, subject, state).findings();
}

}  // namespace pinhole::plan
