// Encodings, over ICU.
#include "base/encoding.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <unordered_map>

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

namespace sonae {

namespace {

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};

// Converts strictly: bytes that are not of the encoding give nothing instead of a substitute.
std::optional<icu::UnicodeString> convert(std::string_view bytes, const char* encoding) {
    if (bytes.size() > 0x3fffffff) return std::nullopt;
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(encoding, &status));
    if (U_FAILURE(status)) return std::nullopt;
    ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    icu::UnicodeString out;
    // No encoding read here gives more code units than it has bytes.
    auto capacity = static_cast<int32_t>(bytes.size()) + 1;
    UChar* buffer = out.getBuffer(capacity);
    if (buffer == nullptr) return std::nullopt;
    int32_t length = ucnv_toUChars(converter.get(), buffer, capacity, bytes.data(),
                                   static_cast<int32_t>(bytes.size()), &status);
    out.releaseBuffer(U_FAILURE(status) ? 0 : length);
    if (U_FAILURE(status)) return std::nullopt;
    return out;
}

std::string to_utf8(const icu::UnicodeString& text) {
    std::string out;
    text.toUTF8String(out);
    return out;
}

// CP932 as Windows writes it. ICU's table is IBM's, which turns three control characters around and knows no
// end of file of DOS; that is put back.
std::optional<std::string> decode_cp932(std::string_view bytes) {
    auto text = convert(bytes, "ibm-943_P15A-2003");
    if (!text) return std::nullopt;
    for (int32_t i = 0; i < text->length(); i++) {
        switch (text->charAt(i)) {
            case 0x1c:
                text->setCharAt(i, 0x1a);
                break;
            case 0x7f:
                text->setCharAt(i, 0x1c);
                break;
            case 0x1a:
                text->setCharAt(i, 0x7f);
                break;
            default:
                break;
        }
    }
    return to_utf8(*text);
}

// A single character in CP932; empty where there is none that comes back as the same character.
std::string encode_character(UConverter* converter, std::string_view character) {
    icu::UnicodeString one =
        icu::UnicodeString::fromUTF8({character.data(), static_cast<int32_t>(character.size())});
    // The three characters that IBM's table has elsewhere.
    if (one.length() == 1) {
        const char16_t c = one.charAt(0);
        one.setCharAt(0, c == 0x1a ? 0x1c : c == 0x1c ? 0x7f : c == 0x7f ? 0x1a : c);
    }
    std::array<char, 8> bytes{};
    UErrorCode status = U_ZERO_ERROR;
    ucnv_resetFromUnicode(converter);
    const int32_t length = ucnv_fromUChars(converter, bytes.data(), static_cast<int32_t>(bytes.size()),
                                           one.getBuffer(), one.length(), &status);
    if (U_FAILURE(status) || length <= 0) return {};
    std::string out(bytes.data(), static_cast<size_t>(length));
    const auto back = decode_cp932(out);
    return back && *back == character ? out : std::string();
}

// EUC-JP would pass as CP932 (half-width katakana), but its hiragana and katakana lie in rows A4 and A5,
// which as CP932 would be the signs ､ and ･ before every second letter.
bool looks_like_euc_jp(std::string_view bytes) {
    size_t pairs = 0;
    size_t kana = 0;
    for (size_t i = 0; i < bytes.size();) {
        auto lead = static_cast<unsigned char>(bytes[i]);
        if (lead < 0x80) {
            i++;
            continue;
        }
        if (i + 1 == bytes.size()) return false;
        auto trail = static_cast<unsigned char>(bytes[i + 1]);
        bool half_width = lead == 0x8e && trail >= 0xa1 && trail <= 0xdf;
        if (!half_width && (lead < 0xa1 || lead > 0xfe || trail < 0xa1 || trail > 0xfe)) return false;
        pairs++;
        if (lead == 0xa4 || lead == 0xa5) kana++;
        i += 2;
    }
    return kana * 5 > pairs;
}

tl::unexpected<Error> unreadable_encoding() {
    return fail(
        Code::bad_encoding,
        "文字コードが読み取れません。表計算ソフトで開き、「CSV UTF-8」または「Excel ブック (.xlsx)」の形式で"
        "保存し直してください。",
        "The text encoding cannot be read. Open the file in your spreadsheet program and save it again as "
        "\"CSV UTF-8\" or as an Excel workbook (.xlsx).");
}

// The encodings of mail and Unix name some signs by other characters than Windows does (the wave dash for
// ～); a file of either kind is to give the same text.
std::optional<std::string> decode_jis(std::string_view bytes, const char* encoding) {
    auto text = convert(bytes, encoding);
    if (!text) return std::nullopt;
    for (int32_t i = 0; i < text->length(); i++) {
        switch (text->charAt(i)) {
            case 0x301c:
                text->setCharAt(i, 0xff5e);
                break;
            case 0x2016:
                text->setCharAt(i, 0x2225);
                break;
            case 0x2212:
                text->setCharAt(i, 0xff0d);
                break;
            case 0x2014:
                text->setCharAt(i, 0x2015);
                break;
            default:
                break;
        }
    }
    return to_utf8(*text);
}

// Without a mark UTF-16 shows itself by the zeros beside its ASCII letters: all at odd places, or all at even
// ones.
const char* utf16_by_its_zeros(std::string_view bytes) {
    if (bytes.size() % 2 != 0) return nullptr;
    bool odd = false;
    bool even = false;
    for (size_t at = bytes.find('\0'); at != std::string_view::npos; at = bytes.find('\0', at + 1))
        (at % 2 != 0 ? odd : even) = true;
    if (odd == even) return nullptr;
    return odd ? "UTF-16LE" : "UTF-16BE";
}

}  // namespace

std::string encode_cp932(std::string_view text, std::vector<std::string>& missing) {
    // Files hold the same few thousand characters again and again.
    static thread_local std::unordered_map<std::string, std::string> known;
    static thread_local const std::unique_ptr<UConverter, CloseConverter> converter = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<UConverter, CloseConverter> made(ucnv_open("ibm-943_P15A-2003", &status));
        if (U_SUCCESS(status))
            ucnv_setFromUCallBack(made.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
        return made;
    }();
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x20 && byte < 0x7f) {
            out += text[at++];
            continue;
        }
        size_t end = at + 1;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
            end++;
        auto [place, fresh] = known.try_emplace(std::string(text.substr(at, end - at)));
        if (fresh && converter) place->second = encode_character(converter.get(), place->first);
        out += place->second;
        if (place->second.empty() && std::find(missing.begin(), missing.end(), place->first) == missing.end())
            missing.push_back(place->first);
        at = end;
    }
    return out;
}

Result<DecodedText> decode_file(std::string_view bytes) {
    DecodedText out;
    std::optional<std::string> text;
    auto wide = [&](std::string_view part, const char* encoding) {
        out.encoding = "UTF-16";
        if (auto read = convert(part, encoding)) text = to_utf8(*read);
    };
    auto as_is = [&](std::string_view part) {
        out.encoding = "UTF-8";
        out.as_is = part;
        text.emplace();
    };
    if (bytes.starts_with("\xef\xbb\xbf")) {
        if (is_utf8(bytes.substr(3))) as_is(bytes.substr(3));
    } else if (bytes.starts_with("\xff\xfe")) {
        wide(bytes.substr(2), "UTF-16LE");
    } else if (bytes.starts_with("\xfe\xff")) {
        wide(bytes.substr(2), "UTF-16BE");
    } else if (bytes.find('\0') != std::string_view::npos) {
        if (const char* encoding = utf16_by_its_zeros(bytes)) wide(bytes, encoding);
    } else if (is_utf8(bytes)) {
        if (bytes.find("\x1b$") == std::string_view::npos) {
            as_is(bytes);
        } else {
            out.encoding = "ISO-2022-JP";
            text = decode_jis(bytes, "ISO-2022-JP");
        }
    } else if (looks_like_euc_jp(bytes)) {
        out.encoding = "EUC-JP";
        text = decode_jis(bytes, "EUC-JP");
    } else {
        out.encoding = "CP932";
        text = decode_cp932(bytes);
    }
    // A NUL never stands in a text file: these are other data.
    if (!text || text->find('\0') != std::string::npos || out.as_is.find('\0') != std::string_view::npos)
        return unreadable_encoding();
    out.converted = *std::move(text);
    return out;
}

Result<std::string> decode_text(std::string_view bytes) {
    auto decoded = decode_file(bytes);
    if (!decoded) return pass(std::move(decoded));
    return std::string(decoded->text());
}

}  // namespace sonae
