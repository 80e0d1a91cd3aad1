// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ways of carrying a change out, one function each: from a change of one server, there or
// back, to the text of a file. Lines end as the system that reads them has it.

#include <string>
#include <string_view>
#include <vector>

#include "plan/apply.hpp"
#include "plan/apply_change.hpp"

namespace pinhole::plan {

/// PowerShell 2.0 and later. Idempotent; -WhatIf and -Confirm work; restarts only with -Restart.
[[nodiscard]] std::string powershell_script(const ServerChange& change);

/// A batch file that calls reg.exe; restarts only with /restart.
[[nodiscard]] std::string batch_file(const ServerChange& change);

/// A playbook for the host of the server's name; restarts only with `-e pinhole_restart=true`.
[[nodiscard]] std::string ansible_playbook(const ServerChange& change);

/// What a .config file is to hold, as a .config file of its own.
[[nodiscard]] std::string app_settings_file(const ServerChange& change);

/// Lines for [global] of smb.conf (smb.conf(5), `rpc server port`).
[[nodiscard]] std::string samba_lines(const ServerChange& change);

/// A file for /etc/sysctl.d (sysctl.d(5)).
[[nodiscard]] std::string sysctl_file(const ServerChange& change);

/// Set the port of DFS Replication, which no registry value does. Source: VAL-DFSR.
[[nodiscard]] std::string dfsr_script(const ServerChange& change);
[[nodiscard]] std::string dfsr_batch_file(const ServerChange& change);

/// The playbooks of all servers, in this order.
[[nodiscard]] std::string ansible_site(const std::vector<std::string>& names);

/// The one file that the list of reserved ports is kept in.
inline constexpr std::string_view kSysctlPath = "/etc/sysctl.d/90-pinhole.conf";

/// False for a name that Ansible takes for a group of hosts: no playbook is written for it.
[[nodiscard]] bool is_ansible_host(std::string_view name);

/// `text` with CR LF.
[[nodiscard]] std::string with_crlf(std::string_view text);

/// For each group of MAPI clients a .reg file and its undo: FixedUDPPort where the topology fixes
/// one, for each Office of Exchange's time, and a binding order without named pipes, to which a
/// client would fall back where a static port is taken. Source: VAL-UDPCLIENT, VAL-BINDORDER.
[[nodiscard]] std::vector<ApplyFile> client_files(const Plan& plan,
                                                  const catalogue::Catalogue& catalogue);

/// For each load balancer the listeners that the flows ask for, for HAProxy: a client stays with
/// one server on all of them.
[[nodiscard]] std::vector<ApplyFile> balancer_files(const Plan& plan,
                                                    const catalogue::Catalogue& catalogue);

/// For each load balancer the same for keepalived and Linux Virtual Server, with the nftables marks
/// that make one service of all ports, and their undo. Source: keepalived.conf(5), ipvsadm(8).
[[nodiscard]] std::vector<ApplyFile> lvs_files(const Plan& plan,
                                               const catalogue::Catalogue& catalogue);

/// Registry.xml of Group Policy Preferences for the servers of Windows Server 2003 and later,
/// filtered to each; empty: there are none.
[[nodiscard]] std::string group_policy_file(const std::vector<ServerChange>& changes);

/// Marks of a class of traffic on what static ports send: on a Linux server by nftables, on
/// Windows Server 2012 by a policy, and both ways on devices of nftables.
[[nodiscard]] std::string nft_marks(const ServerChange& change);
[[nodiscard]] std::string windows_marks(const ServerChange& change);
[[nodiscard]] std::vector<ApplyFile> device_marks(const Plan& plan);

}  // namespace pinhole::plan
