// Ed25519 by OpenSSL, and C2SP signed notes.
#include "history/key.hpp"

#include "base/os/file.hpp"

#include <charconv>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace sonae::history {

namespace {

using Handle = std::shared_ptr<EVP_PKEY>;

Handle adopt(EVP_PKEY* key) {
    return {key, EVP_PKEY_free};
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string raw_public(EVP_PKEY* key) {
    std::string raw(32, '\0');
    size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size);
    return raw;
}

std::string drain(BIO* memory) {
    char* data = nullptr;
    auto size = static_cast<size_t>(BIO_get_mem_data(memory, &data));
    return {data, size};
}

using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

// OpenSSL asks the terminal for the pass phrase of a key that says it is locked; nobody asked us to.
int no_pass_phrase(char* /*out*/, int /*size*/, int /*writing*/, void* /*unused*/) {
    return -1;
}

// The key id of a note signature: the first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key).
std::string key_id(std::string_view name, std::string_view raw) {
    std::string prefix(name);
    prefix += "\n\x01";
    return std::string(bytes(sha256(prefix, raw)).substr(0, 4));
}

constexpr std::string_view dash = "\xe2\x80\x94 ";  // U+2014 and a space, which begins a signature line

tl::unexpected<Error> no_key(const std::string& where) {
    return fail(Code::bad_file, fmt::format("{} はEd25519の鍵ではありません。", where),
                fmt::format("{} is not an Ed25519 key.", where));
}

}  // namespace

Result<PublicKey> PublicKey::from_raw(std::string_view raw) {
    if (raw.size() != 32) return no_key("公開鍵");
    PublicKey key;
    key.raw_ = raw;
    return key;
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
    Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    Handle handle = adopt(PEM_read_bio_PUBKEY(memory.get(), nullptr, no_pass_phrase, nullptr));
    if (!handle || EVP_PKEY_get_base_id(handle.get()) != EVP_PKEY_ED25519) return no_key("公開鍵");
    return from_raw(raw_public(handle.get()));
}

std::string PublicKey::pem() const {
    Handle handle =
        adopt(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(raw_), raw_.size()));
    Memory memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PUBKEY(memory.get(), handle.get());
    return drain(memory.get());
}

std::string PublicKey::fingerprint() const {
    return hex(sha256(raw_));
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
    Handle handle =
        adopt(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(raw_), raw_.size()));
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return handle && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                            message.size()) == 1;
}

Key Key::generate() {
    Key key;
    Handle handle = adopt(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!handle) throw Failure({Code::io, {"鍵を作れません。", "Cannot make a key."}});
    key.public_key_ = *PublicKey::from_raw(raw_public(handle.get()));
    key.handle_ = handle;
    return key;
}

Result<Key> Key::read(const std::filesystem::path& path) {
    auto pem = os::read_file(path);
    if (!pem) return pass(std::move(pem));
    Memory memory(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())), BIO_free);
    Handle handle = adopt(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_pass_phrase, nullptr));
    if (!handle || EVP_PKEY_get_base_id(handle.get()) != EVP_PKEY_ED25519) return no_key(path.string());
    Key key;
    key.public_key_ = *PublicKey::from_raw(raw_public(handle.get()));
    key.handle_ = handle;
    return key;
}

std::string Key::pem() const {
    Memory memory(BIO_new(BIO_s_mem()), BIO_free);
    auto* handle = static_cast<EVP_PKEY*>(handle_.get());
    PEM_write_bio_PrivateKey(memory.get(), handle, nullptr, nullptr, 0, nullptr, nullptr);
    return drain(memory.get());
}

Status Key::write(const std::filesystem::path& path) const {
    return os::write_file(path, pem(), 0600);
}

std::string Key::sign(std::string_view message) const {
    std::string signature(64, '\0');
    size_t size = signature.size();
    auto* handle = static_cast<EVP_PKEY*>(handle_.get());
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, handle) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes_of(message), message.size()) != 1) {
        throw Failure({Code::io, {"署名できません。", "Cannot sign."}});
    }
    return signature;
}

std::string checkpoint_text(std::string_view origin, int64_t size, const Digest& root) {
    return fmt::format("{}\n{}\n{}\n", origin, size, base64(bytes(root)));
}

std::string sign_note(std::string_view text, std::string_view name, const Key& key) {
    std::string signature = key_id(name, key.public_key().raw()) + key.sign(text);
    return fmt::format("{}\n{}{} {}\n", text, dash, name, base64(signature));
}

Result<Note> open_note(std::string_view note, const PublicKey& key) {
    auto bad = [](const char* ja, const char* en) { return fail(Code::bad_file, ja, en); };
    size_t gap = note.find("\n\n");
    if (gap == std::string_view::npos || !note.ends_with('\n')) {
        return bad("封印（チェックポイント）の形が正しくありません。",
                   "The checkpoint does not have the form of a signed note.");
    }
    Note out;
    out.text = note.substr(0, gap + 1);
    std::string_view rest = note.substr(gap + 2);
    bool signed_by_key = false;
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        if (!line.starts_with(dash))
            return bad("封印の署名行が正しくありません。", "A signature line of the checkpoint is wrong.");
        line.remove_prefix(dash.size());
        size_t space = line.find(' ');
        if (space == std::string_view::npos)
            return bad("封印の署名行が正しくありません。", "A signature line of the checkpoint is wrong.");
        auto signature = from_base64(line.substr(space + 1));
        if (!signature || signature->size() != 68)
            continue;  // another kind of key: ignored as the format asks
        if (signature->substr(0, 4) != key_id(line.substr(0, space), key.raw())) continue;
        if (!key.verify(out.text, std::string_view(*signature).substr(4))) {
            return fail(Code::not_verified, "封印の署名が合いません。",
                        "The signature of the checkpoint does not hold.");
        }
        signed_by_key = true;
    }
    if (!signed_by_key) {
        return fail(Code::not_verified, "封印に、この鍵による署名がありません。",
                    "The checkpoint carries no signature by this key.");
    }
    std::string_view text = out.text;
    size_t first = text.find('\n');
    size_t second = first == std::string_view::npos ? first : text.find('\n', first + 1);
    size_t third = second == std::string_view::npos ? second : text.find('\n', second + 1);
    if (third == std::string_view::npos) return bad("封印の行が足りません。", "The checkpoint lacks a line.");
    out.origin = text.substr(0, first);
    std::string_view number = text.substr(first + 1, second - first - 1);
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.size);
    auto root = from_base64(text.substr(second + 1, third - second - 1));
    if (error != std::errc() || end != number.data() + number.size() || out.size < 0 || !root ||
        root->size() != 32) {
        return bad("封印の内容が正しくありません。", "The checkpoint's size or root is wrong.");
    }
    std::copy(root->begin(), root->end(), out.root.begin());
    // "007" and other spellings of the same are not what we or the format write.
    if (!text.starts_with(checkpoint_text(out.origin, out.size, out.root)))
        return bad("封印の内容が正しくありません。", "The checkpoint's size or root is wrong.");
    return out;
}

}  // namespace sonae::history
