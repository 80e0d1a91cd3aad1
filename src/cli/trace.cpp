// SPDX-License-Identifier: Apache-2.0
// pinhole trace FILE|--interface IF: which client used which RPC interface of which server, and how
// it had learned the port.

#include "inspect/trace.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/analysis.hpp"
#include "catalogue/lookup.hpp"
#include "cli/capture_source.hpp"
#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "cli/terminal.hpp"
#include "cli/trace_print.hpp"
#include "inspect/trace_json.hpp"
#include "inspect/trace_suggest.hpp"
#include "render/json.hpp"
#include "store/file.hpp"

namespace pinhole::cli {
namespace {

struct Options {
  std::string file;
  std::string interface;
  unsigned seconds = 0;  // 0: until interrupted
  std::string plan;
  std::string suggest;
  std::string product;
  std::string format = "table";
  bool all = false;
  std::string data;
};

struct Subject {
  catalogue::Catalogue catalogue;
  std::optional<plan::Plan> plan;
  const catalogue::Product* product = nullptr;
};

Checked<Subject> subject_of(const Options& options) {
  if (options.file.empty() == options.interface.empty()) {
    return usage("trace", "one FILE or one --interface is wanted",
                 "name a capture file, or an interface of this machine");
  }
  if (options.seconds != 0 && options.interface.empty()) {
    return usage("--for", "is for --interface", "leave it out");
  }
  Subject subject;
  auto catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return tl::unexpected(std::move(catalogue).error());
  }
  subject.catalogue = *std::move(catalogue);
  if (!options.product.empty()) {
    subject.product = catalogue::find_product(subject.catalogue, options.product);
    if (subject.product == nullptr) {
      return usage("--product", fmt::format("\"{}\" is no product", options.product),
                   "pinhole catalogue knows them");
    }
  }
  if (!options.plan.empty()) {
    auto plan = open_plan(options.plan, subject.catalogue);
    if (!plan) {
      return tl::unexpected(std::move(plan).error());
    }
    subject.plan = *std::move(plan);
  }
  return subject;
}

Checked<inspect::Trace> analyse(const Options& options, const Subject& subject) {
  capture::Analysis analysis;
  const bool live = !options.interface.empty();
  std::optional<std::chrono::seconds> time;
  if (options.seconds != 0) {
    time = std::chrono::seconds(options.seconds);
  }
  auto end = live ? watch_interface(options.interface, time, analysis)
                  : read_capture(options.file, analysis);
  if (!end) {
    return tl::unexpected(std::move(end).error());
  }
  inspect::TraceOptions wanted;
  wanted.plan = subject.plan ? &*subject.plan : nullptr;
  wanted.product = subject.product;
  inspect::Trace trace = inspect::make_trace(analysis.finish(), subject.catalogue, wanted);
  trace.source = live ? options.interface : options.file;
  trace.cut = std::move(end->cut);
  trace.dropped = end->dropped;
  return trace;
}

void print(const Options& options, const Subject& subject, const inspect::Trace& trace) {
  const plan::Plan* plan = subject.plan ? &*subject.plan : nullptr;
  if (options.format == "json") {
    fmt::print("{}",
               render::json_text(inspect::trace_json(trace, subject.catalogue, plan, options.all)));
  } else {
    fmt::print("{}", trace_table(trace, subject.catalogue, plan, options.all, style_of(stdout)));
  }
}

Exit run(const Options& options) {
  const auto subject = subject_of(options);
  if (!subject) {
    return report(subject.error());
  }
  const auto trace = analyse(options, *subject);
  if (!trace) {
    return report(trace.error());
  }
  print(options, *subject, *trace);
  if (!options.suggest.empty()) {
    const auto text = inspect::suggest_topology(*trace, subject->catalogue, subject->product);
    if (!text) {
      return report(text.error());
    }
    if (const auto written = store::write_atomic(options.suggest, bytes_of(*text)); !written) {
      return report(written.error());
    }
  }
  if (!trace->cut.empty()) {
    return report(refusal("damaged-capture", trace->source, trace->cut,
                          "what stands before it is shown; capture it again")
                      .value());
  }
  return inspect::is_good(*trace) ? Exit::good : Exit::no;
}

}  // namespace

void add_trace(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* trace = app.add_subcommand(
      "trace", "Say who used which RPC interface of which server, from a capture");
  trace->add_option("FILE", options->file, "A pcap or pcapng file; - is standard input");
  trace->add_option("--interface", options->interface, "Watch this network interface instead")
      ->type_name("IF");
  trace->add_option("--for", options->seconds, "Watch for so long, not until interrupted")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 31536000));
  trace->add_option("--plan", options->plan, "Judge what is seen by this plan")->type_name("PLAN");
  trace->add_option("--suggest", options->suggest, "Write the topology of what was seen")
      ->type_name("FILE");
  trace
      ->add_option("--product", options->product,
                   "What the servers are: their dynamic range, and for --suggest")
      ->type_name("PRODUCT");
  trace->add_flag("--all", options->all, "Also show connections that spoke no RPC");
  trace->add_option("--format", options->format, "Output format")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  add_data_option(*trace, options->data);
  trace->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
