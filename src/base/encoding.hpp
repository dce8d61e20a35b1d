// The encodings in which text files come to Japanese institutions. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sonae {

// The text of a file as UTF-8.
struct DecodedText {
    std::string_view encoding;  // "UTF-8", "UTF-16", "CP932", "EUC-JP", "ISO-2022-JP"
    std::string_view as_is;     // of the file's own bytes, where they are UTF-8 already
    std::string converted;      // else

    std::string_view text() const { return converted.empty() ? as_is : std::string_view(converted); }
};

// Tells the encoding and reads the text: UTF-8 (it wins when the bytes are valid UTF-8), UTF-16 with a mark
// or with ASCII in it, ISO-2022-JP by its escape sequences, EUC-JP by its kana, else CP932 (Shift_JIS as
// Windows writes it). A byte order mark is removed. Bytes that fit none are refused, never replaced: fails
// with bad_encoding. The result may point into `bytes`.
Result<DecodedText> decode_file(std::string_view bytes);

// The same as a text of its own.
Result<std::string> decode_text(std::string_view bytes);

// Returns UTF-8 text in CP932, such that reading it as CP932 gives the same text again. The characters that
// CP932 does not have are left out and named in `missing`, each once.
std::string encode_cp932(std::string_view text, std::vector<std::string>& missing);

}  // namespace sonae
