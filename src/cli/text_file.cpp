// SPDX-License-Identifier: Apache-2.0
#include "cli/text_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "cli/refusal.hpp"
#include "store/file.hpp"

namespace pinhole::cli {
namespace {

constexpr std::size_t kMost = 64UL << 20U;

tl::unexpected<Diagnostics> refuse(const std::string& path, std::string message) {
  return refusal("cannot-read", path, std::move(message), "name a readable text file");
}

}  // namespace

Checked<std::string> read_text(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      return refuse(path, std::strerror(errno));
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string text(kMost + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.gcount() == 0 && !in.eof())) {
    return refuse(path, "cannot be read");
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMost) {
    return refuse(path, "longer than 64 MiB");
  }
  return text;
}

Checked<Bytes> read_input(const std::string& path, std::size_t most) {
  auto content = store::read_file(path, most);
  if (!content) {
    for (Diagnostic& each : content.error()) {
      each.exit = Exit::usage;
    }
  }
  return content;
}

}  // namespace pinhole::cli
