// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"

namespace pinhole::plan {
namespace {

using registry::Edit;
using registry::Type;
using registry::Value;

constexpr std::string_view kParameters = R"([CmdletBinding(SupportsShouldProcess = $true)]
param(
    [switch]$Restart
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
)";

constexpr std::string_view kSetValue = R"(
function Set-PlannedValue {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$Path, [string]$Name, [string]$Type, $Value)

    $key = Get-Item -LiteralPath $Path -ErrorAction SilentlyContinue
    if ($key -and (@($key.GetValueNames()) -contains $Name)) {
        $kind = [string]$key.GetValueKind($Name)
        $now = $key.GetValue($Name, $null, 'DoNotExpandEnvironmentNames')
        if ($kind -eq $Type -and ((@($now) -join "`0") -ceq (@($Value) -join "`0"))) {
            Write-Output ('unchanged: {0}, {1}' -f $Path, $Name)
            return
        }
        Write-Output ('was: {0}, {1} = {2} ({3})' -f $Path, $Name, (@($now) -join ' '), $kind)
    }
    if ($PSCmdlet.ShouldProcess(('{0}, {1}' -f $Path, $Name), ('Set to {0}' -f (@($Value) -join ' ')))) {
        # New-Item -Force would empty a key that is there.
        if (-not $key) {
            New-Item -Path $Path -Force | Out-Null
        }
        New-ItemProperty -LiteralPath $Path -Name $Name -PropertyType $Type -Value $Value -Force | Out-Null
    }
}
)";

constexpr std::string_view kRemoveValue = R"(
function Remove-PlannedValue {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$Path, [string]$Name)

    $key = Get-Item -LiteralPath $Path -ErrorAction SilentlyContinue
    if (-not $key -or (@($key.GetValueNames()) -notcontains $Name)) {
        Write-Output ('unchanged: {0}, {1}' -f $Path, $Name)
        return
    }
    if ($PSCmdlet.ShouldProcess(('{0}, {1}' -f $Path, $Name), 'Remove the value')) {
        Remove-ItemProperty -LiteralPath $Path -Name $Name -Force
    }
}
)";

constexpr std::string_view kRemoveKey = R"(
function Remove-PlannedKey {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$Path)

    if (-not (Test-Path -LiteralPath $Path)) {
        Write-Output ('unchanged: {0}' -f $Path)
        return
    }
    if ($PSCmdlet.ShouldProcess($Path, 'Remove the key')) {
        Remove-Item -LiteralPath $Path -Recurse -Force
    }
}
)";

constexpr std::string_view kAppSetting = R"(
function Set-PlannedAppSetting {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$File, [string]$Name, $Value)

    $path = Join-Path (Join-Path $env:ExchangeInstallPath 'Bin') $File
    $xml = New-Object System.Xml.XmlDocument
    $xml.PreserveWhitespace = $true
    $xml.Load($path)
    $entries = @($xml.SelectNodes('/configuration/appSettings/add') |
        Where-Object { $_.GetAttribute('key') -eq $Name })
    $wanted = @($Value | Where-Object { $null -ne $_ })
    $now = @($entries | ForEach-Object { $_.GetAttribute('value') })
    if ($now.Count -eq $wanted.Count -and (($now -join "`n") -ceq ($wanted -join "`n"))) {
        Write-Output ('unchanged: {0}, {1}' -f $path, $Name)
        return
    }
    Write-Output ('was: {0}, {1} = {2}' -f $path, $Name, ($now -join ' '))
    if (-not $PSCmdlet.ShouldProcess(('{0}, {1}' -f $path, $Name), ('Set to {0}' -f ($wanted -join ' ')))) {
        return
    }
    Copy-Item -LiteralPath $path -Destination ('{0}.{1}.bak' -f $path, (Get-Date -Format 'yyyyMMdd-HHmmss'))
    foreach ($entry in $entries) {
        [void]$entry.ParentNode.RemoveChild($entry)
    }
    foreach ($text in $wanted) {
        $settings = $xml.SelectSingleNode('/configuration/appSettings')
        if ($null -eq $settings) {
            $settings = $xml.DocumentElement.AppendChild($xml.CreateElement('appSettings'))
        }
        $entry = $xml.CreateElement('add')
        $entry.SetAttribute('key', $Name)
        $entry.SetAttribute('value', $text)
        [void]$settings.AppendChild($entry)
    }
    $xml.Save($path)
}
)";

constexpr std::string_view kRestart = R"(
function Restart-PlannedService {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string[]]$Name)

    # Services that depend on these stop with them, and start again after them.
    $dependent = @(Get-Service -Name $Name | ForEach-Object { $_.DependentServices } |
        Where-Object { $_.Status -eq 'Running' } | ForEach-Object { $_.Name })
    if ($PSCmdlet.ShouldProcess(($Name -join ', '), 'Restart')) {
        Stop-Service -Name $Name -Force
        foreach ($each in @($Name) + $dependent) {
            Start-Service -Name $each
        }
    }
}
)";

std::string number_text(std::uint64_t number, std::uint64_t most) {
  // Above the signed range PowerShell reads only the hexadecimal form into the same bits.
  return number <= most ? fmt::to_string(number) : fmt::format("0x{:x}", number);
}

std::string bytes_text(ByteView bytes) {
  std::vector<std::string> parts;
  for (const std::byte each : bytes) {
    parts.push_back(fmt::format("0x{:02x}", std::to_integer<unsigned>(each)));
  }
  return fmt::format("([byte[]]@({}))", fmt::join(parts, ", "));
}

std::string list_text(const std::vector<std::string>& lines) {
  std::vector<std::string> parts;
  parts.reserve(lines.size());
  for (const std::string& line : lines) {
    parts.push_back(powershell_text(line));
  }
  return fmt::format("([string[]]@({}))", fmt::join(parts, ", "));
}

/// Kind and expression; nothing for a value that no cmdlet writes as it is.
std::optional<std::pair<std::string_view, std::string>> value_text(const Value& value) {
  switch (value.type) {
    case Type::dword:
      if (const auto number = value.dword()) {
        return std::pair("DWord", number_text(*number, 0x7fffffff));
      }
      break;
    case Type::qword:
      if (const auto number = value.qword()) {
        return std::pair("QWord", number_text(*number, 0x7fffffffffffffff));
      }
      break;
    case Type::sz:
    case Type::expand_sz: {
      const bool expands = value.type == Type::expand_sz;
      const auto text = value.type == Type::sz || expands ? value.sz() : std::nullopt;
      if (text && value == (expands ? Value::of_expand_sz(*text) : Value::of_sz(*text))) {
        return std::pair(expands ? "ExpandString" : "String", powershell_text(*text));
      }
      break;
    }
    case Type::multi_sz:
      if (const auto lines = value.multi_sz(); lines && value == Value::of_multi_sz(*lines)) {
        return std::pair("MultiString", list_text(*lines));
      }
      break;
    case Type::binary:
      return std::pair("Binary", bytes_text(value.data));
    default:
      break;
  }
  return std::nullopt;
}

std::string path_text(const Edit& edit) {
  return powershell_text("Registry::" + registry::to_string(edit.path));
}

struct Body {
  std::string text;
  bool sets = false;
  bool removes_value = false;
  bool removes_key = false;
  bool incomplete = false;
};

void add(Body& body, const Edit& edit) {
  switch (edit.kind) {
    case Edit::Kind::make_key:
      return;
    case Edit::Kind::delete_key:
      body.removes_key = true;
      body.text += fmt::format("Remove-PlannedKey -Path {}\n", path_text(edit));
      return;
    case Edit::Kind::delete_value:
      body.removes_value = true;
      body.text += fmt::format("Remove-PlannedValue -Path {} -Name {}\n", path_text(edit),
                               powershell_text(edit.name));
      return;
    case Edit::Kind::set_value:
      break;
  }
  if (const auto value = value_text(edit.value)) {
    body.sets = true;
    body.text +=
        fmt::format("Set-PlannedValue -Path {} -Name {} -Type {} -Value {}\n", path_text(edit),
                    powershell_text(edit.name), value->first, value->second);
    return;
  }
  body.incomplete = true;
  body.text += fmt::format("Write-Warning {}\n",
                           powershell_text(fmt::format(
                               "{}, {}: not a value that a script can write; import the .reg file",
                               registry::to_string(edit.path), edit.name)));
}

std::string restart_text(const ServerChange& change) {
  if (change.restarts_computer) {
    return "if ($Restart) {\n    Restart-Computer -Force\n}\n";
  }
  if (change.services.empty()) {
    return "if ($Restart) {\n    Write-Output 'nothing has to restart'\n}\n";
  }
  std::vector<std::string> names;
  names.reserve(change.services.size());
  for (const std::string& service : change.services) {
    names.push_back(powershell_text(service));
  }
  return fmt::format("if ($Restart) {{\n    Restart-PlannedService -Name {}\n}}\n",
                     fmt::join(names, ", "));
}

std::string heading(const ServerChange& change) {
  const std::string name = comment_text(change.server);
  return change.direction == Direction::there
             ? fmt::format(
                   "# Sets the planned ports of {0}. -WhatIf shows what would be done, -Restart "
                   "restarts\n# what must restart. {0}-undo.ps1 takes it back. As an "
                   "administrator.\n",
                   name)
             : fmt::format(
                   "# Takes back what {0}.ps1 has set. -WhatIf shows what would be done, -Restart "
                   "restarts\n# what must restart. As an administrator.\n",
                   name);
}

}  // namespace

std::string powershell_script(const ServerChange& change) {
  Body body;
  for (const Edit& edit : change.edits) {
    add(body, edit);
  }
  for (const NamedPort& each : change.app_settings) {
    body.text += fmt::format("Set-PlannedAppSetting -File {} -Name {} -Value {}\n",
                             powershell_text(each.file), powershell_text(each.name),
                             each.port ? fmt::format("'{}'", *each.port) : "$null");
  }
  for (const std::string& remark : change.remarks) {
    body.text += fmt::format("Write-Warning {}\n", powershell_text(remark));
  }
  std::string text = heading(change) + std::string(kParameters);
  const auto use = [&](bool used, std::string_view function) {
    text += used ? function : std::string_view();
  };
  use(body.sets, kSetValue);
  use(body.removes_value, kRemoveValue);
  use(body.removes_key, kRemoveKey);
  use(!change.app_settings.empty(), kAppSetting);
  use(!change.restarts_computer && !change.services.empty(), kRestart);
  text += "\n" + body.text + restart_text(change);
  if (body.incomplete) {
    text += "exit 1\n";
  }
  return with_crlf(text);
}

std::string dfsr_script(const ServerChange& change) {
  constexpr std::string_view kHead = R"([CmdletBinding(SupportsShouldProcess = $true)]
param(
    [ValidateRange(0, 65535)]
    [int]$Port = {},
    [switch]$Restart
)
)";
  constexpr std::string_view kAct = R"(
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

if ($PSCmdlet.ShouldProcess($env:COMPUTERNAME, ('Set the RPC port of DFSR to {0}' -f $Port))) {
    if (Get-Command -Name Set-DfsrServiceConfiguration -ErrorAction SilentlyContinue) {
        Set-DfsrServiceConfiguration -ComputerName $env:COMPUTERNAME -RPCPort $Port
    } else {
        & dfsrdiag.exe StaticRPC ('/port:{0}' -f $Port)
        if ($LASTEXITCODE -ne 0) {
            throw ('dfsrdiag ended with {0}' -f $LASTEXITCODE)
        }
    }
}
if ($Restart) {
    Restart-Service -Name 'DFSR'
}
)";
  return with_crlf(fmt::format("# Sets the port of DFS Replication on {}, which no registry value "
                               "does; 0 is a dynamic one.\n"
                               "# -WhatIf says what would be done; -Restart restarts the service. "
                               "As an administrator.\n",
                               comment_text(change.server)) +
                   fmt::format(kHead, change.dfsr.value_or(0)) + std::string(kAct));
}

}  // namespace pinhole::plan
