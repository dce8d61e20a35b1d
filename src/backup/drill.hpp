// Trying out a backup: restored elsewhere, verified whole, compared with what was recorded when it was made
// and with today's history; the result goes into the record with a report as evidence. One thread, with its
// Record.
#pragma once

#include "backup/restore.hpp"
#include "base/error.hpp"
#include "register/record.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sonae::backup {

struct DrillOptions {
    std::filesystem::path file;  // empty: the newest good backup that the record lists
    std::filesystem::path into;  // where the temporary folder is made; empty: the system's place
    std::string passphrase;
};

struct Drilled {
    std::string id;  // of the own_backup entry
    std::filesystem::path file;
    bool good = false;
    bool known = false;                // the record lists this very file
    std::optional<Manifest> manifest;  // nothing where the backup could not be opened
    std::vector<history::Fault> faults;
    std::string report;  // SHA-256 of the report kept as evidence
};

// Carries the drill out. A backup that cannot be opened or does not hold is a drill with a bad outcome; an
// error is returned only where no drill took place: no backup listed or the file not there (not_found), a
// passphrase not given (usage), no room, or the record cannot be written.
Result<Drilled> drill(registers::Record& record, const DrillOptions& options, const LoadCatalog& load,
                      const Clock& clock, const registers::Who& who);

}  // namespace sonae::backup
