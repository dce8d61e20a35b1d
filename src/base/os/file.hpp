// Files and folders, with the flushes that make a write survive a power cut. The only place (with lock.hpp)
// that calls the operating system for files. Paths are UTF-8. Thread-safe; no state.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::os {

namespace fs = std::filesystem;

// Returns the whole file (up to 1 GiB). Fails with not_found or io.
Result<std::string> read_file(const fs::path& path);

// Writes a new file or replaces one, at once and durably: a temporary file beside it, fsync, rename, fsync of
// the folder. `mode` are POSIX permission bits. Fails with io.
Status write_file(const fs::path& path, std::string_view bytes, unsigned mode = 0644);

// Makes the folder and its parents. Fails with io.
Status make_folder(const fs::path& path, unsigned mode = 0755);

// The regular files below a folder as relative paths with '/', sorted. Symbolic links and other kinds are
// listed as well, so that a check for files that should not be there sees them. Fails with not_found or io.
Result<std::vector<std::string>> files_below(const fs::path& folder);

// Name of the system user that runs the program, for `--by`.
std::string user_name();

}  // namespace sonae::os
