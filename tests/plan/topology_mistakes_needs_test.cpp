// SPDX-License-Identifier: Apache-2.0
#include "plan/bad_topology.hpp"

namespace pinhole::plan {
namespace {

INSTANTIATE_TEST_SUITE_P(
    DevicesNeedsAndPolicy, BadTopology,
    testing::Values(
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
            R"(site.toml:36:7: "for" belongs to needs of servers; leave it out: what clients need follows from their kind
)"},
        BadCase{
            "ClientWithoutKind",
            R"([[client]]
name = "people"
zone = "clients"
)",
            R"(site.toml:33:1: [[client]] without "kind"; add kind = "...", one of mapi, outlook-anywhere, administration, pop3, imap4, smtp, nntp, ldap, web, mta-partner, iorepl-publisher, iorepl-subscriber, front-end, internet-mail, domain-controller, domain-member
)"},
        BadCase{
            "PinThatThePolicyAvoids",
            R"([policy]
avoid = ["5060-5061"]
[[pin]]
server = "ex1"
setting = "is-tcp-port"
port = 5060
)",
            R"(site.toml:38:8: port 5060 is among those that the policy avoids; pin another port, or take it out of "avoid"
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
            R"(site.toml:34:10: "5100-5001" is no port or range of ports; did you mean "5001-5100"?
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

}  // namespace
}  // namespace pinhole::plan
