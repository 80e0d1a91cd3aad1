// SPDX-License-Identifier: Apache-2.0
#include "host/data_folder.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "catalogue/load.hpp"

namespace pinhole::host {
namespace {

Diagnostic unreadable(const std::string& name, int error) {
  Diagnostic diagnostic;
  diagnostic.id = "data-file-unreadable";
  diagnostic.place.name = name;
  diagnostic.message = std::generic_category().message(error);
  diagnostic.exit = Exit::environment;
  diagnostic.remedy = "--data takes a folder with all files of the catalogue";
  return diagnostic;
}

}  // namespace

Checked<catalogue::Catalogue> open_catalogue(const std::string& folder) {
  if (folder.empty()) {
    return catalogue::builtin();
  }
  std::vector<std::string> names;
  std::vector<std::string> texts;
  Diagnostics wrong;
  for (const std::string_view name : catalogue::data_file_names()) {
    names.push_back(folder + "/" + std::string(name));
    errno = 0;
    std::ifstream file(names.back(), std::ios::binary);
    if (!file) {
      wrong.push_back(unreadable(names.back(), errno));
    }
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (!wrong.empty()) {
    return tl::unexpected(std::move(wrong));
  }
  std::vector<catalogue::DataFile> files;
  files.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    files.push_back({names[i], texts[i]});
  }
  return catalogue::load(files);
}

}  // namespace pinhole::host
