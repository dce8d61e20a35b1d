// The end of the process when going on could only make things worse. Thread-safe.
#pragma once

#include "base/error.hpp"

namespace sonae::os {

// The exit code of a process that stopped itself (EX_IOERR of sysexits.h).
inline constexpr int stopped_exit_code = 74;

// Prints the sentence to standard error in both languages and ends the process at once, without running
// anything that could write or acknowledge.
[[noreturn]] void stop(const Words& words);

}  // namespace sonae::os
