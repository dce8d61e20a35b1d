// Reading and showing field values.
#include "register/value.hpp"

#include "base/os/address.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

constexpr std::array<std::pair<std::string_view, State>, 5> state_names{{{"never_asked", State::never_asked},
                                                                         {"known", State::known},
                                                                         {"unknown", State::unknown},
                                                                         {"none", State::none},
                                                                         {"unreadable", State::unreadable}}};

// What people write for "we do not know" and "does not apply". Compared after normalise, without brackets
// around the whole.
const std::set<std::string_view> unknown_words{"?",    "??",         "???",        "不明",
                                               "不詳", "わからない", "分からない", "unknown"};
const std::set<std::string_view> none_words{"-", "--", "---", "ー", "―", "—", "–", "‐", "−", "─", "~"};

// More of them, which a remark may also say of something else: those fields (Looks::remark) keep them.
const std::set<std::string_view> more_unknown_words{
    "未確認",       "要確認",   "確認中",     "未調査",       "調査中",
    "要調査",       "未把握",   "確認できず", "確認できない", "わかりません",
    "分かりません", "わからず", "判らない",   "tbc",          "to be confirmed"};
const std::set<std::string_view> more_none_words{
    "なし",     "無し", "無",   "ナシ",     "該当なし", "該当無し",      "特になし",
    "特に無し", "n/a",  "n.a.", "該当せず", "none",     "not applicable"};
// Longer than any of these words in any width, in bytes.
constexpr size_t longest_state_word = 120;

// And what only a number, a day or an address cannot be.
const std::set<std::string_view> typed_none_words{"対象外", "不要", "na"};

const std::set<std::string_view> yes_words{"はい", "有",   "有り", "あり", "○", "〇", "◯",  "済",
                                           "済み", "する", "true", "yes",  "y", "1",  "on", "ok"};
const std::set<std::string_view> no_words{"いいえ", "無",     "無し",  "なし", "×", "✕", "✗",   "x",
                                          "未",     "しない", "false", "no",   "n", "0", "off", "ng"};

// What people put behind a count. Units of time and the like are not among them: they change the number.
constexpr std::array<std::string_view, 8> counters{"名", "人", "件", "台", "個", "床", "文字", "世代"};

std::optional<std::string> read_integer(std::string text) {
    std::erase(text, ',');
    for (std::string_view counter : counters) {
        if (!text.ends_with(counter)) continue;
        text = trim(std::string_view(text).substr(0, text.size() - counter.size()));
        break;
    }
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::to_string(number);
}

// Several choices in one cell, as their values in the order of the catalog.
std::optional<std::string> read_choices(const catalog::Field& field, std::string_view written) {
    // A label may itself hold a slash or a space: ISMS（ISO/IEC 27001）.
    for (const auto& parts :
         {split(written, "\r\n、,，;；"), split_values(written, false), split_values(written, true)}) {
        std::set<size_t> places;
        bool all = true;
        for (const std::string& part : parts) {
            const catalog::Choice* choice = field.read_choice(part);
            if (!choice) {
                all = false;
                break;
            }
            places.insert(static_cast<size_t>(choice - field.choices.data()));
        }
        if (!all || places.empty()) continue;
        std::string out;
        for (size_t place : places) {
            if (!out.empty()) out += ' ';
            out += field.choices[place].value;
        }
        return out;
    }
    return std::nullopt;
}

std::optional<std::string> read_known(const catalog::Field& field, std::string_view written,
                                      const std::string& plain) {
    switch (field.type) {
        case catalog::Type::text:
        case catalog::Type::reference:
            return trim(written);
        case catalog::Type::date: {
            auto date = Date::parse(written);
            return date ? std::optional(date->iso()) : std::nullopt;
        }
        case catalog::Type::integer:
            return read_integer(plain);
        case catalog::Type::boolean:
            if (yes_words.contains(plain)) return "1";
            if (no_words.contains(plain)) return "0";
            return std::nullopt;
        case catalog::Type::choice: {
            if (field.many) return read_choices(field, written);
            const catalog::Choice* choice = field.read_choice(written);
            return choice ? std::optional(choice->value) : std::nullopt;
        }
        case catalog::Type::address:
            return os::plain_address(plain);
        case catalog::Type::mac:
            return os::plain_mac(plain);
    }
    return std::nullopt;
}

// The text without brackets around the whole: (不明).
std::string_view without_brackets(std::string_view text) {
    for (auto [open, close] : {std::pair<std::string_view, std::string_view>{"(", ")"},
                               {"[", "]"},
                               {"<", ">"},
                               {"【", "】"},
                               {"「", "」"}}) {
        if (text.size() > open.size() + close.size() && text.starts_with(open) && text.ends_with(close))
            return text.substr(open.size(), text.size() - open.size() - close.size());
    }
    return text;
}

// The state that a text names instead of a value.
std::optional<State> read_state(const catalog::Field& field, std::string_view text) {
    if (unknown_words.contains(text)) return State::unknown;
    if (none_words.contains(text)) return State::none;
    if (field.looks == catalog::Looks::remark) return std::nullopt;
    text = without_brackets(text);
    if (unknown_words.contains(text) || more_unknown_words.contains(text)) return State::unknown;
    if (none_words.contains(text) || more_none_words.contains(text)) return State::none;
    bool words = field.type == catalog::Type::text || field.type == catalog::Type::reference ||
                 field.type == catalog::Type::choice;
    if (!words && typed_none_words.contains(text)) return State::none;
    return std::nullopt;
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

}  // namespace

std::string_view state_text(State state) {
    return state_names[static_cast<size_t>(state)].first;
}

std::optional<State> state_of(std::string_view text) {
    for (const auto& [name, state] : state_names) {
        if (name == text) return state;
    }
    return std::nullopt;
}

FieldValue read_value(const catalog::Field& field, std::string_view written) {
    bool words = field.type == catalog::Type::text || field.type == catalog::Type::reference;
    if (words && written.size() > longest_state_word) {
        // A long text is no such word; what is not blank is kept as it is.
        if (std::string text = trim(written); text.size() > longest_state_word) return {State::known, text};
    }
    std::string plain = lower(normalise(written));
    if (plain.empty()) return {};
    // A choice or a yes/no may itself be spelt like one of these words.
    if (auto known = read_known(field, written, plain);
        known && (field.type == catalog::Type::choice || field.type == catalog::Type::boolean)) {
        return {State::known, *known};
    }
    if (auto state = read_state(field, plain)) return {*state, {}};
    if (auto known = read_known(field, written, plain)) return {State::known, *known};
    return {State::unreadable, trim(written)};
}

Words show_value(const catalog::Field& field, const FieldValue& value) {
    switch (value.state) {
        case State::never_asked:
            return {};
        case State::unknown:
            return {"不明", "unknown"};
        case State::none:
            return {"なし", "none"};
        case State::unreadable:
            return {value.text, value.text};
        case State::known:
            break;
    }
    if (field.type == catalog::Type::boolean) {
        return value.text == "1" ? Words{"はい", "yes"} : Words{"いいえ", "no"};
    }
    if (field.type != catalog::Type::choice) return {value.text, value.text};
    Words out;
    for (const std::string& part : split(value.text, " ")) {
        const catalog::Choice* choice = field.choice(part);
        if (!out.ja.empty()) {
            out.ja += "、";
            out.en += ", ";
        }
        out.ja += choice ? choice->label.ja : part;
        out.en += choice ? choice->label.en : part;
    }
    return out;
}

}  // namespace sonae::registers
