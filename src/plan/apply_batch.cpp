// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"

namespace pinhole::plan {
namespace {

using registry::Edit;
using registry::Type;
using registry::Value;

std::string hex_text(ByteView bytes) {
  std::string text;
  for (const std::byte each : bytes) {
    text += fmt::format("{:02x}", std::to_integer<unsigned>(each));
  }
  return text;
}

/// The list as reg.exe takes it; a string that holds the separator cannot be told from two.
std::optional<std::string> list_text(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (line.find("\\0") != std::string::npos || line.ends_with('\\')) {
      return std::nullopt;
    }
  }
  return fmt::format("{}", fmt::join(lines, "\\0"));
}

std::optional<std::pair<std::string_view, std::string>> plain_text(const Value& value) {
  switch (value.type) {
    case Type::dword:
      if (const auto number = value.dword()) {
        return std::pair("REG_DWORD", fmt::to_string(*number));
      }
      break;
    case Type::qword:
      if (const auto number = value.qword()) {
        return std::pair("REG_QWORD", fmt::to_string(*number));
      }
      break;
    case Type::sz:
      if (const auto text = value.sz(); text && value == Value::of_sz(*text)) {
        return std::pair("REG_SZ", *text);
      }
      break;
    case Type::expand_sz:
      if (const auto text = value.sz(); text && value == Value::of_expand_sz(*text)) {
        return std::pair("REG_EXPAND_SZ", *text);
      }
      break;
    case Type::multi_sz:
      if (const auto lines = value.multi_sz(); lines && value == Value::of_multi_sz(*lines)) {
        if (auto list = list_text(*lines)) {
          return std::pair("REG_MULTI_SZ", *std::move(list));
        }
      }
      break;
    case Type::binary:
      return std::pair("REG_BINARY", hex_text(value.data));
    default:
      break;
  }
  return std::nullopt;
}

/// The lines of one edit; nothing where no quoting says it.
std::optional<std::string> edit_text(const Edit& edit) {
  const auto key = cmd_text(registry::to_string(edit.path));
  const auto name = cmd_text(edit.name);
  if (!key || !name) {
    return std::nullopt;
  }
  switch (edit.kind) {
    case Edit::Kind::make_key:
      return fmt::format("reg add {} /f || set \"failed=1\"\n", *key);
    case Edit::Kind::delete_key:
      return fmt::format("reg query {0} >nul 2>&1 && (reg delete {0} /f || set \"failed=1\")\n",
                         *key);
    case Edit::Kind::delete_value:
      return fmt::format(
          "reg query {0} /v {1} >nul 2>&1 && (reg delete {0} /v {1} /f || set \"failed=1\")\n",
          *key, *name);
    case Edit::Kind::set_value:
      break;
  }
  const auto plain = plain_text(edit.value);
  const auto data = plain ? cmd_text(plain->second) : std::nullopt;
  if (!data) {
    return std::nullopt;
  }
  return fmt::format("reg add {} /v {} /t {} /d {} /f || set \"failed=1\"\n", *key, *name,
                     plain->first, *data);
}

std::string restart_text(const ServerChange& change) {
  if (change.restarts_computer) {
    return "shutdown -r -t 0\n";
  }
  if (change.services.empty()) {
    return "echo nothing has to restart\n";
  }
  std::string text =
      "rem net asks before it stops services that depend on one; start those again.\n";
  for (const std::string& service : std::views::reverse(change.services)) {
    text += fmt::format("net stop {}\n", cmd_text(service).value_or("\"\""));
  }
  for (const std::string& service : change.services) {
    text += fmt::format("net start {}\n", cmd_text(service).value_or("\"\""));
  }
  return text;
}

std::string heading(const ServerChange& change) {
  const std::string name = comment_text(change.server);
  const std::string what =
      change.direction == Direction::there
          ? fmt::format("rem Sets the planned ports of {0}; {0}-undo.cmd takes it back.\n", name)
          : fmt::format("rem Takes back what {}.cmd has set.\n", name);
  return fmt::format(
      "@echo off\n{}rem With /restart it restarts what must restart. As an administrator.\n"
      "setlocal DisableDelayedExpansion\n"
      "set \"failed=\"\n",
      what);
}

}  // namespace

std::string batch_file(const ServerChange& change) {
  std::string text = heading(change);
  for (const Edit& edit : change.edits) {
    if (const auto lines = edit_text(edit)) {
      text += *lines;
    } else {
      text += fmt::format(
          "echo {0}: not a value that reg.exe writes; import the .reg file\nset \"failed=1\"\n",
          cmd_text(comment_text(edit.name)).value_or("a value"));
    }
  }
  for (const NamedPort& each : change.app_settings) {
    text += fmt::format("echo edit {} by hand, or run the PowerShell script\n",
                        cmd_text(comment_text(each.file)).value_or("the .config file"));
  }
  for (const std::string& remark : change.remarks) {
    text += fmt::format("echo {}\n", cmd_text(comment_text(remark)).value_or("\"\""));
  }
  text +=
      "if defined failed (\n  echo some of it was not written\n  exit /b 1\n)\n"
      "if /i not \"%~1\"==\"/restart\" exit /b 0\n" +
      restart_text(change);
  return with_crlf(text);
}

std::string dfsr_batch_file(const ServerChange& change) {
  constexpr std::string_view kText = R"(@echo off
rem Sets the port of DFS Replication on {0}, which no registry value does; 0 is a dynamic one.
rem /restart restarts the service. As an administrator.
dfsrdiag StaticRPC /port:{1} || exit /b 1
if /i not "%~1"=="/restart" exit /b 0
net stop "DFSR"
net start "DFSR"
)";
  return with_crlf(fmt::format(kText, comment_text(change.server), change.dfsr.value_or(0)));
}

}  // namespace pinhole::plan
