// Dates as people and spreadsheets write them.
#include "base/date.hpp"
#include "fuzz/fuzz.hpp"

#include <cstring>

namespace sonae::fuzz {

namespace {

void check(const Date& date) {
    std::string iso = date.iso();
    holds(Date::parse_iso(iso) == date && Date::parse(iso) == date, "a date is read back from its ISO text");
    holds(date.first_day() <= date.last_day(), "a date begins before it ends");
    holds(date.first_day().whole() && date.last_day().whole(), "a date begins and ends on a day");
    if (!date.whole()) return;
    holds(date.first_day() == date && date.last_day() == date, "a whole date is that day");
    if (date >= *Date::make(1868, 1, 25))
        holds(Date::parse(date.japanese()) == date, "a date is read back from its Japanese text");
    holds(date <= Date::fiscal_year_end(date.fiscal_year()), "a day lies in its fiscal year");
    for (int step : {-1'000'000'000, -13, -1, 0, 1, 13, 1'000'000'000})
        holds(date.plus_days(step).whole() && date.plus_months(step).whole(), "a day moves to a day");
}

}  // namespace

void take(std::string_view input) {
    double serial = 0;
    if (input.size() >= sizeof serial) {
        std::memcpy(&serial, input.data(), sizeof serial);
        for (bool system_1904 : {false, true}) {
            if (auto date = Date::from_serial(serial, system_1904)) check(*date);
        }
    }
    if (auto date = Date::parse_iso(input)) {
        holds(date->iso() == input, "ISO text is exactly that");
        check(*date);
    }
    if (!is_utf8(input)) return;
    if (auto date = Date::parse(input)) check(*date);
}

}  // namespace sonae::fuzz
