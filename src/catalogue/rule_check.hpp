// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a port rule is about, as far as a program can judge it: the words of `check` in
// data/port_rules.toml. Which ports, settings and products a rule means stands in its row; room
// plan has one judge for each word.

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace pinhole::catalogue {

/// `fact` is no rule by itself; `refuted` is a known wrong claim and never becomes a finding.
enum class Level : std::uint8_t { error, warning, note, fact, refuted };

enum class Check : std::uint8_t {
  none,  // advice that a person reads
  // Of one static port.
  forbidden_port,  // lies in low-high
  allowed_port,    // lies outside low-high; without high there is no upper bound
  known_port,      // another service's by the catalogue, in low-high
  dynamic_range,   // lies in the server's own dynamic range, in low-high, and is not reserved
  internet_range,  // lies among the ports of Rpc\Internet
  bound,           // a number outside low-high, of any setting that is named
  // Of one value.
  hexadecimal,    // typed in the other base
  wrong_type,     // REG_SZ for REG_DWORD and so on
  wrong_key,      // the value stands in a key where nobody reads it
  wrong_name,     // nearly a value's name
  not_read,       // no product that is meant reads the setting
  default_port,   // not the port that the listener has without the setting
  port_list,      // a text that is neither a port nor a range
  range_list,     // a text that is no range
  yes_or_no,      // neither Y nor N
  endpoint_form,  // not ncacn_ip_tcp,0,PORT
  // Of one server.
  distinct,              // two listeners, one port
  taken,                 // somebody else has the port
  restart_pending,       // the endpoint map shows another port
  not_registered,        // the endpoint map shows no port
  lost_at_upgrade,       // in the .config file only, which this product does not read
  internet_combination,  // values of Rpc\Internet that do not go together
  internet_count,        // fewer ports than `count`, or some outside low-high
  // Of the site.
  same_in_array,
  same_among_partners,
  public_folders,  // a Mailbox server with public folders and no static port
  replication_tool,
  filtered_servers,
  mapper_closed,
  translated,
  inspected,
  // Against a plan.
  drift_missing,
  drift_value,
  drift_extra,
  drift_endpoint,
};

/// All words but that of `none`.
[[nodiscard]] std::span<const std::pair<std::string_view, Check>> check_words();

/// The word; empty for `none`.
[[nodiscard]] std::string_view to_string(Check check);

}  // namespace pinhole::catalogue
