// Files that prove something: stored once by their SHA-256 beside the database, never rewritten, and tied to
// an entry or a checklist item by an entry of the internal register `attachment`. Used by one thread with its
// Record.
#pragma once

#include "register/record.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::evidence {

struct Attached {
    std::string id;  // of the attachment entry
    std::string sha256;
    std::string name;  // file name as given
    int64_t size = 0;
};

// Stores the file and ties it to an entry (`register`, `id`) or an item (`edition`, `item` id). The file is
// durable before the history says that it is there. Fails with not_found, io, refused (empty file, over 100
// MiB).
Result<Attached> attach(registers::Record& record, const std::filesystem::path& file,
                        std::string_view register_name, std::string_view id, std::string_view edition,
                        std::string_view item, const registers::Who& who);

struct Erased {
    std::string sha256;
    size_t attachments = 0;  // entries that had it
};

// Takes a file out of the record for good: `name` is the id of an attachment, the file's name, its SHA-256 or
// the first 8 or more digits of it. The names of its attachments are erased with it (a file name may say
// whose photo it was) and the attachments are closed; the SHA-256, the size, the place and `who.why` stay.
// May be repeated when the file could not be removed. Fails with usage (no reason), not_found, ambiguous, io.
Result<Erased> erase(registers::Record& record, std::string_view name, const registers::Who& who);

// Where the file of a digest lies below the data folder: "evidence/ab/ab12…".
std::string stored_path(std::string_view sha256);

// The evidence files that the histories of all institutions in a database name. A file stays until an event
// says that it was erased.
struct Expected {
    std::map<std::string, std::string> files;  // path → SHA-256 in hexadecimal
    std::set<std::string> erased;              // paths
};
Expected expected(store::Database& database);

// Checks every stored file against the history: missing, changed and unknown files, and ones that were erased
// and are there all the same. What an attachment that
// is under way, or was cut off, has written (a whole file under its own digest, or its temporary file) is no
// fault: nothing speaks of it, and `sweep` removes it.
std::vector<history::Fault> verify(const registers::Record& record);

// Removes what attachments and erasures that were cut off have left behind. For the owner of the folder,
// while no attach is under way. Returns the number of files. Fails with io.
Result<int64_t> sweep(registers::Record& record);

}  // namespace sonae::evidence
