// SPDX-License-Identifier: Apache-2.0
#include "firewall/windows_read.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "firewall/reading.hpp"
#include "firewall/value_lists.hpp"
#include "firewall/windows_command.hpp"
#include "firewall/windows_rule.hpp"

namespace pinhole::firewall {
namespace {

using Inbound = WindowsProfile::Inbound;

constexpr std::string_view kProfileHead = " Profile Settings:";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// `Domain` of `Domain Profile Settings:`; empty for another line.
std::string_view profile_of(std::string_view line) {
  const std::string_view name =
      line.ends_with(kProfileHead) ? line.substr(0, line.size() - kProfileHead.size()) : "";
  return name == "Domain" || name == "Private" || name == "Public" ? name : "";
}

struct Kept {
  WindowsRule rule;
  bool deleted = false;
};
struct Profile {
  std::uint32_t line = 0;
  bool on = true;
  Inbound inbound = Inbound::block;
};
/// A rule that is being shown.
struct Shown {
  WindowsRule rule;
  std::string key;
  bool direction = false;
  bool action = false;
  bool verbose = false;
};

class Reader {
 public:
  std::vector<Table> read(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      std::string_view line = take_line(text);
      line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
      if (!line.empty()) {
        take(line);
      }
    }
    end_rule();
    if (!found_) {
      throw Stop{"windows-firewall-syntax", std::max(line_, 1U),
                 "no rule, profile or command of the Windows firewall is in this text",
                 "give what `netsh advfirewall firewall show rule name=all verbose` prints in "
                 "English, or `netsh advfirewall firewall add rule` commands"};
    }
    std::erase_if(rules_, [](const Kept& kept) { return kept.deleted; });
    std::vector<WindowsRule> rules;
    rules.reserve(rules_.size());
    for (Kept& kept : rules_) {
      rules.push_back(std::move(kept.rule));
    }
    return windows_tables(rules, profiles());
  }

 private:
  void take(std::string_view line) {
    const std::string_view bare = trimmed(line);
    if (line.starts_with("Rule Name:")) {
      end_rule();
      profile_ = nullptr;
      found_ = true;
      shown_ = std::make_unique<Shown>();
      shown_->rule.line = line_;
      shown_->rule.name = trimmed(line.substr(line.find(':') + 1));
    } else if (!profile_of(bare).empty()) {
      end_rule();
      found_ = true;
      profile_ = &profiles_[std::string(profile_of(bare))];
      profile_->line = line_;
    } else if (bare == "Ok." || bare == "No rules match the specified criteria.") {
      end_rule();
      profile_ = nullptr;
    } else if (bare.find_first_not_of('-') == std::string_view::npos) {
      return;
    } else if (shown_) {
      shown_line(line);
    } else if (profile_ != nullptr && profile_line(bare)) {
      return;
    } else {
      command(bare);
    }
  }

  [[noreturn]] void refuse(std::string message, std::uint32_t line) const {
    throw Stop{"windows-firewall-syntax", line, std::move(message),
               "give the whole text that `netsh` prints, in English"};
  }

  void end_rule() {
    if (!shown_) {
      return;
    }
    if (!shown_->direction || !shown_->action) {
      refuse("the rule " + shown_->rule.name + " has no direction or no action", shown_->rule.line);
    }
    if (!shown_->verbose) {
      shown_->rule.conditions.emplace_back("program, service and interface, not shown");
    }
    keep(std::move(shown_->rule));
    shown_.reset();
  }

  void keep(WindowsRule rule) {
    if (rules_.size() >= kMostRules) {
      throw Stop{"windows-firewall-size", line_, "there are too many rules",
                 "give the rules of one host"};
    }
    by_name_[rule.name].push_back(rules_.size());
    rules_.push_back({std::move(rule), false});
  }

  /// `RemoteIP:                             10.0.0.0/8`, or what such a line goes on with.
  void shown_line(std::string_view line) {
    const bool goes_on = line[0] == ' ' || line[0] == '\t';
    const std::size_t colon = goes_on ? std::string_view::npos : line.find(':');
    if (colon != std::string_view::npos) {
      const std::string_view key = line.substr(0, colon);
      const std::string_view value = trimmed(line.substr(colon + 1));
      if (value_of(key, value)) {
        shown_->key = key;
        return;
      }
      // A description may have several lines.
      if (shown_->key == "Description") {
        return;
      }
      shown_->rule.conditions.push_back(std::string(trimmed(line)));
      shown_->key.clear();
    } else if (shown_->key != "Description") {
      go_on(trimmed(line));
    }
  }

  bool value_of(std::string_view key, std::string_view value) {
    WindowsRule& rule = shown_->rule;
    const auto add = [&](std::vector<std::string>& list) { list = windows_list(value); };
    const auto condition = [&](std::string_view harmless) {
      if (!value.empty() && !same_word(value, "Any") && !same_word(value, harmless)) {
        rule.conditions.push_back(std::string(key) + " " + std::string(value));
      }
    };
    if (key == "Enabled") {
      rule.enabled = !same_word(value, "No");
    } else if (key == "Direction") {
      shown_->direction = same_word(value, "In") || same_word(value, "Out");
      rule.inbound = same_word(value, "In");
    } else if (key == "Profiles") {
      add(rule.profiles);
    } else if (key == "LocalIP") {
      add(rule.local_addresses);
    } else if (key == "RemoteIP") {
      add(rule.remote_addresses);
    } else if (key == "LocalPort") {
      add(rule.local_ports);
    } else if (key == "RemotePort") {
      add(rule.remote_ports);
    } else if (key == "Protocol") {
      rule.protocol = value;
    } else if (key == "Action") {
      shown_->action = !value.empty();
      rule.action = value;
    } else if (key == "InterfaceTypes" || key == "Program" || key == "Service") {
      shown_->verbose = shown_->verbose || key == "InterfaceTypes";
      condition("Any");
    } else if (key == "Security") {
      shown_->verbose = true;
      condition("NotRequired");
    } else {
      return key == "Description" || key == "Grouping" || key == "Edge traversal" ||
             key == "Rule source";
    }
    return true;
  }

  /// Types below a protocol, or more values of a list.
  void go_on(std::string_view text) {
    WindowsRule& rule = shown_->rule;
    const auto more = [&](std::vector<std::string>& list) {
      const auto values = windows_list(text);
      list.insert(list.end(), values.begin(), values.end());
    };
    const std::string& key = shown_->key;
    if (key == "Protocol") {
      const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
      const std::string_view type = text.substr(0, end);
      const std::string_view code = trimmed(text.substr(end));
      if (type != "Type") {
        rule.icmp.push_back(std::string(type) + ":" + std::string(code));
      }
    } else if (key == "LocalIP") {
      more(rule.local_addresses);
    } else if (key == "RemoteIP") {
      more(rule.remote_addresses);
    } else if (key == "LocalPort") {
      more(rule.local_ports);
    } else if (key == "RemotePort") {
      more(rule.remote_ports);
    } else {
      rule.conditions.emplace_back(text);
    }
  }

  /// False where the line is none of a profile's.
  bool profile_line(std::string_view line) {
    const auto value = [&](std::string_view key) {
      return line.starts_with(key) ? trimmed(line.substr(key.size())) : std::string_view();
    };
    if (const auto state = value("State "); !state.empty()) {
      profile_->on = !same_word(state, "OFF");
    } else if (const auto policy = value("Firewall Policy "); !policy.empty()) {
      profile_->inbound = windows_inbound(policy);
    } else if (const auto local = value("LocalFirewallRules "); same_word(local, "Disable")) {
      // The rules of the host itself do not count then, and those are what is shown.
      profile_->inbound = Inbound::unknown;
    } else {
      static constexpr std::string_view kOthers[] = {"LocalFirewallRules",
                                                     "LocalConSecRules",
                                                     "InboundUserNotification",
                                                     "RemoteManagement",
                                                     "UnicastResponseToMulticast",
                                                     "Logging:",
                                                     "LogAllowedConnections",
                                                     "LogDroppedConnections",
                                                     "FileName",
                                                     "MaxFileSize"};
      return std::ranges::any_of(kOthers,
                                 [&](std::string_view other) { return line.starts_with(other); });
    }
    return true;
  }

  void command(std::string_view line) {
    profile_ = nullptr;
    const auto command = windows_command(line);
    using Kind = WindowsCommand::Kind;
    const Kind kind = command ? command->kind : Kind::unknown;
    const WindowsRule made = command ? command->rule : WindowsRule();
    // A text of no command at all is refused in the end.
    found_ = found_ || (command && kind != Kind::harmless);
    if (kind == Kind::add_rule || kind == Kind::unknown) {
      WindowsRule rule = kind == Kind::add_rule ? made : WindowsRule();
      rule.action = kind == Kind::add_rule ? rule.action : "of a command that is not understood";
      rule.line = line_;
      rule.text = line;
      keep(std::move(rule));
    } else if (kind == Kind::delete_rules) {
      delete_rules(command->name);
    } else if (kind == Kind::set_profiles) {
      // Who sets one does not say that the others are not in use.
      for (const char* name : {"Domain", "Private", "Public"}) {
        profiles_[name];
      }
      for (const std::string& name : command->profiles) {
        Profile& profile = profiles_[name];
        profile.line = line_;
        profile.on = command->on.value_or(profile.on);
        profile.inbound = command->inbound.value_or(profile.inbound);
      }
    }
  }

  void delete_rules(const std::string& name) {
    if (same_word(name, "all")) {
      rules_.clear();
      by_name_.clear();
    } else if (auto found = by_name_.extract(name)) {
      for (const std::size_t place : found.mapped()) {
        rules_[place].deleted = true;
      }
    }
  }

  [[nodiscard]] std::vector<WindowsProfile> profiles() const {
    std::vector<WindowsProfile> all;
    all.reserve(profiles_.size());
    for (const auto& [name, profile] : profiles_) {
      all.push_back({name, profile.on ? profile.inbound : Inbound::off, profile.line});
    }
    return all;
  }

  /// No host has a hundredth of them.
  static constexpr std::size_t kMostRules = 500'000;

  std::uint32_t line_ = 0;
  bool found_ = false;
  std::unique_ptr<Shown> shown_;
  Profile* profile_ = nullptr;
  std::map<std::string, Profile> profiles_;
  std::vector<Kept> rules_;
  std::map<std::string, std::vector<std::size_t>> by_name_;
};

}  // namespace

bool is_windows(std::string_view text) {
  text = text.substr(0, 16384);
  while (!text.empty()) {
    std::string_view line = trimmed(take_line(text));
    line.remove_prefix(line.starts_with('@') ? 1 : 0);
    if (line.starts_with("Rule Name:") || line.starts_with("netsh advfirewall ") ||
        !profile_of(line).empty()) {
      return true;
    }
  }
  return false;
}

Checked<Ruleset> read_windows(std::string_view text, const std::string& name) {
  return read_tables(name, "windows-firewall", [&] { return Reader().read(text); });
}

}  // namespace pinhole::firewall
