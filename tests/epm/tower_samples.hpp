// SPDX-License-Identifier: Apache-2.0
#pragma once
// Towers as they stand on the wire, one for each protocol sequence, and what they say.

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "epm/tower.hpp"

namespace pinhole::epm {

struct Sample {
  const char* name;
  const char* lower;  // the floors below the transfer syntax
  std::uint8_t floors;
  ProtocolSequence sequence;
  const char* endpoint;
  const char* address;
};

inline std::ostream& operator<<(std::ostream& out, const Sample& sample) {
  return out << sample.name;
}

inline constexpr dcerpc::SyntaxId kSampleInterface{"1544f5e0-613c-11d1-93df-00c04fd7bd09"_uuid, 1,
                                                   2};

/// Floor 1: the directory referral interface, version 1.2; floor 2: NDR, version 2.0.
inline constexpr const char* kUpper = R"(
  13 00 0d  e0 f5 44 15 3c 61 d1 11 93 df 00 c0 4f d7 bd 09  01 00   # interface, major
  02 00  02 00                                                       # minor
  13 00 0d  04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60  02 00   # NDR, major
  02 00  00 00                                                       # minor
)";

inline const std::vector<Sample>& samples() {
  using enum ProtocolSequence;
  static const std::vector<Sample> samples_of_all{
      {"tcp", "01000b 02000000 010007 0200da c2 010009 0400 c0a80102", 5, ncacn_ip_tcp, "56002",
       "192.168.1.2"},
      {"tcp_any_address", "01000b 02000000 010007 02000087 010009 0400 00000000", 5, ncacn_ip_tcp,
       "135", "0.0.0.0"},
      {"tcp_to_ask_for", "01000b 02000000 010007 02000000 010009 0400 00000000", 5, ncacn_ip_tcp,
       "", "0.0.0.0"},
      {"udp", "01000a 02000000 010008 02000087 010009 0400 0a000005", 5, ncadg_ip_udp, "135",
       "10.0.0.5"},
      {"http", "01000b 02000000 01001f 02000251 010009 0400 00000000", 5, ncacn_http, "593",
       "0.0.0.0"},
      // \PIPE\lsass and \\DC
      {"np", "01000b 02000000 01000f 0c00 5c504950455c6c7361737300 010011 0500 5c5c444300", 5,
       ncacn_np, "\\PIPE\\lsass", "\\\\DC"},
      {"lrpc", "01000c 02000000 010010 0900 45504d415050455200", 4, ncalrpc, "EPMAPPER", ""},
      {"spx", "01000b 02000000 01000c 0200 85e8 01000d 0a00 00000001 00005e001234", 5, ncacn_spx,
       "34280", "0000000100005e001234"},
      {"ipx", "01000a 02000000 01000e 0200 85e8 01000d 0a00 00000001 00005e001234", 5, ncadg_ipx,
       "34280", "0000000100005e001234"},
      {"nb_tcp", "01000b 02000000 010012 0100 87 010009 0500 484f535400", 5, ncacn_nb_tcp, "135",
       "HOST"},
      {"nb_nb", "01000b 02000000 010012 0100 87 010011 0500 484f535400", 5, ncacn_nb_nb, "135",
       "HOST"},
      {"nb_ipx", "01000b 02000000 010012 0100 87 010014 0500 484f535400", 5, ncacn_nb_ipx, "135",
       "HOST"},
      {"vines_spp", "01000b 02000000 01001a 0200 00fa 01001c 0500 4840475200", 5, ncacn_vns_spp,
       "250", "H@GR"},
      {"vines_ipc", "01000b 02000000 01001b 0200 00fa 01001c 0500 4840475200", 5, ncacn_vns_ipc,
       "250", "H@GR"},
      {"at_dsp", "01000b 02000000 010016 0400 4d544100 010018 0500 4840474f00", 5, ncacn_at_dsp,
       "MTA", "H@GO"},
      {"at_ddp", "01000a 02000000 010017 0400 4d544100 010018 0500 4840474f00", 5, ncadg_at_ddp,
       "MTA", "H@GO"},
      {"decnet", "01000b 02000000 010004 0400 23363900 010006 0500 4e4f444500", 5, ncacn_dnet_nsp,
       "#69", "NODE"},
      {"unix_stream", "01000b 02000000 010020 0500 2f746d7000", 4, ncacn_unix_stream, "/tmp", ""},
      {"unix_dgram", "01000a 02000000 010020 0500 2f746d7000", 4, ncadg_unix_dgram, "/tmp", ""},
  };
  return samples_of_all;
}

inline Bytes tower_of(std::uint8_t floors, const std::string& lower) {
  Bytes bytes{static_cast<std::byte>(floors), std::byte{0}};
  for (const std::string& part : {std::string(kUpper), lower}) {
    const Bytes more = from_hex(part);
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  return bytes;
}

inline Bytes bytes_of_sample(const Sample& sample) {
  return tower_of(sample.floors, sample.lower);
}

inline Tower value_of_sample(const Sample& sample) {
  return {kSampleInterface, dcerpc::kNdr32, sample.sequence, sample.endpoint, sample.address};
}

}  // namespace pinhole::epm
