// SPDX-License-Identifier: Apache-2.0
#include "epm/binding.hpp"

#include <gtest/gtest.h>

namespace pinhole::epm {
namespace {

using enum ProtocolSequence;
constexpr Uuid kObject = "308fb580-1eb2-11ca-923b-08002b1075a7"_uuid;

struct Good {
  const char* text;
  Binding binding;
  const char* canonical;  // null: the text itself
};

std::ostream& operator<<(std::ostream& out, const Good& good) {
  return out << good.text;
}

class GoodBinding : public testing::TestWithParam<Good> {};

TEST_P(GoodBinding, IsReadAndShown) {
  const auto binding = parse_binding(GetParam().text);
  ASSERT_TRUE(binding) << to_string(binding.error().front());
  EXPECT_EQ(*binding, GetParam().binding);
  const std::string canonical =
      GetParam().canonical == nullptr ? GetParam().text : GetParam().canonical;
  EXPECT_EQ(to_string(*binding), canonical);
  EXPECT_EQ(parse_binding(canonical), binding);
}

INSTANTIATE_TEST_SUITE_P(
    Binding, GoodBinding,
    testing::Values(
        Good{"ncacn_ip_tcp:10.0.0.5[59532]", {{}, ncacn_ip_tcp, "10.0.0.5", "59532", {}}, nullptr},
        Good{"ncacn_ip_tcp:mail.example", {{}, ncacn_ip_tcp, "mail.example", "", {}}, nullptr},
        Good{"ncacn_ip_tcp:", {{}, ncacn_ip_tcp, "", "", {}}, nullptr},
        Good{"ncacn_ip_tcp:[135]", {{}, ncacn_ip_tcp, "", "135", {}}, nullptr},
        Good{"ncacn_ip_tcp:h[endpoint=135]",
             {{}, ncacn_ip_tcp, "h", "135", {}},
             "ncacn_ip_tcp:h[135]"},
        Good{"308fb580-1eb2-11ca-923b-08002b1075a7@ncacn_http:h[593]",
             {kObject, ncacn_http, "h", "593", {}},
             nullptr},
        Good{"ncacn_ip_tcp:h[135,sign,bigendian]",
             {{}, ncacn_ip_tcp, "h", "135", {"sign", "bigendian"}},
             nullptr},
        Good{"ncacn_ip_tcp:h[,sign]", {{}, ncacn_ip_tcp, "h", "", {"sign"}}, nullptr},
        Good{"ncacn_ip_tcp:h[135,,]", {{}, ncacn_ip_tcp, "h", "135", {}}, "ncacn_ip_tcp:h[135]"},
        Good{"ncacn_ip_tcp:[2001:db8::1][135]",
             {{}, ncacn_ip_tcp, "2001:db8::1", "135", {}},
             nullptr},
        Good{"ncacn_ip_tcp:[::1]", {{}, ncacn_ip_tcp, "::1", "", {}}, nullptr},
        Good{"ncacn_ip_tcp:2001:db8::1[135]",
             {{}, ncacn_ip_tcp, "2001:db8::1", "135", {}},
             "ncacn_ip_tcp:[2001:db8::1][135]"},
        Good{"NCACN_NP:\\\\HOST[\\pipe\\x]",
             {{}, ncacn_np, "\\\\HOST", "\\pipe\\x", {}},
             "ncacn_np:\\\\HOST[\\pipe\\x]"},
        Good{"ncacn_np:\\\\\\\\HOST[\\\\pipe\\\\x]",
             {{}, ncacn_np, "\\\\HOST", "\\pipe\\x", {}},
             "ncacn_np:\\\\HOST[\\pipe\\x]"},
        Good{"ncalrpc:[EPMAPPER]", {{}, ncalrpc, "", "EPMAPPER", {}}, nullptr},
        Good{"ncacn_nb_tcp:HOST[255]", {{}, ncacn_nb_tcp, "HOST", "255", {}}, nullptr},
        Good{"ncacn_vns_spp:host@group@org[250]",
             {{}, ncacn_vns_spp, "host@group@org", "250", {}},
             nullptr}));

struct Bad {
  const char* text;
  std::uint32_t column;
};

std::ostream& operator<<(std::ostream& out, const Bad& bad) {
  return out << bad.text;
}

class BadBinding : public testing::TestWithParam<Bad> {};

TEST_P(BadBinding, IsRefusedWithTheColumn) {
  const auto binding = parse_binding(GetParam().text);
  ASSERT_FALSE(binding);
  EXPECT_EQ(binding.error().front().place.column, GetParam().column)
      << to_string(binding.error().front());
}

INSTANTIATE_TEST_SUITE_P(
    Binding, BadBinding,
    testing::Values(Bad{"", 1}, Bad{"ncacn_ip_tcp", 13}, Bad{"ncacn_carrier_pigeon:h", 1},
                    Bad{"x@ncacn_ip_tcp:h", 1},
                    Bad{"308fb580-1eb2-11ca-923b-08002b1075a7@tcp:h", 38},
                    Bad{"ncacn_ip_tcp:h[135", 19}, Bad{"ncacn_ip_tcp:h135]", 18},
                    Bad{"ncacn_ip_tcp:h[135]x", 20}, Bad{"ncacn_ip_tcp:h[65536]", 16},
                    Bad{"ncacn_ip_tcp:h[0]", 16}, Bad{"ncacn_ip_tcp:h[endpoint=x]", 25},
                    Bad{"ncacn_ip_tcp:[::1]135", 19}, Bad{"ncacn_nb_tcp:h[256]", 16}));

TEST(BindingOfATower, NamesWhereItLeads) {
  const Tower tower{{}, dcerpc::kNdr32, ncacn_ip_tcp, "56001", "10.0.0.5"};
  EXPECT_EQ(to_string(to_binding(tower)), "ncacn_ip_tcp:10.0.0.5[56001]");
}

}  // namespace
}  // namespace pinhole::epm
