// Being asked to end by the system (SIGTERM, SIGINT).
#pragma once

namespace sonae::os {

// Keeps these signals for wait_to_end; called by the first thread before it starts others, which inherit it.
void keep_end_signals();

// Waits until the process is asked to end.
void wait_to_end();

}  // namespace sonae::os
