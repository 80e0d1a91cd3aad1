// SPDX-License-Identifier: Apache-2.0
#pragma once
// Questions to a catalogue. Pointers returned live as long as the catalogue's rows; nullptr and
// empty text mean: not known.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"

namespace pinhole::catalogue {

/// What MaxUserPort may hold; Windows ignores any other number (rule DYN-MAXUSER).
inline constexpr PortRange kMaxUserPorts{5000, 65534};

[[nodiscard]] const Product* find_product(const Catalogue& catalogue, std::string_view id);

/// The services of a product in the order of their names; with `roles`, only those that stand on
/// every server or have one of these roles.
[[nodiscard]] std::vector<const Service*> services_of(const Catalogue& catalogue,
                                                      const Product& product, Texts roles = {});

/// One service of a product, by short name without case.
[[nodiscard]] const Service* find_service(const Catalogue& catalogue, const Product& product,
                                          std::string_view name);

/// True where the product is new enough, and not too new, to read this setting.
[[nodiscard]] bool is_supported(const Catalogue& catalogue, const Setting& setting,
                                const Product& product);

/// True where key and value name mean this setting, as find_setting compares them.
[[nodiscard]] bool is_same_setting(const Setting& setting, std::string_view key,
                                   std::string_view value);

[[nodiscard]] const Setting* find_setting_by_id(const Catalogue& catalogue, std::string_view id);

/// The setting with this key and value name, of any product; without case. HKLM, CurrentControlSet
/// and ControlSet00N are the same to it. All rows that it could mean have the same type.
[[nodiscard]] const Setting* find_setting(const Catalogue& catalogue, std::string_view key,
                                          std::string_view value);

[[nodiscard]] const KnownUuid* find_uuid(const Catalogue& catalogue, const Uuid& uuid);

/// The interface row with this UUID and version; a UUID alone may have several owners.
[[nodiscard]] const InterfaceInfo* find_interface(const Catalogue& catalogue, const Uuid& uuid,
                                                  std::uint16_t major, std::uint16_t minor);

/// A short name for people: `emsmdb`, `samr`; where no name is known, the image or the
/// specification that has it; else empty.
[[nodiscard]] std::string_view interface_name(const Catalogue& catalogue, const Uuid& uuid,
                                              std::uint16_t major, std::uint16_t minor);

[[nodiscard]] std::string_view to_string(Confidence confidence);
[[nodiscard]] std::string_view to_string(ValueType type);  // REG_DWORD
[[nodiscard]] std::string_view to_string(Restart restart);
[[nodiscard]] std::string_view to_string(Sequence sequence);
[[nodiscard]] std::string_view to_string(Level level);
/// `1.0`; a version that no source gives is shown so: `1.0 (unsourced)`.
[[nodiscard]] std::string version_text(const InterfaceInfo& interface);

}  // namespace pinhole::catalogue
