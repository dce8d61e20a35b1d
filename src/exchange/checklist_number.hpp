// The small signs of a checklist: an item's number as the forms write it, what is a statement and what an
// answer to tick. Thread-safe (pure functions).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sonae::exchange {

// One character of UTF-8 at `place`, and how many a text has.
std::string_view character(std::string_view text, size_t place);
size_t count_characters(std::string_view text);

// A number at the beginning of a text.
struct ItemNumber {
    std::string section;  // "2"; empty when only the place within a section is written
    std::string place;    // "①", "(1)" or "1"; empty when only the section is written
    size_t length = 0;    // bytes of the text it takes, with the mark or space behind it
    bool plain = false;   // digits without any mark: a section or a place
};

// Reads 2-①, 2-(1), 2-1, (2)①, 2（１）, ①, (1), 1. and 第2章; `length` 0 when the text does not begin so.
ItemNumber read_item_number(std::string_view text);

// True for はい・いいえ, □はい □いいえ and the like, with nothing else beside them.
bool is_answer_cell(std::string_view text);

// True when the words are a statement that somebody can say はい to, not a heading.
bool is_statement(std::string_view text);

}  // namespace sonae::exchange
