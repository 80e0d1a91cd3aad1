// SPDX-License-Identifier: Apache-2.0
// A dissector that is none of ours reads the conversation: tshark, over a capture written here.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include "osi/initiator.hpp"
#include "osi/responder.hpp"

namespace pinhole::osi {
namespace {

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return out;
  }
  std::array<char, 4096> buffer{};
  std::size_t count = 0;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    out.append(buffer.data(), count);
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return out;
}

class Capture {
 public:
  Capture() : folder_(std::filesystem::temp_directory_path() / "pinhole-osi-XXXXXX") {
    std::string name = folder_.string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~Capture() { std::filesystem::remove_all(folder_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  void add(char direction, ByteView bytes) {
    const std::string hex = to_hex(bytes);
    text_ += direction;
    text_ += "\n000000";
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      text_ += ' ' + hex.substr(i, 2);
    }
    text_ += '\n';
  }

  [[nodiscard]] std::string dissected(const std::string& options) const {
    std::ofstream(folder_ / "hex") << text_;
    const std::string capture = (folder_ / "capture").string();
    (void)output_of("text2pcap -q -D -T 40000,102 '" + (folder_ / "hex").string() + "' '" +
                    capture + "' 2>&1");
    return output_of("tshark -r '" + capture + "' " + options + " 2>/dev/null");
  }

 private:
  std::filesystem::path folder_;
  std::string text_;
};

TEST(Dissector, ReadsTheWholeExchangeWithoutAMalformedPacket) {
  ConnectRequest transport;
  transport.source = 0x1234;
  transport.called_tsap = to_bytes(bytes_of("MTA"));
  ConnectSpdu session;
  session.versions = 2;
  session.called_selector = to_bytes(bytes_of("S"));
  Initiator initiator(transport, session);
  Responder responder;
  Capture capture;

  const Bytes request = initiator.start();
  capture.add('O', request);
  const auto confirm = responder.on_bytes(request);
  capture.add('I', confirm.bytes);
  const auto connect = initiator.on_bytes(confirm.bytes);
  capture.add('O', connect.bytes);
  const auto refuse = responder.on_bytes(connect.bytes);
  capture.add('I', refuse.bytes);

  EXPECT_EQ(capture.dissected("-T fields -e cotp.type -e ses.type -e cotp.destref -e cotp.srcref"),
            "0x0e\t\t0x0000\t0x1234\n"
            "0x0d\t\t0x1234\t0x0001\n"
            "0x0f\t13\t0x0000\t\n"
            "0x0f\t12\t0x0000\t\n");
  EXPECT_NE(capture.dissected("-O ses").find("SS-user not attached to SSAP"), std::string::npos);
  EXPECT_EQ(capture.dissected("-Y '_ws.malformed || _ws.expert.severity == error'"), "");
}

TEST(Dissector, ReadsTheRefusals) {
  // ER is left out: tshark 4.0 shows it as bare data within TPKT.
  Capture capture;
  Responder class_four;
  capture.add('I', class_four.on_bytes(from_hex("0300000b06e00000123440")).bytes);
  Responder no_connect;
  (void)no_connect.on_bytes(from_hex("0300000b06e00000123400"));
  capture.add('I', no_connect.on_bytes(from_hex("0300000902f0800100")).bytes);
  EXPECT_EQ(capture.dissected("-T fields -e cotp.type -e ses.type"), "0x08\t\n0x0f\t25\n");
  EXPECT_EQ(capture.dissected("-Y _ws.malformed"), "");
}

}  // namespace
}  // namespace pinhole::osi
