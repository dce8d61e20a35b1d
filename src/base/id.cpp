// UUID version 7.
#include "base/id.hpp"

#include "base/hash.hpp"
#include "base/os/random.hpp"

namespace sonae {

std::string new_id(Instant now) {
    std::string raw = os::random_bytes(16);
    auto milliseconds = static_cast<uint64_t>(now / 1000);
    for (int i = 0; i < 6; i++)
        raw[static_cast<size_t>(i)] = static_cast<char>(milliseconds >> (8 * (5 - i)));
    raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x70);
    raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
    std::string text = hex(raw);
    for (size_t place : {20U, 16U, 12U, 8U})
        text.insert(place, "-");
    return text;
}

bool is_id(std::string_view text) {
    if (text.size() != 36) return false;
    for (size_t i = 0; i < text.size(); i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = text[i];
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

}  // namespace sonae
