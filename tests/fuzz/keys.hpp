// A key for fuzzers that is the same every time, so that seeds signed by it stay good. It signs nothing else.
#pragma once

#include "base/hash.hpp"
#include "fuzz/fuzz.hpp"
#include "history/key.hpp"

namespace sonae::fuzz {

inline const history::Key& fixed_key() {
    static const history::Key key = [] {
        // PKCS #8 of Ed25519 (RFC 8410 §7) around a private key of 32 zero bytes.
        std::string bytes = *from_hex("302e020100300506032b657004220420") + std::string(32, '\0');
        std::string kind = "PRIVATE KEY-----\n";
        Folder folder;
        auto path = folder.path() / "key.pem";
        std::string pem = "-----BEGIN " + kind + base64(bytes) + "\n-----END " + kind;
        write(path, pem);
        return sure(history::Key::read(path));
    }();
    return key;
}

}  // namespace sonae::fuzz
