// Shared strings and sheets. Most of a file's time is spent here, so the forms that nearly every cell and
// every string have are recognised as a whole in the bytes ahead; anything else goes the general way, piece
// by piece.
#include "exchange/xlsx_sheet.hpp"

#include "base/text.hpp"
#include "exchange/cell_text.hpp"
#include "exchange/refusal.hpp"
#include "exchange/xml_parts.hpp"
#include "exchange/xml_scan.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A character that may stand in a short text as it is: no mark of XML, no line end, no control character.
bool is_plain(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '<' && c != '&';
}

XmlScanner::Fill bytes_of(Package::Part& part) {
    return [&part](char* to, size_t room) { return part.read(to, room); };
}

// The text of <si> or <is>: its <t>, or those of its runs, but not the reading aids (<rPh>). Runs that are
// struck out are left out where others are not.
class RichText {
 public:
    void clear() {
        text_.clear();
        in_text_ = in_reading_ = in_run_ = run_struck_ = rich_ = false;
    }

    void start(XmlScanner& scan) {
        std::string_view name = scan.name();
        if (name == "rPh") in_reading_ = true;
        if (name == "t") in_text_ = !in_reading_;
        if (name == "r") {
            in_run_ = rich_ = true;
            run_struck_ = false;
        }
        if (name == "strike" && in_run_) {
            std::string_view value = scan.attribute("val");
            run_struck_ = value.empty() || is_true(value);
        }
    }

    void end(std::string_view name) {
        if (name == "rPh") in_reading_ = false;
        if (name == "t") in_text_ = false;
        if (name == "r") in_run_ = run_struck_ = false;
    }

    void text(std::string_view piece) {
        if (in_text_) text_.add(piece, run_struck_);
    }

    // What was read, kept in the store.
    XlsxText take(CellStore& store, const std::string& part) const {
        XlsxText out;
        out.rich = rich_;
        out.struck = text_.struck();
        out.partly = text_.partly_struck();
        std::string text = unescape_xlsx(text_.text());
        if (!is_utf8(text)) refuse(damaged(part));
        std::string_view kept = store.keep(text);
        out.text = kept.data();
        out.length = static_cast<uint32_t>(kept.size());
        return out;
    }

 private:
    CellText text_;
    bool in_text_ = false;
    bool in_reading_ = false;
    bool in_run_ = false;
    bool run_struck_ = false;
    bool rich_ = false;
};

// ---- shared strings

// `<si><t>text</t></si>`, also with xml:space.
bool take_plain_string(XmlScanner& scan, XlsxShared& shared) {
    std::string_view ahead = scan.ahead();
    constexpr std::string_view open = "<si><t>";
    constexpr std::string_view open_spaced = "<si><t xml:space=\"preserve\">";
    constexpr std::string_view close = "</t></si>";
    size_t from = ahead.starts_with(open)          ? open.size()
                  : ahead.starts_with(open_spaced) ? open_spaced.size()
                                                   : 0;
    if (from == 0) return false;
    size_t to = from;
    size_t limit = ahead.size() - close.size();
    while (to < limit && is_plain(ahead[to]) && ahead[to] != '_')
        to++;
    if (ahead.substr(to, close.size()) != close) return false;
    std::string_view text = ahead.substr(from, to - from);
    if (!is_utf8(text)) refuse(damaged(scan.part()));
    std::string_view kept = shared.store->keep(text);
    XlsxText one;
    one.text = kept.data();
    one.length = static_cast<uint32_t>(kept.size());
    shared.strings.push_back(one);
    scan.pass(to + close.size());
    return true;
}

// ---- the cells of a sheet

class SheetReader {
 public:
    SheetReader(XmlScanner& scan, XlsxShared& shared, Table& table)
        : scan_(scan), shared_(shared), table_(table), builder_(table, shared.totals, shared.store) {}

    void run() {
        for (;;) {
            if (in_row_ && !in_cell_) {
                while (take_plain_cell()) {
                }
            }
            switch (scan_.next()) {
                case XmlScanner::Piece::start:
                    start(scan_.name());
                    break;
                case XmlScanner::Piece::end:
                    end(scan_.name());
                    break;
                case XmlScanner::Piece::text:
                    if (in_value_) value_ += scan_.text();
                    if (in_inline_) rich_.text(scan_.text());
                    break;
                case XmlScanner::Piece::finish:
                    return;
            }
        }
    }

 private:
    enum class Type { number, shared, text, in_line, boolean, error, date };

    [[noreturn]] void broken() const { refuse(damaged(scan_.part())); }

    static Type type_of(std::string_view text) {
        if (text == "s") return Type::shared;
        if (text == "str") return Type::text;
        if (text == "inlineStr") return Type::in_line;
        if (text == "b") return Type::boolean;
        if (text == "e") return Type::error;
        if (text == "d") return Type::date;
        return Type::number;
    }

    void start(std::string_view name) {
        if (in_cell_) {
            if (name == "v") in_value_ = true;
            if (name == "f") formula_ = true;
            if (name == "is") in_inline_ = true;
            if (in_inline_) rich_.start(scan_);
        } else if (in_row_) {
            if (name == "c") start_cell();
        } else if (in_data_) {
            if (name == "row") start_row();
        } else if (name == "sheetData") {
            in_data_ = true;
        } else if (name == "col") {
            hide_columns();
        } else if (name == "mergeCell") {
            merge(scan_.attribute("ref"));
        }
    }

    void end(std::string_view name) {
        if (in_cell_) {
            if (name == "v") in_value_ = false;
            if (in_inline_) rich_.end(name);
            if (name == "is") in_inline_ = false;
            if (name == "c") {
                in_cell_ = in_value_ = in_inline_ = false;
                end_cell(value_);
            }
        } else if (in_row_) {
            if (name != "row") return;
            in_row_ = false;
            if (!builder_.end_row()) refuse(too_large());
        } else if (name == "sheetData") {
            in_data_ = false;
        }
    }

    // ---- rows and columns

    void start_row() {
        in_row_ = true;
        column_ = 0;
        int64_t number = row_ + 1;
        if (std::string_view reference = scan_.attribute("r"); !reference.empty()) {
            auto read = whole_number(reference);
            if (!read || *read < number) broken();
            number = *read;
        }
        if (number > max_rows) broken();
        row_ = number;
        builder_.start_row(row_, is_true(scan_.attribute("hidden")));
    }

    void hide_columns() {
        if (!is_true(scan_.attribute("hidden"))) return;
        auto first = whole_number(scan_.attribute("min"));
        auto last = whole_number(scan_.attribute("max"));
        if (!first || !last || *first < 1) return;
        // Most writers hide everything to the right of a sheet with one such element.
        int64_t end = std::min<int64_t>(*last, max_columns);
        for (int64_t column = *first; column <= end; column++) {
            auto place = static_cast<size_t>(column - 1);
            if (!table_.hidden_columns.empty() && table_.hidden_columns.back() >= place) continue;
            table_.hidden_columns.push_back(place);
        }
    }

    void merge(std::string_view range) {
        size_t colon = range.find(':');
        MergedCells merged;
        if (colon == std::string_view::npos || table_.merges.size() >= max_merges ||
            !read_reference(range.substr(0, colon), merged.first_row, merged.first_column) ||
            !read_reference(range.substr(colon + 1), merged.last_row, merged.last_column)) {
            return;
        }
        bool in_order = merged.first_row >= 1 && merged.first_row <= merged.last_row &&
                        merged.last_row <= max_rows && merged.first_column <= merged.last_column &&
                        merged.last_column < max_columns;
        if (in_order) table_.merges.push_back(merged);
    }

    // ---- cells

    void start_cell() {
        in_cell_ = true;
        value_.clear();
        rich_.clear();
        place_cell(scan_.attribute("r"));
        type_ = type_of(scan_.attribute("t"));
        style_cell(scan_.attribute("s"));
    }

    void place_cell(std::string_view reference) {
        formula_ = false;
        int64_t row = 0;
        if (!reference.empty() && !read_reference(reference, row, column_)) broken();
        if (column_ >= max_columns) broken();
    }

    void style_cell(std::string_view style) {
        static const XlsxFormat plain;
        size_t number = 0;
        std::from_chars(style.data(), style.data() + style.size(), number);
        style_ = number;
        format_ = number < shared_.formats.size() ? &shared_.formats[number] : &plain;
    }

    // `<c r="B5" s="3" t="s"><v>12</v></c>` and `<c r="B5" s="3"/>`. The bytes ahead are more than all that
    // is looked at here.
    bool take_plain_cell() {
        std::string_view ahead = scan_.ahead();
        if (!ahead.starts_with("<c")) return false;
        std::string_view reference;
        std::string_view style;
        std::string_view type;
        const char* p = ahead.data() + 2;
        while (*p == ' ') {
            char name = p[1];
            if (p[2] != '=' || p[3] != '"') return false;
            const char* from = p + 4;
            p = from;
            while (p - from < 16 && is_plain(*p) && *p != '"')
                p++;
            if (*p != '"') return false;
            std::string_view value(from, static_cast<size_t>(p - from));
            p++;
            if (name == 'r' && reference.empty()) {
                reference = value;
            } else if (name == 's' && style.empty()) {
                style = value;
            } else if (name == 't' && type.empty()) {
                type = value;
            } else {
                return false;
            }
        }
        std::string_view value;
        if (p[0] == '/' && p[1] == '>') {
            p += 2;
        } else if (std::memcmp(p, "><v>", 4) == 0) {
            const char* from = p + 4;
            p = from;
            while (p - from < 1'000 && is_plain(*p))
                p++;
            value = {from, static_cast<size_t>(p - from)};
            if (std::memcmp(p, "</v></c>", 8) != 0) return false;
            p += 8;
        } else {
            return false;
        }
        place_cell(reference);
        type_ = type.empty() ? Type::number : type_of(type);
        if (type_ == Type::in_line) return false;
        style_cell(style);
        end_cell(value);
        scan_.pass(static_cast<size_t>(p - ahead.data()));
        return true;
    }

    void end_cell(std::string_view value) {
        if (type_ == Type::in_line) {
            put_rich(rich_.take(*shared_.store, scan_.part()));
        } else if (!value.empty()) {
            put_value(value);
        } else if (formula_) {
            shared_.no_results.add(table_, row_, column_);
        }
        column_++;
    }

    void put(std::string_view text, CellKind kind) {
        if (!builder_.put(column_, {text, kind, format_->struck})) refuse(too_large());
    }

    void put_rich(const XlsxText& text) {
        bool struck = text.rich ? text.struck : format_->struck;
        if (!builder_.put_kept(column_, {text.view(), CellKind::text, struck})) refuse(too_large());
        if (text.partly) shared_.partly_struck.add(table_, row_, column_);
    }

    void put_text(std::string_view text, CellKind kind) {
        if (!is_utf8(text)) broken();
        put(text, kind);
    }

    void put_value(std::string_view value) {
        switch (type_) {
            case Type::shared: {
                auto index = whole_number(trimmed(value));
                if (!index || *index < 0 || static_cast<size_t>(*index) >= shared_.strings.size()) broken();
                return put_rich(shared_.strings[static_cast<size_t>(*index)]);
            }
            case Type::text:
                return put_text(unescape_xlsx(value), CellKind::text);
            case Type::boolean:
                return put(is_true(trimmed(value)) ? "TRUE" : "FALSE", CellKind::boolean);
            case Type::date:
                return put_text(xlsx_iso_date(trimmed(value)), CellKind::date);
            case Type::error:
                return put_text(value, CellKind::error);
            case Type::in_line:
                return;
            case Type::number:
                return put_number(trimmed(value));
        }
    }

    void put_number(std::string_view written) {
        const NumberFormat& format = format_->number;
        bool day = format.date() || format.time;
        bool whole = !written.empty() && written.size() <= 15 && all_digits(written) &&
                     (written.front() != '0' || written.size() == 1);
        if (whole && !day && format.zeros == 0) return put(written, CellKind::number);
        if (!whole || written.size() > 7) {
            ShownNumber shown = shown_number(written, format, shared_.system_1904);
            return put_text(shown.text, shown.kind);
        }
        // The same few days come again and again.
        int64_t number = *whole_number(written);
        SeenDay& seen = seen_[static_cast<size_t>(number) % seen_.size()];
        if (seen.number != number || seen.style != style_) {
            ShownNumber shown = shown_number(written, format, shared_.system_1904);
            seen = {number, style_, {shared_.store->keep(shown.text), shown.kind, format_->struck}};
        }
        if (!builder_.put_kept(column_, seen.cell)) refuse(too_large());
    }

    struct SeenDay {
        int64_t number = -1;
        size_t style = 0;
        Cell cell;
    };

    XmlScanner& scan_;
    XlsxShared& shared_;
    Table& table_;
    TableBuilder builder_;

    bool in_data_ = false;
    bool in_row_ = false;
    bool in_cell_ = false;
    bool in_value_ = false;
    bool in_inline_ = false;
    bool formula_ = false;
    int64_t row_ = 0;
    size_t column_ = 0;
    Type type_ = Type::number;
    size_t style_ = 0;
    const XlsxFormat* format_ = nullptr;
    std::string value_;
    RichText rich_;
    std::array<SeenDay, 1'024> seen_;
};

}  // namespace

void XlsxShared::Places::add(const Table& table, int64_t row, size_t column) {
    constexpr size_t named = 5;
    if (count++ < named) first.push_back(fmt::format("{}!{}{}", table.name, column_letters(column), row));
}

void read_shared_strings(Package& package, const std::string& part, XlsxShared& shared) {
    Package::Part source = package.open(part);
    XmlScanner scan(part, bytes_of(source));
    RichText rich;
    bool begun = false;
    bool in_string = false;
    for (;;) {
        if (shared.strings.size() > max_cells) refuse(too_large());
        if (begun && !in_string && take_plain_string(scan, shared)) continue;
        switch (scan.next()) {
            case XmlScanner::Piece::start:
                begun = true;
                if (scan.name() == "si") {
                    in_string = true;
                    rich.clear();
                }
                rich.start(scan);
                break;
            case XmlScanner::Piece::end:
                rich.end(scan.name());
                if (scan.name() == "si") {
                    in_string = false;
                    shared.strings.push_back(rich.take(*shared.store, part));
                }
                break;
            case XmlScanner::Piece::text:
                rich.text(scan.text());
                break;
            case XmlScanner::Piece::finish:
                return;
        }
    }
}

void read_sheet(Package& package, const std::string& part, XlsxShared& shared, Table& table) {
    Package::Part source = package.open(part);
    XmlScanner scan(part, bytes_of(source));
    SheetReader(scan, shared, table).run();
}

std::string unescape_xlsx(std::string_view text) {
    if (text.find("_x") == std::string_view::npos) return std::string(text);
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
        unsigned code = 0;
        if (text[i] == '_' && i + 6 < text.size() && text[i + 1] == 'x' && text[i + 6] == '_') {
            const char* from = text.data() + i + 2;
            auto [end, error] = std::from_chars(from, from + 4, code, 16);
            if (error == std::errc() && end == from + 4 && code < 0x80) {
                if (code >= 0x20 || code == '\t' || code == '\n' || code == '\r')
                    out += static_cast<char>(code);
                i += 7;
                continue;
            }
        }
        out += text[i++];
    }
    return out;
}

std::string_view xlsx_iso_date(std::string_view written) {
    size_t time = written.find('T');
    if (time == std::string_view::npos) return written;
    bool midnight = written.substr(time + 1).find_first_not_of("0:.Z") == std::string_view::npos;
    return midnight ? written.substr(0, time) : written;
}

bool read_reference(std::string_view reference, int64_t& row, size_t& column) {
    size_t letters = 0;
    size_t place = 0;
    for (; letters < reference.size(); letters++) {
        char c = reference[letters];
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (c < 'A' || c > 'Z') break;
        if (letters == 3) return false;
        place = place * 26 + static_cast<size_t>(c - 'A' + 1);
    }
    if (letters == 0) return false;
    column = place - 1;
    row = 0;
    std::from_chars(reference.data() + letters, reference.data() + reference.size(), row);
    return true;
}

}  // namespace sonae::exchange
