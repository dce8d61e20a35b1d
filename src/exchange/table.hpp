// What a file with tables holds, of whatever kind it was: XLSX or CSV in its usual spellings. Reading only;
// every cell becomes the text a person sees in it (a date as ISO text), and nothing is interpreted yet.
//
// The files come from outside: sizes, nesting and expansion are bounded, and a file that goes beyond a bound
// or is broken is refused with a sentence that says what to do. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"
#include "exchange/cells.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

// A row that holds something. Its cells end with the last one that does.
struct TableRow {
    int64_t number = 0;   // as the spreadsheet counts it, from 1 (for CSV: the record)
    CellTexts cells;      // their texts by column, from 0
    bool hidden = false;  // the spreadsheet does not show it (hidden, or left out by a filter)
    bool struck = false;  // every cell that holds something is struck out

    // The whole cell; `column` must be below cells.size().
    Cell cell(size_t column) const { return cells.stored(column).cell(); }
};

// Cells that are shown as one. The text stands in the first; the others hold nothing.
struct MergedCells {
    int64_t first_row = 0;  // as the spreadsheet counts them, from 1
    int64_t last_row = 0;
    size_t first_column = 0;  // from 0
    size_t last_column = 0;

    bool operator==(const MergedCells&) const = default;
};

// A sheet of a workbook, or a CSV file as a whole (without a name). Rows that are blank or hold only white
// space are not kept; they are the numbers missing up to `row_count`. May be moved and copied: the texts stay
// where they are.
struct Table {
    std::string name;
    bool hidden = false;
    std::vector<TableRow> rows;          // by number
    int64_t row_count = 0;               // number of the last row that holds something
    std::vector<MergedCells> merges;     // by their first cell; at most max_merges
    std::vector<size_t> hidden_columns;  // from 0, rising
    std::shared_ptr<CellStore> store;    // what the rows point into
};

// A file with its tables, in the order in which the program shows them.
struct Workbook {
    std::vector<Table> tables;
    std::string format;          // "xlsx", "xls", "ods", "csv"
    std::string encoding;        // of a CSV file: "UTF-8", "UTF-16", "CP932", "EUC-JP", "ISO-2022-JP"
    bool system_1904 = false;    // days are counted from 1904; the dates in the cells are right already
    std::vector<Words> notices;  // what was left out: macros, links to other files …
};

// Reads all sheets of a file. The kind is told by the content; `file_name` is used in messages only. What
// cannot be read (old .xls, password-protected, OpenDocument, web pages, empty and broken files) is
// recognised and refused with advice. Fails with bad_file or bad_encoding.
Result<Workbook> read_workbook(std::string_view bytes, std::string_view file_name);

// The name a spreadsheet gives a column: 0 → "A", 26 → "AA".
std::string column_letters(size_t column);

// Bounds of all readers. Rows and columns are Excel's; the others keep a made-up file from filling the
// memory.
constexpr int64_t max_rows = 1'048'576;
constexpr size_t max_columns = 16'384;
constexpr size_t max_cells = 4'000'000;    // places in rows, empty ones before the last cell included
constexpr size_t max_text = 200ULL << 20;  // bytes of text in all cells, and bytes read from a file
constexpr size_t max_merges = 100'000;     // merged cells of a sheet; further ones are not kept

// What all tables of a file hold together.
struct TableTotals {
    size_t cells = 0;
    size_t text = 0;
};

// Collects the rows of one table and keeps the bounds; what all readers write to. Row by row: start_row, put
// for each cell from left to right, end_row.
class TableBuilder {
 public:
    // `store` is that of the file; the table shares it.
    TableBuilder(Table& table, TableTotals& totals, std::shared_ptr<CellStore> store);

    // Begins a row; numbers must rise.
    void start_row(int64_t number, bool hidden = false);
    // Puts a cell; its text is copied. Empty ones need not be put. False when a bound is crossed.
    bool put(size_t column, const Cell& cell);
    // The same for a text that is in the store already, or stays in place longer than the table.
    bool put_kept(size_t column, const Cell& cell);
    // Ends the row. False when a bound is crossed (nothing is added then).
    bool end_row();

 private:
    Table& table_;
    TableTotals& totals_;
    int64_t number_ = 0;
    bool hidden_ = false;
    size_t text_ = 0;  // of the row in hand
    std::vector<StoredCell> cells_;
};

// True for a text of nothing but white space (ASCII and U+3000).
bool is_blank(std::string_view text);

// What all readers say of what they leave out.
Words macros_ignored();
Words links_ignored();
// `places` are the first few of the cells ("機器!B5").
Words struck_parts_left_out(size_t cells, const std::vector<std::string>& places);

// The refusal for a file beyond the bounds above.
tl::unexpected<Error> table_too_large(std::string_view file_name);

}  // namespace sonae::exchange
