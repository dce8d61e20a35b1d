// What each row of a sheet is: data, or something that ledgers also hold – titles, the header, totals,
// comments, rows that are struck out. Values of merged cells are filled down into the data rows. Every filled
// row is told exactly once. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"
#include "exchange/import_columns.hpp"
#include "exchange/table.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

enum class RowKind {
    title,    // above the header
    header,   // a line of the header, or the header repeated further down
    total,    // 合計, 小計 …
    comment,  // ※ …, a single text in a wide table (1階), a number that is given out in advance
    table,    // of another table further down, with a header of its own
    struck,   // struck out as a whole
};
std::string_view row_kind_text(RowKind kind);  // "title" …

struct SkippedRow {
    int64_t number = 0;  // as the spreadsheet counts it
    RowKind kind = RowKind::comment;
    std::string text;  // what its cells say, joined by spaces
    Words reason;      // why it is not taken
};

// A cell of a data row that stands in merged cells, with the row that holds their value.
struct FilledCell {
    size_t place = 0;  // of the data row in Table::rows
    size_t column = 0;
    size_t from = 0;  // place of the row that holds the value
};

struct SheetRows {
    std::vector<size_t> data;         // places in Table::rows, rising
    std::vector<SkippedRow> skipped;  // all other filled rows, by number
    std::vector<FilledCell> filled;   // by place and column
    int64_t blank = 0;                // rows without anything, up to the last filled one

    // The cell of merged cells that stands here; null when there is none. When it is the cell of a key field,
    // the row goes on with the entry of the row `from`.
    const FilledCell* filled_at(size_t place, size_t column) const;
};

struct RowOptions {
    bool take_struck = false;  // rows that are struck out are data like any other
};

// Tells what the rows of a table are. data + skipped + blank = table.row_count.
SheetRows rows_of(const Table& table, const Header& header, const RowOptions& options = {});

// The cell of a data row: its own, or that of merged cells filled down. Empty beyond the row's end.
Cell cell_of(const Table& table, const SheetRows& rows, size_t place, size_t column);

// What a person should know about a data row: it is hidden or struck out, values were filled down.
std::vector<Words> row_notes(const Table& table, const Header& header, const SheetRows& rows, size_t place);

}  // namespace sonae::exchange
