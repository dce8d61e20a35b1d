// Reading and dividing cells.
#include "exchange/import_values.hpp"

#include "base/date.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

using registers::read_value;
using registers::State;

// Days that a ledger speaks of. Below and above them five digits are a number like any other.
constexpr int first_serial_year = 1950;
constexpr int last_serial_year = 2099;

constexpr size_t shown_length = 40;  // characters of a text in a note

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string shown(std::string_view text) {
    std::string plain = normalise(text);
    size_t at = 0;
    for (size_t count = 0; at < plain.size(); at++) {
        bool starts = (static_cast<unsigned char>(plain[at]) & 0xc0) != 0x80;
        if (starts && count++ == shown_length) return plain.substr(0, at) + "…";
    }
    return plain;
}

// What spreadsheets show where a formula has no result. As text they come from CSV files.
bool is_error(const Cell& cell, std::string_view text) {
    constexpr std::array<std::string_view, 8> errors{"#N/A",    "#REF!",  "#VALUE!", "#NAME?",
                                                     "#DIV/0!", "#NULL!", "#NUM!",   "#SPILL!"};
    return cell.kind == CellKind::error || std::find(errors.begin(), errors.end(), text) != errors.end();
}

// The day that a number stands for in a spreadsheet.
std::optional<Date> day_of_number(std::string_view text, bool system_1904) {
    double number = 0;
    std::string plain = normalise(text);
    // Today's days have five digits; 060701 is something else.
    size_t digits = std::min(plain.find('.'), plain.size());
    if (digits != 5 || plain.front() == '0') return std::nullopt;
    auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), number);
    if (error != std::errc() || end != plain.data() + plain.size()) return std::nullopt;
    auto date = Date::from_serial(number, system_1904);
    if (!date || date->year() < first_serial_year || date->year() > last_serial_year) return std::nullopt;
    return date;
}

// True when the text says the value in its own words, so that nothing was interpreted.
bool says_itself(const catalog::Field& field, const registers::FieldValue& value, std::string_view text) {
    switch (field.type) {
        case catalog::Type::text:
        case catalog::Type::reference:
        case catalog::Type::mac:
            return true;
        case catalog::Type::integer: {
            // 2名 is read without the word behind it.
            std::string plain = normalise(text);
            return !plain.empty() && is_digit(plain.back());
        }
        case catalog::Type::date: {
            // 2024/7/1 is only another way of writing the same; an era has to be counted.
            std::string plain = normalise(text);
            return plain.starts_with(value.text.substr(0, 4)) || plain.starts_with("西暦");
        }
        case catalog::Type::address:
            return normalise(text).find('/') == std::string::npos;
        case catalog::Type::boolean:
        case catalog::Type::choice: {
            std::string key = match_key(text);
            Words words = registers::show_value(field, value);
            return key == match_key(words.ja) || key == match_key(words.en) || key == match_key(value.text);
        }
    }
    return true;
}

Words note_on(const catalog::Field& field, const registers::FieldValue& value, std::string_view text) {
    switch (value.state) {
        case State::never_asked:
        case State::unreadable:
            return {};
        case State::unknown:
            return {fmt::format("「{}」は「不明」として記録します。", shown(text)),
                    fmt::format("\"{}\" is recorded as unknown.", shown(text))};
        case State::none:
            return {fmt::format("「{}」は「なし」（あてはまらない）として記録します。", shown(text)),
                    fmt::format("\"{}\" is recorded as none (does not apply).", shown(text))};
        case State::known:
            break;
    }
    if (says_itself(field, value, text)) return {};
    Words words = registers::show_value(field, value);
    return {fmt::format("「{}」は「{}」と読みました。", shown(text), words.ja),
            fmt::format("\"{}\" was read as {}.", shown(text), words.en)};
}

// What to store so that read_value gives this value again.
std::string stored_text(const registers::FieldValue& value, std::string_view written) {
    switch (value.state) {
        case State::never_asked:
            return {};
        case State::unknown:
            return "?";
        case State::none:
            return "-";
        case State::known:
            return value.text;
        case State::unreadable:
            break;
    }
    return std::string(written);
}

bool looks_like_address(std::string_view text) {
    bool digit = std::any_of(text.begin(), text.end(), is_digit);
    return digit && text.find_first_of(".:-") != std::string_view::npos;
}

// Divides at slashes, except where a prefix length follows (10.0.0.1/24).
std::vector<std::string> split_slashes(const std::string& part) {
    std::string rest = normalise(part);
    if (rest.find('/') == std::string::npos) return {part};
    std::vector<std::string> pieces;
    size_t from = 0;
    for (size_t at = rest.find('/'); at != std::string::npos; at = rest.find('/', at + 1)) {
        size_t digits = at + 1;
        while (digits < rest.size() && is_digit(rest[digits]))
            digits++;
        bool ends = digits == rest.size() || rest[digits] == ' ' || rest[digits] == '/';
        if (digits > at + 1 && digits <= at + 4 && ends && at > 0 && rest[at - 1] != ' ') continue;
        pieces.push_back(trim(std::string_view(rest).substr(from, at - from)));
        from = at + 1;
    }
    pieces.push_back(trim(std::string_view(rest).substr(from)));
    return pieces;
}

// White space divides where all that it divides looks like addresses.
std::vector<std::string> split_addresses(std::string_view cell) {
    std::vector<std::string> pieces;
    for (const std::string& part : split(cell, "\r\n、,，;；・")) {
        for (std::string& piece : split_slashes(part)) {
            auto spaced = split(piece, " \t　");
            if (spaced.size() > 1 && std::all_of(spaced.begin(), spaced.end(), looks_like_address)) {
                pieces.insert(pieces.end(), spaced.begin(), spaced.end());
            } else if (!piece.empty()) {
                pieces.push_back(std::move(piece));
            }
        }
    }
    return pieces;
}

// Several names stand on lines of their own or have 、 between them; a name may itself hold spaces, commas
// and slashes.
std::vector<std::string> split_names(std::string_view cell) {
    std::vector<std::string> pieces = split(cell, "\r\n、");
    if (pieces.size() < 2) return pieces;
    for (std::string& piece : pieces) {
        for (std::string_view mark : {"・", "●", "■", "◆", "▪", "•"}) {
            if (piece.starts_with(mark) && piece.size() > mark.size()) {
                piece = trim(std::string_view(piece).substr(mark.size()));
                break;
            }
        }
    }
    std::erase(pieces, std::string());
    return pieces;
}

}  // namespace

CellValue read_cell(const catalog::Field& field, const Cell& cell, bool system_1904) {
    CellValue out;
    std::string written = trim(cell.text);
    if (is_error(cell, written)) {
        out.note = {fmt::format("「{}」は数式のエラーなので、取り込みません。", shown(written)),
                    fmt::format("\"{}\" is an error of a formula and is not taken.", shown(written))};
        return out;
    }
    out.value = read_value(field, written);
    if (field.type == catalog::Type::date && out.value.state == State::unreadable) {
        if (auto day = day_of_number(written, system_1904)) {
            out.value = {State::known, day->iso()};
            out.note = {fmt::format("「{}」は表計算ソフトの日付の番号として {} と読みました。",
                                    shown(written), out.value.text),
                        fmt::format("\"{}\" was read as {}, the day of that number in a spreadsheet.",
                                    shown(written), out.value.text)};
        }
    }
    if (out.note.ja.empty()) out.note = note_on(field, out.value, written);
    out.text = stored_text(out.value, written);
    if (cell.struck && !written.empty()) {
        if (!out.note.ja.empty()) {
            out.note.ja += " ";
            out.note.en += " ";
        }
        out.note.ja += fmt::format("「{}」には取り消し線が付いています。", shown(written));
        out.note.en += fmt::format("\"{}\" is struck out.", shown(written));
    }
    return out;
}

CellValue read_cell(const catalog::Field& field, std::string_view text) {
    return read_cell(field, Cell{text, CellKind::text, false}, false);
}

std::vector<std::string> pieces_of(const catalog::Field& field, std::string_view cell) {
    switch (field.type) {
        case catalog::Type::address:
        case catalog::Type::mac:
            return split_addresses(cell);
        case catalog::Type::text:
        case catalog::Type::reference:
            return split_names(cell);
        default:
            return split_values(cell, false);
    }
}

}  // namespace sonae::exchange
