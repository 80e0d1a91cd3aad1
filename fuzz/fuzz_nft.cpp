// rooms: firewall
// SPDX-License-Identifier: Apache-2.0
// Any text is a rule set whose rules have their lines, or one diagnostic with a remedy.
#include <cstdlib>
#include <string_view>

#include "base/bytes.hpp"
#include "firewall/check.hpp"
#include "firewall/nft_read.hpp"

namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  const auto read = firewall::read_nft(text_of(view_of(data, size)), "fuzz.nft");
  if (!read) {
    require(!read.error().empty() && !read.error().front().remedy.empty());
    return 0;
  }
  for (const firewall::Table& table : read->tables) {
    for (const firewall::Chain& chain : table.chains) {
      for (const firewall::RulesetRule& rule : chain.rules) {
        require(rule.line > 0);
      }
    }
  }
  (void)firewall::check_ruleset(*read);
  return 0;
}
