// Brings a table into a register: guesses what the columns mean, plans for each row what becomes of it, and
// carries the plan out in one transaction. Works for every register from its description alone. How it
// decides is docs/import.md.
//
// Nothing is lost silently: every row and every column of the sheet is in the result with what became of it.
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"
#include "exchange/import_columns.hpp"
#include "register/record.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::exchange {

struct ImportOptions {
    std::vector<std::string> map;  // "column=field", "column=child.field", "column=-"
    bool dry_run = false;          // plan only
    bool strict = false;           // one refused row refuses the whole file
};

enum class Outcome { added, changed, same, refused };
std::string_view outcome_text(Outcome outcome);  // "new", "changed", "same", "refused"

// A value that does not fit its field and was kept as written.
struct Unreadable {
    std::string register_name;
    std::string field;
    Words label;  // of the field
    std::string written;
};

struct ImportRow {
    int64_t number = 0;  // in the file
    Outcome outcome = Outcome::same;
    std::string id;     // of the entry; empty when refused
    std::string label;  // what names the row for people: its key, else its first filled cell
    Words reason;       // refused: why
    std::vector<std::string>
        changed;  // fields of an entry that was there: "place", "software.software_version"
    std::vector<Unreadable> unreadable;
    std::vector<Words>
        notes;  // what a person should look at: values that could not be paired, entries left over
};

// How many entries of a child register the rows made and changed.
struct ChildCount {
    std::string register_name;
    Words label;
    int64_t added = 0;
    int64_t changed = 0;
};

// An entry made because a row names it (株式会社メディカ in 保守業者).
struct CreatedEntry {
    std::string register_name;
    Words register_label;
    std::string name;
};

struct ImportResult {
    std::string register_name;
    Words register_label;
    std::string file;
    std::string sheet;  // empty for CSV
    bool dry_run = false;
    int64_t row_count = 0;   // rows of the sheet up to the last filled one
    int64_t header_row = 0;  // number of the header's row
    std::vector<std::pair<int64_t, std::string>>
        titles;  // filled rows above the header, and headers repeated below
    int64_t blank_rows = 0;
    std::vector<ImportColumn> columns;
    std::vector<ImportRow> rows;
    std::vector<ChildCount> children;
    std::vector<CreatedEntry> created;                          // entries made for names in references
    std::vector<std::pair<std::string, int64_t>> other_sheets;  // sheets that were not read: name, rows

    int64_t count(Outcome outcome) const;
};

// Imports the first sheet of a file that has a header row for the register. Rows that cannot be taken are
// left out and listed. Fails with unknown_register, bad_file (also when no header row is found),
// bad_encoding, unknown_field, not_found (a column of `map` that is not there) and usage; with refused for a
// register that Sonae writes itself, and, when strict, for a refused row. Nothing is changed then.
Result<ImportResult> import_file(registers::Record& record, std::string_view register_name,
                                 std::string_view file_name, std::string_view bytes,
                                 const ImportOptions& options, const registers::Who& who);

// The result for programs (docs/import.md) and for people; `english` else Japanese.
json::object import_json(const ImportResult& result);
std::string import_text(const ImportResult& result, bool english);

}  // namespace sonae::exchange
