// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "probe/lines.hpp"
#include "probe/mail.hpp"

namespace pinhole::probe {
namespace {

constexpr std::string_view kQuit = "QUIT\r\n";

class Nntp : public LineTalk {
 public:
  explicit Nntp(bool tls) : tls_(tls) {}

 protected:
  Step on_line(std::string_view line) override {
    switch (state_) {
      case State::greeting:
        return on_greeting(line);
      case State::capabilities:
      case State::extensions:
        return on_answer(line);
      case State::list:
        return on_list(line);
      case State::starttls:
        return on_starttls(line);
    }
    return done();
  }

 private:
  enum class State : std::uint8_t { greeting, capabilities, extensions, list, starttls };

  /// RFC 3977 5.1: 200 and 201; 400 and 502 from a server that will not serve now, or us. No other
  /// protocol greets with those two.
  Step on_greeting(std::string_view line) {
    const auto code = reply_code(line);
    if (code == 400 || code == 502) {
      finding_.speaks = true;
      fact("greeting", std::to_string(*code));
    }
    if (code) {
      finding_.said = reply_text(line);
    }
    if (code != 200 && code != 201) {
      return done();
    }
    fact("posting", code == 200 ? "allowed" : "prohibited");
    state_ = State::capabilities;
    return send("CAPABILITIES\r\n");
  }

  /// A server older than RFC 3977 may know LIST EXTENSIONS (RFC 2980's time), or neither.
  Step on_answer(std::string_view line) {
    const auto code = reply_code(line);
    if (code == 101 || code == 202 || code == 215) {
      state_ = State::list;
      return {};
    }
    if (state_ == State::capabilities && code) {
      finding_.speaks = *code == 500 || *code == 480 || *code == 502;
      state_ = State::extensions;
      return send("LIST EXTENSIONS\r\n");
    }
    if (code) {
      fact("capabilities", "none: the server names none");
    }
    return done(kQuit);
  }

  Step on_list(std::string_view line) {
    if (line != ".") {
      capabilities_.emplace_back(trimmed(line));
      return {};
    }
    finding_.speaks = true;
    fact("capabilities", join(capabilities_, ", "));
    if (tls_) {
      return done(kQuit);
    }
    const bool offered = std::ranges::any_of(
        capabilities_, [](const std::string& each) { return starts_with_word(each, "STARTTLS"); });
    if (!offered) {
      fact("starttls", "not offered");
      return done(kQuit);
    }
    state_ = State::starttls;
    return send("STARTTLS\r\n");
  }

  Step on_starttls(std::string_view line) {
    const auto code = reply_code(line);
    fact("starttls",
         code == 382 ? "offered" : fmt::format("offered, and refused with {}", code.value_or(0)));
    return code == 382 ? Step{{}, Step::Then::start_tls} : done(kQuit);
  }

  bool tls_;
  State state_ = State::greeting;
  std::vector<std::string> capabilities_;
};

}  // namespace

TalkPointer make_nntp(const Context& context) {
  return std::make_unique<Nntp>(context.tls);
}

}  // namespace pinhole::probe
