// Calendar days, and dates of which only the year or the month is known. Thread-safe (plain values).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sonae {

// A date of the Gregorian calendar as people know it: a year, a year and month, or a whole day. Written
// "YYYY", "YYYY-MM" or "YYYY-MM-DD" (years 1868 to 9999), which is also how it is stored and compared: it
// counts as passed when its last possible day has.
class Date {
 public:
    // Month and day are 0 where not known. Gives nothing when there is no such day.
    static std::optional<Date> make(int year, int month = 0, int day = 0);

    // Reads exactly the three written forms above.
    static std::optional<Date> parse_iso(std::string_view text);

    // Reads a date as a person or a spreadsheet writes it: 2024/7/1, 2024-07-01, 2024.7.1, 20240701,
    // 2024年7月1日, 2024年7月, 2024/7, 2024, 令和6年7月1日, 令和元年5月, 令和六年七月, 令6.7.1, R3.5.10,
    // H31/3/20, 平成30年12月1日, S63.1.2, ㋿, 二〇二四年, full width; a time of day behind the
    // date is ignored
    // ("2024-07-01 00:00:00"). Gives nothing for other text: an era year that does not exist (平成40年), a
    // year of two digits without an era (6/7/1), six digits (060701), a fiscal year (2024年度, which ends in
    // the next year), a day with 頃 or 以降. Such a text is unreadable, never guessed.
    static std::optional<Date> parse(std::string_view text);

    // The day number of a spreadsheet (1900 or 1904 system) as a date; nothing below 1 or beyond 9999.
    static std::optional<Date> from_serial(double serial, bool system_1904);

    int year() const { return year_; }
    int month() const { return month_; }
    int day() const { return day_; }
    bool whole() const { return day_ != 0; }

    std::string iso() const;

    // The first and the last day that this date can mean, as whole dates.
    Date first_day() const;
    Date last_day() const;

    // Moves by whole months (keeping the day where the month has it, else its last day) or days. The date
    // must be whole.
    Date plus_months(int months) const;
    Date plus_days(int days) const;

    // Days from this whole date to another (negative when the other is earlier).
    int64_t days_until(const Date& other) const;

    // The fiscal year (April to March) the date falls in, and the last day of a fiscal year. 年度 of
    // 2026-03-31 is 2025.
    int fiscal_year() const;
    static Date fiscal_year_end(int fiscal_year);

    // With the era, "令和8年11月21日", for whole dates from 1868-01-25 to the end of 令和99年.
    std::string japanese() const;

    bool operator==(const Date&) const = default;
    auto operator<=>(const Date&) const = default;

 private:
    Date(int year, int month, int day) : year_(year), month_(month), day_(day) {}

    int year_;
    int month_;
    int day_;
};

}  // namespace sonae
