// rooms: probe
// SPDX-License-Identifier: Apache-2.0
// The first octet chooses a service, the rest is what its server says: the finding is the same
// whole and octet by octet, and whatever is said can be described.
#include <algorithm>

#include "probe/recognise.hpp"
#include "probe/table.hpp"
#include "require.hpp"

using namespace pinhole;
using fuzz::require;

namespace {

struct Outcome {
  probe::Finding finding;
  Bytes sent;
};

Outcome hear(const probe::Row& row, ByteView says, std::size_t cut) {
  probe::Context context;
  context.host = "host";
  context.nonce = 0x31313131;
  context.domain = "example.net";
  context.tls = row.tls;
  context.interface = row.interface;
  const probe::TalkPointer talk = row.make(context);
  probe::Step step = talk->start();
  Outcome outcome;
  outcome.sent = step.send;
  while (!says.empty() && step.then == probe::Step::Then::wait) {
    const ByteView part = says.first(std::min(cut, says.size()));
    says = says.subspan(part.size());
    step = talk->on_bytes(part);
    outcome.sent.insert(outcome.sent.end(), step.send.begin(), step.send.end());
  }
  if (step.then == probe::Step::Then::wait) {
    talk->on_end();
  }
  outcome.finding = talk->finding();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const probe::Row& row = probe::table()[data[0] % probe::table().size()];
  const ByteView says = view_of(data + 1, size - 1);
  const Outcome whole = hear(row, says, says.size() + 1);
  // An RPC server that answers what nobody asked yet is heard differently by packet.
  const bool stream = row.transport == probe::Transport::tcp &&
                      row.service.find("rpc") == std::string_view::npos &&
                      row.service.find("mapper") == std::string_view::npos &&
                      row.service.find("-http") == std::string_view::npos;
  const Outcome slow = hear(row, says, 1);
  if (stream) {
    require(whole.finding == slow.finding && whole.sent == slow.sent);
  }
  (void)probe::describe_stranger(says);
  return 0;
}
