// OpenDocument spreadsheets (ODS) as LibreOffice and others write them. Thread-safe.
#pragma once

#include "base/error.hpp"
#include "exchange/table.hpp"

#include <string_view>

namespace sonae::exchange {

// True for a zip that says of itself that it is an OpenDocument file of some kind.
bool is_open_document(std::string_view bytes);

// Reads all sheets, hidden ones too. Bounded as an XLSX file is; how often rows and cells repeat is counted
// before it is believed. Macros, comments and links to other files are left alone. Fails with bad_file:
// damaged, encrypted, no spreadsheet.
Result<Workbook> read_ods(std::string_view bytes, std::string_view file_name);

}  // namespace sonae::exchange
