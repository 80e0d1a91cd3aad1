// SPDX-License-Identifier: Apache-2.0
#include "inspect/dump.hpp"

#include <map>

#include <fmt/format.h>

#include "base/address.hpp"
#include "epm/operations.hpp"
#include "epm/snapshot.hpp"
#include "inspect/crew.hpp"
#include "rpc/mgmt.hpp"

namespace pinhole::inspect {
namespace {

namespace asio = boost::asio;
using transport::Client;
using transport::ClientError;

constexpr std::uint32_t kPage = 500;

struct Endpoint {
  std::uint16_t port = 0;
  bool http = false;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

std::optional<Endpoint> endpoint_of(const epm::Tower& tower) {
  const bool http = tower.sequence == epm::ProtocolSequence::ncacn_http;
  if (!http && tower.sequence != epm::ProtocolSequence::ncacn_ip_tcp) {
    return std::nullopt;
  }
  const auto port = parse_decimal(tower.endpoint, 1, 65535);
  return port ? std::optional(Endpoint{static_cast<std::uint16_t>(*port), http}) : std::nullopt;
}

DumpEntry entry_of(const epm::WireEntry& wire) {
  DumpEntry entry;
  entry.object = wire.object;
  entry.annotation = wire.annotation;
  if (wire.tower) {
    if (const auto view = epm::read_tower(*wire.tower)) {
      entry.tower = epm::to_tower(*view);
    }
  }
  return entry;
}

epm::EptLookup::In first_page(const DumpOptions& options) {
  epm::EptLookup::In in;
  in.max_entries = kPage;
  if (options.interface) {
    in.inquiry_type = static_cast<std::uint32_t>(epm::InquiryType::by_interface);
    in.has_interface = true;
    in.interface = options.interface->uuid;
    in.major = options.interface->major;
    in.minor = options.interface->minor;
    in.version_option = static_cast<std::uint32_t>(
        options.any_version ? epm::VersionOption::all : epm::VersionOption::compatible);
  }
  return in;
}

asio::awaitable<transport::ClientResult<void>> page_all(Client& client, const DumpOptions& options,
                                                        std::vector<DumpEntry>& entries) {
  epm::EptLookup::In in = first_page(options);
  while (true) {
    auto out = co_await client.call<epm::EptLookup>(in);
    if (!out) {
      co_return tl::unexpected(std::move(out).error());
    }
    for (const epm::WireEntry& wire : out->entries) {
      entries.push_back(entry_of(wire));
    }
    const bool end = out->handle.is_nil() || out->status != epm::EptStatus::ok;
    if (end || out->entries.empty()) {
      co_return transport::ClientResult<void>{};
    }
    if (entries.size() > options.max_entries) {
      co_return tl::unexpected(
          ClientError{ClientError::Kind::protocol, 0, "the mapper's list does not end"});
    }
    in.handle = out->handle;
  }
}

asio::awaitable<bool> listening(asio::io_context& context, std::string host, Endpoint endpoint,
                                std::chrono::milliseconds timeout) {
  Client client(context, {timeout, timeout});
  transport::Target target{std::move(host), endpoint.port, {}, endpoint.http};
  auto connected = co_await client.connect(std::move(target));
  if (!connected) {
    co_return false;
  }
  auto bound = co_await client.bind(dcerpc::kManagement);
  if (!bound) {
    co_return false;
  }
  const rpc::mgmt::IsServerListening::In nothing;
  auto answer = co_await client.call<rpc::mgmt::IsServerListening>(nothing);
  co_return answer.has_value() && answer->listening != 0;
}

asio::awaitable<void> dump_one(asio::io_context& context, TargetDump& result,
                               const DumpOptions& options) {
  Client client(context, {options.timeout, options.timeout});
  transport::Target mapper{result.target.host, result.target.port, {}, false};
  auto done = co_await client.connect(std::move(mapper));
  if (done) {
    done = co_await client.bind(dcerpc::kEndpointMapper);
  }
  if (done) {
    done = co_await page_all(client, options, result.entries);
  }
  if (!done) {
    result.error = std::move(done).error();
  }
}

/// Every distinct endpoint once, however many entries name it.
class Pings {
 public:
  Pings(std::vector<TargetDump>& dumps, const DumpOptions& options)
      : dumps_(dumps), options_(options), places_(dumps.size()) {
    for (std::size_t i = 0; i < dumps.size(); ++i) {
      for (const DumpEntry& entry : dumps[i].entries) {
        const auto endpoint = endpoint_of(entry.tower);
        if (endpoint && places_[i].try_emplace(*endpoint, tries_.size()).second) {
          tries_.push_back({&dumps[i].target.host, *endpoint, false});
        }
      }
    }
  }

  void run() {
    run_crew(context_, tries_.size(), options_.at_once,
             [this](std::size_t index) { return attempt(index); });
    for (std::size_t i = 0; i < dumps_.size(); ++i) {
      for (DumpEntry& entry : dumps_[i].entries) {
        if (const auto endpoint = endpoint_of(entry.tower)) {
          entry.ping = tries_[places_[i].at(*endpoint)].answer;
        }
      }
    }
  }

 private:
  struct Try {
    const std::string* host = nullptr;
    Endpoint endpoint;
    bool answer = false;
  };

  asio::awaitable<void> attempt(std::size_t index) {
    Try& one = tries_[index];
    const bool answer = co_await listening(context_, *one.host, one.endpoint, options_.timeout);
    one.answer = answer;
  }

  std::vector<TargetDump>& dumps_;
  const DumpOptions& options_;
  asio::io_context context_{1};
  std::vector<Try> tries_;
  std::vector<std::map<Endpoint, std::size_t>> places_;
};

asio::awaitable<transport::ClientResult<epm::EptMap::Out>> ask_map(Client& client,
                                                                   DumpTarget target, Bytes tower) {
  transport::Target mapper{target.host, target.port, {}, false};
  auto done = co_await client.connect(std::move(mapper));
  if (done) {
    done = co_await client.bind(dcerpc::kEndpointMapper);
  }
  if (!done) {
    co_return tl::unexpected(std::move(done).error());
  }
  epm::EptMap::In in;
  in.object = Uuid{};
  in.tower = std::move(tower);
  in.max_towers = 64;
  co_return co_await client.call<epm::EptMap>(std::move(in));
}

}  // namespace

std::vector<TargetDump> dump(const std::vector<DumpTarget>& targets, const DumpOptions& options) {
  std::vector<TargetDump> results;
  results.reserve(targets.size());
  for (const DumpTarget& target : targets) {
    results.push_back({target, {}, {}});
  }
  asio::io_context context(1);
  run_crew(context, results.size(), options.at_once,
           [&](std::size_t index) { return dump_one(context, results[index], options); });
  if (options.ping) {
    Pings(results, options).run();
  }
  return results;
}

MapAnswer map(const DumpTarget& target, const dcerpc::SyntaxId& interface,
              epm::ProtocolSequence sequence, std::chrono::milliseconds timeout) {
  MapAnswer answer;
  epm::Tower wanted;
  wanted.interface = interface;
  wanted.sequence = sequence;
  auto octets = epm::write_tower(wanted);
  if (!octets) {
    answer.error = ClientError{ClientError::Kind::protocol, 0, to_string(octets.error().front())};
    return answer;
  }
  asio::io_context context(1);
  Client client(context, {timeout, timeout});
  auto out = transport::wait(context, ask_map(client, target, std::move(*octets)));
  if (!out) {
    answer.error = std::move(out).error();
    return answer;
  }
  for (const Bytes& tower : out->towers) {
    if (const auto view = epm::read_tower(tower)) {
      answer.towers.push_back(epm::to_tower(*view));
    }
  }
  return answer;
}

Checked<DumpTarget> parse_target(const std::string& text) {
  const auto target = parse_host_port(text);
  if (!target) {
    return failure({"bad-target",
                    Severity::error,
                    {text, 0, 0, {}},
                    "no target",
                    "write HOST, HOST:PORT or [IPv6]:PORT",
                    Exit::usage});
  }
  return DumpTarget{text, target->host, target->port.value_or(135)};
}

std::string binding_of(const epm::Tower& tower, const std::string& host) {
  const auto address = parse_address(tower.address);
  const bool anywhere = tower.address.empty() || (address && address->is_unspecified());
  return fmt::format("{}:{}[{}]", epm::to_string(tower.sequence),
                     tower.sequence == epm::ProtocolSequence::ncalrpc ? ""
                     : anywhere                                       ? host
                                                                      : tower.address,
                     tower.endpoint);
}

}  // namespace pinhole::inspect
