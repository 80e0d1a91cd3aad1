// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/planned.hpp"
#include "host/serve.hpp"
#include "lab/make.hpp"
#include "lab/spaces.hpp"

namespace pinhole::lab {
namespace {

/// A process that starts a server, and what it says of a failure.
struct Starter {
  const Server* server = nullptr;
  pid_t pid = -1;
  int words = -1;
};

Checked<void> prepare(const plan::Plan& plan, const Server& server,
                      const catalogue::Catalogue& catalogue, bool dynamic) {
  if (!dynamic) {
    return host::apply_plan(server.config, plan, server.server, catalogue);
  }
  std::error_code error;
  std::filesystem::create_directories(server.config.config_dir, error);
  if (error) {
    return lab_error("lab-folder", server.config.config_dir, error.message(),
                     "see that the disk has room");
  }
  return {};
}

/// The work of a starter. It dies with its parent; the server that it leaves behind is in the
/// namespace, where `down` finds it.
Checked<Exit> serve_in(const plan::Plan& plan, const Server& server,
                       const catalogue::Catalogue& catalogue, bool dynamic, int lock) {
  const auto inside = Inside::enter(server.space);
  if (!inside) {
    return tl::unexpected(inside.error());
  }
  ::close(lock);
  host::ServeConfig config = server.config;
  config.listen = host::all_addresses();
  return host::serve(config, host::Presence::background,
                     [&] { return prepare(plan, server, catalogue, dynamic); });
}

void tell(int words, const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& each : diagnostics) {
    text += (text.empty() ? "" : "; ") + to_string(each);
  }
  // Who does not hear it says that there was a failure all the same.
  static_cast<void>(::write(words, text.data(), text.size()));
}

Starter start(const plan::Plan& plan, const Server& server, const catalogue::Catalogue& catalogue,
              bool dynamic, int lock) {
  Starter starter{&server, -1, ::memfd_create("words", MFD_CLOEXEC)};
  const pid_t parent = ::getpid();
  starter.pid = ::fork();
  if (starter.pid != 0) {
    return starter;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(static_cast<int>(Exit::environment));
  }
  auto exit = Exit::bug;
  try {
    const auto served = serve_in(plan, server, catalogue, dynamic, lock);
    exit = served ? *served : served.error().front().exit;
    if (!served) {
      tell(starter.words, served.error());
    }
  } catch (const std::exception& error) {
    tell(starter.words, {{"bug", Severity::error, {}, error.what(), "", Exit::bug}});
  }
  ::_exit(static_cast<int>(exit));
}

/// Nothing where the server is ready; else what the starter said.
std::optional<Diagnostic> finish(const Starter& starter) {
  int status = -1;
  while (starter.pid > 0 && ::waitpid(starter.pid, &status, 0) < 0 && errno == EINTR) {
  }
  std::string words(4096, '\0');
  const ssize_t n = ::pread(starter.words, words.data(), words.size(), 0);
  words.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  ::close(starter.words);
  const bool is_ended = starter.pid > 0 && WIFEXITED(status);
  if (is_ended && WEXITSTATUS(status) == 0) {
    return std::nullopt;
  }
  return Diagnostic{"lab-serve",
                    Severity::error,
                    {starter.server->space, 0, 0, {}},
                    "the server does not start: " + (words.empty() ? "it was killed" : words),
                    "",
                    is_ended ? static_cast<Exit>(WEXITSTATUS(status)) : Exit::environment};
}

}  // namespace

Checked<std::vector<Server>> servers_of(const plan::Plan& plan, const Layout& layout,
                                        const std::filesystem::path& folder,
                                        const std::string& data,
                                        const catalogue::Catalogue& catalogue) {
  std::vector<Server> servers;
  for (const Node& node : layout.nodes) {
    if (!node.server || plan.topology.servers[*node.server].product.empty()) {
      continue;
    }
    // The namespace's name is a file's name whatever the topology calls the server.
    const auto state = host::state_folder((folder / node.space).string());
    if (!state) {
      return tl::unexpected(state.error());
    }
    host::ServeConfig config;
    config.state = *state;
    config.data = data;
    auto planned = host::planned_config(std::move(config), plan, *node.server, catalogue);
    if (!planned) {
      return tl::unexpected(std::move(planned).error());
    }
    servers.push_back({node.space, *node.server, *std::move(planned)});
  }
  return servers;
}

Checked<void> start_servers(const plan::Plan& plan, const std::vector<Server>& servers,
                            const catalogue::Catalogue& catalogue, bool dynamic, int lock) {
  std::vector<Starter> starters;
  starters.reserve(servers.size());
  for (const Server& server : servers) {
    starters.push_back(start(plan, server, catalogue, dynamic, lock));
  }
  Diagnostics failures;
  for (const Starter& starter : starters) {
    if (auto failed = finish(starter)) {
      failures.push_back(*std::move(failed));
    }
  }
  if (!failures.empty()) {
    return tl::unexpected(std::move(failures));
  }
  return {};
}

}  // namespace pinhole::lab
