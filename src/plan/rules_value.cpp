// SPDX-License-Identifier: Apache-2.0
// What one value must look like.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/rule_book.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::PortRule;

// Below this no advice puts a static port; the figure of the documented examples.
constexpr std::uint64_t kLowestAdvised = 5000;

std::optional<std::uint64_t> number_in(std::string_view digits, int base) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && !digits.empty() ? std::optional(number) : std::nullopt;
}

bool is_port(std::optional<std::uint64_t> number) {
  return number && *number >= kLowestAdvised && *number <= 0xffff;
}

/// People choose 5000, 5001, 6500; a number like that is no chance.
bool is_round(std::uint64_t port) {
  constexpr std::uint64_t kThousand = 1000;
  constexpr std::uint64_t kHundred = 100;
  constexpr std::uint64_t kFew = 20;
  return port % kThousand < kFew || port % kHundred == 0;
}

std::string expected_words(const catalogue::Setting& setting) {
  return setting.type == catalogue::ValueType::reg_sz ? "a decimal number as text"
                                                      : "a number that was meant to be decimal";
}

void judge_type(const PortRule& rule, const Subject& subject, const SettingValue& value,
                Findings& findings) {
  if (!value.right_type) {
    findings.push_back(finding_of(
        rule, subject, value,
        fmt::format("{} as {}, but {} reads {}", said(value), to_string(value.found->type),
                    value.setting->service, to_string(value.setting->type))));
  }
}

/// A text that should be a number and is none.
void judge_text(const PortRule& rule, const Subject& subject, const SettingValue& value,
                Findings& findings) {
  std::string_view digits = value.text;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
  }
  const auto meant = number_in(digits, 16);
  findings.push_back(finding_of(
      rule, subject, value,
      fmt::format(
          "{}, but it must be {}{}", said(value), expected_words(*value.setting),
          meant && is_port(meant) ? fmt::format("; read as hexadecimal it is {}", *meant) : "")));
}

void judge_notation(const PortRule& rule, const Subject& subject, const SettingValue& value,
                    Findings& findings) {
  if (value.setting->holds != catalogue::Holds::port || !value.right_type) {
    return;
  }
  if (!value.number) {
    judge_text(rule, subject, value, findings);
    return;
  }
  const bool is_default =
      value.listener != nullptr && value.port && value.listener->default_port() == value.port;
  if (const auto other = misread(*value.number); other && !is_default) {
    Finding finding = finding_of(
        rule, subject, value,
        fmt::format("{}: {}, so {} may have been meant", said(value), other->text, other->meant));
    finding.severity = other->severity;
    findings.push_back(std::move(finding));
  }
}

void judge_bound(const PortRule& rule, const Subject& subject, const SettingValue& value,
                 Findings& findings) {
  const std::uint64_t high = rule.high.value_or(0xffffffff);
  if (value.number && (*value.number < rule.low.value_or(0) || *value.number > high)) {
    findings.push_back(finding_of(rule, subject, value,
                                  fmt::format("{}: {}{}", said(value), rule.rule, because(rule))));
  }
}

void judge_default(const PortRule& rule, const Subject& subject, const SettingValue& value,
                   Findings& findings) {
  const auto fixed = value.listener == nullptr ? std::nullopt : value.listener->default_port();
  if (fixed && value.number && *value.number != *fixed) {
    findings.push_back(finding_of(rule, subject, value,
                                  fmt::format("{}, where setup writes {}", said(value), *fixed)));
  }
}

/// Lists and letters.
void judge_form(const PortRule& rule, const Subject& subject, const SettingValue& value,
                Findings& findings) {
  const auto refuse = [&](std::string_view text, std::string_view what) {
    findings.push_back(finding_of(rule, subject, value,
                                  fmt::format("{} of {}: \"{}\" {}{}", value.setting->value,
                                              value.setting->service, text, what, because(rule))));
  };
  if (!value.right_type || value.found == nullptr) {
    return;
  }
  if (rule.check == Check::yes_or_no) {
    const std::string text = value.found->sz().value_or("");
    if (text != "Y" && text != "N" && text != "y" && text != "n") {
      refuse(text, "is neither Y nor N");
    }
    return;
  }
  const auto texts = value.found->multi_sz().value_or(std::vector<std::string>{});
  if (texts.empty()) {
    refuse("", "is an empty list");
  }
  for (const std::string& text : texts) {
    if (rule.check == Check::port_list && !parse_range(text)) {
      refuse(text, "is neither a port nor a range");
    } else if (rule.check == Check::range_list &&
               (!parse_range(text) || text.find('-') == std::string::npos)) {
      refuse(text, "is no range");
    } else if (rule.check == Check::endpoint_form && !parse_endpoint(text)) {
      refuse(text, "is not ncacn_ip_tcp,0,PORT");
    }
  }
}

using JudgeValue = void (*)(const PortRule&, const Subject&, const SettingValue&, Findings&);

struct ValueCheck {
  Check check;
  JudgeValue judge;
};

constexpr ValueCheck kChecks[] = {
    {Check::wrong_type, judge_type}, {Check::hexadecimal, judge_notation},
    {Check::bound, judge_bound},     {Check::default_port, judge_default},
    {Check::port_list, judge_form},  {Check::range_list, judge_form},
    {Check::yes_or_no, judge_form},  {Check::endpoint_form, judge_form},
};

}  // namespace

std::optional<Misreading> misread(std::uint64_t number) {
  const std::string hexadecimal = fmt::format("{:x}", number);
  if (const auto typed = number_in(hexadecimal, 10); typed && is_port(typed)) {
    const bool sure = number > 0xffff || is_round(*typed);
    return Misreading{*typed,
                      fmt::format("{} is 0x{}, as if {} was typed as hexadecimal", number,
                                  hexadecimal, hexadecimal),
                      sure ? Severity::error : Severity::note};
  }
  const std::string decimal = fmt::format("{}", number);
  const auto typed = number_in(decimal, 16);
  if (number < kLowestAdvised && typed && is_port(typed) && is_round(*typed)) {
    return Misreading{
        *typed,
        fmt::format("0x{} is {}, as if hexadecimal digits were typed as decimal", decimal, *typed),
        Severity::error};
  }
  return std::nullopt;
}

void judge_values(const RuleBook& book, const Subject& subject, Findings& findings) {
  for (const SettingValue& value : subject.values) {
    const bool holds_port = value.setting->holds == catalogue::Holds::port;
    for (const auto& [check, judge] : kChecks) {
      const bool of_class = check == Check::wrong_type || holds_port;
      for (const PortRule* rule : book.of(check)) {
        if (is_for(*rule, book, subject.product, *value.setting, of_class)) {
          judge(*rule, subject, value, findings);
        }
      }
    }
  }
}

void judge_unread(const RuleBook& book, const Subject& subject, Findings& findings) {
  for (const catalogue::Setting& setting : book.catalogue().settings) {
    if (catalogue::find_setting(book.catalogue(), setting.key, setting.value) != &setting) {
      continue;
    }
    const registry::Value* found =
        setting.holds == catalogue::Holds::port ? find_value(*subject.state, setting) : nullptr;
    const bool read = std::ranges::any_of(subject.values, [&](const SettingValue& value) {
      return catalogue::is_same_setting(*value.setting, setting.key, setting.value);
    });
    if (found == nullptr || read) {
      continue;
    }
    SettingValue value;
    value.setting = &setting;
    value.found = found;
    value.text = registry::display(*found);
    value.place.name = subject.state->registry_name;
    for (const PortRule* rule : book.of(Check::not_read)) {
      findings.push_back(finding_of(
          *rule, subject, value,
          fmt::format("{}, which {} does not read", said(value), subject.product->title)));
    }
  }
}

}  // namespace pinhole::plan
