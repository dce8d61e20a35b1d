// Reads the numbers of checklist items, and tells statements and answers from other words.
#include "exchange/checklist_number.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace sonae::exchange {

// One character of UTF-8 at `place`.
std::string_view character(std::string_view text, size_t place) {
    size_t end = place + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        end++;
    return text.substr(place, end - place);
}

size_t count_characters(std::string_view text) {
    return static_cast<size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

namespace {

// What a character means in a number.
struct Mark {
    enum class Kind { digits, circled, open, close, hyphen, dot, space, other } kind = Kind::other;
    int value = 0;
    size_t length = 0;
};

// Code point of a character of up to three bytes.
uint32_t code_point(std::string_view c) {
    auto at = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(c[i])); };
    if (c.size() == 1) return at(0);
    if (c.size() == 2) return (at(0) & 0x1F) << 6 | (at(1) & 0x3F);
    if (c.size() == 3) return (at(0) & 0x0F) << 12 | (at(1) & 0x3F) << 6 | (at(2) & 0x3F);
    return 0;
}

std::optional<int> digit(std::string_view c) {
    uint32_t code = code_point(c);
    if (code >= '0' && code <= '9') return static_cast<int>(code - '0');
    if (code >= 0xFF10 && code <= 0xFF19) return static_cast<int>(code - 0xFF10);
    return std::nullopt;
}

Mark mark_at(std::string_view text, size_t place) {
    if (place >= text.size()) return {Mark::Kind::other, 0, 0};
    std::string_view c = character(text, place);
    uint32_t code = code_point(c);
    if (auto first = digit(c)) {
        Mark out{Mark::Kind::digits, *first, c.size()};
        for (size_t next = place + c.size(); next < text.size() && out.value < 1000;) {
            std::string_view more = character(text, next);
            auto value = digit(more);
            if (!value) break;
            out.value = out.value * 10 + *value;
            out.length += more.size();
            next += more.size();
        }
        return out;
    }
    auto number = [&](uint32_t from, uint32_t to, int first) -> std::optional<Mark> {
        if (code < from || code > to) return std::nullopt;
        return Mark{Mark::Kind::circled, first + static_cast<int>(code - from), c.size()};
    };
    if (auto found = number(0x2460, 0x2473, 1)) return *found;   // ① … ⑳
    if (auto found = number(0x3251, 0x325F, 21)) return *found;  // ㉑ … ㉟
    switch (code) {
        case '(':
        case 0xFF08:
            return {Mark::Kind::open, 0, c.size()};
        case ')':
        case 0xFF09:
            return {Mark::Kind::close, 0, c.size()};
        case '-':
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2015:
        case 0x2212:
        case 0x30FC:
        case 0xFF0D:
        case 0xFF70:
            return {Mark::Kind::hyphen, 0, c.size()};
        case '.':
        case 0xFF0E:
        case 0x3001:  // 、
            return {Mark::Kind::dot, 0, c.size()};
        case ' ':
        case '\t':
        case '\n':
        case '\r':
        case 0x3000:
            return {Mark::Kind::space, 0, c.size()};
        default:
            return {Mark::Kind::other, 0, c.size()};
    }
}

// Writes a place as the official forms do.
std::string circled(int value) {
    uint32_t code =
        value <= 20 ? 0x2460 + static_cast<uint32_t>(value) - 1 : 0x3251 + static_cast<uint32_t>(value) - 21;
    std::string out;
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
    return out;
}

// Reads the marks of a number from left to right.
class NumberReader {
 public:
    explicit NumberReader(std::string_view text) : text_(text) {}

    ItemNumber read() {
        spaces();
        if (auto chapter = in_words()) return *chapter;
        ItemNumber out;
        // The first part: a section, or a place by itself.
        if (auto first = part()) {
            size_t after = place_;
            bool hyphen = take(Mark::Kind::hyphen);
            if (first->kind != 'c') {
                if (auto second = part(); second && (hyphen || second->kind != 'd')) {
                    out.section = std::to_string(first->value);
                    out.place = written(*second);
                    return finish(out);
                }
            }
            place_ = after;
            if (first->kind == 'c' || first->kind == 'p') {
                out.place = written(*first);
            } else {
                out.section = std::to_string(first->value);
                out.plain = true;
            }
            return finish(out);
        }
        return {};
    }

 private:
    struct Part {
        char kind = 'd';  // c: circled, p: in brackets, d: digits
        int value = 0;
    };

    void spaces() {
        while (mark_at(text_, place_).kind == Mark::Kind::space)
            place_ += mark_at(text_, place_).length;
    }
    bool take(Mark::Kind kind) {
        size_t before = place_;
        spaces();
        Mark mark = mark_at(text_, place_);
        if (mark.kind != kind || mark.length == 0) {
            place_ = before;
            return false;
        }
        place_ += mark.length;
        return true;
    }
    std::optional<Part> part() {
        size_t before = place_;
        spaces();
        Mark mark = mark_at(text_, place_);
        if (mark.length == 0) return std::nullopt;
        if (mark.kind == Mark::Kind::circled) {
            place_ += mark.length;
            return Part{'c', mark.value};
        }
        bool brackets = mark.kind == Mark::Kind::open;
        if (brackets) place_ += mark.length;
        spaces();
        Mark digits = mark_at(text_, place_);
        if (digits.kind == Mark::Kind::digits && digits.length > 0 && digits.value > 0 &&
            digits.value < 100) {
            place_ += digits.length;
            if (!brackets) return Part{'d', digits.value};
            if (take(Mark::Kind::close)) return Part{'p', digits.value};
        }
        place_ = before;
        return std::nullopt;
    }
    // 第2章
    std::optional<ItemNumber> in_words() {
        constexpr std::string_view begin = "第";
        if (!text_.substr(place_).starts_with(begin)) return std::nullopt;
        size_t before = place_;
        place_ += begin.size();
        auto number = part();
        for (std::string_view end : {"章", "部", "節"}) {
            if (number && text_.substr(place_).starts_with(end)) {
                place_ += end.size();
                ItemNumber out;
                out.section = std::to_string(number->value);
                return finish(out);
            }
        }
        place_ = before;
        return std::nullopt;
    }
    static std::string written(const Part& part) {
        if (part.kind == 'c') return circled(part.value);
        return part.kind == 'p' ? fmt::format("({})", part.value) : std::to_string(part.value);
    }
    // Digits alone are a number at the end of the text or before a mark or a space only: not in
    // 8文字以上, 1.5.
    ItemNumber finish(ItemNumber out) {
        bool bare = out.plain || out.place.empty();
        bool dot = take(Mark::Kind::dot);
        if (dot && bare && mark_at(text_, place_).kind == Mark::Kind::digits) return {};
        size_t before = place_;
        spaces();
        if (bare && !dot && place_ == before && place_ < text_.size()) return {};
        out.length = place_;
        return out;
    }

    std::string_view text_;
    size_t place_ = 0;
};

}  // namespace

ItemNumber read_item_number(std::string_view text) {
    return NumberReader(text).read();
}

bool is_answer_cell(std::string_view text) {
    std::string rest = normalise(text);
    bool answer = false;
    for (std::string_view word : {"はい", "いいえ"}) {
        for (size_t at = rest.find(word); at != std::string::npos; at = rest.find(word)) {
            rest.erase(at, word.size());
            answer = true;
        }
    }
    for (std::string_view mark :
         {"□", "☐", "☑", "■", "✓", "✔", "・", "○", "◯", "/", "(", ")", ",", "、", ".", " "}) {
        for (size_t at = rest.find(mark); at != std::string::npos; at = rest.find(mark))
            rest.erase(at, mark.size());
    }
    return answer && rest.empty();
}

bool is_statement(std::string_view text) {
    std::string plain = trim(text);
    if (count_characters(plain) < 8) return false;
    if (plain.find("。") != std::string::npos) return true;
    // The end of a verb.
    for (std::string_view end : {"る", "た", "う", "す", "く", "つ", "む", "ぶ", "い"}) {
        if (plain.ends_with(end)) return true;
    }
    return false;
}

}  // namespace sonae::exchange
