// SPDX-License-Identifier: Apache-2.0
// The load generator: one thread, bare epoll. Each mode prints one line of JSON.
//   map     bind once, then ept_map back to back on every connection
//   churn   connect, bind, one ept_map, close, back to back on every connection
//   lookup  ept_lookup of the whole map, again and again; the rate counts entries
//   page    the whole map from one connection, a few times; how long each pass took
//   idle    bound connections that say nothing, until standard input ends
//   fill    ept_insert of many entries over the local socket, held until standard input ends

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "driver.hpp"
#include "net.hpp"
#include "wire.hpp"

namespace pinhole::bench {
namespace {

struct Options {
  std::string mode;
  std::string target;
  std::string interface = "e1af8308-5d1f-11c9-91a4-08002b14a0fa,3";
  std::size_t connections = 64;
  std::size_t at_once = 64;
  double warm_up = 0.5;
  double seconds = 3;
  std::uint32_t max_entries = 500;
  std::uint32_t entries = 0;
  std::uint32_t first = 0;
  int passes = 5;
};

constexpr std::array<std::uint8_t, kHandleSize> kNilHandle{};

std::chrono::nanoseconds in_seconds(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

/// Counts and latencies of one measured window.
class Window {
 public:
  Window() { latencies_.reserve(1 << 20); }

  void count(Clock::time_point started, std::uint64_t units = 1) {
    if (!open_) {
      return;
    }
    units_ += units;
    latencies_.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - started).count()));
  }

  /// Lets the driver work for the warm-up and then for the measured time.
  void run(Driver& driver, const Options& options) {
    work_until(driver, Clock::now() + in_seconds(options.warm_up));
    const Clock::time_point begin = Clock::now();
    open_ = true;
    work_until(driver, begin + in_seconds(options.seconds));
    open_ = false;
    elapsed_ = std::chrono::duration<double>(Clock::now() - begin).count();
  }

  void print(const Options& options) {
    if (latencies_.empty()) {
      throw std::runtime_error("no reply came in the measured time");
    }
    std::printf(
        "{\"mode\":\"%s\",\"connections\":%zu,\"seconds\":%.3f,\"calls\":%zu,\"rate\":%.0f,"
        "\"median_us\":%.1f,\"p99_us\":%.1f}\n",
        options.mode.c_str(), options.connections, elapsed_, latencies_.size(),
        static_cast<double>(units_) / elapsed_, percentile(0.50), percentile(0.99));
  }

 private:
  static void work_until(Driver& driver, Clock::time_point end) {
    while (Clock::now() < end) {
      driver.poll(10);
    }
  }

  double percentile(double part) {
    const auto place = static_cast<std::ptrdiff_t>(static_cast<double>(latencies_.size()) * part);
    std::ranges::nth_element(latencies_, latencies_.begin() + place);
    return latencies_[static_cast<std::size_t>(place)] / 1000.0;
  }

  bool open_ = false;
  std::uint64_t units_ = 0;
  double elapsed_ = 0;
  std::vector<std::uint32_t> latencies_;
};

void require_answer(const Connection& connection) {
  if (connection.status != 0 || load32(connection.head, kHandleSize) == 0) {
    throw std::runtime_error("the mapper does not know the interface asked for");
  }
}

Driver make_driver(const Options& options) {
  return {Target(options.target), make_bind(endpoint_mapper()), options.connections};
}

void run_map(const Options& options) {
  const Bytes request = make_map(parse_interface(options.interface));
  Driver driver = make_driver(options);
  driver.open_all(options.at_once);
  Window window;
  driver.set_hooks({.bound = {}, .replied = [&](Connection& connection) {
                      require_answer(connection);
                      window.count(connection.started);
                      driver.call(connection, request);
                    }});
  for (Connection& connection : driver.connections()) {
    driver.call(connection, request);
  }
  window.run(driver, options);
  window.print(options);
}

void run_churn(const Options& options) {
  const Bytes request = make_map(parse_interface(options.interface));
  Driver driver = make_driver(options);
  Window window;
  driver.set_hooks(
      {.bound = [&](Connection& connection) { send_all(connection.fd.get(), request); },
       .replied =
           [&](Connection& connection) {
             require_answer(connection);
             window.count(connection.started);
             driver.reopen(connection);
           }});
  for (Connection& connection : driver.connections()) {
    driver.reopen(connection);
  }
  window.run(driver, options);
  window.print(options);
}

/// Where a reply to ept_lookup leaves the caller: how many entries came, and what to ask next.
struct Chunk {
  explicit Chunk(const Connection& connection)
      : entries(load32(connection.head, kHandleSize)),
        handle(std::span(connection.head).first(kHandleSize)),
        last(connection.status == kNoMoreEntries || std::ranges::equal(handle, kNilHandle)) {
    if (connection.status != 0 && connection.status != kNoMoreEntries) {
      throw std::runtime_error("ept_lookup status " + std::to_string(connection.status));
    }
  }

  std::uint32_t entries;
  std::span<const std::uint8_t> handle;
  bool last;
};

void run_lookup(const Options& options) {
  const Bytes from_start = make_lookup(kNilHandle, options.max_entries);
  Driver driver = make_driver(options);
  driver.open_all(options.at_once);
  Window window;
  driver.set_hooks({.bound = {}, .replied = [&](Connection& connection) {
                      const Chunk chunk(connection);
                      window.count(connection.started, chunk.entries);
                      driver.call(connection, chunk.last
                                                  ? from_start
                                                  : make_lookup(chunk.handle, options.max_entries));
                    }});
  for (Connection& connection : driver.connections()) {
    driver.call(connection, from_start);
  }
  window.run(driver, options);
  window.print(options);
}

void run_page(Options options) {
  options.connections = 1;
  Driver driver = make_driver(options);
  driver.open_all(1);
  std::uint64_t entries = 0;
  bool done = false;
  driver.set_hooks({.bound = {}, .replied = [&](Connection& connection) {
                      const Chunk chunk(connection);
                      entries += chunk.entries;
                      done = chunk.last;
                      if (!done) {
                        driver.call(connection, make_lookup(chunk.handle, options.max_entries));
                      }
                    }});
  std::vector<double> passes;
  for (int pass = 0; pass < options.passes; ++pass) {
    entries = 0;
    done = false;
    const Clock::time_point begin = Clock::now();
    driver.call(driver.connections()[0], make_lookup(kNilHandle, options.max_entries));
    while (!done) {
      driver.poll(-1);
    }
    passes.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  std::ranges::sort(passes);
  std::printf("{\"mode\":\"page\",\"entries\":%llu,\"median_s\":%.4f,\"worst_s\":%.4f}\n",
              static_cast<unsigned long long>(entries), passes[passes.size() / 2], passes.back());
}

/// Says that all is in place, and holds it until standard input ends.
void hold(const Options& options, std::size_t count) {
  std::printf("{\"mode\":\"%s\",\"count\":%zu}\n", options.mode.c_str(), count);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

void run_idle(const Options& options) {
  Driver driver = make_driver(options);
  driver.open_all(options.at_once);
  hold(options, options.connections);
}

void run_fill(Options options) {
  // As many entries as fit one fragment of the negotiated size.
  static constexpr std::uint32_t kBatch = 40;
  options.connections = 1;
  Driver driver = make_driver(options);
  driver.open_all(1);
  std::uint32_t done = 0;
  bool outstanding = false;
  driver.set_hooks({.bound = {}, .replied = [&](Connection&) { outstanding = false; }});
  while (done < options.entries) {
    const std::uint32_t count = std::min(kBatch, options.entries - done);
    outstanding = true;
    driver.call(driver.connections()[0], make_insert(options.first + done, count));
    while (outstanding) {
      driver.poll(-1);
    }
    if (const std::uint32_t status = driver.connections()[0].status; status != 0) {
      throw std::runtime_error("ept_insert status " + std::to_string(status));
    }
    done += count;
  }
  hold(options, done);
}

void run(const Options& options) {
  raise_file_limit();
  if (options.mode == "map") {
    run_map(options);
  } else if (options.mode == "churn") {
    run_churn(options);
  } else if (options.mode == "lookup") {
    run_lookup(options);
  } else if (options.mode == "page") {
    run_page(options);
  } else if (options.mode == "idle") {
    run_idle(options);
  } else {
    run_fill(options);
  }
}

void declare(CLI::App& app, Options& options) {
  app.add_option("mode", options.mode)
      ->required()
      ->check(CLI::IsMember({"map", "churn", "lookup", "page", "idle", "fill"}));
  app.add_option("target", options.target, "ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH")->required();
  app.add_option("--interface", options.interface, "UUID,VERSION that ept_map asks for");
  app.add_option("--connections", options.connections)->check(CLI::PositiveNumber);
  app.add_option("--connect-at-once", options.at_once, "connects under way at any time")
      ->check(CLI::PositiveNumber);
  app.add_option("--warm-up", options.warm_up, "seconds");
  app.add_option("--seconds", options.seconds, "measured time");
  app.add_option("--max-entries", options.max_entries, "entries asked for in one ept_lookup");
  app.add_option("--entries", options.entries, "entries that fill inserts");
  app.add_option("--first", options.first, "number of the first entry that fill inserts");
  app.add_option("--passes", options.passes, "times that page reads the map");
}

}  // namespace
}  // namespace pinhole::bench

int main(int argc, char** argv) {
  try {
    pinhole::bench::Options options;
    CLI::App app("Loads an endpoint mapper and says how fast it answers");
    pinhole::bench::declare(app, options);
    CLI11_PARSE(app, argc, argv);
    pinhole::bench::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_load: %s\n", error.what());
    return 3;
  }
  return 0;
}
