// SPDX-License-Identifier: Apache-2.0
// pinhole catalogue services|interfaces|ports: the world as data/ has it.

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "catalogue/lookup.hpp"
#include "cli/command.hpp"
#include "cli/data_option.hpp"
#include "cli/terminal.hpp"
#include "render/json.hpp"
#include "render/table.hpp"

namespace pinhole::cli {
namespace {

using catalogue::Catalogue;
using catalogue::InterfaceInfo;
using catalogue::Listener;
using catalogue::Product;
using catalogue::Service;
using catalogue::Setting;
using Json = nlohmann::ordered_json;
using render::Table;

struct Options {
  std::string product;
  std::string format = "table";
  std::string data;
};

std::string joined(catalogue::Texts texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

Json texts_json(catalogue::Texts texts) {
  Json array = Json::array();
  for (const std::string_view text : texts) {
    array.push_back(text);
  }
  return array;
}

std::string ranges_text(std::span<const PortRange> ranges) {
  std::string text;
  for (const PortRange range : ranges) {
    text += (text.empty() ? "" : ",") + to_string(range);
  }
  return text;
}

/// The listener's port before any setting is read.
std::string port_text(const Listener& listener) {
  return listener.ports.empty() ? "dynamic" : ranges_text(listener.ports);
}

/// The settings of a listener that the product reads; all of them without a product.
std::vector<const Setting*> settings_of(const Catalogue& catalogue, const Listener& listener,
                                        const Product* product) {
  std::vector<const Setting*> settings;
  for (const Setting* setting : listener.settings) {
    if (product == nullptr || is_supported(catalogue, *setting, *product)) {
      settings.push_back(setting);
    }
  }
  return settings;
}

std::vector<const Service*> chosen(const Catalogue& catalogue, const Product* product) {
  if (product != nullptr) {
    return services_of(catalogue, *product);
  }
  std::vector<const Service*> all;
  for (const Service& service : catalogue.services) {
    all.push_back(&service);
  }
  return all;
}

Json setting_json(const Setting& setting) {
  return {{"id", setting.id},
          {"key", setting.key},
          {"value", setting.value},
          {"type", to_string(setting.type)},
          {"since", setting.since},
          {"until", setting.until},
          {"restart", to_string(setting.restart)},
          {"source", setting.source}};
}

Json interface_json(const InterfaceInfo& interface) {
  return {{"id", interface.id},
          {"uuid", to_string(interface.uuid)},
          {"version", fmt::format("{}.{}", interface.major, interface.minor)},
          {"version_known", interface.version_known},
          {"annotation", interface.annotation},
          {"name", interface.name},
          {"source", interface.source}};
}

Json listener_json(const Catalogue& catalogue, const Listener& listener, const Product* product) {
  Json json{{"sequence", to_string(listener.sequence)},
            {"title", listener.title},
            {"protocol", listener.protocol},
            {"ports", ranges_text(listener.ports)},
            {"settings", Json::array()},
            {"interfaces", Json::array()},
            {"source", listener.source}};
  for (const Setting* setting : settings_of(catalogue, listener, product)) {
    json["settings"].push_back(setting_json(*setting));
  }
  for (const InterfaceInfo* interface : listener.interfaces) {
    json["interfaces"].push_back(interface_json(*interface));
  }
  return json;
}

Json document(const char* kind, const Product* product) {
  Json json{{"schema", fmt::format("pinhole.catalogue-{}/1", kind)}};
  if (product != nullptr) {
    json["product"] = product->id;
    json["dynamic_ranges"] = Json::array();
    for (const catalogue::DynamicRange& range : product->dynamic_ranges) {
      json["dynamic_ranges"].push_back({{"windows", range.windows},
                                        {"first", range.range.first},
                                        {"last", range.range.last},
                                        {"source", range.source}});
    }
  }
  json[kind] = Json::array();
  return json;
}

Json services_json(const Catalogue& catalogue, const Product* product) {
  Json json = document("services", product);
  for (const Service* service : chosen(catalogue, product)) {
    Json listeners = Json::array();
    for (const Listener& listener : service->listeners) {
      listeners.push_back(listener_json(catalogue, listener, product));
    }
    json["services"].push_back({{"name", service->name},
                                {"title", service->title},
                                {"image", service->image},
                                {"versions", texts_json(service->versions)},
                                {"roles", texts_json(service->roles)},
                                {"served", service->served()},
                                {"listeners", listeners},
                                {"source", service->source}});
  }
  return json;
}

Table services_table(const Catalogue& catalogue, const Product* product) {
  Table table({{"SERVICE"},
               {"TITLE"},
               {"IMAGE"},
               {"VERSIONS"},
               {"ROLES"},
               {"LISTENS ON"},
               {"PORT"},
               {"SERVED"}});
  for (const Service* service : chosen(catalogue, product)) {
    std::string sequences;
    std::string ports;
    for (const Listener& listener : service->listeners) {
      sequences += fmt::format("{}{}", sequences.empty() ? "" : ", ", to_string(listener.sequence));
      ports += fmt::format("{}{}", ports.empty() ? "" : ", ", port_text(listener));
    }
    table.add_row({service->name, service->title, service->image, joined(service->versions),
                   joined(service->roles), sequences, ports, service->served() ? "yes" : "no"});
  }
  return table;
}

Json interfaces_json(const Catalogue& catalogue, const Product* product) {
  Json json = document("interfaces", product);
  if (product == nullptr) {
    for (const catalogue::KnownUuid& known : catalogue.uuids) {
      json["interfaces"].push_back({{"uuid", to_string(known.uuid)},
                                    {"versions", texts_json(known.versions)},
                                    {"names", texts_json(known.names)},
                                    {"annotation", known.annotation},
                                    {"images", texts_json(known.images)},
                                    {"document", known.document},
                                    {"source", known.source}});
    }
    return json;
  }
  for (const Service* service : services_of(catalogue, *product)) {
    for (const Listener& listener : service->listeners) {
      for (const InterfaceInfo* interface : listener.interfaces) {
        Json row = interface_json(*interface);
        row["service"] = service->name;
        row["sequence"] = to_string(listener.sequence);
        row["ports"] = ranges_text(listener.ports);
        json["interfaces"].push_back(std::move(row));
      }
    }
  }
  return json;
}

Table interfaces_table(const Catalogue& catalogue, const Product* product) {
  if (product == nullptr) {
    Table table({{"UUID"}, {"VERSION"}, {"NAME"}, {"IMAGE"}, {"SPECIFICATION"}});
    for (const catalogue::KnownUuid& known : catalogue.uuids) {
      table.add_row({to_string(known.uuid), joined(known.versions),
                     known.names.empty() ? std::string(known.annotation) : joined(known.names),
                     joined(known.images), known.document});
    }
    return table;
  }
  Table table({{"UUID"}, {"VERSION"}, {"ANNOTATION"}, {"SERVICE"}, {"SEQUENCE"}, {"PORT"}});
  for (const Service* service : services_of(catalogue, *product)) {
    for (const Listener& listener : service->listeners) {
      for (const InterfaceInfo* interface : listener.interfaces) {
        table.add_row({to_string(interface->uuid), version_text(*interface), interface->annotation,
                       service->name, to_string(listener.sequence), port_text(listener)});
      }
    }
  }
  return table;
}

Json ports_json(const Catalogue& catalogue, const Product* product) {
  Json json = document("ports", product);
  if (product == nullptr) {
    for (const catalogue::PortUse& use : catalogue.ports) {
      json["ports"].push_back({{"protocol", use.protocol},
                               {"transports", texts_json(use.transports)},
                               {"ports", ranges_text(use.ports)},
                               {"ssl_ports", ranges_text(use.ssl_ports)},
                               {"service", use.service},
                               {"versions", use.versions},
                               {"about", use.about},
                               {"source", use.source}});
    }
    return json;
  }
  for (const Service* service : services_of(catalogue, *product)) {
    for (const Listener& listener : service->listeners) {
      Json row = listener_json(catalogue, listener, product);
      row.erase("interfaces");
      row["service"] = service->name;
      json["ports"].push_back(std::move(row));
    }
  }
  return json;
}

Table ports_table(const Catalogue& catalogue, const Product* product) {
  if (product == nullptr) {
    Table table({{"PORT"}, {"SSL"}, {"TRANSPORT"}, {"PROTOCOL"}, {"SERVICE"}, {"VERSIONS"}});
    for (const catalogue::PortUse& use : catalogue.ports) {
      table.add_row({use.ports.empty() ? "dynamic" : ranges_text(use.ports),
                     ranges_text(use.ssl_ports), joined(use.transports), use.protocol, use.service,
                     use.versions});
    }
    return table;
  }
  Table table({{"SERVICE"},
               {"LISTENER"},
               {"SEQUENCE"},
               {"PORT"},
               {"SETTING"},
               {"VALUE"},
               {"TYPE"},
               {"RESTART"}});
  for (const Service* service : services_of(catalogue, *product)) {
    for (const Listener& listener : service->listeners) {
      const auto settings = settings_of(catalogue, listener, product);
      if (settings.empty()) {
        table.add_row(
            {service->name, listener.title, to_string(listener.sequence), port_text(listener)});
      }
      for (const Setting* setting : settings) {
        table.add_row({service->name, listener.title, to_string(listener.sequence),
                       port_text(listener), setting->key, setting->value, to_string(setting->type),
                       to_string(setting->restart)});
      }
    }
  }
  for (const catalogue::DynamicRange& range : product->dynamic_ranges) {
    table.add_row(
        {"", fmt::format("dynamic range on {}", range.windows), "", to_string(range.range)});
  }
  return table;
}

struct View {
  const char* name;
  const char* about;
  Table (*table)(const Catalogue&, const Product*);
  Json (*json)(const Catalogue&, const Product*);
};

constexpr auto kViews = std::to_array<View>({
    {"services", "Services, their images, roles and listeners", services_table, services_json},
    {"interfaces", "Interfaces of a product, or every known interface UUID", interfaces_table,
     interfaces_json},
    {"ports", "Ports and port settings of a product, or every known port", ports_table, ports_json},
});

Exit show(const View& view, const Options& options) {
  const Checked<Catalogue> catalogue = open_catalogue(options.data);
  if (!catalogue) {
    return report(catalogue.error());
  }
  const Product* product = nullptr;
  if (!options.product.empty()) {
    const auto named = product_of(*catalogue, options.product, "");
    if (!named) {
      return report(named.error());
    }
    product = *named;
  }
  const std::string text = options.format == "json"
                               ? render::json_text(view.json(*catalogue, product))
                               : view.table(*catalogue, product).text(style_of(stdout));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return Exit::good;
}

}  // namespace

void add_catalogue(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("catalogue", "Print what the catalogue knows");
  command->require_subcommand(1);
  for (const View& view : kViews) {
    CLI::App* sub = command->add_subcommand(view.name, view.about);
    const auto options = std::make_shared<Options>();
    sub->add_option("--product", options->product, "Of this product only")->type_name("PRODUCT");
    sub->add_option("--format", options->format, "How to print")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    add_data_option(*sub, options->data);
    sub->callback(
        [&action, &view, options] { action = [&view, options] { return show(view, *options); }; });
  }
}

}  // namespace pinhole::cli
