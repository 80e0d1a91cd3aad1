// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "catalogue/lookup.hpp"
#include "plan/apply_ways.hpp"
#include "plan/registry_files.hpp"
#include "registry/reg_text.hpp"

namespace pinhole::plan {
namespace {

using registry::Edit;
using registry::Value;

constexpr std::string_view kUdpPort = "client-fixed-udp-port";
constexpr std::string_view kBindingOrder = "client-binding-order";

/// Outlook 2003, 2007 and 2010; the catalogue's key is that of the first.
constexpr auto kOffices = std::to_array<std::string_view>({"11.0", "12.0", "14.0"});

// The second is what clients have at first (jeffpar/kbarchive Q163576).
constexpr std::string_view kTcpOnly = "ncalrpc,ncacn_ip_tcp";
constexpr std::string_view kUsualOrder = "ncalrpc,ncacn_ip_tcp,ncacn_spx,ncacn_np,netbios";

struct Edits {
  std::vector<Edit> there;
  std::vector<Edit> back;
};

void add_udp_port(Edits& edits, const catalogue::Setting& setting, std::uint16_t port) {
  const std::string key(setting.key);
  const auto version = key.find(kOffices.front());
  for (const std::string_view office : kOffices) {
    std::string mine = key;
    if (version != std::string::npos) {
      mine.replace(version, kOffices.front().size(), office);
    }
    const auto path = registry::parse_path(mine);
    if (!path) {
      return;
    }
    const std::string name(setting.value);
    edits.there.push_back({Edit::Kind::set_value, *path, name, Value::of_dword(port), 0});
    edits.back.push_back({Edit::Kind::delete_value, *path, name, {}, 0});
  }
}

void add_binding_order(Edits& edits, const catalogue::Setting& setting) {
  if (const auto path = registry::parse_path(setting.key)) {
    const std::string name(setting.value);
    edits.there.push_back({Edit::Kind::set_value, *path, name, Value::of_sz(kTcpOnly), 0});
    edits.back.push_back({Edit::Kind::set_value, *path, name, Value::of_sz(kUsualOrder), 0});
  }
}

void add_file(std::vector<ApplyFile>& files, std::string name, const std::vector<Edit>& edits) {
  // Version 5.00 takes every text, and these are of the catalogue.
  if (const auto bytes = registry::write_reg(edits, registry::RegForm::version5)) {
    files.push_back({std::move(name), std::string(text_of(*bytes))});
  }
}

}  // namespace

std::vector<ApplyFile> client_files(const Plan& plan, const catalogue::Catalogue& catalogue) {
  const auto* udp = catalogue::find_setting_by_id(catalogue, kUdpPort);
  const auto* order = catalogue::find_setting_by_id(catalogue, kBindingOrder);
  std::vector<ApplyFile> files;
  for (const ClientGroup& client : plan.topology.clients) {
    Edits edits;
    if (client.kind != ClientKind::mapi) {
      continue;
    }
    if (udp != nullptr && client.fixed_udp_port) {
      add_udp_port(edits, *udp, *client.fixed_udp_port);
    }
    if (order != nullptr) {
      add_binding_order(edits, *order);
    }
    if (!edits.there.empty()) {
      add_file(files, client.name + ".reg", edits.there);
      add_file(files, client.name + "-undo.reg", edits.back);
    }
  }
  return files;
}

}  // namespace pinhole::plan
