// SPDX-License-Identifier: Apache-2.0
// POP3 and IMAP4: who reads mail.
#include <algorithm>

#include "probe/lines.hpp"
#include "probe/mail.hpp"

namespace pinhole::probe {
namespace {

bool contains(const std::vector<std::string>& words, std::string_view wanted) {
  return std::ranges::any_of(words,
                             [&](const std::string& word) { return same_word(word, wanted); });
}

class Pop3 : public LineTalk {
 public:
  explicit Pop3(bool tls) : tls_(tls) {}

 protected:
  Step on_line(std::string_view line) override {
    switch (state_) {
      case State::greeting:
        return on_greeting(line);
      case State::capa:
        return on_capa(line);
      case State::list:
        return on_list(line);
      case State::stls:
        fact("stls", line.starts_with("+OK") ? "offered" : "offered, and refused");
        return line.starts_with("+OK") ? Step{{}, Step::Then::start_tls} : done(kQuit);
    }
    return done();
  }

 private:
  enum class State : std::uint8_t { greeting, capa, list, stls };
  static constexpr std::string_view kQuit = "QUIT\r\n";

  Step on_greeting(std::string_view line) {
    finding_.speaks = line.starts_with("+OK") || line.starts_with("-ERR");
    if (finding_.speaks) {
      finding_.said = trimmed(line);
    }
    if (!line.starts_with("+OK")) {
      return done();
    }
    state_ = State::capa;
    return send("CAPA\r\n");
  }

  /// A server older than RFC 2449 has no CAPA, but may have STLS (RFC 2595).
  Step on_capa(std::string_view line) {
    if (line.starts_with("+OK")) {
      state_ = State::list;
      return {};
    }
    fact("capabilities", "none: CAPA is refused");
    return ask_tls();
  }

  Step on_list(std::string_view line) {
    if (line != ".") {
      capabilities_.emplace_back(trimmed(line));
      return {};
    }
    fact("capabilities", join(capabilities_, ", "));
    if (!contains(capabilities_, "STLS")) {
      if (!tls_) {
        fact("stls", "not offered");
      }
      return done(kQuit);
    }
    return ask_tls();
  }

  Step ask_tls() {
    if (tls_) {
      return done(kQuit);
    }
    state_ = State::stls;
    return send("STLS\r\n");
  }

  bool tls_;
  State state_ = State::greeting;
  std::vector<std::string> capabilities_;
};

class Imap4 : public LineTalk {
 public:
  explicit Imap4(bool tls) : tls_(tls) {}

 protected:
  Step on_line(std::string_view line) override {
    if (state_ == State::greeting) {
      return on_greeting(line);
    }
    if (starts_with_word(line, "* CAPABILITY ")) {
      for (const std::string_view word : words_of(line.substr(13))) {
        capabilities_.emplace_back(word);
      }
      return {};
    }
    if (starts_with_word(line, "p1 ")) {
      return on_capabilities(line);
    }
    if (starts_with_word(line, "p2 ")) {
      const bool accepted = starts_with_word(line, "p2 OK");
      fact("starttls", accepted ? "offered" : "offered, and refused");
      return accepted ? Step{{}, Step::Then::start_tls} : done(kLogout);
    }
    return line.starts_with("* ") ? Step{} : done();
  }

 private:
  enum class State : std::uint8_t { greeting, asked };
  static constexpr std::string_view kLogout = "p9 LOGOUT\r\n";

  Step on_greeting(std::string_view line) {
    const bool open = starts_with_word(line, "* OK") || starts_with_word(line, "* PREAUTH");
    finding_.speaks = open || starts_with_word(line, "* BYE");
    if (finding_.speaks) {
      finding_.said = trimmed(line.substr(2));
    }
    if (!open) {
      return done();
    }
    state_ = State::asked;
    return send("p1 CAPABILITY\r\n");
  }

  Step on_capabilities(std::string_view line) {
    if (!starts_with_word(line, "p1 OK")) {
      fact("capabilities", "none: CAPABILITY is refused");
      return done(kLogout);
    }
    fact("capabilities", join(capabilities_, ", "));
    if (tls_) {
      return done(kLogout);
    }
    if (!contains(capabilities_, "STARTTLS")) {
      fact("starttls", "not offered");
      return done(kLogout);
    }
    return send("p2 STARTTLS\r\n");
  }

  bool tls_;
  State state_ = State::greeting;
  std::vector<std::string> capabilities_;
};

}  // namespace

TalkPointer make_pop3(const Context& context) {
  return std::make_unique<Pop3>(context.tls);
}

TalkPointer make_imap4(const Context& context) {
  return std::make_unique<Imap4>(context.tls);
}

}  // namespace pinhole::probe
