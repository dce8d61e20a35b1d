// JSON, and its canonical text as the fixed point of reading and writing.
#include "base/json.hpp"
#include "fuzz/fuzz.hpp"

#include <algorithm>

namespace sonae::fuzz {

namespace {

bool integers_only(const json::value& value) {
    if (const json::object* object = value.if_object())
        return std::ranges::all_of(*object, [](const auto& member) { return integers_only(member.value()); });
    if (const json::array* array = value.if_array()) return std::ranges::all_of(*array, integers_only);
    return !value.is_double();
}

}  // namespace

void take(std::string_view input) {
    auto value = parse_json(input);
    if (!taken(value)) return;
    holds(is_utf8(json::serialize(*value)), "texts in JSON are UTF-8");
    if (!integers_only(*value)) return;
    std::string text = canonical(*value);
    auto again = parse_json(text);
    holds(taken(again), "canonical text is JSON");
    holds(*again == *value, "canonical text says the same");
    holds(canonical(*again) == text, "canonical text is a fixed point");
    holds(is_utf8(text), "canonical text is UTF-8");
}

}  // namespace sonae::fuzz
