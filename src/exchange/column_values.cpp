// Looking at values.
#include "exchange/column_values.hpp"

#include "base/date.hpp"
#include "base/os/address.hpp"
#include "base/text.hpp"
#include "exchange/header_words.hpp"
#include "exchange/import_values.hpp"

#include <algorithm>
#include <set>

namespace sonae::exchange {

namespace {

using catalog::Field;
using catalog::Looks;
using catalog::Type;
using registers::State;

constexpr size_t sample_size = 200;
constexpr size_t longest_value = 200;  // bytes; what is longer is a story

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_latin(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t digits_in(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

bool is_mail(std::string_view text) {
    size_t at = text.find('@');
    return at != std::string_view::npos && at > 0 && text.find(' ') == std::string_view::npos &&
           text.find('.', at) != std::string_view::npos && text.find('@', at + 1) == std::string_view::npos;
}

bool is_phone(std::string_view text) {
    size_t digits = digits_in(text);
    return text.starts_with('0') && digits >= 9 && digits <= 12 &&
           text.find_first_not_of("0123456789-()+ ") == std::string_view::npos;
}

// A day in words that leave no doubt; 2024 or 3.4 can be anything, and R060701 a number of a device.
bool is_day(std::string_view text) {
    if (!text.empty() && is_latin(text.front()) && digits_in(text) + 1 == text.size()) return false;
    auto date = Date::parse(text);
    return date && date->whole() && digits_in(text) >= 3;
}

bool is_mac(std::string_view text) {
    return text.find_first_of(":-.") != std::string_view::npos && os::plain_mac(text);
}

bool looks(Looks wanted, std::string_view text) {
    switch (wanted) {
        case Looks::mail:
            return is_mail(text);
        case Looks::phone:
            return is_phone(text);
        case Looks::version: {
            size_t digits = digits_in(text);
            return digits > 0 && text.size() <= 30 && digits * 2 + 2 >= text.size() && !is_day(text) &&
                   !os::plain_address(text);
        }
        case Looks::serial:
            return text.size() >= 6 && digits_in(text) >= 2 &&
                   std::all_of(text.begin(), text.end(),
                               [](char c) { return is_digit(c) || is_latin(c) || c == '-' || c == '/'; });
        case Looks::any:
        case Looks::remark:
            break;
    }
    return false;
}

bool is_something_else(const Field& field, std::string_view text) {
    if (field.looks == Looks::remark) return false;
    if (field.looks != Looks::any && looks(field.looks, text)) return false;
    return os::plain_address(text) || is_mac(text) || is_mail(text) || is_day(text);
}

bool says_nothing(const Field& field, std::string_view value) {
    State state = registers::read_value(field, value).state;
    return state == State::unknown || state == State::none;
}

bool fits(const Field& field, std::string_view value) {
    switch (field.type) {
        case Type::text:
        case Type::reference:
            return !is_something_else(field, normalise(value));
        case Type::address:
        case Type::mac: {
            auto pieces = pieces_of(field, value);
            return std::any_of(pieces.begin(), pieces.end(), [&](const std::string& piece) {
                return registers::read_value(field, piece).known();
            });
        }
        default:
            return read_cell(field, value).value.known();
    }
}

// ○, あり or 1 can be the answer to any question.
bool answers_anything(std::string_view text) {
    static const Field yes_or_no = [] {
        Field field;
        field.type = Type::boolean;
        return field;
    }();
    return characters(text) < 2 || registers::read_value(yes_or_no, text).known();
}

}  // namespace

std::vector<ColumnSample> sample_columns(const Table& table, size_t header_last_row, size_t width) {
    std::vector<ColumnSample> out(width);
    for (size_t place = header_last_row + 1; place < table.rows.size(); place++) {
        const CellTexts& cells = table.rows[place].cells;
        for (size_t i = 0; i < cells.size() && i < width; i++) {
            ColumnSample& column = out[i];
            if (column.values.size() == sample_size || is_blank(cells[i])) continue;
            column.filled = true;
            column.values.push_back(cells[i]);
        }
    }
    return out;
}

ValueFit fit_of(const Field& field, const ColumnSample& sample) {
    ValueFit out;
    for (std::string_view value : sample.values) {
        if (value.size() > longest_value) continue;
        if (fits(field, value)) {
            out.of++;
            out.fit++;
        } else if (!says_nothing(field, value)) {
            out.of++;
        }
    }
    return out;
}

bool tells_itself(const Field& field, const ColumnSample& sample) {
    bool by_type = field.type == Type::address || field.type == Type::mac;
    bool by_look = field.looks == Looks::mail || !field.begins.empty();
    bool by_choice = field.type == Type::choice;
    if (!by_type && !by_look && !by_choice) return false;
    std::set<std::string> different;
    ValueFit fit;
    for (std::string_view value : sample.values) {
        if (value.size() > longest_value || says_nothing(field, value)) continue;
        std::string plain = normalise(value);
        std::string key = match_key(plain);
        bool good = false;
        if (by_type) {
            good = fits(field, value) && (field.type != Type::mac || is_mac(plain));
        } else if (by_choice) {
            good = !answers_anything(plain) && registers::read_value(field, value).known();
        } else if (field.looks == Looks::mail) {
            good = is_mail(plain);
        } else {
            good = std::any_of(field.begins.begin(), field.begins.end(),
                               [&](const std::string& word) { return key.starts_with(word); });
        }
        fit.of++;
        if (good) {
            fit.fit++;
            different.insert(std::move(key));
        }
    }
    return fit.of >= 3 && fit.most() && (!by_choice || (different.size() >= 2 && fit.fit == fit.of));
}

}  // namespace sonae::exchange
