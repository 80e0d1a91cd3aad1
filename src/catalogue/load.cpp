// SPDX-License-Identifier: Apache-2.0
#include "catalogue/load.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "catalogue/check.hpp"
#include "catalogue/rows.hpp"

namespace pinhole::catalogue {
namespace {

constexpr std::array<std::string_view, 8> kFiles{
    "products.toml", "settings.toml", "interfaces.toml", "services.toml",
    "uuids.toml",    "ports.toml",    "port_rules.toml", "flows.toml"};

Confidence read_confidence(RowReader& row) {
  return row.choice<Confidence>("confidence", {{"confirmed", Confidence::confirmed},
                                               {"single", Confidence::single},
                                               {"unsure", Confidence::unsure}});
}

Product read_product(RowReader& row, std::size_t position) {
  Product product;
  product.id = row.text("id");
  product.title = row.text("title");
  product.version = row.text("version");
  product.age = static_cast<std::uint16_t>(position);
  product.roles = row.texts("roles");
  auto& ranges = row.storage().dynamic_ranges.emplace_back();
  for (RowReader& range : row.rows("dynamic_range")) {
    const std::string_view windows = range.text("windows");
    const auto ports = range.ports("ports");
    if (ports.size() != 1) {
      range.fail("ports", "data-ports", "a dynamic range is one range of ports");
    } else {
      ranges.push_back({windows, ports.front(), range.text("source")});
    }
    range.refuse_other_keys();
  }
  if (ranges.empty()) {
    row.fail("dynamic_range", "data-missing", "a product without a dynamic range");
  }
  product.dynamic_ranges = ranges;
  product.source = row.text("source");
  return product;
}

std::optional<std::uint16_t> read_port_number(RowReader& row, std::string_view key) {
  const auto number = row.optional_number(key);
  if (number && *number > UINT16_MAX) {
    row.fail(key, "data-port", "a port is at most 65535");
    return std::nullopt;
  }
  return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

Setting read_setting(RowReader& row, std::size_t) {
  Setting setting;
  setting.id = row.text("id");
  setting.service = row.text("service");
  setting.key = row.text("key");
  setting.value = row.text("value");
  setting.type = row.choice<ValueType>("type", {{"REG_DWORD", ValueType::reg_dword},
                                                {"REG_SZ", ValueType::reg_sz},
                                                {"REG_MULTI_SZ", ValueType::reg_multi_sz},
                                                {"appSettings", ValueType::app_setting},
                                                {"command", ValueType::command}});
  setting.holds = row.choice<Holds>("holds", {{"port", Holds::port}, {"other", Holds::other}});
  setting.since = row.optional_text("since");
  setting.until = row.optional_text("until");
  setting.restart = row.choice<Restart>("restart", {{"service", Restart::service},
                                                    {"computer", Restart::computer},
                                                    {"client", Restart::client}});
  setting.advised = read_port_number(row, "advised");
  setting.advised_for = row.texts("advised_for");
  setting.slot = read_port_number(row, "slot");
  setting.confidence = read_confidence(row);
  setting.about = row.optional_text("about");
  setting.source = row.text("source");
  return setting;
}

InterfaceInfo read_interface(RowReader& row, std::size_t) {
  InterfaceInfo interface;
  interface.id = row.text("id");
  interface.uuid = row.uuid("uuid");
  const auto version = row.version("version");
  interface.version_known = !row.flag("version_unsourced", false);
  if (version.has_value() != interface.version_known) {
    row.fail("version", "data-version", "a row has either a version or version_unsourced = true");
  }
  std::tie(interface.major, interface.minor) = version.value_or(std::pair(1, 0));
  interface.annotation = row.optional_text("annotation");
  interface.name = row.optional_text("name");
  interface.owner = row.text("owner");
  interface.versions = row.text("versions");
  interface.document = row.optional_text("document");
  interface.confidence = read_confidence(row);
  interface.about = row.optional_text("about");
  interface.source = row.text("source");
  return interface;
}

/// Looks up each id of the array `key` among `table`.
template <class Row>
void resolve(RowReader& row, std::string_view key, const std::vector<Row>& table,
             std::vector<const Row*>& found) {
  for (const std::string_view id : row.texts(key)) {
    const auto at = std::ranges::find(table, id, &Row::id);
    if (at == table.end()) {
      row.fail(key, "data-reference", fmt::format("\"{}\" is not the id of a row", id));
    } else {
      found.push_back(&*at);
    }
  }
}

Listener read_listener(RowReader& row) {
  Storage& storage = row.storage();
  Listener listener;
  listener.sequence = row.choice<Sequence>("sequence", {{"ncacn_ip_tcp", Sequence::ncacn_ip_tcp},
                                                        {"ncacn_http", Sequence::ncacn_http},
                                                        {"rfc1006", Sequence::rfc1006},
                                                        {"tcp", Sequence::tcp},
                                                        {"udp", Sequence::udp}});
  listener.title = row.text("title");
  listener.protocol = row.text("protocol");
  listener.ports = row.ports("ports");
  auto& settings = storage.setting_lists.emplace_back();
  resolve(row, "settings", storage.settings, settings);
  listener.settings = settings;
  auto& interfaces = storage.interface_lists.emplace_back();
  resolve(row, "interfaces", storage.interfaces, interfaces);
  listener.interfaces = interfaces;
  if (!interfaces.empty() && listener.sequence != Sequence::ncacn_ip_tcp &&
      listener.sequence != Sequence::ncacn_http) {
    row.fail("interfaces", "data-reference", "only ncacn_ip_tcp and ncacn_http have interfaces");
  }
  listener.clients = row.optional_text("clients");
  listener.direction = row.optional_text("direction");
  listener.encrypted = row.optional_text("encrypted");
  listener.confidence = read_confidence(row);
  listener.about = row.optional_text("about");
  listener.source = row.text("source");
  row.refuse_other_keys();
  return listener;
}

Service read_service(RowReader& row, std::size_t) {
  Service service;
  service.name = row.text("name");
  service.title = row.text("title");
  service.image = row.optional_text("image");
  service.versions = row.texts("versions");
  service.roles = row.texts("roles");
  auto& listeners = row.storage().listeners.emplace_back();
  for (RowReader& listener : row.rows("listener")) {
    listeners.push_back(read_listener(listener));
  }
  service.listeners = listeners;
  service.source = row.text("source");
  return service;
}

KnownUuid read_uuid(RowReader& row, std::size_t) {
  KnownUuid known;
  known.uuid = row.uuid("uuid");
  known.names = row.texts("names");
  known.versions = row.texts("versions");
  known.images = row.texts("images");
  known.annotation = row.optional_text("annotation");
  known.document = row.optional_text("document");
  known.endpoints = row.texts("endpoints");
  known.confidence = read_confidence(row);
  known.source = row.text("source");
  return known;
}

PortUse read_port(RowReader& row, std::size_t) {
  PortUse use;
  use.protocol = row.text("protocol");
  use.transports = row.texts("transports");
  use.ports = row.ports("ports");
  use.ssl_ports = row.ports("ssl_ports");
  use.service = row.optional_text("service");
  use.versions = row.text("versions");
  use.confidence = read_confidence(row);
  use.about = row.optional_text("about");
  use.source = row.text("source");
  return use;
}

PortRule read_rule(RowReader& row, std::size_t) {
  PortRule rule;
  rule.id = row.text("id");
  rule.topic = row.text("topic");
  rule.applies_to = row.text("applies_to");
  rule.rule = row.text("rule");
  rule.low = row.optional_number("low");
  rule.high = row.optional_number("high");
  if (rule.low && rule.high && *rule.low > *rule.high) {
    row.fail("low", "data-ports", "low is above high");
  }
  rule.level = row.choice<Level>("level", {{"error", Level::error},
                                           {"warning", Level::warning},
                                           {"note", Level::note},
                                           {"fact", Level::fact},
                                           {"refuted", Level::refuted}});
  rule.reason = row.optional_text("reason");
  rule.remedy = row.optional_text("remedy");
  if (!row.optional_text("check").empty()) {
    rule.check = row.choice<Check>("check", check_words());
  }
  rule.versions = row.texts("versions");
  rule.settings = row.texts("settings");
  rule.except = row.texts("except");
  rule.count = row.optional_number("count");
  rule.confidence = read_confidence(row);
  rule.source = row.text("source");
  return rule;
}

Flow read_flow(RowReader& row, std::size_t) {
  Flow flow;
  flow.id = row.text("id");
  flow.topology = row.text("topology");
  flow.versions = row.text("versions");
  flow.from = row.text("from");
  flow.to = row.text("to");
  flow.service = row.text("service");
  flow.transports = row.texts("transports");
  flow.ports = row.text("ports");
  flow.direction = row.text("direction");
  flow.needed = row.text("needed");
  flow.condition = row.optional_text("condition");
  flow.confidence = read_confidence(row);
  flow.source = row.text("source");
  return flow;
}

/// Reads each row of a file, then lets the checks of the table see it beside the ones before it.
template <class Row>
void fill(std::vector<Row>& table, std::vector<RowReader> rows,
          Row (*read)(RowReader&, std::size_t),
          void (*check)(const Row&, const std::vector<Row>&, RowReader&)) {
  table.reserve(rows.size());
  for (RowReader& reader : rows) {
    const Row row = read(reader, table.size());
    reader.refuse_other_keys();
    check(row, table, reader);
    table.push_back(row);
  }
}

/// The file among `files` with this name, whatever folder stands before it.
const DataFile* find_file(std::span<const DataFile> files, std::string_view name) {
  const auto at = std::ranges::find_if(files, [&](const DataFile& file) {
    return file.name.substr(file.name.rfind('/') + 1) == name;
  });
  return at == files.end() ? nullptr : &*at;
}

Diagnostic missing_file(std::string_view name) {
  Diagnostic diagnostic;
  diagnostic.id = "data-file-missing";
  diagnostic.place.name = std::string(name);
  diagnostic.message = "this file of the catalogue is missing";
  return diagnostic;
}

}  // namespace

Texts data_file_names() {
  return kFiles;
}

Checked<Catalogue> load(std::span<const DataFile> files) {
  Diagnostics wrong;
  const auto storage = std::make_shared<Storage>();
  const auto rows = [&](std::size_t which, std::string_view table, auto& into, auto* read,
                        auto* check) {
    const DataFile* file = find_file(files, kFiles[which]);
    if (file == nullptr) {
      wrong.push_back(missing_file(kFiles[which]));
      return;
    }
    Document document(file->name, file->text, wrong);
    fill(into, document.rows(table, *storage, wrong), read, check);
  };
  rows(0, "product", storage->products, read_product, check_product);
  rows(1, "setting", storage->settings, read_setting, check_setting);
  rows(2, "interface", storage->interfaces, read_interface, check_interface);
  rows(3, "service", storage->services, read_service, check_service);
  rows(4, "uuid", storage->uuids, read_uuid, check_uuid);
  rows(5, "port", storage->ports, read_port, check_port);
  rows(6, "rule", storage->rules, read_rule, check_rule);
  rows(7, "flow", storage->flows, read_flow, check_flow);
  if (!wrong.empty()) {
    return tl::unexpected(std::move(wrong));
  }
  return Catalogue{storage->products,   storage->services, storage->settings,
                   storage->interfaces, storage->uuids,    storage->ports,
                   storage->rules,      storage->flows,    storage};
}

}  // namespace pinhole::catalogue
