// SPDX-License-Identifier: Apache-2.0
#include "inspect/trace_suggest.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/port_settings.hpp"
#include "plan/topology.hpp"

namespace pinhole::inspect {
namespace {

/// What somebody wants of a server, as a client's kind and as a purpose between servers. An empty
/// word: a topology cannot say it.
struct Want {
  std::string_view interface;  // its name in the catalogue; a prefix where it ends with `*`
  std::string_view kind;
  std::string_view purpose;
};

constexpr auto kWants = std::to_array<Want>({
    {"emsmdb", "mapi", "mapi"},
    {"asyncemsmdb", "mapi", "mapi"},
    {"nspi", "mapi", "mapi"},
    {"rfri", "mapi", "mapi"},
    {"sysatt*", "administration", "administration"},
    {"store-admin*", "administration", "administration"},
    {"exchange-drs", "", "directory-replication"},
    {"xds", "", "directory-replication"},
    {"mta", "", "mta-rpc"},
    {"drsuapi", "domain-controller", "domain-replication"},
    {"lsarpc", "domain-member", "domain-member"},
    {"samr", "domain-member", "domain-member"},
    {"netlogon", "domain-member", "domain-member"},
});
constexpr auto kOfDomainControllers =
    std::to_array<std::string_view>({"drsuapi", "lsarpc", "samr", "netlogon"});

const Want* want_of(std::string_view name) {
  for (const Want& want : kWants) {
    const bool matches = want.interface.ends_with('*')
                             ? name.starts_with(want.interface.substr(0, want.interface.size() - 1))
                             : name == want.interface;
    if (matches) {
      return &want;
    }
  }
  return nullptr;
}

struct Used {
  dcerpc::SyntaxId interface;
  std::uint16_t port = 0;
  PortKind kind = PortKind::either;

  friend auto operator<=>(const Used&, const Used&) = default;
};

struct Host {
  std::set<Used> used;
  std::string name;
  plan::Server server;
};

std::string name_of(const IpAddress& address) {
  std::string name = "server-" + to_string(address);
  for (char& c : name) {
    c = c == ':' || c == '.' ? '-' : c;
  }
  return name;
}

std::string quoted(const std::vector<std::string>& texts) {
  return fmt::format("[\"{}\"]", fmt::join(texts, "\", \""));
}

std::string prefix_of(const IpAddress& address) {
  return fmt::format("{}/{}", to_string(address), address.is_v4() ? 32 : 128);
}

class Suggestion {
 public:
  Suggestion(const Trace& trace, const catalogue::Catalogue& catalogue,
             const catalogue::Product* product)
      : trace_(trace), catalogue_(catalogue), product_(product) {}

  Checked<std::string> text() {
    collect();
    for (auto& [address, host] : hosts_) {
      describe(address, host);
    }
    collect_needs();
    if (needs_.empty()) {
      return failure({"nothing-to-suggest",
                      Severity::error,
                      {trace_.source, 0, 0, {}},
                      "nobody used an interface that a topology could name",
                      "capture while clients work, from before they connect",
                      Exit::no});
    }
    return write();
  }

 private:
  using Set = std::set<Uuid>;

  void collect() {
    for (const TraceRow& row : trace_.rows) {
      const bool counts = row.state == TraceState::used || row.state == TraceState::negotiated ||
                          row.state == TraceState::unnegotiated;
      const capture::Conversation& talk = trace_.report.conversations[row.conversation];
      if (row.state == TraceState::not_rpc) {
        left_.insert(fmt::format("{} to {} port {}: no RPC", to_string(talk.client),
                                 to_string(talk.server.address), talk.server.port));
      }
      if (!counts || row.kind == PortKind::mapper || row.about.empty()) {
        continue;
      }
      const dcerpc::SyntaxId& id = row.about.front();
      if (id.uuid == dcerpc::kManagement.uuid) {
        continue;
      }
      hosts_[talk.server.address].used.insert({id, talk.server.port, row.kind});
      uses_.emplace(talk.client, talk.server.address, id);
    }
  }

  [[nodiscard]] std::string name(const dcerpc::SyntaxId& id) const {
    return interface_text(catalogue_, id);
  }

  [[nodiscard]] Set interfaces_of(const catalogue::Product& product, catalogue::Texts roles) const {
    Set all;
    for (const catalogue::Service* service : catalogue::services_of(catalogue_, product, roles)) {
      for (const catalogue::Listener& listener : service->listeners) {
        for (const catalogue::InterfaceInfo* interface : listener.interfaces) {
          all.insert(interface->uuid);
        }
      }
    }
    return all;
  }

  static std::size_t covered(const std::set<Used>& used, const Set& by) {
    Set found;
    for (const Used& each : used) {
      if (by.contains(each.interface.uuid)) {
        found.insert(each.interface.uuid);
      }
    }
    return found.size();
  }

  /// Of equals the newest.
  [[nodiscard]] const catalogue::Product* product_of(const std::set<Used>& used) const {
    if (product_ != nullptr) {
      return covered(used, interfaces_of(*product_, {})) != 0 ? product_ : nullptr;
    }
    const catalogue::Product* best = nullptr;
    std::size_t most = 0;
    for (const catalogue::Product& product : catalogue_.products) {
      const std::size_t count = covered(used, interfaces_of(product, {}));
      if (count != 0 && count >= most) {
        most = count;
        best = &product;
      }
    }
    return best;
  }

  /// As few roles as have what the product has of it.
  std::vector<std::string> roles_of(const catalogue::Product& product,
                                    const std::set<Used>& used) const {
    std::vector<std::string_view> roles;
    std::size_t have = 0;
    while (have < covered(used, interfaces_of(product, {})) &&
           roles.size() < product.roles.size()) {
      std::string_view best;
      for (const std::string_view role : product.roles) {
        auto with = roles;
        with.push_back(role);
        const std::size_t count = covered(used, interfaces_of(product, with));
        if (count > have) {
          have = count;
          best = role;
        }
      }
      if (best.empty()) {
        break;
      }
      roles.push_back(best);
    }
    if (roles.empty() && !product.roles.empty()) {
      const auto mailbox = std::ranges::find(product.roles, "mailbox");
      roles.push_back(mailbox != product.roles.end() ? *mailbox : product.roles.front());
    }
    return {roles.begin(), roles.end()};
  }

  void describe(const IpAddress& address, Host& host) {
    host.name = name_of(address);
    if (const catalogue::Product* product = product_of(host.used)) {
      host.server.product = product->id;
      host.server.roles = roles_of(*product, host.used);
      host.server.system =
          plan::system_of(product->dynamic_ranges.front().windows).value_or(host.server.system);
    }
    const bool controls = std::ranges::any_of(host.used, [&](const Used& each) {
      return std::ranges::find(kOfDomainControllers, name(each.interface)) !=
             kOfDomainControllers.end();
    });
    if (controls) {
      host.server.roles.emplace_back("domain-controller");
    }
  }

  void collect_needs() {
    for (const auto& [client, server, id] : uses_) {
      const Want* want = want_of(name(id));
      const bool is_server = hosts_.contains(client);
      const std::string_view word =
          want == nullptr ? std::string_view() : (is_server ? want->purpose : want->kind);
      const plan::Server& host = hosts_.at(server).server;
      if (word.empty() || client == server || (host.product.empty() && host.roles.empty())) {
        left_.insert(fmt::format("{} to {}: {}", to_string(client), to_string(server), name(id)));
        continue;
      }
      needs_[{is_server, is_server ? to_string(client) : std::string(), std::string(word)}][client]
          .insert(server);
    }
  }

  [[nodiscard]] bool is_named(const IpAddress& address) const {
    return std::ranges::any_of(needs_, [&](const auto& need) {
      return std::ranges::any_of(need.second, [&](const auto& each) {
        return each.second.contains(address) || (std::get<0>(need.first) && each.first == address);
      });
    });
  }

  std::string write() {
    std::vector<std::string> servers;
    std::set<std::string> clients;
    for (const auto& [address, host] : hosts_) {
      if (is_named(address)) {
        servers.push_back(prefix_of(address));
      }
    }
    for (const auto& [need, from] : needs_) {
      for (const auto& [client, to] : from) {
        if (!std::get<0>(need)) {
          clients.insert(prefix_of(client));
        }
      }
    }
    std::string out =
        "# What was seen, and no more: see that the products, roles and zones are right.\n"
        "title = \"From a capture\"\n";
    out += fmt::format("\n[[zone]]\nname = \"servers\"\nnetworks = {}\n", quoted(servers));
    if (!clients.empty()) {
      out += fmt::format("\n[[zone]]\nname = \"clients\"\nnetworks = {}\n",
                         quoted({clients.begin(), clients.end()}));
      out +=
          "\n[[device]]\nname = \"firewall\"\nbackend = \"nftables\"\n"
          "interfaces = { clients = \"eth1\", servers = \"eth2\" }\n";
    }
    for (const auto& [address, host] : hosts_) {
      if (is_named(address)) {
        out += server_text(address, host);
      }
    }
    out += needs_text();
    for (const auto& [address, host] : hosts_) {
      if (is_named(address)) {
        out += pins_text(host);
      }
    }
    for (const std::string& line : left_) {
      out +=
          fmt::format("{}# {}\n", &line == &*left_.begin() ? "\n# Not in this file:\n" : "", line);
    }
    return out;
  }

  static std::string server_text(const IpAddress& address, const Host& host) {
    std::string out =
        fmt::format("\n[[server]]\nname = \"{}\"\nzone = \"servers\"\naddresses = [\"{}\"]\n",
                    host.name, to_string(address));
    out += fmt::format("system = \"{}\"\n", plan::to_string(host.server.system));
    if (!host.server.product.empty()) {
      out += fmt::format("product = \"{}\"\n", host.server.product);
    }
    if (!host.server.roles.empty()) {
      out += fmt::format("roles = {}\n", quoted(host.server.roles));
    }
    return out;
  }

  /// Clients of one kind with the same servers are one group.
  std::string needs_text() {
    std::string out;
    std::map<std::string, std::size_t> count;
    for (const auto& [need, from] : needs_) {
      const auto& [is_server, source, word] = need;
      std::map<std::set<IpAddress>, std::vector<std::string>> groups;
      for (const auto& [client, to] : from) {
        groups[to].push_back(prefix_of(client));
      }
      for (const auto& [to, networks] : groups) {
        std::string name = is_server ? hosts_.at(from.begin()->first).name
                                     : fmt::format("{}-{}", word, ++count[word]);
        if (!is_server) {
          out += fmt::format(
              "\n[[client]]\nname = \"{}\"\nkind = \"{}\"\nzone = \"clients\"\nnetworks = {}\n",
              name, word, quoted(networks));
        }
        std::vector<std::string> targets;
        for (const IpAddress& each : to) {
          targets.push_back(hosts_.at(each).name);
        }
        out +=
            fmt::format("\n[[need]]\nfrom = \"{}\"\nto = {}\n{}why = \"seen in a capture\"\n", name,
                        quoted(targets), is_server ? fmt::format("for = [\"{}\"]\n", word) : "");
      }
    }
    return out;
  }

  /// The static ports that were used stay; a dynamic one becomes whatever the plan gives.
  [[nodiscard]] std::string pins_text(const Host& host) const {
    std::map<std::string_view, std::set<std::uint16_t>> pins;
    for (const plan::PortListener& each : plan::port_listeners(catalogue_, host.server)) {
      for (const Used& used : host.used) {
        const bool serves = std::ranges::any_of(each.listener->interfaces,
                                                [&](const catalogue::InterfaceInfo* interface) {
                                                  return interface->uuid == used.interface.uuid;
                                                });
        if (serves && used.kind == PortKind::fixed) {
          pins[each.setting->id].insert(used.port);
        }
      }
    }
    std::string out;
    std::set<std::uint16_t> taken;
    for (const auto& [setting, ports] : pins) {
      if (ports.size() == 1 && taken.insert(*ports.begin()).second) {
        out += fmt::format("\n[[pin]]\nserver = \"{}\"\nsetting = \"{}\"\nport = {}\n", host.name,
                           setting, *ports.begin());
      }
    }
    return out;
  }

  /// Whether between servers, then which one, and the word; then who wants what of whom.
  using Need = std::tuple<bool, std::string, std::string>;

  const Trace& trace_;
  const catalogue::Catalogue& catalogue_;
  const catalogue::Product* product_;
  std::map<IpAddress, Host> hosts_;
  std::set<std::tuple<IpAddress, IpAddress, dcerpc::SyntaxId>> uses_;
  std::map<Need, std::map<IpAddress, std::set<IpAddress>>> needs_;
  std::set<std::string> left_;
};

}  // namespace

Checked<std::string> suggest_topology(const Trace& trace, const catalogue::Catalogue& catalogue,
                                      const catalogue::Product* product) {
  return Suggestion(trace, catalogue, product).text();
}

}  // namespace pinhole::inspect
