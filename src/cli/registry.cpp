// SPDX-License-Identifier: Apache-2.0
// pinhole registry: settings where they live, in hives and in .reg files.

#include <memory>

#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/registry_commands.hpp"

namespace pinhole::cli {
namespace {

using Options = std::shared_ptr<RegistryOptions>;

CLI::App* word(CLI::App& registry, Action& action, const Options& options, const char* name,
               const char* about, Exit (*run)(const RegistryOptions&)) {
  CLI::App* app = registry.add_subcommand(name, about);
  app->callback([&action, options, run, app] {
    const CLI::Option* value_name = app->get_option_no_throw("NAME");
    options->has_name = value_name != nullptr && value_name->count() > 0;
    action = [options, run] { return run(*options); };
  });
  return app;
}

void add_place(CLI::App* app, const Options& options) {
  app->add_option("--registry", options->registry,
                  "A folder with SYSTEM and SOFTWARE, or one hive file")
      ->type_name("PATH")
      ->required();
}

void add_format(CLI::App* app, const Options& options) {
  app->add_option("--format", options->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

void add_force(CLI::App* app, const Options& options) {
  app->add_flag("--force", options->force, "Write to a dirty hive too; its log is given up");
}

void add_key(CLI::App* app, const Options& options) {
  app->add_option("KEY", options->key, R"(A key, such as HKLM\SYSTEM\CurrentControlSet\Services)")
      ->required();
}

CLI::Option* add_name(CLI::App* app, const Options& options) {
  return app->add_option("NAME", options->name, "The name of a value; @ is the default value");
}

void add_edits(CLI::App& registry, Action& action, const Options& options) {
  CLI::App* set = word(registry, action, options, "set", "Set a value", registry_set);
  add_key(set, options);
  add_name(set, options)->required();
  set->add_option("VALUE", options->value, R"(Numbers in decimal; \0 between strings of a list)")
      ->required();
  set->add_option("--type", options->type,
                  "REG_DWORD and so on; needed where the catalogue does not know the setting")
      ->type_name("TYPE");
  add_data_option(*set, options->data);
  add_place(set, options);
  add_force(set, options);

  CLI::App* erase =
      word(registry, action, options, "delete", "Delete a value, or a key", registry_delete);
  add_key(erase, options);
  add_name(erase, options);
  add_place(erase, options);
  add_force(erase, options);
}

void add_files(CLI::App& registry, Action& action, const Options& options) {
  CLI::App* read = word(registry, action, options, "import",
                        "Carry out what a .reg file says; makes a missing hive", registry_import);
  read->add_option("FILE", options->file, "A .reg file")->required();
  add_place(read, options);
  add_force(read, options);

  CLI::App* write = word(registry, action, options, "export",
                         "Write a key, or everything, as a .reg file", registry_export);
  write->add_option("KEY", options->key, "Only this key and what is below it");
  write->add_option("--output", options->output, "A file instead of standard output")
      ->type_name("FILE");
  write->add_option("--dialect", options->dialect, "5.00 or REGEDIT4")
      ->check(CLI::IsMember({"5.00", "REGEDIT4"}))
      ->capture_default_str();
  write->add_flag("--for-hive", options->for_hive,
                  "The offline form that hivexregedit reads: UTF-8, LF, ControlSet00N");
  add_place(write, options);

  CLI::App* compare = word(registry, action, options, "diff",
                           "What makes B of A; exit 1 if they differ", registry_diff);
  compare->add_option("A", options->file, "A folder, a hive or a .reg file")->required();
  compare->add_option("B", options->other, "Another one")->required();
  add_format(compare, options);
}

void add_backups(CLI::App& registry, Action& action, const Options& options) {
  CLI::App* keep = word(registry, action, options, "backup",
                        "Keep a copy of each hive as PATH.<UTC time>.bak", registry_backup);
  add_place(keep, options);

  CLI::App* restore = word(registry, action, options, "restore",
                           "Put a backup back, after a backup of what is there", registry_restore);
  restore->add_option("BACKUP", options->file, "A file that a write or `backup` kept")->required();
  restore
      ->add_option("--registry", options->registry,
                   "Where to; without it, the file that the backup's name tells")
      ->type_name("PATH");
}

}  // namespace

void add_registry(CLI::App& app, Action& action) {
  CLI::App* registry = app.add_subcommand(
      "registry", "Read and write the settings in registry hives and .reg files");
  registry->require_subcommand(1);
  const auto options = std::make_shared<RegistryOptions>();
  CLI::App* get =
      word(*registry, action, options, "get", "Show a value, or all values of a key", registry_get);
  add_key(get, options);
  add_name(get, options);
  add_place(get, options);
  add_format(get, options);
  CLI::App* list =
      word(*registry, action, options, "list", "Show the keys and values of a key", registry_list);
  add_key(list, options);
  add_place(list, options);
  add_format(list, options);
  add_edits(*registry, action, options);
  add_files(*registry, action, options);
  add_backups(*registry, action, options);
}

}  // namespace pinhole::cli
