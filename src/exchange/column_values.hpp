// What the values of a column look like, beside what its header says. Thread-safe (pure functions).
#pragma once

#include "catalog/catalog.hpp"
#include "exchange/table.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace sonae::exchange {

// The first values of a column below the header.
struct ColumnSample {
    std::vector<std::string_view> values;  // none blank; at most 200
    bool filled = false;                   // a cell of the column holds something, perhaps further down
};

std::vector<ColumnSample> sample_columns(const Table& table, size_t header_last_row, size_t width);

// How many values of a sample can be values of a field.
struct ValueFit {
    size_t of = 0;
    size_t fit = 0;

    double share() const { return of == 0 ? 0 : static_cast<double>(fit) / static_cast<double>(of); }
    bool most() const { return share() >= 0.8; }
    bool few() const { return of >= 3 && share() < 0.5; }
};
// A text can be anything but what clearly is something else: an address, a day, a mail address.
ValueFit fit_of(const catalog::Field& field, const ColumnSample& sample);

// True when values say by themselves that they belong to such a field: addresses, values with the words or
// the look that the register's file names. A day, a yes or a number can belong to many fields.
bool tells_itself(const catalog::Field& field, const ColumnSample& sample);

}  // namespace sonae::exchange
