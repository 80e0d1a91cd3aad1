// SPDX-License-Identifier: Apache-2.0
#include "store/hive.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <hivex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace pinhole::store {
namespace {

using registry::Key;
using registry::Type;
using registry::Value;

struct CloseHive {
  void operator()(hive_h* hive) const { hivex_close(hive); }
};
struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};
template <class T>
using FromMalloc = std::unique_ptr<T, FreeMemory>;

std::string system_text(int error) {
  return std::generic_category().message(error);
}

tl::unexpected<Diagnostics> refused(std::string_view name, std::string what) {
  return failure({"hive-unreadable",
                  Severity::error,
                  {std::string(name), 0, 0, {}},
                  fmt::format("{}: {}", what, system_text(errno)),
                  "",
                  Exit::usage});
}

// hivex knows files only; this one has no name and no place on a disk.
class MemoryFile {
 public:
  explicit MemoryFile(ByteView bytes) : fd_(memfd_create("hive", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !bytes.empty()) {
      const ssize_t written = write(fd_, bytes.data(), bytes.size());
      if (written <= 0) {
        close(fd_);
        fd_ = -1;
        break;
      }
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }

  [[nodiscard]] bool good() const { return fd_ >= 0; }
  [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }

  [[nodiscard]] std::optional<Bytes> content() const {
    struct stat status{};
    if (fstat(fd_, &status) != 0) {
      return std::nullopt;
    }
    Bytes bytes(static_cast<std::size_t>(status.st_size));
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got =
          pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      if (got <= 0) {
        return std::nullopt;
      }
      done += static_cast<std::size_t>(got);
    }
    return bytes;
  }

 private:
  int fd_;
};

using HivePtr = std::unique_ptr<hive_h, CloseHive>;

// Hives hold types that hivex' enumeration has no value for: only their bytes may be copied.
Type type_of(const hive_type& type) {
  static_assert(sizeof(hive_type) == sizeof(Type));
  Type number{};
  std::memcpy(&number, &type, sizeof(number));
  return number;
}

class Reading {
 public:
  Reading(hive_h* hive, std::string_view name) : hive_(hive), name_(name) {}

  Checked<void> read(hive_node_h node, Key& key) {
    PINHOLE_CHECK(read_values(node, key));
    const FromMalloc<hive_node_h> children(hivex_node_children(hive_, node));
    if (!children) {
      return refused(name_, "the subkeys of a key cannot be read");
    }
    for (const hive_node_h* child = children.get(); *child != 0; ++child) {
      const FromMalloc<char> child_name(hivex_node_name(hive_, *child));
      if (!child_name) {
        return refused(name_, "the name of a key cannot be read");
      }
      const auto [place, added] = key.keys.try_emplace(child_name.get());
      if (!added) {
        return twice("key", child_name.get());
      }
      PINHOLE_CHECK(read(*child, place->second));
    }
    return {};
  }

 private:
  [[nodiscard]] tl::unexpected<Diagnostics> twice(std::string_view what,
                                                  std::string_view which) const {
    return failure({"hive-broken",
                    Severity::error,
                    {std::string(name_), 0, 0, {}},
                    fmt::format("two {}s of one key are called `{}`", what, which),
                    "restore it from a backup",
                    Exit::usage});
  }

  Checked<void> read_values(hive_node_h node, Key& key) {
    const FromMalloc<hive_value_h> values(hivex_node_values(hive_, node));
    if (!values) {
      return refused(name_, "the values of a key cannot be read");
    }
    for (const hive_value_h* value = values.get(); *value != 0; ++value) {
      const FromMalloc<char> value_name(hivex_value_key(hive_, *value));
      hive_type type = hive_t_none;
      std::size_t size = 0;
      const FromMalloc<char> data(hivex_value_value(hive_, *value, &type, &size));
      if (!value_name || !data) {
        return refused(name_, "a value cannot be read");
      }
      const ByteView bytes = bytes_of({data.get(), size});
      const auto [place, added] =
          key.values.try_emplace(value_name.get(), Value{type_of(type), to_bytes(bytes)});
      if (!added) {
        return twice("value", value_name.get());
      }
    }
    return {};
  }

  hive_h* hive_;
  std::string_view name_;
};

class Writing {
 public:
  Writing(hive_h* hive, std::string_view name, std::uint32_t minor)
      : hive_(hive), name_(name), minor_(minor) {}

  Checked<void> change(hive_node_h node, const Key& before, const Key& after) {
    if (before.values.size() != after.values.size() || !same_values(before, after)) {
      PINHOLE_CHECK(set_values(node, after));
    }
    for (const auto& [name, key] : before.keys) {
      if (after.find_key(name) == nullptr &&
          hivex_node_delete_child(hive_, child(node, name)) != 0) {
        return refused(name_, "a key cannot be deleted");
      }
    }
    static const Key nothing;
    for (const auto& [name, key] : after.keys) {
      const Key* old = before.find_key(name);
      if (old != nullptr && *old == key) {
        continue;
      }
      const hive_node_h below =
          old != nullptr ? child(node, name) : hivex_node_add_child(hive_, node, name.c_str());
      if (below == 0) {
        return refused(name_, fmt::format("the key `{}` cannot be made", name));
      }
      PINHOLE_CHECK(change(below, old != nullptr ? *old : nothing, key));
    }
    return {};
  }

 private:
  static bool same_values(const Key& before, const Key& after) {
    for (const auto& [name, value] : after.values) {
      const Value* old = before.find_value(name);
      if (old == nullptr || *old != value) {
        return false;
      }
    }
    return true;
  }

  // hivex compares names by the C locale, we as the registry does.
  hive_node_h child(hive_node_h node, std::string_view name) {
    const FromMalloc<hive_node_h> children(hivex_node_children(hive_, node));
    for (const hive_node_h* it = children.get(); it != nullptr && *it != 0; ++it) {
      const FromMalloc<char> child_name(hivex_node_name(hive_, *it));
      if (child_name && registry::same_name(child_name.get(), name)) {
        return *it;
      }
    }
    return 0;
  }

  Checked<void> set_values(hive_node_h node, const Key& after) {
    std::vector<std::pair<std::string, std::string>> texts;
    std::vector<hive_set_value> values;
    texts.reserve(after.values.size());
    for (const auto& [name, value] : after.values) {
      if (minor_ >= 4 && value.data.size() > registry::kMaxPlainData) {
        errno = EFBIG;
        return refused(name_, fmt::format("the value `{}` is longer than {} bytes", name,
                                          registry::kMaxPlainData));
      }
      auto& [text, data] = texts.emplace_back(name, std::string(text_of(value.data)));
      hive_set_value& entry = values.emplace_back();
      entry.key = text.data();
      std::memcpy(&entry.t, &value.type, sizeof(entry.t));
      entry.len = data.size();
      entry.value = data.data();
    }
    if (hivex_node_set_values(hive_, node, values.size(), values.data(), 0) != 0) {
      return refused(name_, "the values of a key cannot be set");
    }
    return {};
  }

  hive_h* hive_;
  std::string_view name_;
  std::uint32_t minor_;
};

}  // namespace

Checked<Hive> read_hive(ByteView file, std::string_view name) {
  auto facts = registry::check_hive(file, name);
  if (!facts) {
    return tl::unexpected(std::move(facts).error());
  }
  const MemoryFile memory(file);
  const HivePtr hive(memory.good() ? hivex_open(memory.path().c_str(), 0) : nullptr);
  if (!hive) {
    return refused(name, "the hive cannot be opened");
  }
  Hive result{{}, *facts};
  PINHOLE_CHECK(Reading(hive.get(), name).read(hivex_root(hive.get()), result.root));
  return result;
}

Checked<Bytes> change_hive(ByteView file, const Key& after, std::string_view name) {
  const auto before = read_hive(file, name);
  if (!before) {
    return tl::unexpected(before.error());
  }
  const MemoryFile memory(file);
  const HivePtr hive(memory.good() ? hivex_open(memory.path().c_str(), HIVEX_OPEN_WRITE) : nullptr);
  if (!hive) {
    return refused(name, "the hive cannot be opened");
  }
  PINHOLE_CHECK(Writing(hive.get(), name, before->facts.minor_version)
                    .change(hivex_root(hive.get()), before->root, after));
  if (hivex_commit(hive.get(), nullptr, 0) != 0) {
    return refused(name, "the hive cannot be written");
  }
  auto bytes = memory.content();
  if (!bytes) {
    return refused(name, "the changed hive cannot be read");
  }
  const auto result = read_hive(*bytes, name);
  if (!result || result->root != after) {
    return failure({"hive-change-failed",
                    Severity::error,
                    {std::string(name), 0, 0, {}},
                    "the changed hive does not read back as it should",
                    "nothing was written; " + (result ? "" : to_string(result.error().front())),
                    Exit::bug});
  }
  return *std::move(bytes);
}

}  // namespace pinhole::store
