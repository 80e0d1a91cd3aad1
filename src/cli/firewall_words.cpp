// SPDX-License-Identifier: Apache-2.0
#include "cli/firewall_words.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pinhole::cli {

using nlohmann::ordered_json;

std::string translation_text(const firewall::Translated& to) {
  if (!to.destination && !to.port) {
    return {};
  }
  return fmt::format(", which becomes {}{}", to.destination ? to_string(*to.destination) : "",
                     to.port ? fmt::format("{}port {}", to.destination ? " " : "", *to.port) : "");
}

std::string decider_text(const firewall::DecidedBy& by, std::string_view file) {
  if (by.chain.empty()) {
    return "no chain sees it: it passes";
  }
  const std::string place =
      by.line == 0 ? std::string() : fmt::format("{}:{}: ", file.empty() ? "line" : file, by.line);
  return fmt::format("{}{} (table {}, chain {})", place,
                     by.text.empty() ? "the end of the chain" : by.text, by.table, by.chain);
}

std::string amount(double count) {
  return count < 1e6 ? fmt::format("{:.0f}", count) : fmt::format("{:.3g}", count);
}

std::string_view outcome_word(firewall::Outcome outcome) {
  switch (outcome) {
    case firewall::Outcome::accepted:
      return "accepted";
    case firewall::Outcome::denied:
      return "denied";
    case firewall::Outcome::unknown:
      break;
  }
  return "unknown";
}

std::string_view answer_word(firewall::Proof::Answer answer) {
  switch (answer) {
    case firewall::Proof::Answer::exact:
      return "exact";
    case firewall::Proof::Answer::differs:
      return "differs";
    case firewall::Proof::Answer::unknown:
      break;
  }
  return "unknown";
}

ordered_json or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json packet_json(const firewall::Packet& packet) {
  return {{"text", to_string(packet)},
          {"in", packet.in_interface},
          {"out", packet.out_interface},
          {"protocol", packet.protocol},
          {"source", to_string(packet.source)},
          {"source_port", packet.source_port},
          {"destination", to_string(packet.destination)},
          {"destination_port", packet.destination_port}};
}

ordered_json translation_json(const firewall::Translated& to) {
  if (!to.destination && !to.port) {
    return nullptr;
  }
  return {{"destination", to.destination ? ordered_json(to_string(*to.destination)) : nullptr},
          {"port", to.port ? ordered_json(*to.port) : nullptr}};
}

ordered_json decider_json(const firewall::DecidedBy& by) {
  if (by.chain.empty()) {
    return nullptr;
  }
  return {{"table", by.table},
          {"chain", by.chain},
          {"line", by.line == 0 ? ordered_json(nullptr) : ordered_json(by.line)},
          {"rule", or_null(by.text)}};
}

}  // namespace pinhole::cli
