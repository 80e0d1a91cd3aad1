// SPDX-License-Identifier: Apache-2.0
#include "firewall/firewalld_files.hpp"

#include <algorithm>
#include <utility>

#include "firewall/reading.hpp"

namespace pinhole::firewall::firewalld {
namespace {

constexpr std::string_view kRemedy =
    "give what `tail -v -n +1 /etc/firewalld/*/*.xml` prints, with /etc/firewalld/firewalld.conf "
    "and /usr/lib/firewalld/*/*.xml before them";

[[noreturn]] void refuse(std::uint32_t line, std::string message) {
  throw Stop{"firewalld-syntax", line, std::move(message), std::string(kRemedy)};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

/// The path in `==> PATH <==`.
std::optional<std::string_view> path_of(std::string_view line) {
  constexpr std::string_view kBegin = "==> ";
  constexpr std::string_view kEnd = " <==";
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  if (line.size() <= kBegin.size() + kEnd.size() || !line.starts_with(kBegin) ||
      !line.ends_with(kEnd)) {
    return std::nullopt;
  }
  return line.substr(kBegin.size(), line.size() - kBegin.size() - kEnd.size());
}

/// The last parts of a path.
struct Path {
  std::string_view folder;
  std::string_view file;
};

Path parts_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return {{}, path};
  }
  const std::string_view above = path.substr(0, slash);
  return {above.substr(above.rfind('/') + 1), path.substr(slash + 1)};
}

class Splitter {
 public:
  Configuration split(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      const std::string_view with_end = text.substr(0, std::min(end + 1, text.size()));
      text.remove_prefix(with_end.size());
      ++line_;
      if (const auto path = path_of(line)) {
        close();
        path_ = *path;
        begin_ = line_ + 1;
        content_ = {};
      } else if (path_.empty()) {
        if (!trimmed(line).empty()) {
          refuse(line_, "no file's name stands before this line");
        }
      } else {
        // The lines of one file follow each other.
        content_ = content_.empty()
                       ? with_end
                       : std::string_view(content_.data(), content_.size() + with_end.size());
      }
    }
    close();
    return std::move(all_);
  }

 private:
  void close() {
    if (path_.empty()) {
      return;
    }
    const Path path = parts_of(path_);
    if (path.file == "firewalld.conf") {
      settings();
    } else if (path.file == "direct.xml") {
      all_.direct.emplace(content_, begin_, "direct");
    } else if (path.file == "lockdown-whitelist.xml" || !path.file.ends_with(".xml") ||
               path.folder == "helpers" || path.folder == "icmptypes") {
      return;  // of these firewalld takes no rules
    } else if (path.folder == "zones") {
      keep(all_.zones, path.file, "zone");
    } else if (path.folder == "policies") {
      keep(all_.policies, path.file, "policy");
    } else if (path.folder == "services") {
      keep(all_.services, path.file, "service");
    } else if (path.folder == "ipsets") {
      keep(all_.ipsets, path.file, "ipset");
    } else {
      refuse(begin_ - 1, "what this file is for does not show: " + std::string(path_));
    }
  }

  void keep(Files& files, std::string_view file, const std::string& root) {
    const std::string name(file.substr(0, file.size() - 4));
    const bool own = !path_.starts_with("/usr/");
    bool& known_own = own_[root + "/" + name];
    if (own || !known_own) {
      files.insert_or_assign(name, File(content_, begin_, root));
      known_own = own;
    }
  }

  void settings() {
    auto& settings = all_.settings.emplace();
    for (std::string_view rest = content_; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = line.find('=');
      if (!line.starts_with('#') && equals != std::string_view::npos) {
        settings.insert_or_assign(std::string(trimmed(line.substr(0, equals))),
                                  std::string(trimmed(line.substr(equals + 1))));
      }
    }
  }

  Configuration all_;
  std::map<std::string, bool> own_;  // whether a file is not of those that came with firewalld
  std::string_view path_;
  std::string_view content_;
  std::uint32_t begin_ = 0;
  std::uint32_t line_ = 0;
};

}  // namespace

File::File(std::string_view text, std::uint32_t line, const std::string& root)
    : document_(std::make_unique<pugi::xml_document>()), first_(line) {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    ends_.push_back(static_cast<std::ptrdiff_t>(at));
  }
  const pugi::xml_parse_result result =
      document_->load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  const auto line_at = [this](std::ptrdiff_t offset) {
    return first_ +
           static_cast<std::uint32_t>(std::ranges::lower_bound(ends_, offset) - ends_.begin());
  };
  if (!result) {
    refuse(line_at(result.offset), std::string("no XML: ") + result.description());
  }
  root_ = document_->document_element();
  if (root_.name() != root || root_.next_sibling()) {
    refuse(root_ ? line_at(root_.offset_debug()) : first_,
           "this file must hold one <" + root + ">");
  }
}

std::uint32_t File::line(const pugi::xml_node& node) const {
  return first_ + static_cast<std::uint32_t>(std::ranges::lower_bound(ends_, node.offset_debug()) -
                                             ends_.begin());
}

Configuration configuration(std::string_view text) {
  Configuration all = Splitter().split(text);
  if (all.zones.empty() && all.policies.empty()) {
    refuse(1, "there is neither a zone nor a policy");
  }
  return all;
}

bool names_a_file(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(begin);
  const auto path = path_of(text.substr(0, text.find('\n')));
  if (!path) {
    return false;
  }
  const Path parts = parts_of(*path);
  return parts.file == "firewalld.conf" || parts.file.ends_with(".xml");
}

std::string text_of(const pugi::xml_node& node) {
  class Writer : public pugi::xml_writer {
   public:
    void write(const void* data, std::size_t size) override {
      text.append(static_cast<const char*>(data), size);
    }
    std::string text;
  };
  Writer writer;
  node.print(writer, "", pugi::format_raw | pugi::format_no_declaration);
  for (char& c : writer.text) {
    c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  return std::move(writer.text);
}

}  // namespace pinhole::firewall::firewalld
