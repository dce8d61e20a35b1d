// The CSV reader.
#include "exchange/csv.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

// Reads records one after the other.
class Reader {
 public:
    Reader(std::string_view text, char separator) : text_(text), separator_(separator) {}

    bool end() const { return at_ >= text_.size(); }
    // The line on which the quote was opened that is never closed; 0 when there is none.
    int64_t open_quote() const { return open_quote_; }

    // Whether the last record has quotation marks inside unquoted text, as with a wrong separator.
    bool stray_quote() const { return stray_quote_; }

    std::vector<std::string> record() {
        stray_quote_ = false;
        std::vector<std::string> cells;
        for (bool more = true; more;) {
            std::string text = cell();
            // Of the cells beyond those of a sheet one is kept, for the caller to see that the bound is
            // crossed.
            if (cells.size() < max_columns || (cells.size() == max_columns && !text.empty())) {
                cells.push_back(std::move(text));
            }
            more = !end() && text_[at_] == separator_;
            if (more) at_++;
        }
        if (!end()) line_break();
        return cells;
    }

 private:
    bool at_break() const { return text_[at_] == '\n' || text_[at_] == '\r'; }

    void line_break() {
        if (end() || !at_break()) return;
        line_++;
        at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
    }

    std::string cell() {
        std::string out;
        if (!end() && text_[at_] == '"') {
            int64_t opened = line_;
            at_++;
            for (;; at_++) {
                if (end()) {
                    open_quote_ = opened;
                    return out;
                }
                char c = text_[at_];
                if (c == '"') {
                    if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                        at_++;
                    } else {
                        at_++;
                        break;
                    }
                } else if (c == '\n' || (c == '\r' && text_.substr(at_, 2) != "\r\n")) {
                    line_++;
                }
                out += c;
            }
        }
        // Unquoted text; also what stands behind a closing quote, which spreadsheets keep.
        size_t from = at_;
        while (!end() && text_[at_] != separator_ && !at_break())
            at_++;
        std::string_view plain = text_.substr(from, at_ - from);
        if (plain.find('"') != std::string_view::npos) stray_quote_ = true;
        out += plain;
        return out;
    }

    std::string_view text_;
    char separator_;
    size_t at_ = 0;
    int64_t line_ = 1;
    int64_t open_quote_ = 0;
    bool stray_quote_ = false;
};

}  // namespace

char guess_separator(std::string_view text) {
    constexpr int looked_at = 50;
    char best = ',';
    size_t best_score = 0;
    for (char separator : std::array{',', '\t', ';'}) {
        // How many of the first records have the same number of cells, and how many cells that is.
        std::map<size_t, size_t> counts;
        Reader reader(text, separator);
        for (int i = 0; i < looked_at && !reader.end(); i++) {
            auto cells = reader.record();
            if (cells.size() > 1 && !reader.stray_quote()) counts[cells.size()]++;
        }
        for (auto [cells, records] : counts) {
            size_t score = (cells - 1) * records;
            if (score > best_score) {
                best_score = score;
                best = separator;
            }
        }
    }
    return best;
}

Result<Table> read_csv(std::string_view text, std::string_view file_name) {
    // DOS programs mark the end of a text with a control character.
    while (text.ends_with('\x1a'))
        text.remove_suffix(1);
    Table table;
    TableTotals totals;
    TableBuilder builder(table, totals, std::make_shared<CellStore>());
    Reader reader(text, guess_separator(text));
    for (int64_t number = 1; !reader.end(); number++) {
        auto cells = reader.record();
        if (reader.open_quote() != 0) {
            return fail(
                Code::bad_file,
                fmt::format(
                    "「{}」の{}行目で始まる引用符（\"）が閉じられていません。その行を直してください。",
                    file_name, reader.open_quote()),
                fmt::format("In \"{}\" the quotation mark that opens on line {} is never closed. Mend that "
                            "line.",
                            file_name, reader.open_quote()));
        }
        builder.start_row(number);
        for (size_t i = 0; i < cells.size(); i++) {
            if (!builder.put(i, {cells[i], CellKind::text, false})) return table_too_large(file_name);
        }
        if (!builder.end_row()) return table_too_large(file_name);
    }
    return table;
}

}  // namespace sonae::exchange
