// The CSV reader.
#include "exchange/csv.hpp"

#include "exchange/own_headers.hpp"
#include "exchange/written.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

// Reads records one after the other. The cells of a record are views, valid until the next one is read.
class Reader {
 public:
    Reader(std::string_view text, char separator) : text_(text), separator_(separator) {
        stops_[static_cast<unsigned char>(separator)] = true;
        stops_['\n'] = stops_['\r'] = true;
    }

    bool end() const { return at_ >= text_.size(); }
    // The line on which the quote was opened that is never closed; 0 when there is none.
    int64_t open_quote() const { return open_quote_; }

    // Whether the last record has quotation marks inside unquoted text, as with a wrong separator.
    bool stray_quote() const { return stray_quote_; }

    const std::vector<std::string_view>& record() {
        stray_quote_ = false;
        cells_.clear();
        made_.clear();
        for (bool more = true; more;) {
            std::string_view text = cell();
            // Of the cells beyond those of a sheet one is kept, for the caller to see that the bound is
            // crossed.
            if (cells_.size() < max_columns || (cells_.size() == max_columns && !text.empty()))
                cells_.push_back(text);
            more = !end() && text_[at_] == separator_;
            if (more) at_++;
        }
        if (!end()) line_break();
        return cells_;
    }

 private:
    void line_break() {
        line_++;
        at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
    }

    // Unquoted text.
    std::string_view plain() {
        size_t from = at_;
        while (at_ < text_.size() && !stops_[static_cast<unsigned char>(text_[at_])])
            at_++;
        std::string_view out = text_.substr(from, at_ - from);
        if (!out.empty() && std::memchr(out.data(), '"', out.size()) != nullptr) stray_quote_ = true;
        return out;
    }

    std::string_view cell() {
        if (end() || text_[at_] != '"') return plain();
        int64_t opened = line_;
        std::string* made = nullptr;  // the cell, once it is more than one run of the text
        for (size_t from = ++at_;;) {
            size_t quote = text_.find('"', at_);
            if (quote == std::string_view::npos) {
                open_quote_ = opened;
                at_ = text_.size();
                return {};
            }
            count_lines(text_.substr(at_, quote - at_));
            at_ = quote + 1;
            bool doubled = !end() && text_[at_] == '"';
            std::string_view run = text_.substr(from, quote - from + (doubled ? 1 : 0));
            if (doubled) from = ++at_;
            // What stands behind a closing quote belongs to the cell too, as spreadsheets keep it.
            std::string_view behind = doubled ? std::string_view() : plain();
            if (!doubled && behind.empty() && made == nullptr) return run;
            if (made == nullptr) made = &made_.emplace_back();
            *made += run;
            *made += behind;
            if (!doubled) return *made;
        }
    }

    void count_lines(std::string_view quoted) {
        for (size_t i = 0; i < quoted.size(); i++) {
            if (quoted[i] == '\n' || (quoted[i] == '\r' && quoted.substr(i, 2) != "\r\n")) line_++;
        }
    }

    std::string_view text_;
    char separator_;
    std::array<bool, 256> stops_{};
    size_t at_ = 0;
    int64_t line_ = 1;
    int64_t open_quote_ = 0;
    bool stray_quote_ = false;
    std::vector<std::string_view> cells_;
    std::deque<std::string> made_;  // the cells of the record that had to be put together
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
            const auto& cells = reader.record();
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
    bool own = false;  // written by Sonae, which guards texts that spreadsheets take for formulas
    for (int64_t number = 1; !reader.end(); number++) {
        const auto& cells = reader.record();
        if (number == 1) own = !cells.empty() && cells.front() == id_header;
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
            const std::string_view cell = own ? unguarded(cells[i]) : std::string_view(cells[i]);
            if (!builder.put(i, {cell, CellKind::text, false})) return table_too_large(file_name);
        }
        if (!builder.end_row()) return table_too_large(file_name);
    }
    return table;
}

}  // namespace sonae::exchange
