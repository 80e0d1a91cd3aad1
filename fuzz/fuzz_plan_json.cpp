// rooms: plan catalogue
// SPDX-License-Identifier: Apache-2.0
// Any text is a plan that writes and reads back as itself, or a list of mistakes with remedies.
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "plan/plan_files.hpp"
#include "plan/plan_json.hpp"
#include "require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  using fuzz::require;
  const std::string_view text = text_of(view_of(data, size));
  const auto read = plan::read_plan(text, "plan.json", catalogue::builtin());
  if (!read) {
    fuzz::require_remedies(read.error());
    for (const Diagnostic& diagnostic : read.error()) {
      require(diagnostic.place.name.starts_with("plan.json"));
    }
    return 0;
  }
  const std::string written = plan::write_plan(*read, catalogue::builtin());
  const auto again = plan::read_plan(written, "plan.json", catalogue::builtin());
  require(again.has_value());
  require(plan::write_plan(*again, catalogue::builtin()) == written);
  (void)plan::plan_files(*read, {}, catalogue::builtin());
  return 0;
}
