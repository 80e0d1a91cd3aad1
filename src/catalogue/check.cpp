// SPDX-License-Identifier: Apache-2.0
#include "catalogue/check.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"

namespace pinhole::catalogue {
namespace {

template <class Row>
void check_sorted(std::string_view id, const std::vector<Row>& before, RowReader& reader) {
  if (!before.empty() && id <= before.back().id) {
    reader.fail(
        "id", "data-order",
        fmt::format(R"("{}" must stand in order after "{}", and once)", id, before.back().id));
  }
}

bool is_product(RowReader& reader, std::string_view id) {
  return std::ranges::find(reader.storage().products, id, &Product::id) !=
         reader.storage().products.end();
}

void check_products_named(const Setting& row, RowReader& reader) {
  for (const auto& [key, id] : {std::pair("since", row.since), std::pair("until", row.until)}) {
    if (!id.empty() && !is_product(reader, id)) {
      reader.fail(key, "data-reference", fmt::format("\"{}\" is not a product", id));
    }
  }
}

/// The lowest port of a row; those without a port stand first.
std::uint16_t first_port(const PortUse& row) {
  return row.ports.empty() ? std::uint16_t{0} : row.ports.front().first;
}

bool is_role_of(const Storage& storage, const Service& service, std::string_view role) {
  return std::ranges::any_of(storage.products, [&](const Product& product) {
    return std::ranges::find(service.versions, product.version) != service.versions.end() &&
           std::ranges::find(product.roles, role) != product.roles.end();
  });
}

bool is_of_a_product(const Storage& storage, const Service& service) {
  return std::ranges::any_of(storage.products, [&](const Product& product) {
    return std::ranges::find(service.versions, product.version) != service.versions.end();
  });
}

void check_rule_names(const PortRule& row, RowReader& reader) {
  const Storage& storage = reader.storage();
  for (const std::string_view version : row.versions) {
    if (std::ranges::find(storage.products, version, &Product::version) == storage.products.end()) {
      reader.fail("versions", "data-reference",
                  fmt::format("\"{}\" is not the version of a product", version));
    }
  }
  for (const auto& [key, ids] :
       {std::pair("settings", row.settings), std::pair("except", row.except)}) {
    for (const std::string_view id : ids) {
      if (std::ranges::find(storage.settings, id, &Setting::id) == storage.settings.end()) {
        reader.fail(key, "data-reference", fmt::format("\"{}\" is not the id of a setting", id));
      }
    }
  }
}

}  // namespace

void check_product(const Product& row, const std::vector<Product>& before, RowReader& reader) {
  if (std::ranges::find(before, row.id, &Product::id) != before.end()) {
    reader.fail("id", "data-order", fmt::format("\"{}\" stands here twice", row.id));
  }
}

void check_setting(const Setting& row, const std::vector<Setting>& before, RowReader& reader) {
  check_sorted(row.id, before, reader);
  check_products_named(row, reader);
  const bool is_file = row.type == ValueType::app_setting;
  if (row.key.ends_with(".config") != is_file ||
      row.key.starts_with("HKEY_") != is_of_registry(row)) {
    reader.fail("key", "data-key", "a registry key starts with HKEY_, a file ends with .config");
  }
  if (row.advised.has_value() == row.advised_for.empty()) {
    reader.fail("advised", "data-advice", "advised and advised_for stand together");
  }
  for (const Setting& other : before) {
    if (is_same_setting(other, row.key, row.value) && other.type != row.type) {
      reader.fail("type", "data-type",
                  fmt::format("\"{}\" is the same value with another type", other.id));
    }
  }
}

void check_interface(const InterfaceInfo& row, const std::vector<InterfaceInfo>& before,
                     RowReader& reader) {
  check_sorted(row.id, before, reader);
}

void check_service(const Service& row, const std::vector<Service>& before, RowReader& reader) {
  if (!before.empty() && row.name < before.back().name) {
    reader.fail("name", "data-order",
                fmt::format(R"("{}" must stand before "{}")", row.name, before.back().name));
  }
  for (const Service& other : before) {
    for (const std::string_view version : row.versions) {
      if (other.name == row.name &&
          std::ranges::find(other.versions, version) != other.versions.end()) {
        reader.fail("versions", "data-order",
                    fmt::format("another row has {} of {}", row.name, version));
      }
    }
  }
  if (row.versions.empty()) {
    reader.fail("versions", "data-missing", "a service of no version");
  }
  for (const std::string_view role : row.roles) {
    if (is_of_a_product(reader.storage(), row) && !is_role_of(reader.storage(), row, role)) {
      reader.fail("roles", "data-reference",
                  fmt::format("\"{}\" is not a role of these versions", role));
    }
  }
  for (const Listener& listener : row.listeners) {
    const bool ours = !listener.interfaces.empty() || listener.sequence == Sequence::rfc1006;
    if (ours && !listener.ports.empty() && !listener.default_port()) {
      reader.fail("name", "data-ports",
                  fmt::format("\"{}\" must have one default port or none", listener.title));
    }
  }
}

void check_uuid(const KnownUuid& row, const std::vector<KnownUuid>& before, RowReader& reader) {
  if (!before.empty() && row.uuid <= before.back().uuid) {
    reader.fail("uuid", "data-order",
                fmt::format("\"{}\" must stand in order, and once", to_string(row.uuid)));
  }
}

void check_port(const PortUse& row, const std::vector<PortUse>& before, RowReader& reader) {
  if (row.transports.empty()) {
    reader.fail("transports", "data-missing", "a port of no transport");
  }
  for (const std::string_view transport : row.transports) {
    if (transport != "tcp" && transport != "udp") {
      reader.fail("transports", "data-word", "a transport is tcp or udp");
    }
  }
  if (!before.empty() && first_port(row) < first_port(before.back())) {
    reader.fail("ports", "data-order", "ports must stand in order");
  }
}

void check_rule(const PortRule& row, const std::vector<PortRule>& before, RowReader& reader) {
  check_sorted(row.id, before, reader);
  if (row.check == Check::none) {
    return;
  }
  if (row.level == Level::fact || row.level == Level::refuted) {
    reader.fail("check", "data-word", "only an error, a warning or a note is checked");
  }
  if (row.remedy.empty()) {
    reader.fail("remedy", "data-missing", "a rule that is checked says what to do");
  }
  const auto bounded = {Check::forbidden_port, Check::allowed_port, Check::bound};
  if (std::ranges::find(bounded, row.check) != bounded.end() && !row.low) {
    reader.fail("low", "data-missing", "this check has bounds");
  }
  if (row.check == Check::internet_count && !row.count) {
    reader.fail("count", "data-missing", "this check has a count");
  }
  check_rule_names(row, reader);
}

void check_flow(const Flow& row, const std::vector<Flow>& before, RowReader& reader) {
  check_sorted(row.id, before, reader);
}

}  // namespace pinhole::catalogue
