// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "cli/command.hpp"

namespace pinhole::cli {
namespace {

int run(int argc, char** argv) {
  CLI::App app{"Takes MS-RPC services through a firewall, and proves it."};
  app.name("pinhole");
  app.set_version_flag("--version", PINHOLE_VERSION);
  app.require_subcommand(1);
  Action action;
  for (const AddCommand add : std::initializer_list<AddCommand>{PINHOLE_COMMANDS}) {
    add(app, action);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? static_cast<int>(Exit::good) : static_cast<int>(Exit::usage);
  }
  return static_cast<int>(action());
}

}  // namespace
}  // namespace pinhole::cli

int main(int argc, char** argv) {
  try {
    return pinhole::cli::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "pinhole: a bug in pinhole: {}\n", error.what());
    return static_cast<int>(pinhole::Exit::bug);
  }
}
