// What a backup says of itself: manifest.json and its seal. Format: docs/backup-format.md. Thread-safe
// (values).
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"
#include "history/key.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::backup {

inline constexpr std::string_view format_name = "sonae-backup/1";
inline constexpr std::string_view manifest_file = "manifest.json";
inline constexpr std::string_view seal_file = "seal.txt";
inline constexpr std::string_view public_key_file = "public-key.pem";
inline constexpr std::string_view database_file = "sonae.db";
inline constexpr std::string_view key_file = "key.pem";

// Entries of each register that are not retired.
using Counts = std::map<std::string, int64_t, std::less<>>;

// The state of an institution's history and registers.
struct InstitutionState {
    std::string id;
    std::string name;
    int64_t size = 0;        // events
    std::string root;        // of the tree over them, hex
    std::string checkpoint;  // the signed note
    Counts counts;

    bool operator==(const InstitutionState&) const = default;
};

struct File {
    std::string path;
    int64_t size = 0;
    std::string sha256;
};

struct Manifest {
    std::string made_at;      // RFC 3339, UTC
    std::string program;      // version of Sonae
    std::string fingerprint;  // of the key that signs the history and the seal
    bool key_inside = false;
    std::vector<InstitutionState> institutions;
    std::vector<File> files;  // sorted by path

    int64_t bytes() const;              // of all files
    std::string made_in_japan() const;  // made_at as people read it, "2026-11-21 12:04"
};

// The canonical text of manifest.json, and back. Reading checks the form, that every path is one a backup may
// hold, and that none is there twice; fails with bad_file, not_verified, or refused for a newer format.
std::string manifest_text(const Manifest& manifest);
Result<Manifest> read_manifest(std::string_view text);

// The signed note over a manifest, and its check. Fails with not_verified.
std::string make_seal(std::string_view manifest, const history::Key& key);
Status check_seal(std::string_view seal, std::string_view manifest, const history::PublicKey& key);

// "device=12 vendor=3": what the record keeps of counts.
std::string counts_text(const Counts& counts);

// The error for a file that a newer Sonae made.
tl::unexpected<Error> newer_format();

}  // namespace sonae::backup
