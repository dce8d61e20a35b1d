// When does the maker stop mending a product? The table of support dates (catalog/support/*.yaml) and the
// matching of what people write in a ledger ("Win11", "Windows 10 IoT Enterprise 2019 LTSC") to it.
//
// A text is matched to the set of support cycles it can mean: "Windows 11 Pro" can be any release of 11, so
// it stands for several cycles with different ends. Nothing is "supported" by default: a text that matches
// nothing gives nothing. Immutable after loading; thread-safe.
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::catalog {

// The cycles a text can mean, seen together.
struct SupportMatch {
    std::string product;       // "Windows 10"; for people
    std::string cycles;        // the cycles, e.g. "1809 (E), 1809 IoT"; shortened after five
    int count = 0;             // number of cycles
    std::string earliest_end;  // ISO dates: first and last end of security support in the set;
    std::string latest_end;  // "9999-12-31" when none is announced, "0001-01-01" when ended on an unknown day
    std::string extended_end;  // last end of paid extended support in the set; empty when there is none
};

class SupportTable {
 public:
    SupportTable() = default;
    // From the JSON of catalog/support/*.yaml (an array of the files' values). Fails with bad_catalog.
    static Result<SupportTable> load(const json::array& files);

    // Matches an operating system, firmware or software: its text and, where the ledger has it in a field of
    // its own, its version or release ("22H2", "9.4"). Gives nothing when no product fits.
    std::optional<SupportMatch> match(std::string_view text, std::string_view version) const;

 private:
    struct Cycle {
        std::string name;   // as the source names it
        std::string label;  // for people
        std::string ends;   // ISO date, or the two special dates above
        std::string extended;
    };
    struct Product {
        std::string name;
        std::string label;
        std::vector<Cycle> cycles;
    };
    // An alias line: words that must occur in the text → product and the cycles it can mean.
    struct Alias {
        std::vector<std::string> pattern;
        size_t product = 0;
        std::vector<size_t> cycles;
    };
    std::vector<Product> products_;
    std::vector<Alias> aliases_;
};

}  // namespace sonae::catalog
