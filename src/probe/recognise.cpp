// SPDX-License-Identifier: Apache-2.0
#include "probe/recognise.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "probe/lines.hpp"

namespace pinhole::probe {
namespace {

constexpr std::size_t kMostQuoted = 120;

struct Sign {
  std::string_view start;
  std::string_view inside;  // somewhere in the first line; empty: no matter
  std::string_view name;
};

// The first that fits: 220 is said by SMTP and by FTP.
constexpr Sign kSigns[] = {
    {"SSH-", "", "SSH"},
    {"HTTP/", "", "HTTP"},
    {"ncacn_http/", "", "RPC over HTTP"},
    {"220", "smtp", "SMTP"},
    {"220", "ftp", "FTP"},
    {"220", "", "SMTP or FTP"},
    {"421", "", "SMTP or FTP"},
    {"554", "", "SMTP"},
    {"200 ", "", "NNTP"},
    {"201 ", "", "NNTP"},
    {"+OK", "", "POP3"},
    {"-ERR", "", "POP3 or Redis"},
    {"* OK", "", "IMAP4"},
    {"* PREAUTH", "", "IMAP4"},
    {"* BYE", "", "IMAP4"},
    {"RFB ", "", "VNC"},
    {"ERROR :", "", "IRC"},
    {"NOTICE ", "", "IRC"},
    {":", " NOTICE ", "IRC"},
    {"{", "NODEINFO", "Exchange link state"},
    {"\xFF\xFD", "", "Telnet"},
    {"\xFF\xFB", "", "Telnet"},
};

struct Octets {
  std::size_t at;
  std::string_view octets;
  std::string_view name;
};

constexpr Octets kOctets[] = {
    {0, std::string_view("\x16\x03", 2), "TLS"},     // handshake
    {0, std::string_view("\x15\x03", 2), "TLS"},     // alert
    {0, std::string_view("\x05\x00", 2), "MS-RPC"},  // version 5.0
    {4, std::string_view("\xFFSMB", 4), "SMB"},
    {4, std::string_view("\xFESMB", 4), "SMB"},
    {0, std::string_view("\x03\x00\x00", 3), "TPKT (X.400, T.120, H.323 or a terminal server)"},
};

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

std::string_view first_line(ByteView first) {
  const std::string_view text = text_of(first);
  return trimmed(text.substr(0, std::min(text.find('\n'), text.size())));
}

}  // namespace

std::string_view recognise(ByteView first) {
  const std::string_view text = text_of(first);
  const std::string_view line = first_line(first);
  for (const Octets& each : kOctets) {
    if (text.size() >= each.at + each.octets.size() &&
        text.substr(each.at, each.octets.size()) == each.octets) {
      return each.name;
    }
  }
  for (const Sign& each : kSigns) {
    if (text.starts_with(each.start) && contains_word(line, each.inside)) {
      return each.name;
    }
  }
  return {};
}

std::string describe_stranger(ByteView first) {
  const std::string_view name = recognise(first);
  const std::string_view line = first_line(first);
  std::string quoted;
  if (!line.empty() && printable(line)) {
    quoted = line.substr(0, kMostQuoted);
  } else if (name.empty()) {
    quoted = fmt::format("octets {}", to_hex(first.first(std::min<std::size_t>(first.size(), 16))));
  }
  if (name.empty() || quoted.empty()) {
    return quoted.empty() ? std::string(name) : quoted;
  }
  return fmt::format("{}: {}", name, quoted);
}

}  // namespace pinhole::probe
