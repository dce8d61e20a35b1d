// Format codes, and numbers shown by them.
#include "exchange/number_format.hpp"

#include "base/date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

std::string number_text(double number, std::string_view written, int zeros) {
    if (number == 0) return std::string(static_cast<size_t>(std::max(zeros, 1)), '0');
    double size = std::fabs(number);
    if (!(size >= 1e-9 && size < 1e18)) return std::string(written);
    std::array<char, 64> buffer{};
    auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
    std::string text(buffer.data(), end.ptr);
    bool whole = number > 0 && text.find('.') == std::string::npos;
    if (whole && text.size() < static_cast<size_t>(zeros))
        text.insert(0, static_cast<size_t>(zeros) - text.size(), '0');
    return text;
}

// Seconds as a time of day; [h]:mm counts on beyond 24 hours.
std::string clock(int64_t seconds) {
    std::string text = fmt::format("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    return seconds % 60 == 0 ? text : text + fmt::format(":{:02}", seconds % 60);
}

ShownNumber shown(double number, std::string_view written, const NumberFormat& format, bool system_1904) {
    if (!format.date() && !format.time) return {number_text(number, written, format.zeros), CellKind::number};
    if (!(number >= 0) || number > 3'000'000) return {std::string(written), CellKind::number};
    int64_t seconds = std::llround((number - std::floor(number)) * 86'400);
    if (!format.date()) return {clock(std::llround(number * 86'400)), CellKind::date};
    auto date = Date::from_serial(number, system_1904);
    if (!date) return {number_text(number, written, 0), CellKind::number};
    // A month without a day ("2024年7月") is kept in a cell as its first day.
    if (format.year && !format.day && !format.time && date->day() == 1 && seconds == 0) {
        bool only_year = !format.month && date->month() == 1;
        if (format.month || only_year) return {date->iso().substr(0, only_year ? 4 : 7), CellKind::date};
    }
    if (!format.time || seconds == 0 || seconds >= 86'400) return {date->iso(), CellKind::date};
    return {date->iso() + " " + clock(seconds), CellKind::date};
}

}  // namespace

NumberFormat builtin_number_format(int64_t id) {
    auto is = [](bool year, bool month, bool day, bool time) {
        return NumberFormat{year, month, day, time, 0};
    };
    switch (id) {
        case 16:
            return is(false, true, true, false);
        case 17:
        case 34:
        case 52:
        case 55:
            return is(true, true, false, false);
        case 18:
        case 19:
        case 20:
        case 21:
        case 32:
        case 33:
        case 45:
        case 46:
        case 47:
            return is(false, false, false, true);
        case 22:
            return is(true, true, true, true);
        case 14:
        case 15:
        case 27:
        case 28:
        case 29:
        case 30:
        case 31:
        case 36:
        case 50:
        case 51:
        case 54:
        case 57:
        case 58:
            return is(true, true, true, false);
        case 35:
        case 53:
        case 56:
            return is(false, true, true, false);
        default:
            return {};
    }
}

NumberFormat read_number_format(std::string_view code) {
    NumberFormat format;
    std::string shown;  // the first section without literal text
    bool other = false;
    for (size_t i = 0; i < code.size() && code[i] != ';'; i++) {
        char c = code[i];
        if (c == '"') {
            size_t close = code.find('"', i + 1);
            if (close == std::string_view::npos) break;
            i = close;
            other = true;
        } else if (c == '\\' || c == '_' || c == '*' || c == '!') {
            i++;
            other = true;
        } else if (c == '[') {
            size_t close = code.find(']', i);
            if (close == std::string_view::npos) break;
            // Hours and minutes that count on ([h]:mm) are no comment.
            std::string_view inner = code.substr(i + 1, close - i - 1);
            if (!inner.empty() && inner.find_first_not_of("hHmMsS") == std::string_view::npos)
                format.time = true;
            i = close;
        } else if (c == '0') {
            format.zeros++;
        } else if (static_cast<unsigned char>(c) < 0x80) {
            shown += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        } else {
            other = true;
        }
    }
    if (format.zeros < 2 || other || !shown.empty()) format.zeros = 0;
    for (size_t at = shown.find("general"); at != std::string::npos; at = shown.find("general"))
        shown.erase(at, 7);
    for (std::string_view noon : {"am/pm", "a/p"}) {
        size_t at = shown.find(noon);
        if (at != std::string::npos) {
            shown.erase(at, noon.size());
            format.time = true;
        }
    }
    bool minutes_or_months = false;
    for (size_t i = 0; i < shown.size(); i++) {
        switch (shown[i]) {
            case 'y':
            case 'g':
                format.year = true;
                break;
            case 'e':  // the year of the era; in 0.0E+00 it is an exponent
                if (i + 1 == shown.size() || (shown[i + 1] != '+' && shown[i + 1] != '-')) format.year = true;
                break;
            case 'd':
            case 'a':
                format.day = true;
                break;
            case 'h':
            case 's':
                format.time = true;
                break;
            case 'm':
                minutes_or_months = true;
                break;
            default:
                break;
        }
    }
    format.month = minutes_or_months && (format.year || format.day || !format.time);
    return format;
}

ShownNumber shown_number(std::string_view written, const NumberFormat& format, bool system_1904) {
    double number = 0;
    auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
    if (error != std::errc() || end != written.data() + written.size()) {
        return {std::string(written), CellKind::text};
    }
    return shown(number, written, format, system_1904);
}

ShownNumber shown_number(double number, const NumberFormat& format, bool system_1904) {
    return shown(number, fmt::format("{}", number), format, system_1904);
}

}  // namespace sonae::exchange
