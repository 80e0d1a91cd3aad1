// SPDX-License-Identifier: Apache-2.0
// pinhole verify PLAN --from ZONE: whether every flow of a plan that starts there arrives.

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/interruption.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/verify_print.hpp"
#include "cli/verify_run.hpp"
#include "inspect/verify_changes.hpp"
#include "render/json.hpp"

namespace pinhole::cli {
namespace {

struct Options : VerifyRequest {
  std::string format = "table";
  unsigned watch = 0;  // seconds; 0: once
};

void print(const Options& options, const inspect::Report& report) {
  if (options.format == "json") {
    fmt::print("{}", render::json_text(inspect::verify_json(report)));
  } else if (options.format == "sarif") {
    fmt::print("{}", render::json_text(inspect::verify_sarif(report)));
  } else if (options.format == "junit") {
    fmt::print("{}", inspect::verify_junit(report));
  } else {
    fmt::print("{}", verify_table(report, style_of(stdout)));
  }
}

/// Until it is interrupted; `last` is what is known so far.
Exit watch(const Options& options, const VerifySubject& subject, const Interruption& interruption,
           inspect::Report last) {
  while (!interruption.within(std::chrono::seconds(options.watch))) {
    auto next = try_all(options, subject);
    if (!next) {
      return report(next.error());
    }
    fmt::print("{}",
               verify_changes(inspect::changes_between(last, *next), next->time, style_of(stdout)));
    std::fflush(stdout);
    if (const auto written = write_page(options, *next); !written) {
      return report(written.error());
    }
    last = *std::move(next);
  }
  fmt::print("{}\n", inspect::summary_of(last));
  return exit_of(last);
}

Exit run(const Options& options) {
  if (options.watch != 0 && options.format != "table") {
    return report(usage("--watch", "is for eyes", "leave --format out, or run it again").value());
  }
  const auto subject = verify_subject(options);
  if (!subject) {
    return report(subject.error());
  }
  std::optional<Interruption> interruption;
  if (options.watch != 0) {
    interruption.emplace();
  }
  auto first = try_all(options, *subject);
  if (!first) {
    return report(first.error());
  }
  print(options, *first);
  if (const auto written = write_page(options, *first); !written) {
    return report(written.error());
  }
  std::fflush(stdout);
  return interruption ? watch(options, *subject, *interruption, *std::move(first))
                      : exit_of(*first);
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verify =
      app.add_subcommand("verify", "Try every flow of a plan that starts in this machine's zone");
  verify->add_option("PLAN", options->plan, "A plan folder, or its plan.json")->required();
  verify->add_option("--from", options->from, "The zone that this machine stands in")
      ->type_name("ZONE");
  verify->add_option("--as", options->as, "Only the flows of this client or server")
      ->type_name("PARTY");
  verify
      ->add_option("--registry", options->registries,
                   "A server's hive, folder of hives or .reg file: tells \"not yet restarted\" "
                   "from \"wrong value\"")
      ->type_name("[SERVER=]PATH")
      ->allow_extra_args(false);
  verify->add_option("--excess", options->excess, "Also try these ports, which must not be open")
      ->type_name("PORTS|all");
  verify->add_option("--rate", options->rate, "Tries of --excess in a second")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  verify->add_option("--timeout", options->timeout, "Seconds for each connect and each call")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  verify->add_option("--format", options->format, "Output format")
      ->check(CLI::IsMember({"table", "json", "junit", "sarif"}))
      ->capture_default_str();
  verify->add_option("--html", options->html, "Also write one self-contained page")
      ->type_name("FILE");
  verify
      ->add_option("--watch", options->watch,
                   "Repeat after so many seconds and say what changed, until interrupted")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86400));
  add_data_option(*verify, options->data);
  verify->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
