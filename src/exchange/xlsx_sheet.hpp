// The large parts of an XLSX workbook: its shared strings and the cells of a sheet, read with our own
// scanner. One owner at a time; throws Refusal.
#pragma once

#include "exchange/number_format.hpp"
#include "exchange/package.hpp"
#include "exchange/table.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

class XmlScanner;

// A text that may have runs with styles of their own.
struct XlsxText {
    const char* text = "";
    uint32_t length = 0;
    bool rich = false;    // has runs: the style of the cell says nothing about striking
    bool struck = false;  // every run is struck out
    bool partly = false;  // some are, and left out of the text

    std::string_view view() const { return {text, length}; }
};
static_assert(sizeof(XlsxText) == 16);

// What the cell formats of a workbook mean for reading; by their number.
struct XlsxFormat {
    NumberFormat number;
    bool struck = false;
};

// What the sheets of one workbook share.
struct XlsxShared {
    std::shared_ptr<CellStore> store;
    std::vector<XlsxText> strings;
    std::vector<XlsxFormat> formats;
    bool system_1904 = false;
    TableTotals totals;
    // Cells that lost something, as "機器!B5": the first few, and how many there are.
    struct Places {
        std::vector<std::string> first;
        size_t count = 0;
        void add(const Table& table, int64_t row, size_t column);
    };
    Places no_results;     // formulas whose result the file does not hold
    Places partly_struck;  // texts of which the struck part was left out
};

// Reads a list of shared strings into `shared.strings`. What the part says of their number is not believed.
void read_shared_strings(Package& package, const std::string& part, XlsxShared& shared);

// Reads the cells, merged cells and hidden rows and columns of a sheet.
void read_sheet(Package& package, const std::string& part, XlsxShared& shared, Table& table);

// The text of characters that XML cannot hold and that are written _xHHHH_; what is no text at all is left
// out.
std::string unescape_xlsx(std::string_view text);

// A date in a cell of type "d" is ISO 8601; midnight is no time of day.
std::string_view xlsx_iso_date(std::string_view written);

// "B5" → row 5, column 1; false when it is not of that form. The row may be missing (0).
bool read_reference(std::string_view reference, int64_t& row, size_t& column);

}  // namespace sonae::exchange
