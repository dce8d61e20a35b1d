// Random bytes from the operating system. Thread-safe.
#pragma once

#include <cstddef>
#include <string>

namespace sonae::os {

// Returns `size` bytes fit for keys and salts. Throws Failure when the system gives none.
std::string random_bytes(size_t size);

}  // namespace sonae::os
