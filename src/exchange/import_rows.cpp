// Telling rows apart.
#include "exchange/import_rows.hpp"

#include "base/id.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr size_t wide = 3;                // columns from which a single text in a row is no data by itself
constexpr size_t most_steps = 4'000'000;  // work for filling down, whatever the merges of a file say

// Words that a row of totals begins with. Compared by match_key.
constexpr std::array<std::string_view, 18> total_words{
    "合計",   "計",       "小計",     "総計",   "総合計", "累計",     "総数",  "総台数",   "合計台数",
    "台数計", "合計金額", "金額合計", "合計数", "延べ",   "延べ台数", "total", "subtotal", "grandtotal"};

// Words that end a list or point to another page.
constexpr std::array<std::string_view, 10> closing_words{
    "以上", "以下余白", "以下空白", "余白", "次ページへ", "次頁へ", "次葉へ", "つづく", "続く", "end"};

// Marks that a footnote begins with.
constexpr std::array<std::string_view, 14> note_marks{
    "※", "*", "＊", "注)", "注）", "注:", "注：", "（注", "(注", "注1", "注１", "備考:", "備考：", "注意"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool any_of(const auto& words, std::string_view key) {
    return std::find(words.begin(), words.end(), key) != words.end();
}

// A count or a sum: digits, perhaps with a unit behind them.
bool is_count(std::string_view text) {
    std::string plain = normalise(text);
    size_t at = 0;
    while (at < plain.size() &&
           (is_digit(plain[at]) || std::string_view("-+,.%\\ ").find(plain[at]) != std::string_view::npos))
        at++;
    if (at == 0) return plain.starts_with("¥") && is_count(std::string_view(plain).substr(2));
    std::string_view unit = std::string_view(plain).substr(at);
    for (std::string_view known :
         {"", "台", "件", "個", "本", "式", "円", "名", "人", "千円", "万円", "セット"})
        if (unit == known) return std::any_of(plain.begin(), plain.end(), is_digit);
    return false;
}

std::optional<int64_t> whole_number(std::string_view text) {
    std::string plain = normalise(text);
    if (plain.empty() || plain.size() > 9 || !std::all_of(plain.begin(), plain.end(), is_digit))
        return std::nullopt;
    return std::stoll(plain);
}

bool has_japanese(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0xe3; });
}

std::string joined(const TableRow& row) {
    std::string text;
    for (std::string_view cell : row.cells) {
        std::string plain = normalise(cell);
        if (plain.empty()) continue;
        if (!text.empty()) text += " ";
        text += plain;
    }
    return text;
}

class Sorter {
 public:
    Sorter(const Table& table, const Header& header, const RowOptions& options)
        : table_(table), header_(header), options_(options) {
        named_columns_ = static_cast<size_t>(
            std::count_if(header.columns.begin(), header.columns.end(),
                          [](const ImportColumn& column) { return column.use != ColumnUse::empty; }));
    }

    SheetRows run() {
        find_trailing_numbers();
        for (size_t place = 0; place < table_.rows.size(); place++)
            sort(place);
        fill_down();
        out_.blank = table_.row_count - static_cast<int64_t>(table_.rows.size());
        return std::move(out_);
    }

 private:
    void skip(size_t place, RowKind kind, std::string ja, std::string en) {
        const TableRow& row = table_.rows[place];
        out_.skipped.push_back({row.number, kind, joined(row), {std::move(ja), std::move(en)}});
    }

    void sort(size_t place) {
        const TableRow& row = table_.rows[place];
        if (place < header_.first_row) {
            return skip(place, RowKind::title, "見出しより上にある行です。", "It stands above the header.");
        }
        if (place <= header_.last_row)
            return skip(place, RowKind::header, "見出しの行です。", "It is the header.");
        if (names_stable_id(row)) {
            out_.data.push_back(place);  // whatever its words look like
            return;
        }
        if (place >= header_.next_table) {
            return skip(
                place, RowKind::table,
                "同じシートにある別の表の行です。取り込むには、別のシートに分けてください。",
                "It belongs to another table on the sheet. Put that on a sheet of its own to import it.");
        }
        if (repeats_header(row))
            return skip(place, RowKind::header, "見出しが繰り返されています。", "It repeats the header.");
        if (row.struck && !options_.take_struck) {
            return skip(place, RowKind::struck, "行全体に取り消し線が付いているため、取り込みません。",
                        "The whole row is struck out, so it is not taken.");
        }
        if (is_total(row)) return skip(place, RowKind::total, "合計の行です。", "It is a row of totals.");
        if (place >= trailing_numbers_) {
            return skip(place, RowKind::comment, "番号のほかに何も書かれていません。",
                        "It holds nothing but a number.");
        }
        if (is_comment(place)) {
            return skip(place, RowKind::comment, "表の行ではなく、説明や区切りの文です。",
                        "It is a remark or a divider and no row of the table.");
        }
        out_.data.push_back(place);
    }

    // True for a row that an export has written: an id stands in the column of ids.
    bool names_stable_id(const TableRow& row) const {
        for (size_t i = 0; i < header_.columns.size() && i < row.cells.size(); i++) {
            const ImportColumn& column = header_.columns[i];
            if (column.use == ColumnUse::id && column.target == nullptr) return is_id(trim(row.cells[i]));
        }
        return false;
    }

    bool repeats_header(const TableRow& row) const {
        for (size_t line = header_.first_row; line <= header_.last_row; line++)
            if (row.cells.size() > 1 && row.cells == table_.rows[line].cells) return true;
        return false;
    }

    // The columns of a row that hold something.
    static std::vector<size_t> filled_columns(const TableRow& row) {
        std::vector<size_t> columns;
        for (size_t i = 0; i < row.cells.size(); i++)
            if (!is_blank(row.cells[i])) columns.push_back(i);
        return columns;
    }

    bool is_total(const TableRow& row) const {
        size_t at = 0;
        while (at < row.cells.size() && is_blank(row.cells[at]))
            at++;
        // Most rows are told by the first bytes of a cell: only a short text can be such a word.
        for (size_t tried = 0; at < row.cells.size() && tried < 2; at++, tried++) {
            std::string_view cell = row.cells[at];
            if (cell.size() > 40 || is_blank(cell)) continue;
            std::string key = match_key(cell);
            bool exact = any_of(total_words, key) || is_total_with_count(key);
            bool ends = !exact && (key.ends_with("計") || key.ends_with("合計"));
            if (!exact && !ends) continue;
            auto columns = filled_columns(row);
            bool counts = std::all_of(columns.begin(), columns.end(), [&](size_t column) {
                return column == at || (column < at && exact) || is_count(row.cells[column]) ||
                       any_of(total_words, match_key(row.cells[column]));
            });
            // 体温計 is a thing, サーバ計 with a number behind it a sum.
            if (counts && (exact || columns.size() > 1)) return true;
            if (exact && columns.size() * 2 <= named_columns_) return true;
        }
        return false;
    }

    // 合計 3台 in one cell.
    static bool is_total_with_count(std::string_view key) {
        return std::any_of(total_words.begin(), total_words.end(), [&](std::string_view word) {
            return key.starts_with(word) && key.size() > word.size() && is_count(key.substr(word.size()));
        });
    }

    // A single text in a wide table that names no entry.
    bool is_comment(size_t place) const {
        const TableRow& row = table_.rows[place];
        size_t first = row.cells.size();
        for (size_t i = 0; i < row.cells.size(); i++) {
            if (is_blank(row.cells[i])) continue;
            if (first != row.cells.size()) {
                // Two texts: only a footnote with its mark in a cell of its own.
                if (i != first + 1 || i + 1 != row.cells.size()) return false;
                std::string mark = normalise(row.cells[first]);
                return named_columns_ >= wide &&
                       (mark == "※" || mark == "*" || mark == "注" || mark == "(注)");
            }
            first = i;
        }
        if (named_columns_ < wide || first == row.cells.size()) return false;
        std::string text = trim(row.cells[first]);
        if (std::any_of(note_marks.begin(), note_marks.end(),
                        [&](std::string_view mark) { return text.starts_with(mark); }))
            return true;
        if (any_of(closing_words, match_key(text))) return true;
        if (text.starts_with("【") && text.ends_with("】")) return true;
        if (merged_across(row.number, first)) return true;
        if (first >= header_.columns.size() || !names_an_entry(header_.columns[first])) return true;
        // 1階 in a column of PC-01, PC-02 …
        return has_japanese(text) && !japanese_is_usual(first);
    }

    bool merged_across(int64_t number, size_t column) const {
        return std::any_of(table_.merges.begin(), table_.merges.end(), [&](const MergedCells& merged) {
            return merged.first_row <= number && number <= merged.last_row && merged.first_column == column &&
                   merged.last_column >= column + wide - 1;
        });
    }

    // True for a column that can stand for an entry alone: its key, or what its label is made of.
    static bool names_an_entry(const ImportColumn& column) {
        if (column.use == ColumnUse::id) return column.target == nullptr;
        if (column.use != ColumnUse::mapped) return false;
        if (column.field->key || column.field->required) return true;
        for (const std::string& part : column.target->label_of) {
            for (const std::string& name : split(part, "|"))
                if (name == column.field->name && column.field->type == catalog::Type::text) return true;
        }
        return false;
    }

    // Whether other rows, of several cells, hold Japanese in this column.
    bool japanese_is_usual(size_t column) const {
        size_t seen = 0;
        size_t japanese = 0;
        size_t end = std::min(table_.rows.size(), header_.next_table);
        for (size_t place = header_.last_row + 1; place < end && seen < 50; place++) {
            const TableRow& row = table_.rows[place];
            if (column >= row.cells.size() || is_blank(row.cells[column]) || filled_columns(row).size() < 2)
                continue;
            if (is_total(row) || repeats_header(row)) continue;
            seen++;
            if (has_japanese(row.cells[column])) japanese++;
        }
        return seen < 2 || japanese * 4 >= seen;
    }

    // Numbers that are given out in advance: the rows at the end that hold one more than the row above, and
    // nothing else.
    void find_trailing_numbers() {
        trailing_numbers_ = std::min(table_.rows.size(), header_.next_table);
        std::optional<int64_t> below;
        size_t column = 0;
        while (trailing_numbers_ > header_.last_row + 1) {
            const TableRow& row = table_.rows[trailing_numbers_ - 1];
            auto columns = filled_columns(row);
            if (columns.empty()) return;
            auto number = whole_number(row.cells[columns.front()]);
            bool follows = !below || (columns.front() == column && number && *number + 1 == *below);
            if (!number || !follows || named_columns_ < wide) return;
            if (columns.size() > 1) return;
            column = columns.front();
            below = number;
            trailing_numbers_--;
        }
    }

    void fill_down() {
        size_t steps = 0;
        for (const MergedCells& merged : table_.merges) {
            if (merged.last_row <= merged.first_row || merged.first_column >= header_.columns.size())
                continue;
            size_t from = place_of(merged.first_row);
            if (from == table_.rows.size() || table_.rows[from].number != merged.first_row) continue;
            const TableRow& source = table_.rows[from];
            if (!is_data(from) || merged.first_column >= source.cells.size() ||
                is_blank(source.cells[merged.first_column]))
                continue;
            for (size_t place = from + 1;
                 place < table_.rows.size() && table_.rows[place].number <= merged.last_row; place++) {
                if (++steps > most_steps) break;
                const TableRow& row = table_.rows[place];
                bool own =
                    merged.first_column < row.cells.size() && !is_blank(row.cells[merged.first_column]);
                if (!own && is_data(place)) out_.filled.push_back({place, merged.first_column, from});
            }
        }
        auto order = [](const FilledCell& a, const FilledCell& b) {
            return std::tuple(a.place, a.column, a.from) < std::tuple(b.place, b.column, b.from);
        };
        auto same = [](const FilledCell& a, const FilledCell& b) {
            return a.place == b.place && a.column == b.column;
        };
        std::sort(out_.filled.begin(), out_.filled.end(), order);
        out_.filled.erase(std::unique(out_.filled.begin(), out_.filled.end(), same), out_.filled.end());
    }

    size_t place_of(int64_t number) const {
        auto found =
            std::lower_bound(table_.rows.begin(), table_.rows.end(), number,
                             [](const TableRow& row, int64_t wanted) { return row.number < wanted; });
        return static_cast<size_t>(found - table_.rows.begin());
    }

    bool is_data(size_t place) const { return std::binary_search(out_.data.begin(), out_.data.end(), place); }

    const Table& table_;
    const Header& header_;
    const RowOptions& options_;
    size_t named_columns_ = 0;
    size_t trailing_numbers_ = 0;  // place of the first of them
    SheetRows out_;
};

}  // namespace

std::string_view row_kind_text(RowKind kind) {
    switch (kind) {
        case RowKind::title:
            return "title";
        case RowKind::header:
            return "header";
        case RowKind::total:
            return "total";
        case RowKind::comment:
            return "comment";
        case RowKind::table:
            return "table";
        case RowKind::struck:
            return "struck";
    }
    return "";
}

const FilledCell* SheetRows::filled_at(size_t place, size_t column) const {
    if (filled.empty()) return nullptr;
    auto found = std::lower_bound(filled.begin(), filled.end(), std::pair(place, column),
                                  [](const FilledCell& one, const std::pair<size_t, size_t>& wanted) {
                                      return std::pair(one.place, one.column) < wanted;
                                  });
    return found != filled.end() && found->place == place && found->column == column ? &*found : nullptr;
}

SheetRows rows_of(const Table& table, const Header& header, const RowOptions& options) {
    return Sorter(table, header, options).run();
}

Cell cell_of(const Table& table, const SheetRows& rows, size_t place, size_t column) {
    const FilledCell* filled = rows.filled_at(place, column);
    const TableRow& row = table.rows[filled != nullptr ? filled->from : place];
    return column < row.cells.size() ? row.cell(column) : Cell{};
}

std::vector<Words> row_notes(const Table& table, const Header& header, const SheetRows& rows, size_t place) {
    std::vector<Words> notes;
    const TableRow& row = table.rows[place];
    if (row.hidden) notes.push_back({"表計算ソフトでは非表示の行です。", "The spreadsheet hides this row."});
    if (row.struck) notes.push_back({"行全体に取り消し線が付いています。", "The whole row is struck out."});
    for (size_t column = 0; !rows.filled.empty() && column < header.columns.size(); column++) {
        const FilledCell* filled = rows.filled_at(place, column);
        if (filled == nullptr) continue;
        const TableRow& source = table.rows[filled->from];
        notes.push_back({fmt::format("列「{}」の値は、結合されたセル（{}行目）のものです。",
                                     header.columns[column].name, source.number),
                         fmt::format("The value of the column \"{}\" is that of the merged cells (row {}).",
                                     header.columns[column].name, source.number)});
    }
    return notes;
}

}  // namespace sonae::exchange
