// Ending the process at once.
#include "base/os/stop.hpp"

#include <string>

#include <unistd.h>

namespace sonae::os {

void stop(const Words& words) {
    std::string text = "sonae: " + words.ja + "\nsonae: " + words.en + "\n";
    ssize_t ignored = ::write(STDERR_FILENO, text.data(), text.size());
    static_cast<void>(ignored);
    ::_exit(stopped_exit_code);
}

}  // namespace sonae::os
