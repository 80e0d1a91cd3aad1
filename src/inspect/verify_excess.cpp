// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_excess.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "inspect/crew.hpp"
#include "inspect/touch.hpp"
#include "plan/flow_ends.hpp"

namespace pinhole::inspect {
namespace {

namespace asio = boost::asio;

class ExcessTrier {
 public:
  ExcessTrier(ExcessResult& result, const ExcessOptions& options)
      : result_(&result), options_(&options) {}

  void run() {
    tries_ = excess_tries(result_->targets, options_->ports);
    start_ = std::chrono::steady_clock::now();
    run_crew(context_, tries_.size(), options_->at_once,
             [this](std::size_t index) { return attempt(index); });
    std::ranges::sort(result_->open, {},
                      [](const ExcessOpen& each) { return std::tuple(each.target, each.port); });
  }

 private:
  asio::awaitable<void> attempt(std::size_t index) {
    asio::steady_timer timer(context_, start_ + start_of(index, options_->rate));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const ExcessTry one = tries_[index];
    const Touch seen =
        co_await touch(context_, result_->targets[one.target].address, one.port, options_->timeout);
    if (seen.contact == Contact::open) {
      result_->open.push_back({one.target, one.port});
    }
    result_->refused += seen.contact == Contact::refused ? 1U : 0U;
    result_->failed_here += seen.contact == Contact::local ? 1U : 0U;
    ++result_->tried;
    if (options_->progress) {
      options_->progress(result_->tried, tries_.size());
    }
  }

  ExcessResult* result_;
  const ExcessOptions* options_;
  asio::io_context context_{1};
  std::vector<ExcessTry> tries_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace

std::vector<ExcessTarget> excess_targets(const std::vector<Check>& checks, const plan::Plan& plan) {
  std::map<IpAddress, ExcessTarget> targets;
  for (const Check& check : checks) {
    if (!check.address) {
      continue;
    }
    auto& target = targets[*check.address];
    target.address = *check.address;
    target.name = plan::name_of(plan.topology, plan.flows[check.flow].to);
    target.planned.insert(check.facts.planned);
  }
  std::vector<ExcessTarget> result;
  result.reserve(targets.size());
  for (auto& [address, target] : targets) {
    result.push_back(std::move(target));
  }
  return result;
}

std::vector<ExcessTry> excess_tries(const std::vector<ExcessTarget>& targets,
                                    const PortSet& ports) {
  std::vector<ExcessTry> tries;
  for (const PortRange& range : ports.ranges()) {
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto number = static_cast<std::uint16_t>(port);
        if (number != 0 && !targets[i].planned.contains(number)) {
          tries.push_back({i, number});
        }
      }
    }
  }
  return tries;
}

std::chrono::nanoseconds start_of(std::size_t index, std::uint32_t rate) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::uint64_t whole = index / rate;
  const std::uint64_t rest = index % rate;
  return std::chrono::nanoseconds(whole * kSecond + rest * kSecond / rate);
}

ExcessResult try_excess(std::vector<ExcessTarget> targets, const ExcessOptions& options) {
  ExcessResult result;
  result.targets = std::move(targets);
  result.ports = options.ports;
  result.rate = options.rate;
  ExcessTrier(result, options).run();
  return result;
}

}  // namespace pinhole::inspect
