// SPDX-License-Identifier: Apache-2.0
#include "epm/binding.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

namespace pinhole::epm {
namespace {

constexpr std::string_view kForm = "write [object@]protseq:address[endpoint]";

tl::unexpected<Diagnostics> refuse(std::size_t column, std::string message) {
  return failure({"binding-string",
                  Severity::error,
                  {"binding string", 1, static_cast<std::uint32_t>(column + 1), {}},
                  std::move(message),
                  std::string(kForm),
                  Exit::usage});
}

/// Halves each run of backslashes when the first run is twice as long as it has to be.
std::string single_backslashes(std::string_view text, std::size_t leading) {
  const std::size_t run = std::min(text.find_first_not_of('\\'), text.size());
  if (run < 2 * leading) {
    return std::string(text);
  }
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result.push_back(text[i]);
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\\') {
      ++i;
    }
  }
  return result;
}

bool numeric(FloorForm form) {
  return form == FloorForm::port || form == FloorForm::octet;
}

/// Splits what stands between the last brackets, at `column`, into endpoint and options.
Checked<Binding> read_options(Binding binding, std::string_view inner, std::size_t column) {
  const std::size_t comma = std::min(inner.find(','), inner.size());
  std::string_view endpoint = inner.substr(0, comma);
  constexpr std::string_view kKeyword = "endpoint=";
  if (endpoint.starts_with(kKeyword)) {
    endpoint.remove_prefix(kKeyword.size());
    column += kKeyword.size();
  }
  const ProtocolSequenceShape* shape = shape_of(binding.sequence);
  if (!endpoint.empty() && numeric(shape->endpoint) &&
      !parse_decimal(endpoint, 1, shape->endpoint == FloorForm::port ? 65535 : 255)) {
    return refuse(column, fmt::format("'{}' is no endpoint of {}", endpoint, shape->name));
  }
  binding.endpoint = single_backslashes(endpoint, 1);
  for (std::string_view rest = inner.substr(comma); !rest.empty();) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(','), rest.size());
    if (end != 0) {
      binding.options.emplace_back(rest.substr(0, end));
    }
    rest.remove_prefix(end);
  }
  return binding;
}

/// Reads `address[endpoint,options]`, which begins at column `at` of the whole.
Checked<Binding> read_address(Binding binding, std::string_view text, std::size_t at) {
  std::size_t open = text.find('[');
  // `[::1]` or `[::1][135]` is an address in brackets of its own; `[135]` is an endpoint.
  if (const std::size_t close = text.find(']'); open == 0 && close != std::string_view::npos) {
    const auto host = parse_address(text.substr(1, close - 1));
    if (host && !host->is_v4()) {
      binding.address = std::string(text.substr(1, close - 1));
      text.remove_prefix(close + 1);
      at += close + 1;
      if (text.empty()) {
        return binding;
      }
      if (text.front() != '[') {
        return refuse(at, "unexpected text after the address");
      }
    }
  }
  if (open == std::string_view::npos) {
    if (const std::size_t stray = text.find(']'); stray != std::string_view::npos) {
      return refuse(at + stray, "']' without '['");
    }
    binding.address = single_backslashes(text, 2);
    return binding;
  }
  if (open != 0) {
    binding.address = single_backslashes(text.substr(0, open), 2);
  }
  const std::size_t close = text.find(']', open);
  if (close == std::string_view::npos) {
    return refuse(at + text.size(), "'[' is not closed");
  }
  if (close + 1 != text.size()) {
    return refuse(at + close + 1, "unexpected text after ']'");
  }
  return read_options(std::move(binding), text.substr(open + 1, close - open - 1), at + open + 1);
}

}  // namespace

Checked<Binding> parse_binding(std::string_view text) {
  Binding binding;
  std::size_t at = 0;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return refuse(text.size(), "no ':' after the protocol sequence");
  }
  if (const std::size_t sign = text.substr(0, colon).find('@'); sign != std::string_view::npos) {
    const auto object = parse_uuid(text.substr(0, sign));
    if (!object) {
      return refuse(0, fmt::format("'{}' is no object UUID", text.substr(0, sign)));
    }
    binding.object = *object;
    at = sign + 1;
  }
  const std::string_view name = text.substr(at, colon - at);
  const auto sequence = parse_protocol_sequence(name);
  if (!sequence) {
    return refuse(at, fmt::format("protocol sequence '{}' is not known", name));
  }
  binding.sequence = *sequence;
  return read_address(std::move(binding), text.substr(colon + 1), colon + 1);
}

std::string to_string(const Binding& binding) {
  std::string text;
  if (!binding.object.is_nil()) {
    text = pinhole::to_string(binding.object) + "@";
  }
  text += to_string(binding.sequence);
  text += ':';
  const bool brackets = !binding.endpoint.empty() || !binding.options.empty();
  const auto address = parse_address(binding.address);
  text += address && !address->is_v4() ? fmt::format("[{}]", binding.address) : binding.address;
  if (brackets) {
    text += '[';
    text += binding.endpoint;
    for (const std::string& option : binding.options) {
      text += ',';
      text += option;
    }
    text += ']';
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Binding& binding) {
  return out << to_string(binding);
}

Binding to_binding(const Tower& tower) {
  return {{}, tower.sequence, tower.address, tower.endpoint, {}};
}

}  // namespace pinhole::epm
