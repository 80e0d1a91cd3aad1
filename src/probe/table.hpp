// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every probe there is: a row for each service and transport.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "probe/talk.hpp"

namespace pinhole::probe {

enum class Transport : std::uint8_t { tcp, udp };

struct Row {
  std::string_view service;   // what --service says: `imap4-tls`; one name may have TCP and UDP
  std::string_view protocol;  // as data/ports.toml names it: `IMAP4`
  Transport transport = Transport::tcp;
  std::uint16_t port = 0;  // of its own; 0: none, the caller says which
  bool tls = false;        // TLS from the first octet
  TalkPointer (*make)(const Context& context) = nullptr;
  std::optional<dcerpc::SyntaxId> interface = std::nullopt;  // that an RPC probe binds
  std::string_view about;                                    // what it takes to be that service
};

/// In the order of their ports.
[[nodiscard]] std::span<const Row> table();

/// The rows of this name, without regard to case.
[[nodiscard]] std::vector<const Row*> rows_of_service(std::string_view service);
/// The rows whose own port this is.
[[nodiscard]] std::vector<const Row*> rows_of_port(std::uint16_t port);

[[nodiscard]] std::string_view to_string(Transport transport);

}  // namespace pinhole::probe
