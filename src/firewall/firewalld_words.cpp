// SPDX-License-Identifier: Apache-2.0
#include "firewall/firewalld_words.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "firewall/address_number.hpp"
#include "firewall/firewalld_known.hpp"

namespace pinhole::firewall::firewalld {
namespace {

struct Addresses {
  std::uint32_t family = 4;
  AddressRange range;
};

/// `10.0.0.1`, `10.0.0.1/8` (host bits do not count), `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9`.
std::optional<Addresses> addresses_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  const auto first = parse_address(text.substr(0, std::min(dash, slash)));
  if (!first) {
    return std::nullopt;
  }
  const std::uint32_t family = first->is_v4() ? 4 : 6;
  if (dash != std::string_view::npos) {
    const auto last = parse_address(text.substr(dash + 1));
    if (!last || last->family != first->family || *last < *first) {
      return std::nullopt;
    }
    return Addresses{family, {*first, *last}};
  }
  const unsigned bits = first->is_v4() ? 32 : 128;
  auto length = std::optional<std::uint64_t>(bits);
  if (slash != std::string_view::npos) {
    length = parse_decimal(text.substr(slash + 1), 0, bits);
    const auto mask = first->is_v4() ? parse_address(text.substr(slash + 1)) : std::nullopt;
    if (mask && mask->is_v4()) {
      const std::uint32_t ones = mask->to_v4();
      const auto count = static_cast<unsigned>(std::popcount(ones));
      length = count == 0 || ones == ~0U << (32 - count) ? std::optional<std::uint64_t>(count)
                                                         : std::nullopt;
    }
  }
  if (!length) {
    return std::nullopt;
  }
  const unsigned host = bits - static_cast<unsigned>(*length);
  const U128 low = host == 128 ? ~U128{0} : (U128{1} << host) - 1;
  const U128 number = number_of(*first);
  return Addresses{
      family, {address_of(number & ~low, first->family), address_of(number | low, first->family)}};
}

/// `10.0.0.0/8`, or where the set has ports `10.0.0.0/8,tcp:80-90`.
std::optional<Element> set_element(std::string_view text, bool with_ports) {
  const std::size_t comma = with_ports ? text.find(',') : std::string_view::npos;
  const auto addresses = addresses_of(text.substr(0, comma));
  if (!addresses || (with_ports && comma == std::string_view::npos)) {
    return std::nullopt;
  }
  Element element{addresses->range};
  if (with_ports) {
    const std::string_view rest = text.substr(comma + 1);
    const std::size_t colon = rest.find(':');
    const auto protocol =
        protocol_number(colon == std::string_view::npos ? "tcp" : rest.substr(0, colon));
    const auto range = port_range(colon == std::string_view::npos ? rest : rest.substr(colon + 1));
    if (!protocol || !range) {
      return std::nullopt;
    }
    element.emplace_back(NumberRange{*protocol, *protocol});
    element.emplace_back(NumberRange{range->first, range->last});
  }
  return element;
}

std::string attribute(const pugi::xml_node& node, const char* name) {
  return node.attribute(name).as_string();
}

bool is_true(const std::string& word) {
  return word == "yes" || word == "true" || word == "True" || word == "Yes" || word == "YES" ||
         word == "TRUE";
}

Match family_match(std::uint32_t family) {
  return numbers(Field::family, {{family, family}});
}

Match match_of(Field field, const Addresses& addresses) {
  Match match;
  match.fields = {field};
  match.elements = {{addresses.range}};
  return match;
}

/// TCP, UDP and the like with the ports of one side.
std::vector<Match> port_matches(std::uint32_t protocol, Field side, const PortSet& ports) {
  std::vector<NumberRange> ranges;
  for (const PortRange& range : ports.ranges()) {
    ranges.push_back({range.first, range.last});
  }
  return {numbers(Field::protocol, {{protocol, protocol}}), numbers(side, std::move(ranges))};
}

/// Everything that one service lets pass, collected by protocol.
struct Collected {
  std::map<std::pair<Field, std::uint32_t>, PortSet> ports;
  std::vector<NumberRange> protocols;
  std::vector<std::string> unknown;

  void port(Field side, std::string_view protocol, std::string_view text) {
    const auto number = protocol_number(protocol);
    const auto range = port_range(text);
    if (number && text.empty()) {
      protocols.push_back({*number, *number});
    } else if (number && range) {
      ports[{side, *number}].insert(*range);
    } else {
      unknown.push_back(std::string(protocol) + "/" + std::string(text));
    }
  }
  void protocol(const std::string& name) {
    if (const auto number = protocol_number(name)) {
      protocols.push_back({*number, *number});
    } else {
      unknown.push_back("protocol " + name);
    }
  }

  Cases cases() && {
    Cases all;
    for (const auto& [key, set] : ports) {
      all.push_back(port_matches(key.second, key.first, set));
    }
    if (!protocols.empty()) {
      all.push_back({numbers(Field::protocol, std::move(protocols))});
    }
    for (std::string& each : unknown) {
      all.push_back({firewalld::unknown(std::move(each))});
    }
    return all;
  }
};

Cases icmp_cases(const std::string& name) {
  Cases cases;
  for (const std::uint32_t protocol : {1U, 58U}) {
    if (const auto known = known_icmp(name, protocol)) {
      std::vector<Match> matches{numbers(Field::protocol, {{protocol, protocol}}),
                                 numbers(Field::icmp_type, {{known->type, known->type}})};
      if (known->code) {
        matches.push_back(numbers(Field::icmp_code, {{*known->code, *known->code}}));
      }
      cases.push_back(std::move(matches));
    }
  }
  if (cases.empty()) {
    cases.push_back({unknown("ICMP type " + name)});
  }
  return cases;
}

}  // namespace

Match unknown(std::string text) {
  Match match;
  match.unknown = std::move(text);
  return match;
}

Match numbers(Field field, const std::vector<NumberRange>& ranges) {
  Match match;
  match.fields = {field};
  match.elements.reserve(ranges.size());
  for (const NumberRange& range : ranges) {
    match.elements.push_back({range});
  }
  return match;
}

std::optional<PortRange> port_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_decimal(text.substr(0, dash), 0, 65535);
  const auto last =
      dash == std::string_view::npos ? first : parse_decimal(text.substr(dash + 1), 0, 65535);
  if (!first || !last || *last < *first) {
    return std::nullopt;
  }
  return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

Words::Words(const Configuration& configuration) : configuration_(&configuration) {
  for (const auto& [name, file] : configuration.ipsets) {
    add_set(name, file);
  }
}

void Words::add_set(const std::string& name, const File& file) {
  const std::string type = attribute(file.root(), "type");
  const bool ports = type == "hash:ip,port" || type == "hash:net,port";
  SetKind kind{
      .family = 4, .addresses = ports || type == "hash:ip" || type == "hash:net", .ports = ports};
  NamedSet set;
  set.name = name;
  for (const pugi::xml_node& child : file.root().children()) {
    const std::string_view what = child.name();
    if (what == "option" && attribute(child, "name") == "family") {
      kind.family = attribute(child, "value") == "inet6" ? 6 : 4;
    } else if (what == "option" && attribute(child, "name") == "timeout") {
      set.open = attribute(child, "value") != "0";
    } else if (what == "entry" && kind.addresses) {
      std::string_view text = child.child_value();
      text = text.substr(0, text.find_first_of(" \t\r\n"));
      if (auto element = set_element(text, kind.ports)) {
        set.elements.push_back(std::move(*element));
      } else {
        kind.addresses = false;
      }
    }
  }
  kinds_.emplace(name, kind);
  if (kind.addresses) {
    sets_.push_back(std::move(set));
  }
}

std::vector<Match> Words::addresses(const pugi::xml_node& node, Side side) const {
  const Field field = side == Side::source ? Field::source : Field::destination;
  const std::string address = attribute(node, "address");
  const std::string ipset = attribute(node, "ipset");
  std::vector<Match> matches;
  if (!address.empty()) {
    const auto known = addresses_of(address);
    if (!known || address.find('-') != std::string::npos) {
      return {unknown(text_of(node))};
    }
    matches = {family_match(known->family), match_of(field, *known)};
  } else if (!ipset.empty()) {
    const auto kind = kinds_.find(ipset);
    if (kind == kinds_.end() || !kind->second.addresses) {
      return {unknown(text_of(node))};
    }
    Match match;
    match.fields = {field};
    if (kind->second.ports) {
      match.fields = {field, Field::protocol,
                      side == Side::source ? Field::source_port : Field::destination_port};
    }
    match.set = ipset;
    matches = {family_match(kind->second.family), std::move(match)};
  } else if (node.attributes_begin() != node.attributes_end()) {
    return {unknown(text_of(node))};
  }
  if (!matches.empty()) {
    matches.back().negated = is_true(attribute(node, "invert"));
  }
  return matches;
}

void Words::add_service(const std::string& name, std::vector<std::string>& seen,
                        Cases& cases) const {
  constexpr std::size_t kMostServices = 1000;
  if (seen.size() > kMostServices || std::ranges::find(seen, name) != seen.end()) {
    return;
  }
  seen.push_back(name);
  Collected all;
  std::vector<std::string> included;
  Cases destinations;
  const auto file = configuration_->services.find(name);
  const auto known = known_service(name);
  if (file != configuration_->services.end()) {
    for (const pugi::xml_node& child : file->second.root().children()) {
      const std::string_view what = child.name();
      if (what == "port" || what == "source-port") {
        all.port(what == "port" ? Field::destination_port : Field::source_port,
                 attribute(child, "protocol"), attribute(child, "port"));
      } else if (what == "protocol") {
        all.protocol(attribute(child, "value"));
      } else if (what == "include") {
        included.push_back(attribute(child, "service"));
      } else if (what == "destination") {
        for (const char* family : {"ipv4", "ipv6"}) {
          const std::string text = attribute(child, family);
          const auto addresses = addresses_of(text);
          if (addresses) {
            destinations.push_back(
                {family_match(addresses->family), match_of(Field::destination, *addresses)});
          } else if (!text.empty()) {
            destinations.push_back({unknown("destination " + text)});
          }
        }
      } else if (what != "short" && what != "description" && what != "helper" && what != "module") {
        all.unknown.push_back(text_of(child));
      }
    }
  } else if (known) {
    for (std::string_view rest = *known; !rest.empty();) {
      const std::string_view item = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      const std::size_t slash = item.find('/');
      if (slash == std::string_view::npos) {
        included.emplace_back(item);
      } else if (item.starts_with("protocol/")) {
        all.protocol(std::string(item.substr(slash + 1)));
      } else {
        all.port(Field::destination_port, item.substr(0, slash), item.substr(slash + 1));
      }
    }
  } else {
    all.unknown.push_back("service " + name);
  }
  if (destinations.empty()) {
    destinations.emplace_back();
  }
  for (std::vector<Match>& matches : std::move(all).cases()) {
    for (const std::vector<Match>& destination : destinations) {
      cases.push_back(destination);
      cases.back().insert(cases.back().end(), matches.begin(), matches.end());
    }
  }
  for (const std::string& each : included) {
    add_service(each, seen, cases);
  }
}

Cases Words::service(const std::string& name) const {
  Cases cases;
  std::vector<std::string> seen;
  add_service(name, seen, cases);
  return cases;
}

std::optional<Cases> Words::element(const pugi::xml_node& node) const {
  const std::string_view what = node.name();
  if (what == "service") {
    return service(attribute(node, "name"));
  }
  if (what == "icmp-type" || what == "icmp-block") {
    return icmp_cases(attribute(node, "name"));
  }
  Collected all;
  if (what == "port" || what == "source-port") {
    all.port(what == "port" ? Field::destination_port : Field::source_port,
             attribute(node, "protocol"), attribute(node, "port"));
  } else if (what == "protocol") {
    all.protocol(attribute(node, "value"));
  } else {
    return std::nullopt;
  }
  return std::move(all).cases();
}

std::vector<Match> Words::rule_addresses(const pugi::xml_node& rule) const {
  std::vector<Match> matches;
  const std::string family = attribute(rule, "family");
  if (family == "ipv4" || family == "ipv6") {
    matches.push_back(family_match(family == "ipv4" ? 4 : 6));
  } else if (!family.empty()) {
    matches.push_back(unknown("family " + family));
  }
  for (const pugi::xml_node& child : rule.children()) {
    const std::string_view what = child.name();
    if (what == "source" || what == "destination") {
      for (Match& match : addresses(child, what == "source" ? Side::source : Side::destination)) {
        matches.push_back(std::move(match));
      }
    }
  }
  return matches;
}

}  // namespace pinhole::firewall::firewalld
