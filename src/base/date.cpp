// The calendar, the eras, and reading dates as people write them.
#include "base/date.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace sonae {

namespace {

namespace calendar = std::chrono;

constexpr int first_year = 1868;
constexpr int last_year = 9999;

int days_in_month(int year, int month) {
    auto last = calendar::year{year} / calendar::month{static_cast<unsigned>(month)} / calendar::last;
    return static_cast<int>(static_cast<unsigned>(last.day()));
}

calendar::sys_days day_number(const Date& date) {
    return calendar::year{date.year()} / calendar::month{static_cast<unsigned>(date.month())} /
           calendar::day{static_cast<unsigned>(date.day())};
}

// The date of a day number; days outside the calendar are moved to its nearest end.
Date date_of(calendar::sys_days day) {
    calendar::sys_days first = calendar::year{first_year} / 1 / 1;
    calendar::sys_days last = calendar::year{last_year} / 12 / 31;
    calendar::year_month_day ymd{std::clamp(day, first, last)};
    return *Date::make(static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
                       static_cast<int>(static_cast<unsigned>(ymd.day())));
}

struct Era {
    std::string_view name;
    std::string_view kanji;  // 令6.7.1
    char letter;
    int first;  // Gregorian year of the era's year 1
    int years;  // people keep writing an era to the end of its last year, so that year counts whole
    int month;  // the day the era began
    int day;
};

// Newest first. 令和 has no end yet; two digits are enough for anything a ledger can hold.
constexpr std::array<Era, 5> eras{{{"令和", "令", 'r', 2019, 99, 5, 1},
                                   {"平成", "平", 'h', 1989, 31, 1, 8},
                                   {"昭和", "昭", 's', 1926, 64, 12, 25},
                                   {"大正", "大", 't', 1912, 15, 7, 30},
                                   {"明治", "明", 'm', 1868, 45, 1, 25}}};

// A text that is read from the left; each `take` moves on only when it succeeds.
class Reader {
 public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool end() const { return at_ == text_.size(); }
    void skip_spaces() {
        while (at_ < text_.size() && text_[at_] == ' ')
            at_++;
    }
    bool take(std::string_view part) {
        if (!text_.substr(at_).starts_with(part)) return false;
        at_ += part.size();
        return true;
    }
    // A number with its count of digits, in ASCII digits (the text is normalised) or in kanji.
    bool number(int& value, int& digits) {
        if (kanji_number(value, digits)) return true;
        size_t from = at_;
        value = 0;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - from < 9) {
            value = value * 10 + (text_[at_++] - '0');
        }
        digits = static_cast<int>(at_ - from);
        return digits > 0;
    }
    char letter() const {
        if (at_ == text_.size()) return 0;
        char c = text_[at_];
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    void skip() { at_++; }

 private:
    // 二十四 and 二〇二四.
    bool kanji_number(int& value, int& digits) {
        constexpr std::array<std::string_view, 11> signs{"〇", "一", "二", "三", "四", "五",
                                                         "六", "七", "八", "九", "零"};
        int tens = 0;
        int rest = 0;
        int count = 0;
        bool any = false;
        while (at_ < text_.size() && count < 5) {
            if (tens == 0 && count < 2 && take("十")) {
                tens = count == 0 ? 10 : rest * 10;
                rest = 0;
                count = 0;
                any = true;
                continue;
            }
            size_t sign = 0;
            while (sign < signs.size() && !take(signs[sign]))
                sign++;
            if (sign == signs.size()) break;
            rest = rest * 10 + static_cast<int>(sign % 10);
            count++;
            any = true;
        }
        if (!any) return false;
        value = tens + rest;
        // Behind 十 one sign can follow; a further one makes no number.
        digits = tens == 0 ? count : count <= 1 ? 2 : 9;
        return true;
    }

    std::string_view text_;
    size_t at_ = 0;
};

// One or two digits for a month or a day.
bool small_number(Reader& in, int& value) {
    int digits = 0;
    in.skip_spaces();
    return in.number(value, digits) && digits <= 2;
}

// What may follow a date: a day of the week in brackets, and a time of day.
bool only_time_left(Reader& in) {
    in.skip_spaces();
    if (in.take("(")) {
        bool weekday = false;
        for (std::string_view day : {"月", "火", "水", "木", "金", "土", "日"})
            weekday = weekday || in.take(day);
        if (!weekday) return false;
        if (in.take("曜")) in.take("日");
        if (!in.take(")")) return false;
        in.skip_spaces();
    }
    if (in.end()) return true;
    if (in.take("T")) in.skip_spaces();
    int value = 0;
    if (!small_number(in, value) || value > 24 || !in.take(":")) return false;
    if (!small_number(in, value) || value > 59) return false;
    if (in.take(":") && (!small_number(in, value) || value > 60)) return false;
    int digits = 0;
    if (in.take(".")) in.number(value, digits);
    in.skip_spaces();
    if (in.take("Z") || in.take("AM") || in.take("PM")) return in.end();
    if (in.take("+") || in.take("-")) {
        in.number(value, digits);
        if (in.take(":")) in.number(value, digits);
    }
    return in.end();
}

// Reads "7/1", "7月1日" and the like behind a year whose separator was `separator`.
std::optional<Date> rest(Reader& in, int year, std::string_view separator) {
    bool japanese = separator == "年";
    int month = 0;
    if (!small_number(in, month) || month == 0) return std::nullopt;
    in.skip_spaces();
    if (japanese && !in.take("月")) return std::nullopt;
    if (!japanese && !in.take(separator)) {
        return in.end() ? Date::make(year, month) : std::nullopt;
    }
    in.skip_spaces();
    if (japanese && in.end()) return Date::make(year, month);
    int day = 0;
    if (!small_number(in, day) || day == 0) return std::nullopt;
    in.skip_spaces();
    if (japanese && !in.take("日")) return std::nullopt;
    if (!only_time_left(in)) return std::nullopt;
    return Date::make(year, month, day);
}

// The separator behind a year; empty when there is none of ours.
std::string_view year_separator(Reader& in) {
    in.skip_spaces();
    for (std::string_view separator : {"年", "/", "-", "."}) {
        if (in.take(separator)) return separator;
    }
    return {};
}

const Era* take_era(Reader& in) {
    for (const Era& era : eras) {
        if (in.take(era.name)) return &era;
    }
    for (const Era& era : eras) {
        if (in.take(era.kanji)) return &era;
    }
    for (const Era& era : eras) {
        if (in.letter() == era.letter) {
            in.skip();
            in.take(".");
            return &era;
        }
    }
    return nullptr;
}

std::optional<Date> parse_era(Reader& in, const Era& era) {
    in.skip_spaces();
    int year = 1;
    int digits = 0;
    if (!in.take("元") && !in.number(year, digits)) return std::nullopt;
    bool together = digits == 6;  // R060701
    int month = year / 100 % 100;
    int day = year % 100;
    if (together) year /= 10000;
    if (digits > 2 && !together) return std::nullopt;
    if (year < 1 || year > era.years) return std::nullopt;
    year += era.first - 1;
    if (together) {
        if (month == 0 || day == 0 || !only_time_left(in)) return std::nullopt;
        return Date::make(year, month, day);
    }
    std::string_view separator = year_separator(in);
    in.skip_spaces();
    if (in.end()) return separator.empty() || separator == "年" ? Date::make(year) : std::nullopt;
    return separator.empty() ? std::nullopt : rest(in, year, separator);
}

std::optional<Date> parse_gregorian(Reader& in) {
    int year = 0;
    int digits = 0;
    if (!in.number(year, digits)) return std::nullopt;
    if (digits == 8) {
        auto date = Date::make(year / 10000, year / 100 % 100, year % 100);
        return date && date->whole() && only_time_left(in) ? date : std::nullopt;
    }
    if (digits != 4) return std::nullopt;
    std::string_view separator = year_separator(in);
    in.skip_spaces();
    if (in.end()) return separator.empty() || separator == "年" ? Date::make(year) : std::nullopt;
    return separator.empty() ? std::nullopt : rest(in, year, separator);
}

}  // namespace

std::optional<Date> Date::make(int year, int month, int day) {
    if (year < first_year || year > last_year || month < 0 || month > 12 || day < 0) return std::nullopt;
    if (month == 0 && day != 0) return std::nullopt;
    if (month != 0 && day > days_in_month(year, month)) return std::nullopt;
    return Date(year, month, day);
}

std::optional<Date> Date::parse_iso(std::string_view text) {
    if (text.size() != 4 && text.size() != 7 && text.size() != 10) return std::nullopt;
    for (size_t i = 0; i < text.size(); i++) {
        bool dash = i == 4 || i == 7;
        if (dash ? text[i] != '-' : (text[i] < '0' || text[i] > '9')) return std::nullopt;
    }
    auto digits = [&](size_t from, size_t count) {
        int value = 0;
        for (char c : text.substr(from, count))
            value = value * 10 + (c - '0');
        return value;
    };
    int month = text.size() >= 7 ? digits(5, 2) : 0;
    int day = text.size() == 10 ? digits(8, 2) : 0;
    // A part that is written must be there: "2024-00" is no way of saying that the month is not known.
    if ((text.size() >= 7 && month == 0) || (text.size() == 10 && day == 0)) return std::nullopt;
    return make(digits(0, 4), month, day);
}

std::optional<Date> Date::parse(std::string_view text) {
    if (text.size() > 200) return std::nullopt;
    std::string normal = normalise(text);
    Reader in(normal);
    if (const Era* era = take_era(in)) return parse_era(in, *era);
    if (in.take("西暦")) in.skip_spaces();
    return parse_gregorian(in);
}

std::optional<Date> Date::from_serial(double serial, bool system_1904) {
    // 2958465 is 9999-12-31 in the system of 1900.
    if (!(serial >= 1) || !(serial < 2958466)) return std::nullopt;
    auto days = calendar::days{static_cast<int>(std::floor(serial))};
    calendar::sys_days start;
    if (system_1904) {
        start = calendar::year{1904} / 1 / 1;
    } else {
        // The system of 1900 counts a day that never was (1900-02-29, number 60).
        if (days.count() == 60) return std::nullopt;
        start =
            calendar::sys_days{calendar::year{1899} / 12 / 31} - calendar::days{days.count() > 60 ? 1 : 0};
    }
    calendar::sys_days day = start + days;
    if (day > calendar::sys_days{calendar::year{last_year} / 12 / 31}) return std::nullopt;
    return date_of(day);
}

std::string Date::iso() const {
    if (month_ == 0) return fmt::format("{:04}", year_);
    if (day_ == 0) return fmt::format("{:04}-{:02}", year_, month_);
    return fmt::format("{:04}-{:02}-{:02}", year_, month_, day_);
}

Date Date::first_day() const {
    return {year_, std::max(month_, 1), std::max(day_, 1)};
}

Date Date::last_day() const {
    int month = month_ == 0 ? 12 : month_;
    return {year_, month, day_ == 0 ? days_in_month(year_, month) : day_};
}

Date Date::plus_months(int months) const {
    int64_t count = static_cast<int64_t>(year_) * 12 + (month_ - 1) + months;
    if (count < static_cast<int64_t>(first_year) * 12) return {first_year, 1, 1};
    if (count >= static_cast<int64_t>(last_year + 1) * 12) return {last_year, 12, 31};
    int year = static_cast<int>(count / 12);
    int month = static_cast<int>(count % 12) + 1;
    return {year, month, std::min(day_, days_in_month(year, month))};
}

Date Date::plus_days(int days) const {
    return date_of(day_number(*this) + calendar::days{days});
}

int64_t Date::days_until(const Date& other) const {
    return (day_number(other) - day_number(*this)).count();
}

int Date::fiscal_year() const {
    return month_ >= 4 || month_ == 0 ? year_ : year_ - 1;
}

Date Date::fiscal_year_end(int fiscal_year) {
    return {fiscal_year + 1, 3, 31};
}

std::string Date::japanese() const {
    std::string year = fmt::format("{}年", year_);
    if (whole()) {
        for (const Era& era : eras) {
            if (*this < Date(era.first, era.month, era.day)) continue;
            int count = year_ - era.first + 1;
            if (count > era.years) break;
            year = count == 1 ? fmt::format("{}元年", era.name) : fmt::format("{}{}年", era.name, count);
            break;
        }
    }
    if (month_ != 0) year += fmt::format("{}月", month_);
    if (day_ != 0) year += fmt::format("{}日", day_);
    return year;
}

}  // namespace sonae
