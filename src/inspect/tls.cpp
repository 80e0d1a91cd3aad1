// SPDX-License-Identifier: Apache-2.0
#include "inspect/tls.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/address.hpp"
#include "base/bytes.hpp"

namespace pinhole::inspect {
namespace {

constexpr std::size_t kMostNames = 64;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, Free> out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  std::array<char, 1024> text{};
  const int size = BIO_read(out.get(), text.data(), static_cast<int>(text.size()));
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string time_text(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts)
                                            : std::string();
}

std::string string_text(const ASN1_STRING* value) {
  const auto size = static_cast<std::size_t>(std::max(0, ASN1_STRING_length(value)));
  return std::string(text_of(view_of(ASN1_STRING_get0_data(value), size)));
}

std::string address_text(const ASN1_STRING* value) {
  const std::string octets = string_text(value);
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy_n(octets.begin(),
                      static_cast<std::ptrdiff_t>(std::min(octets.size(), bytes.size())),
                      bytes.begin());
  if (octets.size() == 4) {
    IpAddress address;
    address.octets = bytes;
    return to_string(address);
  }
  return octets.size() == 16 ? to_string(IpAddress::v6(bytes)) : std::string();
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> found;
  const std::unique_ptr<GENERAL_NAMES, Free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && found.size() < kMostNames; ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type == GEN_DNS) {
      found.push_back(string_text(value));
    } else if (type == GEN_IPADD) {
      found.push_back(address_text(value));
    }
  }
  return found;
}

bool names_host(X509* certificate, const std::string& host) {
  return parse_address(host)
             ? X509_check_ip_asc(certificate, host.c_str(), 0) == 1
             : X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1;
}

}  // namespace

std::unique_ptr<boost::asio::ssl::context> looking_context() {
  auto context = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_verify(native, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_security_level(native, 0);
  SSL_CTX_set_min_proto_version(native, TLS1_VERSION);
  SSL_CTX_set_options(native, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_cipher_list(native, "ALL:@SECLEVEL=0");
  return context;
}

void name_server(SSL* session, const std::string& host) {
  if (!parse_address(host)) {
    SSL_set_tlsext_host_name(session, host.c_str());
  }
}

TlsFacts tls_facts(SSL* session, const std::string& host) {
  TlsFacts facts;
  facts.version = SSL_get_version(session);
  facts.cipher = SSL_get_cipher_name(session);
  const std::unique_ptr<X509, Free> certificate(SSL_get1_peer_certificate(session));
  if (!certificate) {
    return facts;
  }
  X509* one = certificate.get();
  facts.subject = name_text(X509_get_subject_name(one));
  facts.issuer = name_text(X509_get_issuer_name(one));
  facts.names = names_of(one);
  facts.not_before = time_text(X509_get0_notBefore(one));
  facts.not_after = time_text(X509_get0_notAfter(one));
  facts.expired = X509_cmp_current_time(X509_get0_notAfter(one)) < 0 ||
                  X509_cmp_current_time(X509_get0_notBefore(one)) > 0;
  facts.names_host = names_host(one, host);
  facts.self_signed = X509_self_signed(one, 0) == 1;
  return facts;
}

}  // namespace pinhole::inspect
