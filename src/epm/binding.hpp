// SPDX-License-Identifier: Apache-2.0
#pragma once
// Binding strings (C706 3.1, appendix B): `[object@]protseq:address[endpoint,option,...]`.
//
// Windows writes a backslash twice (`ncacn_np:\\\\HOST[\\pipe\\x]`), people write it once
// (`ncacn_np:\\HOST[\pipe\x]`): both are read, and mean the same.

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/uuid.hpp"
#include "epm/protocol_sequence.hpp"
#include "epm/tower.hpp"

namespace pinhole::epm {

struct Binding {
  Uuid object;  // nil: none
  ProtocolSequence sequence = ProtocolSequence::unknown;
  std::string address;   // IPv6 without brackets; empty: this host
  std::string endpoint;  // empty: ask the endpoint mapper
  std::vector<std::string> options;

  friend bool operator==(const Binding&, const Binding&) = default;
};

/// Fails with the column in `place`: object no UUID, protocol sequence not known, brackets that do
/// not close, an endpoint that is no number where it must be one. `endpoint=` may stand before the
/// endpoint (C706). An IPv6 address may stand in brackets of its own.
[[nodiscard]] Checked<Binding> parse_binding(std::string_view text);

/// The form that parse_binding reads, backslashes once. No brackets without endpoint and options.
[[nodiscard]] std::string to_string(const Binding& binding);
std::ostream& operator<<(std::ostream& out, const Binding& binding);

/// The binding of a tower, without an object.
[[nodiscard]] Binding to_binding(const Tower& tower);

}  // namespace pinhole::epm
