// SPDX-License-Identifier: Apache-2.0
#include "store/store.hpp"

#include <unistd.h>

#include <gtest/gtest.h>

#include "registry/hive_check.hpp"
#include "store/hive.hpp"

namespace pinhole::store {
namespace {

namespace fs = std::filesystem;
using registry::Edit;
using registry::HiveKind;
using registry::Key;
using registry::Value;

constexpr const char* kKey =
    R"(HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem)";

class Store : public testing::Test {
 protected:
  Store() {
    std::string name = (fs::temp_directory_path() / "pinhole-store-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Store() override { fs::remove_all(folder_); }

  static Edit port(std::uint32_t number) {
    return {Edit::Kind::set_value, registry::parse_path(kKey).value(), "TCP/IP Port",
            Value::of_dword(number), 0};
  }

  static Checked<Saved> write(const fs::path& path, const std::vector<Edit>& edits,
                              OpenOptions options = {Access::write, Missing::create,
                                                     Dirty::refuse}) {
    auto store = HiveStore::open(path, options);
    if (!store) {
      return tl::unexpected(store.error());
    }
    PINHOLE_CHECK(store->view().apply(edits, "test"));
    return store->save();
  }

  static std::optional<Value> read(const fs::path& path) {
    const auto store = HiveStore::open(path, {});
    return store ? store->view().get(kKey, "tcp/ip port") : std::nullopt;
  }

  fs::path folder_;
};

Bytes sample() {
  Key tree = registry::new_tree(HiveKind::embedded);
  Key& key = tree.keys["SOFTWARE"].keys["caf\xC3\xA9 \xE4\xB8\x96"];
  key.values["text"] = Value::of_sz("x");
  key.values["\xE4\xB8\x96"] = Value::of_multi_sz({"a", "b"});
  key.values["odd"] = {static_cast<registry::Type>(0x12345), Bytes(3, std::byte{1})};
  key.values["empty"] = {registry::Type::none, {}};
  key.values["long"] = {registry::Type::binary, Bytes(9000, std::byte{7})};
  const auto bytes = change_hive(registry::empty_hive(0), tree, "sample");
  return bytes ? *bytes : Bytes();
}

void fix_checksum(Bytes& hive) {
  const std::uint32_t sum = registry::hive_checksum(hive);
  for (std::size_t i = 0; i < 4; ++i) {
    hive[508 + i] = static_cast<std::byte>(sum >> (8 * i) & 0xFFU);
  }
}

TEST(Hive, OurEmptyOneIsSoundAndEmpty) {
  const auto hive = read_hive(registry::empty_hive(0), "h");
  ASSERT_TRUE(hive) << to_string(hive.error().front());
  EXPECT_TRUE(hive->root.empty());
  EXPECT_FALSE(hive->facts.dirty);
  EXPECT_EQ(hive->facts.keys, 1U);
}

TEST(Hive, EveryTruncationIsRefused) {
  const Bytes hive = sample();
  ASSERT_FALSE(hive.empty());
  for (std::size_t size = 0; size < hive.size(); ++size) {
    ASSERT_FALSE(registry::check_hive(ByteView(hive).first(size), "h")) << size;
  }
}

TEST(Hive, EveryMutatedByteIsReadOrRefused) {
  const Bytes hive = sample();
  std::size_t refused = 0;
  for (std::size_t at = 0; at < hive.size(); at += at < 4800 ? 1 : 5) {
    Bytes changed = hive;
    changed[at] ^= std::byte{0x84};
    if (at < 508) {
      fix_checksum(changed);
    }
    refused += registry::check_hive(changed, "h") && read_hive(changed, "h") ? 0 : 1;
  }
  EXPECT_GT(refused, 100U);
}

TEST(Hive, AKeyThatIsItsOwnSubkeyIsRefused) {
  Key tree;
  tree.keys["A"];
  auto hive = change_hive(registry::empty_hive(0), tree, "h");
  ASSERT_TRUE(hive);
  const std::string_view text = text_of(*hive);
  const std::size_t list =
      text.find("lh\x01") != std::string_view::npos ? text.find("lh\x01") : text.find("lf\x01");
  ASSERT_NE(list, std::string_view::npos);
  (*hive)[list + 4] = std::byte{0x20};  // the root key is the first cell
  (*hive)[list + 5] = std::byte{0};
  const auto facts = registry::check_hive(*hive, "h");
  ASSERT_FALSE(facts);
  EXPECT_NE(facts.error().front().message.find("twice"), std::string::npos);
}

TEST(Hive, ReadsBackWhatWasChanged) {
  const auto hive = read_hive(sample(), "h");
  ASSERT_TRUE(hive);
  Key tree = hive->root;
  tree.keys["SYSTEM"].keys.erase("ControlSet001");
  tree.keys["SOFTWARE"].keys.begin()->second.values.erase("text");
  const auto changed = change_hive(sample(), tree, "h");
  ASSERT_TRUE(changed) << to_string(changed.error().front());
  EXPECT_EQ(read_hive(*changed, "h")->root, tree);
}

TEST_F(Store, CreatesChangesAndKeepsABackupThatRestores) {
  const fs::path path = folder_ / "hive";
  ASSERT_TRUE(create_if_missing(path).value_or(false));
  EXPECT_FALSE(create_if_missing(path).value_or(true));
  ASSERT_TRUE(write(path, {port(56001)}));
  EXPECT_EQ(read(path), Value::of_dword(56001));
  const auto saved = write(path, {port(56009)});
  ASSERT_TRUE(saved);
  ASSERT_EQ(saved->backups.size(), 1U);
  EXPECT_EQ(backup_origin(saved->backups[0]), path);
  EXPECT_EQ(read(path), Value::of_dword(56009));
  ASSERT_TRUE(restore(saved->backups[0], path));
  EXPECT_EQ(read(path), Value::of_dword(56001));
  const auto nothing = write(path, {port(56001)});
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->files.empty());
}

TEST_F(Store, MountsAFolderWithSystemAndSoftware) {
  ASSERT_TRUE(write(folder_, {port(5)}));
  EXPECT_TRUE(fs::exists(folder_ / "SYSTEM"));
  EXPECT_TRUE(fs::exists(folder_ / "SOFTWARE"));
  EXPECT_EQ(read(folder_), Value::of_dword(5));
  EXPECT_EQ(read(folder_ / "SYSTEM"), Value::of_dword(5));
  const auto only = HiveStore::open(folder_ / "SOFTWARE", {});
  ASSERT_TRUE(only);
  EXPECT_EQ(only->view().resolve(registry::parse_path(kKey).value()).error().front().id,
            "registry-not-mounted");
}

TEST_F(Store, ADirtyHiveIsReadWithAWarningAndWrittenOnlyByForce) {
  const fs::path path = folder_ / "hive";
  ASSERT_TRUE(write(path, {port(5)}));
  auto bytes = read_file(path, 1U << 20U);
  ASSERT_TRUE(bytes);
  (*bytes)[4] ^= std::byte{0x40};
  fix_checksum(*bytes);
  ASSERT_TRUE(write_atomic(path, *bytes));
  const auto opened = HiveStore::open(path, {});
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->warnings().size(), 1U);
  EXPECT_EQ(opened->warnings()[0].id, "hive-dirty");
  const auto refused = write(path, {port(6)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().front().exit, Exit::usage);
  EXPECT_EQ(read(path), Value::of_dword(5));
  ASSERT_TRUE(write(path, {port(6)}, {Access::write, Missing::refuse, Dirty::force}));
  EXPECT_EQ(read(path), Value::of_dword(6));
}

TEST_F(Store, ABrokenHiveOrBackupIsRefusedAndStays) {
  const fs::path path = folder_ / "hive";
  ASSERT_TRUE(write(path, {port(5)}));
  auto bytes = read_file(path, 1U << 20U);
  ASSERT_TRUE(bytes);
  bytes->resize(bytes->size() - 1);
  const fs::path cut = folder_ / "cut";
  ASSERT_TRUE(write_atomic(cut, *bytes));
  EXPECT_FALSE(write(cut, {port(6)}));
  EXPECT_EQ(read_file(cut, 1U << 20U), *bytes);
  EXPECT_FALSE(restore(cut, path));
  EXPECT_EQ(read(path), Value::of_dword(5));
}

TEST_F(Store, AMissingHiveIsRefusedByName) {
  const auto store = HiveStore::open(folder_ / "none", {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().front().exit, Exit::usage);
  EXPECT_FALSE(HiveStore::open(folder_, {}));
}

}  // namespace
}  // namespace pinhole::store
