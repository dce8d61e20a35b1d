// Text as Japanese institutions write it: full and half width, old katakana. Everything inside Sonae is
// UTF-8; other encodings are met in encoding.hpp and the sheet readers only. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sonae {

// True when the bytes are well-formed UTF-8.
bool is_utf8(std::string_view bytes);

// Returns the text in Unicode form NFKC (full-width letters become ASCII, half-width katakana full), trimmed,
// with inner runs of white space (and line breaks) as one space. This is how a value is kept for comparing;
// the text as written is kept beside it where the two differ in meaning.
std::string normalise(std::string_view text);

// Returns the form two names are compared in: normalise, lower case, without spaces, punctuation and hyphens.
// "サーバー室" and "サーバ 室" differ (words are kept), "ＰＣ－０１" and "pc01" are the same.
std::string match_key(std::string_view text);

// The name of an organisation for comparing: match_key without the form of company (株式会社, (株), 有限会社,
// 合同会社, ㈱, Inc …).
std::string organisation_key(std::string_view text);

// Returns the text without white space (ASCII and U+3000) at both ends; everything inside stays as written.
std::string trim(std::string_view text);

// Splits at each separator; pieces are trimmed and empty ones left out.
std::vector<std::string> split(std::string_view text, std::string_view separators);

// Splits a cell that holds several values: at line breaks, 「、」, 「,」, 「/」, 「／」, 「;」, 「；」 and,
// where `spaces`, white space. Pieces are trimmed and empty ones left out.
std::vector<std::string> split_values(std::string_view cell, bool spaces);

// Returns the text for HTML and XML, with & < > " ' escaped and control characters removed.
std::string escape_markup(std::string_view text);

// True for a relative path with '/' that stays below its folder on every system: no empty, "." or ".." parts,
// no backslash, colon or control character.
bool safe_path(std::string_view path);

// Puts values into a template: each {name} becomes the value that `lookup` gives for it.
template <class Lookup>
std::string fill(std::string_view pattern, Lookup&& lookup) {
    std::string out;
    for (size_t i = 0; i < pattern.size();) {
        size_t close = pattern[i] == '{' ? pattern.find('}', i) : std::string_view::npos;
        if (close == std::string_view::npos) {
            out += pattern[i++];
        } else {
            out += lookup(pattern.substr(i + 1, close - i - 1));
            i = close + 1;
        }
    }
    return out;
}

}  // namespace sonae
