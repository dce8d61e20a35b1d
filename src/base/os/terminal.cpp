// Terminals.
#include "base/os/terminal.hpp"

#include <unistd.h>

namespace sonae::os {

bool is_terminal(Standard stream) {
    return ::isatty(static_cast<int>(stream)) == 1;
}

}  // namespace sonae::os
