// Where libFuzzer enters; the fuzzers themselves are NAME_fuzz.cpp.
#include "fuzz/fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    sonae::fuzz::take({reinterpret_cast<const char*>(data), size});
    return 0;
}
