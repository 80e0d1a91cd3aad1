// SPDX-License-Identifier: Apache-2.0
#include "store/folder.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pinhole::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarker = ".ours";
using Files = std::vector<FolderFile>;
using Shown = std::map<std::string, std::string>;

class Folder : public testing::Test {
 protected:
  Folder() {
    std::string name = (fs::temp_directory_path() / "pinhole-folder-XXXXXX").string();
    above_ = mkdtemp(name.data());
    folder_ = above_ / "plan";
  }
  ~Folder() override { fs::remove_all(above_); }

  static FolderFile file(std::string name, std::string_view text) {
    return {std::move(name), to_bytes(bytes_of(text))};
  }

  static void put(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  /// Every file but the marker, by its relative name.
  static Shown files_in(const fs::path& folder) {
    Shown shown;
    if (!fs::exists(folder)) {
      return shown;
    }
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && entry.path().filename() != kMarker) {
        std::ifstream in(entry.path());
        shown[entry.path().lexically_relative(folder).string()] = {
            std::istreambuf_iterator<char>(in), {}};
      }
    }
    return shown;
  }

  Checked<FolderWritten> write(const Files& files) { return write_folder(folder_, kMarker, files); }

  /// The names beside each other in the folder above.
  std::vector<std::string> beside() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(above_)) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }

  /// Runs `body` in a child; what waitpid says.
  template <class Body>
  static int in_child(Body body) {
    const pid_t child = fork();
    if (child == 0) {
      body();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }

  fs::path above_;
  fs::path folder_;
};

const Files kFirst = {{"a", Bytes(3, std::byte{'1'})}, {"deep/er/b", Bytes(9000, std::byte{'2'})}};
const Files kSecond = {{"a", Bytes(4, std::byte{'3'})}, {"c", {}}};
const Shown kFirstShown = {{"a", "111"}, {"deep/er/b", std::string(9000, '2')}};
const Shown kSecondShown = {{"a", "3333"}, {"c", ""}};

TEST_F(Folder, IsMadeWithAllItsFilesAndTheMarker) {
  const auto written = write(kFirst);
  ASSERT_TRUE(written) << to_string(written.error().front());
  EXPECT_EQ(written->folder, folder_);
  EXPECT_TRUE(written->previous.empty());
  EXPECT_EQ(files_in(folder_), kFirstShown);
  EXPECT_TRUE(fs::is_regular_file(folder_ / kMarker));
  EXPECT_EQ(beside(), std::vector<std::string>{"plan"});
}

TEST_F(Folder, TakesThePlaceOfAnEmptyOne) {
  fs::create_directory(folder_);
  const auto written = write(kFirst);
  ASSERT_TRUE(written) << to_string(written.error().front());
  EXPECT_TRUE(written->previous.empty());
  EXPECT_EQ(files_in(folder_), kFirstShown);
  EXPECT_EQ(beside(), std::vector<std::string>{"plan"});
}

TEST_F(Folder, KeepsThePreviousOneAndDropsTheOneBefore) {
  ASSERT_TRUE(write(kFirst));
  const auto second = write(kSecond);
  ASSERT_TRUE(second) << to_string(second.error().front());
  EXPECT_EQ(second->previous, above_ / "plan.old");
  EXPECT_EQ(files_in(folder_), kSecondShown);
  EXPECT_EQ(files_in(above_ / "plan.old"), kFirstShown);
  const auto third = write({file("z", "last")});
  ASSERT_TRUE(third) << to_string(third.error().front());
  EXPECT_EQ(files_in(folder_), (Shown{{"z", "last"}}));
  EXPECT_EQ(files_in(above_ / "plan.old"), kSecondShown);
  EXPECT_EQ(beside(), (std::vector<std::string>{"plan", "plan.old"}));
}

TEST_F(Folder, MayBeNamedWithASlashAndThroughALink) {
  const auto written = write_folder(folder_.string() + "/", kMarker, kFirst);
  ASSERT_TRUE(written) << to_string(written.error().front());
  fs::create_directory_symlink("plan", above_ / "link");
  const auto again = write_folder(above_ / "link/", kMarker, kSecond);
  ASSERT_TRUE(again) << to_string(again.error().front());
  EXPECT_TRUE(fs::is_symlink(above_ / "link"));
  EXPECT_EQ(files_in(folder_), kSecondShown);
  EXPECT_EQ(files_in(above_ / "plan.old"), kFirstShown);
}

TEST_F(Folder, OfSomebodyElseIsRefused) {
  put(folder_ / "letter", "mine");
  EXPECT_FALSE(check_folder(folder_, kMarker));
  const auto written = write(kFirst);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().front().exit, Exit::usage);
  EXPECT_EQ(written.error().front().id, "folder-not-ours");
  EXPECT_EQ(files_in(folder_), (Shown{{"letter", "mine"}}));
  EXPECT_EQ(beside(), std::vector<std::string>{"plan"});
}

TEST_F(Folder, WhereAFileStandsIsRefused) {
  put(folder_, "a file");
  const auto written = write(kFirst);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().front().exit, Exit::usage);
  EXPECT_EQ(beside(), std::vector<std::string>{"plan"});
}

TEST_F(Folder, DoesNotReplaceSomebodyElsesOldOne) {
  ASSERT_TRUE(write(kFirst));
  for (const char* name : {"plan.old", ".plan.new"}) {
    put(above_ / name / "letter", "mine");
    const auto written = write(kSecond);
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().front().exit, Exit::usage);
    EXPECT_EQ(files_in(folder_), kFirstShown);
    EXPECT_EQ(files_in(above_ / name), (Shown{{"letter", "mine"}}));
    fs::remove_all(above_ / name);
  }
}

TEST_F(Folder, HasNoTwoFilesOfOneName) {
  const auto written = write({file("ex-undo.reg", "a"), file("EX-undo.reg", "b")});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().front().id, "folder-file-twice");
  EXPECT_EQ(written.error().front().exit, Exit::usage);
  EXPECT_TRUE(beside().empty());
}

TEST_F(Folder, BelowAFolderThatIsNotThereIsTheEnvironmentsFault) {
  const auto written = write_folder(above_ / "no" / "plan", kMarker, kFirst);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().front().exit, Exit::environment);
  EXPECT_TRUE(beside().empty());
}

TEST_F(Folder, BelowAReadOnlyOneStaysAsItIs) {
  ASSERT_TRUE(write(kFirst));
  fs::permissions(above_, fs::perms{0555});
  const int status = in_child([&] {
    // Root would write all the same.
    if (geteuid() == 0 && setuid(65534) != 0) {
      _exit(2);
    }
    const auto written = write(kSecond);
    _exit(!written && written.error().front().exit == Exit::environment ? 0 : 1);
  });
  fs::permissions(above_, fs::perms{0755});
  EXPECT_EQ(status, 0);
  EXPECT_EQ(files_in(folder_), kFirstShown);
  EXPECT_EQ(beside(), std::vector<std::string>{"plan"});
}

TEST_F(Folder, StaysAsItIsWhereAFileCannotBeWrittenWhole) {
  ASSERT_TRUE(write(kSecond));
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{5000, 5000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = write(kFirst);
    _exit(!written && written.error().front().exit == Exit::environment ? 0 : 1);
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(files_in(folder_), kSecondShown);
  EXPECT_EQ(beside(), std::vector<std::string>{"plan"});
}

/// Runs `body` in a child that is killed before its `number`th system call; false: it has fewer.
template <class Body>
bool killed_at(int number, Body body) {
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  for (int stop = 0; WIFSTOPPED(status); ++stop) {
    // Each call stops twice, at its entry and its exit.
    if (stop == 2 * number) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return true;
    }
    ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    waitpid(child, &status, 0);
  }
  EXPECT_EQ(status, 0) << "call " << number;
  return false;
}

TEST_F(Folder, HoldsTheOldOrTheNewFilesWhereverAWriteIsKilled) {
  int old_ones = 0;
  int new_ones = 0;
  int number = 1;
  const auto rewrite = [&] { static_cast<void>(write(kSecond)); };
  for (bool killed = true; killed; ++number) {
    fs::remove_all(above_ / "plan.old");
    ASSERT_TRUE(write(kSecond));
    ASSERT_TRUE(write(kFirst)) << "after a kill before call " << number - 1;
    ASSERT_EQ(beside(), (std::vector<std::string>{"plan", "plan.old"}));
    killed = killed_at(number, rewrite);
    const Shown shown = files_in(folder_);
    ASSERT_TRUE(shown == kFirstShown || shown == kSecondShown) << "call " << number;
    ASSERT_TRUE(fs::exists(folder_ / kMarker));
    ++(shown == kFirstShown ? old_ones : new_ones);
  }
  EXPECT_GT(old_ones, 10);
  EXPECT_GT(new_ones, 2);
}

}  // namespace
}  // namespace pinhole::store
