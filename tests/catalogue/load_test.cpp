// SPDX-License-Identifier: Apache-2.0
#include "catalogue/load.hpp"

#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/document.hpp"
#include "catalogue/lookup.hpp"

namespace pinhole::catalogue {
namespace {

/// A small world that loads; a test replaces one file of it.
std::map<std::string, std::string> small_world() {
  return {
      {"products.toml",
       "[[product]]\nid = \"p-1\"\ntitle = \"P\"\nversion = \"1\"\nroles = [\"r\"]\n"
       "source = \"s\"\n[[product.dynamic_range]]\nwindows = \"W\"\nports = \"1025-5000\"\n"
       "source = \"s\"\n"},
      {"settings.toml",
       "[[setting]]\nid = \"a\"\nservice = \"S\"\nkey = 'HKEY_LOCAL_MACHINE\\K'\nvalue = \"V\"\n"
       "type = \"REG_DWORD\"\nholds = \"port\"\nsince = \"p-1\"\nrestart = \"service\"\n"
       "confidence = \"single\"\nsource = \"s\"\n"},
      {"interfaces.toml",
       "[[interface]]\nid = \"i\"\nuuid = \"a4f1db00-ca47-1067-b31f-00dd010662da\"\n"
       "version = \"0.81\"\nowner = \"S\"\nversions = \"1\"\nconfidence = \"single\"\n"
       "source = \"s\"\n"},
      {"services.toml",
       "[[service]]\nname = \"S\"\ntitle = \"T\"\nversions = [\"1\"]\nroles = [\"r\"]\n"
       "source = \"s\"\n[[service.listener]]\nsequence = \"ncacn_http\"\ntitle = \"L\"\n"
       "protocol = \"P\"\nports = \"6001\"\nsettings = [\"a\"]\ninterfaces = [\"i\", \"i\"]\n"
       "confidence = \"single\"\nsource = \"s\"\n"},
      {"uuids.toml",
       "[[uuid]]\nuuid = \"a4f1db00-ca47-1067-b31f-00dd010662da\"\nconfidence = \"single\"\n"
       "source = \"s\"\n"},
      {"ports.toml",
       "[[port]]\nprotocol = \"P\"\ntransports = [\"tcp\"]\nports = \"25\"\nversions = \"1\"\n"
       "confidence = \"single\"\nsource = \"s\"\n"},
      {"port_rules.toml",
       "[[rule]]\nid = \"R\"\ntopic = \"t\"\napplies_to = \"a\"\nrule = \"r\"\nlow = 1\n"
       "high = 2\nlevel = \"error\"\nconfidence = \"single\"\nsource = \"s\"\n"},
      {"flows.toml",
       "[[flow]]\nid = \"F\"\ntopology = \"t\"\nversions = \"1\"\nfrom = \"a\"\nto = \"b\"\n"
       "service = \"s\"\ntransports = [\"tcp\"]\nports = \"25\"\ndirection = \"both\"\n"
       "needed = \"required\"\nconfidence = \"single\"\nsource = \"s\"\n"},
  };
}

Checked<Catalogue> load_world(const std::map<std::string, std::string>& texts) {
  std::vector<std::string> names;
  std::vector<DataFile> files;
  names.reserve(texts.size());
  files.reserve(texts.size());
  for (const auto& [name, text] : texts) {
    files.push_back({names.emplace_back("data/" + name), text});
  }
  return load(files);
}

TEST(Load, SmallWorldLoadsAndOutlivesItsText) {
  Catalogue catalogue;
  {
    const auto loaded = load_world(small_world());
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    catalogue = *loaded;
  }
  const Service& service = catalogue.services.front();
  EXPECT_TRUE(service.served());
  EXPECT_EQ(service.listeners.front().default_port(), 6001);
  EXPECT_EQ(service.listeners.front().settings.front(), &catalogue.settings.front());
  EXPECT_EQ(service.listeners.front().interfaces.size(), 2U);
  EXPECT_EQ(catalogue.interfaces.front().minor, 81);
}

struct Mistake {
  const char* name;
  const char* file;
  const char* from;
  const char* to;
  const char* said;  // the start of the line on stderr
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
  return out << mistake.name;
}

class LoadRefuses : public testing::TestWithParam<Mistake> {};

TEST_P(LoadRefuses, WithFileAndLine) {
  const Mistake& mistake = GetParam();
  auto texts = small_world();
  std::string& text = texts[mistake.file];
  const std::size_t at = text.find(mistake.from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string_view(mistake.from).size(), mistake.to);
  const auto loaded = load_world(texts);
  ASSERT_FALSE(loaded);
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : loaded.error()) {
    lines.push_back(to_string(diagnostic));
  }
  EXPECT_THAT(lines, testing::Contains(testing::StartsWith(mistake.said)));
}

INSTANTIATE_TEST_SUITE_P(
    Catalogue, LoadRefuses,
    testing::Values(
        Mistake{"Syntax", "flows.toml", "id = \"F\"", "id = F", "data/flows.toml:2:"},
        Mistake{"UnknownKey", "flows.toml", "topology", "topologie",
                "data/flows.toml:3:1: unknown key \"topologie\""},
        Mistake{"UnknownTable", "uuids.toml", "[[uuid]]", "[[uuids]]",
                "data/uuids.toml:1:3: unknown key \"uuids\""},
        Mistake{"MissingSource", "uuids.toml", "source = \"s\"\n", "",
                "data/uuids.toml:1:1: a row without \"source\""},
        Mistake{"EmptySource", "ports.toml", "source = \"s\"", "source = \"\"",
                "data/ports.toml:7:10: \"source\" is empty"},
        Mistake{"WrongType", "port_rules.toml", "low = 1", "low = \"1\"",
                "data/port_rules.toml:6:7: \"low\" must be a number"},
        Mistake{"LowAboveHigh", "port_rules.toml", "low = 1", "low = 3",
                "data/port_rules.toml:6:7: low is above high"},
        Mistake{"UnknownCheck", "port_rules.toml", "low = 1", "check = \"x\"\nlow = 1",
                "data/port_rules.toml:6:9: \"x\" is not one of forbidden-port, allowed-port"},
        Mistake{"CheckWithoutRemedy", "port_rules.toml", "low = 1", "check = \"taken\"\nlow = 1",
                "data/port_rules.toml:1:1: a rule that is checked says what to do"},
        Mistake{"CheckWithoutBounds", "port_rules.toml", "low = 1",
                "check = \"forbidden-port\"\nremedy = \"r\"",
                "data/port_rules.toml:1:1: this check has bounds"},
        Mistake{"CheckedFact", "port_rules.toml", "level = \"error\"",
                "level = \"fact\"\nremedy = \"r\"\ncheck = \"taken\"",
                "data/port_rules.toml:10:9: only an error, a warning or a note is checked"},
        Mistake{"RuleOfUnknownSetting", "port_rules.toml", "low = 1",
                "check = \"taken\"\nremedy = \"r\"\nsettings = [\"x\"]\nlow = 1",
                "data/port_rules.toml:8:12: \"x\" is not the id of a setting"},
        Mistake{"RuleOfUnknownVersion", "port_rules.toml", "low = 1",
                "check = \"taken\"\nremedy = \"r\"\nversions = [\"9\"]\nlow = 1",
                "data/port_rules.toml:8:12: \"9\" is not the version of a product"},
        Mistake{"BadUuid", "uuids.toml", "a4f1db00", "a4f1db0", "data/uuids.toml:2:8: "},
        Mistake{"UpperCaseUuid", "uuids.toml", "a4f1db00", "A4F1DB00", "data/uuids.toml:2:8: "},
        Mistake{"PortAboveTheRange", "ports.toml", "\"25\"", "\"65536\"",
                "data/ports.toml:4:9: \"65536\" is not a list of ports"},
        Mistake{"PortZero", "ports.toml", "\"25\"", "\"0\"", "data/ports.toml:4:9: "},
        Mistake{"TwoPortsWhereWeServe", "services.toml", "\"6001\"", "\"6001,6003\"",
                "data/services.toml:2:8: \"L\" must have one default port"},
        Mistake{"UnknownWord", "settings.toml", "REG_DWORD", "DWORD",
                "data/settings.toml:6:8: \"DWORD\" is not one of REG_DWORD, REG_SZ"},
        Mistake{"UnknownProduct", "settings.toml", "\"p-1\"", "\"p-2\"",
                "data/settings.toml:8:9: \"p-2\" is not a product"},
        Mistake{"NoRegistryKey", "settings.toml", "HKEY_LOCAL_MACHINE", "HKLM",
                "data/settings.toml:4:7: a registry key starts with HKEY_"},
        Mistake{"UnknownSetting", "services.toml", "settings = [\"a\"]", "settings = [\"b\"]",
                "data/services.toml:12:12: \"b\" is not the id of a row"},
        Mistake{"UnknownRole", "services.toml", "roles = [\"r\"]", "roles = [\"x\"]",
                "data/services.toml:5:9: \"x\" is not a role"},
        Mistake{"VersionAndUnsourced", "interfaces.toml", "version = \"0.81\"",
                "version = \"0.81\"\nversion_unsourced = true", "data/interfaces.toml:4:11: "},
        Mistake{"NoVersion", "interfaces.toml", "version = \"0.81\"\n", "",
                "data/interfaces.toml:1:1: a row has either a version"},
        Mistake{"BadVersion", "interfaces.toml", "0.81", "0.x", "data/interfaces.toml:4:11: "},
        Mistake{"NoDynamicRange", "products.toml", "ports = \"1025-5000\"", "ports = \"1025,5000\"",
                "data/products.toml:9:9: a dynamic range is one range"}),
    [](const testing::TestParamInfo<Mistake>& mistake) { return mistake.param.name; });

TEST(Load, RowsOutOfOrderOrTwiceAreRefused) {
  auto texts = small_world();
  texts["flows.toml"] += texts["flows.toml"];
  const auto loaded = load_world(texts);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(to_string(loaded.error().front()),
            "data/flows.toml:15:6: \"F\" must stand in order after \"F\", and once");
}

TEST(Load, TheSameValueWithTwoTypesIsRefused) {
  auto texts = small_world();
  std::string second = texts["settings.toml"];
  second.replace(second.find("\"a\""), 3, "\"b\"");
  second.replace(second.find("REG_DWORD"), 9, "REG_SZ");
  second.replace(second.find("'HKEY_LOCAL_MACHINE\\K'"), 22, "'HKEY_LOCAL_MACHINE\\k'");
  texts["settings.toml"] += second;
  const auto loaded = load_world(texts);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().front().place.line, 17U);
}

TEST(Load, MissingFileIsNamed) {
  auto texts = small_world();
  texts.erase("ports.toml");
  const auto loaded = load_world(texts);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().front().place.name, "ports.toml");
}

TEST(Load, EveryMistakeIsReportedInOneRun) {
  auto texts = small_world();
  texts["flows.toml"] = "x = 1\ny = 2\n";
  const auto loaded = load_world(texts);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().size(), 2U);
}

TEST(Load, TheFilesOfDataAreWhatIsCompiledIn) {
  std::map<std::string, std::string> texts;
  for (const std::string_view name : data_file_names()) {
    std::ifstream file(PINHOLE_SOURCE_DIR "/data/" + std::string(name), std::ios::binary);
    texts[std::string(name)] = {std::istreambuf_iterator<char>(file), {}};
  }
  const auto loaded = load_world(texts);
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  EXPECT_TRUE(document(*loaded) == document(builtin()));
  EXPECT_EQ(loaded->uuids.size(), builtin().uuids.size());
  EXPECT_EQ(loaded->flows.size(), builtin().flows.size());
}

}  // namespace
}  // namespace pinhole::catalogue
