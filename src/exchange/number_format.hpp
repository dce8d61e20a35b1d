// What a number format shows of a number: the same for XLSX, XLS and ODS files. Thread-safe (pure functions).
#pragma once

#include "exchange/cells.hpp"

#include <cstdint>
#include <string>
#include <string_view>

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

// A format that a workbook names by its number only, with the meaning it has in Japan where countries differ.
NumberFormat builtin_number_format(int64_t id);

// A number as people see it.
struct ShownNumber {
    std::string text;
    CellKind kind;  // number or date; text where the file has no number at all
};

// A number as its format shows it: days as ISO dates, times of day, other numbers in their shortest form.
// What is no number, or too large or small to be shown plainly, stays as it is written in the file.
ShownNumber shown_number(std::string_view written, const NumberFormat& format, bool system_1904);

// The same for a number that the file does not hold as text.
ShownNumber shown_number(double number, const NumberFormat& format, bool system_1904);

}  // namespace sonae::exchange
