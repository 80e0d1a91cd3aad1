// SPDX-License-Identifier: Apache-2.0
#include "snapshot/rpcdump.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "snapshot/text.hpp"

namespace pinhole::snapshot {
namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::string_view kNoBreakSpace = "\xc2\xa0";

// Every protocol sequence with the words that the tool puts behind it.
constexpr auto kHeaders = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"ncacn_ip_tcp", "Connection-oriented TCP/IP"},
    {"ncacn_http",
     "Connection-oriented TCP/IP using Microsoft Internet Information Server as HTTP proxy."},
    {"ncacn_np", "Connection-oriented named pipes"},
    {"ncacn_nb_tcp", "Connection-oriented NetBIOS over TCP"},
    {"ncacn_nb_nb", "Connection-oriented NetBEUI"},
    {"ncacn_nb_ipx", "Connection-oriented NetBIOS over IPX"},
    {"ncacn_spx", "Connection-oriented SPX"},
    {"ncacn_dnet_nsp", "Connection-oriented DECnet"},
    {"ncacn_at_dsp", "Connection-oriented AppleTalk"},
    {"ncacn_vns_spp", "Connection-oriented Vines SPP"},
    {"ncadg_ip_udp", "Datagram (connectionless) UDP/IP"},
    {"ncadg_ipx", "Datagram (connectionless) IPX"},
    {"ncadg_mq", "Datagram (connectionless) over the Microsoft Message Queue Server"},
    {"ncalrpc", "Local Rpc"},
});

// Controls count as spaces: an entry must read the same before and after it is folded.
bool is_space(char c) {
  return (c >= '\0' && c <= ' ') || c == '\x7f';
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// One space for each run of spaces, none at the ends. Square brackets belong to the form: within a
// field they become round ones.
std::string folded(std::string_view text) {
  std::string out;
  bool space = false;
  while (!text.empty()) {
    const bool wide = text.starts_with(kNoBreakSpace);
    const char c = text.front();
    if (wide || is_space(c)) {
      space = true;
    } else {
      if (space && !out.empty()) {
        out += ' ';
      }
      out += c == '[' ? '(' : c == ']' ? ')' : c;
      space = false;
    }
    text.remove_prefix(wide ? kNoBreakSpace.size() : 1);
  }
  return out;
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Checked<std::vector<RpcdumpEntry>> read() {
    if (text_.starts_with("\xef\xbb\xbf")) {
      at_ = 3;
    }
    for (skip_space(); at_ < text_.size(); skip_space()) {
      if (!(text_[at_] == '[' ? read_entry() : read_header())) {
        recover();
      }
    }
    if (entries_.empty() && faults_.empty()) {
      fault("rpcdump-empty", 0, "no entry in the listing");
    }
    if (!faults_.empty()) {
      return tl::unexpected(std::move(faults_));
    }
    return std::move(entries_);
  }

 private:
  bool fault(std::string id, std::size_t offset, std::string message) {
    // The list of faults is bounded: after that many, one more says nothing new.
    constexpr std::size_t kFaultsMost = 20;
    if (faults_.size() < kFaultsMost) {
      faults_.push_back({.id = std::move(id),
                         .place = {.name = std::string(name_), .offset = offset},
                         .message = std::move(message),
                         .remedy = "give the output of rpcdump /i"});
    }
    return false;
  }

  void skip_space() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (text_.substr(at_).starts_with(kNoBreakSpace)) {
        at_ += kNoBreakSpace.size();
      } else {
        return;
      }
    }
  }

  // Onwards from the next bracket or line: one broken entry must not hide the faults behind it.
  void recover() {
    const std::size_t next = text_.find_first_of("[\n", at_ < text_.size() ? at_ + 1 : at_);
    at_ = next == std::string_view::npos ? text_.size() : next;
  }

  bool read_header() {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) {
      ++end;
    }
    const std::string_view sequence = text_.substr(at_, end - at_);
    if (!sequence.starts_with("ncacn_") && !sequence.starts_with("ncadg_") &&
        sequence != "ncalrpc") {
      return fault("rpcdump-header", at_, "neither an entry nor a protocol sequence");
    }
    if (end < text_.size() && text_[end] == '(') {
      const std::size_t close = closing_parenthesis(end);
      if (close == std::string_view::npos) {
        return fault("rpcdump-header", end, "a header without its closing parenthesis");
      }
      end = close + 1;
    }
    sequence_ = sequence;
    at_ = end;
    return true;
  }

  [[nodiscard]] std::size_t closing_parenthesis(std::size_t open) const {
    std::size_t depth = 0;
    for (std::size_t i = open; i < text_.size() && text_[i] != '\n' && text_[i] != '['; ++i) {
      depth += text_[i] == '(' ? 1U : 0U;
      depth -= text_[i] == ')' ? 1U : 0U;
      if (depth == 0) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  // `[`, up to `]` on the same line: its inside, and at_ behind it.
  std::optional<std::string_view> bracketed() {
    if (at_ >= text_.size() || text_[at_] != '[') {
      return std::nullopt;
    }
    const std::size_t end = text_.find_first_of("]\n[", at_ + 1);
    if (end == std::string_view::npos || text_[end] != ']') {
      return std::nullopt;
    }
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }

  // True where `[`endpoint`]` and `[`uuid`]` follow: what ends an annotation without YES or NO.
  [[nodiscard]] bool entry_starts(std::size_t at) const {
    Reader probe(text_, name_);
    probe.at_ = at;
    if (!probe.bracketed()) {
      return false;
    }
    probe.skip_space();
    const auto uuid = probe.bracketed();
    return uuid && uuid->size() == kUuidLength && parse_uuid(*uuid);
  }

  // Entries are met in ascending order.
  std::uint32_t line_at(std::size_t offset) {
    const auto from = text_.begin() + static_cast<std::ptrdiff_t>(counted_);
    const auto to = text_.begin() + static_cast<std::ptrdiff_t>(offset);
    line_ += static_cast<std::uint32_t>(std::count(from, to, '\n'));
    counted_ = offset;
    return line_;
  }

  bool read_entry() {
    const std::size_t start = at_;
    const auto endpoint = bracketed();
    if (!endpoint) {
      return fault("rpcdump-endpoint", start, "an endpoint without its closing bracket");
    }
    skip_space();
    const std::size_t uuid_at = at_;
    const auto uuid_text = bracketed();
    const auto uuid = uuid_text ? parse_uuid(*uuid_text) : std::nullopt;
    if (!uuid) {
      return fault("rpcdump-uuid", uuid_at, "no interface UUID in brackets after the endpoint");
    }
    if (sequence_.empty()) {
      return fault("rpcdump-sequence", start, "an entry before any protocol sequence");
    }
    RpcdumpEntry entry{std::string(sequence_), folded(*endpoint), *uuid, {},
                       std::nullopt,           line_at(start)};
    read_tail(entry);
    entries_.push_back(std::move(entry));
    return true;
  }

  // An annotation may hold a colon, brackets, even `:NO`: its end is the last `:YES` or `:NO`
  // that an entry, a header, a line end or the end of the text follows.
  void read_tail(RpcdumpEntry& entry) {
    const std::size_t start = at_;
    for (; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      if (text_[at_] == '[' && entry_starts(at_)) {
        break;
      }
      if (text_[at_] != ':') {
        continue;
      }
      const std::string_view rest = text_.substr(at_ + 1);
      const std::size_t length = rest.starts_with("YES") ? 3 : rest.starts_with("NO") ? 2 : 0;
      if (length != 0 && ends_entry(at_ + 1 + length)) {
        entry.annotation = folded(text_.substr(start, at_ - start));
        entry.alive = length == 3;
        at_ += 1 + length;
        return;
      }
    }
    entry.annotation = folded(text_.substr(start, at_ - start));
  }

  [[nodiscard]] bool ends_entry(std::size_t at) const {
    while (at < text_.size() && text_[at] != '\n') {
      const std::string_view rest = text_.substr(at);
      if (rest.starts_with(kNoBreakSpace)) {
        at += kNoBreakSpace.size();
      } else if (is_space(text_[at])) {
        ++at;
      } else {
        return entry_starts(at) || rest.starts_with("ncacn_") || rest.starts_with("ncadg_") ||
               rest.starts_with("ncalrpc");
      }
    }
    return true;
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  std::uint32_t line_ = 1;
  std::string_view sequence_;
  std::vector<RpcdumpEntry> entries_;
  Diagnostics faults_;
};

std::string header_of(std::string_view sequence) {
  for (const auto& [known, words] : kHeaders) {
    if (known == sequence) {
      return fmt::format("{}({})\n", known, words);
    }
  }
  return fmt::format("{}\n", sequence);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const RpcdumpEntry& entry) {
  out << entry.protocol_sequence << '[' << entry.endpoint << "] [" << entry.interface << "] "
      << entry.annotation;
  if (entry.alive) {
    out << (*entry.alive ? " :YES" : " :NO");
  }
  return out;
}

Checked<std::vector<RpcdumpEntry>> read_rpcdump(std::string_view text, std::string_view name) {
  if (!text.starts_with("\xff\xfe")) {
    return Reader(text, name).read();
  }
  const auto utf8 = utf8_text(text, name);
  if (!utf8) {
    return tl::unexpected(utf8.error());
  }
  return Reader(*utf8, name).read();
}

std::string write_rpcdump(const std::vector<RpcdumpEntry>& entries) {
  std::string out;
  std::string_view sequence;
  for (const RpcdumpEntry& entry : entries) {
    if (entry.protocol_sequence != sequence) {
      sequence = entry.protocol_sequence;
      out += header_of(sequence);
    }
    out += fmt::format("[{}] [{}] {}", folded(entry.endpoint), to_string(entry.interface),
                       folded(entry.annotation));
    if (entry.alive) {
      out += *entry.alive ? " :YES" : " :NO";
    }
    out += '\n';
  }
  return out;
}

}  // namespace pinhole::snapshot
