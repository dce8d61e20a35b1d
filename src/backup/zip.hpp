// The container inside a backup: a zip that is written in one pass, without going back, so that it can be
// encrypted on the way out and never lies on a disk in plain; and its reading from any source. Not
// thread-safe.
//
// The comment at the end of the zip carries the SHA-256 of everything before that digest. Damage anywhere in
// the file is seen by it; that nobody changed the file on purpose is the seal's business (manifest.hpp).
#pragma once

#include "backup/stream.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::backup {

// What an entry holds, worked out while it was written.
struct Written {
    std::string name;
    uint64_t size = 0;
    std::string sha256;
};

class ZipWriter {
 public:
    // `time` is shown for every entry. `large_from`: sizes and places from here on are written in the 64-bit
    // form.
    ZipWriter(Sink to, Instant time, uint64_t large_from = 0xFFFFFFFF);

    // Adds an entry with the bytes of a file (deflated), or given ones (stored as they are).
    Result<Written> add_file(std::string_view name, const std::filesystem::path& file);
    Result<Written> add(std::string_view name, std::string_view bytes);

    // Writes the directory and the comment; nothing may be added after it.
    Status finish();

 private:
    struct Entry {
        std::string name;
        uint16_t method = 0;
        uint32_t crc = 0;
        uint64_t packed = 0;
        uint64_t size = 0;
        uint64_t at = 0;
        bool large = false;
    };

    Status put(std::string_view bytes);
    Status begin(Entry& entry);
    Status end(const Entry& entry);
    std::string directory_line(const Entry& entry) const;

    Sink to_;
    Sha256 digest_;
    uint64_t written_ = 0;
    uint64_t large_from_;
    uint32_t dos_time_ = 0;
    std::vector<Entry> entries_;
};

class ZipReader {
 public:
    // Checks the digest at the end, then opens the zip. Names that could lead elsewhere, links, names that
    // are there twice, and entries that overlap are refused. `newer` is said for a higher format. Fails with
    // bad_file or refused.
    static Result<ZipReader> open(Source bytes);

    // Names of all entries, sorted.
    std::vector<std::string> names() const;
    // Hands the bytes of an entry on; fails with bad_file when there is no such entry, it is damaged, or it
    // is larger than `most`.
    Status read(std::string_view name, uint64_t most, const Sink& to) const;
    Result<std::string> read(std::string_view name, uint64_t most) const;

 private:
    struct State;
    explicit ZipReader(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

}  // namespace sonae::backup
