// SPDX-License-Identifier: Apache-2.0
#pragma once
// Two saved dumps beside each other.

#include <string>

#include "cli/command.hpp"

namespace pinhole::cli {

/// Prints what the later dump has otherwise, as a table or (`format` json) as the document of
/// docs/schema/dump-diff.schema.json. 0: nothing; 1: something; 2: a file is no dump.
[[nodiscard]] Exit print_dump_diff(const std::string& earlier, const std::string& later,
                                   const std::string& format);

}  // namespace pinhole::cli
