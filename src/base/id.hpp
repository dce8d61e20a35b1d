// Identifiers of entries. Thread-safe.
#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>

namespace sonae {

// A new UUID of version 7 (RFC 9562): the milliseconds of `now`, then random bits; sorts by time of making.
std::string new_id(Instant now);

// True for the text of a UUID in lower case.
bool is_id(std::string_view text);

}  // namespace sonae
