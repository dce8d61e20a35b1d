// Files with tables, as institutions have them: CSV in its usual spellings and XLSX. Reading only; every cell
// becomes the text a person sees in it (a date as ISO text), and nothing is interpreted yet.
//
// The files come from outside: sizes, nesting and expansion are bounded, and a file that goes beyond a bound
// or is broken is refused with a sentence that says what to do. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

// A row that holds something. `cells` ends with the last cell that does.
struct TableRow {
    int64_t number = 0;  // as the spreadsheet counts it, from 1 (for CSV: the record)
    std::vector<std::string> cells;
};

// A sheet of a workbook, or a CSV file as a whole (without a name). Rows that are blank or hold only white
// space are not kept; they are the numbers missing up to `row_count`.
struct Table {
    std::string name;
    bool hidden = false;
    std::vector<TableRow> rows;  // by number
    int64_t row_count = 0;       // number of the last row that holds something
};

// Reads all sheets of a file. The kind is told by the content; `file_name` is used in messages only. Old
// .xls, password-protected and OpenDocument files are recognised and refused with advice, like empty and
// broken ones. Fails with bad_file or bad_encoding.
Result<std::vector<Table>> read_table(std::string_view bytes, std::string_view file_name);

// The name a spreadsheet gives a column: 0 → "A", 26 → "AA".
std::string column_letters(size_t column);

// Bounds of both readers. Rows and columns are Excel's; the others keep a made-up file from filling the
// memory.
constexpr int64_t max_rows = 1'048'576;
constexpr size_t max_columns = 16'384;
constexpr size_t max_cells = 4'000'000;    // places in rows, empty ones before the last cell included
constexpr size_t max_text = 200ULL << 20;  // bytes of text in all cells, and bytes read from a file

// What all tables of a file hold together.
struct TableTotals {
    size_t cells = 0;
    size_t text = 0;
};

// Collects the rows of one table and keeps the bounds; what both readers write to.
class TableBuilder {
 public:
    TableBuilder(Table& table, TableTotals& totals) : table_(table), totals_(totals) {}

    // Adds a row; numbers must rise. False when a bound is crossed (nothing is added then).
    bool add(int64_t number, std::vector<std::string> cells);

 private:
    Table& table_;
    TableTotals& totals_;
};

// The refusal for a file beyond the bounds above.
tl::unexpected<Error> table_too_large(std::string_view file_name);

}  // namespace sonae::exchange
