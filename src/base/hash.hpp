// SHA-256 and the text forms of bytes. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sonae {

using Digest = std::array<uint8_t, 32>;

// Hashes pieces of one message, so that prefixes need no copy.
Digest sha256(std::string_view a, std::string_view b = {}, std::string_view c = {});

// The same of a message that comes piece by piece.
class Sha256 {
 public:
    Sha256();
    void add(std::string_view piece);
    // The digest of everything added; called once.
    Digest finish();

 private:
    std::shared_ptr<void> context_;
};

// The digest as bytes in a string view (valid while the digest lives).
inline std::string_view bytes(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Lower-case hexadecimal; from_hex gives nothing for other text.
std::string hex(std::string_view bytes);
inline std::string hex(const Digest& digest) {
    return hex(bytes(digest));
}
std::optional<std::string> from_hex(std::string_view text);
std::optional<Digest> digest_from_hex(std::string_view text);

// Base64 with padding (RFC 4648 §4).
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace sonae
