// Workbooks of Excel 97 to 2003 (.xls). Thread-safe.
#pragma once

#include "base/error.hpp"
#include "exchange/table.hpp"

#include <string_view>

namespace sonae::exchange {

// Reads all work sheets, hidden ones too. Macros and links to other files are left alone. Fails with
// bad_file: damaged, protected by a password (also an .xlsx, which is then wrapped in a file of this kind),
// written by Excel 95 or earlier, no workbook.
Result<Workbook> read_xls(std::string_view bytes, std::string_view file_name);

}  // namespace sonae::exchange
