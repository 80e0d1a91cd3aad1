// SPDX-License-Identifier: Apache-2.0
// pinhole firewall explain, exposure: what a rule set does with one packet, and what stands open.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/firewall_commands.hpp"
#include "cli/firewall_input.hpp"
#include "cli/firewall_print.hpp"
#include "cli/terminal.hpp"
#include "firewall/explain.hpp"
#include "firewall/exposure.hpp"
#include "render/json.hpp"

namespace pinhole::cli {
namespace {

struct Options {
  std::string rules;
  std::vector<std::string> packet;
  std::string dialect;
  std::string format = "table";
};

Exit exit_of(firewall::Outcome outcome) {
  return outcome == firewall::Outcome::accepted ? Exit::good : Exit::no;
}

Exit explain(const Options& options) {
  std::string words;
  for (const std::string& word : options.packet) {
    words += (words.empty() ? "" : " ") + word;
  }
  const auto packet = firewall::parse_packet(words);
  if (!packet) {
    return report(packet.error());
  }
  const auto rules = open_rules(options.rules, options.dialect);
  if (!rules) {
    return report(rules.error());
  }
  const auto explanation = firewall::explain(*rules, *packet);
  if (!explanation) {
    return report(explanation.error());
  }
  const std::string text =
      options.format == "json"
          ? render::json_text(explanation_json(*explanation, *packet, rules->name))
          : explanation_text(*explanation, *packet, rules->name, style_of(stdout));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_of(explanation->outcome);
}

Exit exposure(const Options& options) {
  const auto rules = open_rules(options.rules, options.dialect);
  if (!rules) {
    return report(rules.error());
  }
  const auto found = firewall::exposure(*rules);
  if (!found) {
    return report(found.error());
  }
  const std::string text = options.format == "json"
                               ? render::json_text(exposure_json(*found, rules->name))
                               : exposure_table(*found, style_of(stdout));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return Exit::good;
}

CLI::App* add_reader(CLI::App& firewall, const std::string& name, const std::string& about,
                     Options& options) {
  CLI::App* command = firewall.add_subcommand(name, about);
  command->add_option("RULES", options.rules, "The rule set; - for standard input")->required();
  add_dialect_option(*command, options.dialect);
  add_format_option(*command, options.format);
  return command;
}

}  // namespace

void add_firewall_explain(CLI::App& firewall, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_reader(firewall, "explain",
                                 "Follow one packet through a rule set, line by line", *options);
  command
      ->add_option("PACKET", options->packet,
                   "[in IF] [out IF] PROTOCOL SOURCE[:PORT] to DESTINATION[:PORT]")
      ->required();
  command->callback([options, &action] { action = [options] { return explain(*options); }; });
}

void add_firewall_exposure(CLI::App& firewall, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_reader(firewall, "exposure",
                 "Count the pairs of host and port that a rule set leaves open", *options);
  command->callback([options, &action] { action = [options] { return exposure(*options); }; });
}

}  // namespace pinhole::cli
