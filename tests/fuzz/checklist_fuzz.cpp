// Checklists that institutions load: any text as a number, and any table as the sheet of a form.
#include "catalog/builtin.hpp"
#include "exchange/checklist_number.hpp"
#include "exchange/checklist_sheet.hpp"
#include "fuzz/tables.hpp"

namespace sonae::fuzz {

void take(std::string_view input) {
    static const catalog::Catalog catalog = *catalog::Catalog::load(catalog::builtin_json(), {});
    exchange::ItemNumber number = exchange::read_item_number(input);
    holds(number.length <= input.size(), "a number is a part of the text");
    holds((number.length > 0) == (!number.section.empty() || !number.place.empty()), "a number has a part");

    if (input.starts_with("PK")) return;
    auto book = exchange::read_workbook(input, "入力.csv");
    if (!taken(book)) return;
    // The first cell of every third row reaches over the next two.
    exchange::Table& table = book->tables.front();
    for (size_t i = 0; i + 2 < table.rows.size(); i += 3)
        table.merges.push_back({table.rows[i].number, table.rows[i].number + 2, 0, 0});
    for (const exchange::ChecklistSheet& sheet :
         exchange::read_checklist_sheets(*book, catalog, "R8", "medical")) {
        for (const checklist::SheetLine& line : sheet.lines) {
            holds(!line.text.empty() && is_utf8(line.text), "an item has words");
            holds(line.row > 0 && line.row <= table.row_count + 2, "an item stands in a row of the sheet");
            holds(!line.form.empty(), "an item has a form");
            holds(is_utf8(line.number) && is_utf8(line.section_title), "what is read is UTF-8");
        }
    }
}

}  // namespace sonae::fuzz
