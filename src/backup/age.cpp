// age v1 by the primitives of OpenSSL.
#include "backup/age.hpp"

#include "base/hash.hpp"
#include "base/os/random.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace sonae::backup {

namespace {

constexpr size_t piece_size = 64 * 1024;
constexpr size_t tag_size = 16;
constexpr size_t nonce_size = 16;  // that stands before the payload
constexpr size_t largest_header = 4096;
constexpr int largest_work = 20;
constexpr std::string_view end_mark = "---";

unsigned char* raw(char* text) {
    return reinterpret_cast<unsigned char*>(text);
}
const unsigned char* raw(const char* text) {
    return reinterpret_cast<const unsigned char*>(text);
}

void forget(std::string& secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
}

tl::unexpected<Error> damaged() {
    return fail(
        Code::bad_file,
        "暗号化されたバックアップが壊れているか、最後まで写されていません。元の場所から写し直すか、別の"
        "バックアップを使ってください。",
        "The encrypted backup is damaged or was not copied to its end. Copy it again from where it was "
        "made, or use another backup.");
}

[[noreturn]] void no_crypto() {
    throw Failure({Code::io,
                   {"暗号の計算ができません（メモリーが足りないおそれがあります）。",
                    "The encryption cannot be computed (there may be too little memory)."}});
}

// Base64 without padding, as the format has it; only the canonical spelling is read.
std::string plain_base64(std::string_view bytes) {
    std::string out = base64(bytes);
    out.erase(std::find(out.begin(), out.end(), '='), out.end());
    return out;
}
std::optional<std::string> from_plain_base64(std::string_view text) {
    if (text.find('=') != std::string_view::npos) return std::nullopt;
    std::string padded(text);
    padded.append((4 - text.size() % 4) % 4, '=');
    return from_base64(padded);
}

std::string hkdf(std::string_view secret, std::string_view salt, std::string_view info) {
    std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr),
                                                          EVP_KDF_free);
    std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()),
                                                                      EVP_KDF_CTX_free);
    std::string digest = "SHA256";
    auto octets = [](const char* name, std::string_view bytes) {
        // OpenSSL takes no null pointer, even for no bytes.
        const char* start = bytes.empty() ? "" : bytes.data();
        return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(start), bytes.size());
    };
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
                               octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
                               octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
    std::string out(32, '\0');
    if (!context || EVP_KDF_derive(context.get(), raw(out.data()), out.size(), parameters) != 1) no_crypto();
    return out;
}

std::string hmac(std::string_view key, std::string_view text) {
    std::string out(32, '\0');
    size_t size = 0;
    if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), raw(text.data()),
                  text.size(), raw(out.data()), out.size(), &size) == nullptr ||
        size != out.size())
        no_crypto();
    return out;
}

// The key that wraps the file key: scrypt over the passphrase.
std::string wrap_key(std::string_view passphrase, std::string_view salt, int work) {
    std::string labelled = "age-encryption.org/v1/scrypt";
    labelled += salt;
    std::string out(32, '\0');
    const uint64_t n = uint64_t{1} << work;
    // What it needs is 128 * N * r bytes and a little.
    const uint64_t memory = 128 * n * 8 + (1 << 20);
    if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), raw(labelled.data()), labelled.size(), n, 8, 1,
                       memory, raw(out.data()), out.size()) != 1)
        no_crypto();
    return out;
}

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

std::string seal(std::string_view key, std::string_view nonce, std::string_view plain) {
    Cipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::string out(plain.size() + tag_size, '\0');
    int size = 0;
    int rest = 0;
    if (EVP_EncryptInit_ex2(context.get(), EVP_chacha20_poly1305(), raw(key.data()), raw(nonce.data()),
                            nullptr) != 1 ||
        EVP_EncryptUpdate(context.get(), raw(out.data()), &size, raw(plain.data()),
                          static_cast<int>(plain.size())) != 1 ||
        EVP_EncryptFinal_ex(context.get(), raw(out.data()) + size, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + plain.size()) != 1)
        no_crypto();
    return out;
}

// The plain text, or nothing when the tag does not hold.
std::optional<std::string> unseal(std::string_view key, std::string_view nonce, std::string_view sealed) {
    if (sealed.size() < tag_size) return std::nullopt;
    std::string_view body = sealed.substr(0, sealed.size() - tag_size);
    std::string tag(sealed.substr(body.size()));
    Cipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::string out(body.size(), '\0');
    int size = 0;
    int rest = 0;
    if (EVP_DecryptInit_ex2(context.get(), EVP_chacha20_poly1305(), raw(key.data()), raw(nonce.data()),
                            nullptr) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) != 1 ||
        EVP_DecryptUpdate(context.get(), raw(out.data()), &size, raw(body.data()),
                          static_cast<int>(body.size())) != 1 ||
        EVP_DecryptFinal_ex(context.get(), raw(out.data()) + size, &rest) != 1)
        return std::nullopt;
    return out;
}

// The nonce of a piece: its number in 11 bytes, then 1 for the last one.
std::string piece_nonce(uint64_t number, bool last) {
    std::string out(12, '\0');
    for (size_t i = 0; i < 8; i++)
        out[10 - i] = static_cast<char>(number >> (8 * i));
    out[11] = last ? 1 : 0;
    return out;
}

const std::string zero_nonce(12, '\0');

// Decrypts pieces where they are asked for; keeps the one it decrypted last.
class AgeReader {
 public:
    AgeReader(Source encrypted, std::string key, uint64_t from)
        : under_(std::move(encrypted)), key_(std::move(key)), from_(from) {}
    ~AgeReader() {
        forget(key_);
        forget(piece_);
    }
    AgeReader(const AgeReader&) = delete;
    AgeReader& operator=(const AgeReader&) = delete;

    // Finds the end and proves that it is the end. Returns the size of the plain text.
    Result<uint64_t> measure() {
        constexpr uint64_t stored = piece_size + tag_size;
        const uint64_t payload = under_.size - from_;
        pieces_ = (payload + stored - 1) / stored;
        const uint64_t rest = payload - (pieces_ - 1) * stored;
        // A last piece is never empty, except the only one.
        if (payload < tag_size || rest < tag_size || (rest == tag_size && pieces_ > 1)) return damaged();
        size_ = (pieces_ - 1) * piece_size + rest - tag_size;
        if (auto got = load(pieces_ - 1); !got) return pass(std::move(got));
        return size_;
    }

    Result<size_t> read(uint64_t at, std::span<char> to) {
        size_t done = 0;
        while (done < to.size() && at < size_) {
            if (auto got = load(at / piece_size); !got) return pass(std::move(got));
            const size_t inside = at % piece_size;
            const size_t count = std::min(to.size() - done, piece_.size() - inside);
            std::copy_n(piece_.data() + inside, count, to.data() + done);
            done += count;
            at += count;
        }
        return done;
    }

 private:
    Status load(uint64_t number) {
        if (loaded_ == number) return {};
        std::string sealed(piece_size + tag_size, '\0');
        auto got = under_.read(from_ + number * sealed.size(), sealed);
        if (!got) return pass(std::move(got));
        sealed.resize(*got);
        auto plain = unseal(key_, piece_nonce(number, number + 1 == pieces_), sealed);
        if (!plain || (number + 1 != pieces_ && plain->size() != piece_size)) return damaged();
        piece_ = std::move(*plain);
        loaded_ = number;
        return {};
    }

    Source under_;
    std::string key_;
    uint64_t from_;
    uint64_t pieces_ = 0;
    uint64_t size_ = 0;
    std::optional<uint64_t> loaded_;
    std::string piece_;
};

}  // namespace

Result<AgeWriter> AgeWriter::begin(Sink to, std::string_view passphrase, int work) {
    std::string file_key = os::random_bytes(16);
    const std::string salt = os::random_bytes(16);
    std::string wrapping = wrap_key(passphrase, salt, work);
    std::string header = fmt::format("{}-> scrypt {} {}\n{}\n{}", age_intro, plain_base64(salt), work,
                                     plain_base64(seal(wrapping, zero_nonce, file_key)), end_mark);
    const std::string mac = hmac(hkdf(file_key, {}, "header"), header);
    const std::string nonce = os::random_bytes(nonce_size);
    AgeWriter out(std::move(to), hkdf(file_key, nonce, "payload"));
    forget(wrapping);
    forget(file_key);
    if (auto done = out.to_(fmt::format("{} {}\n", header, plain_base64(mac)) + nonce); !done)
        return pass(std::move(done));
    return out;
}

AgeWriter::~AgeWriter() {
    forget(key_);
    forget(waiting_);
}

Status AgeWriter::write(std::string_view bytes) {
    while (!bytes.empty()) {
        // A full piece goes out when more comes: only then is it known not to be the last.
        if (waiting_.size() == piece_size) {
            if (auto done = put(false); !done) return done;
        }
        const size_t count = std::min(bytes.size(), piece_size - waiting_.size());
        waiting_ += bytes.substr(0, count);
        bytes.remove_prefix(count);
    }
    return {};
}

Status AgeWriter::finish() {
    return put(true);
}

Status AgeWriter::put(bool last) {
    auto done = to_(seal(key_, piece_nonce(pieces_++, last), waiting_));
    waiting_.clear();
    return done;
}

Result<AgeHeader> read_age_header(std::string_view start) {
    if (!start.starts_with(age_intro)) {
        if (start.starts_with("age-encryption.org/")) {
            return fail(
                Code::refused,
                "このSonaeが知らない新しい暗号形式です。Sonaeを更新するか、ageで復号してください。",
                "This is a newer encryption format than this Sonae reads. Update Sonae, or decrypt it "
                "with age.");
        }
        return damaged();
    }
    auto other = [] {
        return fail(
            Code::refused,
            "パスフレーズで暗号化されたファイルではありません。`age -d` で復号してから戻してください。",
            "This file is not encrypted with a passphrase. Decrypt it with `age -d`, then restore that.");
    };
    size_t at = age_intro.size();
    auto line = [&]() -> std::optional<std::string_view> {
        const size_t end = start.find('\n', at);
        if (end >= largest_header) return std::nullopt;  // npos too
        std::string_view out = start.substr(at, end - at);
        at = end + 1;
        return out;
    };
    AgeHeader header;
    auto recipient = line();
    constexpr std::string_view scrypt = "-> scrypt ";
    if (!recipient) return damaged();
    if (!recipient->starts_with(scrypt)) return recipient->starts_with("-> ") ? other() : damaged();
    recipient->remove_prefix(scrypt.size());
    const size_t space = recipient->find(' ');
    if (space == std::string_view::npos) return damaged();
    auto salt = from_plain_base64(recipient->substr(0, space));
    std::string_view work = recipient->substr(space + 1);
    auto [end, error] = std::from_chars(work.data(), work.data() + work.size(), header.work);
    if (!salt || salt->size() != 16 || work.empty() || work.front() < '1' || work.front() > '9' ||
        error != std::errc() || end != work.data() + work.size())
        return damaged();
    if (header.work > largest_work) {
        return fail(
            Code::refused,
            "このファイルの復号には、許されるより多くのメモリーが要ります。`age -d` で復号してください。",
            "Decrypting this file takes more memory than is allowed here. Decrypt it with `age -d`.");
    }
    header.salt = *salt;
    auto body = line();
    auto wrapped = body ? from_plain_base64(*body) : std::nullopt;
    // The passphrase must be the only recipient.
    if (!wrapped || wrapped->size() != 32) return damaged();
    header.wrapped = *wrapped;
    const size_t mark = at;
    auto last = line();
    if (!last || !last->starts_with("--- ")) return damaged();
    auto mac = from_plain_base64(last->substr(4));
    if (!mac || mac->size() != 32) return damaged();
    header.mac = *mac;
    header.signed_part = start.substr(0, mark + end_mark.size());
    header.size = at;
    return header;
}

Result<Source> open_age(Source encrypted, std::string_view passphrase) {
    std::string start(largest_header, '\0');
    auto got = encrypted.read(0, start);
    if (!got) return pass(std::move(got));
    start.resize(*got);
    auto header = read_age_header(start);
    if (!header) return pass(std::move(header));
    if (encrypted.size < header->size + nonce_size + tag_size) return damaged();
    std::string wrapping = wrap_key(passphrase, header->salt, header->work);
    auto file_key = unseal(wrapping, zero_nonce, header->wrapped);
    forget(wrapping);
    if (!file_key) {
        return fail(
            Code::refused,
            "パスフレーズが合いません。このバックアップを作ったときのパスフレーズか確かめてください（"
            "大文字・小文字、全角・半角、前後の空白）。",
            "The passphrase does not fit. Check that it is the one this backup was made with (capitals, "
            "full and half width, spaces around it).");
    }
    if (hmac(hkdf(*file_key, {}, "header"), header->signed_part) != header->mac) return damaged();
    std::string nonce(nonce_size, '\0');
    auto read = encrypted.read(header->size, nonce);
    if (!read) return pass(std::move(read));
    auto reader = std::make_shared<AgeReader>(std::move(encrypted), hkdf(*file_key, nonce, "payload"),
                                              header->size + nonce_size);
    forget(*file_key);
    auto size = reader->measure();
    if (!size) return pass(std::move(size));
    return Source{*size, [reader](uint64_t from, std::span<char> to) { return reader->read(from, to); }};
}

}  // namespace sonae::backup
