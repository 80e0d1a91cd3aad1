// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/flow_ends.hpp"
#include "plan/paths.hpp"
#include "plan/rules_site.hpp"
#include "plan/topology_lookup.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::PortRule;

constexpr std::uint16_t kMapper = 135;
// From this product on, servers of one organisation must not be filtered from each other.
constexpr std::string_view kFirstUnfiltered = "exchange-2007";

/// Settings whose port an RPC client learns from the mapper.
std::set<std::string_view> mapped_settings(const catalogue::Catalogue& catalogue) {
  std::set<std::string_view> settings;
  for (const catalogue::Service& service : catalogue.services) {
    for (const catalogue::Listener& listener : service.listeners) {
      if (listener.sequence == catalogue::Sequence::ncacn_ip_tcp) {
        for (const catalogue::Setting* setting : listener.settings) {
          settings.insert(setting->id);
        }
      }
    }
  }
  return settings;
}

class Ways {
 public:
  Ways(const RuleBook& book, const Plan& plan, Findings& findings)
      : book_(&book),
        plan_(&plan),
        topology_(&plan.topology),
        findings_(&findings),
        mapped_(mapped_settings(book.catalogue())) {}

  void judge_mapper();
  void judge_translation();
  void judge_inspection();
  void judge_filters();

 private:
  [[nodiscard]] bool is_mapped(const Flow& flow) const {
    return flow.ports.dynamic_of.has_value() ||
           std::ranges::any_of(flow.ports.settings, [&](const PortSetting& setting) {
             return mapped_.contains(setting.setting);
           });
  }
  [[nodiscard]] std::string server_of(Party party) const {
    return party.kind == Party::Kind::server ? topology_->servers[party.index].name : "";
  }
  void add(Check check, std::string_view server, std::string_view about, const Place& place,
           const std::string& message);

  const RuleBook* book_;
  const Plan* plan_;
  const Topology* topology_;
  Findings* findings_;
  std::set<std::string_view> mapped_;
};

void Ways::add(Check check, std::string_view server, std::string_view about, const Place& place,
               const std::string& message) {
  for (const PortRule* rule : book_->of(check)) {
    Finding finding = finding_of(*rule, server, about, message + because(*rule));
    finding.place = place;
    findings_->push_back(std::move(finding));
  }
}

void Ways::judge_mapper() {
  std::set<std::pair<Party, Party>> asked;
  for (const Flow& flow : plan_->flows) {
    if (flow.transport == Transport::tcp && flow.ports.fixed.contains(kMapper)) {
      asked.emplace(flow.from, flow.to);
    }
  }
  for (const Flow& flow : plan_->flows) {
    if (is_mapped(flow) && asked.emplace(flow.from, flow.to).second) {
      add(Check::mapper_closed, server_of(flow.to), flow.id, flow.place,
          fmt::format("{} may reach {} of {}, but not its endpoint mapper",
                      name_of(*topology_, flow.from), flow.service, name_of(*topology_, flow.to)));
    }
  }
}

/// The address that clients are given stands in the tower, and is the server's own.
void Ways::judge_translation() {
  for (const Device& device : topology_->devices) {
    for (const Translation& translation : device.translations) {
      const auto reaches = [&](const Flow& flow) {
        const Index zone = zone_of(*topology_, flow.from);
        return flow.to.kind == Party::Kind::server && flow.to.index == translation.server &&
               (translation.from ? *translation.from == zone
                                 : zone != topology_->servers[translation.server].zone) &&
               is_mapped(flow);
      };
      const auto flow = std::ranges::find_if(plan_->flows, reaches);
      if (flow != plan_->flows.end()) {
        add(Check::translated, name_of(*topology_, flow->to), flow->id, device.place,
            fmt::format("{} shows {} as {} to {}, but the endpoint map names the server's own "
                        "address",
                        device.name, name_of(*topology_, flow->to), to_string(translation.outside),
                        name_of(*topology_, flow->from)));
      }
    }
  }
}

void Ways::judge_inspection() {
  if (std::ranges::none_of(topology_->devices, &Device::inspects_dcerpc)) {
    return;
  }
  Paths paths(*topology_);
  std::map<Index, std::pair<std::size_t, const Flow*>> through;
  for (const Flow& flow : plan_->flows) {
    if (flow.ports.settings.empty() || !is_mapped(flow)) {
      continue;
    }
    for (const Hop& hop : paths.between(flow.from, flow.to).value_or(std::vector<Hop>{})) {
      if (topology_->devices[hop.device].inspects_dcerpc) {
        auto& [count, first] = through[hop.device];
        first = count++ == 0 ? &flow : first;
      }
    }
  }
  for (const auto& [device, flows] : through) {
    add(Check::inspected, "", topology_->devices[device].name, topology_->devices[device].place,
        fmt::format("{} inspects DCE/RPC, and {} flow{} to static ports pass it (the first: {})",
                    topology_->devices[device].name, flows.first, flows.first == 1 ? "" : "s",
                    flows.second->id));
  }
}

/// What stands in a zone for one organisation.
struct Residents {
  std::optional<Index> exchange;  // the first server of 2007 or later
  Index first = 0;                // or the first domain controller; where there is one
  std::size_t count = 0;
};

void Ways::judge_filters() {
  const auto* first = catalogue::find_product(book_->catalogue(), kFirstUnfiltered);
  std::map<std::pair<std::optional<Index>, Index>, Residents> by_zone;
  for (Index i = 0; i < topology_->servers.size(); ++i) {
    const Server& server = topology_->servers[i];
    const auto* product = catalogue::find_product(book_->catalogue(), server.product);
    const bool exchange = product != nullptr && first != nullptr && product->age >= first->age &&
                          !has_role(server, "edge-transport");
    if (exchange || has_role(server, "domain-controller")) {
      const auto organisation =
          server.organisation ? server.organisation : topology_->zones[server.zone].organisation;
      Residents& here = by_zone[{organisation, server.zone}];
      here.exchange = here.exchange || !exchange ? here.exchange : std::optional(i);
      here.first = here.count == 0 ? i : here.first;
      ++here.count;
    }
  }
  Paths paths(*topology_);
  for (auto a = by_zone.begin(); a != by_zone.end(); ++a) {
    for (auto b = std::next(a); b != by_zone.end() && b->first.first == a->first.first; ++b) {
      const auto& way = paths.between(a->first.second, b->first.second);
      const Residents& here = a->second.exchange ? a->second : b->second;
      const Residents& there = a->second.exchange ? b->second : a->second;
      if (!here.exchange || !way || way->empty()) {
        continue;
      }
      const Index one = *here.exchange;
      const Index other = there.first;
      const Device& device = topology_->devices[way->front().device];
      const std::size_t more = here.count + there.count - 2;
      add(Check::filtered_servers, topology_->servers[one].name, device.name, device.place,
          fmt::format("{} stands between {} and {}{}", device.name, topology_->servers[one].name,
                      topology_->servers[other].name,
                      more == 0 ? "" : fmt::format(" ({} more servers in their zones)", more)));
    }
  }
}

}  // namespace

void judge_ways(const RuleBook& book, const Plan& plan, Findings& findings) {
  Ways ways(book, plan, findings);
  ways.judge_mapper();
  ways.judge_translation();
  ways.judge_inspection();
  ways.judge_filters();
}

}  // namespace pinhole::plan
