// XLSX workbooks as Excel, LibreOffice and openpyxl write them. Thread-safe.
#pragma once

#include "base/error.hpp"
#include "exchange/table.hpp"

#include <string_view>

namespace sonae::exchange {

// Reads all work sheets, hidden ones too, in the workbook's order. Parts are bounded in number, size,
// expansion and nesting; a document type declaration is refused. Macros and links to other files are left
// alone and noted. Fails with bad_file.
Result<Workbook> read_xlsx(std::string_view bytes, std::string_view file_name);

}  // namespace sonae::exchange
