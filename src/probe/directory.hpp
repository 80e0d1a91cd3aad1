// SPDX-License-Identifier: Apache-2.0
#pragma once
// What names and vouches for a domain: LDAP (RFC 4511), Kerberos (RFC 4120) and DNS (RFC 1035).

#include "probe/talk.hpp"

namespace pinhole::probe {

/// What an LDAP port is for; each reads the rootDSE (RFC 4512 5.1, [MS-ADTS] 3.1.1.3.2).
enum class Directory : std::uint8_t {
  any,
  global_catalog,  // speaks only where the server says that it is one
  exchange,        // the 5.5 directory and the Site Replication Service: no Active Directory
};

[[nodiscard]] TalkPointer make_ldap(const Context& context, Directory directory);

/// An AS-REQ without pre-authentication for a client that is not there: any Kerberos answer counts.
/// `framed`: over TCP (RFC 4120 7.2.2).
[[nodiscard]] TalkPointer make_kerberos(const Context& context, bool framed);

/// A query for the SOA of the domain, or of the root; any answer to it counts.
/// `framed`: over TCP (RFC 1035 4.2.2).
[[nodiscard]] TalkPointer make_dns(const Context& context, bool framed);

}  // namespace pinhole::probe
