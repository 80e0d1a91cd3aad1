// SPDX-License-Identifier: Apache-2.0
#include "host/service_process.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iterator>

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "exchange/interfaces.hpp"
#include "host/data_folder.hpp"
#include "host/limits.hpp"
#include "host/registration.hpp"
#include "host/report.hpp"
#include "host/sockets.hpp"
#include "host/system.hpp"
#include "store/store.hpp"

namespace pinhole::host {
namespace {

constexpr std::size_t kConfigLimit = 1U << 20U;

/// What counts from a restart of the computer on is as it was then.
void keep_boot_values(const std::vector<const catalogue::Setting*>& settings,
                      const Readings& at_boot, Readings& readings) {
  for (const catalogue::Setting* setting : settings) {
    const auto then = at_boot.find(setting->id);
    if (setting->restart == catalogue::Restart::computer && then != at_boot.end()) {
      readings[std::string(setting->id)] = then->second;
    }
  }
}

class ServiceProcess {
 public:
  ServiceProcess(const ChildTask& task, const catalogue::Catalogue& catalogue,
                 const catalogue::Product& product, const catalogue::Service& service)
      : task_(task),
        catalogue_(catalogue),
        product_(product),
        service_(service),
        limits_(limits_with(task.config.limits)),
        server_(fill_random, {limits_.association, limits_.groups, {}}),
        listeners_(limits_.sessions, 1) {}

  Checked<void> set_up();
  int run();

 private:
  void bind(const DynamicPorts& range);
  void report_bound() const;
  void register_entries();
  void told(std::size_t batch, bool registered, const std::string& why);

  const ChildTask& task_;
  const catalogue::Catalogue& catalogue_;
  const catalogue::Product& product_;
  const catalogue::Service& service_;
  const Limits limits_;
  rpc::Server server_;
  transport::SessionServer listeners_;
  boost::asio::io_context context_;
  Readings readings_;
  std::vector<BoundListener> bound_;
  std::vector<std::unique_ptr<Registration>> registrations_;
  std::vector<bool> registered_;
  bool ready_ = false;
};

Checked<void> ServiceProcess::set_up() {
  const auto settings = settings_of(catalogue_, service_);
  auto readings = read_settings_now(task_.config, settings);
  if (!readings) {
    return tl::unexpected(std::move(readings).error());
  }
  readings_ = std::move(*readings);
  keep_boot_values(settings, task_.at_boot, readings_);
  std::vector<const catalogue::InterfaceInfo*> rows;
  for (const catalogue::Listener& listener : service_.listeners) {
    if (is_served(listener)) {
      rows.insert(rows.end(), listener.interfaces.begin(), listener.interfaces.end());
    }
  }
  for (auto& interface : exchange::make_interfaces(rows)) {
    server_.offer(std::move(interface));
  }
  bind(dynamic_ports(product_, readings_));
  return confine(task_.config.user);
}

void ServiceProcess::bind(const DynamicPorts& range) {
  for (const catalogue::Listener& listener : service_.listeners) {
    if (is_served(listener)) {
      const PortChoice choice = choose_port(catalogue_, product_, listener, readings_);
      bound_.push_back(
          bind_listener(listeners_, server_, listener, choice, range, task_.config.listen));
    }
  }
}

void ServiceProcess::report_bound() const {
  nlohmann::json listeners = nlohmann::json::array();
  for (const BoundListener& each : bound_) {
    listeners.push_back(to_json_value(each, server_));
  }
  report({{"event", "bound"},
          {"pid", ::getpid()},
          {"listeners", std::move(listeners)},
          {"values", to_json_value(readings_)}});
}

void ServiceProcess::told(std::size_t batch, bool registered, const std::string& why) {
  registered_[batch] = registered;
  const bool all = std::ranges::all_of(registered_, [](bool each) { return each; });
  if (all && !ready_) {
    ready_ = true;
    report({{"event", "ready"}});
  }
  report({{"event", "mapper"}, {"registered", all}, {"why", why}});
}

void ServiceProcess::register_entries() {
  std::vector<epm::WireEntry> entries;
  for (const BoundListener& each : bound_) {
    std::ranges::move(entries_of(each), std::back_inserter(entries));
  }
  auto batches = batches_of(std::move(entries));
  registered_.assign(batches.size(), false);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    registrations_.push_back(std::make_unique<Registration>(
        context_, mapper_path(task_.config.state), std::move(batches[i]),
        [this, i](bool registered, const std::string& why) { told(i, registered, why); }));
  }
  for (const auto& each : registrations_) {
    each->start();
  }
  if (registrations_.empty()) {
    report({{"event", "ready"}});
  }
}

int ServiceProcess::run() {
  boost::asio::signal_set signals(context_, SIGTERM);
  signals.async_wait([this](const boost::system::error_code&, int) {
    for (const auto& each : registrations_) {
      each->stop();
    }
  });
  listeners_.start();
  report_bound();
  register_entries();
  context_.run();
  listeners_.stop();
  return 0;
}

}  // namespace

Checked<Readings> read_settings_now(const ServeConfig& config,
                                    const std::vector<const catalogue::Setting*>& settings) {
  auto hives = store::HiveStore::open(config.registry, {});
  if (!hives) {
    return tl::unexpected(std::move(hives).error());
  }
  const ReadConfig config_file = [&](std::string_view name) -> std::optional<std::string> {
    if (config.config_dir.empty()) {
      return std::nullopt;
    }
    const auto path = std::filesystem::path(config.config_dir) / name;
    const auto content = store::read_file(path, kConfigLimit);
    return content ? std::optional(std::string(text_of(*content))) : std::nullopt;
  };
  return read_settings(settings, hives->view(), config_file);
}

int run_service(const ChildTask& task) {
  name_process(task.service);
  const auto catalogue = open_catalogue(task.config.data);
  if (!catalogue) {
    report_failure(catalogue.error());
    return static_cast<int>(catalogue.error().front().exit);
  }
  const catalogue::Product* product = catalogue::find_product(*catalogue, task.config.product);
  const catalogue::Service* service =
      product == nullptr ? nullptr : catalogue::find_service(*catalogue, *product, task.service);
  if (service == nullptr) {
    report({{"event", "failed"},
            {"message", fmt::format("no service {}", task.service)},
            {"exit", static_cast<int>(Exit::usage)}});
    return static_cast<int>(Exit::usage);
  }
  ServiceProcess process(task, *catalogue, *product, *service);
  const auto ready = process.set_up();
  if (!ready) {
    report_failure(ready.error());
    return static_cast<int>(ready.error().front().exit);
  }
  return process.run();
}

}  // namespace pinhole::host
