// SPDX-License-Identifier: Apache-2.0
// Mistakes by the hundred: every way of going wrong that has a name, for every product and setting
// that it can happen to, and the rule that must speak up.
#include <functional>
#include <iostream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/states.hpp"

namespace pinhole::plan {
namespace {

/// One way to spoil a setting of a good state.
struct Mutation {
  std::string name;
  std::string rule;
  std::function<void(State&, const Setting&)> spoil;
  std::function<bool(const Product&, const Setting&)> fits = [](const auto&, const auto&) {
    return true;
  };
};

bool is_dword(const Product&, const Setting& where) {
  return where.type == catalogue::ValueType::reg_dword;
}

bool is_2010(const Product& of, const Setting&) {
  return of.version == "2010";
}

bool is_old(const Product& of, const Setting&) {
  return of.age <= product("exchange-5.5").age;
}

bool before_2010(const Product& of, const Setting&) {
  return of.version != "2010";
}

bool is_x400(const Setting& where) {
  return where.id == "mta-rfc1006-port";
}

Mutation port(std::string name, std::string rule, std::uint32_t number,
              std::function<bool(const Product&, const Setting&)> fits) {
  return {std::move(name), std::move(rule),
          [number](State& state, const Setting& where) { set_number(state, where, number); },
          std::move(fits)};
}

/// The value under another name of the same key.
Mutation renamed(std::string name, const std::function<std::string(std::string)>& rename) {
  return {std::move(name), "VAL-NAME", [rename](State& state, const Setting& where) {
            const registry::Value value = *find_value(state, where);
            unset(state, where);
            set(state, where.key, rename(std::string(where.value)), value);
          }};
}

/// The value in another key of the same service.
Mutation moved(std::string name, const std::function<std::string(std::string)>& move) {
  return {std::move(name), "VAL-KEY", [move](State& state, const Setting& where) {
            const registry::Value value = *find_value(state, where);
            unset(state, where);
            set(state, move(std::string(where.key)), where.value, value);
          }};
}

std::string parent(const std::string& key) {
  return key.substr(0, key.rfind('\\'));
}

std::string other_parameters(const std::string& key) {
  return parent(key) + (key.ends_with("System") ? "\\Parameters" : "\\ParametersSystem");
}

std::vector<Mutation> reserved_ports() {
  std::vector<Mutation> mutations;
  for (const catalogue::PortRule& rule : world().rules) {
    if (rule.check == catalogue::Check::forbidden_port && rule.topic == "reserved") {
      const bool is_102 = rule.low == 102U;
      mutations.push_back(port(
          fmt::format("reserved {}", *rule.low), std::string(rule.id), *rule.low,
          [is_102](const Product&, const Setting& where) { return !(is_102 && is_x400(where)); }));
    }
  }
  return mutations;
}

std::vector<Mutation> values() {
  return {
      {"hexadecimal typed as decimal", "VAL-FORMAT",
       [](State& state, const Setting& where) { set_number(state, where, 0x5000); }},
      {"hexadecimal typed as decimal, five digits", "VAL-FORMAT",
       [](State& state, const Setting& where) { set_number(state, where, 0x56001); }},
      {"decimal typed as hexadecimal", "VAL-FORMAT",
       [](State& state, const Setting& where) { set_number(state, where, 1388); }},
      {"text for a number", "VAL-TYPE",
       [](State& state, const Setting& where) {
         set(state, where, registry::Value::of_sz("56001"));
       },
       is_dword},
      {"number for a text", "VAL-TYPE",
       [](State& state, const Setting& where) {
         set(state, where, registry::Value::of_dword(59533));
       },
       [](const Product& of, const Setting& where) { return !is_dword(of, where); }},
      {"a list", "VAL-TYPE",
       [](State& state, const Setting& where) {
         set(state, where, registry::Value::of_multi_sz({"56001"}));
       }},
      {"text that is hexadecimal", "VAL-FORMAT",
       [](State& state, const Setting& where) {
         set(state, where, registry::Value::of_sz("0xe88d"));
       },
       [](const Product& of, const Setting& where) { return !is_dword(of, where); }},
      port("zero", "VAL-ZERO", 0, is_dword),
      port("one too many", "VAL-RANGE", 65536, nullptr),
      port("a digit too many", "VAL-RANGE", 560011, nullptr),
      renamed("a space too many", [](std::string name) { return name.insert(3, " "); }),
      renamed("a letter lost", [](std::string name) { return name.erase(name.size() - 2, 1); }),
      renamed("a letter too many", [](const std::string& name) { return name + "s"; }),
      moved("one level up", parent),
      moved("the other Parameters", other_parameters),
      moved("a key below", [](const std::string& key) { return key + "\\Network"; }),
  };
}

std::vector<Mutation> ports() {
  const auto all = [](const Product&, const Setting&) { return true; };
  return {
      port("the first of the system's", "CHOOSE-NOT1024", 1024, all),
      port("just above 1023", "CHOOSE-NOT1024", 1100, all),
      port("POP3", "RES-STANDARD", 110,
           [](const Product&, const Setting& where) { return !is_x400(where); }),
      port("POP3 for X.400", "CHOOSE-BELOW1024", 110,
           [](const Product&, const Setting& where) { return is_x400(where); }),
      port("below 1024", "CHOOSE-BELOW1024", 700,
           [](const Product& of, const Setting& where) {
             return before_2010(of, where) && where.id != "sa-tcp-port-5.5";
           }),
      port("below 1024 for the attendant", "CHOOSE-SA-ABOVE1024", 700,
           [](const Product&, const Setting& where) { return where.id == "sa-tcp-port-5.5"; }),
      port("below 1024 on 2010", "CHOOSE-E2010-ERR", 700, is_2010),
      port("the 1200 range", "CHOOSE-1200", 1225, is_old),
      port("port 5000", "CHOOSE-5000-EDGE", 5000, before_2010),
      port("inside the dynamic range", "DYN-INSIDE", 3001, before_2010),
      port("web services", "CHOOSE-WELLKNOWN", 9389, all),
      port("outside the advised range", "CHOOSE-E2010", 50001, is_2010),
  };
}

class Tally {
 public:
  void count(const std::string& name, bool found) {
    ++total_;
    found_ += found ? 1 : 0;
    ++by_name_[name];
  }
  void print(const char* what) const {
    std::cout << found_ << " of " << total_ << ' ' << what << " found, " << by_name_.size()
              << " kinds\n";
  }
  [[nodiscard]] std::size_t total() const { return total_; }

 private:
  std::size_t total_ = 0;
  std::size_t found_ = 0;
  std::map<std::string, std::size_t> by_name_;
};

TEST(Mutations, EachSpoiledSettingRaisesItsRule) {
  std::vector<Mutation> mutations = values();
  std::ranges::move(ports(), std::back_inserter(mutations));
  std::ranges::move(reserved_ports(), std::back_inserter(mutations));
  Tally tally;
  for (const Product& of : world().products) {
    const State good = good_state(of, good_port(of));
    for (const Setting* where : static_settings(of)) {
      for (const Mutation& mutation : mutations) {
        if (mutation.fits && !mutation.fits(of, *where)) {
          continue;
        }
        State state = good;
        mutation.spoil(state, *where);
        const Findings findings = check(state, of);
        const bool found = std::ranges::any_of(findings, [&](const Finding& finding) {
          return finding.rule == mutation.rule && finding.subject == where->id;
        });
        EXPECT_TRUE(found) << mutation.name << " of " << where->id << " on " << of.id << " is not "
                           << mutation.rule << ":\n"
                           << shown(findings);
        tally.count(mutation.name, found);
      }
    }
  }
  tally.print("spoiled settings");
  EXPECT_GE(tally.total(), 300U);
}

/// The rule for two settings with one port.
std::string rule_of_pair(const Setting& a, const Setting& b) {
  const auto both_among = [&](std::initializer_list<std::string_view> ids) {
    return std::ranges::find(ids, a.id) != ids.end() && std::ranges::find(ids, b.id) != ids.end();
  };
  if (both_among({"ntds-tcp-port", "netlogon-tcp-port"})) {
    return "VAL-NETLOGON-DIFF";
  }
  return both_among({"is-tcp-port", "sa-tcp-port", "sa-nspi-port", "srs-tcp-port"})
             ? "CHOOSE-DISTINCT"
             : "DIFF-SERVICES";
}

TEST(Mutations, TwoListenersOnOnePortRaiseTheRuleOfThePair) {
  Tally tally;
  for (const Product& of : world().products) {
    const auto settings = static_settings(of, true);
    const State good = good_state(of, 61001, true);
    for (std::size_t i = 0; i < settings.size(); ++i) {
      for (std::size_t j = i + 1; j < settings.size(); ++j) {
        State state = good;
        set_number(state, *settings[i], 62000);
        set_number(state, *settings[j], 62000);
        const std::string rule = rule_of_pair(*settings[i], *settings[j]);
        const Findings findings = check(state, of);
        EXPECT_TRUE(has_rule(findings, rule))
            << settings[i]->id << " = " << settings[j]->id << " on " << of.id << ":\n"
            << shown(findings);
        tally.count(rule, has_rule(findings, rule));
      }
    }
  }
  tally.print("pairs on one port");
}

TEST(Mutations, AnotherHolderAndAnotherPortInTheMapAreFound) {
  Tally tally;
  const Uuid stranger = parse_uuid("367abb81-9844-35f1-ad32-98f038001003").value();
  for (const Product& of : world().products) {
    for (const Setting* where : static_settings(of)) {
      const Reader reader = reader_of(world(), &of, *where);
      const State good = good_state(of, good_port(of));
      const std::uint16_t port = *subject_of(good, &of, world()).find(where->id)->port;
      const auto expect = [&](const State& state, std::string_view rule) {
        const Findings findings = check(state, of);
        EXPECT_TRUE(has_rule(findings, rule))
            << rule << " for " << where->id << " on " << of.id << ":\n"
            << shown(findings);
        tally.count(std::string(rule), has_rule(findings, rule));
      };
      State held = good;
      held.held = {{port, false, {}, "sqlservr.exe", {"netstat.txt", 7, 0, {}}}};
      expect(held, "CHOOSE-FREE");
      if (reader.listener->interfaces.empty()) {
        continue;
      }
      const auto entry = [&](const Uuid& uuid, std::uint16_t at) {
        return SeenEndpoint{uuid, {}, {}, "ncacn_ip_tcp", fmt::format("{}", at), "", {}};
      };
      const Uuid own = reader.listener->interfaces.front()->uuid;
      State taken = good;
      taken.endpoints = {entry(stranger, port)};
      expect(taken, "CHOOSE-FREE");
      expect(taken, "RESTART-MISSING");
      State waiting = good;
      waiting.endpoints = {entry(own, 1026)};
      expect(waiting, "RESTART-PENDING");
    }
  }
  tally.print("contradictions of what a server shows");
}

TEST(Mutations, ASettingOfAnotherProductIsNotRead) {
  Tally tally;
  for (const Product& of : world().products) {
    for (const Product& other : world().products) {
      for (const Setting* where : static_settings(other)) {
        const bool read = std::ranges::any_of(static_settings(of), [&](const Setting* own) {
          return catalogue::is_same_setting(*own, where->key, where->value);
        });
        if (read) {
          continue;
        }
        State state = good_state(of, good_port(of));
        set_number(state, *where, 57001);
        const Findings findings = check(state, of);
        EXPECT_TRUE(has_rule(findings, "VAL-UNREAD")) << where->id << " on " << of.id;
        tally.count(std::string(where->id), has_rule(findings, "VAL-UNREAD"));
      }
    }
  }
  tally.print("settings of other products");
}

TEST(Mutations, GoodStatesHaveNothingAboveANote) {
  std::size_t count = 0;
  for (const Product& of : world().products) {
    const std::vector<std::uint16_t> firsts =
        of.version == "2010" ? std::vector<std::uint16_t>{59531, 59532, 59600, 59870, 60001, 60500}
                             : std::vector<std::uint16_t>{5101, 7201, 15001, 40001, 56001, 61001};
    for (const std::uint16_t first : firsts) {
      for (const bool named : {true, false}) {
        const State state = good_state(of, first);
        const Findings findings = named ? check(state, of) : check_state(state, {}, world());
        const auto worse = std::ranges::find_if(
            findings, [](const Finding& finding) { return finding.severity > Severity::note; });
        EXPECT_EQ(worse, findings.end())
            << of.id << " from " << first << (named ? "" : " without a product") << ":\n"
            << shown(findings);
        ++count;
      }
    }
  }
  std::cout << count << " good states\n";
  EXPECT_GE(count, 50U);
}

}  // namespace
}  // namespace pinhole::plan
