// Random bytes by OpenSSL, which takes its seed from the system.
#include "base/os/random.hpp"

#include "base/error.hpp"

#include <openssl/rand.h>

namespace sonae::os {

std::string random_bytes(size_t size) {
    std::string out(size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) != 1) {
        throw Failure({Code::io, {"乱数を得られません。", "The system gives no random bytes."}});
    }
    return out;
}

}  // namespace sonae::os
