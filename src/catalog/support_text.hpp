// Cuts what people write in a ledger into words and numbers, for matching it to products (support.cpp).
// Letters, digits and other scripts are words of their own, so that "Win10", "22H2" and "10用" need no
// spaces. Thread-safe (plain values).
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::catalog {

using Number = std::vector<int>;  // 22.04.3 → 22, 4, 3
using WordList = std::vector<std::string>;
using WordSet = std::set<std::string, std::less<>>;

// Reads a dotted number.
Number read_number(std::string_view text);

// One word or number of a text.
struct Token {
    std::string text;      // lower case
    std::string_view raw;  // as written
    Number number;         // empty for a word
    bool aside = false;    // stands in brackets
};

// The tokens of a normalised text, which must outlive them, in the parts that separators make ("10 / 11").
class Tokens {
 public:
    // Tokens that are looked at; more than this is no name of a product but a story.
    static constexpr size_t max = 64;

    // `alternatives` are words that separate like a slash.
    Tokens(std::string_view text, const WordSet& alternatives);

    std::span<const Token> all() const { return all_; }
    size_t parts() const { return parts_.size(); }
    std::span<const Token> part(size_t which) const;

 private:
    char peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    void step();
    void take_number();
    void take_letters();
    void take_script();
    void word(std::string_view raw);
    void mark(std::string_view letter);
    void add(std::string_view raw, Number number = {});
    void close_part();

    std::string_view text_;
    const WordSet& alternatives_;
    size_t at_ = 0;
    int depth_ = 0;
    std::vector<Token> all_;
    std::vector<std::pair<size_t, size_t>> parts_;
};

// The words of a phrase of the catalog, cut as texts are.
WordList words_of(std::string_view phrase);

// True when the words stand in the tokens from the place on.
bool stands_at(const WordList& words, std::span<const Token> tokens, size_t at);

}  // namespace sonae::catalog
