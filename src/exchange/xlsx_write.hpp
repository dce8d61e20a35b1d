// Writes XLSX workbooks: plain sheets that a person reads, filters and prints, and a program reads back.
//
// A text is always a string cell: a value that begins with = + - or @ stays a text, also after somebody edits
// the cell. Nothing in the file depends on the machine or the moment: the time of making comes from the
// caller. Thread-safe (no state).
#pragma once

#include "base/date.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace sonae::exchange {

// A date of which the day is known becomes a date cell, another its ISO text.
using SheetCell = std::variant<std::string, Date, int64_t>;

// The text of a cell in a file that knows texts only.
std::string cell_text(const SheetCell& cell);

struct Sheet {
    std::string name;                          // cut and cleaned where a sheet cannot be called so
    std::vector<std::string> above;            // lines over the table: title, whose it is, how to read it
    std::vector<std::string> header;           // bold, frozen, with a filter, repeated on each printed page
    std::vector<std::vector<SheetCell>> rows;  // at most as many cells as the header
    std::vector<std::string> below;            // notes under the table
};

// How many columns of ASCII letters a text takes in its longest line; Japanese characters count two.
int text_width(std::string_view text);

// Writes a new workbook with these sheets (at least one), A4 landscape, fitted to the width of the page.
// Fails with io, or with bad_value for more rows or columns than a sheet can hold.
Status write_xlsx(const std::filesystem::path& path, const std::string& title, Instant made,
                  const std::vector<Sheet>& sheets);

}  // namespace sonae::exchange
