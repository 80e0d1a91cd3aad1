// SPDX-License-Identifier: Apache-2.0
#include "capture/live.hpp"

#include <array>

#include <pcap/pcap.h>
#include <poll.h>

namespace pinhole::capture {
namespace {

constexpr int kWholePacket = 262144;
constexpr int kBuffer = 64 << 20;  // octets in the kernel
constexpr int kTogether = 10;      // milliseconds that packets may wait to come together
constexpr int kAtOnce = 4096;
/// What follows `vlan` is looked for behind the tag. Headers of IPv6 are not followed: that takes a
/// loop, which the kernel refuses.
constexpr const char* kFilter = "tcp or (ip[6:2] & 0x3fff != 0) or ip6 or (vlan and (ip or ip6))";
constexpr const char* kSimpleFilter = "ip or ip6";

struct Closes {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

tl::unexpected<Diagnostics> refuse(const std::string& interface, std::string message,
                                   std::string remedy, Exit exit) {
  return failure({"cannot-capture",
                  Severity::error,
                  {interface, 0, 0, {}},
                  std::move(message),
                  std::move(remedy),
                  exit});
}

tl::unexpected<Diagnostics> refuse(const std::string& interface, int code, pcap_t* handle) {
  const std::string what = pcap_statustostr(code);
  const std::string more = pcap_geterr(handle);
  const std::string text = more.empty() || more == what ? what : what + ": " + more;
  switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return refuse(interface, text, "name an interface of this machine, or any", Exit::usage);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return refuse(interface, text, "run it as root, or with CAP_NET_RAW", Exit::environment);
    default:
      return refuse(interface, text, "see that the interface is up", Exit::environment);
  }
}

}  // namespace

struct Live::State {
  std::string name;
  std::unique_ptr<pcap_t, Closes> handle;
  std::uint32_t link = 0;
};

namespace {

struct Told {
  PacketSink* sink;
  std::uint32_t link;
};

/// libpcap hands the user's pointer back as the octets that it never was.
void tell(u_char* user, const pcap_pkthdr* header, const u_char* octets) {
  const auto* told = static_cast<const Told*>(static_cast<const void*>(user));
  told->sink->on_packet({static_cast<Time>(header->ts.tv_sec) * kSecond +
                             static_cast<Time>(header->ts.tv_usec) * 1000,
                         told->link, header->len, view_of(octets, header->caplen)});
}

}  // namespace

Live::Live(std::unique_ptr<State> state) : state_(std::move(state)) {}
Live::Live(Live&&) noexcept = default;
Live& Live::operator=(Live&&) noexcept = default;
Live::~Live() = default;

Checked<Live> Live::open(const std::string& interface) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  auto state = std::make_unique<State>();
  state->name = interface;
  state->handle.reset(pcap_create(interface.c_str(), error.data()));
  if (!state->handle) {
    return refuse(interface, error.data(), "name an interface of this machine, or any",
                  Exit::usage);
  }
  pcap_t* const handle = state->handle.get();
  pcap_set_snaplen(handle, kWholePacket);
  pcap_set_promisc(handle, interface == "any" ? 0 : 1);
  pcap_set_timeout(handle, kTogether);
  pcap_set_buffer_size(handle, kBuffer);
  if (const int code = pcap_activate(handle); code < 0) {
    return refuse(interface, code, handle);
  }
  bpf_program program{};
  const bool compiled = pcap_compile(handle, &program, kFilter, 1, PCAP_NETMASK_UNKNOWN) == 0 ||
                        pcap_compile(handle, &program, kSimpleFilter, 1, PCAP_NETMASK_UNKNOWN) == 0;
  if (compiled) {
    pcap_setfilter(handle, &program);
    pcap_freecode(&program);
  }
  if (pcap_setnonblock(handle, 1, error.data()) != 0) {
    return refuse(interface, error.data(), "see that the interface is up", Exit::environment);
  }
  state->link = static_cast<std::uint32_t>(pcap_datalink(handle));
  return Live(std::move(state));
}

Checked<void> Live::take(PacketSink& sink, std::chrono::milliseconds wait) {
  pcap_t* const handle = state_->handle.get();
  pollfd ready{.fd = pcap_get_selectable_fd(handle), .events = POLLIN, .revents = 0};
  poll(&ready, 1, static_cast<int>(wait.count()));
  Told told{&sink, state_->link};
  const int count =
      pcap_dispatch(handle, kAtOnce, tell, static_cast<u_char*>(static_cast<void*>(&told)));
  if (count < 0) {
    return refuse(state_->name, pcap_geterr(handle), "see that the interface is up",
                  Exit::environment);
  }
  return {};
}

std::uint64_t Live::dropped() const {
  pcap_stat stat{};
  return pcap_stats(state_->handle.get(), &stat) == 0 ? std::uint64_t{stat.ps_drop} + stat.ps_ifdrop
                                                      : 0;
}

}  // namespace pinhole::capture
