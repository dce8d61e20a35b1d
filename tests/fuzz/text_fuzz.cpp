// Texts as files and people give them: encodings, and the forms in which they are kept and compared.
#include "base/encoding.hpp"
#include "fuzz/fuzz.hpp"

namespace sonae::fuzz {

namespace {

void check_pieces(const std::vector<std::string>& pieces) {
    for (const std::string& piece : pieces)
        holds(!piece.empty() && trim(piece) == piece, "pieces are trimmed and not empty");
}

void check(std::string_view text) {
    std::string normal = normalise(text);
    holds(is_utf8(normal), "the normal form is UTF-8");
    holds(normalise(normal) == normal, "the normal form is a fixed point");
    holds(trim(normal) == normal && normal.find_first_of("\n\r\t") == normal.npos,
          "white space is one space");

    std::string key = match_key(text);
    holds(match_key(normal) == key, "the normal form is compared as the text is");
    holds(key.find_first_of(" -_.,/()") == key.npos, "the key for comparing has no punctuation");
    holds(organisation_key(text).empty() == key.empty(), "an organisation has a key when its name has one");

    std::string trimmed = trim(text);
    holds(trim(trimmed) == trimmed, "a trimmed text is trimmed");
    check_pieces(split(text, "、/"));
    check_pieces(split_values(text, false));
    check_pieces(split_values(text, true));

    std::string escaped = escape_markup(text);
    holds(is_utf8(escaped) && escaped.find_first_of("<>\"'") == escaped.npos, "markup is escaped");
}

}  // namespace

void take(std::string_view input) {
    if (is_utf8(input)) check(input);
    auto text = decode_text(input);
    if (!taken(text)) return;
    holds(is_utf8(*text), "what is read is UTF-8");
    holds(text->find('\0') == text->npos, "a text has no NUL");
    check(*text);
}

}  // namespace sonae::fuzz
