// When does the maker stop mending a product? The table of support dates (catalog/support/*.yaml) and the
// matching of what people write in a ledger ("Win11", "Windows 10 IoT Enterprise 2019 LTSC") to it.
//
// A text is matched to the set of support cycles it can mean: "Windows 11 Pro" can be any release of 11, so
// it stands for several cycles with different ends. Nothing is "supported" by default: a text that matches
// nothing gives nothing. How a text is read is described in docs/support-dates.md. Immutable after loading;
// thread-safe.
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sonae::catalog {

// The cycles a text can mean, seen together.
struct SupportMatch {
    std::string product;       // "Windows 10"; for people
    std::string cycles;        // the cycles, e.g. "10 1809 (E) LTSC, 10 21H2 IoT"; shortened after five
    int count = 0;             // number of cycles
    std::string earliest_end;  // ISO dates: first and last end of security support in the set;
    std::string latest_end;    // "9999-12-31" when none is announced, or when the text can also mean a
                               // release newer than the table; "0001-01-01" when ended on an unknown day
    std::string extended_end;  // last end of paid extended support in the set; empty when there is none
};

class SupportTable {
 public:
    // Matches nothing.
    SupportTable() = default;
    // From the JSON of catalog/support/*.yaml (an array of the files' values). A product that a later file
    // has again replaces the earlier one. Fails with bad_catalog.
    static Result<SupportTable> load(const json::array& files);

    // Matches an operating system, firmware or software: its text and, where the ledger has it in a field of
    // its own, its version or release ("22H2", "9.4"). Gives nothing when no product fits.
    std::optional<SupportMatch> match(std::string_view text, std::string_view version) const;

 private:
    struct Data;  // support.cpp
    std::shared_ptr<const Data> data_;
};

}  // namespace sonae::catalog
