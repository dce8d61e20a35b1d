// The forms of text, over ICU.
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace sonae {

namespace {

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// Takes the code point at `at` and moves `at` behind it; negative for bytes that are not UTF-8.
UChar32 next_code_point(std::string_view text, size_t& at) {
    // A window of one code point, because ICU counts in 32 bits.
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data()) + at;
    auto left = static_cast<int32_t>(std::min<size_t>(text.size() - at, U8_MAX_LENGTH));
    int32_t used = 0;
    UChar32 c = 0;
    U8_NEXT(bytes, used, left, c);
    at += static_cast<size_t>(used);
    return c;
}

// Calls for each code point with the bytes it stands in; U+FFFD where the bytes are not UTF-8.
template <class Visit>
void each_code_point(std::string_view text, Visit&& visit) {
    for (size_t at = 0; at < text.size();) {
        size_t start = at;
        UChar32 c = next_code_point(text, at);
        visit(c < 0 ? 0xfffd : c, text.substr(start, at - start));
    }
}

void append_code_point(std::string& out, UChar32 c) {
    std::array<char, U8_MAX_LENGTH> buffer{};
    int32_t length = 0;
    U8_APPEND_UNSAFE(buffer.data(), length, c);
    out.append(buffer.data(), static_cast<size_t>(length));
}

// White space as people type it; the zero-width space and a stray byte order mark count as nothing at all.
bool is_wide_space(UChar32 c) {
    return c == 0x3000 || u_isUWhiteSpace(c);
}
bool is_invisible(UChar32 c) {
    return c == 0x200b || c == 0xfeff || c == 0x00ad || c == 0x2060;
}

std::string to_utf8(const icu::UnicodeString& text) {
    std::string out;
    text.toUTF8String(out);
    return out;
}

const icu::Normalizer2& nfkc() {
    static const icu::Normalizer2* const instance = [] {
        UErrorCode status = U_ZERO_ERROR;
        const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCInstance(status);
        if (U_FAILURE(status)) {
            throw Failure({Code::io,
                           {"文字の変換表 (ICU) を読み込めません。",
                            "The tables for text conversion (ICU) cannot be loaded."}});
        }
        return normalizer;
    }();
    return *instance;
}

// Puts runs of white space together as one space and drops them at the ends.
template <class IsSpace, class Drop>
std::string squeeze(std::string_view text, IsSpace&& space, Drop&& drop) {
    std::string out;
    out.reserve(text.size());
    bool pending = false;
    each_code_point(text, [&](UChar32 c, std::string_view bytes) {
        if (drop(c)) return;
        if (space(c)) {
            pending = !out.empty();
            return;
        }
        if (pending) out += ' ';
        pending = false;
        out += bytes;
    });
    return out;
}

// The same for ASCII, which is most of what a ledger holds besides names.
std::string squeeze_ascii(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool pending = false;
    for (char c : text) {
        if (is_space(c)) {
            pending = !out.empty();
            continue;
        }
        if (pending) out += ' ';
        pending = false;
        out += c;
    }
    return out;
}

// True for texts of ASCII, kana and common ideographs only: NFKC leaves them as they are.
bool is_normal_japanese(std::string_view text) {
    bool normal = true;
    each_code_point(text, [&](UChar32 c, std::string_view) {
        normal = normal && ((c >= 0 && c < 0x80) || (c >= 0x3041 && c <= 0x3096) ||
                            (c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc || (c >= 0x4e00 && c <= 0x9fa5));
    });
    return normal;
}

std::string lower(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    each_code_point(text, [&](UChar32 c, std::string_view) {
        append_code_point(out, u_foldCase(c, U_FOLD_CASE_DEFAULT));
    });
    return out;
}

// Left out of a match key: spaces, punctuation, hyphens, controls.
bool is_filler(UChar32 c) {
    constexpr uint32_t filler = U_GC_P_MASK | U_GC_Z_MASK | U_GC_CC_MASK | U_GC_CF_MASK;
    return (U_GET_GC_MASK(c) & filler) != 0 || c == 0x2212;  // U+2212: the minus sign typed for a hyphen
}

bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void remove_all(std::string& text, std::string_view part) {
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part))
        text.erase(at, part.size());
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    constexpr uint64_t high_bits = 0x8080'8080'8080'8080;
    for (size_t at = 0; at < bytes.size();) {
        // Most text is ASCII: eight bytes at once.
        uint64_t eight = high_bits;
        if (bytes.size() - at >= sizeof eight) std::memcpy(&eight, bytes.data() + at, sizeof eight);
        if ((eight & high_bits) == 0) {
            at += sizeof eight;
        } else if (static_cast<unsigned char>(bytes[at]) < 0x80) {
            at++;
        } else if (next_code_point(bytes, at) < 0) {
            return false;
        }
    }
    return true;
}

std::string normalise(std::string_view text) {
    if (is_ascii(text)) return squeeze_ascii(text);
    if (is_normal_japanese(text)) return squeeze(text, is_wide_space, is_invisible);
    icu::UnicodeString source =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString normal = nfkc().normalize(source, status);
    if (U_FAILURE(status)) normal = source;
    return squeeze(to_utf8(normal), is_wide_space, is_invisible);
}

std::string match_key(std::string_view text) {
    std::string out;
    each_code_point(normalise(text), [&](UChar32 c, std::string_view) {
        if (!is_filler(c)) append_code_point(out, u_foldCase(c, U_FOLD_CASE_DEFAULT));
    });
    return out;
}

std::string organisation_key(std::string_view text) {
    std::string name = lower(normalise(text));
    for (std::string_view form : {"株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "(株)", "(有)",
                                  "(同)", "(資)", "(名)", "一般社団法人", "一般財団法人", "公益社団法人",
                                  "公益財団法人", "(一社)", "(一財)", "(公社)", "(公財)"}) {
        remove_all(name, form);
    }
    // English forms stand at the end, as words of their own: "Medica Co., Ltd."
    for (bool again = true; again;) {
        again = false;
        while (!name.empty() && (name.back() == '.' || name.back() == ',' || is_space(name.back()))) {
            name.pop_back();
        }
        for (std::string_view form : {"inc", "incorporated", "ltd", "limited", "co", "corp", "corporation",
                                      "llc", "k.k", "kk", "company", "gmbh"}) {
            if (!name.ends_with(form) || name.size() == form.size()) continue;
            char before = name[name.size() - form.size() - 1];
            if (is_ascii_letter(before) || static_cast<unsigned char>(before) >= 0x80) continue;
            name.resize(name.size() - form.size());
            again = true;
            break;
        }
    }
    std::string key = match_key(name);
    return key.empty() ? match_key(text) : key;
}

std::string trim(std::string_view text) {
    constexpr std::string_view wide = "\xe3\x80\x80";  // U+3000
    for (bool again = true; again && !text.empty();) {
        again = true;
        if (is_space(text.front())) {
            text.remove_prefix(1);
        } else if (text.starts_with(wide)) {
            text.remove_prefix(wide.size());
        } else if (is_space(text.back())) {
            text.remove_suffix(1);
        } else if (text.ends_with(wide)) {
            text.remove_suffix(wide.size());
        } else {
            again = false;
        }
    }
    return std::string(text);
}

std::vector<std::string> split(std::string_view text, std::string_view separators) {
    std::vector<std::string> marks;
    each_code_point(separators, [&](UChar32, std::string_view bytes) { marks.emplace_back(bytes); });
    std::vector<std::string> out;
    std::string piece;
    auto close = [&] {
        std::string trimmed = trim(piece);
        if (!trimmed.empty()) out.push_back(std::move(trimmed));
        piece.clear();
    };
    each_code_point(text, [&](UChar32, std::string_view bytes) {
        if (std::find(marks.begin(), marks.end(), bytes) != marks.end()) {
            close();
        } else {
            piece += bytes;
        }
    });
    close();
    return out;
}

std::vector<std::string> split_values(std::string_view cell, bool spaces) {
    return split(cell, spaces ? "\r\n、,，/／;； \t　" : "\r\n、,，/／;；");
}

std::string escape_markup(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    each_code_point(text, [&](UChar32 c, std::string_view bytes) {
        switch (c) {
            case '&':
                out += "&amp;";
                return;
            case '<':
                out += "&lt;";
                return;
            case '>':
                out += "&gt;";
                return;
            case '"':
                out += "&quot;";
                return;
            case '\'':
                out += "&#39;";
                return;
            case '\t':
            case '\n':
            case '\r':
                out += bytes;
                return;
            default:
                break;
        }
        // XML has no place for control characters and non-characters, not even escaped.
        if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfffe || c == 0xffff) return;
        if (c == 0xfffd) {
            append_code_point(out, c);  // also for bytes that are not UTF-8
            return;
        }
        out += bytes;
    });
    return out;
}

bool safe_path(std::string_view path) {
    if (path.empty()) return false;
    for (size_t from = 0; from <= path.size();) {
        size_t end = std::min(path.find('/', from), path.size());
        std::string_view part = path.substr(from, end - from);
        if (part.empty() || part == "." || part == "..") return false;
        from = end + 1;
    }
    return std::ranges::all_of(path, [](char c) {
        auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte != 0x7F && c != '\\' && c != ':';
    });
}

}  // namespace sonae
