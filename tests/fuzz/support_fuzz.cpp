// The text of a product in a ledger and, on the second line, its version.
#include "base/date.hpp"
#include "catalog/support.hpp"
#include "fuzz/fuzz.hpp"

namespace sonae::fuzz {

void take(std::string_view input) {
    if (!is_utf8(input)) return;
    std::string_view text = line(input);
    auto match = builtin().support().match(text, input);
    if (!match) return;
    holds(!match->product.empty() && match->count > 0, "a match names a product and its cycles");
    holds(!match->earliest_end.empty() && match->earliest_end <= match->latest_end,
          "the first end of support is not after the last");
    for (const std::string& day : {match->earliest_end, match->latest_end}) {
        holds(Date::parse_iso(day).has_value() || day == "0001-01-01", "an end of support is a date");
    }
    auto again = builtin().support().match(normalise(text), normalise(input));
    holds(again && again->product == match->product && again->cycles == match->cycles,
          "the normal form of a text matches the same");
}

}  // namespace sonae::fuzz
