// Values as they stand in the cells of a file that Sonae writes, in the words that the import reads back to
// the very same value. Not thread-safe (ReferenceNames asks the record).
#pragma once

#include "catalog/catalog.hpp"
#include "exchange/xlsx_write.hpp"
#include "register/record.hpp"
#include "register/value.hpp"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sonae::exchange {

// What the entries that references point to are called in a file: by a name where exactly this entry is found
// by it, else by id.
class ReferenceNames {
 public:
    explicit ReferenceNames(const registers::Record& record) : record_(record) {}

    // The text for a known value of a reference field (one id or several, as stored).
    std::string text(const catalog::Field& field, std::string_view ids);

 private:
    struct Named {
        std::string label;
        std::map<std::string, std::string, std::less<>> found_by;  // field → its text
    };
    // The entries of a register and the forms in which a name of theirs is compared; a form that fits several
    // entries has an empty id.
    struct Names {
        std::unordered_map<std::string, Named> entries;
        std::unordered_map<std::string, std::string> by_name;
        std::map<std::string, std::unordered_map<std::string, std::string>, std::less<>> by_field;
    };

    const Names& names_of(const catalog::Register& target);
    std::string name(const catalog::Field& field, const std::string& id, bool alone);

    const registers::Record& record_;
    std::unordered_map<std::string, Names> names_;
};

// The cell for a value: 不明 for unknown, － for none, blank when never asked, as written when unreadable;
// dates as dates, whole numbers as numbers, はい/いいえ, choices by their labels, several joined by 、.
SheetCell written_cell(const catalog::Field& field, const registers::FieldValue& value,
                       ReferenceNames& references);

// Spreadsheets take a text in a CSV file for a formula when it begins with = + - @ (also full width), a tab
// or a carriage return. Such a text gets an apostrophe in front; so does one that begins with apostrophes
// before such a character, so that exactly one can be taken away again.
std::string guarded(std::string text);
// The text without the apostrophe that `guarded` has put there. Applies to the cells of a CSV file whose
// first cell is `id_header`, that is, of Sonae's own.
std::string_view unguarded(std::string_view text);

}  // namespace sonae::exchange
