// From a backup to a data folder again, and the proof that what came back is what was kept. One thread.
#pragma once

#include "backup/manifest.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "register/record.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sonae::backup {

// Gives the catalog for a data folder (the program's own with the folder's files on top).
using LoadCatalog = std::function<Result<catalog::Catalog>(const std::filesystem::path& folder)>;

struct Wanted {
    std::filesystem::path file;
    std::string passphrase;
    std::string fingerprint;  // of the key that must have sealed the backup; empty: any
};

// A backup unpacked into a folder and compared with what it says of itself.
struct Unpacked {
    Manifest manifest;
    bool encrypted = false;
    // Places that do not hold: the engine's integrity, the history, the registers, the evidence, the counts.
    std::vector<history::Fault> faults;
};

// Unpacks into the empty folder `into` and checks everything. A backup without a key gets a new one there.
// Fails as open_backup does, and with io (no room).
Result<Unpacked> unpack(const Wanted& wanted, const std::filesystem::path& into, const LoadCatalog& load,
                        const Clock& clock);

struct Restored {
    Manifest manifest;
    std::string sha256;  // of the backup file
    int64_t size = 0;
    bool encrypted = false;
    bool new_key = false;
    std::string fingerprint;  // of the key that signs from now on
};

// Makes the data folder `folder` (which is absent or empty) from a backup: built beside it, checked, the
// restore recorded and a new key announced where there is one, then put in place whole. Fails as unpack does,
// and with exists, not_verified (faults; nothing is left behind).
Result<Restored> restore(const Wanted& wanted, const std::filesystem::path& folder, const LoadCatalog& load,
                         const Clock& clock, const registers::Who& who);

}  // namespace sonae::backup
