// The lines of a header put together: a group line over a detail line (ネットワーク over IPアドレス and
// MACアドレス), merged cells over several columns or lines. Thread-safe (pure functions).
#pragma once

#include "exchange/table.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sonae::exchange {

// The header of one column.
struct HeaderCell {
    std::vector<std::string> lines;  // from the group down to the detail, trimmed; a text that goes through
                                     // several lines stands once
    bool continued = false;          // merged cells that begin in a column further left

    std::string text() const;   // as written, the lines joined by a space
    std::string group() const;  // all but the last line; empty when there is one line only
    const std::string& last() const;
};

// The header that the rows from place `first` to `last` make, by column.
std::vector<HeaderCell> header_cells(const Table& table, size_t first, size_t last, size_t width);

// Whether the rows from `first` to `last` may be one header: they follow each other, none holds a value in
// place of words, and the upper lines leave something to the lower ones. Merged cells of a few lines are not
// cut in two, unless `cut`.
bool may_be_header(const Table& table, size_t first, size_t last, bool cut);

}  // namespace sonae::exchange
