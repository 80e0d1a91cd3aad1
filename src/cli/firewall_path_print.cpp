// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/firewall_print.hpp"
#include "cli/firewall_words.hpp"

namespace pinhole::cli {
namespace {

using nlohmann::ordered_json;
using render::Align;
using render::Cell;
using render::Tone;

constexpr std::size_t kShownRanges = 4;

std::string range_text(const firewall::AddressRange& range) {
  return range.first == range.last
             ? to_string(range.first)
             : fmt::format("{}-{}", to_string(range.first), to_string(range.last));
}

std::string hosts_text(const std::vector<firewall::AddressRange>& hosts) {
  std::string text;
  for (std::size_t i = 0; i < hosts.size() && i < kShownRanges; ++i) {
    text += (i == 0 ? "" : ", ") + range_text(hosts[i]);
  }
  return hosts.size() > kShownRanges
             ? text + fmt::format(", and {} more", hosts.size() - kShownRanges)
             : text;
}

std::string line_of(const firewall::Step& step) {
  const firewall::DecidedBy by = firewall::in_words(step.at);
  return by.line == 0 ? std::string("-") : fmt::to_string(by.line);
}

Tone tone_of(firewall::Outcome outcome) {
  switch (outcome) {
    case firewall::Outcome::accepted:
      return Tone::good;
    case firewall::Outcome::denied:
      return Tone::bad;
    case firewall::Outcome::unknown:
      break;
  }
  return Tone::warning;
}

}  // namespace

std::string explanation_text(const firewall::Explanation& explanation,
                             const firewall::Packet& packet, std::string_view rules,
                             render::Style style) {
  render::Table table(
      {{"LINE", Align::right}, {"TABLE"}, {"CHAIN"}, {"HOLDS"}, {"THEN"}, {"RULE"}});
  for (const firewall::Step& step : explanation.steps) {
    const firewall::DecidedBy by = firewall::in_words(step.at);
    table.add_row({line_of(step), by.table, by.chain,
                   step.surely ? Cell("yes") : Cell("perhaps", Tone::warning), step.what,
                   Cell(by.text, Tone::faint)});
  }
  std::string text = table.rows() > 0 ? table.text(style) : std::string();
  text += fmt::format(
      "{}  {}{}{}\n          {}\n",
      render::paint(outcome_word(explanation.outcome), tone_of(explanation.outcome), style),
      render::paint(to_string(packet), Tone::strong, style),
      render::paint(translation_text(explanation.to), Tone::plain, style),
      explanation.hidden ? ", its source hidden" : "",
      render::paint(decider_text(firewall::in_words(explanation.by), rules), Tone::plain, style));
  return text;
}

ordered_json explanation_json(const firewall::Explanation& explanation,
                              const firewall::Packet& packet, std::string_view rules) {
  ordered_json steps = ordered_json::array();
  for (const firewall::Step& step : explanation.steps) {
    steps.push_back({{"at", decider_json(firewall::in_words(step.at))},
                     {"surely", step.surely},
                     {"then", step.what}});
  }
  return {{"schema", "pinhole.firewall-path/1"},
          {"rules", rules},
          {"packet", packet_json(packet)},
          {"outcome", outcome_word(explanation.outcome)},
          {"becomes", translation_json(explanation.to)},
          {"source_hidden", explanation.hidden},
          {"decided_by", decider_json(firewall::in_words(explanation.by))},
          {"steps", std::move(steps)}};
}

std::string exposure_table(const firewall::Exposure& exposure, render::Style style) {
  render::Table table(
      {{"HOSTS"}, {"PROTOCOL"}, {"PORTS"}, {"SOURCES", Align::right}, {"PAIRS", Align::right}});
  for (const firewall::Opening& opening : exposure.openings) {
    table.add_row({hosts_text(opening.hosts), opening.protocol, to_string(opening.ports),
                   amount(opening.sources), amount(opening.pairs)});
  }
  std::string text = table.rows() > 0 ? table.text(style) : std::string();
  text += fmt::format(
      "{} pairs of host and port stand open on {} hosts; the dynamic range would be {}.\n",
      amount(exposure.pairs), amount(exposure.hosts), amount(exposure.dynamic));
  if (exposure.unknown) {
    text += "Some rules are not understood: what they may let through is counted as open.\n";
  }
  return text;
}

ordered_json exposure_json(const firewall::Exposure& exposure, std::string_view rules) {
  ordered_json openings = ordered_json::array();
  for (const firewall::Opening& opening : exposure.openings) {
    ordered_json hosts = ordered_json::array();
    for (const firewall::AddressRange& range : opening.hosts) {
      hosts.push_back({{"first", to_string(range.first)}, {"last", to_string(range.last)}});
    }
    ordered_json ports = ordered_json::array();
    for (const PortRange& range : opening.ports.ranges()) {
      ports.push_back({{"first", range.first}, {"last", range.last}});
    }
    openings.push_back({{"hosts", std::move(hosts)},
                        {"protocol", opening.protocol},
                        {"ports", std::move(ports)},
                        {"sources", opening.sources},
                        {"pairs", opening.pairs}});
  }
  return {{"schema", "pinhole.firewall-exposure/1"},
          {"rules", rules},
          {"hosts", exposure.hosts},
          {"pairs", exposure.pairs},
          {"dynamic_range_pairs", exposure.dynamic},
          {"unknown", exposure.unknown},
          {"openings", std::move(openings)}};
}

}  // namespace pinhole::cli
