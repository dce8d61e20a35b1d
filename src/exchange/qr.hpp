// QR codes for the papers and pages that leave the house. Thread-safe (plain values).
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

// A code as its squares, without the blank border around it.
struct Qr {
    int side = 0;            // squares in each direction
    std::vector<bool> dark;  // row by row

    // Calls with (x, y, length) for each horizontal run of dark squares.
    template <class Visit>
    void each_run(const Visit& visit) const {
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side;) {
                int end = x;
                while (end < side &&
                       dark[static_cast<size_t>(y) * static_cast<size_t>(side) + static_cast<size_t>(end)])
                    ++end;
                if (end > x) visit(x, y, end - x);
                x = end + 1;
            }
        }
    }
};

// The code of a UTF-8 text, with error correction M (15 %). Fails with bad_value for more text than a code
// holds (about 2,300 bytes) or none.
Result<Qr> make_qr(std::string_view text);

// An inline SVG of the code with its blank border; `label` is what a screen reader says. Black squares on
// white, scaled by the page's style.
std::string qr_svg(const Qr& code, std::string_view label);

}  // namespace sonae::exchange
