// SPDX-License-Identifier: Apache-2.0
#include "snapshot/smb_conf.hpp"

#include <ostream>

#include <gtest/gtest.h>

#include "snapshot/cases.hpp"
#include "snapshot/sample.hpp"

namespace pinhole::snapshot {

std::ostream& operator<<(std::ostream& out, const SmbParameter& each) {
  return out << each.line << ": [" << each.section << "] " << each.name << " = " << each.value;
}

namespace {

constexpr const char* kController = R"(# Global parameters
[global]
	dns forwarder = 10.2.0.1
	netbios name = DC1
	realm = CORP.EXAMPLE
	server role = active directory domain controller
	workgroup = CORP
	; rpc server port = 1
	RPC Server  Port = 50001
	rpc server port : netlogon = 50002
	rpcserverdynamicportrange = 50100-50199
	server services = s3fs, rpc, \
	    nbt, wrepl
	idmap_ldb:use rfc2307 = yes

[sysvol]
	path = /var/lib/samba/sysvol
	read only = No
	rpc server port = 2
)";

std::vector<SmbParameter> read(std::string_view text) {
  auto parameters = read_smb_conf(text, "smb.conf");
  if (!parameters) {
    ADD_FAILURE() << to_string(parameters.error().front());
    return {};
  }
  return *std::move(parameters);
}

TEST(ReadSmbConf, KeepsEveryParameterWithItsSectionAndLine) {
  const auto parameters = read(kController);
  ASSERT_EQ(parameters.size(), 13U);
  EXPECT_EQ(parameters[0], (SmbParameter{"global", "dns forwarder", "10.2.0.1", 3}));
  EXPECT_EQ(parameters[5], (SmbParameter{"global", "RPC Server Port", "50001", 9}));
  EXPECT_EQ(parameters[8],
            (SmbParameter{"global", "server services", "s3fs, rpc, nbt, wrepl", 12}));
  EXPECT_EQ(parameters[9], (SmbParameter{"global", "idmap_ldb:use rfc2307", "yes", 14}));
  EXPECT_EQ(parameters[12], (SmbParameter{"sysvol", "rpc server port", "2", 19}));
}

TEST(ReadSmbConf, IsTheSameInTheEncodingsOfWindows) {
  EXPECT_EQ(read(as_utf16(kController)), read(kController));
  EXPECT_EQ(read(as_utf8_crlf(kController)), read(kController));
}

TEST(SmbPortsOf, AreThoseOfGlobal) {
  const auto parameters = read(kController);
  EXPECT_EQ(smb_ports(parameters), (SmbPorts{50001, PortRange{50100, 50199}}));
  EXPECT_EQ(smb_service_port(parameters, "NETLOGON"), 50002);
  EXPECT_EQ(smb_service_port(parameters, "drsuapi"), std::nullopt);
}

TEST(SmbPortsOf, AreAbsentWhereNothingOrNonsenseIsSaid) {
  EXPECT_EQ(smb_ports({}), SmbPorts{});
  EXPECT_EQ(smb_ports(read("rpc server port = many\nrpc server dynamic port range = 2-1")),
            SmbPorts{});
  EXPECT_EQ(smb_ports(read("rpc server port = 65536\nrpc server dynamic port range = 1,3")),
            SmbPorts{});
}

TEST(FindSmbParameter, TakesTheLastOfTheSection) {
  const auto parameters = read("rpc server port = 1\n[ GLOBAL ]\nRPC SERVER PORT = 2\n[a]\nb = 3");
  const SmbParameter* found = find_smb_parameter(parameters, "global", "rpcserverport");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->value, "2");
  EXPECT_EQ(find_smb_parameter(parameters, "global", "b"), nullptr);
}

using Case = Form<std::vector<SmbParameter>>;

class ReadSmbConfForm : public testing::TestWithParam<Case> {};

TEST_P(ReadSmbConfForm, IsRead) {
  EXPECT_EQ(read(GetParam().text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, ReadSmbConfForm,
    testing::Values(
        Case{"Empty", "", {}}, Case{"BeforeAnySection", "a = b", {{"global", "a", "b", 1}}},
        Case{"EmptyValue", "[x]\na =", {{"x", "a", "", 2}}},
        Case{"EqualsInAValue", "a = b = c", {{"global", "a", "b = c", 1}}},
        Case{"HashInAValue", "a = b # c ; d", {{"global", "a", "b # c ; d", 1}}},
        Case{"LineWithoutEquals", "[x]\njust words\na = b", {{"x", "a", "b", 3}}},
        Case{"TextBehindASection", "[x] y = z\na = b", {{"x", "a", "b", 2}}},
        Case{"ContinuedName",
             "[x]\nrpc \\\n server \\ \nport = 1",
             {{"x", "rpc server port", "1", 2}}},
        Case{"ContinuedSection", "[a\\\nb]\nc = d", {{"ab", "c", "d", 3}}},
        Case{"CommentIsNotContinued", "# a \\\nb = c", {{"global", "b", "c", 2}}},
        Case{"ContinuedIntoWhatLooksLikeAComment", "a = b\\\n#c", {{"global", "a", "b#c", 1}}},
        Case{"ContinuedIntoNothing", "a = b\\", {{"global", "a", "b", 1}}},
        Case{"ContinuedIntoAnEmptyLine",
             "a = b\\\n\nc = d",
             {{"global", "a", "b", 1}, {"global", "c", "d", 3}}}),
    [](const auto& each) { return each.param.name; });

TEST(ReadSmbConf, RefusesASectionThatIsNotClosed) {
  const auto parameters = read_smb_conf("a = b\n[global\nc = d\n", "smb.conf");
  ASSERT_FALSE(parameters);
  EXPECT_EQ(parameters.error().front().id, "smb-section");
  EXPECT_EQ(to_string(parameters.error().front()),
            "smb.conf:2: \"[global\" has no closing bracket; write [name]");
}

TEST(ReadSmbConf, BoundsWhatItTakesInMemory) {
  EXPECT_TRUE(read_smb_conf("[" + std::string(255, 'a') + "]\n", "smb.conf"));
  EXPECT_EQ(read_smb_conf("[" + std::string(256, 'a') + "]\n", "smb.conf").error().front().id,
            "smb-section");
  EXPECT_EQ(to_string(read_smb_conf(std::string((4U << 20U) + 1, ' '), "smb.conf").error().front()),
            "smb.conf: more than 4 MiB of text; give just the part that is needed");
}

TEST(ReadSmbConf, RefusesAValueWithoutAName) {
  const auto parameters = read_smb_conf("[global]\n = 5000\n", "smb.conf");
  ASSERT_FALSE(parameters);
  EXPECT_EQ(parameters.error().front().id, "smb-name");
  EXPECT_EQ(parameters.error().front().place.line, 2U);
}

}  // namespace
}  // namespace pinhole::snapshot
