// The stable texts of the error codes.
#include "base/error.hpp"

namespace sonae {

std::string_view code_text(Code code) {
    switch (code) {
        case Code::usage:
            return "usage";
        case Code::not_found:
            return "not_found";
        case Code::ambiguous:
            return "ambiguous";
        case Code::exists:
            return "exists";
        case Code::unknown_register:
            return "unknown_register";
        case Code::unknown_field:
            return "unknown_field";
        case Code::bad_value:
            return "bad_value";
        case Code::stale:
            return "stale";
        case Code::bad_file:
            return "bad_file";
        case Code::bad_encoding:
            return "bad_encoding";
        case Code::bad_catalog:
            return "bad_catalog";
        case Code::refused:
            return "refused";
        case Code::corrupt:
            return "corrupt";
        case Code::busy:
            return "busy";
        case Code::disk_full:
            return "disk_full";
        case Code::io:
            return "io";
        case Code::not_verified:
            return "not_verified";
    }
    return "unknown";
}

}  // namespace sonae
