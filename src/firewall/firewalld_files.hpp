// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files of a firewalld configuration, taken apart: `tail -v` of them as one text. Of two files
// for one object that below /etc counts, else the later one, as firewalld(1) says of its folders.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace pinhole::firewall::firewalld {

/// What an object's file holds.
class File {
 public:
  /// Throws Stop where `text` is no XML document with the element `root`. `line`: of its first
  /// line.
  File(std::string_view text, std::uint32_t line, const std::string& root);

  [[nodiscard]] pugi::xml_node root() const { return root_; }
  /// Where the node stands in the whole text.
  [[nodiscard]] std::uint32_t line(const pugi::xml_node& node) const;

 private:
  std::unique_ptr<pugi::xml_document> document_;
  pugi::xml_node root_;
  std::uint32_t first_ = 0;
  std::vector<std::ptrdiff_t> ends_;  // of lines
};

using Files = std::map<std::string, File, std::less<>>;

struct Configuration {
  Files zones;
  Files policies;
  Files services;
  Files ipsets;
  std::optional<File> direct;
  std::optional<std::map<std::string, std::string, std::less<>>> settings;  // of firewalld.conf
};

/// Throws Stop.
[[nodiscard]] Configuration configuration(std::string_view text);

/// Whether the text begins with the name of such a file.
[[nodiscard]] bool names_a_file(std::string_view text);

/// The node as XML on one line.
[[nodiscard]] std::string text_of(const pugi::xml_node& node);

}  // namespace pinhole::firewall::firewalld
