// SPDX-License-Identifier: Apache-2.0
#pragma once
// One attempt to open a TCP connection, and why it failed: silence, a reset, or an ICMP message and
// who sent it (Linux tells through IP_RECVERR, RFC 792 and RFC 4443 give the codes).

#include <chrono>
#include <cstdint>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/address.hpp"
#include "inspect/verdict.hpp"

namespace pinhole::inspect {

/// Connects and closes. Never throws for what the network does.
[[nodiscard]] boost::asio::awaitable<Touch> touch(boost::asio::io_context& context,
                                                  IpAddress address, std::uint16_t port,
                                                  std::chrono::milliseconds timeout);

/// The same, and leaves the socket open where the contact is.
[[nodiscard]] boost::asio::awaitable<Touch> touch(boost::asio::ip::tcp::socket& socket,
                                                  IpAddress address, std::uint16_t port,
                                                  std::chrono::milliseconds timeout);

/// Has the kernel keep ICMP messages for this socket.
void ask_for_reports(int socket, IpAddress::Family family);
/// Why an operation on such a socket failed, the ICMP message included.
[[nodiscard]] Touch failed_touch(const boost::system::error_code& failed, int socket);

[[nodiscard]] boost::asio::ip::address asio_address(const IpAddress& address);

/// `administratively prohibited`: the meaning of an ICMP or ICMPv6 type and code.
[[nodiscard]] std::string icmp_text(IpAddress::Family family, std::uint8_t type, std::uint8_t code);

}  // namespace pinhole::inspect
