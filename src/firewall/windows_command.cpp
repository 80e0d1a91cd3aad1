// SPDX-License-Identifier: Apache-2.0
#include "firewall/windows_command.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "firewall/value_lists.hpp"

namespace pinhole::firewall {
namespace {

using Kind = WindowsCommand::Kind;
using Words = std::vector<std::string>;

/// The words before a redirection or another command, quotes taken away, `%%` as batch files mean
/// it. `rest` is what stands behind.
Words words_of(std::string_view line, std::string_view& rest) {
  Words words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  const auto end_word = [&] {
    if (begun) {
      words.push_back(std::exchange(word, {}));
    }
    begun = false;
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && (c == ' ' || c == '\t')) {
      end_word();
    } else if (!quoted && (c == '|' || c == '&' || c == '>')) {
      // `2>nul` names a stream before the mark.
      begun = begun && !(c == '>' && (word == "1" || word == "2"));
      end_word();
      rest = line.substr(i);
      return words;
    } else {
      i += c == '%' && line.substr(i, 2) == "%%" ? 1 : 0;
      word += c;
      begun = true;
    }
  }
  end_word();
  rest = {};
  return words;
}

bool contains_word(std::string_view text, std::string_view wanted) {
  return std::ranges::search(text, wanted, [](char a, char b) {
           return same_word({&a, 1}, {&b, 1});
         }).begin() != text.end();
}

bool is_harmless(std::string_view word) {
  static constexpr std::array<std::string_view, 10> kWords = {
      "rem", "echo", "echo.", "set", "setlocal", "endlocal", "exit", "pause", "title", "cls"};
  return word.starts_with("::") ||
         std::ranges::any_of(kWords, [&](std::string_view each) { return same_word(each, word); });
}

/// The value of `key=value`; false for a key that is not known.
bool take_option(WindowsRule& rule, std::string_view key, const std::string& value) {
  const auto is = [&](std::string_view name) { return same_word(key, name); };
  const auto condition = [&](std::string_view harmless) {
    if (!same_word(value, "any") && !same_word(value, harmless)) {
      rule.conditions.push_back(std::string(key) + "=" + value);
    }
  };
  if (is("name")) {
    rule.name = value;
  } else if (is("enable")) {
    rule.enabled = !same_word(value, "no");
  } else if (is("profile")) {
    rule.profiles = windows_list(value);
  } else if (is("localip")) {
    rule.local_addresses = windows_list(value);
  } else if (is("remoteip")) {
    rule.remote_addresses = windows_list(value);
  } else if (is("localport")) {
    rule.local_ports = windows_list(value);
  } else if (is("remoteport")) {
    rule.remote_ports = windows_list(value);
  } else if (is("protocol")) {
    const std::size_t colon = value.find(':');
    rule.protocol = value.substr(0, colon);
    if (colon != std::string::npos) {
      rule.icmp = {value.substr(colon + 1)};
    }
  } else if (is("security")) {
    condition("notrequired");
  } else if (is("program") || is("service") || is("interfacetype") || is("rmtcomputergrp") ||
             is("rmtusrgrp")) {
    condition("any");
  } else {
    // Whether packets may come through a tunnel is no matter of the packet.
    return is("description") || is("edge");
  }
  return true;
}

WindowsCommand add_rule(const Words& words, std::size_t at) {
  WindowsCommand command;
  command.kind = Kind::add_rule;
  WindowsRule& rule = command.rule;
  bool direction = false;
  bool action = false;
  for (; at < words.size(); ++at) {
    const std::string& word = words[at];
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view key = std::string_view(word).substr(0, equals);
    const std::string value = equals < word.size() ? word.substr(equals + 1) : std::string();
    if (same_word(key, "dir")) {
      direction = same_word(value, "in") || same_word(value, "out");
      rule.inbound = same_word(value, "in");
    } else if (same_word(key, "action")) {
      action = !value.empty();
      rule.action = value;
    } else if (!take_option(rule, key, value)) {
      rule.conditions.push_back(word);
    }
  }
  // netsh refuses such a command; what its writer meant is not known.
  command.kind = direction && action && !rule.name.empty() ? Kind::add_rule : Kind::unknown;
  return command;
}

WindowsCommand delete_rules(const Words& words, std::size_t at) {
  WindowsCommand command;
  const bool by_name =
      at + 1 == words.size() && words[at].size() > 5 && same_word(words[at].substr(0, 5), "name=");
  command.kind = by_name ? Kind::delete_rules : Kind::unknown;
  command.name = by_name ? words[at].substr(5) : std::string();
  return command;
}

/// `set allprofiles state on`, `set domainprofile firewallpolicy blockinbound,allowoutbound`
WindowsCommand set_profiles(const Words& words, std::size_t at) {
  WindowsCommand command;
  command.kind = Kind::unknown;
  if (at + 2 >= words.size()) {
    return command;
  }
  const std::string& which = words[at];
  for (const std::string_view name : {"Domain", "Private", "Public"}) {
    if (same_word(which, "allprofiles") || same_word(which, std::string(name) + "profile")) {
      command.profiles.emplace_back(name);
    }
  }
  const std::string& what = words[at + 1];
  const std::string& value = words[at + 2];
  if (same_word(what, "logging")) {
    command.kind = Kind::harmless;
  } else if (command.profiles.empty()) {
    return command;
  } else if (same_word(what, "firewallpolicy")) {
    command.kind = Kind::set_profiles;
    command.inbound = windows_inbound(value);
  } else if (same_word(what, "state") && (same_word(value, "on") || same_word(value, "off"))) {
    command.kind = Kind::set_profiles;
    command.on = same_word(value, "on");
  }
  return command;
}

WindowsCommand of_netsh(const Words& words, std::size_t at) {
  const auto is = [&](std::size_t i, std::string_view word) {
    return i < words.size() && same_word(words[i], word);
  };
  WindowsCommand command;
  command.kind = Kind::unknown;
  const bool firewall = is(at, "firewall");
  const std::size_t verb = at + (firewall ? 1 : 0);
  if (is(verb, "show") || is(verb, "export") || is(verb, "dump")) {
    command.kind = Kind::harmless;
  } else if (firewall && is(verb, "add") && is(verb + 1, "rule")) {
    command = add_rule(words, verb + 2);
  } else if (firewall && is(verb, "delete") && is(verb + 1, "rule")) {
    command = delete_rules(words, verb + 2);
  } else if (!firewall && is(verb, "set")) {
    command = set_profiles(words, verb + 1);
  }
  return command;
}

}  // namespace

WindowsProfile::Inbound windows_inbound(std::string_view policy) {
  using Inbound = WindowsProfile::Inbound;
  const std::string_view inbound = policy.substr(0, policy.find(','));
  return same_word(inbound, "BlockInbound")         ? Inbound::block
         : same_word(inbound, "BlockInboundAlways") ? Inbound::block_always
         : same_word(inbound, "AllowInbound")       ? Inbound::allow
                                                    : Inbound::unknown;
}

std::optional<WindowsCommand> windows_command(std::string_view line) {
  while (!line.empty() && (line.front() == '@' || line.front() == ' ' || line.front() == '\t')) {
    line.remove_prefix(1);
  }
  std::string_view rest;
  const Words words = words_of(line, rest);
  WindowsCommand command;
  command.kind = Kind::unknown;
  if (words.empty()) {
    return std::nullopt;
  }
  if (is_harmless(words[0]) && !same_word(words[0], "rem") && !contains_word(rest, "netsh")) {
    command.kind = Kind::harmless;
    return command;
  }
  if (same_word(words[0], "rem") || words[0].starts_with("::")) {
    command.kind = Kind::harmless;
    return command;
  }
  const bool netsh = same_word(words[0], "netsh") || same_word(words[0], "netsh.exe");
  const std::size_t at = netsh ? 1 : 0;
  if (at < words.size() && same_word(words[at], "advfirewall")) {
    // What follows on the same line may do anything, but mostly it keeps what failed.
    return contains_word(rest, "netsh") ? command : of_netsh(words, at + 1);
  }
  // A prompt before the command that shows the rules, or another command of netsh.
  const std::size_t shown = line.find("netsh advfirewall");
  if (shown != std::string_view::npos && contains_word(line.substr(shown), " show ")) {
    command.kind = Kind::harmless;
    return command;
  }
  return contains_word(line, "netsh") ? std::optional(command) : std::nullopt;
}

}  // namespace pinhole::firewall
