// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the world is: Exchange's products and services, their listeners, interfaces and registry
// settings, every known interface UUID, ports, port rules and flows. The rows stand in data/*.toml,
// each with its source; the build validates them and compiles them in (builtin()), load.hpp reads
// another set at run time. Rows are plain values that borrow their text from the catalogue.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/port_set.hpp"
#include "base/uuid.hpp"
#include "catalogue/rule_check.hpp"

namespace pinhole::catalogue {

using Texts = std::span<const std::string_view>;

/// How well a row is established: by several sources, by one, or doubtful.
enum class Confidence : std::uint8_t { confirmed, single, unsure };

/// The dynamic range of one Windows release that a product ran on.
struct DynamicRange {
  std::string_view windows;
  PortRange range;
  std::string_view source;
};

struct Product {
  std::string_view id;       // exchange-2010-sp1
  std::string_view title;    // Exchange Server 2010 SP1
  std::string_view version;  // 2010: what services name
  std::uint16_t age = 0;     // position among the products, the oldest is 0
  Texts roles;               // the --role words of this product; empty: it has no roles
  std::span<const DynamicRange> dynamic_ranges;  // at least one, the first is the default
  std::string_view source;
};

enum class ValueType : std::uint8_t {
  reg_dword,
  reg_sz,
  reg_multi_sz,
  app_setting,  // appSettings of a .config file: `key` is the file's name, not a registry key
  command,      // no value holds it: `key` is the command that sets it, `value` its argument
};

/// What must restart before a changed setting counts.
enum class Restart : std::uint8_t { service, computer, client };

enum class Holds : std::uint8_t { port, other };

/// One place that a service, Windows or a client reads a number or a text from.
struct Setting {
  std::string_view id;
  std::string_view service;  // short name of who reads it
  std::string_view key;      // HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\...
  std::string_view value;    // the value's name
  ValueType type = ValueType::reg_dword;
  Holds holds = Holds::port;
  std::string_view since;  // id of the first product that reads it; empty: no limit
  std::string_view until;  // id of the last product that reads it; empty: no limit
  Restart restart = Restart::service;
  /// The number that the official texts give it, in these versions of the product.
  std::optional<std::uint16_t> advised;
  Texts advised_for;
  /// How far above the first port of a wanted range its own number lies, so that a service has one
  /// number on every server, whatever else runs there. Settings of one server differ.
  std::optional<std::uint16_t> slot;
  Confidence confidence = Confidence::confirmed;
  std::string_view about;
  std::string_view source;
};

/// Kept in the registry, which is where most are.
[[nodiscard]] constexpr bool is_of_registry(const Setting& setting) {
  return setting.type != ValueType::app_setting && setting.type != ValueType::command;
}

struct InterfaceInfo {
  std::string_view id;  // nspi-proxy
  Uuid uuid;
  std::uint16_t major = 1;  // 1.0 where version_known is false
  std::uint16_t minor = 0;
  bool version_known = true;    // false: no source gives the version
  std::string_view annotation;  // as registered with the endpoint mapper; may be empty
  std::string_view name;        // short name: emsmdb
  std::string_view owner;       // who serves it
  std::string_view versions;    // of the owner
  std::string_view document;    // MS-OXCRPC; empty: no public specification
  Confidence confidence = Confidence::confirmed;
  std::string_view about;
  std::string_view source;
};

/// `rfc1006` is X.400 over TPKT and COTP; `tcp` and `udp` are other protocols, known by name only.
enum class Sequence : std::uint8_t { ncacn_ip_tcp, ncacn_http, rfc1006, tcp, udp };

/// One listening socket of a service. Without `ports` and without a value in any supported
/// setting the port is dynamic.
struct Listener {
  Sequence sequence = Sequence::ncacn_ip_tcp;
  std::string_view title;
  std::string_view protocol;
  std::span<const PortRange> ports;  // the default; each a single port where we serve it
  std::span<const Setting* const> settings;
  /// In the order of registration; one that is registered twice stands here twice.
  std::span<const InterfaceInfo* const> interfaces;
  std::string_view clients;    // who connects
  std::string_view direction;  // inbound, outbound, both
  std::string_view encrypted;
  Confidence confidence = Confidence::confirmed;
  std::string_view about;
  std::string_view source;

  /// The one default port, where there is exactly one.
  [[nodiscard]] std::optional<std::uint16_t> default_port() const;
};

/// A Windows service as some versions of a product have it.
struct Service {
  std::string_view name;   // short name: MSExchangeIS
  std::string_view title;  // display name
  std::string_view image;  // STORE.EXE
  Texts versions;          // 4.0, 2007, or a Windows release
  Texts roles;             // empty: on every server
  std::span<const Listener> listeners;
  std::string_view source;

  /// True where we can stand for it: it has an RPC listener with known interfaces, or X.400.
  [[nodiscard]] bool served() const;
};

/// An interface UUID that some public list knows.
struct KnownUuid {
  Uuid uuid;
  Texts names;
  Texts versions;  // 1.0
  Texts images;
  std::string_view annotation;
  std::string_view document;
  Texts endpoints;
  Confidence confidence = Confidence::confirmed;
  std::string_view source;
};

struct PortUse {
  std::string_view protocol;
  Texts transports;                  // tcp, udp
  std::span<const PortRange> ports;  // empty: dynamic only
  std::span<const PortRange> ssl_ports;
  std::string_view service;
  std::string_view versions;
  Confidence confidence = Confidence::confirmed;
  std::string_view about;
  std::string_view source;
};

struct PortRule {
  std::string_view id;
  std::string_view topic;
  std::string_view applies_to;
  std::string_view rule;
  std::optional<std::uint32_t> low;  // ports, or the bounds of a setting
  std::optional<std::uint32_t> high;
  Level level = Level::fact;
  std::string_view reason;
  std::string_view remedy;
  Check check = Check::none;
  Texts versions;  // products that it is for, as services name them; empty: all, and Windows
  Texts settings;  // ids that it is for; empty: every setting that its check is about
  Texts except;    // ids that it is not for
  std::optional<std::uint32_t> count;
  Confidence confidence = Confidence::confirmed;
  std::string_view source;
};

struct Flow {
  std::string_view id;
  std::string_view topology;
  std::string_view versions;
  std::string_view from;
  std::string_view to;
  std::string_view service;
  Texts transports;
  std::string_view ports;
  std::string_view direction;
  std::string_view needed;
  std::string_view condition;
  Confidence confidence = Confidence::confirmed;
  std::string_view source;
};

/// All tables. A copy is cheap and shares the rows.
struct Catalogue {
  std::span<const Product> products;          // by age
  std::span<const Service> services;          // by name
  std::span<const Setting> settings;          // by id
  std::span<const InterfaceInfo> interfaces;  // by id
  std::span<const KnownUuid> uuids;           // by UUID
  std::span<const PortUse> ports;
  std::span<const PortRule> rules;      // by id
  std::span<const Flow> flows;          // by id
  std::shared_ptr<const void> storage;  // keeps the rows of a loaded catalogue alive
};

/// The rows of data/, compiled in.
[[nodiscard]] const Catalogue& builtin();

}  // namespace pinhole::catalogue
