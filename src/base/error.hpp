// Errors are values: a stable code for programs and a sentence in both languages for people, which says what
// to do next. Thread-safe (plain values).
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace sonae {

// A sentence or label in both languages of the product.
struct Words {
    std::string ja;
    std::string en;

    bool operator==(const Words&) const = default;
};

// Closed list. The text of a code (`code_text`) is stable: other people's scripts read it.
enum class Code {
    usage,             // the command was called in a way it does not offer
    not_found,         // a folder, file or entry that is not there
    ambiguous,         // a name that fits several entries
    exists,            // something that is already there
    unknown_register,  // a register the catalog does not have
    unknown_field,     // a field the register does not have
    bad_value,         // a value that cannot be taken
    stale,             // the entry was changed by somebody else in between
    bad_file,          // a file that is broken or not of a kind we read
    bad_encoding,      // text in an encoding we do not read
    bad_catalog,       // a catalog file with a mistake
    refused,           // the request is understood and not allowed, with the reason
    corrupt,           // stored data that does not have the form it must have
    busy,              // another command holds the data folder
    disk_full,         // no room on the disk; nothing was changed
    io,                // the operating system refused to read or write
    not_verified,      // a proof that does not hold
};

// Returns the stable text of a code, e.g. "unknown_field".
std::string_view code_text(Code code);

struct Error {
    Code code;
    Words words;
};

template <class T>
using Result = tl::expected<T, Error>;

// A result that is only done or refused.
using Status = Result<void>;

// Returns an error as the value that converts to any Result.
inline tl::unexpected<Error> fail(Code code, std::string ja, std::string en) {
    return tl::unexpected<Error>(Error{code, {std::move(ja), std::move(en)}});
}

// Hands on the error of another result.
template <class T>
tl::unexpected<Error> pass(Result<T>&& result) {
    return tl::unexpected<Error>(std::move(result).error());
}

// A failure that no caller can repair on the spot: the database or the disk refused. Thrown from the floors
// below, caught once for each command and shown as the error it carries.
class Failure : public std::exception {
 public:
    explicit Failure(Error error) : error_(std::move(error)) {}
    const Error& error() const { return error_; }
    const char* what() const noexcept override { return error_.words.en.c_str(); }

 private:
    Error error_;
};

}  // namespace sonae
