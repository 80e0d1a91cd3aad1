// SPDX-License-Identifier: Apache-2.0
#include "probe/chat.hpp"

#include <fmt/format.h>

#include "base/address.hpp"
#include "probe/lines.hpp"

namespace pinhole::probe {
namespace {

class Irc : public LineTalk {
 public:
  Step start() override { return send("MODE ISIRCX\r\n"); }

  /// Some servers say notices first, and close before they answer.
  void on_end() override { finding_.speaks = finding_.speaks || notices_ > 0; }

 protected:
  Step on_line(std::string_view line) override {
    auto words = words_of(line);
    const bool prefixed = !words.empty() && words.front().starts_with(':');
    if (prefixed) {
      fact_once("server", words.front().substr(1));
      words.erase(words.begin());
    }
    if (words.empty()) {
      return done();
    }
    // A numeric reply always names its sender (RFC 1459 2.4).
    if (const auto number = parse_decimal(words.front(), 1, 999); number && prefixed) {
      return on_numeric(static_cast<int>(*number), line);
    }
    if (same_word(words.front(), "NOTICE") || same_word(words.front(), "PING")) {
      ++notices_;
      keep(line);
      return {};
    }
    if (same_word(words.front(), "ERROR")) {
      finding_.speaks = true;
      keep(line);
    }
    return done();
  }

 private:
  Step on_numeric(int number, std::string_view line) {
    finding_.speaks = true;
    finding_.said.clear();
    keep(line);
    fact("ircx", number == 800 ? "offered" : "not offered");
    if (number == 800) {
      add_ircx(line);
    }
    return done("QUIT\r\n");
  }

  /// `:server 800 * state version mechanisms limit options`
  void add_ircx(std::string_view line) {
    const auto words = words_of(line);
    if (words.size() >= 6) {
      fact("ircx-version", std::string(words[4]));
      fact("ircx-authentication", std::string(words[5]));
    }
  }

  void keep(std::string_view line) {
    if (finding_.said.empty()) {
      finding_.said = trimmed(line);
    }
  }

  void fact_once(const char* name, std::string_view value) {
    if (finding_.facts.empty()) {
      fact(name, std::string(value));
    }
  }

  int notices_ = 0;
};

/// `{0000004c} NODEINFO (5) {38}Version: 6.5.6944.0 Microsoft Routing Server ready`
class LinkState : public LineTalk {
 protected:
  Step on_line(std::string_view line) override {
    const std::size_t version = line.find("Version: ");
    const std::size_t product = line.find(" Microsoft Routing Server");
    finding_.speaks =
        line.starts_with('{') && line.find("} NODEINFO (") != std::string_view::npos &&
        version != std::string_view::npos && product != std::string_view::npos && version < product;
    if (finding_.speaks) {
      finding_.said = line.substr(version);
      fact("version", std::string(line.substr(version + 9, product - version - 9)));
    }
    return done();
  }
};

class Unwritten : public Talk {
 public:
  Step start() override { return {}; }
  Step on_bytes(ByteView /*in*/) override { return done(); }
};

}  // namespace

TalkPointer make_irc(const Context& /*context*/) {
  return std::make_unique<Irc>();
}

TalkPointer make_link_state(const Context& /*context*/) {
  return std::make_unique<LinkState>();
}

TalkPointer make_unwritten(const Context& /*context*/) {
  return std::make_unique<Unwritten>();
}

}  // namespace pinhole::probe
