// Workbooks: any bytes as a zip, and the parts of a workbook written one after the other.
#include "exchange/xlsx_read.hpp"
#include "fuzz/tables.hpp"
#include "fuzz/zips.hpp"

namespace sonae::fuzz {

void take(std::string_view input) {
    exchange::NumberFormat format = exchange::read_number_format(input.substr(0, 200));
    holds(format.zeros >= 0, "a number format shows no negative number of digits");

    std::string zip;
    if (Files files = files_of(input); !files.empty()) {
        zip = zip_of(files);
        input = zip;
    }
    auto book = exchange::read_xlsx(input, "入力.xlsx");
    if (!taken(book)) return;
    size_t cells = 0;
    for (const exchange::Table& table : book->tables) {
        check_table(table);
        holds(is_utf8(table.name), "the name of a sheet is UTF-8");
        for (const exchange::TableRow& row : table.rows)
            cells += row.cells.size();
    }
    holds(cells <= exchange::max_cells, "a workbook keeps the bounds as a whole");
}

}  // namespace sonae::fuzz
