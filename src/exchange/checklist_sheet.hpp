// The ministry's checklist as a workbook: which rows are items, with their chapter, number, target and words
// as written. Read by what the cells look like (numbers such as 2-①, (2)①, 2（１）; sentences; はい・いいえ)
// and by the words of the catalog (forms, targets, chapter titles, column headers); nothing is known of one
// file. Every filled row that is no item is told, with what it was taken for. Thread-safe (pure functions).
#pragma once

#include "catalog/catalog.hpp"
#include "checklist/edition_match.hpp"
#include "exchange/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

// A filled row that is no item.
struct OtherRow {
    int64_t row = 0;
    std::string kind;  // title, form, header, section, target, note, other
    std::string text;
};

struct ChecklistSheet {
    std::string name;
    bool hidden = false;
    std::string title;  // the first title row that speaks of a checklist, else empty
    std::vector<checklist::SheetLine> lines;
    std::vector<OtherRow> others;
};

// Reads the sheets of a file. `form`: the form of lines for which the file names none. A sheet without items
// (a cover, an explanation) has no lines.
std::vector<ChecklistSheet> read_checklist_sheets(const Workbook& workbook, const catalog::Catalog& catalog,
                                                  std::string_view edition, std::string_view form);

// The edition that a file says it is of, by its names and titles (令和8年度 …): that of the catalog with the
// same year in its title, else "R8". Empty when none is named.
std::string edition_named_in(const Workbook& workbook, std::string_view file_name,
                             const catalog::Catalog& catalog);

}  // namespace sonae::exchange
