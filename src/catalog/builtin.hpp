// The catalog that is compiled into the program, as the JSON text made at build time.
#pragma once

#include <string_view>

namespace sonae::catalog {

// Thread-safe; the text lives as long as the program.
std::string_view builtin_json();

}  // namespace sonae::catalog
