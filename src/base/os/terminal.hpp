// Whether somebody watches. Thread-safe.
#pragma once

namespace sonae::os {

enum class Standard { input, output, errors };

// True where the stream is a terminal.
bool is_terminal(Standard stream);

}  // namespace sonae::os
