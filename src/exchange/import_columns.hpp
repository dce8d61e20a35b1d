// Which row of a sheet is its header, and which field of a register each column means: guessed from nothing
// but the register's description (labels, headers of institutions' files, the children a row also makes) and
// what the caller says. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "exchange/table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

enum class ColumnUse {
    mapped,   // its cells become the field
    extra,    // kept beside the entry under the header's text
    ignored,  // left out because the caller said so
    empty,    // neither a known header nor any cell
    id,       // headed Sonae-ID: the stable ids of entries, as exports write them
};
std::string_view column_use_text(ColumnUse use);

// The header of the column of stable ids, in imports and exports.
constexpr std::string_view id_header = "Sonae-ID";

struct ImportColumn {
    std::string letters;  // as the spreadsheet calls it: "F"
    std::string header;   // as written; empty when there is none
    std::string name;     // what its cells are kept under as extra: the header or "列F"; unique in the sheet
    ColumnUse use = ColumnUse::extra;
    // mapped: the register or one of its children; id: null for the row's own entry, else the child of whose
    // entry (that of `group`) it is.
    const catalog::Register* target = nullptr;
    const catalog::Field* field = nullptr;
    size_t group = 0;    // which of several entries of a child: ソフト名1, ソフト名2 …; from 1
    int confidence = 0;  // mapped, id: how sure that is, 1 to 100 (docs/import.md "The columns"); else 0
    Words reason;        // why it is used so
};

// What the caller says of a column ("設置部屋=place", "Ver=software.software_version", "F=-").
struct ColumnMapping {
    std::string written;                        // as given, for messages
    std::string column;                         // header or letters
    const catalog::Register* target = nullptr;  // null: leave the column out
    const catalog::Field* field = nullptr;
};

// Reads such texts. A field is named by its name or label, that of a child with its register before a dot.
// Fails with usage (no "=", a field twice) or unknown_field.
Result<std::vector<ColumnMapping>> read_mappings(const catalog::Catalog& catalog,
                                                 const catalog::Register& description,
                                                 const std::vector<std::string>& texts);

struct Header {
    size_t first_row = 0;  // places in Table::rows: of the header's first line
    size_t last_row = 0;   // and of its last; the data begins below
    size_t row = 0;        // the same as last_row
    // Place of the first row of another table below, which has other headers; beyond all rows when there is
    // none.
    size_t next_table = static_cast<size_t>(-1);
    std::vector<ImportColumn> columns;
    std::vector<std::string> unmet;  // mappings that met no column, as written
};

// Finds the header among the first 30 rows: the row in which the most cells mean a field. Two are needed; one
// is enough in a sheet of one column and for a row that has a column of `mappings`. Nothing when there is
// none.
std::optional<Header> find_header(const catalog::Catalog& catalog, const catalog::Register& description,
                                  const Table& table, const std::vector<ColumnMapping>& mappings);

// The fields by which the entries of a child are told apart: what its label begins with. Without a column for
// one of them a row cannot make such an entry.
std::vector<const catalog::Field*> naming_fields(const catalog::Register& child);

}  // namespace sonae::exchange
