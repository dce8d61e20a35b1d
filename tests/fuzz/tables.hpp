// What must hold of every table read from a file, of whatever kind it was.
#pragma once

#include "exchange/table.hpp"
#include "fuzz/fuzz.hpp"

namespace sonae::fuzz {

inline void check_table(const exchange::Table& table) {
    int64_t last = 0;
    size_t cells = 0;
    size_t text = 0;
    for (const exchange::TableRow& row : table.rows) {
        holds(row.number > last && row.number <= exchange::max_rows, "the numbers of rows rise");
        last = row.number;
        holds(!row.cells.empty() && row.cells.size() <= exchange::max_columns, "a row has cells");
        holds(!trim(row.cells.back()).empty(), "a row ends with a cell that holds something");
        cells += row.cells.size();
        for (std::string_view cell : row.cells) {
            holds(is_utf8(cell), "a cell is UTF-8");
            text += cell.size();
        }
    }
    holds(table.row_count == last, "the last row is counted");
    holds(cells <= exchange::max_cells && text <= exchange::max_text, "a table keeps the bounds");
}

// The same for a workbook, and what must hold of it as a whole.
inline void check_workbook(const Result<exchange::Workbook>& book) {
    if (!taken(book)) return;
    size_t cells = 0;
    for (const exchange::Table& table : book->tables) {
        check_table(table);
        holds(is_utf8(table.name), "the name of a sheet is UTF-8");
        holds(table.merges.size() <= exchange::max_merges, "merged cells are bounded");
        for (const exchange::MergedCells& merged : table.merges) {
            holds(merged.first_row >= 1 && merged.first_row <= merged.last_row &&
                      merged.last_row <= exchange::max_rows && merged.first_column <= merged.last_column &&
                      merged.last_column < exchange::max_columns,
                  "merged cells lie in the sheet");
        }
        for (const exchange::TableRow& row : table.rows)
            cells += row.cells.size();
    }
    holds(cells <= exchange::max_cells, "a workbook keeps the bounds as a whole");
    for (const Words& notice : book->notices)
        holds(is_utf8(notice.ja) && is_utf8(notice.en), "a notice is UTF-8");
}

}  // namespace sonae::fuzz
