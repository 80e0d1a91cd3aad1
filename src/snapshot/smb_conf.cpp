// SPDX-License-Identifier: Apache-2.0
#include "snapshot/smb_conf.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "base/address.hpp"
#include "snapshot/text.hpp"

namespace pinhole::snapshot {
namespace {

constexpr std::string_view kGlobal = "global";

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// One space for each run of white space, none at the ends.
std::string folded(std::string_view text) {
  std::string out;
  for (const char c : trimmed(text)) {
    if (!is_space(c)) {
      out += c;
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

/// Takes the backslash off that makes the next line part of this one.
bool continues(std::string& logical) {
  const std::size_t last = logical.find_last_not_of(" \t\v\f\r");
  if (last == std::string::npos || logical[last] != '\\') {
    return false;
  }
  logical.resize(last);
  return true;
}

class Reader {
 public:
  explicit Reader(std::string_view name) : mistakes_(name) {}

  Checked<std::vector<SmbParameter>> read(std::string_view text) {
    Lines lines(text);
    while (lines.next()) {
      const std::string_view first = trimmed(lines.line());
      if (first.empty() || first.starts_with('#') || first.starts_with(';')) {
        continue;
      }
      line_ = lines.number();
      std::string logical(first);
      while (continues(logical) && lines.next()) {
        logical += lines.line();
      }
      read_line(logical);
    }
    if (!mistakes_.empty()) {
      return tl::unexpected(mistakes_.take());
    }
    return std::move(parameters_);
  }

 private:
  void read_line(std::string_view line) {
    if (line.starts_with('[')) {
      const std::size_t close = line.find(']');
      if (close == std::string_view::npos) {
        mistakes_.add("smb-section", line_, fmt::format("{} has no closing bracket", excerpt(line)),
                      "write [name]");
        return;
      }
      // Each parameter bears its section's name, so that name must not be long.
      constexpr std::size_t kLongest = 255;
      std::string section = folded(line.substr(1, close - 1));
      if (section.size() > kLongest) {
        mistakes_.add("smb-section", line_, fmt::format("{} is too long a name", excerpt(section)),
                      "use 255 octets at most");
        return;
      }
      section_ = std::move(section);
      return;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return;
    }
    std::string name = folded(line.substr(0, equals));
    if (name.empty()) {
      mistakes_.add("smb-name", line_, "a value without the name of a parameter",
                    "write name = value");
      return;
    }
    parameters_.push_back({section_, std::move(name), folded(line.substr(equals + 1)), line_});
  }

  std::uint32_t line_ = 0;
  std::string section_{kGlobal};
  std::vector<SmbParameter> parameters_;
  Mistakes mistakes_;
};

std::optional<std::uint16_t> port_of(const SmbParameter* parameter) {
  const auto port = parameter == nullptr ? std::nullopt : parse_decimal(parameter->value, 0, 65535);
  return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
}

}  // namespace

Checked<std::vector<SmbParameter>> read_smb_conf(std::string_view text, std::string_view name) {
  const auto utf8 = utf8_text(text, name, kMaxConfig);
  if (!utf8) {
    return tl::unexpected(utf8.error());
  }
  return Reader(name).read(*utf8);
}

std::string smb_key(std::string_view name) {
  std::string key = lower_case(name);
  std::erase_if(key, is_space);
  return key;
}

const SmbParameter* find_smb_parameter(const std::vector<SmbParameter>& parameters,
                                       std::string_view section, std::string_view name) {
  const std::string wanted_section = smb_key(section);
  const std::string wanted = smb_key(name);
  for (const SmbParameter& parameter : std::views::reverse(parameters)) {
    if (smb_key(parameter.name) == wanted && smb_key(parameter.section) == wanted_section) {
      return &parameter;
    }
  }
  return nullptr;
}

SmbPorts smb_ports(const std::vector<SmbParameter>& parameters) {
  SmbPorts ports;
  ports.rpc_server_port = port_of(find_smb_parameter(parameters, kGlobal, "rpc server port"));
  const SmbParameter* range =
      find_smb_parameter(parameters, kGlobal, "rpc server dynamic port range");
  const auto set = range == nullptr ? std::nullopt : parse_port_set(range->value);
  if (set && set->ranges().size() == 1) {
    ports.dynamic_port_range = set->ranges().front();
  }
  return ports;
}

std::optional<std::uint16_t> smb_service_port(const std::vector<SmbParameter>& parameters,
                                              std::string_view service) {
  return port_of(
      find_smb_parameter(parameters, kGlobal, fmt::format("rpc server port:{}", service)));
}

}  // namespace pinhole::snapshot
