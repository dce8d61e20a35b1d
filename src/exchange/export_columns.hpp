// The columns of a sheet for a register: which there are and in which order. Used by the export and by the
// templates. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "exchange/own_headers.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace sonae::exchange {

struct ExportColumn {
    OwnColumn meaning;
    std::string header;
    bool basic = false;  // holds something, or is what people fill in first; else it may be folded away
};

// How many entries of a child a row has room for, and which of its fields are basic.
struct ChildColumns {
    size_t groups = 0;
    std::set<const catalog::Field*> basic;
};

struct ColumnPlan {
    bool ids = true;                            // with the columns of ids
    std::set<const catalog::Field*> basic;      // of the register
    std::vector<ChildColumns> children;         // in the order of import_children
    std::set<std::string, std::less<>> extras;  // names
};

// The columns: the id, the basic ones in the order of the register's file (a child's in groups behind the
// register's own), the extra ones, then what is not basic. A field that Sonae itself writes has no column in
// a register that can be imported. Fails with refused for an extra column whose name no header can say.
Result<std::vector<ExportColumn>> export_columns(const catalog::Catalog& catalog,
                                                 const catalog::Register& description,
                                                 const ColumnPlan& plan);

}  // namespace sonae::exchange
