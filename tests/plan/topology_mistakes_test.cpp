// SPDX-License-Identifier: Apache-2.0
#include <initializer_list>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "plan/bad_topology.hpp"

namespace pinhole::plan {
namespace {

/// A server whose own four lines are right; straight after kSite, `rest` begins on line 37.
std::string server_with(std::initializer_list<std::string_view> rest) {
  return server_row("s", "servers", "10.2.0.9", rest);
}

TEST_P(BadTopology, SaysWhatWhereAndWhatToDo) {
  EXPECT_EQ(mistakes_of(read(std::string(kSite) + GetParam().text)), GetParam().mistakes);
}

INSTANTIATE_TEST_SUITE_P(
    NamesZonesAndServers, BadTopology,
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
            "UnknownKey", server_with({R"(product = "exchange-5.5")", R"(adress = "10.2.0.9")"}),
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
            server_row("EX1", "servers", "10.2.0.9", {R"(product = "exchange-5.5")"}),
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
            server_row("s", "servers", "10.1.0.9", {R"(product = "exchange-5.5")"}),
            R"(site.toml:36:14: 10.1.0.9 of server "s" does not lie in zone "servers"; correct the address or the zone: it lies in zone "clients"
)"},
        BadCase{
            "AddressOfNoZone",
            server_row("s", "servers", "2001:db8:1::9", {R"(product = "exchange-5.5")"}),
            R"(site.toml:36:14: 2001:db8:1::9 of server "s" does not lie in zone "servers"; correct the address or the zone: no zone holds it
)"},
        BadCase{
            "AddressTwice", server_row("s", "servers", "10.2.0.5", {R"(product = "exchange-5.5")"}),
            R"(site.toml:36:14: 10.2.0.5 is already an address of server "ex1" (line 17); give each its own address
)"},
        BadCase{
            "AddressWithALength",
            server_row("s", "servers", "10.2.0.9/24", {R"(product = "exchange-5.5")"}),
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
                server_row("s", "severs", "10.2.0.9", {R"(product = "exchange-5.5")"}),
                R"(site.toml:35:8: no zone is called "severs"; did you mean "servers"?
)"},
        BadCase{
            "ProductThatIsNot", server_with({R"(product = "exchange-2010sp1")"}),
            R"(site.toml:37:11: no product is called "exchange-2010sp1"; did you mean "exchange-2010-sp1"?
)"},
        BadCase{
            "RoleOfAnotherProduct",
            server_with({R"(product = "exchange-2007")", R"(roles = ["mailbox", "front-end"])"}),
            R"(site.toml:38:21: exchange-2007 has no role "front-end"; expected one of client-access, edge-transport, hub-transport, mailbox, unified-messaging, certificate-services, dfsr, dns-server, domain-controller, frs, global-catalog, iorepl, owa, public-folders, rpc-proxy, smtp-relay
)"},
        BadCase{
            "NoRoleOfTheProduct",
            server_with({R"(product = "exchange-2003")", R"(roles = ["rpc-proxy"])"}),
            R"(site.toml:38:9: a server without a role of exchange-2003; add to roles at least one of back-end, front-end, mixed-mode, site-replication
)"},
        BadCase{"RoleTwice",
                server_with({R"(product = "exchange-2007")", R"(roles = ["mailbox", "mailbox"])"}),
                R"(site.toml:38:21: the role "mailbox" twice; name it once
)"},
        BadCase{
            "RoleThatLinuxHasNot",
            server_with({R"(system = "linux")", R"(roles = ["certificate-services"])"}),
            R"(site.toml:38:10: a server on Linux has no role "certificate-services"; leave the role out, or give the server its Windows system
)"},
        BadCase{
            "RoleWithoutTheOneItNeeds",
            server_with({R"(system = "windows-2003")", R"(roles = ["global-catalog"])"}),
            R"(site.toml:38:10: the role "global-catalog" needs the role "domain-controller" on the same server; add "domain-controller" to its roles
)"},
        BadCase{
            "ServerForNothing", server_with({R"(system = "windows-2003")"}),
            R"(site.toml:33:1: a server with neither product nor role; add product = "exchange-2003" or roles = ["domain-controller"]
)"},
        BadCase{
            "SystemThatIsNot",
            server_with({R"(system = "windows-2002")", R"(roles = ["dns-server"])"}),
            R"(site.toml:37:10: [[server]] does not know "windows-2002"; did you mean "windows-2000"?
)"},
        BadCase{
            "ArrayOfAnOldProduct",
            R"([[array]]
name = "a"
)" + server_with({R"(product = "exchange-2007")", R"(roles = ["client-access"])",
                  R"(array = "a")"}),
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
                server_with({R"(product = "exchange-2010")", R"(roles = ["client-access"])",
                             R"(array = "ex1")"}),
                R"(site.toml:39:9: "ex1" is a server; expected a name that a [[array]] has
)"},
        BadCase{
            "StateOfAnUnknownKind",
            server_with({R"(product = "exchange-5.5")", R"(state = { registery = "a.reg" })"}),
            R"(site.toml:38:11: "state" of [[server]] has no key "registery"; did you mean "registry"?
)"}),
    [](const auto& test) { return test.param.name; });

TEST(EmptyTopology, ATopologyWithoutServersIsNone) {
  EXPECT_EQ(mistakes_of(read("")),
            "site.toml:1:1: a topology without servers; describe at least one in a [[server]]\n");
}

}  // namespace
}  // namespace pinhole::plan
