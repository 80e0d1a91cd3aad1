// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "base/wire.hpp"
#include "probe/ber.hpp"
#include "probe/directory.hpp"
#include "probe/lines.hpp"

namespace pinhole::probe {
namespace {

constexpr std::uint16_t kSequence = 0x30;
constexpr std::uint16_t kInteger = 0x02;
constexpr std::uint16_t kGeneralString = 0x1B;
constexpr std::uint16_t kAsRequest = 0x6A;  // [APPLICATION 10]
constexpr std::uint16_t kAsReply = 0x6B;    // [APPLICATION 11]
constexpr std::uint16_t kError = 0x7E;      // [APPLICATION 30]
constexpr std::uint16_t kContext = 0xA0;
// RFC 6806 8 and RFC 2606: names that nobody has.
constexpr std::string_view kClient = "pinhole-probe";
constexpr std::string_view kNoRealm = "PROBE.INVALID";

Bytes field(unsigned number, ByteView content) {
  return ber(static_cast<std::uint16_t>(kContext + number), content);
}

Bytes principal(std::uint32_t type, std::initializer_list<std::string_view> names) {
  Bytes parts;
  for (const std::string_view name : names) {
    parts = concat(parts, ber(kGeneralString, name));
  }
  return ber(kSequence,
             concat(field(0, ber_number(kInteger, type)), field(1, ber(kSequence, parts))));
}

/// RFC 4120 5.4.1; etypes AES-256, AES-128, RC4 and DES-CBC-MD5: one that every server knows.
Bytes as_request(std::uint32_t nonce, const std::string& realm) {
  Bytes etypes;
  for (const std::uint32_t etype : {18U, 17U, 23U, 3U}) {
    etypes = concat(etypes, ber_number(kInteger, etype));
  }
  const Bytes no_options(5);  // a BIT STRING of 32 zeros, no unused bit
  const Bytes body =
      concat(field(0, ber(0x03, no_options)), field(1, principal(1, {kClient})),
             field(2, ber(kGeneralString, realm)), field(3, principal(2, {"krbtgt", realm})),
             field(5, ber(0x18, "20370913024805Z")),
             field(7, ber_number(kInteger, nonce & 0x7FFFFFFFU)), field(8, ber(kSequence, etypes)));
  return ber(kAsRequest, ber(kSequence, concat(field(1, ber_number(kInteger, 5)),
                                               field(2, ber_number(kInteger, 10)),
                                               field(4, ber(kSequence, body)))));
}

struct ErrorName {
  std::int64_t code;
  const char* name;
};

// RFC 4120 7.5.9, the codes that such a request can bring.
constexpr ErrorName kErrors[] = {
    {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"},
    {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
    {12, "KDC_ERR_POLICY"},
    {14, "KDC_ERR_ETYPE_NOSUPP"},
    {25, "KDC_ERR_PREAUTH_REQUIRED"},
    {52, "KRB_ERR_RESPONSE_TOO_BIG"},
    {60, "KRB_ERR_GENERIC"},
    {68, "KDC_ERR_WRONG_REALM"},
};

std::string error_name(std::int64_t code) {
  const auto* at = std::ranges::find(kErrors, code, &ErrorName::code);
  return at != std::end(kErrors) ? at->name : fmt::format("KRB-ERROR {}", code);
}

/// The one element within a context field.
std::optional<BerElement> inside(ByteView sequence, unsigned number) {
  const auto wrapped = find_ber(sequence, static_cast<std::uint16_t>(kContext + number));
  if (!wrapped) {
    return std::nullopt;
  }
  return BerElements(wrapped->content).next();
}

std::optional<std::int64_t> number_in(ByteView sequence, unsigned number) {
  const auto element = inside(sequence, number);
  return element && element->tag == kInteger ? ber_number(element->content) : std::nullopt;
}

class Kerberos : public Talk {
 public:
  Kerberos(const Context& context, bool framed)
      : nonce_(context.nonce), framed_(framed), realm_(context.domain) {
    if (realm_.empty()) {
      realm_ = kNoRealm;
    }
    std::ranges::transform(realm_, realm_.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
  }

  Step start() override {
    const Bytes request = as_request(nonce_, realm_);
    if (!framed_) {
      return {request};
    }
    Bytes out;
    ByteWriter writer(out, ByteOrder::big);
    writer.u32(static_cast<std::uint32_t>(request.size()));
    writer.bytes(request);
    return {out};
  }

  Step on_bytes(ByteView in) override {
    if (!framed_) {
      on_message(in);
      return done();
    }
    held_.insert(held_.end(), in.begin(), in.end());
    ByteReader reader(held_, ByteOrder::big);
    const std::uint32_t size = reader.u32("length");
    if (!reader.ok()) {
      return {};
    }
    if (size > kMostHeard) {
      return done();
    }
    const ByteView message = reader.take(size, "message");
    if (reader.ok()) {
      on_message(message);
      return done();
    }
    return {};
  }

 private:
  void on_message(ByteView in) {
    const auto outer = read_ber(in);
    if (!outer || (outer->tag != kError && outer->tag != kAsReply)) {
      return;
    }
    const auto sequence = find_ber(outer->content, kSequence);
    const bool is_error = outer->tag == kError;
    if (!sequence || number_in(sequence->content, 0) != 5 ||
        number_in(sequence->content, 1) != (is_error ? 30 : 11)) {
      return;
    }
    finding_.speaks = true;
    finding_.said = "AS-REP";
    if (is_error) {
      finding_.said = error_name(number_in(sequence->content, 6).value_or(-1));
    }
    add_text(sequence->content, is_error ? 9 : 3, "realm");
    if (is_error) {
      add_text(sequence->content, 4, "server-time");
      add_text(sequence->content, 11, "text");
    }
  }

  void add_text(ByteView sequence, unsigned number, const char* name) {
    if (const auto element = inside(sequence, number)) {
      fact(name, std::string(text_of(element->content)));
    }
  }

  std::uint32_t nonce_;
  bool framed_;
  std::string realm_;
  Bytes held_;
};

}  // namespace

TalkPointer make_kerberos(const Context& context, bool framed) {
  return std::make_unique<Kerberos>(context, framed);
}

}  // namespace pinhole::probe
