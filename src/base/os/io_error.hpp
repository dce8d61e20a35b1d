// What people are told when the operating system refuses a file. Internal to this folder.
#pragma once

#include "base/error.hpp"

#include <filesystem>

namespace sonae::os {

// The error for `errno` as the last call left it: not_found, disk_full or io. `ja` and `en` are the verb, as
// in "を{書き込め}ません" and "cannot {write}". Thread-safe.
tl::unexpected<Error> io_error(const std::filesystem::path& path, const char* ja, const char* en);

}  // namespace sonae::os
