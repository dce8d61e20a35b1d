// The sheet of paper on which a checkpoint leaves the house, to be kept in a drawer. Thread-safe (no state).
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "history/history.hpp"

#include <string>

namespace sonae::pack {

struct CheckpointPaper {
    std::string institution;  // name
    history::Checkpoint head;
    Instant last = 0;         // when the last event under it was recorded
    std::string fingerprint;  // of the key that signed
    Instant made = 0;         // now
};

// One A4 page as PDF: the short form in large letters, the whole note as QR code, and what to do with it.
// Fails with io (no font) or bad_value (a note too long for a code).
Result<std::string> checkpoint_pdf(const CheckpointPaper& paper);

}  // namespace sonae::pack
