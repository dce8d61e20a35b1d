// Instants as text and as days.
#include "base/time.hpp"

#include <fmt/format.h>

namespace sonae {

namespace {

constexpr Instant second = 1'000'000;
constexpr Instant japan_offset = 9 * 3600 * second;

struct Parts {
    std::chrono::year_month_day day;
    std::chrono::hh_mm_ss<std::chrono::microseconds> time;
};

Parts parts(Instant instant) {
    using namespace std::chrono;
    sys_time<microseconds> point{microseconds{instant}};
    auto midnight = floor<days>(point);
    return {year_month_day{midnight}, hh_mm_ss<microseconds>{point - midnight}};
}

int year_of(const Parts& p) {
    return static_cast<int>(p.day.year());
}
unsigned month_of(const Parts& p) {
    return static_cast<unsigned>(p.day.month());
}
unsigned day_of(const Parts& p) {
    return static_cast<unsigned>(p.day.day());
}

}  // namespace

Instant SystemClock::now() const {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

FixedClock::FixedClock(const Date& day) : instant_(0) {
    using namespace std::chrono;
    sys_days date{year{day.year()} / month{static_cast<unsigned>(day.month())} /
                  std::chrono::day{static_cast<unsigned>(day.day())}};
    instant_ =
        duration_cast<microseconds>(date.time_since_epoch()).count() + 12 * 3600 * second - japan_offset;
}

Date day_in_japan(Instant instant) {
    Parts p = parts(instant + japan_offset);
    return *Date::make(year_of(p), static_cast<int>(month_of(p)), static_cast<int>(day_of(p)));
}

std::string utc_text(Instant instant) {
    Parts p = parts(instant);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", year_of(p), month_of(p), day_of(p),
                       p.time.hours().count(), p.time.minutes().count(), p.time.seconds().count(),
                       p.time.subseconds().count());
}

std::string japan_text(Instant instant) {
    Parts p = parts(instant + japan_offset);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", year_of(p), month_of(p), day_of(p),
                       p.time.hours().count(), p.time.minutes().count());
}

}  // namespace sonae
