// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a TLS handshake showed of a server: the version that was agreed on, and the certificate. It
// looks and does not judge: old versions are offered, and no chain is verified.

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>

namespace pinhole::inspect {

struct TlsFacts {
  std::string version;  // TLSv1.2
  std::string cipher;
  std::string subject;  // RFC 2253 form; raw, as all texts of the peer: escape them
  std::string issuer;
  std::vector<std::string> names;  // DNS names and addresses of the certificate
  std::string not_before;          // 2026-11-21T00:00:00Z
  std::string not_after;
  bool expired = false;     // or not yet valid
  bool names_host = false;  // the certificate is for the host that was asked
  bool self_signed = false;

  friend bool operator==(const TlsFacts&, const TlsFacts&) = default;
};

/// From TLS 1.0 on, with every cipher there is, so that old servers can be looked at too.
[[nodiscard]] std::unique_ptr<boost::asio::ssl::context> looking_context();

/// SNI for a name; nothing for an address.
void name_server(SSL* session, const std::string& host);

/// After the handshake.
[[nodiscard]] TlsFacts tls_facts(SSL* session, const std::string& host);

}  // namespace pinhole::inspect
