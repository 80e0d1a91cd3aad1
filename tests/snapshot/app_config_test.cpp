// SPDX-License-Identifier: Apache-2.0
#include "snapshot/app_config.hpp"

#include <gtest/gtest.h>

#include "snapshot/cases.hpp"
#include "snapshot/sample.hpp"

namespace pinhole::snapshot {
namespace {

using Case = Form<std::optional<std::string>>;

class FindAppSetting : public testing::TestWithParam<Case> {};

TEST_P(FindAppSetting, OfRpcTcpPort) {
  EXPECT_EQ(find_app_setting(GetParam().text, "RpcTcpPort"), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Files, FindAppSetting,
    testing::Values(
        Case{"AsShipped",
             "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<configuration>\n  <appSettings>\n"
             "    <add key=\"EnablePushNotifications\" value=\"1\" />\n"
             "    <add key=\"RpcTcpPort\" value=\"59533\" />\n  </appSettings>\n</configuration>",
             "59533"},
        Case{"KeyInAnotherCase", "<appSettings><add key='rpctcpport' value='59533'/></appSettings>",
             "59533"},
        Case{"ValueFirst", "<appSettings><add value='59533' key='RpcTcpPort'/></appSettings>",
             "59533"},
        Case{"SpaceAroundTheEqualsSign",
             "<appSettings><add key = \"RpcTcpPort\"\n value =\"59533\"/></appSettings>", "59533"},
        Case{"ClosedByATagOfItsOwn",
             "<appSettings><add key='RpcTcpPort' value='59533'></add></appSettings>", "59533"},
        Case{"TheLastCounts",
             "<appSettings><add key='RpcTcpPort' value='1'/><add key='RpcTcpPort' value='2'/>"
             "</appSettings>",
             "2"},
        Case{"Entities",
             "<appSettings><add key='RpcTcpPort' value='&lt;&amp;&quot;&apos;&gt;&#53;&#x2d;'/>"
             "</appSettings>",
             "<&\"'>5-"},
        Case{"UnknownEntity", "<appSettings><add key='RpcTcpPort' value='&x;'/></appSettings>",
             std::nullopt},
        Case{"ForbiddenCharacter",
             "<appSettings><add key='RpcTcpPort' value='&#xd800;'/></appSettings>", std::nullopt},
        Case{"Removed",
             "<appSettings><add key='RpcTcpPort' value='1'/><remove key='RPCTcpPort'/>"
             "</appSettings>",
             std::nullopt},
        Case{"Cleared", "<appSettings><add key='RpcTcpPort' value='1'/><clear/></appSettings>",
             std::nullopt},
        Case{"Utf16", std::string("\xff\xfe<\0a\0/\0>\0", 10), std::nullopt},
        Case{"EmptyValue", "<appSettings><add key='RpcTcpPort' value=''/></appSettings>", ""},
        Case{"InAComment",
             "<appSettings><!-- <add key='RpcTcpPort' value='59533'/> --></appSettings>",
             std::nullopt},
        Case{"InACommentBehindATag",
             "<appSettings><!-- <clear/> <add key='RpcTcpPort' value='59533'/> --></appSettings>",
             std::nullopt},
        Case{"OutsideTheElement",
             "<appSettings></appSettings><add key='RpcTcpPort' value='59533'/>", std::nullopt},
        Case{"AfterAnEmptyElement", "<appSettings/><add key='RpcTcpPort' value='59533'/>",
             std::nullopt},
        Case{"AnotherKey", "<appSettings><add key='RpcTcpPort2' value='1'/></appSettings>",
             std::nullopt},
        Case{"NoValue", "<appSettings><add key='RpcTcpPort'/></appSettings>", std::nullopt},
        Case{"NoQuotes", "<appSettings><add key=RpcTcpPort value=1/></appSettings>", std::nullopt},
        Case{"OpenQuote", "<appSettings><add key='RpcTcpPort value=/></appSettings>", std::nullopt},
        Case{"CutShort", "<appSettings><add key='RpcTcpPort' value='59533'", std::nullopt},
        Case{"OpenComment", "<appSettings><!-- <add key='RpcTcpPort' value='1'/>", std::nullopt},
        Case{"Empty", "", std::nullopt}),
    [](const auto& each) { return each.param.name; });

TEST(AppSettingOfEveryTruncation, IsTheWholeOrNothing) {
  const std::string xml =
      "<a><appSettings><!-- x --><add key='RpcTcpPort' value='59533'/></appSettings></a>";
  for (std::size_t size = 0; size <= xml.size(); ++size) {
    const auto value = find_app_setting(xml.substr(0, size), "RpcTcpPort");
    EXPECT_EQ(value.value_or("59533"), "59533") << size;
  }
}

constexpr const char* kAddressBook = R"(<?xml version="1.0" encoding="utf-8" ?>
<configuration>
  <runtime>
    <gcServer enabled="true" />
    <assemblyBinding xmlns="urn:schemas-microsoft-com:asm.v1"><probing privatePath="." /></assemblyBinding>
  </runtime>
  <appSettings>
    <!-- <add key="RpcTcpPort" value="1" /> -->
    <add key="LogPath" value="C:\Logging &amp; more" />
    <add
      key="RpcTcpPort"
      value="59533" />
  </appSettings>
</configuration>
)";

TEST(ReadAppConfig, KeepsEverySettingWithItsLine) {
  const auto settings = read_app_config(kAddressBook, "ab.config");
  ASSERT_TRUE(settings) << to_string(settings.error().front());
  EXPECT_EQ(*settings, (std::vector<AppSetting>{{"LogPath", "C:\\Logging & more", 9},
                                                {"RpcTcpPort", "59533", 10}}));
}

TEST(ReadAppConfig, IsTheSameInTheEncodingsOfWindows) {
  const auto settings = read_app_config(kAddressBook, "ab.config");
  EXPECT_EQ(read_app_config(as_utf16(kAddressBook), "ab.config").value(), settings.value());
  EXPECT_EQ(read_app_config(as_utf8_crlf(kAddressBook), "ab.config").value(), settings.value());
}

class ReadAppConfigRefuses : public testing::TestWithParam<Fault> {};

TEST_P(ReadAppConfigRefuses, WithLine) {
  const Place place = place_of(GetParam(), read_app_config(GetParam().text, "ab.config"));
  EXPECT_EQ(place.line, GetParam().at);
  EXPECT_EQ(place.name, "ab.config");
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) {
    text += "<a>";
  }
  for (std::size_t i = 0; i < depth; ++i) {
    text += "</a>";
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ReadAppConfigRefuses,
    testing::Values(
        Fault{"Empty", "", "config-xml", 1}, Fault{"Text", "\nRpcTcpPort", "config-xml", 1},
        Fault{"NotClosed", "<a>\n<b/>\n", "config-xml", 3},
        Fault{"WrongEnd", "<a>\n</b>", "config-xml", 2},
        Fault{"EndAlone", "<a/>\n</a>", "config-xml", 2},
        Fault{"TwoRoots", "<a/>\n<b/>", "config-xml", 2},
        Fault{"OpenComment", "<a>\n<!-- </a>", "config-xml", 2},
        Fault{"DocumentType", "<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a/>", "config-xml", 1},
        Fault{"NoQuotes", "<a>\n<b c=d/></a>", "config-xml", 2},
        Fault{"NoEquals", "<a>\n<b c/></a>", "config-xml", 2},
        Fault{"TwiceTheSame", "<a>\n<b c='' c=''/></a>", "config-xml", 2},
        Fault{"NoSpaceBetween", "<a>\n<b c=''d=''/></a>", "config-xml", 2},
        Fault{"TagInAValue", "<a>\n<b c='<'/></a>", "config-xml", 2},
        Fault{"BareAmpersand", "<a>\nb & c</a>", "config-xml", 1},
        Fault{"TooDeep", nested(65), "config-xml", 1},
        Fault{"AddWithoutKey", "<appSettings>\n<add value=''/></appSettings>", "config-add", 2},
        Fault{"AddWithoutValue", "<appSettings>\n<add key='a'/></appSettings>", "config-add", 2},
        Fault{"OddUtf16", std::string("\xff\xfe<\0a", 5), "text-encoding", 0},
        Fault{"BigEndian", std::string("\xfe\xff\0<", 4), "text-encoding", 0}),
    [](const auto& each) { return each.param.name; });

TEST(ReadAppConfig, TakesNestingUpToItsBound) {
  EXPECT_TRUE(read_app_config(nested(64), "ab.config"));
}

}  // namespace
}  // namespace pinhole::snapshot
