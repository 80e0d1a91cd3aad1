// SPDX-License-Identifier: Apache-2.0
#include "render/table.hpp"

#include <algorithm>
#include <stdexcept>

#include "render/escape.hpp"
#include "render/utf8.hpp"

namespace pinhole::render {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::string_view kReset = "\x1b[0m";

// ECMA-48 8.3.117, select graphic rendition.
std::string_view sequence(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::strong:
      return "\x1b[1m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::faint:
      return "\x1b[2m";
  }
  return "";
}

std::string painted(std::string_view escaped, Tone tone, Style style) {
  if (!style.colour || tone == Tone::plain || escaped.empty()) {
    return std::string(escaped);
  }
  return std::string(sequence(tone)).append(escaped).append(kReset);
}

void append_row(std::string& out, const std::vector<Column>& columns,
                const std::vector<std::size_t>& widths, const std::vector<Cell>& cells,
                Style style) {
  std::size_t owed = 0;  // spaces that only a later cell makes real
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t padding = widths[i] - width(cells[i].text);
    const bool right = columns[i].align == Align::right;
    if (!cells[i].text.empty()) {
      out.append(owed + (right ? padding : 0), ' ');
      out += painted(cells[i].text, cells[i].tone, style);
      owed = right ? 0 : padding;
    } else {
      owed += padding;
    }
    owed += kGap.size();
  }
  out += '\n';
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (Column& column : columns_) {
    column.title = escape(column.title);
  }
}

void Table::add_row(std::vector<Cell> cells) {
  if (cells.size() > columns_.size()) {
    throw std::logic_error("a table row has more cells than the table has columns");
  }
  for (Cell& cell : cells) {
    cell.text = escape(cell.text);
  }
  rows_.push_back(std::move(cells));
}

std::string Table::text(Style style) const {
  std::vector<std::size_t> widths;
  std::vector<Cell> titles;
  for (const Column& column : columns_) {
    widths.push_back(width(column.title));
    titles.emplace_back(column.title, Tone::strong);
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i].text));
    }
  }
  std::string out;
  append_row(out, columns_, widths, titles, style);
  for (const auto& row : rows_) {
    append_row(out, columns_, widths, row, style);
  }
  return out;
}

std::string paint(std::string_view text, Tone tone, Style style) {
  return painted(escape(text), tone, style);
}

}  // namespace pinhole::render
