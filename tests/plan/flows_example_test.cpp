// SPDX-License-Identifier: Apache-2.0
// The flows of each worked example, as one would write them by hand from the facts.
#include <algorithm>
#include <ostream>

#include "plan/example.hpp"

namespace pinhole::plan {
namespace {

struct Case {
  std::string_view name;
  std::vector<std::string> flows;  // row of data/flows.toml, and the flow's id
};

std::ostream& operator<<(std::ostream& out, const Case& each) {
  return out << each.name;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"dmz-front-end",
       {"F20 browsers>fe-1:tcp-443",   "F21 fe-1>be-1:tcp-110",       "F21 fe-1>be-1:tcp-143",
        "F21 fe-1>be-1:tcp-25",        "F21 fe-1>be-1:tcp-691",       "F21 fe-1>be-1:tcp-80",
        "F22 fe-1>dc-1:ntds-tcp-port", "F22 fe-1>dc-1:tcp-135",       "F22 fe-1>dc-1:tcp-3268",
        "F22 fe-1>dc-1:tcp-389",       "F22 fe-1>dc-1:tcp-445",       "F13 fe-1>dc-1:tcp-53",
        "F22 fe-1>dc-1:tcp-88",        "F22 fe-1>dc-1:udp-123",       "F22 fe-1>dc-1:udp-389",
        "F13 fe-1>dc-1:udp-53",        "F22 fe-1>dc-1:udp-88",        "F12 fe-1>mail-hosts:tcp-25",
        "F15 imap-users>fe-1:tcp-25",  "F15 imap-users>fe-1:tcp-993", "F12 mail-hosts>fe-1:tcp-25",
        "F14 pop-users>fe-1:tcp-25",   "F14 pop-users>fe-1:tcp-995"}},
      {"dmz-relay",
       {"F24 ex55-1>relay-1:tcp-25", "F24 mail-hosts>relay-1:tcp-25", "F24 relay-1>ex55-1:tcp-25",
        "F24 relay-1>mail-hosts:tcp-25", "F13 relay-1>mail-hosts:tcp-53",
        "F13 relay-1>mail-hosts:udp-53"}},
      {"domain-controllers-samba",
       {"F37 dc-samba>dc-windows:dfsr-tcp-port",
        "F37 dc-samba>dc-windows:netlogon-tcp-port",
        "F37 dc-samba>dc-windows:ntds-tcp-port",
        "F37 dc-samba>dc-windows:tcp-135",
        "F37 dc-samba>dc-windows:tcp-3268",
        "F37 dc-samba>dc-windows:tcp-389",
        "F37 dc-samba>dc-windows:tcp-445",
        "F37 dc-samba>dc-windows:tcp-53",
        "F37 dc-samba>dc-windows:tcp-88",
        "F37 dc-samba>dc-windows:udp-123",
        "F37 dc-samba>dc-windows:udp-389",
        "F37 dc-samba>dc-windows:udp-53",
        "F37 dc-samba>dc-windows:udp-88",
        "F37 dc-windows>dc-samba:netlogon-tcp-port",
        "F37 dc-windows>dc-samba:ntds-tcp-port",
        "F37 dc-windows>dc-samba:tcp-135",
        "F37 dc-windows>dc-samba:tcp-3268",
        "F37 dc-windows>dc-samba:tcp-389",
        "F37 dc-windows>dc-samba:tcp-445",
        "F37 dc-windows>dc-samba:tcp-53",
        "F37 dc-windows>dc-samba:tcp-88",
        "F37 dc-windows>dc-samba:udp-123",
        "F37 dc-windows>dc-samba:udp-389",
        "F37 dc-windows>dc-samba:udp-53",
        "F37 dc-windows>dc-samba:udp-88",
        "F38 members>dc-samba:netlogon-tcp-port",
        "F38 members>dc-samba:ntds-tcp-port",
        "F38 members>dc-samba:tcp-135",
        "F38 members>dc-samba:tcp-3268",
        "F38 members>dc-samba:tcp-389",
        "F38 members>dc-samba:tcp-445",
        "F38 members>dc-samba:tcp-464",
        "F38 members>dc-samba:tcp-53",
        "F38 members>dc-samba:tcp-88",
        "F38 members>dc-samba:udp-123",
        "F38 members>dc-samba:udp-389",
        "F38 members>dc-samba:udp-464",
        "F38 members>dc-samba:udp-53",
        "F38 members>dc-samba:udp-88"}},
      {"domain-controllers",
       {"F38 branch-members>dc-hq:netlogon-tcp-port",
        "F38 branch-members>dc-hq:ntds-tcp-port",
        "F38 branch-members>dc-hq:tcp-135",
        "F38 branch-members>dc-hq:tcp-3268",
        "F38 branch-members>dc-hq:tcp-389",
        "F38 branch-members>dc-hq:tcp-445",
        "F38 branch-members>dc-hq:tcp-464",
        "F38 branch-members>dc-hq:tcp-53",
        "F38 branch-members>dc-hq:tcp-88",
        "F38 branch-members>dc-hq:udp-123",
        "F38 branch-members>dc-hq:udp-389",
        "F38 branch-members>dc-hq:udp-464",
        "F38 branch-members>dc-hq:udp-53",
        "F38 branch-members>dc-hq:udp-88",
        " dc-branch>ca-1:adcs-endpoints",
        " dc-branch>ca-1:tcp-135",
        "F37 dc-branch>dc-hq:dfsr-tcp-port",
        "F37 dc-branch>dc-hq:netlogon-tcp-port",
        "F37 dc-branch>dc-hq:ntds-tcp-port",
        "F37 dc-branch>dc-hq:tcp-135",
        "F37 dc-branch>dc-hq:tcp-3268",
        "F37 dc-branch>dc-hq:tcp-389",
        "F37 dc-branch>dc-hq:tcp-445",
        "F37 dc-branch>dc-hq:tcp-53",
        "F37 dc-branch>dc-hq:tcp-88",
        "F37 dc-branch>dc-hq:udp-123",
        "F37 dc-branch>dc-hq:udp-389",
        "F37 dc-branch>dc-hq:udp-53",
        "F37 dc-branch>dc-hq:udp-88",
        "F37 dc-hq>dc-branch:frs-tcp-port",
        "F37 dc-hq>dc-branch:netlogon-tcp-port",
        "F37 dc-hq>dc-branch:ntds-tcp-port",
        "F37 dc-hq>dc-branch:tcp-135",
        "F37 dc-hq>dc-branch:tcp-3268",
        "F37 dc-hq>dc-branch:tcp-389",
        "F37 dc-hq>dc-branch:tcp-445",
        "F37 dc-hq>dc-branch:tcp-53",
        "F37 dc-hq>dc-branch:tcp-88",
        "F37 dc-hq>dc-branch:udp-123",
        "F37 dc-hq>dc-branch:udp-389",
        "F37 dc-hq>dc-branch:udp-53",
        "F37 dc-hq>dc-branch:udp-88"}},
      {"exchange-2010-array",
       {"F35 browsers>balancer:tcp-443", "F48 mbx-1>mbx-2:tcp-64327", "F48 mbx-2>mbx-1:tcp-64327",
        "F28 outlook>balancer:ab-rpctcpport", "F28 outlook>balancer:rca-tcp-port",
        "F28 outlook>balancer:tcp-135", "F29 outlook>mbx-1:rca-tcp-port",
        "F29 outlook>mbx-1:tcp-135"}},
      {"exchange-2010-rtm",
       {"F28 outlook>ex10-1:ab-rpctcpport-config", "F28 outlook>ex10-1:rca-tcp-port",
        "F28 outlook>ex10-1:tcp-135"}},
      {"exchange-4.0-site",
       {"F04 ex40-1>mail-clients:udp-1024-65535", "F02 mail-clients>ex40-1:ds-tcp-port",
        "F03 mail-clients>ex40-1:is-tcp-port-5.5", "F01 mail-clients>ex40-1:tcp-135"}},
      {"internal-firewall-exchange-2003",
       {"F45 administrators>ex03-1:is-tcp-port", "F45 administrators>ex03-1:sa-tcp-port",
        "F45 administrators>ex03-1:tcp-135", "F04 ex03-1>outlook:udp-53001",
        "F25 outlook>ex03-1:is-tcp-port", "F25 outlook>ex03-1:sa-nspi-port",
        "F25 outlook>ex03-1:sa-tcp-port", "F25 outlook>ex03-1:tcp-135",
        "F26 outlook>gc-1:ntds-tcp-port", "F26 outlook>gc-1:tcp-135"}},
      {"internal-firewall-exchange-2007",
       {"F04 ex07-1>outlook:udp-1024-65535", "F34 laptops>ex07-1:tcp-443",
        "F27 outlook>ex07-1:is-tcp-port", "F27 outlook>ex07-1:sa-nspi-port",
        "F27 outlook>ex07-1:sa-tcp-port", "F27 outlook>ex07-1:tcp-135"}},
      {"internal-firewall-exchange-5.5",
       {"F05 administrators>ex55-1:ds-tcp-port", "F05 administrators>ex55-1:is-tcp-port-5.5",
        "F05 administrators>ex55-1:sa-tcp-port-5.5", "F05 administrators>ex55-1:tcp-135",
        "F04 ex55-1>mail-clients:udp-1024-65535", "F02 mail-clients>ex55-1:ds-tcp-port",
        "F03 mail-clients>ex55-1:is-tcp-port-5.5", "F01 mail-clients>ex55-1:tcp-135",
        "F06 owa-1>ex55-1:ds-tcp-port", "F06 owa-1>ex55-1:is-tcp-port-5.5",
        "F06 owa-1>ex55-1:tcp-135"}},
      {"iorepl",
       {"F39 replicator>our-mailbox:is-tcp-port", "F39 replicator>our-mailbox:sa-nspi-port",
        "F39 replicator>our-mailbox:sa-tcp-port", "F39 replicator>our-mailbox:tcp-135",
        "F39 replicator>their-mailbox:is-tcp-port", "F39 replicator>their-mailbox:sa-nspi-port",
        "F39 replicator>their-mailbox:sa-tcp-port", "F39 replicator>their-mailbox:tcp-135",
        "F39 their-replicator>our-mailbox:is-tcp-port",
        "F39 their-replicator>our-mailbox:sa-nspi-port",
        "F39 their-replicator>our-mailbox:sa-tcp-port",
        "F39 their-replicator>our-mailbox:tcp-135"}},
      {"lan-behind-nat",
       {"F12 ex50-1>mail-hosts:tcp-25", "F13 ex50-1>mail-hosts:tcp-53",
        "F13 ex50-1>mail-hosts:udp-53", "F04 ex50-1>office:udp-1024-65535",
        "F12 mail-hosts>ex50-1:tcp-25", "F16 news-readers>ex50-1:tcp-119",
        "F02 office>ex50-1:ds-tcp-port", "F03 office>ex50-1:is-tcp-port-5.5",
        "F01 office>ex50-1:tcp-135", "F14 pop-users>ex50-1:tcp-25",
        "F14 pop-users>ex50-1:tcp-995"}},
      {"mixed-mode",
       {"F43 ex2000-1>ex55-1:ds-tcp-port", "F42 ex2000-1>ex55-1:mta-rpc-port",
        "F42 ex2000-1>ex55-1:tcp-135", "F42 ex55-1>ex2000-1:mta-rpc-port",
        "F43 ex55-1>ex2000-1:srs-tcp-port", "F42 ex55-1>ex2000-1:tcp-135"}},
      {"outlook-anywhere-2003",
       {"F32 fe-1>be-1:is-http-port", "F32 fe-1>be-1:sa-http-nspi-port",
        "F32 fe-1>be-1:sa-http-port", "F21 fe-1>be-1:tcp-110", "F21 fe-1>be-1:tcp-143",
        "F21 fe-1>be-1:tcp-25", "F21 fe-1>be-1:tcp-691", "F21 fe-1>be-1:tcp-80",
        "F31 travellers>fe-1:tcp-443"}},
      {"same-host-as-proxy",
       {"F18 ex-1>mail-hosts:tcp-25", "F13 ex-1>mail-hosts:tcp-53", "F13 ex-1>mail-hosts:udp-53",
        "F04 ex-1>office:udp-1024-65535", "F18 mail-hosts>ex-1:tcp-25",
        "F25 office>ex-1:is-tcp-port", "F25 office>ex-1:sa-nspi-port",
        "F25 office>ex-1:sa-tcp-port", "F25 office>ex-1:tcp-135", "F18 travellers>ex-1:tcp-443"}},
      {"x400-partners",
       {"F09 ex-north>ex-south:ds-tcp-port", "F09 ex-north>ex-south:mta-rpc-port",
        "F09 ex-north>ex-south:tcp-135", "F11 ex-north>partner-mta:tcp-3000",
        "F09 ex-south>ex-north:ds-tcp-port", "F09 ex-south>ex-north:mta-rpc-port",
        "F09 ex-south>ex-north:tcp-135", "F11 partner-mta>ex-north:mta-rfc1006-port"}},
  };
  return all;
}

class FlowsOfExample : public testing::TestWithParam<Case> {};

TEST_P(FlowsOfExample, AreThoseThatItsNeedsAskFor) {
  const Flows made = make_flows(example(GetParam().name), catalogue::builtin());
  EXPECT_EQ(ids(made), GetParam().flows);
  EXPECT_TRUE(made.findings.empty());
}

INSTANTIATE_TEST_SUITE_P(Flows, FlowsOfExample, testing::ValuesIn(cases()), [](const auto& param) {
  std::string name(param.param.name);
  std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
});

TEST(Flows, EveryExampleIsListedHere) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(PINHOLE_SOURCE_DIR) / "examples")) {
    files += entry.path().extension() == ".toml" ? 1U : 0U;
  }
  EXPECT_EQ(cases().size(), files);
}

}  // namespace
}  // namespace pinhole::plan
