// SPDX-License-Identifier: Apache-2.0
#include "inspect/verdict.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pinhole::inspect {
namespace {

constexpr std::uint16_t kMapperPort = 135;

/// Of several interfaces the worst one decides.
int rank(Verdict verdict) {
  switch (verdict) {
    case Verdict::exact:
      return 0;
    case Verdict::not_verifiable:
      return 1;
    case Verdict::moved:
      return 2;
    case Verdict::dynamic:
      return 3;
    case Verdict::not_registered:
      return 4;
    case Verdict::wrong_service:
      return 5;
    case Verdict::blocked:
      break;
  }
  return 6;
}

std::string endpoint(const FlowFacts& facts, std::uint16_t port) {
  return fmt::format("{} tcp/{}", facts.address, port);
}

std::string restart_of(const FlowFacts& facts) {
  return facts.restart == catalogue::Restart::computer ? std::string("restart the computer")
                                                       : "restart " + facts.service;
}

std::string how_of(const Touch& touch) {
  switch (touch.contact) {
    case Contact::timeout:
      return "does not answer";
    case Contact::refused:
      return touch.reporter.empty()
                 ? std::string("refuses the connection")
                 : fmt::format("is refused: {} says {}", touch.reporter, touch.text);
    case Contact::unreachable:
      return touch.reporter.empty()
                 ? fmt::format("is unreachable: {}", touch.text)
                 : fmt::format("is unreachable: {} says {}", touch.reporter, touch.text);
    case Contact::local:
      return fmt::format("cannot be tried from this machine: {}", touch.text);
    case Contact::untried:
    case Contact::open:
      break;
  }
  return "answers";
}

/// What to look at where the way to the mapper, or to a port without one, is closed.
std::string advice_for(const FlowFacts& facts, const Touch& touch, std::uint16_t port) {
  if (touch.contact == Contact::local) {
    return "run this on a machine of the zone that has a route to the target";
  }
  if (!touch.reporter.empty() && touch.reporter != facts.address) {
    return fmt::format("{} stands on the way: let {} through there", touch.reporter,
                       endpoint(facts, port));
  }
  if (!touch.reporter.empty()) {
    return fmt::format("the host's own firewall refuses: let tcp/{} in there", port);
  }
  if (touch.contact == Contact::refused) {
    return port == kMapperPort
               ? std::string(
                     "nothing listens there: see that the RPC service (RpcSs) runs; else a "
                     "firewall answers with resets")
               : fmt::format(
                     "nothing listens there: see that {} runs; else a firewall answers "
                     "with resets",
                     facts.service);
  }
  return fmt::format("a firewall drops {} on the way, or the host is down: try from beside it",
                     endpoint(facts, port));
}

Judgement blocked(const FlowFacts& facts, const Touch& touch, Where where, std::uint16_t port) {
  Judgement result;
  result.verdict = Verdict::blocked;
  result.where = touch.contact == Contact::local ? Where::here : where;
  result.contact = touch.contact;
  result.reporter = touch.reporter;
  result.reason = fmt::format("{}tcp/{} {}", where == Where::mapper ? "the endpoint mapper, " : "",
                              port, how_of(touch));
  result.advice = advice_for(facts, touch, port);
  return result;
}

/// Something took the connection and is not what the plan has there.
Judgement wrong(const FlowFacts& facts, Talk talk, const std::string& said, Where where,
                std::uint16_t port) {
  Judgement result;
  result.verdict = Verdict::wrong_service;
  result.where = where;
  result.contact = Contact::open;
  if (talk == Talk::silent) {
    result.reason = fmt::format("tcp/{} takes the connection and does not answer RPC", port);
    result.advice = fmt::format(
        "see who listens on tcp/{} (netstat -ano); or a firewall takes connections in its name",
        port);
  } else if (talk == Talk::refused) {
    result.reason = fmt::format("an RPC server is on tcp/{}, and refuses: {}", port, said);
    result.advice =
        where == Where::mapper
            ? std::string("see whether the mapper is restricted to authenticated clients")
            : fmt::format(
                  "another service holds tcp/{}: find it (netstat -ano), give it "
                  "another port, then {}",
                  port, restart_of(facts));
  } else {
    result.reason = fmt::format("what answers on tcp/{} speaks no RPC: {}", port, said);
    result.advice = fmt::format("find who holds tcp/{} (netstat -ano), free it, then {}", port,
                                restart_of(facts));
  }
  return result;
}

/// Adds what the registry tells of a service that is elsewhere.
void explain(const FlowFacts& facts, Judgement& result) {
  const std::string wanted = to_string(facts.planned);
  if (!facts.registry) {
    result.advice = fmt::format(
        "set {} in the registry as planned and {}; --registry tells which of the two is missing",
        wanted, restart_of(facts));
    return;
  }
  const auto held = facts.registry->port;
  if (held && facts.planned.contains(*held)) {
    result.cause = Cause::not_restarted;
    result.reason += "; the registry has the right value: not yet restarted";
    result.advice = restart_of(facts);
    return;
  }
  result.cause = Cause::wrong_value;
  result.reason += held ? fmt::format("; wrong value: the registry holds {}", *held)
                        : std::string("; wrong value: the registry holds none");
  result.advice = fmt::format("import the plan's .reg file, which holds {}, then {}", wanted,
                              restart_of(facts));
}

bool is_dynamic(const FlowFacts& facts, std::uint16_t port) {
  const bool fixed = facts.registry && facts.registry->port == port;
  return port >= facts.dynamic.first && port <= facts.dynamic.last && !fixed;
}

Judgement elsewhere(const FlowFacts& facts, const InterfaceFacts& interface) {
  Judgement result;
  const bool dynamic = std::ranges::any_of(
      interface.ports, [&](std::uint16_t port) { return is_dynamic(facts, port); });
  result.verdict = dynamic ? Verdict::dynamic : Verdict::moved;
  result.where = Where::service;
  result.contact = interface.touch.contact;
  result.seen = interface.ports;
  result.reason = fmt::format(
      "{} is on tcp/{}{}, not on {}", interface.id, fmt::join(interface.ports, ", "),
      dynamic ? fmt::format(", in the dynamic range {}", to_string(facts.dynamic)) : std::string(),
      to_string(facts.planned));
  explain(facts, result);
  return result;
}

Judgement exact(const FlowFacts& facts, std::uint16_t port, std::string reason) {
  Judgement result;
  result.verdict = Verdict::exact;
  result.contact = Contact::open;
  result.seen = {port};
  result.reason = std::move(reason);
  if (facts.registry && !facts.meant_dynamic &&
      !(facts.registry->port && facts.planned.contains(*facts.registry->port))) {
    result.cause = Cause::wrong_value;
    result.reason += facts.registry->port
                         ? fmt::format("; the registry holds {}", *facts.registry->port)
                         : std::string("; the registry holds none");
    result.advice = "import the plan's .reg file: the service moves at its next restart";
  }
  return result;
}

/// One interface, bound at `tried`.
Judgement judge_bind(const FlowFacts& facts, const InterfaceFacts& interface) {
  const std::uint16_t port = interface.tried;
  if (interface.touch.contact != Contact::open) {
    Judgement result = blocked(facts, interface.touch, Where::service, port);
    result.seen = interface.ports;
    if (facts.way == Way::map_and_bind && interface.touch.contact == Contact::timeout) {
      result.reason = fmt::format("the mapper names tcp/{}, which does not answer", port);
      result.advice = fmt::format(
          "the firewall passes tcp/135 and drops tcp/{}: add the plan's rule "
          "for {}",
          port, endpoint(facts, port));
    } else if (facts.way == Way::map_and_bind && interface.touch.contact == Contact::refused &&
               interface.touch.reporter.empty()) {
      result.advice = fmt::format(
          "{} is registered and does not listen: restart it; else a firewall "
          "answers with resets",
          facts.service);
    }
    return result;
  }
  if (interface.talk != Talk::accepted) {
    Judgement result = wrong(facts, interface.talk, interface.said, Where::service, port);
    result.seen = interface.ports;
    return result;
  }
  return exact(facts, port, fmt::format("{} answers on tcp/{}", interface.id, port));
}

Judgement judge_interface(const FlowFacts& facts, const InterfaceFacts& interface) {
  const bool planned = std::ranges::any_of(
      interface.ports, [&](std::uint16_t port) { return facts.planned.contains(port); });
  return planned ? judge_bind(facts, interface) : elsewhere(facts, interface);
}

std::string names_of(const std::vector<const InterfaceFacts*>& interfaces) {
  std::vector<std::string_view> names;
  names.reserve(interfaces.size());
  for (const InterfaceFacts* each : interfaces) {
    names.emplace_back(each->id);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// No interface is there. The planned port was tried all the same: whoever holds it may be why.
Judgement not_registered(const FlowFacts& facts) {
  std::vector<const InterfaceFacts*> all;
  all.reserve(facts.interfaces.size());
  for (const InterfaceFacts& each : facts.interfaces) {
    all.push_back(&each);
  }
  const std::string unknown = fmt::format("the mapper does not know {}", names_of(all));
  const InterfaceFacts first =
      facts.interfaces.empty() ? InterfaceFacts{} : facts.interfaces.front();
  const bool held = first.touch.contact == Contact::open;
  if (held && first.talk != Talk::accepted) {
    Judgement result = wrong(facts, first.talk, first.said, Where::service, first.tried);
    result.reason = fmt::format("{}; {}", unknown, result.reason);
    return result;
  }
  Judgement result;
  result.verdict = Verdict::not_registered;
  result.where = Where::mapper;
  result.contact = Contact::open;
  result.reason = held ? fmt::format("{}, which answers on tcp/{}", unknown, first.tried) : unknown;
  result.advice = held ? restart_of(facts) + ", so that it registers again"
                       : fmt::format(
                             "start {} on the server; if it runs, see in its event log "
                             "whether tcp/{} was taken",
                             facts.service, to_string(facts.planned));
  return result;
}

/// The mapper cannot be asked; the planned port itself was tried instead.
void add_direct(const FlowFacts& facts, Judgement& result) {
  for (const InterfaceFacts& each : facts.interfaces) {
    if (each.touch.contact == Contact::open && each.talk == Talk::accepted) {
      result.reason += fmt::format("; {} itself answers on tcp/{}", each.id, each.tried);
      return;
    }
    if (each.touch.contact == Contact::open) {
      result.reason += fmt::format("; tcp/{} is open", each.tried);
      return;
    }
    if (each.touch.contact != Contact::untried) {
      result.reason += fmt::format("; tcp/{} {} either", each.tried, how_of(each.touch));
      return;
    }
  }
}

Judgement judge_mapper(const FlowFacts& facts) {
  if (facts.mapper.contact != Contact::open) {
    return blocked(facts, facts.mapper, Where::mapper, kMapperPort);
  }
  if (facts.mapper_talk != Talk::accepted) {
    return wrong(facts, facts.mapper_talk, facts.mapper_said, Where::mapper, kMapperPort);
  }
  return exact(facts, kMapperPort, "the endpoint mapper answers on tcp/135");
}

/// The worst of the interfaces that are there; those that are not are named. One interface of
/// several may be missing without harm: servers register by version and role.
Judgement judge_all(const FlowFacts& facts) {
  std::optional<Judgement> worst;
  std::vector<const InterfaceFacts*> missing;
  for (const InterfaceFacts& each : facts.interfaces) {
    if (facts.way == Way::map_and_bind && each.ports.empty()) {
      missing.push_back(&each);
      continue;
    }
    Judgement one = facts.way == Way::bind ? judge_bind(facts, each) : judge_interface(facts, each);
    if (!worst || rank(one.verdict) > rank(worst->verdict)) {
      worst = std::move(one);
    }
  }
  if (!worst) {
    return not_registered(facts);
  }
  if (!missing.empty()) {
    worst->reason += fmt::format("; not registered: {}", names_of(missing));
  }
  return *std::move(worst);
}

Judgement judge_connect(const FlowFacts& facts) {
  const std::uint16_t port =
      facts.planned.empty() ? std::uint16_t{0} : facts.planned.ranges().front().first;
  if (facts.contact.contact != Contact::open) {
    return blocked(facts, facts.contact, Where::service, port);
  }
  Judgement result;
  result.verdict = Verdict::exact;
  result.contact = Contact::open;
  result.seen = {port};
  result.reason = fmt::format("tcp/{} connects; what answers there was not asked", port);
  return result;
}

}  // namespace

Judgement judge(const FlowFacts& facts) {
  switch (facts.way) {
    case Way::none:
      break;
    case Way::mapper:
      return judge_mapper(facts);
    case Way::connect:
      return judge_connect(facts);
    case Way::bind:
      return judge_all(facts);
    case Way::map_and_bind: {
      Judgement result = judge_mapper(facts);
      if (result.verdict == Verdict::exact) {
        return judge_all(facts);
      }
      add_direct(facts, result);
      return result;
    }
  }
  Judgement result;
  result.reason = facts.why_none;
  result.advice = "watch it at the far side, with a sniffer, while it is used";
  return result;
}

}  // namespace pinhole::inspect
