// SPDX-License-Identifier: Apache-2.0
#include "plan/topology_words.hpp"

#include <algorithm>
#include <array>

namespace pinhole::plan {
namespace {

constexpr auto kSystems = std::to_array<Word<OperatingSystem>>({
    {"nt4", OperatingSystem::nt4},
    {"windows-2000", OperatingSystem::windows_2000},
    {"windows-2003", OperatingSystem::windows_2003},
    {"windows-2008", OperatingSystem::windows_2008},
    {"windows-2008-r2", OperatingSystem::windows_2008_r2},
    {"windows-2012", OperatingSystem::windows_2012},
    {"linux", OperatingSystem::linux},
});

constexpr auto kSystemTitles = std::to_array<std::string_view>(
    {"Windows NT 4.0", "Windows 2000", "Windows Server 2003", "Windows Server 2008",
     "Windows Server 2008 R2", "Windows Server 2012", "Linux"});
static_assert(kSystemTitles.size() == kSystems.size());

constexpr auto kKinds = std::to_array<Word<ClientKind>>({
    {"mapi", ClientKind::mapi},
    {"outlook-anywhere", ClientKind::outlook_anywhere},
    {"administration", ClientKind::administration},
    {"pop3", ClientKind::pop3},
    {"imap4", ClientKind::imap4},
    {"smtp", ClientKind::smtp},
    {"nntp", ClientKind::nntp},
    {"ldap", ClientKind::ldap},
    {"web", ClientKind::web},
    {"mta-partner", ClientKind::mta_partner},
    {"iorepl-publisher", ClientKind::iorepl_publisher},
    {"iorepl-subscriber", ClientKind::iorepl_subscriber},
    {"front-end", ClientKind::front_end},
    {"internet-mail", ClientKind::internet_mail},
    {"domain-controller", ClientKind::domain_controller},
    {"domain-member", ClientKind::domain_member},
});

constexpr auto kSsl =
    std::to_array<Word<Ssl>>({{"no", Ssl::no}, {"also", Ssl::also}, {"only", Ssl::only}});

constexpr auto kPurposes = std::to_array<Word<Purpose>>({
    {"mail-transfer", Purpose::mail_transfer},
    {"x400", Purpose::x400},
    {"mta-rpc", Purpose::mta_rpc},
    {"directory-replication", Purpose::directory_replication},
    {"domain-replication", Purpose::domain_replication},
    {"domain-member", Purpose::domain_member},
    {"front-end", Purpose::front_end},
    {"rpc-proxy", Purpose::rpc_proxy},
    {"mapi", Purpose::mapi},
    {"administration", Purpose::administration},
    {"dns", Purpose::dns},
    {"certificate-enrolment", Purpose::certificate_enrolment},
    {"log-shipping", Purpose::log_shipping},
    {"edge-synchronisation", Purpose::edge_synchronisation},
});

constexpr auto kServerRoles = std::to_array<ServerRole>({
    {"certificate-services", true, {}},
    {"dfsr", true, {}},
    {"dns-server", false, {}},
    {"domain-controller", false, {}},
    {"frs", true, "domain-controller"},
    {"global-catalog", false, "domain-controller"},
    {"iorepl", false, {}},
    {"owa", false, {}},
    {"public-folders", false, {}},
    {"rpc-proxy", false, {}},
    {"smtp-relay", false, {}},
});

constexpr auto kBackends = std::to_array<std::string_view>({
    "nftables",
    "iptables",
    "windows-firewall",
    "cisco-asa",
    "cisco-ios",
    "firewalld",
    "junos-srx",
    "pan-os",
    "fortios",
    "pf",
    "aws-security-groups",
    "azure-nsg",
});

template <class Enum>
std::string_view word_of(Enum value) {
  return words<Enum>()[static_cast<std::size_t>(value)].text;
}

}  // namespace

template <>
std::span<const Word<OperatingSystem>> words<OperatingSystem>() {
  return kSystems;
}

template <>
std::span<const Word<ClientKind>> words<ClientKind>() {
  return kKinds;
}

template <>
std::span<const Word<Ssl>> words<Ssl>() {
  return kSsl;
}

template <>
std::span<const Word<Purpose>> words<Purpose>() {
  return kPurposes;
}

std::string_view to_string(OperatingSystem system) {
  return word_of(system);
}

std::string_view to_string(ClientKind kind) {
  return word_of(kind);
}

std::string_view to_string(Ssl ssl) {
  return word_of(ssl);
}

std::string_view to_string(Purpose purpose) {
  return word_of(purpose);
}

std::span<const ServerRole> server_roles() {
  return kServerRoles;
}

const ServerRole* find_server_role(std::string_view name) {
  const auto* const at = std::ranges::find(kServerRoles, name, &ServerRole::name);
  return at == kServerRoles.end() ? nullptr : at;
}

std::span<const std::string_view> backends() {
  return kBackends;
}

std::string_view title_of(OperatingSystem system) {
  return kSystemTitles[static_cast<std::size_t>(system)];
}

std::optional<OperatingSystem> system_of(std::string_view title) {
  for (const auto& word : kSystems) {
    if (title_of(word.value) == title) {
      return word.value;
    }
  }
  return std::nullopt;
}

}  // namespace pinhole::plan
