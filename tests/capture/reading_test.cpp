// SPDX-License-Identifier: Apache-2.0
// From the octets of a file to datagrams: formats, links, fragments, extension headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/file_reader.hpp"
#include "capture/ip.hpp"
#include "capture/link.hpp"
#include "capture/packets.hpp"
#include "support/random.hpp"

namespace pinhole::capture {
namespace {

struct Kept final : PacketSink {
  void on_packet(const Packet& packet) override {
    times.push_back(packet.time);
    links.push_back(packet.link);
    octets.push_back(to_bytes(packet.octets));
  }
  std::vector<Time> times;
  std::vector<std::uint32_t> links;
  std::vector<Bytes> octets;
};

/// Shows the file in pieces, as a caller with a small buffer does.
std::optional<FileFault> show(ByteView file, std::size_t piece, PacketSink& sink,
                              const Limits& limits = {}) {
  FileReader reader(limits);
  Bytes buffer;
  while (!file.empty() && !reader.fault()) {
    const ByteView part = file.first(std::min(piece, file.size()));
    put(buffer, part);
    file = file.subspan(part.size());
    buffer.erase(buffer.begin(),
                 buffer.begin() + static_cast<std::ptrdiff_t>(reader.take(buffer, sink)));
  }
  if (!reader.fault()) {
    reader.finish(buffer.size());
  }
  return reader.fault();
}

Bytes block(std::uint32_t type, ByteOrder order, ByteView body) {
  Bytes out;
  ByteWriter writer(out, order);
  const std::size_t padded = (body.size() + 3) / 4 * 4;
  writer.u32(type);
  writer.u32(static_cast<std::uint32_t>(padded + 12));
  writer.bytes(body);
  writer.zeros(padded - body.size());
  writer.u32(static_cast<std::uint32_t>(padded + 12));
  return out;
}

Bytes section(ByteOrder order) {
  Bytes body;
  ByteWriter writer(body, order);
  writer.u32(0x1a2b3c4d);
  writer.u16(1);
  writer.u16(0);
  writer.u64(UINT64_MAX);
  return block(0x0a0d0d0a, order, body);
}

/// `resolution`: if_tsresol.
Bytes interface_block(ByteOrder order, std::uint16_t link, std::uint8_t resolution) {
  Bytes body;
  ByteWriter writer(body, order);
  writer.u16(link);
  writer.u16(0);
  writer.u32(0);
  writer.u16(9);
  writer.u16(1);
  writer.u8(resolution);
  writer.zeros(3);
  writer.u32(0);
  return block(1, order, body);
}

Bytes packet_block(ByteOrder order, std::uint32_t interface, std::uint64_t ticks, ByteView octets) {
  Bytes body;
  ByteWriter writer(body, order);
  writer.u32(interface);
  writer.u32(static_cast<std::uint32_t>(ticks >> 32U));
  writer.u32(static_cast<std::uint32_t>(ticks));
  writer.u32(static_cast<std::uint32_t>(octets.size()));
  writer.u32(static_cast<std::uint32_t>(octets.size()));
  writer.bytes(octets);
  return block(6, order, body);
}

Bytes operator+(Bytes left, const Bytes& right) {
  put(left, right);
  return left;
}

TEST(FileReader, ReadsPcapInAnyPieces) {
  std::vector<Frame> frames;
  call(frames, "10.0.0.1", "10.0.0.2", kEmsmdb, 56001);
  const Bytes file = pcap_file(frames);
  for (const std::size_t piece : {1UL, 7UL, 100UL, 100000UL}) {
    Kept kept;
    EXPECT_FALSE(show(file, piece, kept)) << piece;
    ASSERT_EQ(kept.octets.size(), frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(kept.octets[i], frames[i].octets);
      EXPECT_EQ(kept.times[i], frames[i].time);
    }
  }
}

TEST(FileReader, ReadsPcapngOfBothOrdersAndOfSeveralInterfaces) {
  const Bytes octets(60);
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    const Bytes file =
        section(order) + interface_block(order, 1, 6) + interface_block(order, 276, 9) +
        packet_block(order, 0, 5'000'001, octets) + block(0x0bad, order, Bytes(9)) +
        packet_block(order, 1, 7'000'000'003, octets) + section(order) +
        interface_block(order, 101, 0x80 | 10) + packet_block(order, 0, 2048 + 512, octets);
    Kept kept;
    EXPECT_FALSE(show(file, 13, kept));
    EXPECT_THAT(kept.times, testing::ElementsAre(5 * kSecond + 1000, 7 * kSecond + 3,
                                                 2 * kSecond + kSecond / 2));
    EXPECT_THAT(kept.links, testing::ElementsAre(1U, 276U, 101U));
  }
}

TEST(FileReader, SaysWhereAFileIsCutAndKeepsWhatCameBefore) {
  std::vector<Frame> frames;
  call(frames, "10.0.0.1", "10.0.0.2", kEmsmdb, 56001);
  const Bytes file = pcap_file(frames);
  for (std::size_t size = 0; size < file.size(); ++size) {
    Kept kept;
    const auto fault = show(ByteView(file).first(size), 64, kept);
    const bool at_an_end = size == 24 || kept.octets.size() == frames.size();
    std::size_t told = 24;
    for (const Bytes& each : kept.octets) {
      told += 16 + each.size();
    }
    EXPECT_EQ(fault.has_value(), !at_an_end && told != size) << size;
    if (fault && size > 24) {
      EXPECT_EQ(fault->offset, told);
    }
  }
}

TEST(FileReader, RefusesWhatIsNoCapture) {
  Kept kept;
  EXPECT_EQ(show(bytes_of("certainly no capture file at all"), 64, kept)->what,
            "neither pcap nor pcapng");
  Bytes gzip(64);
  gzip[0] = std::byte{0x1f};
  gzip[1] = std::byte{0x8b};
  EXPECT_EQ(show(gzip, 64, kept)->what, "the file is compressed with gzip");
  Bytes absurd = pcap_file({{kStart, Bytes(60)}});
  absurd[24 + 11] = std::byte{0x7f};
  EXPECT_EQ(show(absurd, 64, kept)->what, "a packet is longer than the limit");
  EXPECT_EQ(
      show(section(ByteOrder::little) + packet_block(ByteOrder::little, 3, 0, Bytes(4)), 64, kept)
          ->what,
      "a packet of an interface that is not described");
  EXPECT_TRUE(kept.octets.empty());
}

Bytes some_ip() {
  return ip_packet(ip("10.0.0.1"), ip("10.0.0.2"), Bytes(30));
}

TEST(Link, FindsTheDatagramBehindEachHeader) {
  const Bytes inner = some_ip();
  const auto behind = [&](std::size_t header) { return Bytes(header) + inner; };
  EXPECT_EQ(to_bytes(ip_of(link::kEthernet, ethernet(inner))), inner);
  EXPECT_EQ(to_bytes(ip_of(link::kEthernet, ethernet(inner, {0x8100}))), inner);
  EXPECT_EQ(to_bytes(ip_of(link::kEthernet, ethernet(inner, {0x88a8, 0x8100}))), inner);
  EXPECT_EQ(to_bytes(ip_of(link::kRaw, inner)), inner);
  EXPECT_EQ(to_bytes(ip_of(link::kRawDlt, inner)), inner);
  EXPECT_EQ(to_bytes(ip_of(link::kNull, behind(4))), inner);
  EXPECT_EQ(to_bytes(ip_of(link::kLoop, behind(4))), inner);
  Bytes cooked = behind(16);
  cooked[14] = std::byte{0x08};
  EXPECT_EQ(to_bytes(ip_of(link::kLinuxCooked, cooked)), inner);
  Bytes cooked2 = behind(20);
  cooked2[0] = std::byte{0x08};
  EXPECT_EQ(to_bytes(ip_of(link::kLinuxCooked2, cooked2)), inner);
  Bytes ppp = from_hex("ff030021") + inner;
  EXPECT_EQ(to_bytes(ip_of(link::kPpp, ppp)), inner);
}

TEST(Link, FindsNothingInWhatIsCutOrUnknown) {
  const Bytes whole = ethernet(some_ip(), {0x88a8, 0x8100});
  for (std::size_t size = 0; size < 22; ++size) {
    EXPECT_TRUE(ip_of(link::kEthernet, ByteView(whole).first(size)).empty()) << size;
  }
  EXPECT_TRUE(ip_of(9999, whole).empty());
  EXPECT_FALSE(is_known_link(9999));
}

TEST(Defragmenter, PutsFragmentsTogetherInAnyOrder) {
  Bytes payload;
  for (int i = 0; i < 100; ++i) {
    payload.push_back(static_cast<std::byte>(i));
  }
  const auto part = [&](std::size_t from, std::size_t to) {
    const unsigned more = to < payload.size() ? 0x2000U : 0U;
    return ip_packet(ip("10.0.0.1"), ip("10.0.0.2"), ByteView(payload).subspan(from, to - from),
                     kTcp, 77, more | static_cast<unsigned>(from / 8));
  };
  std::vector<Bytes> parts{part(0, 32), part(32, 80), part(80, 100)};
  std::ranges::sort(parts);
  do {
    Defragmenter defragmenter;
    EXPECT_FALSE(defragmenter.on_packet(parts[0], kStart));
    EXPECT_FALSE(defragmenter.on_packet(parts[0], kStart));
    EXPECT_FALSE(defragmenter.on_packet(parts[1], kStart));
    const auto whole = defragmenter.on_packet(parts[2], kStart);
    ASSERT_TRUE(whole);
    EXPECT_EQ(to_bytes(whole->payload), payload);
  } while (std::ranges::next_permutation(parts).found);
}

TEST(Defragmenter, GivesUpWhatOverlapsOrIsTooMuch) {
  const auto part = [](unsigned id, unsigned offset, std::size_t size, bool more) {
    return ip_packet(ip("10.0.0.1"), ip("10.0.0.2"), Bytes(size), kTcp, id,
                     (more ? 0x2000U : 0U) | offset / 8);
  };
  Defragmenter defragmenter;
  EXPECT_FALSE(defragmenter.on_packet(part(1, 0, 32, true), kStart));
  EXPECT_FALSE(defragmenter.on_packet(part(1, 16, 32, false), kStart));
  EXPECT_EQ(defragmenter.given_up(), 1U);
  Limits limits;
  limits.datagrams = 4;
  Defragmenter few(limits);
  for (unsigned id = 0; id < 10; ++id) {
    EXPECT_FALSE(few.on_packet(part(id, 0, 32, true), kStart));
  }
  EXPECT_EQ(few.given_up(), 6U);
  // The last one still waits for its rest, the first no longer does.
  EXPECT_TRUE(few.on_packet(part(9, 32, 8, false), kStart));
  EXPECT_FALSE(few.on_packet(part(0, 32, 8, false), kStart));
}

TEST(Defragmenter, PassesExtensionHeadersOfIpv6) {
  const IpAddress from = ip("2001:db8::1");
  const IpAddress to = ip("2001:db8::2");
  const Bytes payload = from_hex("0102030405060708090a");
  // Hop-by-hop options, then destination options, then TCP.
  const Bytes chain = from_hex(
                          "3c00000000000000"
                          "0600000000000000") +
                      payload;
  Defragmenter defragmenter;
  const Bytes options = ip_packet(from, to, chain, 0);
  const auto whole = defragmenter.on_packet(options, kStart);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->protocol, kTcp);
  EXPECT_EQ(to_bytes(whole->payload), payload);
  // Two fragments of 8 and 2 octets.
  const Bytes first = from_hex("0600000100000042") + Bytes(payload.begin(), payload.begin() + 8);
  const Bytes second = from_hex("0600000800000042") + Bytes(payload.begin() + 8, payload.end());
  EXPECT_FALSE(defragmenter.on_packet(ip_packet(from, to, first, 44), kStart));
  const auto joined = defragmenter.on_packet(ip_packet(from, to, second, 44), kStart);
  ASSERT_TRUE(joined);
  EXPECT_EQ(to_bytes(joined->payload), payload);
}

TEST(Defragmenter, LeavesThePaddingOfAFrameOut) {
  Bytes packet = ip_packet(ip("10.0.0.1"), ip("10.0.0.2"), Bytes(20));
  packet.resize(46);
  Defragmenter defragmenter;
  EXPECT_EQ(defragmenter.on_packet(packet, kStart)->payload.size(), 20U);
}

struct Heard final : StreamSink {
  void on_data(ByteView octets) override { text += text_of(octets); }
  void on_gap(std::uint64_t octets) override { text += "<" + std::to_string(octets) + ">"; }
  std::string text;
};

TEST(Stream, TellsEachOctetOnce) {
  Stream stream;
  Heard heard;
  const auto say = [&](std::uint32_t at, std::string_view text) {
    stream.on_segment(at, bytes_of(text), text.size(), 100, heard);
  };
  stream.start(0xfffffffe);
  say(0xfffffffe, "ab");
  say(4, "ef");
  say(0, "XXcd");
  say(0xfffffffe, "YYYYYY");
  say(0, "ZZZZefgh");
  EXPECT_EQ(heard.text, "abXXcdefgh");
  EXPECT_EQ(stream.held(), 0U);
}

TEST(Stream, GivesUpWhatTheOtherSideHas) {
  Stream stream;
  Heard heard;
  stream.start(0);
  stream.on_segment(10, bytes_of("later"), 5, 100, heard);
  stream.on_acknowledged(5, heard);
  stream.on_acknowledged(9, heard);
  stream.on_acknowledged(9, heard);
  EXPECT_EQ(heard.text, "");
  stream.on_acknowledged(15, heard);
  stream.on_acknowledged(15, heard);
  stream.on_acknowledged(15, heard);
  EXPECT_EQ(heard.text, "<10>later");
}

TEST(Stream, GivesUpWhatIsTooFarBehind) {
  Stream stream;
  Heard heard;
  stream.start(0);
  stream.on_segment(10, bytes_of("12345"), 5, 8, heard);
  stream.on_segment(20, bytes_of("67890"), 5, 8, heard);
  EXPECT_EQ(heard.text, "<10>12345");
  stream.flush(heard);
  EXPECT_EQ(heard.text, "<10>12345<5>67890");
}

TEST(Stream, IsTheSameForAnyCut) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 random = support::random_source();
  const auto any = [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += static_cast<char>('a' + i % 26);
  }
  for (std::size_t run = 0; run < support::random_runs(100000); ++run) {
    const auto start = static_cast<std::uint32_t>(random());
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = std::min(1 + any(30), text.size() - at);
      const std::size_t back = std::min(at, any(8));
      parts.emplace_back(at - back, size + back);
      at += size;
    }
    std::ranges::shuffle(parts, random);
    Stream stream;
    Heard heard;
    stream.start(start);
    for (const auto& [at, size] : parts) {
      stream.on_segment(start + static_cast<std::uint32_t>(at),
                        bytes_of(std::string_view(text).substr(at, size)), size, 1000, heard);
    }
    ASSERT_EQ(heard.text, text);
    ASSERT_EQ(stream.held(), 0U);
  }
}

}  // namespace
}  // namespace pinhole::capture
