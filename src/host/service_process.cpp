// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "epm/tower.hpp"
#include "exchange/interfaces.hpp"
#include "host/allocator.hpp"
#include "host/config.hpp"
#include "host/dynamic_range.hpp"
#include "host/machine.hpp"
#include "host/port_choice.hpp"
#include "host/process.hpp"
#include "host/registration.hpp"
#include "host/rfc1006.hpp"
#include "host/settings.hpp"
#include "host/world.hpp"
#include "transport/listener.hpp"

namespace pinhole::host {
namespace {

using catalogue::Listener;
using catalogue::Sequence;
using nlohmann::json;

/// One service: binds its listeners, says what became of them, registers, serves.
class ServiceProcess {
 public:
  ServiceProcess(const ServeConfig& config, const World& world, const catalogue::Service& service,
                 const Readings& readings)
      : config_(config),
        world_(world),
        service_(service),
        readings_(readings),
        server_(fill_random, rpc_settings(config.limits)),
        sessions_(session_limits(config.limits), std::max(1U, config.threads)) {
    std::vector<const catalogue::InterfaceInfo*> rows;
    for (const Listener& listener : service.listeners) {
      if (is_served(listener)) {
        rows.insert(rows.end(), listener.interfaces.begin(), listener.interfaces.end());
      }
    }
    for (auto& interface : exchange::make_interfaces(rows)) {
      server_.offer(std::move(interface));
    }
  }

  Exit run();

 private:
  void open(const Listener& listener);
  Checked<std::uint16_t> bind(const Listener& listener, const PortChoice& choice);
  Checked<std::uint16_t> bind_dynamic(const transport::ProtocolFactory& protocol);
  void take(const Listener& listener, std::uint16_t port);
  void fail(const PortChoice& choice, const Diagnostics& why, json& row);
  void describe_interfaces();
  json state() const;

  const ServeConfig& config_;
  const World& world_;
  const catalogue::Service& service_;
  const Readings& readings_;
  rpc::Server server_;
  transport::SessionServer sessions_;
  std::vector<epm::WireEntry> entries_;
  json listeners_ = json::array();
  json interfaces_ = json::array();
  json notes_ = json::array();
  bool degraded_ = false;
  bool registered_ = false;
  std::string registration_problem_;
};

Checked<std::uint16_t> ServiceProcess::bind_dynamic(const transport::ProtocolFactory& protocol) {
  const DynamicPorts range = dynamic_ports(*world_.product, readings_);
  PortSet ports = range.ports;
  for (const PortRange& known : world_.known_ports.ranges()) {
    ports.erase(known);
  }
  std::uint32_t random = 0;
  fill_random(std::as_writable_bytes(std::span(&random, 1)));
  PortAllocator allocator(std::move(ports), random);
  while (const auto port = allocator.next()) {
    auto bound = sessions_.listen_everywhere(config_.addresses(), *port, protocol);
    if (bound || bound.error().front().id != "port-taken") {
      return bound;
    }
  }
  return failure({"no-free-port",
                  Severity::error,
                  {range.origin, 0, 0, {}},
                  "no free port in the dynamic range",
                  "widen it or give the service a static port",
                  Exit::environment});
}

Checked<std::uint16_t> ServiceProcess::bind(const Listener& listener, const PortChoice& choice) {
  const transport::ProtocolFactory protocol =
      listener.sequence == Sequence::rfc1006      ? speak_rfc1006()
      : listener.sequence == Sequence::ncacn_http ? transport::speak_rpc_http(server_)
                                                  : transport::speak_rpc(server_);
  if (choice.kind == PortKind::dynamic) {
    return bind_dynamic(protocol);
  }
  return sessions_.listen_everywhere(config_.addresses(), choice.port, protocol);
}

void ServiceProcess::open(const Listener& listener) {
  const PortChoice choice = choose_port(world_.catalogue, *world_.product, listener, readings_);
  for (const std::string& note : choice.notes) {
    notes_.push_back(note);
  }
  const bool dynamic = choice.kind == PortKind::dynamic;
  json row{{"sequence", to_string(listener.sequence)},
           {"title", listener.title},
           {"kind", to_string(choice.kind)},
           {"origin", choice.origin}};
  if (dynamic) {
    const DynamicPorts range = dynamic_ports(*world_.product, readings_);
    row["origin"] = "dynamic range " + range.origin;
    for (const std::string& note : range.notes) {
      notes_.push_back(note);
    }
  }
  const auto bound = bind(listener, choice);
  if (bound) {
    row["port"] = *bound;
    take(listener, *bound);
    if (choice.kind == PortKind::static_port && is_ephemeral(*bound)) {
      notes_.push_back(fmt::format(
          "port {} lies in this machine's ephemeral range: an outgoing connection can take it; "
          "add it to net.ipv4.ip_local_reserved_ports",
          *bound));
    }
  } else {
    fail(choice, bound.error(), row);
  }
  listeners_.push_back(std::move(row));
}

void ServiceProcess::take(const Listener& listener, std::uint16_t port) {
  if (listener.sequence == Sequence::rfc1006) {
    return;
  }
  for (const catalogue::InterfaceInfo* row : listener.interfaces) {
    epm::Tower tower;
    tower.interface = exchange::syntax_of(*row);
    tower.sequence = listener.sequence == Sequence::ncacn_http
                         ? epm::ProtocolSequence::ncacn_http
                         : epm::ProtocolSequence::ncacn_ip_tcp;
    tower.endpoint = fmt::format("{}", port);
    if (auto octets = epm::write_tower(tower)) {
      entries_.push_back({{}, std::move(*octets), std::string(row->annotation)});
    }
  }
}

void ServiceProcess::fail(const PortChoice& choice, const Diagnostics& why, json& row) {
  degraded_ = true;
  row["wanted"] = choice.port;
  row["problem"] = to_string(why.front());
  if (why.front().id != "port-taken") {
    return;
  }
  row["problem"] = fmt::format("port {} is taken", choice.port);
  if (const auto holder = holder_of(choice.port)) {
    row["holder"] = {{"pid", holder->pid}, {"name", holder->name}};
    row["problem"] =
        fmt::format("port {} is held by {} (pid {})", choice.port, holder->name, holder->pid);
  }
}

void ServiceProcess::describe_interfaces() {
  for (const auto& interface : server_.interfaces()) {
    json operations = json::array();
    if (interface->id() == dcerpc::kManagement) {
      continue;
    }
    for (const auto& operation : exchange::operations_of(*interface)) {
      operations.push_back({{"opnum", operation.opnum},
                            {"name", operation.name},
                            {"implemented", operation.implemented}});
    }
    interfaces_.push_back({{"id", to_string(interface->id())},
                           {"annotation", interface->annotation()},
                           {"operations", std::move(operations)}});
  }
}

json ServiceProcess::state() const {
  return {{"state", degraded_ ? "degraded" : "running"},
          {"pid", getpid()},
          {"listeners", listeners_},
          {"interfaces", interfaces_},
          {"notes", notes_},
          {"registered", registered_},
          {"registration_problem", registration_problem_},
          {"settings", to_json(readings_)}};
}

Exit ServiceProcess::run() {
  for (const Listener& listener : service_.listeners) {
    if (is_served(listener)) {
      open(listener);
    }
  }
  describe_interfaces();
  if (const auto locked = lock_down(config_.user); !locked) {
    return report_failure(locked.error());
  }
  boost::asio::io_context context(1);
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) { context.stop(); });
  sessions_.start();
  Registration registration(context, config_.mapper_socket(), entries_,
                            [this](bool registered, const std::string& why) {
                              registered_ = registered;
                              registration_problem_ = why;
                              report_state(state());
                            });
  if (entries_.empty()) {
    report_state(state());
  } else {
    boost::asio::co_spawn(context, registration.run(), boost::asio::detached);
  }
  context.run();
  sessions_.stop();
  return Exit::good;
}

}  // namespace

Exit run_service(const json& document) {
  const ServeConfig config = config_from(document.at("config"));
  const auto world = World::open(config);
  if (!world) {
    return report_failure(world.error());
  }
  const std::string name = document.at("service");
  const catalogue::Service* service = find_service(world->catalogue, *world->product, name);
  if (service == nullptr) {
    return Exit::bug;
  }
  name_process(name);
  const Readings readings =
      effective(*world, *service, world->read(*service), readings_from(document.at("boot")));
  return ServiceProcess(config, *world, *service, readings).run();
}

}  // namespace pinhole::host
