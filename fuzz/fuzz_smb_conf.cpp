// rooms: snapshot
// SPDX-License-Identifier: Apache-2.0
// An smb.conf from anywhere: what is read, written out plainly, reads back as it was.
#include <cstdlib>

#include "base/bytes.hpp"
#include "snapshot/smb_conf.hpp"

using namespace pinhole;

namespace {

// What the form cannot say in one line: a backslash at its end, and names that look like more.
bool is_plain(const snapshot::SmbParameter& parameter) {
  return !parameter.name.starts_with('[') && !parameter.name.starts_with('#') &&
         !parameter.name.starts_with(';') && !parameter.value.ends_with('\\') &&
         parameter.section.find(']') == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parameters = snapshot::read_smb_conf(text_of(view_of(data, size)), "input");
  if (!parameters) {
    return 0;
  }
  std::string text;
  std::vector<snapshot::SmbParameter> plain;
  for (const auto& parameter : *parameters) {
    if (is_plain(parameter)) {
      text += "[" + parameter.section + "]\n" + parameter.name + " = " + parameter.value + "\n";
      plain.push_back(parameter);
      plain.back().line = static_cast<std::uint32_t>(2 * plain.size());
    }
  }
  if (snapshot::read_smb_conf(text, "again") != plain) {
    std::abort();
  }
  static_cast<void>(snapshot::smb_ports(*parameters));
  return 0;
}
