// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a subcommand joins the program: one function a file, listed in main.cpp. It declares its
// options on the CLI11 app and, when chosen, runs and leaves its exit code.

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/diagnostic.hpp"

namespace pinhole::cli {

/// What the chosen subcommand will do; runs after all arguments are parsed.
using Action = std::function<Exit()>;

/// Declares a subcommand on `app`; its callback stores what to run in `action`.
using AddCommand = void (*)(CLI::App& app, Action& action);

void add_registry(CLI::App& app, Action& action);
void add_catalogue(CLI::App& app, Action& action);
void add_firewall(CLI::App& app, Action& action);
void add_dump(CLI::App& app, Action& action);
void add_map(CLI::App& app, Action& action);
void add_probe(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_trace(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_plan(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_service(CLI::App& app, Action& action);
void add_lab(CLI::App& app, Action& action);

/// Prints each diagnostic as one escaped line to stderr and returns the strongest exit code
/// among the errors (3 before 2 before 1).
Exit report(const Diagnostics& diagnostics);

}  // namespace pinhole::cli
