// The cells of a sheet read the slow way: by expat, element after element, with none of the short cuts that
// the reader takes. What expat takes must come out the same; the reader may be laxer than expat, never
// different.
#pragma once

#include "base/text.hpp"
#include "exchange/refusal.hpp"
#include "exchange/xlsx_sheet.hpp"
#include "exchange/xml_parts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace sonae::exchange::oracle {

// A text of runs, each with whether it is struck out.
struct Text {
    std::vector<std::pair<std::string, bool>> runs;
    bool rich = false;

    bool some(bool struck) const {
        for (const auto& [text, is_struck] : runs) {
            if (is_struck == struck && !is_blank(text)) return true;
        }
        return false;
    }
    std::string shown() const {
        std::string out;
        for (const auto& [text, struck] : runs) {
            if (!(struck && some(false) && some(true))) out += text;
        }
        return unescape_xlsx(out);
    }
};

class TextReader {
 public:
    void begin() { *this = {}; }
    void start(std::string_view name, const Attributes& attributes) {
        if (name == "rPh") reading_ = true;
        if (name == "t") inside_ = !reading_;
        if (name == "r") {
            text.rich = run_ = true;
            struck_ = false;
        }
        if (name == "strike" && run_) struck_ = attributes["val"].empty() || is_true(attributes["val"]);
    }
    void end(std::string_view name) {
        if (name == "rPh") reading_ = false;
        if (name == "t") inside_ = false;
        if (name == "r") run_ = struck_ = false;
    }
    void add(std::string_view piece) {
        if (inside_) text.runs.emplace_back(piece, struck_);
    }
    Text text;

 private:
    bool inside_ = false;
    bool reading_ = false;
    bool run_ = false;
    bool struck_ = false;
};

class Strings final : public Elements {
 public:
    void start(std::string_view name, const Attributes& attributes) override {
        if (name == "si") reader_.begin();
        reader_.start(name, attributes);
    }
    void end(std::string_view name) override {
        reader_.end(name);
        if (name == "si") all.push_back(reader_.text);
    }
    void text(std::string_view piece) override { reader_.add(piece); }
    std::vector<Text> all;

 private:
    TextReader reader_;
};

class Sheet final : public Elements {
 public:
    Sheet(const Strings& strings, const XlsxShared& shared, Table& table, TableTotals& totals)
        : strings_(strings),
          shared_(shared),
          table_(table),
          builder_(table, totals, std::make_shared<CellStore>()) {}

    void start(std::string_view name, const Attributes& attributes) override {
        if (cell_) {
            if (name == "v") value_ = true;
            if (name == "is") inline_ = true;
            if (inline_) reader_.start(name, attributes);
        } else if (row_) {
            if (name == "c") start_cell(attributes);
        } else if (data_) {
            if (name == "row") start_row(attributes);
        } else if (name == "sheetData") {
            data_ = true;
        } else if (name == "mergeCell") {
            std::string range(attributes["ref"]);
            MergedCells cells;
            size_t colon = range.find(':');
            if (colon == std::string::npos) return;
            bool read = read_reference(range.substr(0, colon), cells.first_row, cells.first_column) &&
                        read_reference(range.substr(colon + 1), cells.last_row, cells.last_column);
            if (read && cells.first_row > 0 && cells.first_row <= cells.last_row &&
                cells.last_row <= max_rows && cells.first_column <= cells.last_column &&
                cells.last_column < max_columns) {
                table_.merges.push_back(cells);
            }
        }
    }
    void end(std::string_view name) override {
        if (cell_) {
            if (name == "v") value_ = false;
            if (inline_) reader_.end(name);
            if (name == "is") inline_ = false;
            if (name == "c") end_cell();
        } else if (row_) {
            if (name != "row") return;
            row_ = false;
            if (!builder_.end_row()) refuse(too_large());
        } else if (name == "sheetData") {
            data_ = false;
        }
    }
    void text(std::string_view piece) override {
        if (value_) written_ += piece;
        if (inline_) reader_.add(piece);
    }

 private:
    void start_row(const Attributes& attributes) {
        row_ = true;
        column_ = 0;
        int64_t number = number_ + 1;
        if (!attributes["r"].empty()) {
            auto read = whole_number(attributes["r"]);
            if (!read || *read < number) refuse(damaged("row"));
            number = *read;
        }
        if (number > max_rows) refuse(damaged("row"));
        number_ = number;
        builder_.start_row(number, is_true(attributes["hidden"]));
    }
    void start_cell(const Attributes& attributes) {
        cell_ = true;
        written_.clear();
        reader_.begin();
        int64_t row = 0;
        if (!attributes["r"].empty() && !read_reference(attributes["r"], row, column_))
            refuse(damaged("cell"));
        if (column_ >= max_columns) refuse(damaged("cell"));
        type_ = attributes["t"];
        std::string style(attributes["s"]);
        size_t digits = 0;
        while (digits < style.size() && style[digits] >= '0' && style[digits] <= '9')
            digits++;
        style_ = whole_number(style.substr(0, digits)).value_or(0);
    }
    void end_cell() {
        cell_ = value_ = inline_ = false;
        XlsxFormat format;
        if (style_ >= 0 && static_cast<size_t>(style_) < shared_.formats.size())
            format = shared_.formats[static_cast<size_t>(style_)];
        std::string trimmed = trim(written_);
        if (type_ == "inlineStr") {
            put_text(reader_.text, format);
        } else if (written_.empty()) {
        } else if (type_ == "s") {
            auto index = whole_number(trimmed);
            if (!index || *index < 0 || static_cast<size_t>(*index) >= strings_.all.size())
                refuse(damaged("string"));
            put_text(strings_.all[static_cast<size_t>(*index)], format);
        } else if (type_ == "str") {
            put(unescape_xlsx(written_), CellKind::text, format.struck);
        } else if (type_ == "b") {
            put(is_true(trimmed) ? "TRUE" : "FALSE", CellKind::boolean, format.struck);
        } else if (type_ == "e") {
            put(written_, CellKind::error, format.struck);
        } else if (type_ == "d") {
            put(xlsx_iso_date(trimmed), CellKind::date, format.struck);
        } else {
            ShownNumber shown = shown_number(trimmed, format.number, shared_.system_1904);
            put(shown.text, shown.kind, format.struck);
        }
        column_++;
    }
    void put_text(const Text& text, const XlsxFormat& format) {
        bool struck = text.rich ? text.some(true) && !text.some(false) : format.struck;
        put(text.shown(), CellKind::text, struck);
    }
    void put(std::string_view text, CellKind kind, bool struck) {
        if (!builder_.put(column_, {text, kind, struck})) refuse(too_large());
    }

    const Strings& strings_;
    const XlsxShared& shared_;
    Table& table_;
    TableBuilder builder_;
    bool data_ = false;
    bool row_ = false;
    bool cell_ = false;
    bool value_ = false;
    bool inline_ = false;
    int64_t number_ = 0;
    size_t column_ = 0;
    int64_t style_ = 0;
    std::string type_;
    std::string written_;
    TextReader reader_;
};

// Formats of every kind, by their number.
inline std::vector<XlsxFormat> formats() {
    std::vector<XlsxFormat> out(1);
    for (const char* code : {"yyyy/m/d", "yyyy\"年\"m\"月\"", "h:mm", "000", "yyyy/m/d h:mm", "General"})
        out.push_back({read_number_format(code), out.size() % 3 == 0});
    out.push_back({{}, true});
    return out;
}

inline std::string dump(const Table& table) {
    std::string out;
    for (const TableRow& row : table.rows) {
        out += fmt::format("{}{}{}:", row.number, row.hidden ? " hidden" : "", row.struck ? " struck" : "");
        for (size_t i = 0; i < row.cells.size(); i++) {
            Cell cell = row.cell(i);
            out += fmt::format(" [{} {}{}]", static_cast<int>(cell.kind), cell.text,
                               cell.struck ? " struck" : "");
        }
        out += "\n";
    }
    for (const MergedCells& merged : table.merges)
        out += fmt::format("{} {} {} {}\n", merged.first_row, merged.last_row, merged.first_column,
                           merged.last_column);
    return out;
}

constexpr const char* strings_part = "xl/sharedStrings.xml";
constexpr const char* sheet_part = "xl/worksheets/sheet1.xml";

// Both readings of the two parts of a package; nothing where one refuses.
inline std::optional<std::string> by_expat(std::string_view zip, bool system_1904) {
    try {
        Package package(zip);
        Strings strings;
        if (package.has(strings_part)) read_part(package, strings_part, strings);
        XlsxShared shared;
        shared.formats = formats();
        shared.system_1904 = system_1904;
        Table table;
        Sheet sheet(strings, shared, table, shared.totals);
        read_part(package, sheet_part, sheet);
        return dump(table);
    } catch (const Refusal&) {
        return std::nullopt;
    }
}

inline std::optional<std::string> by_the_reader(std::string_view zip, bool system_1904) {
    try {
        Package package(zip);
        XlsxShared shared;
        shared.store = std::make_shared<CellStore>();
        shared.formats = formats();
        shared.system_1904 = system_1904;
        if (package.has(strings_part)) read_shared_strings(package, strings_part, shared);
        Table table;
        read_sheet(package, sheet_part, shared, table);
        return dump(table);
    } catch (const Refusal&) {
        return std::nullopt;
    }
}

}  // namespace sonae::exchange::oracle
