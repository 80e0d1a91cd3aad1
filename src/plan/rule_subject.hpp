// SPDX-License-Identifier: Apache-2.0
#pragma once
// One server as one product sees it: which settings it reads there, and their values, be they
// found in a state or planned. Rules judge this and know nothing of where it came from.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"

namespace pinhole::plan {

/// A setting with a value.
struct SettingValue {
  const catalogue::Setting* setting = nullptr;
  const catalogue::Service* service = nullptr;    // nullptr: Windows itself
  const catalogue::Listener* listener = nullptr;  // nullptr: it gives no listener its port
  const registry::Value* found = nullptr;         // nullptr: planned, or of a .config file
  std::string text;                               // for eyes: 5000, ncacn_ip_tcp,0,5000
  bool right_type = true;
  std::optional<std::uint64_t> number;  // read as the service reads it
  std::optional<std::uint16_t> port;    // from 1 to 65535
  Place place;

  /// A listener's own port that must not change with each start: RPC over TCP, X.400, DCOM.
  [[nodiscard]] bool is_static_port() const;
};

struct Subject {
  std::string server;
  const catalogue::Catalogue* catalogue = nullptr;
  const catalogue::Product* product = nullptr;  // nullptr: none
  const State* state = nullptr;                 // nullptr: nothing is known
  std::vector<SettingValue> values;             // by setting
  PortSet dynamic;          // what the system gives away by itself, with this product
  PortSet windows_dynamic;  // the same for settings of Windows
  PortSet internet;         // of Rpc\Internet, where its texts can be read

  /// The value of a setting, by the setting's id.
  [[nodiscard]] const SettingValue* find(std::string_view setting) const;
};

/// The values of a state that `product` and Windows read, in the order of settings.
[[nodiscard]] Subject subject_of(const State& state, const catalogue::Product* product,
                                 const catalogue::Catalogue& catalogue);

/// Which row of services, and which listener of it, reads a setting: of `product`, else of
/// Windows. All nullptr where neither does.
struct Reader {
  const catalogue::Service* service = nullptr;
  const catalogue::Listener* listener = nullptr;
  bool reads = false;
};
[[nodiscard]] Reader reader_of(const catalogue::Catalogue& catalogue,
                               const catalogue::Product* product,
                               const catalogue::Setting& setting);

/// True for settings of an Exchange service, false for those of Windows and of clients.
[[nodiscard]] bool is_of_exchange(const catalogue::Catalogue& catalogue,
                                  const catalogue::Setting& setting);

/// The key of a setting in a registry tree, or none.
[[nodiscard]] const registry::Value* find_value(const State& state,
                                                const catalogue::Setting& setting);

/// `5000`, `5001-5200`; no value for anything else.
[[nodiscard]] std::optional<PortRange> parse_range(std::string_view text);

/// The PORT of `ncacn_ip_tcp,0,PORT`.
[[nodiscard]] std::optional<std::uint16_t> parse_endpoint(std::string_view text);

}  // namespace pinhole::plan
