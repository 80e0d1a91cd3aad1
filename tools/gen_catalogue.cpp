// SPDX-License-Identifier: Apache-2.0
// gen_catalogue DATA_DIR OUTPUT: validates data/*.toml and writes it as constant arrays, or as
// Markdown where OUTPUT ends with .md. Any mistake goes to stderr as `file:line:column: what` and
// stops the build.

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/document.hpp"
#include "catalogue/load.hpp"

namespace pinhole::catalogue {
namespace {

/// A C++ string literal; every byte that is not plain ASCII in octal, which ends by itself.
std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c < ' ' || c > '~') {
      out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// As numbers: a thousand UUIDs parsed in one constant expression are more steps than compilers
/// allow.
std::string literal(const Uuid& uuid) {
  return fmt::format("{{{:#x}U, {:#x}, {:#x}, {{{:#x}}}}}", uuid.time_low, uuid.time_mid,
                     uuid.time_hi_and_version, fmt::join(uuid.clock_and_node, ", "));
}

std::string literal(PortRange range) {
  return fmt::format("{{{}, {}}}", range.first, range.last);
}

std::string literal(const DynamicRange& range) {
  return fmt::format("{{{}, {}, {}}}", literal(range.windows), literal(range.range),
                     literal(range.source));
}

std::string literal(std::optional<std::uint32_t> number) {
  return number ? fmt::format("{}U", *number) : "std::nullopt";
}

std::string literal(std::optional<std::uint16_t> port) {
  return port ? fmt::format("std::uint16_t{{{}}}", *port) : "std::nullopt";
}

template <class Enum>
  requires std::is_enum_v<Enum>
std::string literal(Enum value) {
  return fmt::format("{{{}}}", static_cast<unsigned>(value));
}

class Writer {
 public:
  explicit Writer(Catalogue catalogue) : catalogue_(std::move(catalogue)) {}

  std::string write();

 private:
  /// Writes an array of its own for a list and returns its name, or `{}` for an empty list.
  template <class Element>
  std::string array(std::string_view type, std::span<const Element> elements);
  std::string texts(Texts list) { return array<std::string_view>("std::string_view", list); }
  std::string ports(std::span<const PortRange> list) { return array("PortRange", list); }
  template <class Row>
  std::string pointers(std::string_view type, std::string_view table,
                       std::span<const Row* const> list, const Row* first);
  /// The rows of a table, one a line, after the arrays that they name.
  template <class Row, class Print>
  void table(std::string_view type, std::string_view name, std::span<const Row> rows, Print print);

  std::string row(const Product& r);
  std::string row(const Setting& r);
  std::string row(const InterfaceInfo& r);
  std::string row(const Listener& r);
  std::string row(const Service& r);
  std::string row(const KnownUuid& r);
  std::string row(const PortUse& r);
  std::string row(const PortRule& r);
  std::string row(const Flow& r);

  Catalogue catalogue_;
  std::string out_;
  unsigned arrays_ = 0;
};

template <class Element>
std::string Writer::array(std::string_view type, std::span<const Element> elements) {
  if (elements.empty()) {
    return "{}";
  }
  std::string name = fmt::format("kList{}", arrays_++);
  out_ += fmt::format("constexpr {} {}[] = {{", type, name);
  for (const Element& element : elements) {
    out_ += literal(element) + ", ";
  }
  out_ += "};\n";
  return name;
}

template <class Row>
std::string Writer::pointers(std::string_view type, std::string_view table,
                             std::span<const Row* const> list, const Row* first) {
  if (list.empty()) {
    return "{}";
  }
  std::string name = fmt::format("kList{}", arrays_++);
  out_ += fmt::format("constexpr const {}* {}[] = {{", type, name);
  for (const Row* row : list) {
    out_ += fmt::format("&{}[{}], ", table, row - first);
  }
  out_ += "};\n";
  return name;
}

template <class Row, class Print>
void Writer::table(std::string_view type, std::string_view name, std::span<const Row> rows,
                   Print print) {
  std::string body;
  for (const Row& r : rows) {
    body += "    " + print(r) + ",\n";
  }
  if (rows.empty()) {
    out_ += fmt::format("constexpr std::span<const {}> {};\n", type, name);
    return;
  }
  out_ += fmt::format("constexpr {} {}[] = {{\n{}}};\n", type, name, body);
}

std::string Writer::row(const Product& r) {
  const std::string roles = texts(r.roles);
  return fmt::format("{{{}, {}, {}, {}, {}, {}, {}}}", literal(r.id), literal(r.title),
                     literal(r.version), r.age, roles, array("DynamicRange", r.dynamic_ranges),
                     literal(r.source));
}

std::string Writer::row(const Setting& r) {
  const std::string advised_for = texts(r.advised_for);
  return fmt::format(
      "{{{}, {}, {}, {}, ValueType{}, Holds{}, {}, {}, Restart{}, {}, {}, {}, Confidence{}, {}, "
      "{}}}",
      literal(r.id), literal(r.service), literal(r.key), literal(r.value), literal(r.type),
      literal(r.holds), literal(r.since), literal(r.until), literal(r.restart), literal(r.advised),
      advised_for, literal(r.slot), literal(r.confidence), literal(r.about), literal(r.source));
}

std::string Writer::row(const InterfaceInfo& r) {
  return fmt::format("{{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, Confidence{}, {}, {}}}",
                     literal(r.id), literal(r.uuid), r.major, r.minor, r.version_known,
                     literal(r.annotation), literal(r.name), literal(r.owner), literal(r.versions),
                     literal(r.document), literal(r.confidence), literal(r.about),
                     literal(r.source));
}

std::string Writer::row(const Listener& r) {
  const std::string defaults = ports(r.ports);
  const std::string settings =
      pointers("Setting", "kSettings", r.settings, catalogue_.settings.data());
  const std::string interfaces =
      pointers("InterfaceInfo", "kInterfaces", r.interfaces, catalogue_.interfaces.data());
  return fmt::format("{{Sequence{}, {}, {}, {}, {}, {}, {}, {}, {}, Confidence{}, {}, {}}}",
                     literal(r.sequence), literal(r.title), literal(r.protocol), defaults, settings,
                     interfaces, literal(r.clients), literal(r.direction), literal(r.encrypted),
                     literal(r.confidence), literal(r.about), literal(r.source));
}

std::string Writer::row(const Service& r) {
  std::string listeners = "{}";
  if (!r.listeners.empty()) {
    listeners = fmt::format("kListeners{}", arrays_++);
    table("Listener", listeners, r.listeners, [this](const Listener& l) { return row(l); });
  }
  const std::string versions = texts(r.versions);
  const std::string roles = texts(r.roles);
  return fmt::format("{{{}, {}, {}, {}, {}, {}, {}}}", literal(r.name), literal(r.title),
                     literal(r.image), versions, roles, listeners, literal(r.source));
}

std::string Writer::row(const KnownUuid& r) {
  const std::string names = texts(r.names);
  const std::string versions = texts(r.versions);
  const std::string images = texts(r.images);
  return fmt::format("{{{}, {}, {}, {}, {}, {}, {}, Confidence{}, {}}}", literal(r.uuid), names,
                     versions, images, literal(r.annotation), literal(r.document),
                     texts(r.endpoints), literal(r.confidence), literal(r.source));
}

std::string Writer::row(const PortUse& r) {
  const std::string transports = texts(r.transports);
  const std::string defaults = ports(r.ports);
  return fmt::format("{{{}, {}, {}, {}, {}, {}, Confidence{}, {}, {}}}", literal(r.protocol),
                     transports, defaults, ports(r.ssl_ports), literal(r.service),
                     literal(r.versions), literal(r.confidence), literal(r.about),
                     literal(r.source));
}

std::string Writer::row(const PortRule& r) {
  const std::string versions = texts(r.versions);
  const std::string settings = texts(r.settings);
  return fmt::format(
      "{{{}, {}, {}, {}, {}, {}, Level{}, {}, {}, Check{}, {}, {}, {}, {}, Confidence{}, {}}}",
      literal(r.id), literal(r.topic), literal(r.applies_to), literal(r.rule), literal(r.low),
      literal(r.high), literal(r.level), literal(r.reason), literal(r.remedy), literal(r.check),
      versions, settings, texts(r.except), literal(r.count), literal(r.confidence),
      literal(r.source));
}

std::string Writer::row(const Flow& r) {
  return fmt::format("{{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, Confidence{}, {}}}",
                     literal(r.id), literal(r.topology), literal(r.versions), literal(r.from),
                     literal(r.to), literal(r.service), texts(r.transports), literal(r.ports),
                     literal(r.direction), literal(r.needed), literal(r.condition),
                     literal(r.confidence), literal(r.source));
}

std::string Writer::write() {
  const auto print = [this](const auto& r) { return row(r); };
  out_ =
      "// Written by gen_catalogue from data/*.toml.\n"
      "#include \"catalogue/catalogue.hpp\"\n\n"
      "namespace pinhole::catalogue {\nnamespace {\n\n";
  table("Product", "kProducts", catalogue_.products, print);
  table("Setting", "kSettings", catalogue_.settings, print);
  table("InterfaceInfo", "kInterfaces", catalogue_.interfaces, print);
  table("Service", "kServices", catalogue_.services, print);
  table("KnownUuid", "kUuids", catalogue_.uuids, print);
  table("PortUse", "kPorts", catalogue_.ports, print);
  table("PortRule", "kRules", catalogue_.rules, print);
  table("Flow", "kFlows", catalogue_.flows, print);
  out_ +=
      "\n}  // namespace\n\n"
      "const Catalogue& builtin() {\n"
      "  static const Catalogue catalogue{kProducts, kServices, kSettings, kInterfaces, kUuids,\n"
      "                                   kPorts,    kRules,    kFlows,    nullptr};\n"
      "  return catalogue;\n}\n\n"
      "}  // namespace pinhole::catalogue\n";
  return out_;
}

int generate(const std::string& folder, const std::string& output) {
  std::vector<std::string> names;
  std::vector<std::string> texts;
  for (const std::string_view name : data_file_names()) {
    names.push_back(folder + "/" + std::string(name));
    std::ifstream file(names.back(), std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (!file.is_open()) {
      std::cerr << names.back() << ": cannot be read\n";
      return 1;
    }
  }
  std::vector<DataFile> files;
  files.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    files.push_back({names[i], texts[i]});
  }
  const Checked<Catalogue> catalogue = load(files);
  if (!catalogue) {
    for (const Diagnostic& diagnostic : catalogue.error()) {
      std::cerr << to_string(diagnostic) << '\n';
    }
    return 1;
  }
  std::ofstream file(output, std::ios::binary | std::ios::trunc);
  file << (output.ends_with(".md") ? document(*catalogue) : Writer(*catalogue).write());
  file.close();
  if (!file) {
    std::cerr << output << ": cannot be written\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace pinhole::catalogue

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: gen_catalogue DATA_DIR OUTPUT\n";
    return 2;
  }
  return pinhole::catalogue::generate(argv[1], argv[2]);
}
