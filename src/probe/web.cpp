// SPDX-License-Identifier: Apache-2.0
#include "probe/web.hpp"

#include <fmt/format.h>

#include "base/address.hpp"
#include "probe/lines.hpp"

namespace pinhole::probe {
namespace {

struct Header {
  int status = 0;
  std::string reason;
  std::string server;
  std::string location;
  std::string rvp_version;
  std::vector<std::string> schemes;  // of WWW-Authenticate
};

/// Status line and headers, as they come line by line.
class HeaderReader {
 public:
  enum class State : std::uint8_t { status, fields, whole, broken };

  State take(std::string_view line) {
    if (state_ == State::status) {
      state_ = take_status(line) ? State::fields : State::broken;
    } else if (state_ == State::fields && line.empty()) {
      state_ = State::whole;
    } else if (state_ == State::fields) {
      take_field(line);
    }
    return state_;
  }

  [[nodiscard]] const Header& header() const { return header_; }

 private:
  bool take_status(std::string_view line) {
    if (!line.starts_with("HTTP/1.") || line.size() < 12) {
      return false;
    }
    const auto code = parse_decimal(line.substr(9, 3), 100, 599);
    header_.status = static_cast<int>(code.value_or(0));
    header_.reason = trimmed(line.substr(9));
    return code.has_value();
  }

  void take_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string value(trimmed(line.substr(colon + 1)));
    if (same_word(name, "Server")) {
      header_.server = value;
    } else if (same_word(name, "Location")) {
      header_.location = value;
    } else if (same_word(name, "RVP-Notifications-Version")) {
      header_.rvp_version = value;
    } else if (same_word(name, "WWW-Authenticate") && !value.empty()) {
      header_.schemes.emplace_back(words_of(value).front());
    }
  }

  State state_ = State::status;
  Header header_;
};

/// `401 Unauthorized (Negotiate, NTLM)`, `302 Found to https://mail/owa/`
std::string status_of(const Header& header) {
  std::string text = header.reason;
  if (!header.schemes.empty()) {
    text += fmt::format(" ({})", join(header.schemes, ", "));
  }
  return header.location.empty() ? text : fmt::format("{} to {}", text, header.location);
}

std::string host_field(const std::string& host) {
  return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

struct Page {
  const char* fact;
  const char* path;
};

// The first decides whether this is HTTP at all.
constexpr Page kPages[] = {
    {"front-page", "/"},
    {"owa-2000", "/exchange/"},  // Exchange 5.5 to 2003
    {"owa", "/owa/"},            // from Exchange 2007
    {"rpc-proxy", "/rpc/rpcproxy.dll"},
    {"autodiscover", "/autodiscover/autodiscover.xml"},
};

class Http : public Talk {
 public:
  explicit Http(std::string host) : host_(std::move(host)) {}

  Step start() override {
    lines_ = {};
    reader_ = {};
    return send(
        fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: pinhole\r\nAccept: */*\r\n"
                    "Connection: close\r\n\r\n",
                    kPages[page_].path, host_field(host_)));
  }

  Step on_bytes(ByteView in) override {
    lines_.feed(in);
    while (const auto line = lines_.next()) {
      const auto state = reader_.take(*line);
      if (state == HeaderReader::State::whole) {
        return on_page();
      }
      if (state == HeaderReader::State::broken) {
        return done();
      }
    }
    return {};
  }

 private:
  Step on_page() {
    const Header& header = reader_.header();
    if (page_ == 0) {
      finding_.speaks = true;
      finding_.said = header.server.empty() ? header.reason : header.server;
    }
    fact(kPages[page_].fact, status_of(header));
    ++page_;
    return page_ < std::size(kPages) ? Step{{}, Step::Then::reconnect} : done();
  }

  std::string host_;
  std::size_t page_ = 0;
  Lines lines_;
  HeaderReader reader_;
};

class Rvp : public LineTalk {
 public:
  explicit Rvp(std::string host) : host_(std::move(host)) {}

  Step start() override {
    return send(
        fmt::format("PROPFIND /instmsg/aliases/ HTTP/1.1\r\nHost: {}\r\nUser-Agent: pinhole\r\n"
                    "RVP-Notifications-Version: 0.2\r\nDepth: 0\r\nContent-Length: 0\r\n"
                    "Connection: close\r\n\r\n",
                    host_field(host_)));
  }

 protected:
  Step on_line(std::string_view line) override {
    const auto state = reader_.take(line);
    if (state == HeaderReader::State::broken) {
      return done();
    }
    if (state != HeaderReader::State::whole) {
      return {};
    }
    const Header& header = reader_.header();
    finding_.speaks = !header.rvp_version.empty();
    finding_.said = finding_.speaks
                        ? fmt::format("RVP {}: {}", header.rvp_version, status_of(header))
                        : fmt::format("HTTP without RVP: {}", status_of(header));
    if (!header.server.empty()) {
      fact("server", header.server);
    }
    return done();
  }

 private:
  std::string host_;
  HeaderReader reader_;
};

}  // namespace

TalkPointer make_http(const Context& context) {
  return std::make_unique<Http>(context.host);
}

TalkPointer make_rvp(const Context& context) {
  return std::make_unique<Rvp>(context.host);
}

}  // namespace pinhole::probe
