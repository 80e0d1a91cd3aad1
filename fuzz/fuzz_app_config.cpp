// rooms: snapshot
// SPDX-License-Identifier: Apache-2.0
// A .config file from anywhere: each key once, and the look-up by key agrees with the list.
#include <cstdlib>
#include <set>

#include "base/bytes.hpp"
#include "snapshot/app_config.hpp"

using namespace pinhole;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(view_of(data, size));
  const auto settings = snapshot::read_app_config(text, "input");
  if (!settings) {
    return settings.error().empty() ? std::abort(), 0 : 0;
  }
  std::set<std::string> keys;
  for (const auto& setting : *settings) {
    if (!keys.insert(setting.key).second || setting.line == 0 || setting.line > size) {
      std::abort();
    }
  }
  if (!settings->empty() &&
      snapshot::find_app_setting(text, settings->front().key) != settings->front().value) {
    std::abort();
  }
  return 0;
}
