// SPDX-License-Identifier: Apache-2.0
// The kernel as judge: what is printed loads, and what the kernel then shows is still the policy.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/iptables_print.hpp"
#include "firewall/nft_print.hpp"
#include "firewall/proof.hpp"
#include "firewall/random_policy.hpp"
#include "firewall/read.hpp"
#include "netfilter/nftables.hpp"
#include "support/network_namespace.hpp"
#include "support/random.hpp"

namespace pinhole::netfilter {
namespace {

using firewall::Policy;
using firewall::Proof;
using testing::HasSubstr;
using testing::Not;
using Device = support::RandomPolicy::Device;

class Kernel : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(support::enter_network_namespace()); }

  static std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string text;
    char buffer[4096];
    for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) {
      text.append(buffer, n);
    }
    return text;
  }

  static void load(const std::string& program, const std::string& text) {
    const std::string path = testing::TempDir() + "rules." + std::to_string(getpid());
    std::ofstream(path) << text;
    EXPECT_EQ(std::system((program + " --noflush " + path).c_str()), 0) << text;
    std::remove(path.c_str());
  }

  static void expect_exact(const Policy& policy, const std::string& text, const char* dialect) {
    const auto rules = firewall::read_ruleset(text, "live");
    ASSERT_TRUE(rules) << to_string(rules.error().front()) << "\n" << text;
    EXPECT_EQ(rules->dialect, dialect);
    const auto proof = firewall::prove(policy, *rules);
    ASSERT_TRUE(proof) << to_string(proof.error().front());
    ASSERT_EQ(proof->answer, Proof::Answer::exact) << text;
  }
};

TEST_F(Kernel, ShowsThePolicyInBothFormsOfNftables) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source = support::random_source();
  for (std::size_t run = support::random_runs(500); run > 0 && !HasFailure(); --run) {
    const Policy policy =
        support::RandomPolicy(source).draw(run % 4 == 0 ? Device::stateless : Device::stateful);
    const auto text = firewall::print_nft(policy);
    ASSERT_TRUE(text);
    const auto applied = apply(*text);
    ASSERT_TRUE(applied) << to_string(applied.error().front()) << "\n" << *text;
    expect_exact(policy, list_ruleset(Form::native).value(), "nftables");
    expect_exact(policy, list_ruleset(Form::json).value(), "nftables-json");
  }
}

TEST_F(Kernel, ShowsThePolicyToIptablesSave) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source = support::random_source();
  for (std::size_t run = support::random_runs(200); run > 0 && !HasFailure(); --run) {
    const Policy policy =
        support::RandomPolicy(source).draw(run % 4 == 0 ? Device::stateless : Device::stateful);
    const auto first = firewall::print_iptables(policy, firewall::Install::first);
    const auto undo = firewall::print_iptables_undo(policy);
    ASSERT_TRUE(first && undo);
    load("iptables-restore", first->v4);
    load("ip6tables-restore", first->v6);
    const auto again = firewall::print_iptables(policy, firewall::Install::again);
    load("iptables-restore", again->v4);
    load("ip6tables-restore", again->v6);
    expect_exact(policy, output_of("iptables-save; ip6tables-save"), "iptables");
    load("iptables-restore", undo->v4);
    load("ip6tables-restore", undo->v6);
    EXPECT_THAT(output_of("iptables-save; ip6tables-save"), Not(HasSubstr("PINHOLE")));
  }
}

/// Rules that we did not print: words of nft(8), loaded and listed by the kernel's own tool.
TEST_F(Kernel, GivesBothFormsOneMeaning) {
  const std::string source = std::string(PINHOLE_SOURCE_DIR) + "/tests/firewall/data/router.nft";
  ASSERT_EQ(std::system(("nft -f " + source).c_str()), 0);
  const auto native = firewall::read_ruleset(list_ruleset(Form::native).value(), "native");
  const auto json = firewall::read_ruleset(list_ruleset(Form::json).value(), "json");
  ASSERT_TRUE(native && json);
  const auto difference = firewall::diff(*native, *json);
  ASSERT_TRUE(difference) << to_string(difference.error().front());
  EXPECT_TRUE(difference->same());
  std::ifstream file(source);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto written = firewall::read_ruleset(text, "written");
  ASSERT_TRUE(written) << to_string(written.error().front());
  EXPECT_TRUE(firewall::diff(*written, *native).value().same());
}

TEST_F(Kernel, KeepsOtherTablesAsTheyAre) {
  ASSERT_EQ(std::system("nft add table ip other; nft add chain ip other c"), 0);
  const std::string before = output_of("nft list table ip other");
  ASSERT_TRUE(apply("table inet pinhole {\n chain c {\n }\n}\n"));
  ASSERT_TRUE(remove());
  ASSERT_TRUE(remove());
  EXPECT_EQ(output_of("nft list ruleset"), before);
}

TEST_F(Kernel, GivesTheTableAsTextThatLoadsAgain) {
  EXPECT_EQ(list_table().value(), std::nullopt);
  std::mt19937 source(1);
  const auto text = firewall::print_nft(support::RandomPolicy(source).draw(Device::stateful));
  ASSERT_TRUE(apply(text.value()));
  const std::string listed = output_of("nft list ruleset");
  const auto table = list_table().value();
  ASSERT_TRUE(table);
  ASSERT_TRUE(remove());
  ASSERT_TRUE(apply(*table));
  EXPECT_EQ(output_of("nft list ruleset"), listed);
}

TEST_F(Kernel, LoadsNothingOfATextWithAMistake) {
  ASSERT_TRUE(apply("table inet pinhole {\n chain first {\n }\n}\n"));
  const auto result =
      apply("table inet pinhole {\n chain second {\n }\n chain c {\n jump nowhere\n }\n}\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().front().exit, Exit::environment);
  EXPECT_THAT(output_of("nft list ruleset"), Not(HasSubstr("second")));
}

TEST(IsOurs, TakesOnlyTheTableOfOurs) {
  EXPECT_TRUE(
      is_ours("# flush ruleset\ntable inet pinhole\ndelete table inet pinhole\n"
              "table inet pinhole {\n chain c { comment \"; flush ruleset\"\n }\n}\n"));
  for (const char* text :
       {"flush ruleset\n", "table inet other { }\n", "table ip pinhole { }\n",
        "table inet pinhole { } ; flush ruleset", "table inet pinhole {",
        "table inet pinhole { } }\nflush ruleset\n{", "delete table inet other\n",
        "table inet pinhole {}\ninclude \"x\"\n", "add table inet pinhole"}) {
    EXPECT_FALSE(is_ours(text)) << text;
  }
}

}  // namespace
}  // namespace pinhole::netfilter
