// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rule model: what one device lets through between its zones. Back-ends print it; the proof
// compares it with the packet sets that readers make of real rule sets. Values only.
//
// Whatever no rule permits is denied. Rules say who may open a connection; answers belong to it. On
// a device without state the back-end writes the answers' rules itself.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/port_set.hpp"

namespace pinhole::firewall {

using ZoneIndex = std::size_t;

/// The networks on one side of a device. `rest`: all addresses that no other zone holds as well.
struct Zone {
  std::string name;
  std::string interface;  // empty: the device is not known; match by address only
  std::vector<IpPrefix> networks;
  bool rest = false;

  friend bool operator==(const Zone&, const Zone&) = default;
};

/// IP protocol numbers (IANA). Others are known to readers by number.
enum class Protocol : std::uint8_t { icmp = 1, tcp = 6, udp = 17, icmpv6 = 58 };

/// Why a rule is there: carried through to the device as its comment.
struct Reason {
  std::string flow;  // id of the plan's flow
  std::string text;  // one line for people

  friend bool operator==(const Reason&, const Reason&) = default;
};

/// New connections that pass. Addresses are as the hosts have them: a translated destination is
/// named by its inside address. All prefixes of a rule are of one family or both lists have both;
/// only pairs of the same family match.
struct Rule {
  ZoneIndex from = 0;
  ZoneIndex to = 0;
  std::vector<IpPrefix> sources;       // never empty
  std::vector<IpPrefix> destinations;  // never empty
  Protocol protocol = Protocol::tcp;
  PortSet source_ports;  // empty: any
  PortSet ports;         // of the destination; never empty
  bool log = false;
  std::vector<Reason> reasons;  // at least one

  friend bool operator==(const Rule&, const Rule&) = default;
};

/// Who of `from` asks for `outside` is led to `inside`; the ports stay.
struct Translation {
  ZoneIndex from = 0;
  IpAddress outside;
  IpAddress inside;  // of the same family
  Protocol protocol = Protocol::tcp;
  PortSet ports;
  std::vector<Reason> reasons;

  friend bool operator==(const Translation&, const Translation&) = default;
};

/// One device's whole task.
struct Policy {
  std::string title;   // of the plan, for the head of what is printed
  std::string device;  // empty: no device, zones are matched by address only
  bool stateful = true;
  bool log_denied = true;
  bool anti_spoofing = true;  // a source must belong to the zone that it comes from
  std::vector<Zone> zones;    // at least two
  std::vector<Translation> translations;
  std::vector<ZoneIndex> hides;  // zones whose hosts leave with the device's own address
  std::vector<Rule> rules;       // their order carries no meaning

  friend bool operator==(const Policy&, const Policy&) = default;
};

}  // namespace pinhole::firewall
