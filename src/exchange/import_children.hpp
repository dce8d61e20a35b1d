// The entries below a row's own that the row also speaks of: addresses and software of a device. Which cells
// belong together, how many entries they are, and what cannot be paired. Thread-safe (pure functions).
#pragma once

#include "exchange/import_columns.hpp"
#include "exchange/import_standing.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::exchange {

// A cell of a row with the column it stands in.
struct RowCell {
    const ImportColumn* column;
    std::string_view text;
};

// The columns of a sheet that make an entry of a child together (ソフト名1, バージョン1).
struct ChildGroup {
    const catalog::ImportChild* link;
    const catalog::Register* target;
    std::vector<const catalog::Field*> naming;  // its naming fields
    std::vector<const ImportColumn*> columns;
    const ImportColumn* id = nullptr;  // the column of its ids, in an export
};
std::vector<ChildGroup> child_groups(const catalog::Catalog& catalog, const catalog::Register& description,
                                     const std::vector<ImportColumn>& columns);

// An entry of a child that a row speaks of; the first value is the one that names it, unless its id does.
struct ChildRow {
    const ChildGroup* group;
    std::vector<std::pair<const catalog::Field*, std::string>> values;
    Place there = nowhere;  // the entry that the id means
};

// What a row says of its children, and what has to stay beside the row's own entry, with the reason.
struct ChildRows {
    std::vector<ChildRow> children;
    std::vector<std::pair<std::string, std::string>> extra;  // column, text
    std::vector<Words> notes;
};

// Adds what the filled cells of one group say. `there`: the entry that is meant by its id, or nowhere; then
// the cells are of this one entry, and none is divided.
void read_children(const ChildGroup& group, const std::vector<RowCell>& cells, Place there, ChildRows& out);

// False for a blank cell and for "none".
bool says_something(const catalog::Field& field, std::string_view cell);

}  // namespace sonae::exchange
