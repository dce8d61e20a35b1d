// Encryption with a passphrase in the age v1 format (C2SP age.md), so that `age -d` opens a backup without
// Sonae: a header with one scrypt recipient, then ChaCha20-Poly1305 over pieces of 64 KiB. Only this
// recipient is read. Not thread-safe.
#pragma once

#include "backup/stream.hpp"
#include "base/error.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sonae::backup {

// The first line of every file of the format.
inline constexpr std::string_view age_intro = "age-encryption.org/v1\n";

// Logarithm of scrypt's cost: 256 MiB of memory and about a second, the same as the `age` program takes.
inline constexpr int age_work = 18;

// Encrypts what it is given, piece by piece.
class AgeWriter {
 public:
    // Writes the header to `to`. `work` is between 1 and 20. Throws Failure where the system has no memory
    // for it.
    static Result<AgeWriter> begin(Sink to, std::string_view passphrase, int work = age_work);

    AgeWriter(AgeWriter&&) = default;
    AgeWriter& operator=(AgeWriter&&) = delete;
    AgeWriter(const AgeWriter&) = delete;
    ~AgeWriter();

    Status write(std::string_view bytes);
    // Writes the last piece; nothing may be written after it.
    Status finish();

 private:
    AgeWriter(Sink to, std::string key) : to_(std::move(to)), key_(std::move(key)) {}
    Status put(bool last);

    Sink to_;
    std::string key_;      // of the payload
    std::string waiting_;  // plain text of the piece being filled
    uint64_t pieces_ = 0;
};

// The parts of a header with one scrypt recipient.
struct AgeHeader {
    std::string salt;  // 16 bytes
    int work = 0;
    std::string wrapped;           // the file key, encrypted: 32 bytes
    std::string mac;               // 32 bytes
    std::string_view signed_part;  // what the MAC is over; points into the text that was read
    size_t size = 0;               // of the whole header in bytes
};

// Reads a header from the first bytes of a file (4 KiB are enough). Fails with bad_file, and with refused for
// a recipient that is not a passphrase or a cost above 2^20.
Result<AgeHeader> read_age_header(std::string_view start);

// The plain bytes of an encrypted file, decrypted piece by piece as they are asked for; every piece is
// authenticated, and so is the end. Fails with refused when the passphrase does not fit, bad_file when the
// file is damaged or not whole.
Result<Source> open_age(Source encrypted, std::string_view passphrase);

}  // namespace sonae::backup
