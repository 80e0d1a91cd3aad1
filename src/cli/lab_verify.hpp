// SPDX-License-Identifier: Apache-2.0
#pragma once
// pinhole lab apply and lab verify.

#include <filesystem>
#include <string>

#include "base/diagnostic.hpp"

namespace pinhole::cli {

struct LabVerify {
  std::filesystem::path state;  // of the lab, absolute
  std::string html;             // file of the page, one for each zone; empty: none
  std::string data;
};

/// The plan's values into the servers' registries, and the restarts.
[[nodiscard]] Exit lab_apply(const LabVerify& options);

/// `verify` of the lab's plan in the namespace of each zone's clients, with the servers'
/// registries. 1 where a flow of a zone is not exact.
[[nodiscard]] Exit lab_verify(const LabVerify& options);

}  // namespace pinhole::cli
