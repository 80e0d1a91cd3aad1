// SPDX-License-Identifier: Apache-2.0
#pragma once
// The back-ends by name. A new one is a printer, a row here and a test: docs/firewall-backends.md.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

/// One text for a device.
struct PrintedFile {
  enum class Use : std::uint8_t {
    apply,    // puts the policy in force
    replace,  // likewise, where an older one already is and `apply` could not be used again
    instead,  // does what `apply` does in other words; one of both is loaded
    undo,     // takes it out
  };

  Use use = Use::apply;
  std::string name;  // of the file: `pinhole.nft`
  std::string how;   // the command that loads it: `nft -f pinhole.nft`
  std::string text;
};

struct Backend {
  std::string_view name;  // as a topology and --to say it: `nftables`
  std::string_view about;
  /// All files, in the order in which they are loaded; or what the back-end cannot say.
  Checked<std::vector<PrintedFile>> (*print)(const Policy& policy);
};

/// All files of one use as one text, as readers take it. Where the device has a file for each
/// object, its name stands before it as `tail -v` writes it.
[[nodiscard]] std::string one_text(std::span<const PrintedFile> files, PrintedFile::Use use);

[[nodiscard]] std::span<const Backend> backends();
/// Null where there is none of that name.
[[nodiscard]] const Backend* find_backend(std::string_view name);

}  // namespace pinhole::firewall
