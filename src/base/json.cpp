// Canonical JSON text (RFC 8785) and reading helpers.
#include "base/json.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

namespace sonae {

namespace {

// RFC 8785 §3.2.3 orders members by UTF-16 code units, which differs from the order of UTF-8 bytes only for
// characters beyond the basic plane: compare code points, but place those below U+E000..U+FFFF.
bool before_in_utf16(std::string_view a, std::string_view b) {
    size_t i = 0;
    while (i < a.size() && i < b.size() && a[i] == b[i])
        i++;
    if (i == a.size() || i == b.size()) return a.size() < b.size();
    auto x = static_cast<unsigned char>(a[i]);
    auto y = static_cast<unsigned char>(b[i]);
    // A lead byte F0..F4 starts a surrogate pair (D800..), which sorts before EE and EF (U+E000..U+FFFF).
    bool x_pair = x >= 0xf0;
    bool y_pair = y >= 0xf0;
    if (x_pair != y_pair) {
        if (x_pair && y >= 0xee) return true;
        if (y_pair && x >= 0xee) return false;
    }
    return x < y;
}

// What stands for a character that a JSON string cannot hold as it is; empty for all others.
std::string escaped(char c) {
    switch (c) {
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            if (static_cast<unsigned char>(c) >= 0x20) return {};
            return fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
}

void write_string(std::string& out, std::string_view text) {
    out += '"';
    size_t copied = 0;  // texts are written in runs: nearly all characters stand for themselves
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) continue;
        out += text.substr(copied, i - copied);
        out += escaped(c);
        copied = i + 1;
    }
    out += text.substr(copied);
    out += '"';
}

void write(std::string& out, const json::value& value);

void write(std::string& out, const json::object& object) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object)
        members.push_back(&member);
    std::ranges::sort(members, [](const auto* a, const auto* b) {
        return before_in_utf16({a->key().data(), a->key().size()}, {b->key().data(), b->key().size()});
    });
    out += '{';
    bool first = true;
    for (const auto* member : members) {
        if (!first) out += ',';
        first = false;
        write_string(out, {member->key().data(), member->key().size()});
        out += ':';
        write(out, member->value());
    }
    out += '}';
}

void write(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            break;
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            break;
        case json::kind::int64:
            out += std::to_string(value.get_int64());
            break;
        case json::kind::uint64:
            out += std::to_string(value.get_uint64());
            break;
        case json::kind::double_:
            std::abort();
        case json::kind::string:
            write_string(out, view(value.get_string()));
            break;
        case json::kind::array: {
            out += '[';
            bool first = true;
            for (const json::value& item : value.get_array()) {
                if (!first) out += ',';
                first = false;
                write(out, item);
            }
            out += ']';
            break;
        }
        case json::kind::object:
            write(out, value.get_object());
            break;
    }
}

}  // namespace

std::string canonical(const json::value& value) {
    std::string out;
    write(out, value);
    return out;
}

std::string canonical_object(const json::object& object) {
    std::string out;
    write(out, object);
    return out;
}

Result<json::value> parse_json(std::string_view text) {
    json::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error);
    if (error) {
        return fail(Code::bad_file, fmt::format("JSONとして読めません（{}）。", error.message()),
                    fmt::format("This is not JSON ({}).", error.message()));
    }
    return value;
}

std::string_view text_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains({key.data(), key.size()});
    const json::string* text = value ? value->if_string() : nullptr;
    return text ? view(*text) : std::string_view();
}

int64_t int_at(const json::object& object, std::string_view key, int64_t otherwise) {
    const json::value* value = object.if_contains({key.data(), key.size()});
    const int64_t* number = value ? value->if_int64() : nullptr;
    return number ? *number : otherwise;
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains({key.data(), key.size()});
    return value ? value->if_object() : nullptr;
}

const json::array* array_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains({key.data(), key.size()});
    return value ? value->if_array() : nullptr;
}

json::object words_json(const Words& words) {
    return {{"ja", words.ja}, {"en", words.en}};
}

}  // namespace sonae
