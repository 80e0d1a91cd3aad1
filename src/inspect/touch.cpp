// SPDX-License-Identifier: Apache-2.0
#include "inspect/touch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <utility>

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace pinhole::inspect {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;
using boost::system::error_code;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

/// An ICMP message as the socket's error queue has it.
struct Report {
  std::string reporter;
  std::string text;
  Icmp icmp;
};

std::string address_text(const std::array<std::byte, sizeof(sockaddr_in6)>& octets) {
  sockaddr_in v4{};
  std::memcpy(&v4, octets.data(), sizeof v4);
  if (v4.sin_family == AF_INET) {
    return to_string(IpAddress::v4(ntohl(v4.sin_addr.s_addr)));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, octets.data(), sizeof v6);
  if (v6.sin6_family != AF_INET6) {
    return {};
  }
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return to_string(IpAddress::v6(bytes));
}

/// The kernel puts the sender's address right behind the error (ip(7), SO_EE_OFFENDER).
std::optional<Report> report_of(const cmsghdr& header, const unsigned char* content) {
  const bool v4 = header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_RECVERR;
  const bool v6 = header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_RECVERR;
  const std::size_t size = header.cmsg_len - CMSG_LEN(0);
  sock_extended_err error{};
  if ((!v4 && !v6) || size < sizeof error) {
    return std::nullopt;
  }
  std::memcpy(&error, content, sizeof error);
  if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) {
    return std::nullopt;
  }
  std::array<std::byte, sizeof(sockaddr_in6)> offender{};
  std::memcpy(offender.data(), content + sizeof error,
              std::min(offender.size(), size - sizeof error));
  const auto family =
      error.ee_origin == SO_EE_ORIGIN_ICMP ? IpAddress::Family::v4 : IpAddress::Family::v6;
  return Report{address_text(offender),
                icmp_text(family, error.ee_type, error.ee_code),
                {error.ee_type, error.ee_code}};
}

std::optional<Report> read_report(int socket) {
  std::array<char, 256> octets{};
  alignas(cmsghdr) std::array<char, 512> control{};
  iovec vector{octets.data(), octets.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
    return std::nullopt;
  }
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
       each = CMSG_NXTHDR(&message, each)) {
    if (auto report = report_of(*each, CMSG_DATA(each))) {
      return report;
    }
  }
  return std::nullopt;
}

Contact contact_of(const error_code& failed, bool reported) {
  switch (failed.value()) {
    case ECONNREFUSED:
    case ECONNRESET:
      return Contact::refused;
    case ETIMEDOUT:
      return Contact::timeout;
    case ENETUNREACH:
    case EHOSTUNREACH:
      return reported || failed.value() == EHOSTUNREACH ? Contact::unreachable : Contact::local;
    case EACCES:
    case EPERM:
      // ICMPv6 `administratively prohibited` is this error too.
      return reported ? Contact::unreachable : Contact::local;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EINVAL:
      return Contact::local;
    default:
      return Contact::unreachable;
  }
}

asio::awaitable<error_code> connect(asio::ip::tcp::socket& socket, asio::ip::tcp::endpoint target) {
  auto [failed] = co_await socket.async_connect(target, kUseTuple);
  co_return failed;
}

asio::awaitable<void> expire(asio::steady_timer& timer) {
  co_await timer.async_wait(kUseTuple);
}

}  // namespace

Touch failed_touch(const error_code& failed, int socket) {
  Touch result;
  const auto report = read_report(socket);
  result.contact = contact_of(failed, report.has_value());
  result.text = report ? report->text : failed.message();
  if (report) {
    result.reporter = report->reporter;
    result.icmp = report->icmp;
  }
  return result;
}

asio::ip::address asio_address(const IpAddress& address) {
  if (address.is_v4()) {
    return asio::ip::address_v4(address.to_v4());
  }
  return asio::ip::address_v6(address.octets);
}

void ask_for_reports(int socket, IpAddress::Family family) {
  const int on = 1;
  if (family == IpAddress::Family::v4) {
    ::setsockopt(socket, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  } else {
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  }
}

asio::awaitable<Touch> touch(asio::io_context& context, IpAddress address, std::uint16_t port,
                             std::chrono::milliseconds timeout) {
  asio::ip::tcp::socket socket(context);
  co_return co_await touch(socket, address, port, timeout);
}

asio::awaitable<Touch> touch(asio::ip::tcp::socket& socket, IpAddress address, std::uint16_t port,
                             std::chrono::milliseconds timeout) {
  const asio::ip::tcp::endpoint target(asio_address(address), port);
  error_code failed;
  socket.open(target.protocol(), failed);
  if (failed) {
    co_return Touch{Contact::local, {}, failed.message()};
  }
  ask_for_reports(socket.native_handle(), address.family);
  asio::steady_timer timer(socket.get_executor(), timeout);
  auto ended = co_await (connect(socket, target) || expire(timer));
  if (ended.index() == 1) {
    co_return Touch{Contact::timeout, {}, fmt::format("no answer within {} ms", timeout.count())};
  }
  failed = std::get<0>(ended);
  if (failed) {
    co_return failed_touch(failed, socket.native_handle());
  }
  co_return Touch{Contact::open, {}, {}};
}

std::string icmp_text(IpAddress::Family family, std::uint8_t type, std::uint8_t code) {
  struct Meaning {
    IpAddress::Family family;
    std::uint8_t type;
    std::uint8_t code;
    const char* text;
  };
  constexpr auto kV4 = IpAddress::Family::v4;
  constexpr auto kV6 = IpAddress::Family::v6;
  constexpr Meaning kMeanings[] = {
      {kV4, 3, 0, "network unreachable"},
      {kV4, 3, 1, "host unreachable"},
      {kV4, 3, 2, "protocol unreachable"},
      {kV4, 3, 3, "port unreachable"},
      {kV4, 3, 9, "network administratively prohibited"},
      {kV4, 3, 10, "host administratively prohibited"},
      {kV4, 3, 13, "administratively prohibited"},
      {kV4, 11, 0, "time to live exceeded"},
      {kV6, 1, 0, "no route"},
      {kV6, 1, 1, "administratively prohibited"},
      {kV6, 1, 3, "address unreachable"},
      {kV6, 1, 4, "port unreachable"},
      {kV6, 1, 5, "source address refused"},
      {kV6, 1, 6, "route refused"},
      {kV6, 3, 0, "hop limit exceeded"},
  };
  for (const Meaning& each : kMeanings) {
    if (each.family == family && each.type == type && each.code == code) {
      return each.text;
    }
  }
  return fmt::format("ICMP type {} code {}", type, code);
}

}  // namespace pinhole::inspect
