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

}  // namespace sonae::fuzz
