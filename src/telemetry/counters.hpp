// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every counter of the program on one page, and their Prometheus text (exposition format 0.0.4).
// Counters only grow; gauges go both ways and end in no `_total`.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pinhole::telemetry {

// name, kind, help
#define PINHOLE_COUNTERS(X)                                                    \
  X(connections_total, counter, "Connections accepted")                        \
  X(connections, gauge, "Connections open now")                                \
  X(connections_refused_total, counter, "Connections closed at the limit")     \
  X(accept_errors_total, counter, "Failed accepts")                            \
  X(idle_closed_total, counter, "Connections closed by the idle sweep")        \
  X(bytes_received_total, counter, "Octets received")                          \
  X(bytes_sent_total, counter, "Octets sent")                                  \
  X(pdus_received_total, counter, "DCE/RPC PDUs received")                     \
  X(protocol_errors_total, counter, "Connections that broke the protocol")     \
  X(binds_total, counter, "Binds and alter_contexts accepted")                 \
  X(bind_naks_total, counter, "Binds refused")                                 \
  X(requests_total, counter, "Requests dispatched")                            \
  X(faults_total, counter, "Faults returned")                                  \
  X(epm_map_total, counter, "ept_map calls")                                   \
  X(epm_lookup_total, counter, "ept_lookup calls")                             \
  X(epm_changes_total, counter, "Inserts and deletes done")                    \
  X(epm_changes_refused_total, counter, "Inserts and deletes refused")         \
  X(epm_entries, gauge, "Entries in the endpoint map")                         \
  X(osi_connections_total, counter, "RFC 1006 transport connections accepted") \
  X(osi_refused_total, counter, "Session connections refused")                 \
  X(service_starts_total, counter, "Service processes started")                \
  X(service_crashes_total, counter, "Service processes that ended unasked")    \
  X(services_running, gauge, "Service processes running")

enum class Counter : std::uint8_t {
#define X(name, kind, help) name,
  PINHOLE_COUNTERS(X)
#undef X
};

#define X(name, kind, help) +1
inline constexpr std::size_t kCounters = 0 PINHOLE_COUNTERS(X);
#undef X

/// `connections_total`, without the program's prefix.
[[nodiscard]] std::string_view to_string(Counter counter);

/// Each on a cache line of its own; any thread may count and read.
class Counters {
 public:
  void add(Counter counter, std::int64_t amount = 1) {
    cells_[index(counter)].value.fetch_add(amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t value(Counter counter) const {
    return cells_[index(counter)].value.load(std::memory_order_relaxed);
  }

  /// HELP, TYPE and sample of every counter, names with the prefix `pinhole_`.
  [[nodiscard]] std::string prometheus_text() const;

 private:
  static std::size_t index(Counter counter) { return static_cast<std::size_t>(counter); }

  struct alignas(64) Cell {
    std::atomic<std::int64_t> value{0};
  };
  std::array<Cell, kCounters> cells_{};
};

}  // namespace pinhole::telemetry
