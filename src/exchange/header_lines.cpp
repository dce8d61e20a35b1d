// Joining the lines of a header.
#include "exchange/header_lines.hpp"

#include "base/date.hpp"
#include "base/os/address.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace sonae::exchange {

namespace {

constexpr int64_t most_header_lines = 3;
constexpr size_t longest_header = 120;  // bytes of a cell of a header that has several lines

bool filled(const TableRow& row, size_t column) {
    return column < row.cells.size() && !is_blank(row.cells[column]);
}

// The merged cells that a place stands in.
const MergedCells* merged_at(const Table& table, int64_t row, size_t column) {
    for (const MergedCells& merged : table.merges) {
        if (merged.first_row > row) break;  // they are ordered
        if (row <= merged.last_row && merged.first_column <= column && column <= merged.last_column)
            return &merged;
    }
    return nullptr;
}

bool has_merges(const Table& table, int64_t row) {
    for (const MergedCells& merged : table.merges) {
        if (merged.first_row > row) break;
        if (row <= merged.last_row) return true;
    }
    return false;
}

// A text that is a value and no word: an address, a day, a number.
bool is_value(const Cell& cell) {
    if (cell.kind == CellKind::date || cell.kind == CellKind::boolean || cell.kind == CellKind::error)
        return true;
    std::string plain = normalise(cell.text);
    if (plain.size() > longest_header) return true;
    if (cell.kind == CellKind::number || plain.find_first_not_of("0123456789.,-") == std::string::npos)
        return plain.size() > 2;
    return os::plain_address(plain) || (Date::parse(plain) && plain.size() > 4);
}

}  // namespace

std::string HeaderCell::text() const {
    std::string out;
    for (const std::string& line : lines) {
        if (!out.empty()) out += " ";
        out += line;
    }
    return out;
}

std::string HeaderCell::group() const {
    std::string out;
    for (size_t i = 0; i + 1 < lines.size(); i++)
        out += lines[i];
    return out;
}

const std::string& HeaderCell::last() const {
    static const std::string none;
    return lines.empty() ? none : lines.back();
}

std::vector<HeaderCell> header_cells(const Table& table, size_t first, size_t last, size_t width) {
    std::vector<HeaderCell> out(width);
    int64_t top = table.rows[first].number;
    for (size_t place = first; place <= last; place++) {
        const TableRow& row = table.rows[place];
        bool merges = has_merges(table, row.number);
        std::string group;  // of a file without merged cells: goes on over blank cells to the right
        for (size_t column = 0; column < width; column++) {
            HeaderCell& cell = out[column];
            if (filled(row, column)) {
                std::string text = trim(row.cells[column]);
                group = text;
                if (cell.lines.empty() || cell.lines.back() != text) cell.lines.push_back(std::move(text));
                continue;
            }
            if (const MergedCells* merged = merges ? merged_at(table, row.number, column) : nullptr) {
                if (merged->first_row != row.number) continue;  // it goes on from the line above
                if (merged->first_row < top || !filled(row, merged->first_column)) continue;
                cell.lines.push_back(trim(row.cells[merged->first_column]));
                // In the last line nothing tells this column from the one before it.
                if (place == last || merged->last_row >= table.rows[last].number) cell.continued = true;
                continue;
            }
            if (!merges && place < last && !group.empty() && filled(table.rows[place + 1], column))
                cell.lines.push_back(group);
        }
    }
    return out;
}

bool may_be_header(const Table& table, size_t first, size_t last, bool cut) {
    for (const MergedCells& merged : table.merges) {
        if (merged.first_row > table.rows[last].number) break;
        bool beyond =
            merged.first_row >= table.rows[first].number && merged.last_row > table.rows[last].number;
        if (!cut && beyond && merged.last_row - merged.first_row < most_header_lines) return false;
    }
    bool open = false;
    for (size_t place = first; place <= last; place++) {
        const TableRow& row = table.rows[place];
        if (place > first && row.number != table.rows[place - 1].number + 1) return false;
        if (last > first) {
            for (size_t column = 0; column < row.cells.size(); column++)
                if (filled(row, column) && is_value(row.cell(column))) return false;
        }
        if (place == last) break;
        const TableRow& next = table.rows[place + 1];
        bool here = has_merges(table, row.number);
        for (size_t column = 0; column < next.cells.size() && !here; column++)
            here = filled(next, column) && !filled(row, column);
        open = open || here;
    }
    return first == last || open;
}

}  // namespace sonae::exchange
