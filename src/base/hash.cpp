// SHA-256 by OpenSSL; hexadecimal and base64.
#include "base/hash.hpp"

#include <memory>

#include <openssl/evp.h>

namespace sonae {

Digest sha256(std::string_view a, std::string_view b, std::string_view c) {
    // One context for each thread: making one costs more than hashing a leaf.
    thread_local std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                 EVP_MD_CTX_free);
    thread_local const EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Digest out{};
    EVP_DigestInit_ex(context.get(), algorithm, nullptr);
    for (std::string_view piece : {a, b, c}) {
        EVP_DigestUpdate(context.get(), piece.data(), piece.size());
    }
    EVP_DigestFinal_ex(context.get(), out.data(), nullptr);
    return out;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr);
}

void Sha256::add(std::string_view piece) {
    EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), piece.data(), piece.size());
}

Digest Sha256::finish() {
    Digest out{};
    EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), out.data(), nullptr);
    return out;
}

std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    auto nibble = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return -1;
    };
    std::string out;
    for (size_t i = 0; i < text.size(); i += 2) {
        int high = nibble(text[i]);
        int low = nibble(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

std::optional<Digest> digest_from_hex(std::string_view text) {
    auto bytes = from_hex(text);
    if (!bytes || bytes->size() != 32) return std::nullopt;
    Digest digest{};
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
}

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<size_t>(size));
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.empty()) return std::string();
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    out.resize(static_cast<size_t>(size) - padding);
    // Only the canonical spelling is taken: the unused bits must be zero.
    if (base64(out) != text) return std::nullopt;
    return out;
}

}  // namespace sonae
