// SPDX-License-Identifier: Apache-2.0
#include "transport/socket_address.hpp"

#include <algorithm>
#include <cstring>

namespace pinhole::transport {

SocketAddress::SocketAddress() = default;

SocketAddress::SocketAddress(const IpAddress& address, std::uint16_t port) {
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(address.to_v4());
    std::memcpy(&storage_, &v4, sizeof(v4));
    length_ = sizeof(v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.octets.data(), 16);
    std::memcpy(&storage_, &v6, sizeof(v6));
    length_ = sizeof(v6);
  }
}

// The sockets interface is built on this cast: a sockaddr is the common start of every family.
sockaddr* SocketAddress::data() {
  return reinterpret_cast<sockaddr*>(&storage_);
}
const sockaddr* SocketAddress::data() const {
  return reinterpret_cast<const sockaddr*>(&storage_);
}
const sockaddr* socket_address(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

std::pair<IpAddress, std::uint16_t> SocketAddress::value() const {
  if (storage_.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage_, sizeof(v4));
    return {IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (storage_.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage_, sizeof(v6));
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &v6.sin6_addr, 16);
    const bool mapped =
        std::all_of(octets.begin(), octets.begin() + 10, [](auto octet) { return octet == 0; }) &&
        octets[10] == 0xff && octets[11] == 0xff;
    if (mapped) {
      std::uint32_t v4 = 0;
      std::memcpy(&v4, octets.data() + 12, 4);
      return {IpAddress::v4(ntohl(v4)), ntohs(v6.sin6_port)};
    }
    return {IpAddress::v6(octets), ntohs(v6.sin6_port)};
  }
  return {IpAddress{}, 0};
}

std::pair<IpAddress, std::uint16_t> local_address_of(int socket) {
  SocketAddress local;
  if (::getsockname(socket, local.data(), local.size()) != 0) {
    return {IpAddress{}, 0};
  }
  return local.value();
}

}  // namespace pinhole::transport
