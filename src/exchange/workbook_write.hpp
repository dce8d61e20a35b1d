// Writes XLSX workbooks of any length, row by row, for files that come back: exported registers and
// templates. The columns know what may be entered in them (lists of choices, help), the header stays in sight
// and is repeated on each printed page.
//
// A text is always a string cell, so nothing in it becomes a formula, a date or a number; characters that
// XML cannot hold are written _xHHHH_ as Excel does. A cell that does not fit is refused, never cut. Nothing
// in the file depends on the machine or the moment. One owner at a time.
#pragma once

#include "exchange/xlsx_write.hpp"
#include "exchange/zip_write.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

// A column of a sheet and what may be entered in it.
struct SheetColumn {
    enum class Kind { text, date, number };
    std::string header;
    Kind kind = Kind::text;            // how a cell that is filled in later is taken
    int width = 12;                    // in characters of ASCII
    std::vector<std::string> choices;  // offered as a list; other words are asked back, not refused
    bool several = false;              // of the choices several may be written: they are offered only
    std::string prompt;                // shown while a cell of the column is chosen
    bool folded = false;               // in the outline that is closed at first
    bool quiet = false;                // for programs, in grey
    bool required = false;             // marked in the header
};

struct SheetLayout {
    std::string name;                // cut and cleaned where a sheet cannot be called so
    std::string title;               // at the top of each printed page
    std::vector<std::string> above;  // lines over the header
    std::vector<SheetColumn> columns;
    size_t fixed = 0;      // columns that stay in sight when one moves to the right
    int more_rows = 2000;  // rows below the last one in which the choices are offered
};

class WorkbookOut {
 public:
    WorkbookOut(ByteSink to, std::string title, Instant made);

    // Begins a sheet; the one before is finished. Returns the name it got.
    Result<std::string> begin(const SheetLayout& layout);
    // A row below the header, at most as many cells as columns. Fails with bad_value for a text longer than a
    // cell can hold (32,767 characters), or more rows than a sheet can hold.
    Status row(const std::vector<SheetCell>& cells);
    // Finishes the workbook (of at least one sheet); nothing may follow.
    Status finish();

 private:
    struct Made {
        std::string name;
        int64_t header_row = 0;
        int64_t last_row = 0;
        size_t columns = 0;
        size_t fixed = 0;
    };

    Status end_sheet();
    Status flush(bool all);
    void text_cell(size_t column, std::string_view text, int style);
    void place(size_t column);

    ZipOut zip_;
    std::string title_;
    Instant made_;
    SheetLayout layout_;
    std::vector<Made> sheets_;
    std::set<std::string> used_;
    std::string xml_;
    std::string row_text_;  // the number of the row in hand
    std::vector<std::string> letters_;
};

// A name that Excel accepts for a sheet: at most 31 characters, none of []:*?/\ , no apostrophe, not in
// `used` in any case.
std::string sheet_name(const std::string& wanted, std::set<std::string>& used);

// The units in which Excel counts the length of a text.
size_t cell_length(std::string_view text);

}  // namespace sonae::exchange
