// Strict reading of one object of a catalog file: every member is read once, with its type, and a member that
// nobody read is a mistake. Used while loading only; not thread-safe.
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace sonae::catalog {

// Thrown inside the loader, answered by Catalog::load as its Error.
struct Mistake {
    Error error;
};

class Reader {
 public:
    Reader(const json::value& value, std::string place) : place_(std::move(place)) {
        object_ = value.if_object();
        if (!object_) wrong("キーと値の組ではありません", "is not a map");
    }

    const std::string& place() const { return place_; }

    [[noreturn]] void wrong(const std::string& ja, const std::string& en) const {
        throw Mistake{
            {Code::bad_catalog, {fmt::format("{}: {}。", place_, ja), fmt::format("{}: {}.", place_, en)}}};
    }

    bool has(std::string_view key) const { return object_->contains({key.data(), key.size()}); }

    std::vector<std::string> keys() const {
        std::vector<std::string> out;
        for (const auto& member : *object_)
            out.emplace_back(member.key().data(), member.key().size());
        return out;
    }

    const json::value* value(std::string_view key) {
        read_.emplace(key);
        const json::value* found = object_->if_contains({key.data(), key.size()});
        return found && !found->is_null() ? found : nullptr;
    }

    // Text; a plain number or true/false is taken as it is spelt.
    std::string text(std::string_view key) {
        const json::value* found = value(key);
        return found ? as_text(*found, key) : std::string();
    }
    std::string required(std::string_view key) {
        std::string out = text(key);
        if (out.empty()) wrong(fmt::format("「{}」がありません", key), fmt::format("\"{}\" is missing", key));
        return out;
    }
    bool flag(std::string_view key, bool otherwise = false) {
        const json::value* found = value(key);
        if (!found) return otherwise;
        if (!found->is_bool())
            wrong(fmt::format("「{}」はtrueかfalseです", key), fmt::format("\"{}\" is true or false", key));
        return found->get_bool();
    }
    int64_t number(std::string_view key, int64_t otherwise = 0) {
        const json::value* found = value(key);
        if (!found) return otherwise;
        if (!found->is_int64())
            wrong(fmt::format("「{}」は整数です", key), fmt::format("\"{}\" is a whole number", key));
        return found->get_int64();
    }
    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> out;
        const json::value* found = value(key);
        if (!found) return out;
        if (!found->is_array())
            wrong(fmt::format("「{}」は一覧です", key), fmt::format("\"{}\" is a list", key));
        for (const json::value& item : found->get_array())
            out.push_back(as_text(item, key));
        return out;
    }
    Words words(std::string_view key, bool needed = false) {
        const json::value* found = value(key);
        if (!found) {
            if (needed) wrong(fmt::format("「{}」がありません", key), fmt::format("\"{}\" is missing", key));
            return {};
        }
        Reader inner(*found, place_ + " " + std::string(key));
        Words out{inner.required("ja"), inner.required("en")};
        inner.finish();
        return out;
    }
    // Calls `each` with a Reader for each object of a list.
    template <class Each>
    void list(std::string_view key, Each&& each) {
        const json::value* found = value(key);
        if (!found) return;
        if (!found->is_array())
            wrong(fmt::format("「{}」は一覧です", key), fmt::format("\"{}\" is a list", key));
        size_t place = 0;
        for (const json::value& item : found->get_array()) {
            Reader inner(item, fmt::format("{} {}[{}]", place_, key, ++place));
            each(inner);
            inner.finish();
        }
    }
    // Complains of members that were not read.
    void finish() const {
        for (const auto& member : *object_) {
            std::string_view key(member.key().data(), member.key().size());
            if (!read_.contains(key)) {
                wrong(fmt::format("「{}」という項目は知りません", key),
                      fmt::format("\"{}\" is not known here", key));
            }
        }
    }

 private:
    std::string as_text(const json::value& found, std::string_view key) const {
        if (found.is_string()) return std::string(view(found.get_string()));
        if (found.is_int64()) return std::to_string(found.get_int64());
        if (found.is_bool()) return found.get_bool() ? "true" : "false";
        wrong(fmt::format("「{}」は文字列です", key), fmt::format("\"{}\" is a text", key));
    }

    const json::object* object_ = nullptr;
    std::string place_;
    std::set<std::string, std::less<>> read_;
};

}  // namespace sonae::catalog
