// Files and folders, with the flushes that make a write survive a power cut. The only place (with lock.hpp)
// that touches files; every call goes through the disk of disk.hpp. Paths are UTF-8. Thread-safe; no state.
// Where it says io, a full disk is disk_full.
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
// the folder. `mode` are POSIX permission bits. A power cut may leave the temporary file; its name is the
// file's with `temporary_mark` and 16 hexadecimal digits. Fails with io.
inline constexpr std::string_view temporary_mark = ".new-";
Status write_file(const fs::path& path, std::string_view bytes, unsigned mode = 0644);

// Whether something is there (a link to nothing is not); a folder that cannot be read counts as empty.
bool is_there(const fs::path& path);

// The size of a file in bytes. Fails with not_found or io.
Result<uint64_t> size_of(const fs::path& path);

// Gives a file another name in the same folder, at once and durably, in place of a file that has the name.
// The file itself must be durable. Fails with not_found or io.
Status rename_file(const fs::path& from, const fs::path& to);

// Removes a file durably; nothing happens when it is not there. Fails with io.
Status remove_file(const fs::path& path);

// Makes the content of a file that something else has written durable, and its name in its folder. Fails with
// not_found or io.
Status sync_file(const fs::path& path);

// Makes the names in a folder durable. Fails with not_found or io.
Status sync_folder(const fs::path& folder);

// Makes the folder and its parents. Fails with io.
Status make_folder(const fs::path& path, unsigned mode = 0755);

// The regular files below a folder as relative paths with '/', sorted. Symbolic links and other kinds are
// listed as well, so that a check for files that should not be there sees them. Fails with not_found or io.
Result<std::vector<std::string>> files_below(const fs::path& folder);

// Name of a system user, and of the one that runs the program, for `--by`.
std::string user_name(unsigned number);
std::string user_name();

}  // namespace sonae::os
