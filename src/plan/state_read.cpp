// SPDX-License-Identifier: Apache-2.0
#include "plan/state_read.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "registry/reg_text.hpp"
#include "snapshot/app_config.hpp"
#include "snapshot/dump_json.hpp"
#include "snapshot/netstat.hpp"
#include "snapshot/rpcdump.hpp"
#include "snapshot/smb_conf.hpp"
#include "snapshot/text.hpp"

namespace pinhole::plan {
namespace {

constexpr std::string_view kCurrent = "CurrentControlSet";

Place place_of(std::string_view name, std::uint32_t line) {
  return {std::string(name), line, 0, {}};
}

tl::unexpected<Diagnostics> refused(std::string id, std::string_view name, std::string message,
                                    std::string remedy) {
  return failure({.id = std::move(id),
                  .place = place_of(name, 0),
                  .message = std::move(message),
                  .remedy = std::move(remedy)});
}

/// Names of files that made one part together.
void add_name(std::string& names, std::string_view name) {
  names += names.empty() ? "" : ", ";
  names += name;
}

/// An export of a whole SYSTEM names its control sets by number; the current one is the one that
/// Select names, or the only one.
void name_control_set(registry::Key& tree) {
  registry::Key* system = nullptr;
  if (const auto machine = tree.keys.find("HKEY_LOCAL_MACHINE"); machine != tree.keys.end()) {
    const auto at = machine->second.keys.find("SYSTEM");
    system = at == machine->second.keys.end() ? nullptr : &at->second;
  }
  if (system == nullptr || system->find_key(kCurrent) != nullptr) {
    return;
  }
  const registry::Key* select = system->find_key("Select");
  const registry::Value* current = select == nullptr ? nullptr : select->find_value("Current");
  const auto number = current == nullptr ? std::nullopt : current->dword();
  auto chosen = system->keys.end();
  std::size_t sets = 0;
  for (auto at = system->keys.begin(); at != system->keys.end(); ++at) {
    const std::string name = snapshot::lower_case(at->first);
    if (!name.starts_with("controlset")) {
      continue;
    }
    ++sets;
    if (!number || name == fmt::format("controlset{:03}", *number)) {
      chosen = at;
    }
  }
  if (chosen != system->keys.end() && (number || sets == 1)) {
    auto node = system->keys.extract(chosen);
    node.key() = kCurrent;
    system->keys.insert(std::move(node));
  }
}

Checked<void> read_reg_file(State& state, ByteView file, std::string_view name) {
  const auto edits = registry::read_reg(file, name);
  if (!edits) {
    return tl::unexpected(edits.error());
  }
  if (!state.registry) {
    state.registry.emplace();
  }
  registry::apply(*state.registry, *edits);
  name_control_set(*state.registry);
  add_name(state.registry_name, name);
  return {};
}

/// Endpoints of one more listing. What a listing without versions shows again is left out.
void add_endpoints(State& state, std::vector<SeenEndpoint> seen) {
  auto& all = state.endpoints ? *state.endpoints : state.endpoints.emplace();
  std::ranges::move(seen, std::back_inserter(all));
  std::set<std::tuple<Uuid, std::string, std::string>> known;
  const auto key = [](const SeenEndpoint& each) {
    return std::tuple(each.interface, each.protocol_sequence, each.endpoint);
  };
  for (const SeenEndpoint& each : all) {
    if (each.major) {
      known.insert(key(each));
    }
  }
  std::erase_if(all,
                [&](const SeenEndpoint& each) { return !each.major && known.contains(key(each)); });
}

std::vector<SeenEndpoint> endpoints_of(const snapshot::DumpedTarget& target,
                                       std::string_view name) {
  std::vector<SeenEndpoint> seen;
  for (const snapshot::DumpedEntry& entry : target.entries) {
    SeenEndpoint each;
    each.interface = entry.interface;
    if (entry.version) {
      each.major = entry.version->major;
      each.minor = entry.version->minor;
    }
    each.protocol_sequence = entry.protocol_sequence;
    each.endpoint = entry.endpoint;
    each.annotation = entry.annotation;
    each.place = place_of(name, entry.line);
    seen.push_back(std::move(each));
  }
  return seen;
}

/// The host of `10.0.0.5:135`; of the name of a file all of it.
std::string host_of(const snapshot::DumpedTarget& target) {
  const auto split = parse_host_port(target.target);
  return split ? split->host : target.target;
}

/// `ex1` is ex1, and EX1.corp.example; two full names are the same or not.
bool same_host(std::string_view a, std::string_view b) {
  const std::string one = snapshot::lower_case(a);
  const std::string other = snapshot::lower_case(b);
  return one == other || other.starts_with(one + ".") || one.starts_with(other + ".");
}

bool is_of(const snapshot::DumpedTarget& target, const State& state,
           std::span<const IpAddress> addresses) {
  const std::string host = host_of(target);
  if (const auto address = parse_address(host)) {
    return std::ranges::find(addresses, *address) != addresses.end();
  }
  return !state.name.empty() && same_host(host, state.name);
}

tl::unexpected<Diagnostics> no_answer(const snapshot::DumpedTarget& target, std::string_view name) {
  Diagnostic diagnostic{.id = "state-no-answer",
                        .place = place_of(name, target.line),
                        .message = fmt::format("{} did not answer when the dump was made: {}",
                                               target.target, target.error.value_or("")),
                        .remedy = "make a new dump of it"};
  return failure(std::move(diagnostic));
}

Checked<void> read_dump_file(State& state, ByteView file, std::string_view name,
                             std::span<const IpAddress> addresses) {
  const auto targets = snapshot::read_dump_json(text_of(file), name);
  if (!targets) {
    return tl::unexpected(targets.error());
  }
  const snapshot::DumpedTarget* chosen = targets->size() == 1 ? &targets->front() : nullptr;
  for (const snapshot::DumpedTarget& target : *targets) {
    if (chosen == nullptr && is_of(target, state, addresses)) {
      chosen = &target;
    }
  }
  if (chosen == nullptr) {
    return refused("state-target", name,
                   fmt::format("holds {} targets, and none of them is {}", targets->size(),
                               state.name.empty() ? "asked for by name" : state.name),
                   "dump this one server alone");
  }
  if (chosen->error) {
    return no_answer(*chosen, name);
  }
  add_endpoints(state, endpoints_of(*chosen, name));
  return {};
}

Checked<void> read_rpcdump_file(State& state, ByteView file, std::string_view name) {
  // Annotations go on into documents that must be UTF-8.
  const auto text = snapshot::utf8_text(text_of(file), name);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const auto entries = snapshot::read_rpcdump(*text, name);
  if (!entries) {
    return tl::unexpected(entries.error());
  }
  std::vector<SeenEndpoint> seen;
  for (const snapshot::RpcdumpEntry& entry : *entries) {
    SeenEndpoint each;
    each.interface = entry.interface;
    each.protocol_sequence = entry.protocol_sequence;
    each.endpoint = entry.endpoint;
    each.annotation = entry.annotation;
    each.place = place_of(name, entry.line);
    seen.push_back(std::move(each));
  }
  add_endpoints(state, std::move(seen));
  return {};
}

Checked<void> read_netstat_file(State& state, ByteView file, std::string_view name) {
  const auto sockets = snapshot::read_netstat(text_of(file), name);
  if (!sockets) {
    return tl::unexpected(sockets.error());
  }
  auto& held = state.held.emplace();
  for (const snapshot::NetstatSocket& socket : *sockets) {
    if (socket.listens() && socket.local.port != 0) {
      held.push_back({socket.local.port, socket.udp, socket.local.address,
                      snapshot::lower_case(socket.process), place_of(name, socket.line)});
    }
  }
  return {};
}

/// Names compare without case and spaces; here they all look as the manual writes them.
std::string manual_name(const std::string& written) {
  constexpr std::string_view kPort = "rpc server port";
  constexpr std::string_view kRange = "rpc server dynamic port range";
  const std::string key = snapshot::smb_key(written);
  const std::string port_key = snapshot::smb_key(kPort);
  if (key == snapshot::smb_key(kRange)) {
    return std::string(kRange);
  }
  if (key == port_key || key.starts_with(port_key + ":")) {
    return std::string(kPort) + key.substr(port_key.size());
  }
  return snapshot::lower_case(written);
}

Checked<void> read_smb_conf_file(State& state, ByteView file, std::string_view name) {
  const auto parameters = snapshot::read_smb_conf(text_of(file), name);
  if (!parameters) {
    return tl::unexpected(parameters.error());
  }
  auto& global = state.smb_conf.emplace();
  for (const snapshot::SmbParameter& parameter : *parameters) {
    if (snapshot::smb_key(parameter.section) == "global") {
      global.push_back(
          {manual_name(parameter.name), parameter.value, place_of(name, parameter.line)});
    }
  }
  return {};
}

Checked<void> read_app_config_file(State& state, ByteView file, std::string_view name) {
  const auto settings = snapshot::read_app_config(text_of(file), name);
  if (!settings) {
    return tl::unexpected(settings.error());
  }
  auto& all = state.app_settings.emplace();
  for (const snapshot::AppSetting& setting : *settings) {
    all.push_back({setting.key, setting.value, place_of(name, setting.line)});
  }
  return {};
}

bool is_there(const State& state, StateKind kind) {
  return (kind == StateKind::netstat && state.held) ||
         (kind == StateKind::smb_conf && state.smb_conf) ||
         (kind == StateKind::app_config && state.app_settings);
}

}  // namespace

Checked<void> read_state(State& state, StateKind expected, ByteView file, std::string_view name,
                         std::span<const IpAddress> addresses) {
  const StateKind found = recognise(file);
  if (expected != StateKind::unknown) {
    PINHOLE_CHECK(expect_kind(expected, file, name));
  }
  const StateKind kind = found == StateKind::unknown ? expected : found;
  if (is_there(state, kind)) {
    return refused("state-twice", name, fmt::format("is {}, the second one", to_string(kind)),
                   "give one of each for a server");
  }
  switch (kind) {
    case StateKind::hive:
      return refused("state-hive", name, "is a registry hive where text was expected",
                     "give a .reg file");
    case StateKind::reg:
      return read_reg_file(state, file, name);
    case StateKind::dump:
      return read_dump_file(state, file, name, addresses);
    case StateKind::rpcdump:
      return read_rpcdump_file(state, file, name);
    case StateKind::netstat:
      return read_netstat_file(state, file, name);
    case StateKind::smb_conf:
      return read_smb_conf_file(state, file, name);
    case StateKind::app_config:
      return read_app_config_file(state, file, name);
    case StateKind::unknown:
      break;
  }
  return refused("state-unknown", name, "is of no kind that is known",
                 "give a hive, a .reg file, a dump in JSON, rpcdump or netstat text, smb.conf or a "
                 ".config file");
}

Checked<std::vector<State>> read_states(ByteView file, std::string_view name) {
  if (recognise(file) != StateKind::dump) {
    std::vector<State> states(1);
    PINHOLE_CHECK(read_state(states.front(), StateKind::unknown, file, name));
    return states;
  }
  const auto targets = snapshot::read_dump_json(text_of(file), name);
  if (!targets) {
    return tl::unexpected(targets.error());
  }
  std::vector<State> states;
  for (const snapshot::DumpedTarget& target : *targets) {
    if (!target.error) {
      State& state = states.emplace_back();
      state.name = host_of(target);
      add_endpoints(state, endpoints_of(target, name));
    }
  }
  if (states.empty() && !targets->empty()) {
    return no_answer(targets->front(), name);
  }
  return states;
}

void set_registry(State& state, const registry::View& view, std::string_view name) {
  state.registry = view.portable_tree();
  state.registry_name = name;
}

}  // namespace pinhole::plan
