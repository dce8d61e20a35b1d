// JSON values (Boost.JSON) and the canonical text that is hashed. Thread-safe.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace sonae {

namespace json = boost::json;

// The canonical text of RFC 8785 for the values Sonae hashes: objects, arrays, strings, booleans, null and
// integers (|n| < 2^53). Floating-point numbers do not occur in the record and are a bug.
std::string canonical(const json::value& value);
std::string canonical_object(const json::object& object);  // the same, without a copy of the object

// Reads JSON text (nesting up to 32); fails with bad_file and the place.
Result<json::value> parse_json(std::string_view text);

// Members of an object, for reading data whose shape was checked when it was written: an absent or mistyped
// member gives the empty value.
std::string_view text_at(const json::object& object, std::string_view key);
int64_t int_at(const json::object& object, std::string_view key, int64_t otherwise = 0);
const json::object* object_at(const json::object& object, std::string_view key);
const json::array* array_at(const json::object& object, std::string_view key);

// A json::string as the view of it.
inline std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

// Both languages as {"ja":…,"en":…}.
json::object words_json(const Words& words);

}  // namespace sonae
