// SPDX-License-Identifier: Apache-2.0
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "plan/site.hpp"

namespace pinhole::plan {
namespace {

struct BadCase {
  std::string name;
  std::string text;  // after kSite
  std::string mistakes;
};

std::ostream& operator<<(std::ostream& out, const BadCase& bad) {
  return out << bad.text;
}

class BadTopology : public testing::TestWithParam<BadCase> {};

TEST_P(BadTopology, SaysWhatWhereAndWhatToDo) {
  EXPECT_EQ(mistakes_of(read(std::string(kSite) + GetParam().text)), GetParam().mistakes);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadTopology,
    testing::Values(
        BadCase{
            "NotToml",
            R"([[need]
)",
            R"(site.toml:33:8: not TOML: Error while parsing table header: expected ']', saw '\n'; see docs/topology.md for the form of the file
)"},
        BadCase{"UnknownTable",
                R"([[servers]]
name = "x"
)",
                R"(site.toml:33:3: the file has no key "servers"; did you mean "server"?
)"},
        BadCase{
            "UnknownKey",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-5.5"
adress = "10.2.0.9"
)",
            R"(site.toml:38:1: [[server]] has no key "adress"; expected one of addresses, array, cluster, device, name, organisation, product, roles, state, system, zone
)"},
        BadCase{"UnknownKeyOfAPolicy",
                R"([policy]
wnated = "5001-5100"
)",
                R"(site.toml:34:1: "policy" of the file has no key "wnated"; did you mean "wanted"?
)"},
        BadCase{"NameMissing",
                R"([[zone]]
networks = ["10.9.0.0/16"]
)",
                R"(site.toml:33:1: [[zone]] without "name"; add name = "..."
)"},
        BadCase{
            "NameWithASlash",
            R"([[zone]]
name = "../x"
networks = ["10.9.0.0/16"]
)",
            R"(site.toml:34:8: "../x" is no name; expected letters, digits, '.', '-' and '_', first a letter or a digit, at most 64
)"},
        BadCase{
            "ServerTwice",
            R"([[server]]
name = "EX1"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-5.5"
)",
            R"(site.toml:34:8: "EX1" is already the name of a server (line 15); give each its own name; case does not count
)"},
        BadCase{
            "ClientNamedAsAServer",
            R"([[client]]
name = "ex1"
kind = "mapi"
zone = "clients"
)",
            R"(site.toml:34:8: "ex1" is already the name of a server (line 15); give each its own name; case does not count
)"},
        BadCase{
            "ZoneWithoutNetworks",
            R"([[zone]]
name = "dmz"
)",
            R"(site.toml:33:1: [[zone]] without "networks"; add networks = ["10.0.0.0/24"]; only the zone "internet" may go without
)"},
        BadCase{
            "ZoneWithNoNetwork",
            R"([[zone]]
name = "dmz"
networks = []
)",
            R"(site.toml:35:12: a zone with an empty list of networks; name at least one network, such as "10.0.0.0/24"
)"},
        BadCase{
            "OverlappingZones",
            R"([[zone]]
name = "dmz"
networks = ["10.1.128.0/24"]
)",
            R"(site.toml:35:13: 10.1.128.0/24 overlaps 10.1.0.0/16 of zone "clients" (line 3); a network stands in one zone, once: split it
)"},
        BadCase{
            "OverlappingZonesOfIpv6",
            R"([[zone]]
name = "dmz"
networks = ["2001:db8::/32"]
)",
            R"(site.toml:35:13: 2001:db8::/32 overlaps 2001:db8::/64 of zone "servers" (line 7); a network stands in one zone, once: split it
)"},
        BadCase{
            "HostBitsInANetwork",
            R"([[zone]]
name = "dmz"
networks = ["10.9.0.1/24"]
)",
            R"(site.toml:35:13: "10.9.0.1/24" is no network; bits of the host are set: did you mean "10.9.0.0/24"?
)"},
        BadCase{
            "NoNetwork",
            R"([[zone]]
name = "dmz"
networks = ["10.9.0/24"]
)",
            R"(site.toml:35:13: "10.9.0/24" is no network; expected a prefix such as "10.0.0.0/8" or "2001:db8::/32"
)"},
        BadCase{
            "AddressOutsideItsZone",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.1.0.9"]
product = "exchange-5.5"
)",
            R"(site.toml:36:14: 10.1.0.9 of server "s" does not lie in zone "servers"; correct the address or the zone: it lies in zone "clients"
)"},
        BadCase{
            "AddressOfNoZone",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["2001:db8:1::9"]
product = "exchange-5.5"
)",
            R"(site.toml:36:14: 2001:db8:1::9 of server "s" does not lie in zone "servers"; correct the address or the zone: no zone holds it
)"},
        BadCase{
            "AddressTwice",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.5"]
product = "exchange-5.5"
)",
            R"(site.toml:36:14: 10.2.0.5 is already an address of server "ex1" (line 17); give each its own address
)"},
        BadCase{
            "AddressWithALength",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9/24"]
product = "exchange-5.5"
)",
            R"(site.toml:36:14: "10.2.0.9/24" is no address of a host; expected IPv4 or IPv6 such as "10.0.0.5" or "2001:db8::5", without prefix length or port
)"},
        BadCase{"AddressMissing",
                R"([[server]]
name = "s"
zone = "servers"
product = "exchange-5.5"
)",
                R"(site.toml:33:1: [[server]] without "addresses"; add addresses = ["10.0.0.5"]
)"},
        BadCase{
            "AddressOfAWrongType",
            R"([[server]]
name = "s"
zone = "servers"
addresses = 10
product = "exchange-5.5"
)",
            R"(site.toml:36:13: "addresses" of [[server]] is a whole number; expected an array of texts
)"},
        BadCase{"ZoneThatIsNot",
                R"([[server]]
name = "s"
zone = "severs"
addresses = ["10.2.0.9"]
product = "exchange-5.5"
)",
                R"(site.toml:35:8: no zone is called "severs"; did you mean "servers"?
)"},
        BadCase{
            "ProductThatIsNot",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-2010sp1"
)",
            R"(site.toml:37:11: no product is called "exchange-2010sp1"; did you mean "exchange-2010-sp1"?
)"},
        BadCase{
            "RoleOfAnotherProduct",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-2007"
roles = ["mailbox", "front-end"]
)",
            R"(site.toml:38:21: exchange-2007 has no role "front-end"; expected one of client-access, edge-transport, hub-transport, mailbox, unified-messaging, certificate-services, dfsr, dns-server, domain-controller, frs, global-catalog, iorepl, owa, public-folders, rpc-proxy, smtp-relay
)"},
        BadCase{
            "NoRoleOfTheProduct",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-2003"
roles = ["rpc-proxy"]
)",
            R"(site.toml:38:9: a server without a role of exchange-2003; add to roles at least one of back-end, front-end, mixed-mode, site-replication
)"},
        BadCase{"RoleTwice",
                R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-2007"
roles = ["mailbox", "mailbox"]
)",
                R"(site.toml:38:21: the role "mailbox" twice; name it once
)"},
        BadCase{
            "RoleThatLinuxHasNot",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
system = "linux"
roles = ["certificate-services"]
)",
            R"(site.toml:38:10: a server on Linux has no role "certificate-services"; leave the role out, or give the server its Windows system
)"},
        BadCase{
            "RoleWithoutTheOneItNeeds",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
system = "windows-2003"
roles = ["global-catalog"]
)",
            R"(site.toml:38:10: the role "global-catalog" needs the role "domain-controller" on the same server; add "domain-controller" to its roles
)"},
        BadCase{
            "ServerForNothing",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
system = "windows-2003"
)",
            R"(site.toml:33:1: a server with neither product nor role; add product = "exchange-2003" or roles = ["domain-controller"]
)"},
        BadCase{
            "SystemThatIsNot",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
system = "windows-2002"
roles = ["dns-server"]
)",
            R"(site.toml:37:10: [[server]] does not know "windows-2002"; did you mean "windows-2000"?
)"},
        BadCase{
            "ArrayOfAnOldProduct",
            R"([[array]]
name = "a"
[[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-2007"
roles = ["client-access"]
array = "a"
)",
            R"(site.toml:41:9: only Client Access servers of Exchange 2010 make an array; give the server product = "exchange-2010-sp1" and the role "client-access", or leave array out
)"},
        BadCase{
            "ArrayOfNobody",
            R"([[array]]
name = "a"
)",
            R"(site.toml:33:1: array "a" has no servers; write array = "a" in the [[server]] rows of its members
)"},
        BadCase{"ArrayThatIsAServer",
                R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-2010"
roles = ["client-access"]
array = "ex1"
)",
                R"(site.toml:39:9: "ex1" is a server; expected a name that a [[array]] has
)"},
        BadCase{
            "StateOfAnUnknownKind",
            R"([[server]]
name = "s"
zone = "servers"
addresses = ["10.2.0.9"]
product = "exchange-5.5"
state = { registery = "a.reg" }
)",
            R"(site.toml:38:11: "state" of [[server]] has no key "registery"; did you mean "registry"?
)"},
        BadCase{
            "DeviceWithOneInterface",
            R"([[device]]
name = "d"
interfaces = { clients = "eth0" }
)",
            R"(site.toml:35:14: a device with one interface; a device stands between at least two zones: name an interface for each
)"},
        BadCase{
            "DeviceWithoutInterfaces",
            R"([[device]]
name = "d"
)",
            R"(site.toml:33:1: [[device]] without "interfaces"; add interfaces = { zone = "interface", zone = "interface" }
)"},
        BadCase{"DeviceInAnUnknownZone",
                R"([[device]]
name = "d"
interfaces = { clients = "eth0", server = "eth1" }
)",
                R"(site.toml:35:34: no zone is called "server"; did you mean "servers"?
)"},
        BadCase{
            "DeviceWithAnInterfaceTwice",
            R"([[device]]
name = "d"
interfaces = { clients = "eth0", servers = "eth0" }
)",
            R"(site.toml:35:44: interface "eth0" stands in two zones; give each zone its own interface, such as "eth1.20"
)"},
        BadCase{
            "DeviceForAnUnknownBackend",
            R"([[device]]
name = "d"
backend = "nftable"
interfaces = { clients = "a", servers = "b" }
)",
            R"(site.toml:35:11: no firewall back-end is called "nftable"; did you mean "nftables"?
)"},
        BadCase{
            "DeviceHidesAZoneItDoesNotSee",
            R"([[zone]]
name = "internet"
[[device]]
name = "d"
interfaces = { clients = "a", servers = "b" }
hides = ["internet"]
)",
            R"(site.toml:38:10: the device has no interface in zone "internet"; hide only zones that "interfaces" names
)"},
        BadCase{"FlagInQuotes",
                R"([[device]]
name = "d"
stateful = "no"
interfaces = { clients = "a", servers = "b" }
)",
                R"(site.toml:35:12: "stateful" of [[device]] is a text; expected true or false
)"},
        BadCase{
            "TranslationToAServersAddress",
            R"([[device]]
name = "d"
interfaces = { clients = "a", servers = "b" }
[[device.translation]]
server = "ex1"
outside = "10.2.0.6"
)",
            R"(site.toml:38:11: 10.2.0.6 is already an address of server "ex2" (line 24); a translation needs an address that no server has
site.toml:38:11: the outside address lies in zone "servers", as server "ex1" does; give the address that others reach, in another zone
)"},
        BadCase{
            "TranslationOfAnotherFamily",
            R"([[device]]
name = "d"
interfaces = { clients = "a", servers = "b" }
[[device.translation]]
server = "ex1"
outside = "2001:db8:9::1"
)",
            R"(site.toml:38:11: server "ex1" has no IPv6 address; translate to an address of the same family
)"},
        BadCase{
            "LoadBalancerWithoutServers",
            R"([[load_balancer]]
name = "lb"
zone = "servers"
addresses = ["10.2.0.9"]
)",
            R"(site.toml:33:1: a load balancer without servers; add servers = ["..."], the servers or the array that it stands before
)"},
        BadCase{
            "LoadBalancerOfNoServer",
            R"([[load_balancer]]
name = "lb"
zone = "servers"
addresses = ["10.2.0.9"]
servers = []
)",
            R"(site.toml:37:11: a load balancer without servers; add servers = ["..."], the servers or the array that it stands before
)"},
        BadCase{
            "LoadBalancerOfAClient",
            R"([[load_balancer]]
name = "lb"
zone = "servers"
addresses = ["10.2.0.9"]
servers = ["outlook"]
)",
            R"(site.toml:37:12: "outlook" is a client; expected the name of a server, an array or a cluster
)"},
        BadCase{"ClientOfAnUnknownKind",
                R"([[client]]
name = "c"
kind = "imap"
zone = "clients"
)",
                R"(site.toml:35:8: [[client]] does not know "imap"; did you mean "imap4"?
)"},
        BadCase{
            "ClientsOutsideTheirZone",
            R"([[client]]
name = "c"
kind = "mapi"
zone = "clients"
networks = ["10.2.0.0/28"]
)",
            R"(site.toml:37:13: 10.2.0.0/28 does not lie in zone "clients"; correct the network, or the zone
)"},
        BadCase{
            "ClientsWithAKeyOfOthers",
            R"([[client]]
name = "c"
kind = "mapi"
zone = "clients"
ssl = "only"
)",
            R"(site.toml:37:7: clients of kind mapi have no "ssl"; leave it out; it is for pop3, imap4, nntp, ldap and web
)"},
        BadCase{
            "NeedOfNobody",
            R"([[need]]
to = ["ex1"]
)",
            R"(site.toml:33:1: a need without "from"; add from = "the client or server that must reach others"
)"},
        BadCase{
            "NeedThatIsEmpty",
            R"([[need]]
)",
            R"(site.toml:33:1: a need without "from"; add from = "the client or server that must reach others"
)"},
        BadCase{
            "NeedThatReachesNobody",
            R"([[need]]
from = "outlook"
to = []
)",
            R"(site.toml:35:6: a need that reaches nobody; name a server, or leave "to" out: then it is every server that can serve it
)"},
        BadCase{"NeedOfItself",
                R"([[need]]
from = "ex1"
to = ["ex1"]
)",
                R"(site.toml:35:6: server "ex1" needs nobody but itself; name another server
)"},
        BadCase{"NeedOfAnUnknownClient",
                R"([[need]]
from = "outlok"
to = ["ex1"]
)",
                R"(site.toml:34:8: no client or server is called "outlok"; did you mean "outlook"?
)"},
        BadCase{
            "NeedThatReachesAClient",
            R"([[need]]
from = "ex1"
to = ["outlook"]
)",
            R"(site.toml:35:7: "outlook" is a client; expected a server, load balancer, array or cluster
)"},
        BadCase{
            "NeedOfClientsForSomething",
            R"([[need]]
from = "outlook"
to = ["ex1"]
for = ["mapi"]
)",
            R"(site.toml:36:7: a need of clients says what it is for; leave "for" out: the kind of the clients says it
)"},
        BadCase{"NeedForSomethingUnknown",
                R"([[need]]
from = "ex1"
to = ["ex2"]
for = ["x-400"]
)",
                R"(site.toml:36:8: [[need]] does not know "x-400"; did you mean "x400"?
)"},
        BadCase{
            "WantedInTwoRanges",
            R"([policy]
wanted = "5001-5100, 6100-6200"
)",
            R"(site.toml:34:10: more than one range of wanted ports; expected one range such as "5001-5100"; ports inside it go to "avoid"
)"},
        BadCase{
            "AvoidedPort70000",
            R"([policy]
avoid = [70000]
)",
            R"(site.toml:34:10: 70000 is no port or range of ports; expected ports from 1 to 65535, such as 5000 or "5000-5100"
)"},
        BadCase{
            "PortRangeBackwards",
            R"([policy]
wanted = "5100-5001"
)",
            R"(site.toml:34:10: "5100-5001" is no port or range of ports; expected ports from 1 to 65535, such as 5000 or "5000-5100"
)"},
        BadCase{"PinnedPort70000",
                R"([[pin]]
server = "ex1"
setting = "is-tcp-port"
port = 70000
)",
                R"(site.toml:36:8: 70000 is no port; expected a number from 1 to 65535
)"},
        BadCase{"PinnedPortInQuotes",
                R"([[pin]]
server = "ex1"
setting = "is-tcp-port"
port = "56001"
)",
                R"(site.toml:36:8: "port" of [[pin]] is a text; expected a port, from 1 to 65535
)"},
        BadCase{
            "PinnedSettingThatIsNot",
            R"([[pin]]
server = "ex1"
setting = "is-tcpport"
port = 56001
)",
            R"(site.toml:35:11: no setting that holds a port is called "is-tcpport"; did you mean "is-tcp-port"?
)"},
        BadCase{
            "PinnedSettingOfAnotherProduct",
            R"([[pin]]
server = "ex1"
setting = "ds-tcp-port"
port = 5000
)",
            R"(site.toml:35:11: server "ex1" does not read ds-tcp-port; it reads is-http-port, is-tcp-port, sa-http-nspi-port, sa-http-port, sa-nspi-port, sa-tcp-port
)"},
        BadCase{
            "PinnedTwice",
            R"([[pin]]
server = "ex1"
setting = "is-tcp-port"
port = 56001
[[pin]]
server = "ex1"
setting = "is-tcp-port"
port = 56001
)",
            R"(site.toml:39:11: is-tcp-port of server "ex1" is already fixed (line 33); fix each setting once
)"},
        BadCase{
            "AllAtOnce",
            R"([[zone]]
name = "dmz"
networks = ["10.1.0.0/24"]
[[need]]
from = "nobody-known"
)",
            R"(site.toml:35:13: 10.1.0.0/24 overlaps 10.1.0.0/16 of zone "clients" (line 3); a network stands in one zone, once: split it
site.toml:37:8: no client or server is called "nobody-known"; expected one of ex1, ex2, outlook
)"}),
    [](const auto& test) { return test.param.name; });

TEST(EmptyTopology, ATopologyWithoutServersIsNone) {
  EXPECT_EQ(mistakes_of(read("")),
            "site.toml:1:1: a topology without servers; describe at least one in a [[server]]\n");
}

}  // namespace
}  // namespace pinhole::plan
