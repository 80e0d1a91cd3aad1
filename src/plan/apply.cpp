// SPDX-License-Identifier: Apache-2.0
#include "plan/apply.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "plan/apply_change.hpp"
#include "plan/apply_ways.hpp"

namespace pinhole::plan {
namespace {

bool is_windows(const ServerChange& change) {
  return change.system != OperatingSystem::linux;
}

/// Windows Server 2003 is the first that PowerShell was made for.
bool takes_powershell(const ServerChange& change) {
  return is_windows(change) && change.system >= OperatingSystem::windows_2003 &&
         (!change.edits.empty() || !change.app_settings.empty());
}

/// Windows 2000 has reg.exe in its Support Tools; that of NT 4 takes other arguments.
bool takes_batch(const ServerChange& change) {
  return is_windows(change) && change.system >= OperatingSystem::windows_2000 &&
         !change.edits.empty();
}

/// Ansible's modules for Windows need PowerShell 3.0, which Windows Server 2003 does not run.
bool takes_ansible(const ServerChange& change) {
  if (!is_ansible_host(change.server)) {
    return false;
  }
  return is_windows(change)
             ? change.system >= OperatingSystem::windows_2008 &&
                   (!change.edits.empty() || !change.app_settings.empty() || change.dfsr)
             : change.reserves || !change.samba.empty();
}

bool takes_app_settings(const ServerChange& change) {
  return !change.app_settings.empty();
}

bool takes_samba(const ServerChange& change) {
  return !change.samba.empty();
}

bool takes_sysctl(const ServerChange& change) {
  return change.reserves;
}

bool takes_dfsr(const ServerChange& change) {
  return is_windows(change) && change.dfsr;
}

bool takes_nft_marks(const ServerChange& change) {
  return !is_windows(change) && !change.ports.empty();
}

bool takes_windows_marks(const ServerChange& change) {
  return change.system == OperatingSystem::windows_2012 && !change.ports.empty();
}

/// One way to carry a change out. Whether it is one for a server is asked of the change there, so
/// that every file has its undo.
struct Way {
  std::string_view folder;
  std::string_view there;
  std::string_view back;
  bool (*takes)(const ServerChange&);
  std::string (*text)(const ServerChange&);
};

constexpr auto kWays = std::to_array<Way>({
    {"", ".ps1", "-undo.ps1", takes_powershell, powershell_script},
    {"", ".cmd", "-undo.cmd", takes_batch, batch_file},
    {"", "-appsettings.config", "-undo-appsettings.config", takes_app_settings, app_settings_file},
    {"", "-smb.conf", "-undo-smb.conf", takes_samba, samba_lines},
    {"", "-sysctl.conf", "-undo-sysctl.conf", takes_sysctl, sysctl_file},
    {"", "-dfsr.ps1", "-undo-dfsr.ps1", takes_dfsr, dfsr_script},
    {"", "-dfsr.cmd", "-undo-dfsr.cmd", takes_dfsr, dfsr_batch_file},
    {"qos/", ".nft", "-undo.nft", takes_nft_marks, nft_marks},
    {"qos/", ".ps1", "-undo.ps1", takes_windows_marks, windows_marks},
    {"ansible/", ".yml", "-undo.yml", takes_ansible, ansible_playbook},
});

void add_files(std::vector<ApplyFile>& files, const ServerChange& there, const ServerChange& back) {
  for (const Way& way : kWays) {
    if (!way.takes(there)) {
      continue;
    }
    const std::string stem = std::string(way.folder) + there.server;
    files.push_back({stem + std::string(way.there), way.text(there)});
    files.push_back({stem + std::string(way.back), way.text(back)});
  }
}

/// Servers with a playbook: those that restart in their order, then the others.
std::vector<std::string> playbooks(const Plan& plan, std::vector<Index> servers) {
  std::ranges::sort(servers, {}, [&](Index server) {
    const auto step = std::ranges::find(plan.restarts, server, &RestartStep::server);
    return std::pair(step - plan.restarts.begin(), server);
  });
  std::vector<std::string> names;
  names.reserve(servers.size());
  for (const Index server : servers) {
    names.push_back(plan.topology.servers[server].name);
  }
  return names;
}

}  // namespace

std::vector<ApplyFile> apply_files(const Plan& plan, std::span<const State> states,
                                   const catalogue::Catalogue& catalogue) {
  std::map<std::string_view, const State*, std::less<>> by_name;
  for (const State& state : states) {
    by_name.emplace(state.name, &state);
  }
  std::vector<ApplyFile> files;
  std::vector<Index> with_playbook;
  std::vector<ServerChange> all_there;
  std::vector<ServerChange> all_back;
  for (Index index = 0; index < plan.topology.servers.size(); ++index) {
    const auto at = by_name.find(plan.topology.servers[index].name);
    const State* state = at == by_name.end() ? nullptr : at->second;
    all_there.push_back(change_of(plan, index, state, catalogue, Direction::there));
    all_back.push_back(change_of(plan, index, state, catalogue, Direction::back));
    add_files(files, all_there.back(), all_back.back());
    if (takes_ansible(all_there.back())) {
      with_playbook.push_back(index);
    }
  }
  if (!with_playbook.empty()) {
    files.push_back({"ansible/all.yml", ansible_site(playbooks(plan, with_playbook))});
  }
  if (std::string policy = group_policy_file(all_there); !policy.empty()) {
    files.push_back({"group-policy/Registry.xml", std::move(policy)});
    files.push_back({"group-policy/Registry-undo.xml", group_policy_file(all_back)});
  }
  for (const auto& more : {client_files(plan, catalogue), balancer_files(plan, catalogue),
                           lvs_files(plan, catalogue), device_marks(plan)}) {
    files.insert(files.end(), more.begin(), more.end());
  }
  return files;
}

std::vector<ApplyFile> apply_files(const Plan& plan, const catalogue::Catalogue& catalogue) {
  return apply_files(plan, {}, catalogue);
}

}  // namespace pinhole::plan
