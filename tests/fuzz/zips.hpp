// A zip of any names and bytes, stored without compression, so that changed bytes are read and not only found
// damaged. Written here because libzip refuses to write what a hostile zip may hold.
#pragma once

#include "fuzz/fuzz.hpp"

#include <array>
#include <cstdint>

namespace sonae::fuzz {

inline uint32_t crc32(std::string_view bytes) {
    static const std::array<uint32_t, 256> table = [] {
        std::array<uint32_t, 256> out{};
        for (uint32_t i = 0; i < out.size(); i++) {
            uint32_t rest = i;
            for (int bit = 0; bit < 8; bit++)
                rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xEDB88320U : 0U);
            out[i] = rest;
        }
        return out;
    }();
    uint32_t sum = ~0U;
    for (char c : bytes)
        sum = table[(sum ^ static_cast<unsigned char>(c)) & 0xFF] ^ (sum >> 8);
    return ~sum;
}

inline std::string zip_of(const Files& files) {
    auto number = [](size_t value, int size) {
        std::string out;
        for (int i = 0; i < size; i++, value >>= 8)
            out += static_cast<char>(value & 0xFF);
        return out;
    };
    std::string out;
    std::string directory;
    for (const auto& [name, text] : files) {
        // Version, flags (names are UTF-8), method, time and day, check sum, sizes, lengths of name and
        // extra.
        std::string head = number(20, 2) + number(0x800, 2) + number(0, 2) + number(0x58210000, 4) +
                           number(crc32(text), 4) + number(text.size(), 4) + number(text.size(), 4) +
                           number(name.size(), 2) + number(0, 2);
        directory += "PK\1\2" + number(20, 2) + head + std::string(10, '\0') + number(out.size(), 4) + name;
        out += "PK\3\4" + head + name + text;
    }
    std::string count = number(files.size(), 2);
    return out + directory + "PK\5\6" + number(0, 4) + count + count + number(directory.size(), 4) +
           number(out.size(), 4) + number(0, 2);
}

}  // namespace sonae::fuzz
