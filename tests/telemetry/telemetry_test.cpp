// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/counters.hpp"
#include "telemetry/log.hpp"

namespace pinhole::telemetry {
namespace {

constexpr Time kWhen{std::chrono::microseconds(1'700'000'000'000'042)};
constexpr const char* kStamp = "2023-11-14T22:13:20.000042Z ";

TEST(FormatLine, WritesTimeLevelComponentIdAndFields) {
  EXPECT_EQ(format_line(kWhen, Level::warning, "host", "service-degraded",
                        {{"service", "MSExchangeIS"}, {"port", 56001}, {"held", true}}),
            std::string(kStamp) +
                "warning host service-degraded service=MSExchangeIS port=56001 held=true\n");
}

TEST(FormatLine, LetsNoValueEndItsLineOrForgeAField) {
  EXPECT_EQ(format_line(kWhen, Level::info, "epm", "x",
                        {{"a", "b c=d"}, {"e", "\"\\\n\x1b\xff"}, {"f", ""}}),
            std::string(kStamp) + R"(info epm x a="b c=d" e="\"\\\x0a\x1b\xff" f="")" + "\n");
}

TEST(FormatLine, CutsALineThatAPipeWouldTear) {
  const std::string line =
      format_line(kWhen, Level::info, "epm", "x", {{"a", std::string(10000, 'b')}});
  EXPECT_EQ(line.size(), 4096U);
  EXPECT_TRUE(line.ends_with("b...\n"));
}

TEST(Levels, ReadBackByName) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error, Level::off}) {
    EXPECT_EQ(parse_level(to_string(level)), level);
  }
  EXPECT_EQ(parse_level("loud"), std::nullopt);
}

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~Pipe() {
    close(ends_[0]);
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_writer() {
    if (ends_[1] >= 0) {
      close(ends_[1]);
      ends_[1] = -1;
    }
  }
  [[nodiscard]] std::string read_all() {
    close_writer();
    std::string out;
    std::array<char, 4096> buffer{};
    ssize_t count = 0;
    while ((count = read(ends_[0], buffer.data(), buffer.size())) > 0) {
      out.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return out;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

TEST(Log, WritesFromItsLevelUpwards) {
  Pipe pipe;
  Log log(pipe.writer(), Level::warning);
  EXPECT_FALSE(log.on(Level::info));
  log.write(Level::info, "a", "quiet");
  log.write(Level::warning, "a", "heard");
  log.set_level(Level::off);
  log.write(Level::error, "a", "silenced");
  EXPECT_THAT(pipe.read_all(), testing::AllOf(testing::HasSubstr(" warning a heard\n"),
                                              testing::Not(testing::HasSubstr("quiet")),
                                              testing::Not(testing::HasSubstr("silenced"))));
}

TEST(Log, KeepsLinesOfManyThreadsWhole) {
  Pipe pipe;
  Log log(pipe.writer());
  constexpr int kEach = 100;  // four times these lines fit into a pipe
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&log] {
      for (int k = 0; k < kEach; ++k) {
        log.write(Level::info, "thread", "line", {{"text", "0123456789"}});
      }
    });
  }
  threads.clear();
  const std::string text = pipe.read_all();
  EXPECT_EQ(std::ranges::count(text, '\n'), 4 * kEach);
  std::size_t whole = 0;
  for (std::size_t at = 0;
       (at = text.find("Z info thread line text=0123456789\n", at)) != std::string::npos; ++at) {
    ++whole;
  }
  EXPECT_EQ(whole, 4U * kEach);
}

TEST(Log, OutlivesADescriptorThatFails) {
  Log log(-1);
  log.write(Level::error, "a", "lost");
}

TEST(Counters, CountFromManyThreads) {
  Counters counters;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&counters] {
        for (int k = 0; k < 1000; ++k) {
          counters.add(Counter::requests_total);
        }
      });
    }
  }
  counters.add(Counter::connections, 2);
  counters.add(Counter::connections, -1);
  EXPECT_EQ(counters.value(Counter::requests_total), 4000);
  EXPECT_EQ(counters.value(Counter::connections), 1);
}

TEST(Counters, SpeakPrometheusText) {
  Counters counters;
  counters.add(Counter::connections, 3);
  const std::string text = counters.prometheus_text();
  EXPECT_THAT(text, testing::HasSubstr("# HELP pinhole_connections Connections open now\n"
                                       "# TYPE pinhole_connections gauge\n"
                                       "pinhole_connections 3\n"));
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), 3 * kCounters);
}

TEST(Counters, NameTheirKindByTheirEnding) {
  const std::string text = Counters{}.prometheus_text();
  for (std::size_t i = 0; i < kCounters; ++i) {
    const auto name = std::string(to_string(static_cast<Counter>(i)));
    const char* kind = name.ends_with("_total") ? " counter\n" : " gauge\n";
    EXPECT_THAT(text, testing::HasSubstr("# TYPE pinhole_" + name + kind));
  }
}

}  // namespace
}  // namespace pinhole::telemetry
