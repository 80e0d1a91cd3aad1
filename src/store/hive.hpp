// SPDX-License-Identifier: Apache-2.0
#pragma once
// Hive bytes to tree and back, through hivex; no file is touched. hivex sees bytes only after
// registry/hive_check.hpp has let them pass.

#include <string_view>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "registry/hive_check.hpp"
#include "registry/key.hpp"

namespace pinhole::store {

struct Hive {
  registry::Key root;
  registry::HiveFacts facts;
};

/// Checks the bytes, then reads them all. `name` stands in the places of errors (exit 2).
[[nodiscard]] Checked<Hive> read_hive(ByteView file, std::string_view name);

/// The hive changed so that its tree is `after`; all that the two trees share stays as it is,
/// class names, security and times included. The result has passed check_hive and reads back as
/// `after`. A value too long for the hive's version is refused (exit 2).
[[nodiscard]] Checked<Bytes> change_hive(ByteView file, const registry::Key& after,
                                         std::string_view name);

}  // namespace pinhole::store
