// SPDX-License-Identifier: Apache-2.0
#include "lab/stand_ins.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/spaces.hpp"

namespace pinhole::lab {
namespace {

constexpr std::uint32_t kMostPorts = 256;
constexpr int kBacklog = 64;

/// On all addresses of both families; -1 where the port is taken.
int listen_on(std::uint16_t port) {
  const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  const int no = 0;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  // The interface of sockets is made of casts.
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (socket >= 0 &&
      (::bind(socket, generic, sizeof address) != 0 || ::listen(socket, kBacklog) != 0)) {
    ::close(socket);
    return -1;
  }
  return socket;
}

std::vector<pollfd> listen_on(const PortSet& ports) {
  std::vector<pollfd> listeners;
  for (const PortRange& range : ports.ranges()) {
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      if (const int socket = listen_on(static_cast<std::uint16_t>(port)); socket >= 0) {
        listeners.push_back({socket, POLLIN, 0});
      }
    }
  }
  return listeners;
}

[[noreturn]] void accept_for_ever(std::vector<pollfd>& listeners) {
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGINT, SIG_IGN);
  for (;;) {
    if (::poll(listeners.data(), listeners.size(), -1) < 0 && errno != EINTR) {
      ::_exit(1);
    }
    for (const pollfd& listener : listeners) {
      while (true) {
        const int connection = ::accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) {
          break;
        }
        ::close(connection);
      }
    }
  }
}

/// The process that listens is nobody's child: `up` ends, and it stays.
void detach(std::vector<pollfd>& listeners, int lock) {
  const pid_t child = ::fork();
  if (child > 0) {
    ::waitpid(child, nullptr, 0);
    return;
  }
  if (child < 0 || ::setsid() < 0 || ::fork() != 0) {
    ::_exit(0);
  }
  ::close(lock);  // who holds it works on the lab
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {0, 1, 2}) {
    ::dup2(null, standard);
  }
  accept_for_ever(listeners);
}

}  // namespace

PortSet stand_in_ports(const plan::Plan& plan, plan::Index server) {
  PortSet ports;
  for (const plan::Flow& flow : plan.flows) {
    const bool reaches_it =
        flow.to == plan::Party{plan::Party::Kind::server, server} ||
        (flow.to.kind == plan::Party::Kind::load_balancer &&
         std::ranges::find(plan.topology.load_balancers[flow.to.index].servers, server) !=
             plan.topology.load_balancers[flow.to.index].servers.end());
    if (reaches_it && flow.transport == plan::Transport::tcp && flow.interfaces.empty() &&
        flow.protocol != "MS-RPC" && flow.ports.fixed.count() <= kMostPorts) {
      ports = ports | flow.ports.fixed;
    }
  }
  return ports;
}

Checked<void> start_stand_ins(const Node& node, const PortSet& ports, int lock) {
  if (ports.empty()) {
    return {};
  }
  const auto inside = Inside::enter(node.space);
  if (!inside) {
    return tl::unexpected(inside.error());
  }
  std::vector<pollfd> listeners = listen_on(ports);
  if (!listeners.empty()) {
    detach(listeners, lock);
  }
  for (const pollfd& listener : listeners) {
    ::close(listener.fd);
  }
  return {};
}

}  // namespace pinhole::lab
