// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/rules_site.hpp"
#include "plan/topology_lookup.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::PortRule;

constexpr std::string_view kX400Setting = "mta-rfc1006-port";
constexpr std::string_view kClientAccessSetting = "rca-tcp-port";
constexpr std::string_view kMailTransferAgent = "MSExchangeMTA";

bool contains(catalogue::Texts texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

Finding about_server(const PortRule& rule, const Server& server, std::string_view service,
                     std::string_view about, std::string message) {
  Finding finding = finding_of(rule, server.name, about, std::move(message));
  finding.service = service;
  finding.place = server.place;
  return finding;
}

std::string port_words(std::optional<std::uint16_t> port) {
  return port ? fmt::format("port {}", *port) : "no static port";
}

/// Members of an array against the first of them, service by service.
void judge_array(const PortRule& rule, const Plan& plan, const ServerGroup& array,
                 Findings& findings) {
  std::map<std::string, std::vector<const Assignment*>> by_service;
  for (std::size_t i = 0; i < array.servers.size(); ++i) {
    const auto [first, last] =
        std::ranges::equal_range(plan.assignments, array.servers[i], {}, &Assignment::server);
    for (auto at = first; at != last; ++at) {
      if (contains(rule.settings, at->setting)) {
        auto& row = by_service[at->service];
        row.resize(array.servers.size());
        row[i] = &*at;
      }
    }
  }
  for (const auto& [service, row] : by_service) {
    const auto model = std::ranges::find_if(row, [](const Assignment* each) { return each; });
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] != nullptr && row[i]->port == (*model)->port) {
        continue;
      }
      const Server& server = plan.topology.servers[array.servers[i]];
      const auto port = row[i] == nullptr ? std::nullopt : std::optional(row[i]->port);
      findings.push_back(
          about_server(rule, server, service, (*model)->setting,
                       fmt::format("{} has {} on {}, but port {} on {} of the same array {}",
                                   service, port_words(port), server.name, (*model)->port,
                                   plan.topology.servers[(*model)->server].name, array.name)));
    }
  }
}

/// Who speaks X.400 with whom, as groups: servers, then client groups.
class Partners {
 public:
  Partners(const Plan& plan, const RuleBook& book) : plan_(&plan), book_(&book) {
    parent_.resize(plan.topology.servers.size() + plan.topology.clients.size());
    std::iota(parent_.begin(), parent_.end(), Index{0});
    for (const Need& need : plan.topology.needs) {
      join(need);
    }
  }

  void judge(const PortRule& rule, Findings& findings);

 private:
  void join(const Need& need);
  [[nodiscard]] Index root(Index node) const {
    while (parent_[node] != node) {
      node = parent_[node];
    }
    return node;
  }
  [[nodiscard]] bool has_agent(Index server) const;
  [[nodiscard]] std::uint16_t port_of(Index node) const;
  [[nodiscard]] std::string name_of(Index node) const;
  [[nodiscard]] std::uint16_t standard() const;

  const Plan* plan_;
  const RuleBook* book_;
  std::vector<Index> parent_;
  std::vector<Index> members_;
};

bool Partners::has_agent(Index server) const {
  return std::ranges::any_of(
      services_on(book_->catalogue(), plan_->topology.servers[server]),
      [](const catalogue::Service* service) { return service->name == kMailTransferAgent; });
}

void Partners::join(const Need& need) {
  const Topology& topology = plan_->topology;
  const bool by_client =
      need.client && topology.clients[*need.client].kind == ClientKind::mta_partner;
  const bool by_server =
      need.server_from && std::ranges::find(need.purposes, Purpose::x400) != need.purposes.end();
  if (!by_client && !by_server) {
    return;
  }
  const Index from =
      by_client ? topology.servers.size() + *need.client : need.server_from.value_or(0);
  std::vector<Index> targets = need.servers;
  for (Index i = 0; targets.empty() && need.load_balancers.empty() && i < topology.servers.size();
       ++i) {
    if (has_agent(i)) {
      targets.push_back(i);
    }
  }
  members_.push_back(from);
  for (const Index target : targets) {
    if (has_agent(target)) {
      members_.push_back(target);
      const Index a = root(from);
      const Index b = root(target);
      parent_[std::max(a, b)] = std::min(a, b);
    }
  }
}

/// What an MTA without the setting listens on.
std::uint16_t Partners::standard() const {
  constexpr std::uint16_t kRfc1006 = 102;
  for (const catalogue::Service& service : book_->catalogue().services) {
    for (const catalogue::Listener& listener : service.listeners) {
      if (listener.sequence == catalogue::Sequence::rfc1006) {
        return listener.default_port().value_or(kRfc1006);
      }
    }
  }
  return kRfc1006;
}

std::uint16_t Partners::port_of(Index node) const {
  const Topology& topology = plan_->topology;
  if (node >= topology.servers.size()) {
    return topology.clients[node - topology.servers.size()].rfc1006_port.value_or(standard());
  }
  const Assignment* assigned = find_assignment(*plan_, node, kX400Setting);
  return assigned == nullptr ? standard() : assigned->port;
}

std::string Partners::name_of(Index node) const {
  const Topology& topology = plan_->topology;
  return node < topology.servers.size() ? topology.servers[node].name
                                        : topology.clients[node - topology.servers.size()].name;
}

void Partners::judge(const PortRule& rule, Findings& findings) {
  std::ranges::sort(members_);
  const auto rest = std::ranges::unique(members_);
  members_.erase(rest.begin(), rest.end());
  for (const Index member : members_) {
    const Index model = root(member);
    if (port_of(member) == port_of(model)) {
      continue;
    }
    const bool is_server = member < plan_->topology.servers.size();
    Finding finding = finding_of(
        rule, is_server ? name_of(member) : name_of(model), kX400Setting,
        fmt::format("{} listens for X.400 on {}, its partner {} on {}{}", name_of(member),
                    port_of(member), name_of(model), port_of(model), because(rule)));
    finding.service = kMailTransferAgent;
    findings.push_back(std::move(finding));
  }
}

/// A Mailbox server of 2010 with public folders, where Client Access has static ports.
void judge_public_folders(const PortRule& rule, const Plan& plan, Findings& findings) {
  const bool planned = std::ranges::any_of(plan.assignments, [](const Assignment& each) {
    return each.setting == kClientAccessSetting;
  });
  for (Index i = 0; planned && i < plan.topology.servers.size(); ++i) {
    const Server& server = plan.topology.servers[i];
    if (server.product.starts_with("exchange-2010") && has_role(server, "public-folders") &&
        find_assignment(plan, i, kClientAccessSetting) == nullptr) {
      findings.push_back(
          about_server(rule, server, "MSExchangeRPC", kClientAccessSetting,
                       fmt::format("{} has public folders and no static port for clients{}",
                                   server.name, because(rule))));
    }
  }
}

/// Servers that IOREPL reaches, without a static port.
void judge_replication(const PortRule& rule, const Plan& plan, Findings& findings) {
  for (const Need& need : plan.topology.needs) {
    const bool replicates =
        need.client && (plan.topology.clients[*need.client].kind == ClientKind::iorepl_publisher ||
                        plan.topology.clients[*need.client].kind == ClientKind::iorepl_subscriber);
    for (const Index server : replicates ? need.servers : std::vector<Index>{}) {
      if (!std::ranges::binary_search(plan.assignments, server, {}, &Assignment::server)) {
        findings.push_back(about_server(
            rule, plan.topology.servers[server], "", "",
            fmt::format("{} replicates with another organisation over ports that nobody fixed{}",
                        plan.topology.servers[server].name, because(rule))));
      }
    }
  }
}

}  // namespace

void judge_sameness(const RuleBook& book, const Plan& plan, Findings& findings) {
  for (const PortRule* rule : book.of(Check::same_in_array)) {
    for (const ServerGroup& array : plan.topology.arrays) {
      judge_array(*rule, plan, array, findings);
    }
  }
  for (const PortRule* rule : book.of(Check::same_among_partners)) {
    Partners(plan, book).judge(*rule, findings);
  }
  for (const PortRule* rule : book.of(Check::public_folders)) {
    judge_public_folders(*rule, plan, findings);
  }
  for (const PortRule* rule : book.of(Check::replication_tool)) {
    judge_replication(*rule, plan, findings);
  }
}

}  // namespace pinhole::plan
