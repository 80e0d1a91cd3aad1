// SPDX-License-Identifier: Apache-2.0
#include "host/registration.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "transport/client.hpp"

namespace pinhole::host {
namespace {

namespace asio = boost::asio;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kFirstDelay{100};
constexpr std::chrono::milliseconds kLastDelay{5000};

}  // namespace

struct Registration::State : std::enable_shared_from_this<State> {
  State(asio::io_context& in, std::string path, std::vector<epm::WireEntry> all, Told tell)
      : context(in),
        socket(std::move(path)),
        entries(std::move(all)),
        told(std::move(tell)),
        timer(in) {}

  asio::io_context& context;
  const std::string socket;
  const std::vector<epm::WireEntry> entries;
  const Told told;
  asio::steady_timer timer;
  std::unique_ptr<transport::Client> client;
  bool stopping = false;

  /// Empty: the entries are in the map.
  asio::awaitable<std::string> insert() {
    transport::Target target;
    target.path = socket;
    auto connected = co_await client->connect(std::move(target));
    if (!connected) {
      co_return connected.error().text;
    }
    auto bound = co_await client->bind(dcerpc::kEndpointMapper);
    if (!bound) {
      co_return bound.error().text;
    }
    epm::EptInsert::In in;
    in.entries = entries;
    auto inserted = co_await client->call<epm::EptInsert>(std::move(in));
    if (!inserted) {
      co_return inserted.error().text;
    }
    co_return inserted->status == epm::EptStatus::ok
        ? std::string()
        : fmt::format("the endpoint mapper answers {}", to_string(inserted->status));
  }

  asio::awaitable<void> run(std::shared_ptr<State> self) {
    auto delay = kFirstDelay;
    while (!stopping) {
      client = std::make_unique<transport::Client>(context, transport::ClientSettings{});
      auto why = co_await insert();
      if (why.empty() && !stopping) {
        delay = kFirstDelay;
        told(true, {});
        co_await client->wait_closed();
        why = "the endpoint mapper closed the connection";
      }
      if (stopping) {
        break;
      }
      told(false, why);
      timer.expires_after(delay);
      delay = std::min(delay * 2, kLastDelay);
      co_await timer.async_wait(kUseTuple);
    }
  }
};

Registration::Registration(asio::io_context& context, std::string socket,
                           std::vector<epm::WireEntry> entries, Told told)
    : state_(std::make_shared<State>(context, std::move(socket), std::move(entries),
                                     std::move(told))) {}

Registration::~Registration() = default;

void Registration::start() {
  asio::co_spawn(state_->context, state_->run(state_), asio::detached);
}

void Registration::stop() {
  state_->stopping = true;
  state_->timer.cancel();
  if (state_->client) {
    state_->client->close();
  }
}

std::vector<std::vector<epm::WireEntry>> batches_of(std::vector<epm::WireEntry> entries) {
  std::vector<std::vector<epm::WireEntry>> batches;
  for (epm::WireEntry& entry : entries) {
    const auto has_it = [&](const std::vector<epm::WireEntry>& batch) {
      return batch.size() >= epm::kMaxElements ||
             std::ranges::any_of(batch, [&](const epm::WireEntry& other) {
               return other.object == entry.object && other.tower == entry.tower;
             });
    };
    auto batch = std::ranges::find_if_not(batches, has_it);
    if (batch == batches.end()) {
      batch = batches.emplace(batches.end());
    }
    batch->push_back(std::move(entry));
  }
  return batches;
}

}  // namespace pinhole::host
