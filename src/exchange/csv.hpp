// CSV as spreadsheets write it: RFC 4180, with comma, semicolon or tab. Thread-safe.
#pragma once

#include "base/error.hpp"
#include "exchange/table.hpp"

#include <string_view>

namespace sonae::exchange {

// The separator the text uses most regularly in its first records: ',' ';' or a tab.
char guess_separator(std::string_view text);

// Reads UTF-8 text. Lines end with CRLF, LF or CR; a quoted cell may hold separators, line breaks and doubled
// quotes. Fails with bad_file when a quote is never closed (naming its line) or a bound is crossed.
Result<Table> read_csv(std::string_view text, std::string_view file_name);

}  // namespace sonae::exchange
