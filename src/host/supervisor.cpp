// SPDX-License-Identifier: Apache-2.0
#include "host/supervisor.hpp"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "host/report.hpp"
#include "host/service_process.hpp"
#include "host/supervisor_state.hpp"
#include "host/view.hpp"

namespace pinhole::host {
namespace {

using nlohmann::json;
using telemetry::Level;
constexpr std::string_view kLogName = "host";
constexpr std::chrono::seconds kStopWithin{5};
constexpr std::chrono::seconds kSteadyAfter{60};  // then an end is the first in a row again

}  // namespace

Checked<void> Supervisor::set_up() {
  auto catalogue = open_catalogue(config_.data);
  if (!catalogue) {
    return tl::unexpected(std::move(catalogue).error());
  }
  catalogue_ = std::move(*catalogue);
  auto services = services_to_run(catalogue_, config_);
  if (!services) {
    return tl::unexpected(std::move(services).error());
  }
  for (const catalogue::Service* service : *services) {
    auto managed = std::make_unique<Managed>(context_);
    managed->name = service->name;
    managed->service = service;
    managed->settings = settings_of(catalogue_, *service);
    services_.push_back(std::move(managed));
  }
  auto control = ControlServer::listen(
      context_, control_path(config_.state),
      [this](const json& request, const ControlReply& reply) { this->control(request, reply); });
  if (!control) {
    return tl::unexpected(std::move(control).error());
  }
  control_ = std::move(*control);
  return {};
}

Checked<void> Supervisor::read_boot_values() {
  Readings at_boot;
  for (const auto& managed : services_) {
    const auto readings = read_settings_now(config_, managed->settings);
    if (!readings) {
      return tl::unexpected(readings.error());
    }
    for (const catalogue::Setting* setting : managed->settings) {
      if (setting->restart == catalogue::Restart::computer) {
        at_boot.insert_or_assign(std::string(setting->id), readings->at(std::string(setting->id)));
      }
    }
  }
  at_boot_ = std::move(at_boot);
  return {};
}

void Supervisor::set_state(Managed& managed, State state) {
  if (managed.state != state) {
    managed.state = state;
    log_.write(
        state == State::degraded || state == State::restarting ? Level::warning : Level::info,
        kLogName, "state",
        {{"process", managed.name},
         {"state", to_string(state)},
         {"pid", managed.child ? std::to_string(managed.child->pid()) : "-"}});
  }
}

void Supervisor::start(Managed& managed) {
  managed.wanted = true;
  managed.timer.cancel();
  managed.bound = false;
  managed.registered = false;
  managed.last_failure.clear();
  managed.started = std::chrono::steady_clock::now();
  ChildTask task{config_, managed.service == nullptr ? "" : managed.name, at_boot_};
  auto child = Child::start(context_, task,
                            [this, &managed](const json& event) { on_report(managed, event); });
  if (!child) {
    on_ended(managed, to_string(child.error().front()));
    return;
  }
  managed.child = std::move(*child);
  set_state(managed, State::starting);
}

void Supervisor::stop(Managed& managed) {
  managed.wanted = false;
  managed.timer.cancel();
  std::erase(queue_, &managed);
  if (!managed.child) {
    set_state(managed, State::stopped);
    return;
  }
  set_state(managed, State::stopping);
  managed.child->signal(SIGTERM);
  managed.child->signal(SIGCONT);  // one that is stopped would never take it
  managed.timer.expires_after(kStopWithin);
  managed.timer.async_wait([&managed](const boost::system::error_code& error) {
    if (!error && managed.child) {
      managed.child->signal(SIGKILL);
    }
  });
}

void Supervisor::start_next() {
  if (queue_.empty() || ending_) {
    return;
  }
  Managed& next = *queue_.front();
  queue_.pop_front();
  start(next);
}

void Supervisor::on_report(Managed& managed, const json& event) {
  const std::string what = event.value("event", "");
  if (what == "bound") {
    managed.bound = true;
    managed.listeners = event.at("listeners");
    managed.at_start = readings_of(event.at("values"));
    for (const json& listener : managed.listeners) {
      for (const json& note : listener.at("notes")) {
        log_.write(Level::warning, kLogName, "setting",
                   {{"service", managed.name}, {"note", note.get<std::string>()}});
      }
      if (!listener.at("degraded").is_null()) {
        log_.write(
            Level::error, kLogName, "degraded",
            {{"service", managed.name}, {"why", listener.at("degraded").get<std::string>()}});
      }
    }
    start_next();
  } else if (what == "ready") {
    set_state(managed, managed.has_degraded_listener() ? State::degraded : State::running);
    if (managed.service == nullptr && !told_ready_) {
      start_next();
    }
  } else if (what == "mapper") {
    managed.registered = event.at("registered").get<bool>();
    if (!managed.registered && managed.state != State::starting) {
      log_.write(Level::warning, kLogName, "not-registered",
                 {{"service", managed.name}, {"why", event.at("why").get<std::string>()}});
    }
  } else if (what == "failed") {
    managed.last_failure = event.at("message").get<std::string>();
    managed.failure_exit = static_cast<Exit>(event.at("exit").get<int>());
  }
  settle();
}

void Supervisor::on_ended(Managed& managed, const std::string& how) {
  const bool was_bound = managed.bound || managed.service == nullptr;
  managed.child.reset();
  managed.timer.cancel();
  managed.bound = false;
  managed.registered = false;
  managed.listeners = json::array();
  if (!managed.wanted || ending_) {
    set_state(managed, State::stopped);
  } else if (&managed == &mapper_ && !told_ready_) {
    told_ready_ = true;
    exit_ = managed.failure_exit;
    on_ready_(managed.last_failure.empty() ? how : managed.last_failure, exit_);
    end();
  } else {
    if (std::chrono::steady_clock::now() - managed.started > kSteadyAfter) {
      managed.ends_in_a_row = 0;
    }
    const auto delay = restart_delay(managed.ends_in_a_row++);
    log_.write(Level::error, kLogName, "ended",
               {{"process", managed.name},
                {"how", how},
                {"why", managed.last_failure},
                {"again_in", fmt::format("{}s", delay.count())}});
    set_state(managed, State::restarting);
    managed.timer.expires_after(delay);
    managed.timer.async_wait([this, &managed](const boost::system::error_code& error) {
      if (!error && managed.wanted && !managed.child) {
        start(managed);
      }
    });
  }
  if (!was_bound) {
    start_next();
  }
  settle();
}

void Supervisor::reap() {
  const auto reap_one = [this](Managed& managed) {
    if (managed.child) {
      const std::string how = managed.child->reap();
      if (!how.empty()) {
        on_ended(managed, how);
      }
    }
  };
  for (const auto& managed : services_) {
    reap_one(*managed);
  }
  reap_one(mapper_);
}

void Supervisor::end() {
  if (!ending_) {
    ending_ = true;
    queue_.clear();
    for (const auto& managed : services_) {
      stop(*managed);
    }
  }
  settle();
}

void Supervisor::settle() {
  const bool all_settled = queue_.empty() && std::ranges::all_of(services_, [](const auto& each) {
                             return each->settled();
                           });
  if (!told_ready_ && !ending_ && mapper_.state == State::running && all_settled) {
    told_ready_ = true;
    log_.write(Level::info, kLogName, "ready",
               {{"product", config_.product}, {"state", config_.state}});
    on_ready_({}, Exit::good);
  }
  for (std::size_t i = 0; i < waiters_.size();) {
    const bool done = std::ranges::all_of(waiters_[i].of, [this](const Managed* each) {
      return each->settled() && std::ranges::find(queue_, each) == queue_.end();
    });
    if (done) {
      const Waiter waiter = std::move(waiters_[i]);
      waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(i));
      waiter.reply(show(config_, services_));
    } else {
      ++i;
    }
  }
  if (ending_ && std::ranges::none_of(services_, [](const auto& each) { return !!each->child; })) {
    if (mapper_.child) {
      if (mapper_.wanted) {
        stop(mapper_);
      }
    } else {
      control_.reset();
      context_.stop();
    }
  }
}

void Supervisor::wait_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) {
      return;
    }
    if (number == SIGCHLD) {
      reap();
    } else {
      log_.write(Level::info, kLogName, "ending", {{"signal", std::to_string(number)}});
      end();
    }
    wait_signal();
  });
}

Exit Supervisor::run() {
  auto ready = set_up();
  if (ready) {
    ready = read_boot_values();
  }
  if (!ready) {
    on_ready_(to_string(ready.error().front()), ready.error().front().exit);
    return ready.error().front().exit;
  }
  wait_signal();
  for (const auto& managed : services_) {
    queue_.push_back(managed.get());
  }
  start(mapper_);
  context_.run();
  log_.write(Level::info, kLogName, "ended-clean");
  return exit_;
}

Checked<std::vector<const catalogue::Service*>> services_to_run(
    const catalogue::Catalogue& catalogue, const ServeConfig& config) {
  const auto bad = [](std::string place, std::string message) {
    return failure({"bad-product",
                    Severity::error,
                    {std::move(place), 0, 0, {}},
                    std::move(message),
                    "`pinhole catalogue services` shows products and roles",
                    Exit::usage});
  };
  const catalogue::Product* product = catalogue::find_product(catalogue, config.product);
  if (product == nullptr) {
    return bad("--product " + config.product, "no such product");
  }
  std::vector<std::string_view> roles;
  for (const std::string& role : config.roles) {
    if (std::ranges::find(product->roles, role) == product->roles.end()) {
      return bad("--role " + role, fmt::format("{} has no such role", product->id));
    }
    roles.emplace_back(role);
  }
  auto services = catalogue::services_of(catalogue, *product, roles);
  std::erase_if(services, [](const auto* service) { return !service->served(); });
  return services;
}

Exit supervise(const ServeConfig& config, const OnReady& on_ready) {
  Supervisor supervisor(config, on_ready);
  return supervisor.run();
}

}  // namespace pinhole::host
