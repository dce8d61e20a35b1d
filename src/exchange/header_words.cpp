// Comparing headers with the words of the catalog.
#include "exchange/header_words.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sonae::exchange {

namespace {

constexpr size_t shortest_part = 2;  // characters of a header that may match in part

bool is_latin(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::vector<Spelling> spellings_of(const catalog::Catalog& catalog, const catalog::Register& description) {
    std::vector<Spelling> out;
    auto add = [&](const catalog::Register& target, std::string_view parent) {
        for (const catalog::Field& field : target.fields) {
            if (field.internal || field.name == parent) continue;
            auto spell = [&](std::string_view text, bool name) {
                std::string key = header_key(text);
                if (!key.empty()) out.push_back({std::move(key), std::string(text), &target, &field, name});
            };
            spell(field.label.ja, true);
            for (const std::string& header : field.headers)
                spell(header, false);
            spell(field.label.en, true);
            spell(field.name, true);
        }
    };
    add(description, {});
    for (const catalog::ImportChild& child : description.import_children) {
        if (const catalog::Register* target = catalog.find_register(child.child)) add(*target, child.parent);
    }
    return out;
}

std::string header_key(std::string_view header) {
    std::string key = match_key(header);
    return key.empty() ? normalise(header) : key;
}

std::string before_bracket(std::string_view header) {
    std::string text = normalise(header);
    size_t at = std::min(text.find('('), text.find("【"));
    return at == std::string::npos || at == 0 ? std::string() : header_key(text.substr(0, at));
}

std::pair<std::string, size_t> without_number(const std::string& key) {
    size_t digits = 0;
    while (digits < key.size() && digits < 3 && is_digit(key[key.size() - digits - 1]))
        digits++;
    if (digits == 0 || digits == key.size()) return {key, 0};
    size_t number = 0;
    for (char c : key.substr(key.size() - digits))
        number = number * 10 + static_cast<size_t>(c - '0');
    return {key.substr(0, key.size() - digits), number};
}

size_t characters(std::string_view text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool stands_in(std::string_view part, std::string_view whole, size_t& at) {
    for (at = whole.find(part); at != std::string_view::npos; at = whole.find(part, at + 1)) {
        size_t end = at + part.size();
        bool cut_before = at > 0 && is_latin(whole[at - 1]) && is_latin(part.front());
        bool cut_after = end < whole.size() && is_latin(whole[end]) && is_latin(part.back());
        if (!cut_before && !cut_after) return true;
    }
    return false;
}

size_t part_score(const Spelling& spelling, std::string_view key) {
    if (spelling.key.size() >= key.size()) return 0;
    size_t at = 0;
    if (!stands_in(spelling.key, key, at)) return 0;
    size_t own = characters(spelling.key);
    if (own < shortest_part) return 0;
    bool last = at + spelling.key.size() == key.size();
    return last || own * 2 > characters(key) ? own : 0;
}

}  // namespace sonae::exchange
