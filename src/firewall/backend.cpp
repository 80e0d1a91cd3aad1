// SPDX-License-Identifier: Apache-2.0
#include "firewall/backend.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "firewall/asa_print.hpp"
#include "firewall/aws_print.hpp"
#include "firewall/azure_print.hpp"
#include "firewall/firewalld_print.hpp"
#include "firewall/fortios_print.hpp"
#include "firewall/ios_print.hpp"
#include "firewall/iptables_print.hpp"
#include "firewall/junos_print.hpp"
#include "firewall/nft_print.hpp"
#include "firewall/panos_print.hpp"
#include "firewall/pf_print.hpp"
#include "firewall/windows_print.hpp"

namespace pinhole::firewall {
namespace {

using Use = PrintedFile::Use;

Checked<std::vector<PrintedFile>> nftables(const Policy& policy) {
  return print_nft(policy).map([](std::string text) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole.nft", "nft -f pinhole.nft", std::move(text)},
        {Use::undo, "undo.nft", "nft -f undo.nft", print_nft_undo()}};
  });
}

Checked<std::vector<PrintedFile>> iptables(const Policy& policy) {
  std::vector<PrintedFile> files;
  const auto add = [&](Use use, std::string_view name, Checked<IptablesTexts> texts) {
    const std::string stem(name);
    files.push_back(
        {use, stem + ".v4", "iptables-restore --noflush " + stem + ".v4", std::move(texts->v4)});
    files.push_back(
        {use, stem + ".v6", "ip6tables-restore --noflush " + stem + ".v6", std::move(texts->v6)});
  };
  Checked<IptablesTexts> first = print_iptables(policy, Install::first);
  if (!first) {
    return tl::unexpected(std::move(first).error());
  }
  add(Use::apply, "pinhole", std::move(first));
  add(Use::replace, "replace", print_iptables(policy, Install::again));
  add(Use::undo, "undo", print_iptables_undo(policy));
  return files;
}

Checked<std::vector<PrintedFile>> windows_firewall(const Policy& policy) {
  return print_windows(policy).map([](WindowsTexts texts) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole.cmd", "pinhole.cmd", std::move(texts.batch)},
        {Use::instead, "pinhole.ps1", "powershell -ExecutionPolicy Bypass -File pinhole.ps1",
         std::move(texts.powershell)},
        {Use::undo, "undo.cmd", "undo.cmd", std::move(texts.undo)}};
  });
}

Checked<std::vector<PrintedFile>> cisco_asa(const Policy& policy) {
  return print_asa(policy).map([](AsaTexts texts) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole.asa", "copy pinhole.asa running-config", std::move(texts.apply)},
        {Use::undo, "undo.asa", "copy undo.asa running-config", std::move(texts.undo)}};
  });
}

Checked<std::vector<PrintedFile>> cisco_ios(const Policy& policy) {
  return print_ios(policy).map([](IosTexts texts) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole.ios", "copy pinhole.ios running-config", std::move(texts.apply)},
        {Use::undo, "undo.ios", "copy undo.ios running-config", std::move(texts.undo)}};
  });
}

Checked<std::vector<PrintedFile>> pf(const Policy& policy) {
  return print_pf(policy).map([](std::string text) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole.conf", "pfctl -a pinhole -f pinhole.conf", std::move(text)},
        {Use::undo, "undo.sh", "sh undo.sh", print_pf_undo()}};
  });
}

Checked<std::vector<PrintedFile>> junos(const Policy& policy) {
  return print_junos(policy).map([](JunosTexts texts) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole.set", "load set pinhole.set; commit confirmed",
         std::move(texts.apply)},
        {Use::undo, "undo.set", "load set undo.set; commit", std::move(texts.undo)}};
  });
}

Checked<std::vector<PrintedFile>> panos(const Policy& policy) {
  return print_panos(policy).map([](PanosTexts texts) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole.panos",
         "set cli scripting-mode on; configure; paste pinhole.panos; commit",
         std::move(texts.apply)},
        {Use::undo, "undo.panos", "set cli scripting-mode on; configure; paste undo.panos; commit",
         std::move(texts.undo)}};
  });
}

Checked<std::vector<PrintedFile>> fortios(const Policy& policy) {
  return print_fortios(policy).map([](FortiosTexts texts) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole.fortios", "run pinhole.fortios as a configuration script",
         std::move(texts.apply)},
        {Use::undo, "undo.fortios", "run undo.fortios as a configuration script",
         std::move(texts.undo)}};
  });
}

Checked<std::vector<PrintedFile>> azure_nsg(const Policy& policy) {
  constexpr std::string_view kDeploy =
      "az deployment group create --resource-group GROUP --template-file ";
  return print_azure(policy).map([&](AzureTexts texts) {
    return std::vector<PrintedFile>{
        {Use::apply, "pinhole-nsg.json", std::string(kDeploy) + "pinhole-nsg.json",
         std::move(texts.apply)},
        {Use::undo, "undo-nsg.json", std::string(kDeploy) + "undo-nsg.json",
         std::move(texts.undo)}};
  });
}

Checked<std::vector<PrintedFile>> aws_security_groups(const Policy& policy) {
  return print_aws(policy).map([](AwsTexts texts) {
    return std::vector<PrintedFile>{
        // The undo must not end in .tf.json: Terraform reads all of them in a folder.
        {Use::apply, "pinhole.tf.json", "terraform apply  # with pinhole.tf.json in its folder",
         std::move(texts.apply)},
        {Use::undo, "undo-tf.json", "cp undo-tf.json pinhole.tf.json && terraform apply",
         std::move(texts.undo)}};
  });
}

constexpr std::array kBackends = {
    Backend{"nftables", "Linux: a table of its own for nft(8)", nftables},
    Backend{"iptables", "Linux: chains of its own for iptables-restore and ip6tables-restore",
            iptables},
    Backend{"windows-firewall", "Windows: inbound rules of its own, for netsh and for PowerShell",
            windows_firewall},
    Backend{"cisco-asa", "Cisco ASA 9: access lists of its own, bound to the interfaces",
            cisco_asa},
    Backend{"cisco-ios", "Cisco IOS: zones and policies of its own, or access lists without state",
            cisco_ios},
    Backend{"firewalld", "Linux: zones, policies, services and IP sets for /etc/firewalld",
            print_firewalld},
    Backend{"pf", "OpenBSD: an anchor of its own for pfctl", pf},
    Backend{"junos-srx", "Juniper SRX: set commands for zones and policies of its own", junos},
    Backend{"pan-os", "Palo Alto Networks: set commands for zones and rules of its own", panos},
    Backend{"fortios", "Fortinet: a script of policies of its own", fortios},
    Backend{"azure-nsg", "Azure: a network security group of its own, as a template", azure_nsg},
    Backend{"aws-security-groups", "AWS: security groups of its own, as Terraform's JSON",
            aws_security_groups},
};

}  // namespace

std::string one_text(std::span<const PrintedFile> files, PrintedFile::Use use) {
  std::string text;
  for (const PrintedFile& file : files) {
    if (file.use == use) {
      const bool in_folder = file.name.find('/') != std::string::npos;
      text += (in_folder ? "==> " + file.name + " <==\n" : "") + file.text;
    }
  }
  return text;
}

std::span<const Backend> backends() {
  return kBackends;
}

const Backend* find_backend(std::string_view name) {
  const auto found = std::ranges::find(kBackends, name, &Backend::name);
  return found == kBackends.end() ? nullptr : found;
}

}  // namespace pinhole::firewall
