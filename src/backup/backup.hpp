// Making a backup of the record while it is in use: one file with everything that a data folder needs,
// sealed, and encrypted where a passphrase is given. Used by one thread with its Record.
#pragma once

#include "backup/manifest.hpp"
#include "base/error.hpp"
#include "register/record.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sonae::backup {

struct Options {
    std::string passphrase;  // empty: not encrypted, and the signing key is left out
    std::string program;     // version of Sonae
    int work = 18;           // cost of the passphrase (age.hpp)
};

struct Made {
    std::string id;  // of the own_backup entry
    std::filesystem::path path;
    int64_t size = 0;
    std::string sha256;
    bool encrypted = false;
    bool same_disk = false;  // the file lies on the disk of the record
    Manifest manifest;
    // What does not hold in the record itself; the backup was made all the same, recorded as bad.
    std::vector<history::Fault> faults;
};

// Makes the file `out`, reads it back, and records it. Nothing is overwritten; the folder must be there and
// outside the data folder. Fails with usage, not_found, exists, refused, io.
Result<Made> make(registers::Record& record, const std::filesystem::path& out, const Options& options,
                  const registers::Who& who);

// A free name in a folder for a backup made now: "sonae-20261122-1204.zip" (".zip.age" where encrypted).
// Fails with not_found when the folder is not there (a disk that is not connected).
Result<std::filesystem::path> dated_name(const registers::Record& record, const std::filesystem::path& folder,
                                         bool encrypted);

// The state of every institution in a database: history and counts of the registers of `catalog`.
std::vector<InstitutionState> states(store::Database& database, const catalog::Catalog& catalog);

}  // namespace sonae::backup
