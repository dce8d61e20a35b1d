// The Ed25519 key that signs checkpoints, and the signed notes it makes (C2SP signed-note, tlog-checkpoint).
// Thread-safe after making.
#pragma once

#include "base/error.hpp"
#include "base/hash.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sonae::history {

class PublicKey {
 public:
    // From the 32 raw bytes or the PEM text (SubjectPublicKeyInfo). Fails with bad_file.
    static Result<PublicKey> from_raw(std::string_view raw);
    static Result<PublicKey> from_pem(std::string_view pem);

    const std::string& raw() const { return raw_; }
    std::string pem() const;
    // SHA-256 of the raw key in hexadecimal, what a report prints.
    std::string fingerprint() const;
    bool verify(std::string_view message, std::string_view signature) const;

 private:
    std::string raw_;
};

class Key {
 public:
    static Key generate();
    // Reads the private key from a PEM file. Fails with not_found or bad_file.
    static Result<Key> read(const std::filesystem::path& path);
    // The text of the file: PEM, unencrypted.
    std::string pem() const;
    // Writes it with mode 0600.
    Status write(const std::filesystem::path& path) const;

    const PublicKey& public_key() const { return public_key_; }
    std::string sign(std::string_view message) const;

 private:
    std::shared_ptr<void> handle_;
    PublicKey public_key_;
};

// The body of a checkpoint: origin, size and root, each on a line.
std::string checkpoint_text(std::string_view origin, int64_t size, const Digest& root);

// Adds the signature line of `key` under the name `name`.
std::string sign_note(std::string_view text, std::string_view name, const Key& key);

struct Note {
    std::string text;    // with the last newline, without the blank line and signatures
    std::string origin;  // first line
    int64_t size = 0;
    Digest root{};
};

// Reads a checkpoint and checks that one of its signatures is by `key`. Fails with bad_file or not_verified.
Result<Note> open_note(std::string_view note, const PublicKey& key);

}  // namespace sonae::history
