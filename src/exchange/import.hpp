// Brings a file into registers: chooses the sheets, guesses what the columns mean, plans for each row what
// becomes of it, and carries the plan out in one transaction. Works for every register from its description
// alone. How it decides is docs/import.md.
//
// Nothing is lost silently: every row and every column of the file is in the result with what became of it.
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"
#include "exchange/import_columns.hpp"
#include "exchange/import_references.hpp"
#include "exchange/import_rows.hpp"
#include "register/record.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::exchange {

// How far a long import has come. `total` 0: not known.
struct Progress {
    enum class Phase { reading, planning, saving };
    Phase phase = Phase::reading;
    int64_t done = 0;  // rows, while saving: changes
    int64_t total = 0;
};

struct ImportOptions {
    std::vector<std::string> map;          // "column=field", "column=child.field", "column=-"
    bool dry_run = false;                  // plan only
    bool strict = false;                   // one row that cannot be taken refuses the whole file
    std::vector<std::string> sheets = {};  // "NAME=REGISTER", "NAME=REGISTER:field=value", "NAME=-"
    std::vector<std::string> same = {};    // "NEW NAME=EXISTING"
    std::string mapping = {};              // the name of a remembered mapping to use
    std::string save_mapping = {};         // the name under which the mapping of this import is kept
    std::function<void(const Progress&)> progress = {};
};

// conflict: the row may mean several entries, or one that another row means; refused: it cannot be an entry.
enum class Outcome { added, changed, same, conflict, refused };
constexpr Outcome all_outcomes[] = {Outcome::added, Outcome::changed, Outcome::same, Outcome::conflict,
                                    Outcome::refused};
std::string_view outcome_text(Outcome outcome);  // "new", "changed", "same", "conflict", "refused"
inline bool left_out(Outcome outcome) {
    return outcome == Outcome::conflict || outcome == Outcome::refused;
}

// A value that does not fit its field and was kept as written.
struct Unreadable {
    std::string register_name;
    std::string field;
    Words label;  // of the field
    std::string written;
};

// A field of an entry that was there, before and after.
struct FieldChange {
    std::string field;  // "place", "software.software_version", the header of an extra field
    Words label;
    Words old;  // as shown to people; empty: never asked
    Words now;
};

struct ImportRow {
    int64_t number = 0;  // in the sheet
    Outcome outcome = Outcome::same;
    std::string id;          // of the entry; empty when the row is left out
    std::string label;       // what names the row for people: its key, else its first filled cell
    std::string matched_by;  // what met the entry that was there: id, a field's name, content, only, merged
    Words reason;            // left out: why
    std::vector<FieldChange> changed;
    std::vector<Unreadable> unreadable;
    std::vector<Words> notes;  // what a person should look at: values reinterpreted, entries left over
};

// Values of a column that were read as something else than they are written (○ as はい, 令和6年 as 2024).
struct Reading {
    std::string column;  // its header, or its letters
    Words note;
    int64_t rows = 0;       // so many of them
    int64_t first_row = 0;  // the first one
};

struct ImportSheet {
    std::string name;  // empty for CSV
    std::string register_name;
    Words register_label;
    std::vector<std::pair<std::string, std::string>> values;  // fields set in every row: "kind", "server"
    std::string mapping;                                      // the remembered mapping that was used
    std::string fingerprint;                                  // of the header
    int64_t row_count = 0;                                    // rows of the sheet up to the last filled one
    int64_t header_row = 0;                                   // number of the header's last row
    int64_t blank_rows = 0;
    std::vector<ImportColumn> columns;
    std::vector<ImportRow> rows;
    std::vector<SkippedRow> skipped;  // every other filled row
    std::vector<Reading> readings;

    int64_t count(Outcome outcome) const;
    // row_count = the five outcomes + this.
    int64_t skipped_count() const { return blank_rows + static_cast<int64_t>(skipped.size()); }
};

// How many entries of a child register the rows made and changed.
struct ChildCount {
    std::string register_name;
    Words label;
    int64_t added = 0;
    int64_t changed = 0;
};

// A sheet that was not taken.
struct OtherSheet {
    std::string name;
    int64_t rows = 0;  // up to the last filled one
    Words reason;
};

struct ImportResult {
    std::string file;
    std::string sha256;
    bool dry_run = false;
    std::string import_id;  // of the entry that says what was imported; empty where nothing was changed
    std::vector<ImportSheet> sheets;
    std::vector<ChildCount> children;
    std::vector<CreatedEntry> created;  // entries made for names in references
    std::vector<OtherSheet> other_sheets;
    std::vector<Words> notices;  // what the reader left out
    std::string saved_mapping;   // the name of the mapping that was kept

    int64_t count(Outcome outcome) const;
    int64_t row_count() const;      // of all sheets of the file
    int64_t skipped_count() const;  // rows of sheets that were not taken included
    int64_t left_out_count() const { return count(Outcome::conflict) + count(Outcome::refused); }
};

// Imports the sheets of a file that fit the register, or with the register "auto" each sheet into the
// register that it fits. Rows that cannot be taken are left out and listed. Fails with unknown_register,
// bad_file (also when no sheet fits), bad_encoding, unknown_field, not_found (a column, sheet or mapping that
// is not there) and usage; with refused for a register that Sonae writes itself, and, when strict, for a row
// that cannot be taken. Nothing is changed then.
Result<ImportResult> import_file(registers::Record& record, std::string_view register_name,
                                 std::string_view file_name, std::string_view bytes,
                                 const ImportOptions& options, const registers::Who& who);

// The result for programs (docs/import.md) and for people; `english` else Japanese.
json::object import_json(const ImportResult& result);
std::string import_text(const ImportResult& result, bool english);

}  // namespace sonae::exchange
