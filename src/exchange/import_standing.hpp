// What the record holds of a register before an import, read once: the fields that the file speaks of, column
// by column, and ways to find an entry by what a row says. Nothing here asks the database again, so a row
// costs the same in a register of a hundred and of a hundred thousand entries. One thread.
#pragma once

#include "register/bulk.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sonae::exchange {

// Keeps texts where they do not move.
class TextStore {
 public:
    std::string_view keep(std::string_view text);

 private:
    std::vector<std::unique_ptr<char[]>> blocks_;
    size_t used_ = 0;
    size_t room_ = 0;
};

// The place of an entry in a Standing.
using Place = uint32_t;
constexpr Place nowhere = UINT32_MAX;

class Standing {
 public:
    // `fields` are read; `parent` (one of them, or null) is the reference below which entries are found.
    Standing(const registers::Record& record, const catalog::Register& description,
             std::vector<const catalog::Field*> fields, const catalog::Field* parent = nullptr);

    const catalog::Register& description() const { return description_; }
    const catalog::Field* parent() const { return parent_; }
    Place size() const { return static_cast<Place>(entries_.size()); }
    std::string_view id(Place entry) const { return entries_[entry].id; }
    std::string_view label(Place entry) const { return entries_[entry].label; }
    std::string_view extra(Place entry) const { return entries_[entry].extra; }
    int64_t version(Place entry) const { return entries_[entry].version; }
    // The column of a field that was read; fields.size() of the constructor when it was not.
    size_t column(const catalog::Field& field) const;
    const registers::BulkValue& value(Place entry, size_t column) const {
        return values_[entry * fields_.size() + column];
    }
    registers::FieldValue field_value(Place entry, size_t column) const;

    // The entry with an id; nowhere when there is none.
    Place find(std::string_view id) const;
    // The first entry below a parent, and the one after `entry`; nowhere at the end.
    Place first_below(std::string_view parent) const;
    Place next_below(Place entry) const { return next_[entry]; }

 private:
    struct One {
        std::string_view id;
        std::string_view label;
        std::string_view extra;
        int64_t version = 0;
    };

    const catalog::Register& description_;
    std::vector<const catalog::Field*> fields_;
    const catalog::Field* parent_;
    TextStore texts_;
    std::vector<One> entries_;
    std::vector<registers::BulkValue> values_;
    mutable std::unordered_map<std::string_view, Place> by_id_;  // made when it is first asked for
    std::unordered_map<std::string_view, Place> by_parent_;
    std::vector<Place> next_;
};

// The form in which numbers and names that tell entries apart are compared: match_key, but a mark between two
// digits stays. "ＰＣ－０１" is pc01, while 1-1 and 11 are different.
std::string key_form(std::string_view text);

// The text without white space at both ends, as a view (like base's trim).
std::string_view trimmed(std::string_view text);

// A text in one line for people: normalised, at most 40 characters.
std::string shortened(std::string_view text);

}  // namespace sonae::exchange
