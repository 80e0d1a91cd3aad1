// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "probe/ber.hpp"
#include "probe/directory.hpp"
#include "probe/lines.hpp"

namespace pinhole::probe {
namespace {

constexpr std::uint16_t kSequence = 0x30;
constexpr std::uint16_t kInteger = 0x02;
constexpr std::uint16_t kOctets = 0x04;
constexpr std::uint16_t kEnumerated = 0x0A;
constexpr std::uint16_t kSearchRequest = 0x63;
constexpr std::uint16_t kSearchEntry = 0x64;
constexpr std::uint16_t kSearchDone = 0x65;
constexpr std::uint16_t kPresent = 0x87;

struct Attribute {
  const char* name;
  const char* fact;
};

constexpr Attribute kAttributes[] = {
    {"dnsHostName", "host"},
    {"serverName", "server"},
    {"defaultNamingContext", "domain"},
    {"rootDomainNamingContext", "forest"},
    {"isGlobalCatalogReady", "global-catalog"},
    {"namingContexts", "naming-contexts"},
    {"supportedLDAPVersion", "versions"},
    {"vendorName", "vendor"},
};

/// The number that [MS-ADTS] 3.1.1.3.4.1 gives Active Directory.
constexpr std::string_view kActiveDirectory = "1.2.840.113556.1.4.800";

/// A request id that is never 0: that is the server's own for notices (RFC 4511 4.4).
std::uint32_t id_of(std::uint32_t nonce) {
  return (nonce & 0x7FFFFFFFU) | 1U;
}

Bytes root_request(std::uint32_t id) {
  Bytes wanted;
  for (const Attribute& each : kAttributes) {
    wanted = concat(wanted, ber(kOctets, each.name));
  }
  wanted = concat(wanted, ber(kOctets, "supportedCapabilities"));
  const Bytes search =
      concat(ber(kOctets, ""), ber_number(kEnumerated, 0) /* base object */,
             ber_number(kEnumerated, 0), ber_number(kInteger, 0), ber_number(kInteger, 0),
             ber(0x01, ByteView(Bytes(1))), ber(kPresent, "objectClass"), ber(kSequence, wanted));
  return ber(kSequence, concat(ber_number(kInteger, id), ber(kSearchRequest, search)));
}

class Ldap : public Talk {
 public:
  Ldap(std::uint32_t nonce, Directory directory) : id_(id_of(nonce)), directory_(directory) {}

  Step start() override { return {root_request(id_)}; }

  Step on_bytes(ByteView in) override {
    held_.insert(held_.end(), in.begin(), in.end());
    ByteView rest(held_);
    while (true) {
      const auto element = read_ber(rest);
      if (!element) {
        held_ = to_bytes(rest);
        return element.error() == BerError::malformed || !may_be_ldap() ? done() : Step{};
      }
      if (element->tag != kSequence || !on_message(element->content)) {
        return done();
      }
      if (ended_) {
        conclude();
        return done(text_of(unbind()));
      }
    }
  }

 private:
  [[nodiscard]] bool may_be_ldap() const {
    return held_.empty() || held_.front() == std::byte{kSequence};
  }

  [[nodiscard]] Bytes unbind() const {
    return ber(kSequence, concat(ber_number(kInteger, id_ + 1U), ber(0x42, "")));
  }

  bool on_message(ByteView content) {
    BerElements elements(content);
    const auto id = elements.next();
    const auto operation = elements.next();
    if (!id || id->tag != kInteger || !operation) {
      return false;
    }
    const auto number = ber_number(id->content);
    if (number == 0) {
      finding_.said = "a notice of disconnection";
    }
    if (number != id_) {
      return false;
    }
    if (operation->tag == kSearchEntry) {
      on_entry(operation->content);
    } else if (operation->tag == kSearchDone) {
      ended_ = true;
      const auto code = find_ber(operation->content, kEnumerated);
      result_ = code ? ber_number(code->content).value_or(-1) : -1;
    }
    return true;
  }

  void on_entry(ByteView content) {
    const auto list = find_ber(content, kSequence);
    if (!list) {
      return;
    }
    BerElements attributes(list->content);
    while (const auto each = attributes.next()) {
      BerElements parts(each->content);
      const auto type = parts.next();
      const auto values = parts.next();
      if (type && values) {
        on_attribute(text_of(type->content), values->content);
      }
    }
  }

  void on_attribute(std::string_view name, ByteView set) {
    std::vector<std::string> values;
    BerElements elements(set);
    while (const auto value = elements.next()) {
      values.emplace_back(text_of(value->content));
    }
    if (same_word(name, "supportedCapabilities")) {
      for (const std::string& each : values) {
        active_directory_ = active_directory_ || each == kActiveDirectory;
      }
    }
    for (const Attribute& each : kAttributes) {
      if (same_word(name, each.name)) {
        global_catalog_ = global_catalog_ || (same_word(each.name, "isGlobalCatalogReady") &&
                                              !values.empty() && same_word(values.front(), "TRUE"));
        fact(each.fact, join(values, "; "));
      }
    }
  }

  void conclude() {
    const char* kind = global_catalog_     ? "an Active Directory global catalog"
                       : active_directory_ ? "Active Directory"
                                           : "an LDAP directory";
    finding_.said = result_ == 0 ? kind : fmt::format("{}: result code {}", kind, result_);
    switch (directory_) {
      case Directory::any:
        finding_.speaks = true;
        break;
      case Directory::global_catalog:
        finding_.speaks = global_catalog_;
        finding_.said += global_catalog_ ? "" : ", and no global catalog";
        break;
      case Directory::exchange:
        finding_.speaks = !active_directory_;
        finding_.said += active_directory_ ? ", and no directory of Exchange's own" : "";
        break;
    }
  }

  std::uint32_t id_;
  Directory directory_;
  Bytes held_;
  bool ended_ = false;
  std::int64_t result_ = 0;
  bool active_directory_ = false;
  bool global_catalog_ = false;
};

}  // namespace

TalkPointer make_ldap(const Context& context, Directory directory) {
  return std::make_unique<Ldap>(context.nonce, directory);
}

}  // namespace pinhole::probe
