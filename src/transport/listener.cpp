// SPDX-License-Identifier: Apache-2.0
#include "transport/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <thread>
#include <unordered_set>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "transport/session.hpp"
#include "transport/socket_address.hpp"

namespace pinhole::transport {
namespace {

/// Those that this process may run on: fewer than the machine has, where it was pinned.
unsigned usable_processors() {
  cpu_set_t processors;
  if (::sched_getaffinity(0, sizeof(processors), &processors) != 0) {
    return 1;
  }
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&processors)));
}

constexpr int kBacklog = 1024;
constexpr std::size_t kReadBuffer = 64UL * 1024;
constexpr int kAcceptsAtOnce = 64;
constexpr std::chrono::milliseconds kAcceptBackOff{100};
constexpr std::chrono::seconds kSweep{1};

tl::unexpected<Diagnostics> cannot_listen(const std::string& where, int error) {
  Diagnostic diagnostic;
  diagnostic.id = error == EADDRINUSE ? "port-taken" : "cannot-listen";
  diagnostic.place = {where, 0, 0, {}};
  diagnostic.message = fmt::format("cannot listen: {}", std::strerror(error));
  diagnostic.remedy = error == EADDRINUSE ? "stop the process that holds it or choose another port"
                      : error == EACCES   ? "run as root or choose a port above 1023"
                                          : "";
  diagnostic.exit = Exit::environment;
  return failure(std::move(diagnostic));
}

/// The socket, or -1 and errno.
int listening_socket(const IpAddress& address, std::uint16_t port) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  const int socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) {
    return -1;
  }
  const int on = 1;
  // Lets a restarted service bind over connections in TIME_WAIT; two listeners still collide.
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (family == AF_INET6) {
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  const SocketAddress local(address, port);
  if (::bind(socket, local.data(), local.length()) != 0 || ::listen(socket, kBacklog) != 0) {
    const int failed = errno;
    ::close(socket);
    errno = failed;
    return -1;
  }
  return socket;
}

/// Takes away the socket file of a process that is gone: nobody answers there.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) {
    return;
  }
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (::connect(probe, socket_address(address), sizeof(address)) != 0 && errno == ECONNREFUSED) {
    ::unlink(path.c_str());
  }
  ::close(probe);
}

}  // namespace

struct SessionServer::Shared {
  SessionLimits limits;
  std::atomic<std::size_t> open = 0;
  std::atomic<std::uint64_t> last_connection = 0;
};

struct SessionServer::Listening {
  int socket = -1;
  bool local = false;
  std::string path;
  ProtocolFactory protocol;

  Listening() = default;
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() {
    if (socket >= 0) {
      ::close(socket);
    }
    if (!path.empty()) {
      ::unlink(path.c_str());
    }
  }
};

/// A thread with its own reactor: an accept loop for each listening socket, and the sweep.
class SessionServer::Worker {
 public:
  Worker(Shared& shared, const std::vector<std::unique_ptr<Listening>>& listening)
      : shared_(shared), sweep_(*context_), back_off_(*context_), buffer_(kReadBuffer) {
    for (const auto& each : listening) {
      acceptors_.push_back(std::make_unique<Acceptor>(*context_, *each));
    }
  }

  void start() {
    for (auto& acceptor : acceptors_) {
      wait(*acceptor);
    }
    schedule_sweep();
    thread_ = std::thread([this] { context_->run(); });
  }

  void stop() {
    boost::asio::post(*context_, [this] {
      for (auto& acceptor : acceptors_) {
        acceptor->descriptor.close();
      }
      sweep_.cancel();
      back_off_.cancel();
      for (const auto& session : sessions_) {
        session->close();
      }
      sessions_.clear();
      stopping_ = true;
    });
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  struct Acceptor {
    Acceptor(boost::asio::io_context& context, const Listening& of)
        : listening(of), descriptor(context, ::dup(of.socket)) {}
    const Listening& listening;
    boost::asio::posix::stream_descriptor descriptor;
  };

  void wait(Acceptor& acceptor) {
    acceptor.descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                   [this, &acceptor](const boost::system::error_code& error) {
                                     if (!error && !stopping_) {
                                       accept(acceptor);
                                     }
                                   });
  }

  void accept(Acceptor& acceptor) {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      SocketAddress remote;
      const int socket = ::accept4(acceptor.descriptor.native_handle(), remote.data(),
                                   remote.size(), SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) {
        if (errno == EINTR || errno == ECONNABORTED) {
          continue;
        }
        if (errno != EAGAIN) {  // out of descriptors or memory: do not spin
          back_off(acceptor);
          return;
        }
        break;
      }
      adopt(socket, acceptor.listening, remote);
    }
    wait(acceptor);
  }

  void back_off(Acceptor& acceptor) {
    back_off_.expires_after(kAcceptBackOff);
    // Another acceptor's back-off aborts this wait: it accepts again a little early.
    back_off_.async_wait([this, &acceptor](const boost::system::error_code& /*error*/) {
      if (!stopping_) {
        wait(acceptor);
      }
    });
  }

  void adopt(int socket, const Listening& listening, const SocketAddress& remote) {
    if (shared_.open.load(std::memory_order_relaxed) >= shared_.limits.connections) {
      ::close(socket);
      return;
    }
    dcerpc::Peer peer;
    peer.connection = shared_.last_connection.fetch_add(1) + 1;
    if (listening.local) {
      peer.carrier = dcerpc::Carrier::local;
      ucred credentials{};
      socklen_t size = sizeof(credentials);
      if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
        peer.uid = credentials.uid;
        peer.pid = credentials.pid;
      }
    } else {
      const int on = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
      std::tie(peer.remote_address, peer.remote_port) = remote.value();
      std::tie(peer.local_address, peer.local_port) = local_address_of(socket);
    }
    Session::Socket stream(*context_);
    boost::system::error_code error;
    stream.assign({listening.local ? AF_UNIX : AF_INET6, 0}, socket, error);
    if (error) {
      ::close(socket);
      return;
    }
    stream.native_non_blocking(true, error);
    auto session =
        std::make_shared<Session>(context_, std::move(stream), peer, buffer_, shared_.open);
    sessions_.insert(session);
    if (sessions_.size() > prune_at_) {
      std::erase_if(sessions_, [](const auto& each) { return each->closed(); });
      prune_at_ = std::max<std::size_t>(1024, sessions_.size() * 2);
    }
    session->start(listening.protocol);
  }

  void schedule_sweep() {
    sweep_.expires_after(kSweep);
    sweep_.async_wait([this](const boost::system::error_code& error) {
      if (error || stopping_) {
        return;
      }
      const auto now = Clock::now();
      std::erase_if(sessions_, [&](const std::shared_ptr<Session>& session) {
        if (!session->closed() && session->late(now, shared_.limits)) {
          session->close();
        }
        return session->closed();
      });
      schedule_sweep();
    });
  }

  Shared& shared_;
  // Shared with whoever still owes an answer: that may come after this worker is gone.
  std::shared_ptr<boost::asio::io_context> context_ = std::make_shared<boost::asio::io_context>(1);
  boost::asio::steady_timer sweep_;
  boost::asio::steady_timer back_off_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::unordered_set<std::shared_ptr<Session>> sessions_;
  std::size_t prune_at_ = 1024;
  Bytes buffer_;
  bool stopping_ = false;
  std::thread thread_;
};

SessionServer::SessionServer(SessionLimits limits, unsigned threads)
    : shared_(std::make_unique<Shared>()), threads_(threads != 0 ? threads : usable_processors()) {
  shared_->limits = limits;
}

SessionServer::~SessionServer() {
  stop();
}

Checked<std::uint16_t> SessionServer::listen_tcp(const std::vector<IpAddress>& addresses,
                                                 std::uint16_t port,
                                                 const ProtocolFactory& protocol) {
  std::vector<std::unique_ptr<Listening>> all;
  for (const IpAddress& address : addresses) {
    auto listening = std::make_unique<Listening>();
    listening->protocol = protocol;
    listening->socket = listening_socket(address, port);
    if (listening->socket < 0) {
      return cannot_listen(join_host_port(to_string(address), port), errno);
    }
    port = local_address_of(listening->socket).second;
    all.push_back(std::move(listening));
  }
  std::ranges::move(all, std::back_inserter(listening_));
  return port;
}

Checked<void> SessionServer::listen_local(const std::string& path, ProtocolFactory protocol) {
  sockaddr_un address{};
  if (path.size() >= sizeof(address.sun_path)) {
    return failure({"socket-path-too-long",
                    Severity::error,
                    {path, 0, 0, {}},
                    fmt::format("longer than the {} characters of a Unix socket",
                                sizeof(address.sun_path) - 1),
                    "choose a shorter --state",
                    Exit::usage});
  }
  auto listening = std::make_unique<Listening>();
  listening->local = true;
  listening->protocol = std::move(protocol);
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  listening->socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  remove_stale(path, address);
  if (listening->socket < 0 ||
      ::bind(listening->socket, socket_address(address), sizeof(address)) != 0 ||
      ::chmod(path.c_str(), 0666) != 0 || ::listen(listening->socket, kBacklog) != 0) {
    return cannot_listen(path, errno);
  }
  listening->path = path;
  listening_.push_back(std::move(listening));
  return {};
}

void SessionServer::start() {
  for (unsigned i = 0; i < threads_; ++i) {
    workers_.push_back(std::make_unique<Worker>(*shared_, listening_));
  }
  for (auto& worker : workers_) {
    worker->start();
  }
}

void SessionServer::stop() {
  for (auto& worker : workers_) {
    worker->stop();
  }
  workers_.clear();
  listening_.clear();
}

std::size_t SessionServer::sessions() const {
  return shared_->open.load();
}

}  // namespace pinhole::transport
