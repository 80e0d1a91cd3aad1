// SPDX-License-Identifier: Apache-2.0
#include "epm/status.hpp"

#include <ostream>

namespace pinhole::epm {

std::string_view to_string(EptStatus status) {
  switch (status) {
    case EptStatus::ok:
      return "ok";
    case EptStatus::cant_perform_op:
      return "ept_s_cant_perform_op";
    case EptStatus::no_memory:
      return "ept_s_no_memory";
    case EptStatus::database_invalid:
      return "ept_s_database_invalid";
    case EptStatus::cant_create:
      return "ept_s_cant_create";
    case EptStatus::cant_access:
      return "ept_s_cant_access";
    case EptStatus::database_already_open:
      return "ept_s_database_already_open";
    case EptStatus::invalid_entry:
      return "ept_s_invalid_entry";
    case EptStatus::update_failed:
      return "ept_s_update_failed";
    case EptStatus::invalid_context:
      return "ept_s_invalid_context";
    case EptStatus::not_registered:
      return "ept_s_not_registered";
    case EptStatus::server_unavailable:
      return "ept_s_server_unavailable";
  }
  return "?";
}

std::ostream& operator<<(std::ostream& out, EptStatus status) {
  return out << to_string(status);
}

}  // namespace pinhole::epm
