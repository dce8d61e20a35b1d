// Takes back what an import changed: new entries are retired, changed fields set back, retired entries opened
// again. Nothing leaves the history; the undo is written behind the import and can itself be undone. An entry
// that somebody has changed since, or that others use by now, is left and told. One thread.
#pragma once

#include "exchange/import.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

struct UndoStep {
    enum class What { retired, set_back, reopened, left };
    What what = What::left;
    std::string register_name;
    Words register_label;
    std::string id;
    std::string label;
    std::vector<FieldChange> changed;  // set back: now → as before the import
    Words reason;                      // left: why
};
std::string_view undo_text(UndoStep::What what);  // "retired", "set_back", "reopened", "left"

struct UndoResult {
    std::string undoes;     // the import's id
    std::string file;       // its file
    std::string import_id;  // of the entry that says so; empty in a dry run
    bool dry_run = false;
    bool of_undo = false;  // what is taken back was an undo itself
    std::vector<UndoStep> steps;

    int64_t count(UndoStep::What what) const;
};

// `id`: of the import or undo, or the start of its id; empty: the last import that stands. Fails with
// not_found, ambiguous and refused (undone already). Nothing is changed then.
Result<UndoResult> undo_import(registers::Record& record, std::string_view id, bool dry_run,
                               const registers::Who& who);

json::object undo_json(const UndoResult& result);
std::string undo_report(const UndoResult& result, bool english);

}  // namespace sonae::exchange
