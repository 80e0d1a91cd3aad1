// SPDX-License-Identifier: Apache-2.0
#include "host/mapper_process.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "epm/service.hpp"
#include "host/limits.hpp"
#include "host/report.hpp"
#include "host/system.hpp"

namespace pinhole::host {
namespace {

/// A random UUID (RFC 4122, version 4): the object that ept_inq_object answers.
Uuid random_uuid() {
  Uuid uuid;
  fill_random(std::as_writable_bytes(std::span(&uuid, 1)));
  uuid.time_hi_and_version =
      static_cast<std::uint16_t>((uuid.time_hi_and_version & 0x0fffU) | 0x4000U);
  uuid.clock_and_node[0] = static_cast<std::uint8_t>((uuid.clock_and_node[0] & 0x3fU) | 0x80U);
  return uuid;
}

Checked<void> listen(transport::SessionServer& listeners, rpc::Server& server,
                     const ServeConfig& config) {
  PINHOLE_CHECK(listeners.listen_tcp(config.listen, config.epm_port, transport::speak_rpc(server)));
  PINHOLE_CHECK(
      listeners.listen_tcp(config.listen, config.epm_http_port, transport::speak_rpc_http(server)));
  return listeners.listen_local(mapper_path(config.state), transport::speak_rpc(server));
}

}  // namespace

int run_mapper(const ChildTask& task) {
  name_process("pinhole-epm");
  const Limits limits = limits_with(task.config.limits);
  rpc::Server server(fill_random, {limits.association, limits.groups, {}});
  epm::EndpointMap map(limits.map);
  transport::SessionServer listeners(limits.sessions, task.config.threads);
  boost::asio::io_context context;
  boost::asio::signal_set signals(context, SIGTERM);
  auto ready = listen(listeners, server, task.config);
  if (ready) {
    ready = confine(task.config.user);
  }
  if (!ready) {
    report_failure(ready.error());
    return static_cast<int>(Exit::environment);
  }
  // Its own uid is the one after the drop: its services drop to the same.
  server.offer(
      epm::make_endpoint_mapper(map, {::geteuid(), task.config.mapper_uids}, random_uuid()));
  server.on_disconnect([&map](std::uint64_t connection) { map.erase_owner({connection}); });
  listeners.start();
  report({{"event", "ready"}, {"pid", ::getpid()}});
  signals.async_wait([](const boost::system::error_code&, int) {});
  context.run();
  listeners.stop();
  return 0;
}

}  // namespace pinhole::host
