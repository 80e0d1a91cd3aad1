// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the parts of the reader of topologies share while one file is read. Names are collected
// from all tables first; then each row is read, and refers to rows that stand before or after it.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "plan/toml_row.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

enum class Named : std::uint8_t {
  organisation,
  zone,
  device,
  server,
  load_balancer,
  array,
  cluster,
  client
};

struct Reference {
  Named kind = Named::server;
  Index index = 0;
};

/// Names that must differ from one another, case apart.
class NameTable {
 public:
  void add(Row& row, const Cell& name, Reference to);
  /// Nothing where there is no such name: that is reported, `expected` says what was looked for.
  [[nodiscard]] std::optional<Reference> find(const Cell& name, std::string_view expected,
                                              Mistakes& mistakes) const;

 private:
  struct Entry {
    std::string name;
    Reference to;
    std::uint32_t line = 0;
  };

  std::map<std::string, Entry, std::less<>> entries_;  // by the name in lower case
};

/// An address that something answers at, and the zones that it may lie in; empty: not known.
struct AddressUse {
  IpAddress address;
  Cell cell;
  std::string owner;  // server "ex1"
  std::vector<Index> zones;
};

/// A network of a zone or of a group of clients, and where it stands.
struct NetworkUse {
  IpPrefix network;
  Cell cell;
  Index zone = 0;
};

struct Reading {
  Reading(std::string_view file, const catalogue::Catalogue& rows)
      : mistakes(file), catalogue(&rows) {}

  Mistakes mistakes;
  const catalogue::Catalogue* catalogue;
  Topology topology;
  NameTable organisations;
  NameTable zones;
  NameTable devices;
  NameTable hosts;  // servers, load balancers, arrays, clusters and clients
  std::vector<AddressUse> addresses;
  std::vector<AddressUse> outside_addresses;  // of translations
  std::vector<NetworkUse> zone_networks;
  std::vector<NetworkUse> client_networks;
};

/// The row that a key names, of the table `names`; nothing where the key is missing or wrong.
[[nodiscard]] std::optional<Index> read_reference(Reading& reading, Row& row, std::string_view key,
                                                  const NameTable& names);
/// As read_reference; a missing key is reported.
[[nodiscard]] std::optional<Index> read_required(Reading& reading, Row& row, std::string_view key,
                                                 const NameTable& names);
/// Servers by name; arrays and clusters stand for their servers. Each once, in the file's order.
[[nodiscard]] std::vector<Index> read_servers(Reading& reading, Row& row, std::string_view key);
[[nodiscard]] std::vector<IpAddress> read_addresses(Reading& reading, Row& row,
                                                    std::string_view owner,
                                                    const std::vector<Index>& zones);
[[nodiscard]] std::vector<IpPrefix> read_networks(Reading& reading, Row& row, Index zone,
                                                  std::vector<NetworkUse>& uses);

/// The words of an enumeration, in its order.
template <class Enum>
[[nodiscard]] std::vector<std::string_view> texts_of() {
  std::vector<std::string_view> texts;
  for (const Word<Enum>& word : words<Enum>()) {
    texts.push_back(word.text);
  }
  return texts;
}

/// One of the words of an enumeration; `otherwise` where the key is missing or wrong.
template <class Enum>
[[nodiscard]] std::optional<Enum> word_of(Reading& reading, const Cell& cell, const Row& row) {
  for (const Word<Enum>& word : words<Enum>()) {
    if (word.text == cell.text) {
      return word.value;
    }
  }
  reading.mistakes.add(
      "topology-word", cell.place, row.title() + " does not know " + quoted(cell.text),
      reading.mistakes.suggestion(cell.text, texts_of<Enum>(), "see docs/topology.md"));
  return std::nullopt;
}

// One function for each kind of row; `index` is the row's place in its table.
void read_zone(Reading& reading, Row& row, Index index);
void read_device(Reading& reading, Row& row, Index index);
void read_server(Reading& reading, Row& row, Index index);
void read_load_balancer(Reading& reading, Row& row, Index index);
void read_array(Reading& reading, Row& row, Index index);
void read_cluster(Reading& reading, Row& row, Index index);
void read_client(Reading& reading, Row& row, Index index);
void read_need(Reading& reading, Row& row);
void read_policy(Reading& reading, Row& row);
void read_pin(Reading& reading, Row& row);

/// Reads the topology of which `top` is the whole, and checks it.
void read_whole(Reading& reading, Row& top);

/// What can be said only of the whole: overlapping zones, addresses outside their zone or used
/// twice, groups of nobody.
void check_whole(Reading& reading);

}  // namespace pinhole::plan
