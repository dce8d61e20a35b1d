// A cutter that goes once through the text and keeps no more than the open brackets in mind.
#include "catalog/support_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sonae::catalog {

namespace {

constexpr std::string_view open_marks = "([{<【「『〔〈《";
constexpr std::string_view close_marks = ")]}>】」』〕〉》";
constexpr std::string_view separators = "/,;|~、。・→〜⇒";
constexpr std::string_view plain_marks = "‐‑‒–—―−：×＊※°";
constexpr std::array all_marks = {open_marks, close_marks, separators, plain_marks};

bool is_one_of(std::string_view letter, std::string_view letters) {
    return letters.find(letter) != letters.npos;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

Number read_number(std::string_view text) {
    constexpr int beyond = 999999999;  // more digits than any version has: equal to no version
    Number out;
    const char* end = text.data() + text.size();
    for (const char* at = text.data(); at < end;) {
        int value = 0;
        auto [next, error] = std::from_chars(at, end, value);
        out.push_back(error == std::errc() ? value : beyond);
        at = next < end ? next + 1 : end;
    }
    return out;
}

Tokens::Tokens(std::string_view text, const WordSet& alternatives)
    : text_(text), alternatives_(alternatives) {
    while (at_ < text_.size() && all_.size() < max)
        step();
    close_part();
}

std::span<const Token> Tokens::part(size_t which) const {
    auto [begin, end] = parts_[which];
    return std::span(all_).subspan(begin, end - begin);
}

void Tokens::step() {
    char c = text_[at_];
    // ".NET" begins with its dot; "ASP.NET" does not.
    bool dotted = c == '.' && is_letter(peek(1)) && (at_ == 0 || text_[at_ - 1] == ' ');
    if (is_digit(c)) {
        take_number();
    } else if (is_letter(c) || dotted) {
        take_letters();
    } else if (!is_ascii(c)) {
        take_script();
    } else {
        mark(text_.substr(at_++, 1));
    }
}

void Tokens::take_number() {
    size_t begin = at_;
    while (is_digit(peek(0)) || (peek(0) == '.' && is_digit(peek(1))))
        at_++;
    std::string_view raw = text_.substr(begin, at_ - begin);
    add(raw, read_number(raw));
}

void Tokens::take_letters() {
    size_t begin = at_++;
    while (is_letter(peek(0)))
        at_++;
    word(text_.substr(begin, at_ - begin));
}

// A run of another script up to the next mark.
void Tokens::take_script() {
    size_t begin = at_;
    while (at_ < text_.size() && !is_ascii(text_[at_])) {
        auto lead = static_cast<unsigned char>(text_[at_]);
        size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        std::string_view letter = text_.substr(at_, length);
        if (std::ranges::any_of(all_marks,
                                [&](std::string_view marks) { return is_one_of(letter, marks); })) {
            word(text_.substr(begin, at_ - begin));
            mark(letter);
            begin = at_ + letter.size();
        }
        at_ += letter.size();
    }
    word(text_.substr(begin, at_ - begin));
}

void Tokens::word(std::string_view raw) {
    if (raw.empty()) return;
    if (alternatives_.contains(raw)) {
        close_part();
    } else {
        add(raw);
    }
}

void Tokens::mark(std::string_view letter) {
    if (is_one_of(letter, open_marks)) depth_++;
    if (is_one_of(letter, close_marks) && depth_ > 0) depth_--;
    // "(21H2/22H2)" is one remark, not two products.
    if (depth_ == 0 && is_one_of(letter, separators)) close_part();
}

void Tokens::add(std::string_view raw, Number number) {
    if (all_.size() == max) return;
    std::string lower(raw);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    all_.push_back({std::move(lower), raw, std::move(number), depth_ > 0});
}

void Tokens::close_part() {
    size_t begin = parts_.empty() ? 0 : parts_.back().second;
    if (all_.size() > begin) parts_.emplace_back(begin, all_.size());
}

WordList words_of(std::string_view phrase) {
    const WordSet none;
    Tokens tokens(phrase, none);
    WordList out;
    for (const Token& token : tokens.all())
        out.push_back(token.text);
    return out;
}

bool stands_at(const WordList& words, std::span<const Token> tokens, size_t at) {
    if (words.size() > tokens.size() - at) return false;
    for (size_t i = 0; i < words.size(); i++)
        if (tokens[at + i].text != words[i]) return false;
    return true;
}

}  // namespace sonae::catalog
