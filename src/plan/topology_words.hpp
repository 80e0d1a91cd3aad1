// SPDX-License-Identifier: Apache-2.0
#pragma once
// The closed lists of words that a topology uses, as enumerations and as the file spells them
// (kebab-case: windows-2008-r2, outlook-anywhere).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pinhole::plan {

enum class OperatingSystem : std::uint8_t {
  nt4,
  windows_2000,
  windows_2003,
  windows_2008,
  windows_2008_r2,
  windows_2012,
  linux
};

enum class ClientKind : std::uint8_t {
  mapi,
  outlook_anywhere,
  administration,
  pop3,
  imap4,
  smtp,
  nntp,
  ldap,
  web,
  mta_partner,
  iorepl_publisher,   // Exssrv, towards the publisher
  iorepl_subscriber,  // Exssrv, towards the subscriber
  front_end,
  internet_mail,
  domain_controller,
  domain_member,
};

/// Whether clients of POP3, IMAP4, NNTP, LDAP or the web use the SSL port of their protocol.
enum class Ssl : std::uint8_t { no, also, only };

/// What one server wants of another. Without any, a need between servers is for all that their
/// roles imply.
enum class Purpose : std::uint8_t {
  mail_transfer,  // SMTP
  x400,           // X.400 connector over RFC 1006
  mta_rpc,        // site connector, or MTA of the same site
  directory_replication,
  domain_replication,
  domain_member,  // logon and look-ups at a domain controller
  front_end,      // to the back-end
  rpc_proxy,      // to the servers behind it, ncacn_http
  mapi,           // as a MAPI client: Exssrv of IOREPL, OWA 5.5 on another host
  administration,
  dns,
  certificate_enrolment,
  log_shipping,
  edge_synchronisation,
};

template <class Enum>
struct Word {
  std::string_view text;
  Enum value;
};

/// In the order of the enumeration.
template <class Enum>
[[nodiscard]] std::span<const Word<Enum>> words();
template <>
[[nodiscard]] std::span<const Word<OperatingSystem>> words<OperatingSystem>();
template <>
[[nodiscard]] std::span<const Word<ClientKind>> words<ClientKind>();
template <>
[[nodiscard]] std::span<const Word<Ssl>> words<Ssl>();
template <>
[[nodiscard]] std::span<const Word<Purpose>> words<Purpose>();

[[nodiscard]] std::string_view to_string(OperatingSystem system);
[[nodiscard]] std::string_view to_string(ClientKind kind);
[[nodiscard]] std::string_view to_string(Ssl ssl);
[[nodiscard]] std::string_view to_string(Purpose purpose);

/// A role that no Exchange product brings.
struct ServerRole {
  std::string_view name;
  bool windows_only = false;
  std::string_view requires_role;  // of the same server; empty: none
};

/// In the order of their names.
[[nodiscard]] std::span<const ServerRole> server_roles();
[[nodiscard]] const ServerRole* find_server_role(std::string_view name);

/// What a device can be printed for.
[[nodiscard]] std::span<const std::string_view> backends();

/// The release as the catalogue's dynamic ranges name it: Windows Server 2008 R2; Linux.
[[nodiscard]] std::string_view title_of(OperatingSystem system);
[[nodiscard]] std::optional<OperatingSystem> system_of(std::string_view title);

}  // namespace pinhole::plan
