// XLSX workbooks as Excel, LibreOffice and openpyxl write them. Thread-safe.
#pragma once

#include "base/error.hpp"
#include "exchange/table.hpp"

#include <string_view>
#include <vector>

namespace sonae::exchange {

// What a number format shows; a cell whose format shows a date holds the date as a day number.
struct NumberFormat {
    bool year = false;
    bool month = false;
    bool day = false;
    bool time = false;  // hours, minutes or seconds
    int zeros = 0;      // "000": a whole number is shown with at least so many digits

    bool date() const { return year || month || day; }
};

// Reads a format code, e.g. `[$-411]ggge"年"m"月"d"日"`.
NumberFormat read_number_format(std::string_view code);

// Reads all work sheets, hidden ones too, in the workbook's order. Parts are bounded in number, size,
// expansion and nesting; a document type declaration is refused. Fails with bad_file.
Result<Workbook> read_xlsx(std::string_view bytes, std::string_view file_name);

}  // namespace sonae::exchange
