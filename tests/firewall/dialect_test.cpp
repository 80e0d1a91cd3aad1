// SPDX-License-Identifier: Apache-2.0
// Each dialect's text is taken for itself alone.
#include <gtest/gtest.h>

#include "firewall/backend.hpp"
#include "firewall/print_samples.hpp"
#include "firewall/read.hpp"

namespace pinhole::firewall {
namespace {

TEST(Dialects, AreRecognisedByWhatTheBackendsPrint) {
  Policy policy = support::simple_policy();
  for (const bool by_interface : {true, false}) {
    for (Zone& zone : policy.zones) {
      zone.interface = by_interface ? zone.interface : "";
    }
    for (const Backend& backend : backends()) {
      const auto files = backend.print(policy);
      if (!files) {
        continue;  // tested with the back-end
      }
      const std::string text = one_text(*files, PrintedFile::Use::apply);
      std::string fitting;
      for (const Dialect& dialect : dialects()) {
        if (dialect.fits(text)) {
          fitting += (fitting.empty() ? "" : ", ") + std::string(dialect.name);
        }
      }
      EXPECT_EQ(fitting, backend.name) << text.substr(0, 200);
    }
  }
}

}  // namespace
}  // namespace pinhole::firewall
