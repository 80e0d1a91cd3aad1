// SPDX-License-Identifier: Apache-2.0
// The drawing of a report: on the left who asks, on the right the zones with their servers, between
// them the devices; a line for each flow, whose colour, form and sign say how it went.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "inspect/verify_page.hpp"
#include "inspect/verify_report.hpp"
#include "render/utf8.hpp"

namespace pinhole::inspect {
namespace {

// Units of the view box.
constexpr int kWidth = 1000;
constexpr int kMargin = 12;
constexpr int kLeftEnd = 236;
constexpr int kRightStart = 548;
constexpr int kLine = 26;
constexpr int kHead = 34;
constexpr int kGap = 14;
constexpr int kTop = 40;
constexpr int kMiddle = (kLeftEnd + kRightStart) / 2;
constexpr std::size_t kMostLines = 200;  // above it one line stands for all flows of a kind

/// One line of the drawing: a flow, or several that went the same way.
struct Line {
  std::string client;
  Verdict verdict = Verdict::exact;
  std::string text;
  std::string title;
  std::string link;
  bool excess = false;
};

struct ServerBox {
  std::string name;
  std::string address;
  std::vector<Line> lines;
};

using Zones = std::vector<std::pair<std::string, std::vector<ServerBox>>>;

/// As much of a text as fits into a box.
std::string cut(const std::string& text, std::size_t most) {
  if (render::width(text) <= most) {
    return text;
  }
  std::string out;
  std::size_t used = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const render::Step step = render::first_step(rest);
    const std::size_t wide = render::width(rest.substr(0, step.size));
    if (used + wide + 1 > most) {
      break;
    }
    out += rest.substr(0, step.size);
    used += wide;
    rest.remove_prefix(step.size);
  }
  return out + "…";
}

class Drawing {
 public:
  explicit Drawing(const Report& report) : report_(&report) {}

  std::string make() {
    collect();
    const int right = place_servers();
    const int left = place_clients();
    const int height = std::max(left, right) + kMargin;
    std::string devices = draw_devices(height);
    return fmt::format(
        "<svg class=\"drawing\" viewBox=\"0 0 {} {}\" role=\"group\" "
        "aria-label=\"Zones, servers and flows\">\n{}{}{}{}</svg>\n",
        kWidth, height, devices, boxes_, draw_lines(), labels_);
  }

 private:
  struct Placed {
    Line line;
    int y = 0;
  };

  void collect() {
    const bool many = report_->rows.size() > kMostLines;
    std::map<std::string, std::size_t> counted;
    for (std::size_t i = 0; i < report_->rows.size(); ++i) {
      const ReportRow& row = report_->rows[i];
      const std::string& client = row.towards_us ? row.to : row.from;
      ServerBox& box = box_of(row);
      clients_[row.towards_us ? row.to_zone : row.from_zone].insert(client);
      devices_.insert(row.through.begin(), row.through.end());
      if (!many) {
        box.lines.push_back(line_of(row, i));
        continue;
      }
      const auto same = std::ranges::find_if(box.lines, [&](const Line& line) {
        return line.client == client && line.verdict == row.judgement.verdict;
      });
      Line& line = same == box.lines.end() ? box.lines.emplace_back(line_of(row, i)) : *same;
      const std::size_t count =
          ++counted[fmt::format("{}\n{}\n{}", box.address, client, word_of(row.judgement.verdict))];
      line.text = fmt::format("{} {}", count, to_string(row.judgement.verdict));
    }
    add_excess();
  }

  ServerBox& box_of(const ReportRow& row) {
    const std::string& zone = row.towards_us ? row.from_zone : row.to_zone;
    const std::string& name = row.towards_us ? row.from : row.to;
    auto at = std::ranges::find(zones_, zone, &Zones::value_type::first);
    if (at == zones_.end()) {
      at = zones_.insert(zones_.end(), {zone, {}});
    }
    for (ServerBox& box : at->second) {
      if (box.name == name &&
          (row.address.empty() || box.address.empty() || box.address == row.address)) {
        box.address = box.address.empty() ? row.address : box.address;
        return box;
      }
    }
    return at->second.emplace_back(ServerBox{name, row.address, {}});
  }

  static Line line_of(const ReportRow& row, std::size_t index) {
    Line line;
    line.client = row.towards_us ? row.to : row.from;
    line.verdict = row.judgement.verdict;
    line.text = fmt::format("{}{}/{} {}", row.towards_us ? "← " : "", row.transport, row.ports,
                            row.service);
    line.title = fmt::format("{}: {}", row.flow, row.judgement.reason);
    line.link = fmt::format("#f{}", index);
    return line;
  }

  void add_excess() {
    if (!report_->excess) {
      return;
    }
    constexpr std::size_t kMostExcess = 8;  // of one server
    std::map<std::string, std::size_t> shown;
    for (const ExcessOpen& each : report_->excess->open) {
      const std::string address = to_string(report_->excess->targets[each.target].address);
      for (auto& [zone, boxes] : zones_) {
        for (ServerBox& box : boxes) {
          if (box.address == address && ++shown[address] <= kMostExcess) {
            box.lines.push_back({{},
                                 Verdict::blocked,
                                 fmt::format("tcp/{} open", each.port),
                                 "open, and no flow from here names it",
                                 "#excess",
                                 true});
          }
        }
      }
    }
  }

  void box(const char* kind, int x, int y, int width, int height) {
    boxes_ +=
        fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
                    kind, x, y, width, height);
  }

  void label(const char* kind, int x, int y, const std::string& text, std::size_t most) {
    labels_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", kind, x, y,
                           markup(cut(text, most)));
  }

  /// The lower end of the right side.
  int place_servers() {
    int y = kTop;
    for (const auto& [zone, boxes] : zones_) {
      const int start = y;
      y += kHead;
      for (const ServerBox& server : boxes) {
        const int height = kHead + static_cast<int>(server.lines.size()) * kLine + 6;
        box("host", kRightStart + kGap, y, kWidth - kMargin - kRightStart - 2 * kGap, height);
        label("name", kRightStart + 2 * kGap, y + 22, server.name, 24);
        labels_ += fmt::format("<text class=\"address\" x=\"{}\" y=\"{}\">{}</text>\n",
                               kWidth - kMargin - 2 * kGap, y + 22, markup(server.address));
        for (std::size_t i = 0; i < server.lines.size(); ++i) {
          const int at = y + kHead + static_cast<int>(i) * kLine + kLine / 2;
          placed_.push_back({server.lines[i], at});
        }
        y += height + kGap;
      }
      outline(zone, kRightStart, start, kWidth - kMargin - kRightStart, y - start);
      y += kGap;
    }
    return y;
  }

  int place_clients() {
    int y = kTop;
    for (const auto& [zone, names] : clients_) {
      const int start = y;
      y += kHead;
      for (const std::string& name : names) {
        box("host", kMargin + kGap, y, kLeftEnd - kMargin - 2 * kGap, kHead + 4);
        label("name", kMargin + 2 * kGap, y + 24, name, 19);
        client_y_[name] = y + kHead / 2 + 2;
        y += kHead + 4 + kGap;
      }
      outline(zone, kMargin, start, kLeftEnd - kMargin, y - start);
      y += kGap;
    }
    return y;
  }

  /// Drawn before what stands inside it.
  void outline(const std::string& zone, int x, int y, int width, int height) {
    zones_text_ += fmt::format(
        "<rect class=\"zone\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n", x, y,
        width, height);
    label("zone-name", x + kGap, y + 23, zone, 40);
  }

  std::string draw_devices(int height) {
    std::string text = std::move(zones_text_);
    if (devices_.empty()) {
      return text;
    }
    return text + fmt::format(
                      "<line class=\"device\" x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\"/>\n"
                      "<text class=\"device-name\" x=\"{0}\" y=\"24\">{3}</text>\n",
                      kMiddle, kTop - 6, height - kMargin,
                      markup(cut(fmt::format("{}", fmt::join(devices_, " · ")), 44)));
  }

  std::string draw_lines() const {
    std::string text;
    for (const Placed& each : placed_) {
      text += draw(each);
    }
    return text;
  }

  [[nodiscard]] std::string draw(const Placed& each) const {
    const Line& line = each.line;
    const int end = kRightStart + kGap;
    const std::string kind = line.excess ? "excess" : std::string(word_of(line.verdict));
    const std::string sign = line.excess ? "!" : std::string(sign_of(line.verdict));
    std::string curve;
    std::string mark;
    if (const auto from = client_y_.find(line.client); from != client_y_.end()) {
      curve = fmt::format("<path class=\"flow\" d=\"M{} {} C{} {} {} {} {} {}\"/>", kLeftEnd - kGap,
                          from->second, kMiddle, from->second, kMiddle, each.y, end, each.y);
      if (line.verdict == Verdict::blocked) {
        mark = disc(kMiddle, (from->second + each.y) / 2, sign);
      }
    }
    return fmt::format(
        "<a class=\"v-{}\" href=\"{}\"><title>{}</title>{}{}{}"
        "<text class=\"flow-text\" x=\"{}\" y=\"{}\">{}</text></a>\n",
        kind, line.link, markup(line.title), curve, mark, disc(end + 14, each.y, sign), end + 32,
        each.y + 5, markup(cut(line.text, 44)));
  }

  static std::string disc(int x, int y, const std::string& sign) {
    return fmt::format(
        "<circle class=\"disc\" cx=\"{0}\" cy=\"{1}\" r=\"9\"/>"
        "<text class=\"sign\" x=\"{0}\" y=\"{2}\">{3}</text>",
        x, y, y + 4, sign);
  }

  const Report* report_;
  Zones zones_;
  std::map<std::string, std::set<std::string>> clients_;
  std::set<std::string> devices_;
  std::map<std::string, int> client_y_;
  std::vector<Placed> placed_;
  std::string zones_text_;
  std::string boxes_;
  std::string labels_;
};

}  // namespace

std::string verify_drawing(const Report& report) {
  return Drawing(report).make();
}

}  // namespace pinhole::inspect
