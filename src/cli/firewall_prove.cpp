// SPDX-License-Identifier: Apache-2.0
// pinhole firewall prove, diff: a rule set against a plan, and against another one.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/data_option.hpp"
#include "cli/firewall_commands.hpp"
#include "cli/firewall_input.hpp"
#include "cli/firewall_print.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "firewall/proof.hpp"
#include "firewall/read.hpp"
#include "netfilter/nftables.hpp"
#include "render/json.hpp"

namespace pinhole::cli {
namespace {

struct ProveOptions {
  std::string rules;
  std::string plan;
  std::string device;
  std::string from;
  std::string to;
  std::string dialect;
  std::string format = "table";
  std::string data;
  bool by_address = false;
  bool live = false;
};

struct DiffOptions {
  std::string before;
  std::string after;
  std::string dialect;
  std::string format = "table";
};

/// The file, or what the kernel of this network namespace has.
Checked<firewall::Ruleset> rules_of(const ProveOptions& options) {
  if (options.rules.empty() && !options.live) {
    return refusal("firewall-rules", "prove", "neither --rules nor --live says what to prove",
                   "name a file, or - for standard input");
  }
  if (!options.live) {
    return open_rules(options.rules, options.dialect);
  }
  const auto text = netfilter::list_ruleset(netfilter::Form::native);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return firewall::read_ruleset(*text, "live rules", "nftables");
}

Exit prove(const ProveOptions& options) {
  const auto opened = open_plan(options.plan, options.data);
  if (!opened) {
    return report(opened.error());
  }
  const auto& [catalogue, plan] = *opened;
  std::optional<plan::Index> device;
  if (!options.by_address) {
    const auto found = device_of(plan, options.device);
    if (!found) {
      return report(found.error());
    }
    device = *found;
  }
  const firewall::Policy policy = policy_of(plan, device, catalogue);
  const auto only = zone_pair_of(policy, options.from, options.to);
  if (!only) {
    return report(only.error());
  }
  const auto rules = rules_of(options);
  if (!rules) {
    return report(rules.error());
  }
  const auto proof = firewall::prove(policy, *rules, *only);
  if (!proof) {
    return report(proof.error());
  }
  const ProofSubject subject{rules->name,   rules->dialect, options.plan,
                             policy.device, options.from,   options.to};
  const std::string text = options.format == "json"
                               ? render::json_text(proof_json(*proof, subject))
                               : proof_table(*proof, subject, style_of(stdout));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return proof->answer == firewall::Proof::Answer::exact ? Exit::good : Exit::no;
}

Exit diff(const DiffOptions& options) {
  const auto before = open_rules(options.before, options.dialect);
  if (!before) {
    return report(before.error());
  }
  const auto after = open_rules(options.after, options.dialect);
  if (!after) {
    return report(after.error());
  }
  const auto found = firewall::diff(*before, *after);
  if (!found) {
    return report(found.error());
  }
  const std::string text = options.format == "json"
                               ? render::json_text(diff_json(*found, before->name, after->name))
                               : diff_table(*found, after->name, style_of(stdout));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return found->same() ? Exit::good : Exit::no;
}

}  // namespace

void add_firewall_prove(CLI::App& firewall, Action& action) {
  auto options = std::make_shared<ProveOptions>();
  CLI::App* prove_command =
      firewall.add_subcommand("prove", "Say whether a rule set lets through exactly the plan");
  auto* rules =
      prove_command->add_option("--rules", options->rules, "The rule set; - for standard input")
          ->type_name("FILE");
  prove_command
      ->add_flag("--live", options->live, "Instead of a file the nftables rules of this kernel")
      ->excludes(rules);
  prove_command->add_option("--plan", options->plan, "A plan folder, or its plan.json")
      ->type_name("PLAN")
      ->required();
  auto* device = prove_command
                     ->add_option("--device", options->device,
                                  "The device that has the rules; else the plan's only one")
                     ->type_name("NAME");
  prove_command
      ->add_flag("--by-address", options->by_address,
                 "Look at addresses alone, as compile --to without a device does")
      ->excludes(device);
  auto* from = prove_command->add_option("--from", options->from, "Only packets from this zone")
                   ->type_name("ZONE");
  auto* to = prove_command->add_option("--to", options->to, "Only packets to this zone")
                 ->type_name("ZONE");
  from->needs(to);
  to->needs(from);
  add_dialect_option(*prove_command, options->dialect);
  add_format_option(*prove_command, options->format);
  add_data_option(*prove_command, options->data);
  prove_command->callback([options, &action] { action = [options] { return prove(*options); }; });
}

void add_firewall_diff(CLI::App& firewall, Action& action) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* diff_command =
      firewall.add_subcommand("diff", "Say what one rule set opens and closes against another");
  diff_command->add_option("BEFORE", options->before, "A rule set; - for standard input")
      ->required();
  diff_command->add_option("AFTER", options->after, "The rule set that takes its place")
      ->required();
  add_dialect_option(*diff_command, options->dialect);
  add_format_option(*diff_command, options->format);
  diff_command->callback([options, &action] { action = [options] { return diff(*options); }; });
}

}  // namespace pinhole::cli
