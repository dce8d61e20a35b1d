// Instants and the day they fall on at the institution. Thread-safe.
#pragma once

#include "base/date.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sonae {

// An instant: microseconds of UTC since 1970, without leap seconds.
using Instant = int64_t;

// Where the present comes from. The program uses the system's clock, a unit test one that stands still.
class Clock {
 public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
    Instant now() const override;
};

// The same instant until it is set again; for tests and for answering as of a day.
class FixedClock final : public Clock {
 public:
    explicit FixedClock(Instant instant) : instant_(instant) {}
    // Noon at Asia/Tokyo of a whole day.
    explicit FixedClock(const Date& day);
    void set(Instant instant) { instant_ = instant; }
    Instant now() const override { return instant_; }

 private:
    Instant instant_;
};

// The calendar day of an instant in Japan. Japan has kept UTC+9 without summer time since 1952 and Sonae
// serves Japanese institutions only, so no time zone table is needed.
Date day_in_japan(Instant instant);

// RFC 3339 in UTC with microseconds, "2026-11-21T03:04:05.000006Z"; and the local "2026-11-21 12:04" for
// people.
std::string utc_text(Instant instant);
std::string japan_text(Instant instant);

}  // namespace sonae
