// A sheet from a few lines of a test: cells with | between them, merged cells and marks put in by hand.
#pragma once

#include "base/text.hpp"
#include "exchange/table.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

struct TestRow {
    std::string_view cells;  // "A1|受付||○"; empty: a blank row
    bool hidden = false;
    bool struck = false;
};

inline Table sheet(const std::vector<TestRow>& rows, std::vector<MergedCells> merges = {},
                   std::string name = {}) {
    Table table;
    TableTotals totals;
    TableBuilder builder(table, totals, std::make_shared<CellStore>());
    int64_t number = 0;
    for (const TestRow& row : rows) {
        builder.start_row(++number, row.hidden);
        size_t column = 0;
        for (size_t from = 0; from <= row.cells.size(); column++) {
            size_t end = std::min(row.cells.find('|', from), row.cells.size());
            std::string_view text = row.cells.substr(from, end - from);
            if (!text.empty()) builder.put(column, Cell{text, CellKind::text, row.struck});
            from = end + 1;
        }
        builder.end_row();
    }
    table.merges = std::move(merges);
    table.name = std::move(name);
    return table;
}

}  // namespace sonae::exchange
