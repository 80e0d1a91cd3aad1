// SPDX-License-Identifier: Apache-2.0
#include "firewall/firewalld_known.hpp"

#include <algorithm>
#include <array>

#include "base/address.hpp"

namespace pinhole::firewall::firewalld {
namespace {

struct Service {
  std::string_view name;
  std::string_view items;
};

constexpr auto kServices = std::to_array<Service>({
    {"amqp", "tcp/5672"},
    {"amqps", "tcp/5671"},
    {"ceph", "tcp/6800-7300"},
    {"ceph-mon", "tcp/3300 tcp/6789"},
    {"cockpit", "tcp/9090"},
    {"ctdb", "tcp/4379 udp/4379"},
    {"dhcp", "udp/67"},
    {"dns", "tcp/53 udp/53"},
    {"dns-over-tls", "tcp/853"},
    {"docker-registry", "tcp/5000"},
    {"elasticsearch", "tcp/9300 tcp/9200"},
    {"etcd-client", "tcp/2379"},
    {"etcd-server", "tcp/2380"},
    {"freeipa-4", "http https kerberos kpasswd ldap ldaps"},
    {"freeipa-ldap", "tcp/80 tcp/443 tcp/88 udp/88 tcp/464 udp/464 udp/123 tcp/389"},
    {"freeipa-ldaps", "tcp/80 tcp/443 tcp/88 udp/88 tcp/464 udp/464 udp/123 tcp/636"},
    {"freeipa-replication", "tcp/7389"},
    {"freeipa-trust",
     "tcp/135 tcp/138-139 udp/138-139 tcp/389 udp/389 tcp/445 udp/445 tcp/49152-65535 tcp/3268"},
    {"git", "tcp/9418"},
    {"grafana", "tcp/3000"},
    {"gre", "protocol/gre"},
    {"http", "tcp/80"},
    {"http3", "udp/443"},
    {"https", "tcp/443"},
    {"imap", "tcp/143"},
    {"imaps", "tcp/993"},
    {"ipp", "tcp/631 udp/631"},
    {"kadmin", "tcp/749"},
    {"kerberos", "tcp/88 udp/88"},
    {"klogin", "tcp/543"},
    {"kpasswd", "tcp/464 udp/464"},
    {"kprop", "tcp/754"},
    {"kshell", "tcp/544"},
    {"kube-api", "kubelet"},
    {"kubelet", "tcp/10250"},
    {"ldap", "tcp/389"},
    {"ldaps", "tcp/636"},
    {"llmnr", "llmnr-tcp llmnr-udp"},
    {"llmnr-tcp", "tcp/5355"},
    {"mongodb", "tcp/27017"},
    {"mountd", "tcp/20048 udp/20048"},
    {"mssql", "tcp/1433"},
    {"mysql", "tcp/3306"},
    {"nebula", "udp/4242"},
    {"netbios-ns", "udp/137"},
    {"nfs", "tcp/2049"},
    {"nfs3", "tcp/2049 udp/2049"},
    {"ntp", "udp/123"},
    {"nut", "tcp/3493"},
    {"openvpn", "udp/1194"},
    {"pop3", "tcp/110"},
    {"pop3s", "tcp/995"},
    {"postgresql", "tcp/5432"},
    {"prometheus", "tcp/9090"},
    {"proxy-dhcp", "udp/4011"},
    {"puppetmaster", "tcp/8140"},
    {"radius", "tcp/1812 udp/1812 tcp/1813 udp/1813"},
    {"rdp", "tcp/3389"},
    {"redis", "tcp/6379"},
    {"rpc-bind", "tcp/111 udp/111"},
    {"rsyncd", "tcp/873 udp/873"},
    {"samba", "samba-client tcp/139 tcp/445"},
    {"samba-client", "netbios-ns udp/138"},
    {"samba-dc",
     "samba dns kerberos ldap ldaps kpasswd tcp/135 udp/389 tcp/49152-65535 tcp/3268 tcp/3269"},
    {"sip", "tcp/5060 udp/5060"},
    {"sips", "tcp/5061 udp/5061"},
    {"smtp", "tcp/25"},
    {"smtp-submission", "tcp/587"},
    {"smtps", "tcp/465"},
    {"snmp", "tcp/161 udp/161"},
    {"snmptrap", "tcp/162 udp/162"},
    {"squid", "tcp/3128"},
    {"ssh", "tcp/22"},
    {"syslog", "udp/514"},
    {"syslog-tls", "tcp/6514 udp/6514"},
    {"telnet", "tcp/23"},
    {"vnc-server", "tcp/5900-5903"},
    {"wbem-http", "tcp/5988"},
    {"wbem-https", "tcp/5989"},
    {"wireguard", "udp/51820"},
    {"ws-discovery", "ws-discovery-tcp ws-discovery-udp"},
    {"ws-discovery-tcp", "tcp/3702"},
    {"wsman", "tcp/5985"},
    {"wsmans", "tcp/5986"},
    {"xmpp-client", "tcp/5222"},
    {"xmpp-server", "tcp/5269"},
    {"zabbix-agent", "tcp/10050"},
    {"zabbix-server", "tcp/10051"},
});
static_assert(std::ranges::is_sorted(kServices, {}, &Service::name));

constexpr auto kZones = std::to_array<KnownZone>({
    {"block", "%%REJECT%%"},
    {"dmz", "default"},
    {"drop", "DROP"},
    {"external", "default", true},
    {"home", "default"},
    {"internal", "default"},
    {"public", "default"},
    {"trusted", "ACCEPT"},
    {"work", "default"},
});

struct Icmp {
  std::string_view name;
  std::uint32_t protocol;
  IcmpCode code;
};

constexpr auto kIcmp = std::to_array<Icmp>({
    {"communication-prohibited", 1, {3, 13}},
    {"destination-unreachable", 1, {3, std::nullopt}},
    {"echo-reply", 1, {0, std::nullopt}},
    {"echo-request", 1, {8, std::nullopt}},
    {"fragmentation-needed", 1, {3, 4}},
    {"host-precedence-violation", 1, {3, 14}},
    {"host-prohibited", 1, {3, 10}},
    {"host-redirect", 1, {5, 1}},
    {"host-unknown", 1, {3, 7}},
    {"host-unreachable", 1, {3, 1}},
    {"ip-header-bad", 1, {12, 1}},
    {"network-prohibited", 1, {3, 8}},
    {"network-redirect", 1, {5, 0}},
    {"network-unknown", 1, {3, 6}},
    {"network-unreachable", 1, {3, 0}},
    {"parameter-problem", 1, {12, std::nullopt}},
    {"port-unreachable", 1, {3, 3}},
    {"precedence-cutoff", 1, {3, 15}},
    {"protocol-unreachable", 1, {3, 2}},
    {"redirect", 1, {5, std::nullopt}},
    {"required-option-missing", 1, {12, 1}},
    {"router-advertisement", 1, {9, std::nullopt}},
    {"router-solicitation", 1, {10, std::nullopt}},
    {"source-quench", 1, {4, std::nullopt}},
    {"source-route-failed", 1, {3, 5}},
    {"time-exceeded", 1, {11, std::nullopt}},
    {"timestamp-reply", 1, {14, std::nullopt}},
    {"timestamp-request", 1, {13, std::nullopt}},
    {"tos-host-redirect", 1, {5, 3}},
    {"tos-host-unreachable", 1, {3, 12}},
    {"tos-network-redirect", 1, {5, 2}},
    {"tos-network-unreachable", 1, {3, 11}},
    {"ttl-zero-during-reassembly", 1, {11, 1}},
    {"ttl-zero-during-transit", 1, {11, 0}},
    {"address-unreachable", 58, {1, 3}},
    {"bad-header", 58, {4, 0}},
    {"beyond-scope", 58, {1, 2}},
    {"communication-prohibited", 58, {1, 1}},
    {"destination-unreachable", 58, {1, std::nullopt}},
    {"echo-reply", 58, {129, std::nullopt}},
    {"echo-request", 58, {128, std::nullopt}},
    {"failed-policy", 58, {1, 5}},
    {"neighbour-advertisement", 58, {136, std::nullopt}},
    {"neighbour-solicitation", 58, {135, std::nullopt}},
    {"no-route", 58, {1, 0}},
    {"packet-too-big", 58, {2, std::nullopt}},
    {"parameter-problem", 58, {4, std::nullopt}},
    {"port-unreachable", 58, {1, 4}},
    {"redirect", 58, {137, std::nullopt}},
    {"reject-route", 58, {1, 6}},
    {"router-advertisement", 58, {134, std::nullopt}},
    {"router-solicitation", 58, {133, std::nullopt}},
    {"time-exceeded", 58, {3, std::nullopt}},
    {"ttl-zero-during-reassembly", 58, {3, 1}},
    {"ttl-zero-during-transit", 58, {3, 0}},
    {"unknown-header-type", 58, {4, 1}},
    {"unknown-option", 58, {4, 2}},
});

struct Protocol {
  std::string_view name;
  std::uint32_t number;
};

constexpr auto kProtocols = std::to_array<Protocol>({
    {"icmp", 1},  {"igmp", 2},       {"ipencap", 4}, {"ipip", 94},  {"tcp", 6},
    {"udp", 17},  {"ipv6", 41},      {"rsvp", 46},   {"gre", 47},   {"esp", 50},
    {"ah", 51},   {"ipv6-icmp", 58}, {"icmpv6", 58}, {"eigrp", 88}, {"ospf", 89},
    {"pim", 103}, {"ipcomp", 108},   {"vrrp", 112},  {"l2tp", 115}, {"sctp", 132},
    {"dccp", 33}, {"udplite", 136},
});

}  // namespace

std::optional<std::string_view> known_service(std::string_view name) {
  const auto found = std::ranges::lower_bound(kServices, name, {}, &Service::name);
  return found != kServices.end() && found->name == name ? std::optional(found->items)
                                                         : std::nullopt;
}

const KnownZone* known_zone(std::string_view name) {
  const auto found = std::ranges::find(kZones, name, &KnownZone::name);
  return found == kZones.end() ? nullptr : &*found;
}

std::optional<IcmpCode> known_icmp(std::string_view name, std::uint32_t protocol) {
  const auto found = std::ranges::find_if(
      kIcmp, [&](const Icmp& each) { return each.name == name && each.protocol == protocol; });
  return found == kIcmp.end() ? std::nullopt : std::optional(found->code);
}

std::optional<std::uint32_t> protocol_number(std::string_view name) {
  const auto found = std::ranges::find(kProtocols, name, &Protocol::name);
  if (found != kProtocols.end()) {
    return found->number;
  }
  const auto number = parse_decimal(name, 0, 255);
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

}  // namespace pinhole::firewall::firewalld
