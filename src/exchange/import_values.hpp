// What one cell says for a field: the text to store, and a sentence where it was reinterpreted (不明, -, ○, a
// Japanese year, the day number of a spreadsheet), so that a dry run can list it. Also divides a cell that
// holds several values. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "exchange/cells.hpp"
#include "register/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

struct CellValue {
    std::string text;             // what to store: read_value makes `value` of it; empty: nothing is said
    registers::FieldValue value;  // a reference holds the name as written
    Words note;                   // what was reinterpreted and how; empty when taken as it stands. The same
                                  // text in the same field always has the same note.
};

// Reads a cell for a field. A text of several values is not divided. In a date, a number that stands for a
// day between 1950 and 2099 in the spreadsheet's count (from 1904 where `system_1904`) is that day. An error
// of a formula (#N/A) says nothing, and is noted. What does not fit the field's type is unreadable and keeps
// its text, without a note.
CellValue read_cell(const catalog::Field& field, const Cell& cell, bool system_1904);

// The same for a text, such as one piece of a cell.
CellValue read_cell(const catalog::Field& field, std::string_view text);

// Divides a cell that may hold several values of a field: addresses at line breaks, commas, slashes (but not
// before a prefix length) and at spaces between addresses; names and texts at line breaks and 、 only,
// without the marks of a list in front of them; the other types at every usual separator. Trimmed, none
// empty.
std::vector<std::string> pieces_of(const catalog::Field& field, std::string_view cell);

}  // namespace sonae::exchange
