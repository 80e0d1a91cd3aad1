// SPDX-License-Identifier: Apache-2.0
#include "netfilter/nftables.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <nftables/libnftables.h>

#include <fmt/format.h>

namespace pinhole::netfilter {
namespace {

struct Free {
  void operator()(nft_ctx* context) const { nft_ctx_free(context); }
};

tl::unexpected<Diagnostics> failed(std::string_view id, std::string message,
                                   std::string_view remedy, Exit exit) {
  return failure({.id = std::string(id),
                  .severity = Severity::error,
                  .place = {.name = "nftables", .line = 0, .column = 0, .offset = {}},
                  .message = std::move(message),
                  .remedy = std::string(remedy),
                  .exit = exit});
}

/// The first line that says something, without libnftables' marks below it.
std::string first_words(const char* text) {
  const std::string_view all = text == nullptr ? "" : text;
  return std::string(all.substr(0, all.find('\n')));
}

Checked<std::string> run(const std::string& command, Form form) {
  const std::unique_ptr<nft_ctx, Free> context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context || nft_ctx_buffer_output(context.get()) != 0 ||
      nft_ctx_buffer_error(context.get()) != 0) {
    return failed("nft-context", "libnftables cannot be set up", "see that memory is left",
                  Exit::environment);
  }
  if (form == Form::json) {
    nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON);
  }
  if (nft_run_cmd_from_buffer(context.get(), command.c_str()) != 0) {
    return failed("nft-refused", first_words(nft_ctx_get_error_buffer(context.get())),
                  "run as root, on a kernel with nf_tables", Exit::environment);
  }
  const char* output = nft_ctx_get_output_buffer(context.get());
  return std::string(output == nullptr ? "" : output);
}

std::string undo() {
  return fmt::format("table inet {0}\ndelete table inet {0}\n", kTable);
}

/// One word or sign of a text; quotes and comments hide what is in them.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  /// Empty at the end; "\n" between lines.
  std::string_view next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) {
      ++at_;
    }
    if (at_ < text_.size() && text_[at_] == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
    if (at_ == text_.size()) {
      return {};
    }
    const std::size_t begin = at_++;
    const char first = text_[begin];
    if (first == '"') {
      at_ = std::min(text_.find('"', at_), text_.size() - 1) + 1;
    } else if (kSigns.find(first) == std::string_view::npos) {
      at_ = std::min(text_.find_first_of(" \t\n{};\"#", at_), text_.size());
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  static constexpr std::string_view kSigns = "\n{};";
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_ours(std::string_view text) {
  Words words(text);
  int depth = 0;
  std::string command;
  const std::array allowed = {fmt::format("table inet {} ", kTable),
                              fmt::format("delete table inet {} ", kTable)};
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    const bool ends = word == "\n" || word == ";";
    if (depth == 0 && (ends || word == "{")) {
      if (!command.empty() && command != allowed[0] && (command != allowed[1] || word == "{")) {
        return false;
      }
      if (word == "{" && command.empty()) {
        return false;
      }
      command.clear();
    } else if (depth == 0 && word != "}") {
      command += std::string(word) + " ";
    }
    depth += word == "{" ? 1 : word == "}" ? -1 : 0;
    if (depth < 0) {
      return false;
    }
  }
  return depth == 0 && command.empty();
}

Checked<void> apply(const std::string& text) {
  if (!is_ours(text)) {
    return failed("nft-foreign", "a text would change more than the table inet pinhole",
                  "report this as a fault of pinhole", Exit::bug);
  }
  return run(text, Form::native).map([](const std::string&) {});
}

Checked<std::string> list_ruleset(Form form) {
  return run("list ruleset", form);
}

Checked<std::optional<std::string>> list_table() {
  auto tables = run("list tables inet", Form::native);
  if (!tables) {
    return tl::unexpected(std::move(tables).error());
  }
  if (("\n" + *tables).find(fmt::format("\ntable inet {}\n", kTable)) == std::string::npos) {
    return std::optional<std::string>();
  }
  return run(fmt::format("list table inet {}", kTable), Form::native)
      .map([](const std::string& text) { return std::optional(undo() + text); });
}

Checked<void> remove() {
  return apply(undo());
}

}  // namespace pinhole::netfilter
