// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"
#include "registry/text.hpp"

namespace pinhole::plan {
namespace {

using registry::Edit;
using registry::Type;
using registry::Value;

struct Root {
  std::string_view name;
  std::string_view drive;
};

constexpr auto kRoots = std::to_array<Root>({{"HKEY_CLASSES_ROOT", "HKCR:"},
                                             {"HKEY_CURRENT_CONFIG", "HKCC:"},
                                             {"HKEY_CURRENT_USER", "HKCU:"},
                                             {"HKEY_LOCAL_MACHINE", "HKLM:"},
                                             {"HKEY_USERS", "HKU:"}});

/// The path as win_regedit takes it.
std::string drive_path(const registry::Path& path) {
  std::string text = registry::to_string(path);
  for (const Root& root : kRoots) {
    if (!path.parts.empty() && path.parts.front() == root.name) {
      return std::string(root.drive) + text.substr(root.name.size());
    }
  }
  return text;
}

std::string hex_text(ByteView bytes) {
  std::vector<std::string> parts;
  for (const std::byte each : bytes) {
    parts.push_back(fmt::format("{:02x}", std::to_integer<unsigned>(each)));
  }
  return fmt::format("hex:{}", fmt::join(parts, ","));
}

std::string list_text(const std::vector<std::string>& lines) {
  std::vector<std::string> parts;
  parts.reserve(lines.size());
  for (const std::string& line : lines) {
    parts.push_back(yaml_text(line));
  }
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

/// win_regedit's type and YAML for data; nothing for a value that it does not write as it is.
std::optional<std::pair<std::string_view, std::string>> value_text(const Value& value) {
  switch (value.type) {
    case Type::dword:
      if (const auto number = value.dword()) {
        return std::pair("dword", fmt::to_string(*number));
      }
      break;
    case Type::qword:
      if (const auto number = value.qword()) {
        return std::pair("qword", fmt::to_string(*number));
      }
      break;
    case Type::sz:
      if (const auto text = value.sz(); text && value == Value::of_sz(*text)) {
        return std::pair("string", yaml_text(*text));
      }
      break;
    case Type::expand_sz:
      if (const auto text = value.sz(); text && value == Value::of_expand_sz(*text)) {
        return std::pair("expandstring", yaml_text(*text));
      }
      break;
    case Type::multi_sz:
      if (const auto lines = value.multi_sz(); lines && value == Value::of_multi_sz(*lines)) {
        return std::pair("multistring", list_text(*lines));
      }
      break;
    case Type::binary:
      return std::pair("binary", yaml_text(hex_text(value.data)));
    default:
      break;
  }
  return std::nullopt;
}

std::string task(std::string_view name, std::string_view module, std::string_view arguments) {
  return fmt::format("    - name: {}\n      {}:\n{}", yaml_text(name), module, arguments);
}

std::string registry_task(const Edit& edit) {
  const std::string title = fmt::format("{}, {}", registry::to_string(edit.path), edit.name);
  std::string arguments = fmt::format("        path: {}\n", yaml_text(drive_path(edit.path)));
  switch (edit.kind) {
    case Edit::Kind::make_key:
      return task(registry::to_string(edit.path), "ansible.windows.win_regedit", arguments);
    case Edit::Kind::delete_key:
      return task(registry::to_string(edit.path), "ansible.windows.win_regedit",
                  arguments + "        state: absent\n        delete_key: true\n");
    case Edit::Kind::delete_value:
      return task(title, "ansible.windows.win_regedit",
                  arguments + fmt::format("        name: {}\n        state: absent\n",
                                          yaml_text(edit.name)));
    case Edit::Kind::set_value:
      break;
  }
  if (const auto value = value_text(edit.value)) {
    return task(title, "ansible.windows.win_regedit",
                arguments + fmt::format("        name: {}\n        type: {}\n        data: {}\n",
                                        yaml_text(edit.name), value->first, value->second));
  }
  return task(title, "ansible.builtin.fail",
              fmt::format("        msg: {}\n",
                          yaml_text("not a value that this module writes; import the .reg file")));
}

std::string script_task(const ServerChange& change) {
  // The script edits the XML and keeps a copy; there is no module that does.
  const std::string script =
      fmt::format("../{}{}.ps1", change.server, change.direction == Direction::back ? "-undo" : "");
  return task(".config files", "ansible.builtin.script",
              fmt::format("        cmd: {}\n", yaml_text("\"" + script + "\"")));
}

std::string dfsr_task(const ServerChange& change) {
  const std::string script = fmt::format("../{}{}-dfsr.ps1", change.server,
                                         change.direction == Direction::back ? "-undo" : "");
  return task("port of DFS Replication", "ansible.builtin.script",
              fmt::format("        cmd: {}\n", yaml_text("\"" + script + "\"")));
}

/// A pattern for the parameter's line, however it is spaced and whatever the case.
std::string line_pattern(std::string_view name) {
  std::string pattern = R"((?i)^\s*)";
  for (const char c : name) {
    pattern += c == ' ' ? std::string(R"(\s*)") : std::string(1, c);
  }
  return pattern + R"(\s*=)";
}

std::string samba_task(const NamedPort& each) {
  std::string arguments =
      fmt::format("        path: /etc/samba/smb.conf\n        regexp: {}\n        backup: true\n",
                  yaml_text(line_pattern(each.name)));
  arguments += each.port ? fmt::format("        line: {}\n        insertafter: {}\n",
                                       yaml_text(fmt::format("  {} = {}", each.name, *each.port)),
                                       yaml_text(R"((?i)^\s*\[\s*global\s*\])"))
                         : std::string("        state: absent\n");
  return task("smb.conf, " + each.name, "ansible.builtin.lineinfile", arguments);
}

std::string reserved_tasks(const ServerChange& change) {
  const std::string arguments = fmt::format(
      "        name: net.ipv4.ip_local_reserved_ports\n        sysctl_file: {}\n", kSysctlPath);
  if (change.direction == Direction::there) {
    return task("ports that are not given to outgoing connections", "ansible.posix.sysctl",
                arguments + fmt::format("        value: {}\n        sysctl_set: true\n",
                                        yaml_text(to_string(change.reserved))));
  }
  return task("no reserved ports after the next start", "ansible.posix.sysctl",
              arguments + "        state: absent\n") +
         task("no reserved ports now", "ansible.builtin.command",
              "        cmd: sysctl -w net.ipv4.ip_local_reserved_ports=\n");
}

constexpr std::string_view kWhen = "      when: pinhole_restart | default(false) | bool\n";

std::string restart_tasks(const ServerChange& change) {
  std::string text;
  if (change.system == OperatingSystem::linux) {
    if (!change.samba.empty() && !change.services.empty()) {
      text = task("restart Samba", "ansible.builtin.service",
                  "        name: \"{{ pinhole_samba_service | default('samba-ad-dc') }}\"\n"
                  "        state: restarted\n") +
             std::string(kWhen);
    }
    return text;
  }
  if (change.restarts_computer) {
    return task("restart the computer", "ansible.windows.win_reboot",
                "        msg: static ports\n") +
           std::string(kWhen);
  }
  for (const std::string& service : change.services) {
    text += task("restart " + service, "ansible.windows.win_service",
                 fmt::format("        name: {}\n        state: restarted\n"
                             "        force_dependent_services: true\n",
                             yaml_text(service))) +
            std::string(kWhen);
  }
  return text;
}

}  // namespace

bool is_ansible_host(std::string_view name) {
  return !registry::same_name(name, "all") && !registry::same_name(name, "ungrouped");
}

std::string ansible_playbook(const ServerChange& change) {
  const bool there = change.direction == Direction::there;
  std::string text = fmt::format(
      "---\n# {}\n# Restarts only with: -e pinhole_restart=true\n",
      there ? fmt::format("Sets the planned ports of {0}; {0}-undo.yml takes it back.",
                          comment_text(change.server))
            : fmt::format("Takes back what {}.yml has set.", comment_text(change.server)));
  for (const std::string& remark : change.remarks) {
    text += fmt::format("# {}\n", comment_text(remark));
  }
  text += fmt::format(
      "- name: {}\n  hosts: {}\n  gather_facts: false\n",
      yaml_text((there ? "static ports of " : "ports as they were on ") + change.server),
      yaml_text(change.server));
  std::string tasks;
  for (const Edit& edit : change.edits) {
    // On Linux the values are those of a registry file, which `pinhole registry import` writes.
    tasks += change.system == OperatingSystem::linux ? std::string() : registry_task(edit);
  }
  if (!change.app_settings.empty()) {
    tasks += script_task(change);
  }
  tasks += change.dfsr ? dfsr_task(change) : std::string();
  for (const NamedPort& each : change.samba) {
    tasks += samba_task(each);
  }
  tasks += change.reserves ? reserved_tasks(change) : std::string();
  tasks += tasks.empty() ? std::string() : restart_tasks(change);
  return text + (tasks.empty() ? "  tasks: []\n" : "  tasks:\n" + tasks);
}

std::string ansible_site(const std::vector<std::string>& names) {
  std::string text =
      "---\n# All servers that Ansible can change, in the order in which they restart.\n"
      "# Restarts only with: -e pinhole_restart=true\n";
  for (const std::string& name : names) {
    text += fmt::format("- name: {}\n  ansible.builtin.import_playbook: {}\n", yaml_text(name),
                        yaml_text(name + ".yml"));
  }
  return text;
}

}  // namespace pinhole::plan
