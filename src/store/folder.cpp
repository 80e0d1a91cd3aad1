// SPDX-License-Identifier: Apache-2.0
#include "store/folder.hpp"

#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "registry/text.hpp"
#include "store/descriptor.hpp"

namespace pinhole::store {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Diagnostics> failed(const fs::path& path, std::string_view what, int error) {
  return failure({"folder",
                  Severity::error,
                  {path.string(), 0, 0, {}},
                  fmt::format("{}: {}", what, std::generic_category().message(error)),
                  error == EINVAL ? "choose a folder on a local file system" : "",
                  Exit::environment});
}

tl::unexpected<Diagnostics> not_ours(const fs::path& path, std::string_view what,
                                     std::string_view marker) {
  return failure({"folder-not-ours",
                  Severity::error,
                  {path.string(), 0, 0, {}},
                  fmt::format("{}, and not written by pinhole: it has no {}", what, marker),
                  "name another folder, or move this one away",
                  Exit::usage});
}

/// The folder itself, whichever way it was named: a link to it is followed, no slash at the end.
fs::path plain(const fs::path& folder) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(folder), error);
  if (error) {
    path = fs::absolute(folder).lexically_normal();
  }
  return path.has_filename() ? path : path.parent_path();
}

fs::path old_of(const fs::path& folder) {
  return folder.string() + ".old";
}

fs::path new_of(const fs::path& folder) {
  return folder.parent_path() / fmt::format(".{}.new", folder.filename().string());
}

enum class Found : std::uint8_t { nothing, empty, ours, other };

Found look_at(const fs::path& folder, std::string_view marker) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(folder, error);
  if (status.type() == fs::file_type::not_found) {
    return Found::nothing;
  }
  if (!fs::is_directory(status)) {
    return Found::other;
  }
  if (fs::is_regular_file(fs::symlink_status(folder / marker, error))) {
    return Found::ours;
  }
  return fs::is_empty(folder, error) && !error ? Found::empty : Found::other;
}

Checked<void> check_plain(const fs::path& folder, std::string_view marker) {
  if (look_at(folder, marker) == Found::other) {
    return not_ours(folder, "is not empty", marker);
  }
  for (const fs::path& beside : {old_of(folder), new_of(folder)}) {
    if (look_at(beside, marker) == Found::other) {
      return not_ours(beside, "would be replaced", marker);
    }
  }
  return {};
}

Checked<void> check_names(std::span<const FolderFile> files, std::string_view marker) {
  std::set<std::string, registry::NameLess> names{std::string(marker)};
  for (const FolderFile& file : files) {
    if (!names.insert(file.name).second) {
      return failure({"folder-file-twice",
                      Severity::error,
                      {file.name, 0, 0, {}},
                      "two files would have this name",
                      "rename one of the servers that they are for",
                      Exit::usage});
    }
  }
  return {};
}

/// One writer below a folder at a time; the lock goes with the descriptor.
Checked<Descriptor> lock(const fs::path& folder) {
  Descriptor above(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above.good()) {
    return failed(folder, "cannot be opened", errno);
  }
  if (!lock_alone(above)) {
    return failed(folder, "another writer holds the lock", errno);
  }
  return above;
}

Checked<void> flush_folder(const fs::path& folder) {
  if (!flush_names(folder)) {
    return failed(folder, "cannot be flushed", errno);
  }
  return {};
}

Checked<void> write_new(const fs::path& path, ByteView content) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.good()) {
    return failed(path, "cannot be written", errno);
  }
  if (!write_flushed(file, content)) {
    return failed(path, "cannot be written", errno);
  }
  return {};
}

/// The marker is the first file, so that whatever is left of an interrupted write is ours.
Checked<void> fill(const fs::path& folder, std::string_view marker,
                   std::span<const FolderFile> files) {
  PINHOLE_CHECK(write_new(folder / marker, bytes_of("Written by pinhole, which replaces all files "
                                                    "here when it writes again.\n")));
  std::set<fs::path> folders{folder};
  for (const FolderFile& file : files) {
    const fs::path path = folder / file.name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
      return failed(path.parent_path(), "cannot be made", error.value());
    }
    PINHOLE_CHECK(write_new(path, file.content));
    for (fs::path at = path.parent_path(); at != folder; at = at.parent_path()) {
      folders.insert(at);
    }
  }
  for (const fs::path& each : folders) {
    PINHOLE_CHECK(flush_folder(each));
  }
  return {};
}

Checked<void> take_away(const fs::path& folder, std::string_view marker) {
  // The marker goes last: a removal that is interrupted leaves a folder that is still ours.
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename() != marker) {
      fs::remove_all(entry.path(), error);
    }
    if (error) {
      break;
    }
  }
  if (!error) {
    fs::remove_all(folder, error);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return failed(folder, "cannot be removed", error.value());
  }
  return {};
}

Checked<void> move(const fs::path& from, const fs::path& to, unsigned how) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), how) != 0) {
    return failed(to, "cannot be replaced", errno);
  }
  return {};
}

/// `fresh` becomes `folder`; returns where the earlier one is now.
Checked<fs::path> put_in_place(const fs::path& fresh, const fs::path& folder,
                               std::string_view marker) {
  if (look_at(folder, marker) != Found::ours) {
    // rename(2) takes the place of an empty folder, and of no other.
    PINHOLE_CHECK(move(fresh, folder, 0));
    return fs::path();
  }
  PINHOLE_CHECK(move(fresh, folder, RENAME_EXCHANGE));
  fs::path old = old_of(folder);
  const bool first = look_at(old, marker) == Found::nothing;
  if (auto kept = move(fresh, old, first ? RENAME_NOREPLACE : RENAME_EXCHANGE); !kept) {
    PINHOLE_CHECK(move(fresh, folder, RENAME_EXCHANGE));
    return tl::unexpected(std::move(kept).error());
  }
  // What cannot be removed now is removed by the next write.
  if (!first) {
    static_cast<void>(take_away(fresh, marker));
  }
  return old;
}

}  // namespace

Checked<void> check_folder(const fs::path& folder, std::string_view marker) {
  return check_plain(plain(folder), marker);
}

Checked<FolderWritten> write_folder(const fs::path& folder, std::string_view marker,
                                    std::span<const FolderFile> files) {
  PINHOLE_CHECK(check_names(files, marker));
  const fs::path target = plain(folder);
  const fs::path fresh = new_of(target);
  PINHOLE_CHECK(check_plain(target, marker));
  auto locked = lock(target.parent_path());
  if (!locked) {
    return tl::unexpected(std::move(locked).error());
  }
  // Another writer may have been here while this one waited.
  PINHOLE_CHECK(check_plain(target, marker));
  PINHOLE_CHECK(take_away(fresh, marker));
  if (mkdir(fresh.c_str(), 0777) != 0) {
    return failed(target, "cannot be made", errno);
  }
  if (auto filled = fill(fresh, marker, files); !filled) {
    static_cast<void>(take_away(fresh, marker));
    return tl::unexpected(std::move(filled).error());
  }
  auto previous = put_in_place(fresh, target, marker);
  if (!previous) {
    static_cast<void>(take_away(fresh, marker));
    return tl::unexpected(std::move(previous).error());
  }
  PINHOLE_CHECK(flush_folder(target.parent_path()));
  const fs::path named = folder.has_filename() ? folder : folder.parent_path();
  return FolderWritten{named, previous->empty() ? fs::path() : old_of(named)};
}

}  // namespace pinhole::store
