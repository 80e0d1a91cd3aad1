// SPDX-License-Identifier: Apache-2.0
#pragma once
// What each word after `pinhole registry` does. All print to stdout, report errors to stderr and
// return the exit code.

#include <string>

#include "base/diagnostic.hpp"

namespace pinhole::cli {

struct RegistryOptions {
  std::string registry;  // --registry: a folder or a hive
  std::string key;
  std::string name;  // `@`: the default value
  bool has_name = false;
  std::string value;
  std::string type;  // --type
  std::string format = "table";
  std::string file;   // a .reg file, or a backup
  std::string other;  // of diff: the second
  std::string output;
  std::string dialect = "5.00";
  std::string data;  // --data
  bool for_hive = false;
  bool force = false;
};

Exit registry_get(const RegistryOptions& options);
Exit registry_list(const RegistryOptions& options);
Exit registry_set(const RegistryOptions& options);
Exit registry_delete(const RegistryOptions& options);
Exit registry_import(const RegistryOptions& options);
Exit registry_export(const RegistryOptions& options);
Exit registry_diff(const RegistryOptions& options);
Exit registry_backup(const RegistryOptions& options);
Exit registry_restore(const RegistryOptions& options);

}  // namespace pinhole::cli
