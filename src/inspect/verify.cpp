// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "epm/operations.hpp"
#include "epm/snapshot.hpp"
#include "epm/tower.hpp"
#include "inspect/crew.hpp"
#include "inspect/touch.hpp"
#include "transport/client.hpp"

namespace pinhole::inspect {
namespace {

namespace asio = boost::asio;
using transport::Client;
using transport::ClientError;
using Kind = ClientError::Kind;

constexpr std::uint16_t kMapperPort = 135;
constexpr std::uint32_t kMostTowers = 64;

/// What to try: a connection, and on it a bind where there is an interface.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  bool http = false;
  std::optional<dcerpc::SyntaxId> interface;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

struct Outcome {
  Touch touch;
  Talk talk = Talk::untried;
  std::string said;
};

/// One interface at one mapper, and the version that was found.
struct Asked {
  CheckInterface interface;
  std::vector<std::uint16_t> ports;
};

struct Mapper {
  IpAddress address;
  std::vector<Asked> asked;
  Outcome outcome;
};

Talk talk_of(const ClientError& error) {
  switch (error.kind) {
    case Kind::timeout:
      return Talk::silent;
    case Kind::rejected:
    case Kind::fault:
      return Talk::refused;
    case Kind::unreachable:
    case Kind::protocol:
    case Kind::bad_reply:
      break;
  }
  return Talk::foreign;
}

void insert_port(const epm::Tower& tower, std::vector<std::uint16_t>& ports) {
  const auto port = parse_decimal(tower.endpoint, 1, 65535);
  if (tower.sequence != epm::ProtocolSequence::ncacn_ip_tcp || !port) {
    return;
  }
  const auto number = static_cast<std::uint16_t>(*port);
  if (std::ranges::find(ports, number) == ports.end()) {
    ports.push_back(number);
  }
}

epm::EptMap::In map_question(const dcerpc::SyntaxId& interface) {
  epm::Tower wanted;
  wanted.interface = interface;
  wanted.sequence = epm::ProtocolSequence::ncacn_ip_tcp;
  epm::EptMap::In in;
  in.object = Uuid{};
  in.max_towers = kMostTowers;
  if (auto octets = epm::write_tower(wanted)) {
    in.tower = std::move(*octets);
  }
  return in;
}

epm::EptLookup::In any_version_question(const Uuid& interface) {
  epm::EptLookup::In in;
  in.inquiry_type = static_cast<std::uint32_t>(epm::InquiryType::by_interface);
  in.has_interface = true;
  in.interface = interface;
  in.version_option = static_cast<std::uint32_t>(epm::VersionOption::all);
  in.max_entries = kMostTowers;
  return in;
}

asio::awaitable<transport::ClientResult<void>> map_one(Client& client, Asked& asked) {
  epm::EptMap::In question = map_question(asked.interface.syntax);
  auto out = co_await client.call<epm::EptMap>(std::move(question));
  if (!out) {
    co_return tl::unexpected(std::move(out).error());
  }
  for (const Bytes& tower : out->towers) {
    if (const auto view = epm::read_tower(tower)) {
      insert_port(epm::to_tower(*view), asked.ports);
    }
  }
  co_return transport::ClientResult<void>{};
}

/// No source gives the version of some interfaces: whatever is registered is taken, and bound.
asio::awaitable<transport::ClientResult<void>> look_up_one(Client& client, Asked& asked) {
  epm::EptLookup::In question = any_version_question(asked.interface.syntax.uuid);
  auto out = co_await client.call<epm::EptLookup>(question);
  if (!out) {
    co_return tl::unexpected(std::move(out).error());
  }
  for (const epm::WireEntry& entry : out->entries) {
    const auto view = entry.tower ? epm::read_tower(*entry.tower) : epm::read_tower({});
    if (view && view->interface.uuid == asked.interface.syntax.uuid) {
      asked.interface.syntax = view->interface;
      insert_port(epm::to_tower(*view), asked.ports);
    }
  }
  co_return transport::ClientResult<void>{};
}

class Asker {
 public:
  Asker(std::vector<Check>& checks, const VerifyOptions& options)
      : checks_(&checks), options_(&options) {}

  void run() {
    collect_mappers();
    total_ = mappers_.size();
    run_crew(context_, mappers_.size(), options_->at_once,
             [this](std::size_t index) { return ask_mapper(mappers_[index]); });
    collect_endpoints();
    total_ = mappers_.size() + endpoints_.size();
    context_.restart();
    run_crew(context_, endpoints_.size(), options_->at_once,
             [this](std::size_t index) { return try_endpoint(*endpoints_[index]); });
    for (Check& check : *checks_) {
      fill(check);
    }
  }

 private:
  using Tries = std::map<Endpoint, Outcome>;

  void collect_mappers() {
    for (const Check& check : *checks_) {
      const bool asks = check.facts.way == Way::map_and_bind || check.facts.way == Way::mapper;
      if (!asks || !check.address) {
        continue;
      }
      const auto [at, is_new] = mapper_of_.try_emplace(*check.address, mappers_.size());
      if (is_new) {
        mappers_.push_back({*check.address, {}, {}});
      }
      for (const CheckInterface& each : check.interfaces) {
        auto& asked = mappers_[at->second].asked;
        if (std::ranges::find(asked, each.id, [](const Asked& one) { return one.interface.id; }) ==
            asked.end()) {
          asked.push_back({each, {}});
        }
      }
    }
  }

  void collect_endpoints() {
    for (const Check& check : *checks_) {
      for (const Endpoint& endpoint : endpoints_of(check)) {
        const auto [at, is_new] = tries_.try_emplace(endpoint);
        if (is_new) {
          endpoints_.push_back(&*at);
        }
      }
    }
  }

  /// Those of the interfaces of a check, in their order; of a flow without any the planned one.
  [[nodiscard]] std::vector<Endpoint> endpoints_of(const Check& check) const {
    std::vector<Endpoint> endpoints;
    const bool tries = check.facts.way == Way::map_and_bind || check.facts.way == Way::bind;
    if (check.address && check.facts.way == Way::connect) {
      endpoints.push_back({*check.address, first_planned(check), false, {}});
    }
    for (std::size_t i = 0; check.address && tries && i < check.interfaces.size(); ++i) {
      const Asked asked = answer_for(check, check.interfaces[i]);
      const std::uint16_t port = port_to_try(check, asked);
      if (port != 0) {
        endpoints.push_back({*check.address, port, check.http, asked.interface.syntax});
      }
    }
    return endpoints;
  }

  static std::uint16_t first_planned(const Check& check) {
    return check.facts.planned.empty() ? std::uint16_t{0}
                                       : check.facts.planned.ranges().front().first;
  }

  [[nodiscard]] Asked answer_for(const Check& check, const CheckInterface& interface) const {
    const auto at = check.address ? mapper_of_.find(*check.address) : mapper_of_.end();
    if (check.facts.way == Way::map_and_bind && at != mapper_of_.end()) {
      for (const Asked& asked : mappers_[at->second].asked) {
        if (asked.interface.id == interface.id) {
          return asked;
        }
      }
    }
    return {interface, {}};
  }

  /// The planned one of those that the mapper names, else its first; where it names none the
  /// planned one, to tell what is closed or who holds it. 0: nothing to try.
  static std::uint16_t port_to_try(const Check& check, const Asked& asked) {
    const auto planned = std::ranges::find_if(
        asked.ports, [&](std::uint16_t port) { return check.facts.planned.contains(port); });
    if (planned != asked.ports.end()) {
      return *planned;
    }
    if (!asked.ports.empty()) {
      return asked.ports.front();
    }
    const bool one = check.facts.planned.count() == 1;
    return one || check.facts.way == Way::bind ? first_planned(check) : std::uint16_t{0};
  }

  void step() {
    ++done_;
    if (options_->progress) {
      options_->progress(done_, total_);
    }
  }

  /// A client says that a host cannot be reached, a touch says why.
  asio::awaitable<void> open(Client& client, Endpoint endpoint, Outcome& outcome) {
    if (endpoint.http || !endpoint.interface) {
      outcome.touch = co_await touch(context_, endpoint.address, endpoint.port, options_->timeout);
      if (outcome.touch.contact != Contact::open || !endpoint.interface) {
        co_return;
      }
    }
    transport::Target target{to_string(endpoint.address), endpoint.port, {}, endpoint.http};
    auto connected = co_await client.connect(std::move(target));
    if (connected) {
      outcome.touch.contact = Contact::open;
      outcome.talk = Talk::accepted;
      co_return;
    }
    const ClientError& error = connected.error();
    if (endpoint.http) {
      outcome.talk = talk_of(error);
      outcome.said = error.text;
    } else if (error.kind == Kind::timeout) {
      outcome.touch = {Contact::timeout, {}, error.text};
    } else {
      outcome.touch = co_await touch(context_, endpoint.address, endpoint.port, options_->timeout);
      if (outcome.touch.contact == Contact::open) {
        outcome.touch = {Contact::refused, {}, error.text};
      }
    }
  }

  asio::awaitable<void> bind(Client& client, dcerpc::SyntaxId interface, Outcome& outcome) {
    auto bound = co_await client.bind(interface);
    if (!bound) {
      outcome.talk = talk_of(bound.error());
      outcome.said = bound.error().text;
    }
  }

  asio::awaitable<void> ask_mapper(Mapper& mapper) {
    Client client(context_, {options_->timeout, options_->timeout});
    Endpoint endpoint{mapper.address, kMapperPort, false, dcerpc::kEndpointMapper};
    co_await open(client, endpoint, mapper.outcome);
    if (mapper.outcome.talk == Talk::accepted) {
      co_await bind(client, dcerpc::kEndpointMapper, mapper.outcome);
    }
    for (std::size_t i = 0; mapper.outcome.talk == Talk::accepted && i < mapper.asked.size(); ++i) {
      Asked& asked = mapper.asked[i];
      auto done = co_await map_one(client, asked);
      if (done && asked.ports.empty() && !asked.interface.version_known) {
        done = co_await look_up_one(client, asked);
      }
      if (!done) {
        mapper.outcome.talk = talk_of(done.error());
        mapper.outcome.said = done.error().text;
      }
    }
    step();
  }

  asio::awaitable<void> try_endpoint(Tries::value_type& item) {
    Client client(context_, {options_->timeout, options_->timeout});
    Outcome& outcome = item.second;
    Endpoint endpoint = item.first;
    co_await open(client, endpoint, outcome);
    if (outcome.talk == Talk::accepted && endpoint.interface) {
      co_await bind(client, *endpoint.interface, outcome);
    }
    step();
  }

  void fill(Check& check) const {
    if (!check.address) {
      return;
    }
    FlowFacts& facts = check.facts;
    if (const auto at = mapper_of_.find(*check.address);
        at != mapper_of_.end() && (facts.way == Way::mapper || facts.way == Way::map_and_bind)) {
      const Outcome& outcome = mappers_[at->second].outcome;
      facts.mapper = outcome.touch;
      facts.mapper_talk = outcome.talk;
      facts.mapper_said = outcome.said;
    }
    if (facts.way == Way::connect) {
      facts.contact = tries_.at(endpoints_of(check).front()).touch;
    }
    for (std::size_t i = 0; i < facts.interfaces.size(); ++i) {
      fill(check, *check.address, check.interfaces[i], facts.interfaces[i]);
    }
  }

  void fill(const Check& check, const IpAddress& address, const CheckInterface& interface,
            InterfaceFacts& facts) const {
    const Asked asked = answer_for(check, interface);
    facts.ports = asked.ports;
    facts.tried = port_to_try(check, asked);
    const auto at = tries_.find({address, facts.tried, check.http, asked.interface.syntax});
    if (at != tries_.end()) {
      facts.touch = at->second.touch;
      facts.talk = at->second.talk;
      facts.said = at->second.said;
    }
  }

  std::vector<Check>* checks_;
  const VerifyOptions* options_;
  asio::io_context context_{1};
  std::map<IpAddress, std::size_t> mapper_of_;
  std::vector<Mapper> mappers_;
  Tries tries_;
  std::vector<Tries::value_type*> endpoints_;
  std::size_t done_ = 0;
  std::size_t total_ = 0;
};

}  // namespace

void ask(std::vector<Check>& checks, const VerifyOptions& options) {
  Asker(checks, options).run();
}

}  // namespace pinhole::inspect
