// Addresses by inet_pton.
#include "base/os/address.hpp"

#include <array>
#include <cstdint>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace sonae::os {

namespace {

std::optional<std::array<int, 4>> four_numbers(std::string_view text) {
    std::array<int, 4> out{};
    size_t part = 0;
    int digits = 0;
    for (char c : text) {
        if (c == '.') {
            if (digits == 0 || ++part > 3) return std::nullopt;
            digits = 0;
        } else if (c >= '0' && c <= '9' && digits < 3) {
            out[part] = out[part] * 10 + (c - '0');
            digits++;
        } else {
            return std::nullopt;
        }
        if (out[part] > 255) return std::nullopt;
    }
    if (part != 3 || digits == 0) return std::nullopt;
    return out;
}

std::optional<std::array<uint8_t, 16>> six(std::string_view text) {
    std::array<uint8_t, 16> raw{};
    if (inet_pton(AF_INET6, std::string(text).c_str(), raw.data()) != 1) return std::nullopt;
    return raw;
}

std::string six_text(const std::array<uint8_t, 16>& raw) {
    char out[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, raw.data(), out, sizeof out);
    return out;
}

}  // namespace

std::optional<std::string> plain_address(std::string_view text) {
    if (size_t slash = text.find('/'); slash != std::string_view::npos) {
        std::string_view length = text.substr(slash + 1);
        if (length.empty() || length.size() > 3 ||
            length.find_first_not_of("0123456789") != std::string_view::npos) {
            return std::nullopt;
        }
        text = text.substr(0, slash);
    }
    if (auto four = four_numbers(text)) {
        return fmt::format("{}.{}.{}.{}", (*four)[0], (*four)[1], (*four)[2], (*four)[3]);
    }
    if (auto raw = six(text)) return six_text(*raw);
    return std::nullopt;
}

std::optional<std::string> network_of(std::string_view address) {
    if (auto four = four_numbers(address)) {
        return fmt::format("{}.{}.{}.0/24", (*four)[0], (*four)[1], (*four)[2]);
    }
    if (auto raw = six(address)) {
        std::fill(raw->begin() + 8, raw->end(), uint8_t{0});
        return six_text(*raw) + "/64";
    }
    return std::nullopt;
}

std::optional<std::string> plain_mac(std::string_view text) {
    std::string digits;
    for (char c : text) {
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
            digits += c;
        } else if (c != ':' && c != '-' && c != '.') {
            return std::nullopt;
        }
    }
    if (digits.size() != 12) return std::nullopt;
    for (size_t place : {10U, 8U, 6U, 4U, 2U})
        digits.insert(place, ":");
    return digits;
}

}  // namespace sonae::os
