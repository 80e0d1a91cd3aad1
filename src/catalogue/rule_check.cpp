// SPDX-License-Identifier: Apache-2.0
#include "catalogue/rule_check.hpp"

#include <algorithm>
#include <array>

namespace pinhole::catalogue {
namespace {

constexpr auto kWords = std::to_array<std::pair<std::string_view, Check>>({
    {"forbidden-port", Check::forbidden_port},
    {"allowed-port", Check::allowed_port},
    {"known-port", Check::known_port},
    {"dynamic-range", Check::dynamic_range},
    {"internet-range", Check::internet_range},
    {"bound", Check::bound},
    {"hexadecimal", Check::hexadecimal},
    {"wrong-type", Check::wrong_type},
    {"wrong-key", Check::wrong_key},
    {"wrong-name", Check::wrong_name},
    {"not-read", Check::not_read},
    {"default-port", Check::default_port},
    {"port-list", Check::port_list},
    {"range-list", Check::range_list},
    {"yes-or-no", Check::yes_or_no},
    {"endpoint-form", Check::endpoint_form},
    {"distinct", Check::distinct},
    {"taken", Check::taken},
    {"restart-pending", Check::restart_pending},
    {"not-registered", Check::not_registered},
    {"lost-at-upgrade", Check::lost_at_upgrade},
    {"internet-combination", Check::internet_combination},
    {"internet-count", Check::internet_count},
    {"same-in-array", Check::same_in_array},
    {"same-among-partners", Check::same_among_partners},
    {"public-folders", Check::public_folders},
    {"replication-tool", Check::replication_tool},
    {"filtered-servers", Check::filtered_servers},
    {"mapper-closed", Check::mapper_closed},
    {"translated", Check::translated},
    {"inspected", Check::inspected},
    {"drift-missing", Check::drift_missing},
    {"drift-value", Check::drift_value},
    {"drift-extra", Check::drift_extra},
    {"drift-endpoint", Check::drift_endpoint},
});

}  // namespace

std::span<const std::pair<std::string_view, Check>> check_words() {
  return kWords;
}

std::string_view to_string(Check check) {
  const auto at = std::ranges::find(kWords, check, &std::pair<std::string_view, Check>::second);
  return at == kWords.end() ? std::string_view{} : at->first;
}

}  // namespace pinhole::catalogue
