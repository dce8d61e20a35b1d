// How much of a long test is run: all of it with ./test long, which sets SONAE_LONG=1, else a share.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace sonae::tests {

// Returns how many of `whole` this run does and says so; ./test prints the line below its step.
inline int64_t share(std::string_view what, int64_t part, int64_t whole) {
    const int64_t count = std::getenv("SONAE_LONG") ? whole : part;
    std::cout << "share: " << what << ": " << count << " of " << whole << std::endl;
    return count;
}

}  // namespace sonae::tests
