// SPDX-License-Identifier: Apache-2.0
#include "snapshot/netstat.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "snapshot/text.hpp"

namespace pinhole::snapshot {
namespace {

// A socket takes ten times its line in memory.
constexpr std::size_t kMaxListing = std::size_t{16} << 20U;

constexpr std::string_view kNoBreakSpace = "\xc2\xa0";

// Windows' words, the first of each state being the one that is printed; then the German words,
// which stand in listings of the sites that these servers were most at home in.
constexpr auto kStates = std::to_array<std::pair<std::string_view, SocketState>>({
    {"LISTENING", SocketState::listening},
    {"SYN_SENT", SocketState::syn_sent},
    {"SYN_RECEIVED", SocketState::syn_received},
    {"ESTABLISHED", SocketState::established},
    {"FIN_WAIT_1", SocketState::fin_wait_1},
    {"FIN_WAIT_2", SocketState::fin_wait_2},
    {"CLOSE_WAIT", SocketState::close_wait},
    {"CLOSING", SocketState::closing},
    {"LAST_ACK", SocketState::last_ack},
    {"TIME_WAIT", SocketState::time_wait},
    {"CLOSED", SocketState::closed},
    {"DELETE_TCB", SocketState::delete_tcb},
    {"BOUND", SocketState::bound},
    {"HERGESTELLT", SocketState::established},
    {"WARTEND", SocketState::time_wait},
    {"SCHLIESSEN_WARTEN", SocketState::close_wait},
});

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The words of a line; no more than a line of sockets has use for.
std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string_view> words;
  while (words.size() < kMost) {
    line = trimmed(line);
    if (line.empty()) {
      break;
    }
    const std::size_t end = std::min(line.find_first_of(" \t\v\f"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

/// `10.0.0.5:135`, `[fe80::1%11]:135`.
std::optional<SocketEnd> parse_end(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const auto port = parse_decimal(text.substr(colon + 1), 0, 65535);
  std::string_view host = text.substr(0, colon);
  SocketEnd end;
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
    const std::size_t percent = std::min(host.find('%'), host.size());
    end.zone = host.substr(std::min(percent + 1, host.size()));
    host = host.substr(0, percent);
  }
  const auto address = parse_address(host);
  if (!port || !address || address->is_v4() == bracketed) {
    return std::nullopt;
  }
  end.address = *address;
  end.port = static_cast<std::uint16_t>(*port);
  return end;
}

class Reader {
 public:
  explicit Reader(std::string_view name) : mistakes_(name) {}

  Checked<std::vector<NetstatSocket>> read(std::string_view text) {
    for (Lines lines(text); lines.next();) {
      number_ = lines.number();
      // Through web pages and mail spaces become no-break spaces.
      std::string plain;
      std::string_view line = lines.line();
      if (line.find(kNoBreakSpace) != std::string_view::npos) {
        line = plain = without_no_break(line);
      }
      if (starts_socket(line)) {
        owned_ = read_socket(words_of(line));
      } else if (owned_) {
        read_owner(trimmed(line));
      }
    }
    if (sockets_.empty() && mistakes_.empty()) {
      mistakes_.add("netstat-empty", 0, "no socket in the listing",
                    "give the output of netstat -ano, or of netstat -ban, on Windows");
    }
    if (!mistakes_.empty()) {
      return tl::unexpected(mistakes_.take());
    }
    return std::move(sockets_);
  }

 private:
  static std::string without_no_break(std::string_view line) {
    std::string out;
    while (!line.empty()) {
      const bool space = line.starts_with(kNoBreakSpace);
      out += space ? ' ' : line.front();
      line.remove_prefix(space ? kNoBreakSpace.size() : 1);
    }
    return out;
  }

  bool fault(std::string message) {
    mistakes_.add("netstat-socket", number_, std::move(message),
                  "give the output of netstat with -n, unchanged: netstat -ano");
    return false;
  }

  bool read_socket(const std::vector<std::string_view>& words) {
    NetstatSocket socket;
    socket.udp = words[0] == "UDP";
    socket.line = number_;
    if (words.size() < 3 || words[1].find(':') == std::string_view::npos) {
      return fault(fmt::format("{} without its two addresses", words[0]));
    }
    const auto local = parse_end(words[1]);
    const auto peer = parse_end(words[2]);
    if (!local || (!peer && words[2] != "*:*")) {
      return fault(fmt::format("{} is not an address and a port in numbers",
                               excerpt(local ? words[2] : words[1])));
    }
    socket.local = *local;
    if (peer && (peer->port != 0 || !peer->address.is_unspecified())) {
      socket.peer = *peer;
    }
    if (!read_state(words, socket)) {
      return false;
    }
    sockets_.push_back(std::move(socket));
    return true;
  }

  /// What follows the addresses: a word for the state, the process id, and what -t and -y add.
  bool read_state(const std::vector<std::string_view>& words, NetstatSocket& socket) {
    std::string_view word;
    for (const std::string_view each : words) {
      if (each.data() <= words[2].data()) {
        continue;
      }
      if (is_digits(each) && !socket.pid) {
        const auto pid = parse_decimal(each, 0, 0xffffffff);
        if (!pid) {
          return fault(fmt::format("{} is no process id", excerpt(each)));
        }
        socket.pid = static_cast<std::uint32_t>(*pid);
      } else if (word.empty()) {
        word = each;
      }
    }
    if (socket.udp) {
      return true;
    }
    const auto* known =
        std::ranges::find(kStates, word, &std::pair<std::string_view, SocketState>::first);
    socket.state = known != kStates.end() ? known->second
                   : socket.peer          ? SocketState::other
                                          : SocketState::listening;
    return true;
  }

  /// Below a socket: modules or a service, then the process in brackets; or a sentence that says
  /// why there is none.
  void read_owner(std::string_view line) {
    constexpr std::size_t kMostComponents = 64;
    NetstatSocket& socket = sockets_.back();
    if (line.starts_with('[') && line.ends_with(']') && line.size() > 2) {
      socket.process = line.substr(1, line.size() - 2);
      owned_ = false;
    } else if (!line.empty() && line.find_first_of(" \t<>") == std::string_view::npos &&
               socket.components.size() < kMostComponents) {
      socket.components.emplace_back(line);
    }
  }

  std::uint32_t number_ = 0;
  bool owned_ = false;  // the next lines may name who holds the last socket
  std::vector<NetstatSocket> sockets_;
  Mistakes mistakes_;
};

}  // namespace

std::string_view to_string(SocketState state) {
  const auto* known =
      std::ranges::find(kStates, state, &std::pair<std::string_view, SocketState>::second);
  return known != kStates.end() ? known->first : state == SocketState::none ? "-" : "?";
}

std::ostream& operator<<(std::ostream& out, const NetstatSocket& socket) {
  const auto print = [&out](const SocketEnd& end) {
    out << ' ' << end.address << (end.zone.empty() ? "" : "%") << end.zone << ' ' << end.port;
  };
  out << socket.line << (socket.udp ? ": UDP" : ": TCP");
  print(socket.local);
  if (socket.peer) {
    print(*socket.peer);
  }
  out << ' ' << to_string(socket.state);
  if (socket.pid) {
    out << ' ' << *socket.pid;
  }
  for (const std::string& component : socket.components) {
    out << ' ' << component;
  }
  return out << " [" << socket.process << ']';
}

bool starts_socket(std::string_view line) {
  line = trimmed(line);
  return (line.starts_with("TCP") || line.starts_with("UDP")) && line.size() > 3 &&
         (line[3] == ' ' || line[3] == '\t');
}

Checked<std::vector<NetstatSocket>> read_netstat(std::string_view text, std::string_view name) {
  const auto utf8 = utf8_text(text, name, kMaxListing);
  if (!utf8) {
    return tl::unexpected(utf8.error());
  }
  return Reader(name).read(*utf8);
}

}  // namespace pinhole::snapshot
