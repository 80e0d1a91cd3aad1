// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "host/system.hpp"

namespace pinhole::host {
namespace {

tl::unexpected<Diagnostics> cannot(const std::string& what, int error, const char* remedy) {
  return failure({"cannot-confine",
                  Severity::error,
                  {what, 0, 0, {}},
                  error == 0 ? "no such user" : std::strerror(error),
                  remedy,
                  Exit::environment});
}

Checked<void> change_user(const std::string& user) {
  errno = 0;
  const passwd* entry = ::getpwnam(user.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (entry == nullptr) {
    return cannot("--user " + user, errno, "name a user of this system");
  }
  if (::setgroups(0, nullptr) != 0 || ::setgid(entry->pw_gid) != 0 ||
      ::setuid(entry->pw_uid) != 0) {
    return cannot("--user " + user, errno, "only root may change to another user");
  }
  die_with_parent();  // the kernel forgets it with a change of user
  return {};
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PINHOLE_SANITIZED 1
#endif
#endif

#ifndef PINHOLE_SANITIZED
constexpr auto kDenied = std::to_array<int>({
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(acct),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(personality),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(open_by_handle_at),
});

Checked<void> filter_system_calls() {
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ALLOW),
                                                                 &seccomp_release);
  if (!filter) {
    return cannot("seccomp", ENOMEM, "");
  }
  for (const int call : kDenied) {
    const int failed = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    if (failed != 0 && failed != -EDOM && failed != -EINVAL) {
      return cannot("seccomp", -failed, "");
    }
  }
  const int failed = seccomp_load(filter.get());
  if (failed != 0) {
    return cannot("seccomp", -failed, "");
  }
  return {};
}
#else
Checked<void> filter_system_calls() {
  return {};
}
#endif

}  // namespace

Checked<void> confine(const std::string& user) {
  if (!user.empty()) {
    PINHOLE_CHECK(change_user(user));
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return cannot("no_new_privs", errno, "");
  }
  return filter_system_calls();
}

}  // namespace pinhole::host
