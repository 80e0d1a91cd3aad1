// SPDX-License-Identifier: Apache-2.0
#include "lab/lab.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <span>
#include <utility>

#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "host/control.hpp"
#include "host/planned.hpp"
#include "lab/make.hpp"
#include "lab/spaces.hpp"
#include "lab/stand_ins.hpp"
#include "netfilter/trial_files.hpp"
#include "plan/plan_json.hpp"

namespace pinhole::lab {
namespace {

namespace fs = std::filesystem;

/// What a server has to end in order.
constexpr std::chrono::milliseconds kGrace{5'000};

constexpr const char* kServers = "servers";
constexpr const char* kPlan = "plan.json";

Checked<void> need_root() {
  if (::geteuid() == 0) {
    return {};
  }
  return lab_error("lab-not-root", "lab", "network namespaces are root's to make",
                   "run it as root, or in a user namespace of your own: unshare -rnm");
}

/// The lock on a state folder; it says who has it. Given back at the end.
class Lock {
 public:
  static Checked<Lock> take(const fs::path& folder) {
    const fs::path path = folder / "lock";
    int file = netfilter::take_lock(path, netfilter::Wait::no);
    if (file < 0) {
      const auto holder = netfilter::read_text(path);
      const auto pid = holder ? parse_decimal(*holder, 1, 1U << 30U) : std::nullopt;
      if (!pid || is_alive(static_cast<pid_t>(*pid))) {
        return lab_error("lab-busy", path.string(),
                         holder
                             ? fmt::format("another `pinhole lab` works here: process {}", *holder)
                             : std::string("the lock cannot be had"),
                         holder ? "wait for it, or end it" : "name another folder with --state");
      }
      // It was killed; what it started ends with it, and the lock comes free.
      file = netfilter::take_lock(path, netfilter::Wait::yes);
    }
    const std::string pid = std::to_string(::getpid());
    const bool is_good =
        file >= 0 && ::ftruncate(file, 0) == 0 &&
        ::pwrite(file, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
    if (!is_good) {
      return lab_error("lab-folder", path.string(), std::strerror(errno),
                       "name another folder with --state");
    }
    return Lock(file);
  }
  Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }

  [[nodiscard]] int file() const { return file_; }

 private:
  explicit Lock(int file) : file_(file) {}
  int file_;
};

Checked<void> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return lab_error("lab-folder", folder.string(), error.message(),
                     "name another folder with --state");
  }
  return {};
}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::clients:
      return "clients";
    case Kind::device:
      return "device";
    case Kind::server:
      return "server";
    case Kind::load_balancer:
      break;
  }
  return "load-balancer";
}

/// What runs in a node, for people.
std::string runs_in(const Node& node, const Server* server, const plan::Plan& plan) {
  const plan::Topology& topology = plan.topology;
  std::string text;
  if (node.kind == Kind::clients) {
    for (const plan::ClientGroup& group : topology.clients) {
      if (group.zone == node.index) {
        text += (text.empty() ? "" : ", ") + group.name;
      }
    }
    return text;
  }
  if (node.kind == Kind::device) {
    text = "nftables, the plan's rules";
  } else if (node.kind == Kind::load_balancer) {
    text = "nftables, balancing";
  }
  if (server != nullptr) {
    text += (text.empty() ? "" : "; ") + ("serve, " + server->config.product);
  }
  const PortSet ports = node.server ? stand_in_ports(plan, *node.server) : PortSet();
  if (!ports.empty()) {
    text += (text.empty() ? "" : "; ") + ("stand-ins on " + to_string(ports));
  }
  return text;
}

Record record_of(const plan::Plan& plan, const Layout& layout, const std::vector<Server>& servers,
                 const Request& request) {
  Record record;
  record.name = request.name;
  record.topology = request.topology;
  record.plan = (request.state / kPlan).string();
  record.pid = ::getpid();
  record.since = std::time(nullptr);
  record.dynamic = request.dynamic;
  record.spaces.push_back({layout.wires, "wires", "", {}, {}, "a bridge for each zone", ""});
  for (const Node& node : layout.nodes) {
    const auto at = std::ranges::find(servers, node.space, &Server::space);
    const Server* server = at == servers.end() ? nullptr : &*at;
    Space& space = record.spaces.emplace_back();
    space.space = node.space;
    space.kind = name_of(node.kind);
    space.name = node.name;
    for (const Link& link : node.links) {
      space.zones.push_back(plan.topology.zones[link.zone].name);
      for (const IpAddress& address : link.addresses) {
        space.addresses.push_back(to_string(address));
      }
    }
    space.runs = runs_in(node, server, plan);
    space.state = server == nullptr ? "" : server->config.state;
  }
  return record;
}

std::vector<std::string> names_of(const Record& record) {
  std::vector<std::string> names;
  names.reserve(record.spaces.size());
  for (const Space& each : record.spaces) {
    names.push_back(each.space);
  }
  return names;
}

/// Nobody else's lab, servers or namespaces are where ours would be.
Checked<void> check_free(const Record& record, const fs::path& folder) {
  const auto there = read_record(folder);
  if (!there) {
    return tl::unexpected(there.error());
  }
  if (const auto& record_there = *there) {
    const Record& other = *record_there;
    return lab_error("lab-is-up", folder.string(),
                     fmt::format("lab {} {}, made by process {} at {:%Y-%m-%d %H:%M:%S} UTC",
                                 other.name, other.complete ? "is up" : "was left half made",
                                 other.pid, fmt::gmtime(static_cast<std::time_t>(other.since))),
                     "`pinhole lab down` takes it away");
  }
  std::error_code error;
  if (fs::exists(folder / kServers, error)) {
    return lab_error("lab-folder", (folder / kServers).string(), "it is there, and of no lab",
                     "name another folder with --state");
  }
  for (const Space& each : record.spaces) {
    if (space_exists(each.space)) {
      return lab_error("lab-namespace", each.space, "there is such a namespace, and of no lab",
                       "choose another name for the lab with --name");
    }
  }
  return {};
}

/// All that a record names, and the record last.
Checked<void> take_away(const Record& record, const fs::path& folder) {
  const std::vector<std::string> names = names_of(record);
  PINHOLE_CHECK(end_processes(names, kGrace));
  for (const std::string& name : names) {
    PINHOLE_CHECK(remove_space(name));
  }
  std::error_code error;
  fs::remove_all(folder / kServers, error);
  for (const fs::path& path : {folder / kPlan, record_path(folder)}) {
    if (!error) {
      fs::remove(path, error);
    }
  }
  if (error) {
    return lab_error("lab-folder", folder.string(), error.message(), "run as root");
  }
  return {};
}

Checked<void> make(const plan::Plan& plan, const catalogue::Catalogue& catalogue,
                   const Layout& layout, const std::vector<std::string>& rules,
                   const std::vector<Server>& servers, const Request& request, int lock) {
  PINHOLE_CHECK(netfilter::write_text(request.state / kPlan, plan::write_plan(plan, catalogue)));
  PINHOLE_CHECK(make_network(plan, layout, rules, lock));
  PINHOLE_CHECK(start_servers(plan, servers, catalogue, request.dynamic, lock));
  for (const Node& node : layout.nodes) {
    if (node.server) {
      PINHOLE_CHECK(start_stand_ins(node, stand_in_ports(plan, *node.server), lock));
    }
  }
  return {};
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

Checked<Record> up(const plan::Plan& plan, const catalogue::Catalogue& catalogue,
                   const Request& request) {
  if (!is_name(request.name)) {
    return lab_error("bad-argument", "--name " + request.name, "this is no name of a lab",
                     "write up to 32 of a-z, 0-9 and hyphens", Exit::usage);
  }
  PINHOLE_CHECK(need_root());
  const auto layout = make_layout(plan.topology, request.name);
  PINHOLE_CHECK(layout);
  const auto rules = rules_of(plan, *layout, catalogue);
  PINHOLE_CHECK(rules);
  const auto servers = servers_of(plan, *layout, request.state / kServers, request.data, catalogue);
  PINHOLE_CHECK(servers);
  PINHOLE_CHECK(make_folder(request.state));
  const auto lock = Lock::take(request.state);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  Record record = record_of(plan, *layout, *servers, request);
  PINHOLE_CHECK(check_free(record, request.state));
  PINHOLE_CHECK(write_record(request.state, record));
  const auto made = make(plan, catalogue, *layout, *rules, *servers, request, lock->file());
  if (!made) {
    Diagnostics errors = made.error();
    if (const auto gone = take_away(record, request.state); !gone) {
      errors.insert(errors.end(), gone.error().begin(), gone.error().end());
    }
    return tl::unexpected(std::move(errors));
  }
  record.complete = true;
  PINHOLE_CHECK(write_record(request.state, record));
  return record;
}

Checked<bool> down(const fs::path& state) {
  PINHOLE_CHECK(need_root());
  std::error_code error;
  if (!fs::exists(state, error)) {
    return false;
  }
  const auto lock = Lock::take(state);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  const auto record = read_record(state);
  PINHOLE_CHECK(record);
  const auto& known = *record;
  if (!known) {
    return false;
  }
  PINHOLE_CHECK(take_away(*known, state));
  return true;
}

Checked<std::optional<Seen>> look(const fs::path& state) {
  auto record = read_record(state);
  PINHOLE_CHECK(record);
  auto& known = *record;
  if (!known) {
    return std::optional<Seen>();
  }
  Seen seen{*std::move(known), {}};
  for (const Space& each : seen.record.spaces) {
    Standing standing = space_exists(each.space) ? Standing::up : Standing::gone;
    if (standing == Standing::up && !each.state.empty() &&
        !host::ask_supervisor(each.state, {{"command", "list"}})) {
      standing = Standing::silent;
    }
    seen.standings.push_back(standing);
  }
  return std::optional(std::move(seen));
}

Checked<std::vector<std::string>> apply(const fs::path& state, const plan::Plan& plan,
                                        const catalogue::Catalogue& catalogue) {
  PINHOLE_CHECK(need_root());
  const auto there = read_record(state);
  PINHOLE_CHECK(there);
  const auto& known = *there;
  if (!known || !known->complete) {
    return lab_error("lab-none", state.string(), "there is no whole lab",
                     "`pinhole lab up --dynamic` makes one");
  }
  Record record = *known;
  const auto lock = Lock::take(state);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  const auto layout = make_layout(plan.topology, record.name);
  PINHOLE_CHECK(layout);
  const auto servers = servers_of(plan, *layout, state / kServers, "", catalogue);
  PINHOLE_CHECK(servers);
  for (const Server& server : *servers) {
    PINHOLE_CHECK(host::apply_plan(server.config, plan, server.server, catalogue));
  }
  std::vector<std::string> restarted;
  for (const plan::RestartStep& step : plan.restarts) {
    const auto at = std::ranges::find(*servers, step.server, &Server::server);
    if (at != servers->end()) {
      PINHOLE_CHECK(
          host::ask_supervisor(at->config.state, {{"command", "restart"}, {"computer", true}}));
      restarted.push_back(plan.topology.servers[step.server].name);
    }
  }
  record.dynamic = false;
  PINHOLE_CHECK(write_record(state, record));
  return restarted;
}

Checked<void> execute(const fs::path& state, std::string_view name,
                      std::vector<std::string> command) {
  const auto record = read_record(state);
  PINHOLE_CHECK(record);
  const auto& known = *record;
  if (!known) {
    return lab_error("lab-none", state.string(), "there is no lab", "`pinhole lab up` makes one");
  }
  const auto& spaces = known->spaces;
  auto at = std::ranges::find(spaces, name, &Space::space);
  if (at == spaces.end()) {
    at = std::ranges::find(spaces, name, &Space::name);
  }
  if (at == spaces.end()) {
    return lab_error("bad-argument", std::string(name), "the lab has no such namespace",
                     fmt::format("it has {}", fmt::join(names_of(*known), ", ")), Exit::usage);
  }
  const auto inside = Inside::enter(at->space);
  if (!inside) {
    return tl::unexpected(inside.error());
  }
  std::vector<char*> words;
  words.reserve(command.size());
  for (std::string& each : command) {
    words.push_back(each.data());
  }
  words.push_back(nullptr);
  ::execvp(words.front(), words.data());
  return lab_error("lab-command", command.front(), std::strerror(errno), "name a program to run");
}

}  // namespace pinhole::lab
