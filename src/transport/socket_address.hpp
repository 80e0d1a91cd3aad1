// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernel's socket addresses as our values, and back.

#include <cstdint>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/address.hpp"

namespace pinhole::transport {

class SocketAddress {
 public:
  /// Room for any address, to be filled by the kernel.
  SocketAddress();
  SocketAddress(const IpAddress& address, std::uint16_t port);

  [[nodiscard]] sockaddr* data();
  [[nodiscard]] const sockaddr* data() const;
  /// In: the room; out: the length that the kernel wrote.
  [[nodiscard]] socklen_t* size() { return &length_; }
  [[nodiscard]] socklen_t length() const { return length_; }
  /// 0.0.0.0 and 0 for what is no IP address. IPv4 mapped into IPv6 is IPv4.
  [[nodiscard]] std::pair<IpAddress, std::uint16_t> value() const;

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = sizeof(sockaddr_storage);
};

[[nodiscard]] const sockaddr* socket_address(const sockaddr_un& address);
[[nodiscard]] std::pair<IpAddress, std::uint16_t> local_address_of(int socket);

}  // namespace pinhole::transport
