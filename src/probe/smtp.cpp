// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "probe/lines.hpp"
#include "probe/mail.hpp"

namespace pinhole::probe {
namespace {

constexpr std::string_view kQuit = "QUIT\r\n";
// RFC 2606: a name that nobody has.
constexpr std::string_view kOurName = "probe.invalid";

class Smtp : public LineTalk {
 public:
  explicit Smtp(bool tls) : tls_(tls) {}

 protected:
  Step on_line(std::string_view line) override {
    const auto code = reply_code(line);
    if (!code) {
      return done();
    }
    if (state_ != State::greeting) {
      extensions_.emplace_back(reply_text(line));
    } else if (finding_.said.empty()) {
      finding_.said = reply_text(line);
    }
    return has_more(line) ? Step{} : on_reply(*code);
  }

 private:
  enum class State : std::uint8_t { greeting, ehlo, helo, starttls };

  Step on_reply(int code) {
    switch (state_) {
      case State::greeting:
        return on_greeting(code);
      case State::ehlo:
        return on_ehlo(code);
      case State::helo:
        finding_.speaks = code == 250;
        fact("extensions", "none: EHLO is refused");
        return done(kQuit);
      case State::starttls:
        fact("starttls",
             code == 220 ? "offered" : fmt::format("offered, and refused with {}", code));
        return code == 220 ? Step{{}, Step::Then::start_tls} : done(kQuit);
    }
    return done();
  }

  /// An FTP server greets with 220 as well: only the answer to EHLO or HELO decides.
  Step on_greeting(int code) {
    if (code != 220) {
      finding_.speaks = code == 554 || contains_word(finding_.said, "smtp");
      fact("greeting", std::to_string(code));
      return done(kQuit);
    }
    state_ = State::ehlo;
    return send(fmt::format("EHLO {}\r\n", kOurName));
  }

  Step on_ehlo(int code) {
    if (code != 250) {
      extensions_.clear();
      state_ = State::helo;
      return send(fmt::format("HELO {}\r\n", kOurName));
    }
    finding_.speaks = true;
    if (!extensions_.empty()) {
      extensions_.erase(extensions_.begin());  // the server's name and what it says to ours
    }
    fact("extensions", join(extensions_, ", "));
    fact("x-link2state", offers("X-LINK2STATE") ? "offered" : "not offered");
    if (tls_) {
      return done(kQuit);
    }
    if (!offers("STARTTLS")) {
      fact("starttls", "not offered");
      return done(kQuit);
    }
    state_ = State::starttls;
    return send("STARTTLS\r\n");
  }

  [[nodiscard]] bool offers(std::string_view name) const {
    for (const std::string& each : extensions_) {
      const auto words = words_of(each);
      if (!words.empty() && same_word(words.front(), name)) {
        return true;
      }
    }
    return false;
  }

  bool tls_;
  State state_ = State::greeting;
  std::vector<std::string> extensions_;
};

}  // namespace

TalkPointer make_smtp(const Context& context) {
  return std::make_unique<Smtp>(context.tls);
}

}  // namespace pinhole::probe
