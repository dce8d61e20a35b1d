// A backup file opened for reading: decrypted, its digest and its seal checked before anything inside is
// used. Not thread-safe.
#pragma once

#include "backup/manifest.hpp"
#include "backup/stream.hpp"
#include "backup/zip.hpp"
#include "base/error.hpp"
#include "history/key.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace sonae::backup {

struct Opened {
    ZipReader zip;
    Manifest manifest;
    history::PublicKey key;  // that sealed it
    bool encrypted = false;
};

// Opens a backup. `passphrase` is used where the file is encrypted. `fingerprint`: of the key that must have
// sealed it, or the start of it (8 characters or more); empty: any key. Fails with not_found, io, bad_file
// (damaged, not whole, something else), not_verified (seal, key), refused (passphrase, newer format), usage
// (encrypted and no passphrase).
Result<Opened> open_backup(const std::filesystem::path& file, std::string_view passphrase,
                           std::string_view fingerprint);
Result<Opened> open_backup(Source bytes, std::string_view passphrase, std::string_view fingerprint);

// Hands on the bytes of a file of the manifest; fails with bad_file when they are not what the manifest says.
Status read_file(const Opened& backup, const File& file, const Sink& to);

// Reads every file of the manifest and compares.
Status check_files(const Opened& backup);

// Size and SHA-256 (hex) of a file as it lies. Fails with not_found or io.
struct FileDigest {
    int64_t size = 0;
    std::string sha256;
};
Result<FileDigest> digest_of(const std::filesystem::path& file);

// Reads a passphrase: the only line of a file. Fails with not_found, io, or bad_value (empty, several lines,
// shorter than 12 characters where it is for a new backup).
Result<std::string> read_passphrase(const std::filesystem::path& file, bool for_new);

}  // namespace sonae::backup
