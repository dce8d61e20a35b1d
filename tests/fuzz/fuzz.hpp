// What the fuzzers share. A fuzzer NAME_fuzz.cpp is one function `take`, which gives the bytes to a parser of
// outside input and states what must hold of the result; entry.cpp calls it. Used by one thread.
#pragma once

#include "base/error.hpp"
#include "base/text.hpp"
#include "catalog/builtin.hpp"
#include "catalog/catalog.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stdlib.h>

namespace sonae::fuzz {

// The one function of a fuzzer.
void take(std::string_view input);

// Stops the fuzzer, with the sentence about what had to be so.
inline void holds(bool so, std::string_view sentence) {
    if (so) return;
    std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
    std::abort();
}

// True for a value. A refusal has to say something to people, in both languages and in readable text.
template <class T>
bool taken(const Result<T>& result) {
    if (result) return true;
    const Words& words = result.error().words;
    holds(!words.ja.empty() && !words.en.empty(), "a refusal has a sentence in both languages");
    holds(is_utf8(words.ja) && is_utf8(words.en), "the sentence of a refusal is UTF-8");
    return false;
}

// The value of what cannot fail here.
template <class T>
T sure(Result<T>&& result) {
    holds(result.has_value(), result ? std::string_view() : std::string_view(result.error().words.en));
    return std::move(*result);
}

// The catalog that is compiled in.
inline const catalog::Catalog& builtin() {
    static const catalog::Catalog loaded = sure(catalog::Catalog::load(catalog::builtin_json(), {}));
    return loaded;
}

// Takes a line from the front of a text.
inline std::string_view line(std::string_view& text) {
    std::string_view first = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), first.size() + 1));
    return first;
}

// Files written as one text, for inputs that are made of several: a line "=== NAME" before each. A line break
// directly before such a line belongs to it.
using Files = std::vector<std::pair<std::string, std::string>>;
inline Files files_of(std::string_view text) {
    constexpr std::string_view mark = "=== ";
    Files files;
    while (text.starts_with(mark)) {
        std::string_view name = line(text).substr(mark.size());
        size_t end = text.starts_with(mark) ? 0 : text.find("\n=== ");
        files.emplace_back(name, text.substr(0, end));
        text.remove_prefix(end == 0 ? 0 : std::min(text.size(), end == text.npos ? end : end + 1));
    }
    return files;
}

// A folder for the inputs that have to be files; it goes with the process.
class Folder {
 public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "sonae-fuzz-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

// Writes an input as a file, without waiting for the disk.
inline void write(const std::filesystem::path& path, std::string_view bytes) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    holds(file != nullptr, "the input can be written");
    holds(std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size(), "the input is written whole");
    holds(std::fclose(file) == 0, "the input can be closed");
}

}  // namespace sonae::fuzz
