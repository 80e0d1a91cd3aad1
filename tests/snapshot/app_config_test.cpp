// SPDX-License-Identifier: Apache-2.0
#include "host/app_config.hpp"

#include <ostream>

#include <gtest/gtest.h>

namespace pinhole::host {
namespace {

struct Case {
  const char* name;
  const char* xml;
  std::optional<std::string> value;
};

std::ostream& operator<<(std::ostream& out, const Case& each) {
  return out << each.name;
}

class AppSetting : public testing::TestWithParam<Case> {};

TEST_P(AppSetting, OfRpcTcpPort) {
  EXPECT_EQ(find_app_setting(GetParam().xml, "RpcTcpPort"), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    Files, AppSetting,
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
             "<appSettings><add key='RpcTcpPort' value='&lt;&amp;&quot;&apos;&gt;&x;'/>"
             "</appSettings>",
             "<&\"'>&x;"},
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

}  // namespace
}  // namespace pinhole::host
