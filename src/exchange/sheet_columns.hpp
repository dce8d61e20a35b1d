// How a column of a register is set up in a workbook: its kind, the choices it offers, and the help for
// whoever fills it in. Thread-safe (pure functions).
#pragma once

#include "exchange/export_columns.hpp"
#include "exchange/workbook_write.hpp"

#include <string>

namespace sonae::exchange {

// The column without the width of its texts.
SheetColumn sheet_column(const ExportColumn& column);

// What may be written in a cell of the field, in a few words: 日付（2026-04-01。月まででも可）…
std::string how_to_write(const catalog::Field& field);

}  // namespace sonae::exchange
