// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "registry/reg_text.hpp"
#include "registry/text.hpp"

namespace pinhole::registry {
namespace {

// Windows breaks hexadecimal data before this column.
constexpr std::size_t kLineWidth = 78;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
    }
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

bool is_plain(std::string_view text, RegForm form) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (form == RegForm::for_hive && byte > 0x7F)) {
      return false;
    }
  }
  return form != RegForm::regedit4 || cp1252_of(text).has_value();
}

bool is_text(Type type) {
  return type == Type::sz || type == Type::expand_sz || type == Type::multi_sz;
}

class Writer {
 public:
  explicit Writer(RegForm form)
      : form_(form), end_of_line_(form == RegForm::for_hive ? "\n" : "\r\n") {}

  Checked<Bytes> write(const std::vector<Edit>& edits) {
    line(form_ == RegForm::regedit4 ? "REGEDIT4" : "Windows Registry Editor Version 5.00");
    const Path* heading = nullptr;
    for (const Edit& edit : edits) {
      const bool removal = edit.kind == Edit::Kind::delete_key;
      if (removal || edit.kind == Edit::Kind::make_key || heading == nullptr ||
          *heading != edit.path) {
        line("");
        line(fmt::format("[{}{}]", removal ? "-" : "", to_string(edit.path)));
        heading = removal ? nullptr : &edit.path;
      }
      if (edit.kind == Edit::Kind::delete_value) {
        line(name(edit.name) + "=-");
      } else if (edit.kind == Edit::Kind::set_value) {
        PINHOLE_CHECK(value(edit));
      }
    }
    line("");
    return encode();
  }

 private:
  void line(std::string_view content) {
    text_ += content;
    text_ += end_of_line_;
  }

  static std::string name(std::string_view value_name) {
    return value_name.empty() ? "@" : quoted(value_name);
  }

  Checked<void> value(const Edit& edit) {
    const Value& it = edit.value;
    const std::string start = name(edit.name) + "=";
    if (const auto number = it.dword(); number && it.type == Type::dword) {
      line(fmt::format("{}dword:{:08x}", start, *number));
      return {};
    }
    if (const auto text = it.type == Type::sz ? it.sz() : std::nullopt;
        text && Value::of_sz(*text) == it && is_plain(*text, form_)) {
      line(start + quoted(*text));
      return {};
    }
    Bytes data = it.data;
    if (form_ == RegForm::regedit4 && is_text(it.type)) {
      const auto text = utf8_of_utf16le(it.data);
      auto ansi = text ? cp1252_of(*text) : std::nullopt;
      if (!ansi) {
        return failure({"reg-ansi",
                        Severity::error,
                        {to_string(edit.path), 0, 0, {}},
                        fmt::format("the text of `{}` is not in code page 1252", edit.name),
                        "use version 5.00",
                        Exit::usage});
      }
      data = *std::move(ansi);
    }
    hex(start, it.type, data);
    return {};
  }

  void hex(const std::string& start, Type type, const Bytes& data) {
    std::string current = start;
    if (type == Type::binary) {
      current += "hex:";
    } else {
      current += fmt::format("hex({:x}):", static_cast<std::uint32_t>(type));
    }
    for (std::size_t i = 0; i < data.size(); ++i) {
      // hivexregedit joins continued lines, so that only long ones for Windows need be broken.
      if (form_ != RegForm::for_hive && current.size() + 4 > kLineWidth) {
        line(current + "\\");
        current = "  ";
      }
      current += fmt::format("{:02x}", std::to_integer<unsigned>(data[i]));
      current += i + 1 < data.size() ? "," : "";
    }
    line(current);
  }

  Checked<Bytes> encode() {
    if (form_ == RegForm::regedit4) {
      auto ansi = cp1252_of(text_);
      if (!ansi) {
        return failure({"reg-ansi",
                        Severity::error,
                        {},
                        "a name is not in code page 1252",
                        "use version 5.00",
                        Exit::usage});
      }
      return *std::move(ansi);
    }
    if (form_ != RegForm::version5) {
      return to_bytes(bytes_of(text_));
    }
    return utf16le_of("\xEF\xBB\xBF" + text_);
  }

  RegForm form_;
  std::string_view end_of_line_;
  std::string text_;
};

}  // namespace

Checked<Bytes> write_reg(const std::vector<Edit>& edits, RegForm form) {
  return Writer(form).write(edits);
}

}  // namespace pinhole::registry
