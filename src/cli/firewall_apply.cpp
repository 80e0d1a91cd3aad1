// SPDX-License-Identifier: Apache-2.0
// pinhole firewall apply, confirm, status, remove: a plan in force on this very machine.

#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/data_option.hpp"
#include "cli/firewall_commands.hpp"
#include "cli/firewall_input.hpp"
#include "cli/firewall_print.hpp"
#include "cli/firewall_words.hpp"
#include "cli/plan_file.hpp"
#include "cli/terminal.hpp"
#include "firewall/minimise.hpp"
#include "firewall/nft_print.hpp"
#include "firewall/proof.hpp"
#include "firewall/read.hpp"
#include "netfilter/nftables.hpp"
#include "netfilter/trial.hpp"
#include "render/escape.hpp"
#include "render/json.hpp"

namespace pinhole::cli {
namespace {

using firewall::Proof;
using netfilter::State;
using netfilter::Trial;

/// While the live result is proved, the old table can still come back by itself.
constexpr std::chrono::seconds kToProve{120};
/// A trial longer than a day is none.
constexpr int kLongestTrial = 86'400;

struct Options {
  std::string plan;
  std::string device;
  std::string state = "/run/pinhole/firewall";
  std::string format = "table";
  std::string data;
  int confirm_within = 0;
};

const char* name_of(State state) {
  switch (state) {
    case State::absent:
      return "absent";
    case State::loaded:
      return "loaded";
    case State::confirmed:
      return "confirmed";
    case State::waiting:
      return "waiting";
    case State::unconfirmed:
      return "unconfirmed";
    case State::rolled_back:
      break;
  }
  return "rolled-back";
}

const char* meaning_of(State state) {
  switch (state) {
    case State::absent:
      return "the table inet pinhole is not loaded";
    case State::loaded:
      return "the table inet pinhole is loaded, but not by `firewall apply`";
    case State::confirmed:
      return "in force";
    case State::waiting:
      return "in force, until it is confirmed or its time is over";
    case State::unconfirmed:
      return "in force and unconfirmed: the process that would bring the old table back is gone";
    case State::rolled_back:
      break;
  }
  return "it was not confirmed: the table from before is back";
}

nlohmann::ordered_json time_json(std::int64_t seconds) {
  return seconds == 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(seconds);
}

void print_standing(const netfilter::Standing& standing, const std::string& format,
                    std::optional<Proof::Answer> proof) {
  if (format == "json") {
    nlohmann::ordered_json answer = nullptr;
    if (proof) {
      answer = answer_word(*proof);
    }
    fmt::print("{}", render::json_text({{"schema", "pinhole.firewall-status/1"},
                                        {"state", name_of(standing.state)},
                                        {"what", standing.what},
                                        {"since", time_json(standing.since)},
                                        {"until", time_json(standing.until.value_or(0))},
                                        {"proof", std::move(answer)}}));
    return;
  }
  fmt::print("{}: {}\n", name_of(standing.state), meaning_of(standing.state));
  if (!standing.what.empty()) {
    fmt::print("  {}\n", render::escape(standing.what));
  }
  if (standing.since != 0) {
    fmt::print("  applied {:%Y-%m-%d %H:%M:%S} UTC\n",
               fmt::gmtime(static_cast<std::time_t>(standing.since)));
  }
  if (standing.until && standing.state != State::rolled_back) {
    fmt::print("  to be confirmed by {:%Y-%m-%d %H:%M:%S} UTC\n",
               fmt::gmtime(static_cast<std::time_t>(*standing.until)));
  }
}

/// What the text, or the kernel, lets through against the policy.
Checked<Proof> judge(const firewall::Policy& policy, const std::string& text, const char* name) {
  const auto rules = firewall::read_ruleset(text, name, "nftables");
  if (!rules) {
    return tl::unexpected(rules.error());
  }
  return firewall::prove(policy, *rules);
}

void show(const Proof& proof, const Options& options, const std::string& device,
          const char* rules) {
  const std::string text =
      proof_table(proof, {rules, "nftables", options.plan, device, "", ""}, style_of(stderr));
  std::fwrite(text.data(), 1, text.size(), stderr);
}

Exit finish(Trial& trial, const Options& options, const firewall::Policy& policy) {
  const auto live = netfilter::list_ruleset(netfilter::Form::native);
  Checked<Proof> proof = live ? judge(policy, *live, "live") : tl::unexpected(live.error());
  if (!proof || proof->answer == Proof::Answer::differs) {
    // Whatever was before is better than what nobody could prove.
    const Checked<void> back = trial.roll_back();
    if (!proof) {
      report(proof.error());
    } else {
      show(*proof, options, policy.device, "live");
    }
    fmt::print(stderr, "{}\n",
               back ? "the table from before is back"
                    : "the table from before will be back within two minutes");
    return proof ? Exit::no : Exit::environment;
  }
  if (proof->answer == Proof::Answer::unknown) {
    show(*proof, options, policy.device, "live");
  }
  if (options.confirm_within == 0) {
    if (const auto confirmed = trial.confirm(); !confirmed) {
      return report(confirmed.error());
    }
  }
  const auto standing = trial.standing();
  if (!standing) {
    return report(standing.error());
  }
  print_standing(*standing, options.format, proof->answer);
  return Exit::good;
}

Exit apply(const Options& options) {
  const auto opened = open_plan(options.plan, options.data);
  if (!opened) {
    return report(opened.error());
  }
  const auto& [catalogue, plan] = *opened;
  const auto device = device_of(plan, options.device);
  if (!device) {
    return report(device.error());
  }
  const firewall::Policy policy = policy_of(plan, *device, catalogue);
  const auto text = firewall::print_nft(firewall::minimise(policy));
  if (!text) {
    return report(text.error());
  }
  const auto before = judge(policy, *text, "compiled");
  if (!before) {
    return report(before.error());
  }
  if (before->answer != Proof::Answer::exact) {
    show(*before, options, policy.device, "compiled");
    return Exit::no;
  }
  auto trial = Trial::in(options.state);
  if (!trial) {
    return report(trial.error());
  }
  const std::string what = policy.device.empty()
                               ? options.plan
                               : fmt::format("{}, device {}", options.plan, policy.device);
  const auto time =
      options.confirm_within > 0 ? std::chrono::seconds(options.confirm_within) : kToProve;
  if (const auto applied = trial->apply(*text, what, time); !applied) {
    return report(applied.error());
  }
  return finish(*trial, options, policy);
}

Exit confirm(const Options& options) {
  auto trial = Trial::in(options.state);
  if (!trial) {
    return report(trial.error());
  }
  if (const auto confirmed = trial->confirm(); !confirmed) {
    return report(confirmed.error());
  }
  fmt::print("confirmed\n");
  return Exit::good;
}

Exit status(const Options& options) {
  const auto trial = Trial::in(options.state);
  if (!trial) {
    return report(trial.error());
  }
  const auto standing = trial->standing();
  if (!standing) {
    return report(standing.error());
  }
  print_standing(*standing, options.format, std::nullopt);
  const bool no = standing->state == State::unconfirmed || standing->state == State::rolled_back;
  return no ? Exit::no : Exit::good;
}

Exit remove(const Options& options) {
  auto trial = Trial::in(options.state);
  if (!trial) {
    return report(trial.error());
  }
  if (const auto removed = trial->remove(); !removed) {
    return report(removed.error());
  }
  fmt::print("removed\n");
  return Exit::good;
}

CLI::App* add(CLI::App& firewall, Action& action, const std::shared_ptr<Options>& options,
              const char* name, const char* about, Exit (*run)(const Options&)) {
  CLI::App* command = firewall.add_subcommand(name, about);
  command->add_option("--state", options->state, "Where the trial's state is kept")
      ->type_name("DIR")
      ->capture_default_str();
  command->callback([options, run, &action] { action = [options, run] { return run(*options); }; });
  return command;
}

}  // namespace

void add_firewall_apply(CLI::App& firewall, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* apply_command =
      add(firewall, action, options, "apply", "Put a plan in force on this machine", apply);
  apply_command->add_option("PLAN", options->plan, "A plan folder, or its plan.json")->required();
  apply_command
      ->add_option("--device", options->device,
                   "The device that this machine is; else the only one")
      ->type_name("NAME");
  apply_command
      ->add_option("--confirm-within", options->confirm_within,
                   "Go back to the table from before unless confirmed in this time")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, kLongestTrial));
  add_format_option(*apply_command, options->format);
  add_data_option(*apply_command, options->data);
  add(firewall, action, options, "confirm", "Keep what was applied", confirm);
  CLI::App* status_command =
      add(firewall, action, options, "status", "Say what is in force on this machine", status);
  add_format_option(*status_command, options->format);
  add(firewall, action, options, "remove", "Take the table inet pinhole out", remove);
}

}  // namespace pinhole::cli
