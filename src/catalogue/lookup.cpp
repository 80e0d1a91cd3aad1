// SPDX-License-Identifier: Apache-2.0
#include "catalogue/lookup.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace pinhole::catalogue {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// The next part of a key, which it loses.
std::string_view take_part(std::string_view& key) {
  const std::size_t end = std::min(key.find('\\'), key.size());
  const std::string_view part = key.substr(0, end);
  key.remove_prefix(std::min(end + 1, key.size()));
  return part;
}

bool is_control_set(std::string_view part) {
  return same_name(part, "CurrentControlSet") ||
         (part.size() == 13 && same_name(part.substr(0, 10), "ControlSet"));
}

bool same_part(std::string_view a, std::string_view b) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kShort{
      {{"HKLM", "HKEY_LOCAL_MACHINE"}, {"HKCU", "HKEY_CURRENT_USER"}}};
  if (same_name(a, b) || (is_control_set(a) && is_control_set(b))) {
    return true;
  }
  return std::ranges::any_of(kShort, [&](const auto& names) {
    return (same_name(a, names.first) && same_name(b, names.second)) ||
           (same_name(a, names.second) && same_name(b, names.first));
  });
}

bool same_key(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (!same_part(take_part(a), take_part(b))) {
      return false;
    }
  }
  return a.empty() && b.empty();
}

bool shares(Texts a, Texts b) {
  return std::ranges::find_first_of(a, b) != a.end();
}

}  // namespace

std::optional<std::uint16_t> Listener::default_port() const {
  if (ports.size() != 1 || ports.front().first != ports.front().last) {
    return std::nullopt;
  }
  return ports.front().first;
}

bool Service::served() const {
  return std::ranges::any_of(listeners, [](const Listener& listener) {
    return !listener.interfaces.empty() || listener.sequence == Sequence::rfc1006;
  });
}

const Product* find_product(const Catalogue& catalogue, std::string_view id) {
  const auto at = std::ranges::find(catalogue.products, id, &Product::id);
  return at == catalogue.products.end() ? nullptr : &*at;
}

const Setting* find_setting_by_id(const Catalogue& catalogue, std::string_view id) {
  const auto at = std::ranges::lower_bound(catalogue.settings, id, {}, &Setting::id);
  return at != catalogue.settings.end() && at->id == id ? &*at : nullptr;
}

std::vector<const Service*> services_of(const Catalogue& catalogue, const Product& product,
                                        Texts roles) {
  std::vector<const Service*> found;
  for (const Service& service : catalogue.services) {
    const bool has_version =
        std::ranges::find(service.versions, product.version) != service.versions.end();
    const bool has_role = roles.empty() || service.roles.empty() || shares(service.roles, roles);
    if (has_version && has_role) {
      found.push_back(&service);
    }
  }
  return found;
}

const Service* find_service(const Catalogue& catalogue, const Product& product,
                            std::string_view name) {
  for (const Service* service : services_of(catalogue, product)) {
    if (same_name(service->name, name)) {
      return service;
    }
  }
  return nullptr;
}

bool is_supported(const Catalogue& catalogue, const Setting& setting, const Product& product) {
  const Product* since = find_product(catalogue, setting.since);
  const Product* until = find_product(catalogue, setting.until);
  return (since == nullptr || since->age <= product.age) &&
         (until == nullptr || until->age >= product.age);
}

bool is_same_setting(const Setting& setting, std::string_view key, std::string_view value) {
  return same_name(setting.value, value) && same_key(setting.key, key);
}

const Setting* find_setting(const Catalogue& catalogue, std::string_view key,
                            std::string_view value) {
  const auto at = std::ranges::find_if(catalogue.settings, [&](const Setting& setting) {
    return is_same_setting(setting, key, value);
  });
  return at == catalogue.settings.end() ? nullptr : &*at;
}

const KnownUuid* find_uuid(const Catalogue& catalogue, const Uuid& uuid) {
  const auto at = std::ranges::lower_bound(catalogue.uuids, uuid, {}, &KnownUuid::uuid);
  return at == catalogue.uuids.end() || at->uuid != uuid ? nullptr : &*at;
}

const InterfaceInfo* find_interface(const Catalogue& catalogue, const Uuid& uuid,
                                    std::uint16_t major, std::uint16_t minor) {
  const auto at = std::ranges::find_if(catalogue.interfaces, [&](const InterfaceInfo& row) {
    return row.uuid == uuid && row.major == major && row.minor == minor;
  });
  return at == catalogue.interfaces.end() ? nullptr : &*at;
}

std::string_view interface_name(const Catalogue& catalogue, const Uuid& uuid, std::uint16_t major,
                                std::uint16_t minor) {
  const InterfaceInfo* interface = find_interface(catalogue, uuid, major, minor);
  if (interface != nullptr && !interface->name.empty()) {
    return interface->name;
  }
  const KnownUuid* known = find_uuid(catalogue, uuid);
  if (known == nullptr) {
    return {};
  }
  for (const Texts texts : {known->names, known->images}) {
    if (!texts.empty()) {
      return texts.front();
    }
  }
  return known->annotation.empty() ? known->document : known->annotation;
}

std::string_view to_string(Confidence confidence) {
  switch (confidence) {
    case Confidence::confirmed:
      return "confirmed";
    case Confidence::single:
      return "single";
    case Confidence::unsure:
      return "unsure";
  }
  return {};
}

std::string_view to_string(ValueType type) {
  switch (type) {
    case ValueType::reg_dword:
      return "REG_DWORD";
    case ValueType::reg_sz:
      return "REG_SZ";
    case ValueType::reg_multi_sz:
      return "REG_MULTI_SZ";
    case ValueType::app_setting:
      return "appSettings";
    case ValueType::command:
      return "command";
  }
  return {};
}

std::string_view to_string(Restart restart) {
  switch (restart) {
    case Restart::service:
      return "service";
    case Restart::computer:
      return "computer";
    case Restart::client:
      return "client";
  }
  return {};
}

std::string_view to_string(Sequence sequence) {
  switch (sequence) {
    case Sequence::ncacn_ip_tcp:
      return "ncacn_ip_tcp";
    case Sequence::ncacn_http:
      return "ncacn_http";
    case Sequence::rfc1006:
      return "rfc1006";
    case Sequence::tcp:
      return "tcp";
    case Sequence::udp:
      return "udp";
  }
  return {};
}

std::string_view to_string(Level level) {
  switch (level) {
    case Level::error:
      return "error";
    case Level::warning:
      return "warning";
    case Level::note:
      return "note";
    case Level::fact:
      return "fact";
    case Level::refuted:
      return "refuted";
  }
  return {};
}

std::string version_text(const InterfaceInfo& interface) {
  return fmt::format("{}.{}{}", interface.major, interface.minor,
                     interface.version_known ? "" : " (unsourced)");
}

}  // namespace pinhole::catalogue
