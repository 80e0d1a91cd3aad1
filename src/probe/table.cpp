// SPDX-License-Identifier: Apache-2.0
#include "probe/table.hpp"

#include "probe/chat.hpp"
#include "probe/conference.hpp"
#include "probe/directory.hpp"
#include "probe/lines.hpp"
#include "probe/mail.hpp"
#include "probe/rpc.hpp"
#include "probe/smb.hpp"
#include "probe/web.hpp"

namespace pinhole::probe {
namespace {

constexpr auto kTcp = Transport::tcp;
constexpr auto kUdp = Transport::udp;
constexpr dcerpc::SyntaxId kStore{"a4f1db00-ca47-1067-b31f-00dd010662da"_uuid, 0, 81};
constexpr dcerpc::SyntaxId kReferral{"1544f5e0-613c-11d1-93df-00c04fd7bd09"_uuid, 1, 0};
constexpr dcerpc::SyntaxId kAddressBook{"f5cc5a18-4264-101a-8c59-08002b2f8426"_uuid, 56, 0};
constexpr dcerpc::SyntaxId kMapper = dcerpc::kEndpointMapper;

TalkPointer dns_tcp(const Context& context) {
  return make_dns(context, true);
}
TalkPointer dns_udp(const Context& context) {
  return make_dns(context, false);
}
TalkPointer kerberos_tcp(const Context& context) {
  return make_kerberos(context, true);
}
TalkPointer kerberos_udp(const Context& context) {
  return make_kerberos(context, false);
}
TalkPointer ldap(const Context& context) {
  return make_ldap(context, Directory::any);
}
TalkPointer global_catalog(const Context& context) {
  return make_ldap(context, Directory::global_catalog);
}
TalkPointer exchange_directory(const Context& context) {
  return make_ldap(context, Directory::exchange);
}
TalkPointer rpc_tcp(const Context& context) {
  return make_rpc(context, false);
}
TalkPointer rpc_http(const Context& context) {
  return make_rpc(context, true);
}

constexpr std::string_view kUnwritten = "no public source has its bytes: never proved";

constexpr Row kRows[] = {
    {"smtp", "SMTP", kTcp, 25, false, make_smtp, {}, "EHLO or HELO is taken"},
    {"dns", "DNS", kTcp, 53, false, dns_tcp, {}, "the query is answered"},
    {"dns", "DNS", kUdp, 53, false, dns_udp, {}, "the query is answered"},
    {"http", "HTTP", kTcp, 80, false, make_http, {}, "an HTTP/1.x answer"},
    {"rvp", "RVP", kTcp, 80, false, make_rvp, {}, "the answer names the version of RVP"},
    {"kerberos", "Kerberos", kTcp, 88, false, kerberos_tcp, {}, "KRB-ERROR or AS-REP"},
    {"kerberos", "Kerberos", kUdp, 88, false, kerberos_udp, {}, "KRB-ERROR or AS-REP"},
    {"x400", "X.400", kTcp, 102, false, make_x400, {}, "COTP, and a session layer above it"},
    {"pop3", "POP3", kTcp, 110, false, make_pop3, {}, "the greeting"},
    {"nntp", "NNTP", kTcp, 119, false, make_nntp, {}, "greeting and capabilities"},
    {"mapper", "MS-RPC", kTcp, 135, false, rpc_tcp, kMapper, "the mapper's interface binds"},
    {"imap4", "IMAP4", kTcp, 143, false, make_imap4, {}, "the greeting"},
    {"srs",
     "LDAP (SRS)",
     kTcp,
     379,
     false,
     exchange_directory,
     {},
     "a rootDSE that is not Active Directory's"},
    {"ldap", "LDAP", kTcp, 389, false, ldap, {}, "a search of the rootDSE is answered"},
    {"ldap", "LDAP", kUdp, 389, false, ldap, {}, "a search of the rootDSE is answered"},
    {"ldap-5.5",
     "LDAP (5.5 on a DC)",
     kTcp,
     390,
     false,
     exchange_directory,
     {},
     "a rootDSE that is not Active Directory's"},
    {"https", "HTTP/SSL", kTcp, 443, true, make_http, {}, "an HTTP/1.x answer"},
    {"smb", "SMB", kTcp, 445, false, make_smb, {}, "the negotiation is answered"},
    {"smtp-tls", "SMTP/SSL", kTcp, 465, true, make_smtp, {}, "EHLO or HELO is taken"},
    {"uls", "ULS", kTcp, 522, false, make_unwritten, {}, kUnwritten},
    {"nntp-tls", "NNTP/SSL", kTcp, 563, true, make_nntp, {}, "greeting and capabilities"},
    {"submission", "SMTP submission", kTcp, 587, false, make_smtp, {}, "EHLO or HELO is taken"},
    {"mapper-http", "RPC over HTTPS endpoint mapper", kTcp, 593, false, rpc_http, kMapper,
     "the banner, and the mapper's interface binds"},
    {"ldap-tls", "LDAP/SSL", kTcp, 636, true, ldap, {}, "a search of the rootDSE is answered"},
    {"link-state",
     "LSA / Link State",
     kTcp,
     691,
     false,
     make_link_state,
     {},
     "the routing engine's node information"},
    {"imap4-tls", "IMAP4/SSL", kTcp, 993, true, make_imap4, {}, "the greeting"},
    {"irc-tls", "IRC/SSL", kTcp, 994, true, make_irc, {}, "a numeric reply or a notice"},
    {"pop3-tls", "POP3/SSL", kTcp, 995, true, make_pop3, {}, "the greeting"},
    {"t120", "T.120", kTcp, 1503, false, make_t120, {}, "COTP, and an MCS connect response"},
    {"h323", "H.323", kTcp, 1720, false, make_h323, {}, "a status enquiry is answered"},
    {"audio-call-control", "Audio call control", kTcp, 1731, false, make_unwritten, {}, kUnwritten},
    {"gc", "LDAP GC", kTcp, 3268, false, global_catalog, {}, "a rootDSE of a global catalog"},
    {"gc-tls",
     "LDAP GC/SSL",
     kTcp,
     3269,
     true,
     global_catalog,
     {},
     "a rootDSE of a global catalog"},
    {"store-http", "Exchange RPC over HTTP", kTcp, 6001, false, rpc_http, kStore,
     "the banner, and emsmdb binds"},
    {"referral-http", "Exchange RPC over HTTP", kTcp, 6002, false, rpc_http, kReferral,
     "the banner, and rfri binds"},
    {"address-book-http", "Exchange RPC over HTTP", kTcp, 6004, false, rpc_http, kAddressBook,
     "the banner, and nspi binds"},
    {"irc", "IRC/IRCX", kTcp, 6667, false, make_irc, {}, "a numeric reply or a notice"},
    {"irc-7000", "IRC/IRCX", kTcp, 7000, false, make_irc, {}, "a numeric reply or a notice"},
    {"rpc", "MS-RPC", kTcp, 0, false, rpc_tcp, {}, "the interface binds; without one, mgmt"},
    {"rpc-http",
     "Exchange RPC over HTTP",
     kTcp,
     0,
     false,
     rpc_http,
     {},
     "the banner, and the interface binds; without one, mgmt"},
};

template <class Wanted>
std::vector<const Row*> rows_that(const Wanted& wanted) {
  std::vector<const Row*> rows;
  for (const Row& row : kRows) {
    if (wanted(row)) {
      rows.push_back(&row);
    }
  }
  return rows;
}

}  // namespace

std::span<const Row> table() {
  return kRows;
}

std::vector<const Row*> rows_of_service(std::string_view service) {
  return rows_that([&](const Row& row) { return same_word(row.service, service); });
}

std::vector<const Row*> rows_of_port(std::uint16_t port) {
  return rows_that([&](const Row& row) { return port != 0 && row.port == port; });
}

std::string_view to_string(Transport transport) {
  return transport == Transport::tcp ? "tcp" : "udp";
}

}  // namespace pinhole::probe
