// The container of a pack: a folder, or a zip with the same files. Reading trusts nothing: names are listed
// as they are stored, and only regular files whose names lead nowhere else are read. Not thread-safe.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::pack {

// A container opened for reading.
class Archive {
 public:
    struct Entry {
        std::string name;
        Words wrong;  // why it is not read: a link, a name that leads elsewhere, a second of the same name …;
                      // else empty
    };

    virtual ~Archive() = default;

    // Every entry, sorted by name; folders are left out.
    const std::vector<Entry>& entries() const { return entries_; }
    // The bytes of an entry that is not wrong. Fails with not_found, bad_file (damaged) or io.
    virtual Result<std::string> read(std::string_view name) = 0;

    // Opens a folder, or a file as a zip. Fails with not_found or bad_file.
    static Result<std::unique_ptr<Archive>> open(const std::filesystem::path& path);

 protected:
    std::vector<Entry> entries_;
};

// Writes the files below `folder` (sorted) into a new zip, all with the same time, so that the same files
// give the same bytes. Fails with io.
Status write_zip(const std::filesystem::path& folder, const std::filesystem::path& zip, Instant time);

}  // namespace sonae::pack
