// SPDX-License-Identifier: Apache-2.0
// Registry.xml of Group Policy Preferences ([MS-GPPREF] 2.2.1.11): one for all servers, each item
// filtered to its own.
#include <cstdint>

#include <fmt/format.h>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"

namespace pinhole::plan {
namespace {

using registry::Edit;
using registry::Type;
using registry::Value;

constexpr std::size_t kNetbiosName = 15;

std::uint64_t hash_of(std::string_view text, std::uint64_t hash) {
  constexpr std::uint64_t kPrime = 0x100000001b3;  // FNV-1a
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  }
  return hash;
}

/// The same item has the same identity in every plan; the form is that of a UUID of version 8
/// (RFC 9562, 5.8).
std::string identity_of(std::string_view server, const Edit& edit) {
  const std::string text =
      fmt::format("{}\n{}\n{}", server, registry::to_string(edit.path), edit.name);
  const std::uint64_t high = hash_of(text, 0xcbf29ce484222325);
  const std::uint64_t low = hash_of(text, 0x84222325cbf29ce4);
  return fmt::format("{{{:08X}-{:04X}-8{:03X}-{:04X}-{:012X}}}", high >> 32U, high >> 16U & 0xffffU,
                     high & 0xfffU, 0x8000U | (low >> 48U & 0x3fffU), low & 0xffffffffffffU);
}

/// type="..." value="..." and what stands inside; empty for a value of another kind.
struct Properties {
  std::string attributes;
  std::string inside;
};

Properties typed(std::string_view type, std::string_view value) {
  return {fmt::format(R"(type="{}" value="{}")", type, xml_text(value)), {}};
}

Properties properties_of(const Value& value) {
  if (const auto number = value.type == Type::dword ? value.dword() : std::nullopt) {
    return typed("REG_DWORD", fmt::format("{:08X}", *number));
  }
  const auto text = value.sz();
  if (text && value == Value::of_sz(*text)) {
    return typed("REG_SZ", *text);
  }
  if (text && value == Value::of_expand_sz(*text)) {
    return typed("REG_EXPAND_SZ", *text);
  }
  const auto lines = value.type == Type::multi_sz ? value.multi_sz() : std::nullopt;
  if (!lines || value != Value::of_multi_sz(*lines)) {
    return {};
  }
  std::string joined;
  std::string inside = "<Values>";
  for (const std::string& line : *lines) {
    joined += (joined.empty() ? "" : " ") + line;
    inside += fmt::format("<Value>{}</Value>", xml_text(line));
  }
  Properties properties = typed("REG_MULTI_SZ", joined);
  properties.inside = inside + "</Values>";
  return properties;
}

std::string filter_of(const std::string& server) {
  const bool full = server.find('.') != std::string::npos;
  return fmt::format(
      R"(<Filters><FilterComputer bool="AND" not="0" type="{}" name="{}"/></Filters>)",
      full ? "DNS" : "NETBIOS", xml_text(full ? server : server.substr(0, kNetbiosName)));
}

std::string item_text(const std::string& server, const Edit& edit) {
  const bool sets = edit.kind == Edit::Kind::set_value;
  const Properties properties = sets ? properties_of(edit.value) : typed("REG_SZ", "");
  if (properties.attributes.empty()) {
    return fmt::format("  <!-- {}: a value that is set by the .reg file alone -->\n",
                       xml_text(comment_text(server)));
  }
  const std::string name = xml_text(edit.name);
  const std::string title = edit.name.empty() ? "key" : name;
  return fmt::format(
      "  <Registry clsid=\"{{9CD4B2F4-923D-47f5-A062-E897DD1DAD50}}\" name=\"{0}\" status=\"{0}\" "
      "image=\"{1}\" uid=\"{2}\">\n    <Properties action=\"{3}\" displayDecimal=\"1\" "
      "default=\"0\" "
      "hive=\"{4}\" key=\"{5}\" name=\"{6}\" {7}>{8}</Properties>\n    {9}\n  </Registry>\n",
      title, sets ? 12 : 13, identity_of(server, edit), sets ? "U" : "D",
      xml_text(edit.path.parts.front()), xml_text(to_string(edit.path.below(1))), name,
      properties.attributes, properties.inside, filter_of(server));
}

bool takes(const ServerChange& change) {
  return change.system >= OperatingSystem::windows_2003 &&
         change.system != OperatingSystem::linux && !change.edits.empty();
}

}  // namespace

std::string group_policy_file(const std::vector<ServerChange>& changes) {
  std::string items;
  for (const ServerChange& change : changes) {
    if (!takes(change)) {
      continue;
    }
    for (const Edit& edit : change.edits) {
      items += edit.path.parts.empty() ? std::string() : item_text(change.server, edit);
    }
  }
  return items.empty() ? std::string()
                       : with_crlf(
                             "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                             "<RegistrySettings "
                             "clsid=\"{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}\">\n" +
                             items + "</RegistrySettings>\n");
}

}  // namespace pinhole::plan
