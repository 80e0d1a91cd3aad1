// SPDX-License-Identifier: Apache-2.0
#include "catalogue/document.hpp"

#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"

namespace pinhole::catalogue {
namespace {

/// A cell of a Markdown table: a bar would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string port_cell(const Listener& listener, const Catalogue& catalogue,
                      const Product& product) {
  const auto fixed = listener.default_port();
  std::string text = fixed ? fmt::format("{}", *fixed) : "dynamic";
  for (const Setting* setting : listener.settings) {
    if (is_supported(catalogue, *setting, product)) {
      text += fmt::format(", `{}`", setting->id);
    }
  }
  return text;
}

std::string interface_cell(const Listener& listener) {
  std::string text;
  for (const InterfaceInfo* interface : listener.interfaces) {
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", interface->id);
  }
  return text;
}

void add_product(std::string& out, const Catalogue& catalogue, const Product& product) {
  out += fmt::format("\n### {} (`{}`)\n\n", product.title, product.id);
  if (!product.roles.empty()) {
    out += fmt::format("Roles: {}.\n\n", fmt::join(product.roles, ", "));
  }
  out += "Dynamic range:";
  for (const DynamicRange& range : product.dynamic_ranges) {
    out += fmt::format("{} {} on {} ({})", &range == product.dynamic_ranges.data() ? "" : ";",
                       to_string(range.range), range.windows, range.source);
  }
  out +=
      ".\n\n| service | image | roles | listens on | port, setting | interfaces |\n"
      "|---|---|---|---|---|---|\n";
  for (const Service* service : services_of(catalogue, product)) {
    if (!service->served()) {
      continue;
    }
    for (const Listener& listener : service->listeners) {
      if (listener.interfaces.empty() && listener.sequence != Sequence::rfc1006) {
        continue;
      }
      out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", service->name, service->image,
                         fmt::join(service->roles, ", "), to_string(listener.sequence),
                         port_cell(listener, catalogue, product), interface_cell(listener));
    }
  }
}

void add_settings(std::string& out, const Catalogue& catalogue) {
  out +=
      "\n## Settings\n\n| id | where | value | type | since | until | restart | advised | source "
      "|\n"
      "|---|---|---|---|---|---|---|---|---|\n";
  for (const Setting& setting : catalogue.settings) {
    const std::string advised = setting.advised ? fmt::format("{} ({})", *setting.advised,
                                                              fmt::join(setting.advised_for, ", "))
                                                : "";
    out += fmt::format("| `{}` | `{}` | `{}` | {} | {} | {} | {} | {} | {} |\n", setting.id,
                       setting.key, setting.value, to_string(setting.type), setting.since,
                       setting.until, to_string(setting.restart), advised, cell(setting.source));
  }
}

void add_interfaces(std::string& out, const Catalogue& catalogue) {
  out +=
      "\n## Interfaces\n\n| id | UUID | version | annotation | owner | specification | source |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const InterfaceInfo& row : catalogue.interfaces) {
    out += fmt::format("| `{}` | `{}` | {} | {} | {} | {} | {} |\n", row.id, to_string(row.uuid),
                       version_text(row), cell(row.annotation), cell(row.owner), row.document,
                       cell(row.source));
  }
}

void add_rules(std::string& out, const Catalogue& catalogue) {
  out +=
      "\n## Port rules\n\nA rule with a check is judged by `pinhole check` and `pinhole plan`.\n\n"
      "| id | level | check | applies to | rule | source |\n|---|---|---|---|---|---|\n";
  for (const PortRule& rule : catalogue.rules) {
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", rule.id, to_string(rule.level),
                       to_string(rule.check), cell(rule.applies_to), cell(rule.rule),
                       cell(rule.source));
  }
}

}  // namespace

std::string document(const Catalogue& catalogue) {
  std::string out = fmt::format(
      "# Catalogue\n\n"
      "Written from `data/*.toml` by `cmake --build build/debug --target catalogue_document`; edit "
      "the rows, not this page.\n\n"
      "{} products, {} services, {} settings, {} interfaces, {} known interface UUIDs, {} port "
      "rows, {} port rules, {} flows. `pinhole catalogue services|interfaces|ports` prints them; "
      "`--data DIR` reads another folder of the same files.\n\n"
      "An interface whose version is *unsourced* is served as 1.0, no source giving one.\n\n"
      "## Products and what is served\n",
      catalogue.products.size(), catalogue.services.size(), catalogue.settings.size(),
      catalogue.interfaces.size(), catalogue.uuids.size(), catalogue.ports.size(),
      catalogue.rules.size(), catalogue.flows.size());
  for (const Product& product : catalogue.products) {
    add_product(out, catalogue, product);
  }
  add_settings(out, catalogue);
  add_interfaces(out, catalogue);
  add_rules(out, catalogue);
  return out;
}

}  // namespace pinhole::catalogue
