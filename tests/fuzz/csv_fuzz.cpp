// A file that is not a workbook: its encoding, and CSV.
#include "exchange/csv.hpp"
#include "fuzz/tables.hpp"

namespace sonae::fuzz {

namespace {

// The table as a spreadsheet would write it.
std::string csv_of(const exchange::Table& table) {
    std::string out;
    int64_t number = 1;
    for (const exchange::TableRow& row : table.rows) {
        for (; number < row.number; number++)
            out += "\r\n";
        for (size_t i = 0; i < row.cells.size(); i++) {
            if (i > 0) out += ',';
            out += '"';
            for (char c : row.cells[i])
                out += c == '"' ? std::string("\"\"") : std::string(1, c);
            out += '"';
        }
        out += "\r\n";
        number++;
    }
    return out;
}

}  // namespace

void take(std::string_view input) {
    if (input.starts_with("PK")) return;  // xlsx_fuzz
    auto book = exchange::read_workbook(input, "入力.csv");
    if (!taken(book)) return;
    holds(book->tables.size() == 1, "a text is one table");
    const exchange::Table& table = book->tables.front();
    check_table(table);
    holds(!table.rows.empty(), "an empty file is refused");

    // Which separator a file uses is guessed from its lines, so only a table without line breaks in its cells
    // is sure to come back.
    for (const exchange::TableRow& row : table.rows) {
        for (std::string_view cell : row.cells) {
            if (cell.find_first_of("\r\n") != cell.npos) return;
        }
    }
    auto again = exchange::read_csv(csv_of(table), "入力.csv");
    holds(taken(again), "what was read can be written and read");
    holds(again->rows.size() == table.rows.size(), "all rows come back");
    for (size_t i = 0; i < table.rows.size(); i++) {
        holds(again->rows[i].number == table.rows[i].number && again->rows[i].cells == table.rows[i].cells,
              "a row comes back as it was");
    }
}

}  // namespace sonae::fuzz
