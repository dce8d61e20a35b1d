// From a decided draft to an edition in use: the catalog file of the institution's own, writing it, and
// taking the latest step of an edition back. Used by one thread with its Record.
#pragma once

#include "checklist/edition_draft.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::checklist {

// The name of an edition's own file among the catalog files: "catalog/checklists/R8.yaml".
std::string edition_file_name(std::string_view edition);

// What an edition would be as a catalog file, and what a person should know about it.
struct EditionText {
    std::string yaml;
    size_t items = 0;
    std::vector<std::string>
        reworded;  // ids of items whose words were others under the same number until now
};

// Makes the catalog file from the draft. An item keeps its id while its words stay the same; with other words
// it is another item (its id ends in .2, .3 …), so that no answer to the old words passes for one to the new.
// Fails with not_found (no draft), refused (open lines, each named; no form for the institution itself; two
// lines with one number and target and the same words).
Result<EditionText> edition_text(const registers::Record& record, std::string_view edition);

// Checks a set of own catalog files as it would be: the file `name` with this text, or without it.
using CheckCatalog =
    std::function<Result<catalog::Catalog>(const std::string& name, const std::optional<std::string>& text)>;

// Writes the file and notes it in the history; the edition counts from the next opening of the folder. Fails
// as edition_text, with bad_catalog (the file would not be a catalog file), refused (another own file has the
// edition; it is in use already), io.
Result<EditionText> use_edition(registers::Record& record, std::string_view edition,
                                const CheckCatalog& check, const registers::Who& who);

struct Undone {
    enum class What { nothing, proposals, use, decisions, load };
    What what = What::nothing;
    int64_t count = 0;    // of proposals, decisions or lines
    int64_t answers = 0;  // use: answers that people gave to the edition; they stay in the record
    bool changes_catalog = false;
};

// What undo would take back.
Undone last_of(const registers::Record& record, std::string_view edition);

// Takes the latest step of an edition back: proposals that were carried over, the use, the decisions of a
// step (the lines are open again), or a loaded file. Fails with refused (nothing to take back), bad_catalog,
// io.
Result<Undone> undo_edition(registers::Record& record, std::string_view edition, const CheckCatalog& check,
                            const registers::Who& who);

}  // namespace sonae::checklist
