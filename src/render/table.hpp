// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables for eyes: aligned columns, two spaces between them, colour only where the caller asks.
// Every title and cell is escaped here (render/escape.hpp); callers pass raw text.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pinhole::render {

/// How to print. The caller decides: colour for a terminal, none for a pipe or a file.
struct Style {
  bool colour = false;
};

/// What a piece of text means; a style with colour shows it.
enum class Tone : std::uint8_t { plain, strong, good, warning, bad, faint };

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

struct Cell {
  Cell(std::string cell_text, Tone cell_tone = Tone::plain)
      : text(std::move(cell_text)), tone(cell_tone) {}
  Cell(std::string_view cell_text, Tone cell_tone = Tone::plain)
      : text(cell_text), tone(cell_tone) {}
  Cell(const char* cell_text, Tone cell_tone = Tone::plain) : text(cell_text), tone(cell_tone) {}

  std::string text;
  Tone tone;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  /// Missing cells at the end are empty; more cells than columns throw std::logic_error.
  void add_row(std::vector<Cell> cells);
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }

  /// The header (bold with colour) and the rows, each ended by a newline and without spaces before
  /// it. A table without rows is its header.
  [[nodiscard]] std::string text(Style style) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// Escaped text in its tone's colour, or escaped only where the style has no colour.
[[nodiscard]] std::string paint(std::string_view text, Tone tone, Style style);

}  // namespace pinhole::render
