// SPDX-License-Identifier: Apache-2.0
// pinhole firewall compile: the rules of one device, in the words of its back-end.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/data_option.hpp"
#include "cli/firewall_commands.hpp"
#include "cli/firewall_input.hpp"
#include "cli/firewall_words.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "firewall/backend.hpp"
#include "firewall/minimise.hpp"
#include "render/escape.hpp"
#include "render/json.hpp"
#include "store/folder.hpp"

namespace pinhole::cli {
namespace {

/// Says of a folder that it holds compiled rules, and may be replaced.
constexpr std::string_view kMarker = ".pinhole-firewall";

struct Options {
  std::string plan;
  std::string device;
  std::string to;
  std::string output;
  std::string format = "table";
  std::string data;
  bool undo = false;
};

struct Compiled {
  std::string device;  // empty: by address
  std::string backend;
  std::vector<firewall::PrintedFile> files;
};

std::string backends_text() {
  std::string text = "say --to with one of:";
  for (const firewall::Backend& backend : firewall::backends()) {
    text += fmt::format(" {}", backend.name);
  }
  return text;
}

Checked<Compiled> compile(const Options& options, const plan::Plan& plan,
                          const catalogue::Catalogue& catalogue) {
  std::optional<plan::Index> device;
  if (!options.device.empty()) {
    const auto found = device_of(plan, options.device);
    if (!found) {
      return tl::unexpected(found.error());
    }
    device = *found;
  } else if (options.to.empty()) {
    return refusal("firewall-backend", "compile", "neither --device nor --to says for what",
                   "name a device of the plan, or " + backends_text());
  }
  const std::string backend =
      options.to.empty() && device ? plan.topology.devices[*device].backend : options.to;
  const firewall::Backend* printer = firewall::find_backend(backend);
  if (printer == nullptr) {
    return refusal("firewall-backend", options.device,
                   backend.empty() ? "the plan names no back-end for this device"
                                   : "there is no back-end " + backend,
                   backends_text());
  }
  const firewall::Policy policy = firewall::minimise(policy_of(plan, device, catalogue));
  auto files = printer->print(policy);
  if (!files) {
    return tl::unexpected(std::move(files).error());
  }
  if (!device) {
    report({{"firewall-by-address",
             Severity::note,
             {"compile", 0, 0, {}},
             "without a device the rules match by address only",
             "name one with --device for its interfaces, translations and anti-spoofing"}});
  }
  return Compiled{policy.device, backend, *std::move(files)};
}

std::string_view use_name(firewall::PrintedFile::Use use) {
  switch (use) {
    case firewall::PrintedFile::Use::apply:
      return "apply";
    case firewall::PrintedFile::Use::replace:
      return "replace";
    case firewall::PrintedFile::Use::instead:
      return "instead";
    case firewall::PrintedFile::Use::undo:
      break;
  }
  return "undo";
}

Exit write(const Options& options, const Compiled& compiled) {
  std::vector<store::FolderFile> files;
  for (const firewall::PrintedFile& file : compiled.files) {
    const ByteView content = bytes_of(file.text);
    files.push_back({file.name, Bytes(content.begin(), content.end())});
  }
  const auto written = store::write_folder(options.output, kMarker, files);
  if (!written) {
    return report(written.error());
  }
  for (const firewall::PrintedFile& file : compiled.files) {
    fmt::print(options.format == "json" ? stderr : stdout, "wrote {}  ({}: {})\n",
               render::escape((written->folder / file.name).string()), use_name(file.use),
               render::escape(file.how));
  }
  return Exit::good;
}

void print_json(const Compiled& compiled) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const firewall::PrintedFile& file : compiled.files) {
    files.push_back(
        {{"use", use_name(file.use)}, {"name", file.name}, {"how", file.how}, {"text", file.text}});
  }
  fmt::print("{}",
             render::json_text({{"schema", "pinhole.firewall-compile/1"},
                                {"backend", compiled.backend},
                                {"device", or_null(compiled.device)},
                                {"matches", compiled.device.empty() ? "addresses" : "interfaces"},
                                {"files", std::move(files)}}));
}

Exit run(const Options& options) {
  const auto opened = open_plan(options.plan, options.data);
  if (!opened) {
    return report(opened.error());
  }
  const auto& [catalogue, plan] = *opened;
  const auto compiled = compile(options, plan, catalogue);
  if (!compiled) {
    return report(compiled.error());
  }
  if (options.format == "json") {
    print_json(*compiled);
  } else if (options.output.empty()) {
    const auto wanted =
        options.undo ? firewall::PrintedFile::Use::undo : firewall::PrintedFile::Use::apply;
    const std::string text = firewall::one_text(compiled->files, wanted);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return options.output.empty() ? Exit::good : write(options, *compiled);
}

}  // namespace

void add_firewall_compile(CLI::App& firewall, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* compile = firewall.add_subcommand("compile", "Print a plan as rules for a firewall");
  compile
      ->add_option("PLAN", options->plan, "A plan folder, or its plan.json; - for standard input")
      ->required();
  compile->add_option("--device", options->device, "The device of the plan")->type_name("NAME");
  compile
      ->add_option("--to", options->to,
                   "The back-end; without a device, rules match by address only")
      ->type_name("BACKEND");
  compile
      ->add_option("-o,--output", options->output, "Write all files, the undo too, to this folder")
      ->type_name("DIR");
  compile->add_flag("--undo", options->undo, "Print what takes the rules away again");
  add_format_option(*compile, options->format);
  add_data_option(*compile, options->data);
  compile->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace pinhole::cli
