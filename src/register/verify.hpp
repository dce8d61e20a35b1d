// Whether a record still is what was recorded: every cell of every table, the key and the settings files. One
// thread, with its Record.
#pragma once

#include "register/record.hpp"

#include <vector>

namespace sonae::registers {

struct Verification {
    std::vector<history::Fault> faults;
    int64_t events = 0;  // of all institutions in the folder
    int64_t erased = 0;  // of them without their content, as the history itself tells
};

// Recomputes everything: each institution's history, the tables made from it, that there are no other rows,
// tables or triggers, the format's own notes, the signing key, the institution's own catalog files, and what
// the engine finds wrong with its file. Evidence files are checked by the evidence floor. Places: "event 12",
// "checkpoint 40", "erased 7", "request KEY", "subtree 1/0", "table r_device ID", "schema NAME", "meta NAME",
// "key.pem", "catalog/…", "sonae.db".
Verification verify(const Record& record);

}  // namespace sonae::registers
