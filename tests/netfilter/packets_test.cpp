// SPDX-License-Identifier: Apache-2.0
// Real packets from a client through this namespace, the firewall, to a server: on and on either
// side of what the policy says.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "firewall/nft_print.hpp"
#include "netfilter/nftables.hpp"
#include "support/network_namespace.hpp"

namespace pinhole::netfilter {
namespace {

constexpr std::uint16_t kListening = 8005;

sockaddr_in6 to(const std::string& address, std::uint16_t port) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(port);
  const std::string text = address.find(':') == std::string::npos ? "::ffff:" + address : address;
  inet_pton(AF_INET6, text.c_str(), &name.sin6_addr);
  return name;
}

int connecting(const std::string& address, std::uint16_t port, int flags) {
  const int socket = ::socket(AF_INET6, SOCK_STREAM | flags, 0);
  const sockaddr_in6 name = to(address, port);
  const int result = connect(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  if (result != 0 && errno != EINPROGRESS) {
    close(socket);
    return -1;
  }
  return socket;
}

/// Gives every client one octet.
int serve() {
  const int socket = ::socket(AF_INET6, SOCK_STREAM, 0);
  const sockaddr_in6 name = to("::", kListening);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      listen(socket, 64) != 0) {
    return 1;
  }
  for (;;) {
    const int client = accept(socket, nullptr, nullptr);
    (void)!write(client, "x", 1);
    close(client);
  }
}

class Packets : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(support::enter_network_namespace());
    client_ = host("eth0", "10.1.0", "2001:db8:1:", 2);
    server_ = host("eth1", "10.2.0", "2001:db8:2:", 5);
    std::ofstream("/proc/sys/net/ipv4/ip_forward") << "1";
    std::ofstream("/proc/sys/net/ipv6/conf/all/forwarding") << "1";
    const auto text = firewall::print_nft(policy());
    ASSERT_TRUE(text);
    const auto applied = apply(*text);
    ASSERT_TRUE(applied) << to_string(applied.error().front());
    server_process_ = in(server_, serve);
  }
  void TearDown() override {
    for (const pid_t each : {client_, server_, server_process_}) {
      if (each > 0) {
        kill(each, SIGKILL);
        waitpid(each, nullptr, 0);
      }
    }
  }

  static firewall::Policy policy() {
    firewall::Policy policy;
    policy.device = "router";
    policy.zones = {{"clients",
                     "eth0",
                     {*parse_prefix("10.1.0.0/24"), *parse_prefix("2001:db8:1::/64")},
                     false},
                    {"servers",
                     "eth1",
                     {*parse_prefix("10.2.0.0/24"), *parse_prefix("2001:db8:2::/64")},
                     false}};
    firewall::Rule rule;
    rule.from = 0;
    rule.to = 1;
    rule.sources = policy.zones[0].networks;
    rule.destinations = {*parse_prefix("10.2.0.5"), *parse_prefix("2001:db8:2::5")};
    rule.ports = *parse_port_set("8000-8010");
    rule.reasons = {{"flow", "test"}};
    policy.rules = {rule};
    firewall::Translation translation;
    translation.outside = *parse_address("192.0.2.1");
    translation.inside = *parse_address("10.2.0.5");
    translation.ports = rule.ports;
    translation.reasons = rule.reasons;
    policy.translations = {translation};
    return policy;
  }

  static void run(const std::string& command) {
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  /// A process in a namespace of its own, with a cable to ours.
  static pid_t host(const std::string& ours, const std::string& v4, const std::string& v6, int n) {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    const pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      (void)!write(ready[1], unshare(CLONE_NEWNET) == 0 ? "+" : "-", 1);
      for (;;) {
        pause();
      }
    }
    char good = 0;
    EXPECT_EQ(read(ready[0], &good, 1), 1);
    EXPECT_EQ(good, '+');
    close(ready[0]);
    close(ready[1]);
    const std::string there = fmt::format("nsenter -t {} -n ip ", pid);
    run(fmt::format("ip link add {} type veth peer name far netns {}", ours, pid));
    run(fmt::format(
        "ip addr add {}.1/24 dev {}; ip addr add {}:1/64 dev {} nodad; ip link set {} up", v4, ours,
        v6, ours, ours));
    run(fmt::format(
        "{0}addr add {1}.{3}/24 dev far; {0}addr add {2}:{3}/64 dev far nodad; {0}link set "
        "far up; {0}link set lo up; {0}route add default via {1}.1; {0}-6 route add "
        "default via {2}:1",
        there, v4, v6, n));
    return pid;
  }

  template <class Work>
  static pid_t in(pid_t host, Work work) {
    const pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int space = open(fmt::format("/proc/{}/ns/net", host).c_str(), O_RDONLY);
      _exit(setns(space, CLONE_NEWNET) == 0 ? work() : 99);
    }
    return pid;
  }

  enum Outcome { stopped = 10, passed = 11, nothing_passes = 12 };

  /// Whether a connection passes: it is made, or refused by the server itself. What is dropped
  /// answers never; a connection made later by the same way says that the answer would be here.
  Outcome from_client(const std::string& address, std::uint16_t port,
                      const std::string& witness = "10.2.0.5") const {
    const pid_t pid = in(client_, [&] {
      const int tried = connecting(address, port, SOCK_NONBLOCK);
      const int later = connecting(witness, kListening, 0);
      char octet = 0;
      if (later < 0 || read(later, &octet, 1) != 1 || octet != 'x') {
        return static_cast<int>(nothing_passes);
      }
      pollfd wanted{tried, POLLOUT, 0};
      int error = tried < 0 ? errno : 0;
      socklen_t size = sizeof error;
      if (tried >= 0 && poll(&wanted, 1, 0) == 0) {
        return static_cast<int>(stopped);
      }
      getsockopt(tried, SOL_SOCKET, SO_ERROR, &error, &size);
      // The router itself says that it has no way there.
      return static_cast<int>(error == 0 || error == ECONNREFUSED ? passed : stopped);
    });
    int status = 0;
    waitpid(pid, &status, 0);
    return static_cast<Outcome>(WEXITSTATUS(status));
  }

  pid_t client_ = 0;
  pid_t server_ = 0;
  pid_t server_process_ = 0;
};

TEST_F(Packets, PassOnTheBoundariesOfThePorts) {
  // The server's process may still be on its way to its port; its host refuses until then.
  while (from_client("10.2.0.5", kListening) == nothing_passes) {
    sched_yield();
  }
  for (const char* server : {"10.2.0.5", "2001:db8:2::5"}) {
    EXPECT_EQ(from_client(server, 7999, server), stopped) << server;
    EXPECT_EQ(from_client(server, 8000, server), passed) << server;
    EXPECT_EQ(from_client(server, 8010, server), passed) << server;
    EXPECT_EQ(from_client(server, 8011, server), stopped) << server;
  }
  EXPECT_EQ(from_client("10.2.0.6", 8005), stopped);
  // By the outside address, and only at its ports.
  EXPECT_EQ(from_client("192.0.2.1", 8005, "192.0.2.1"), passed);
  EXPECT_EQ(from_client("192.0.2.1", 7999, "192.0.2.1"), stopped);
}

}  // namespace
}  // namespace pinhole::netfilter
