// Names in a file that stand for entries of another register (保守業者, 利用者): which entry each one means,
// and the entries that have to be made. Nothing is merged silently: for a new entry those of the record with
// a similar name are told, and only the caller's word makes them the same. One thread.
#pragma once

#include "base/error.hpp"
#include "register/record.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sonae::exchange {

// An entry that may be the same as a new one.
struct LikeEntry {
    std::string id;
    std::string label;
};

// An entry made because a row names it (株式会社メディカ in 保守業者).
struct CreatedEntry {
    std::string register_name;
    Words register_label;
    std::string id;
    std::string name;
    std::vector<LikeEntry> like;  // up to three of the record, the most similar first
};

// "NEW NAME=EXISTING", as the caller gave it or a remembered mapping holds it.
struct SameName {
    std::string name;
    std::string existing;
    bool required = true;  // an existing one that is not there is an error
};
Result<std::vector<SameName>> read_same(const std::vector<std::string>& texts);

class References {
 public:
    References(const registers::Record& record, std::vector<SameName> same);

    // The value of a reference field: known (ids joined by a space), unreadable (ambiguous, or not there and
    // not to be made); `makes` when a name is not there and will be made. Nothing is made.
    registers::FieldValue find(const catalog::Field& field, const std::string& written, bool& makes);
    // The same, and what is not there is made.
    registers::FieldValue take(const catalog::Field& field, const std::string& written,
                               std::vector<registers::Command>& commands);
    // True when the written names can mean the entries with these ids, also where a name fits several.
    bool could_mean(const catalog::Field& field, const std::string& written, std::string_view ids);

    // Says that names in the file may mean entries of this register.
    void expect(const catalog::Register& target) { expected_.insert(target.name); }
    // An entry that this import makes from a row: names may mean it from now on.
    void note(const catalog::Register& description, const std::string& id,
              const std::vector<std::pair<const catalog::Field*, std::string>>& texts);

    // What people call the entries with these ids, joined by 、.
    std::string labels(const catalog::Field& field, std::string_view ids);

    // The entries made so far, with those of the record that are like them.
    std::vector<CreatedEntry> created() const;

    // Names of `same` whose existing entry is not there in any register that names were looked up in.
    std::vector<std::string> unmet() const;

 private:
    using Ids = std::set<std::string>;
    struct Names {
        std::map<std::string, std::string, std::less<>> labels;                   // by id
        std::unordered_map<std::string, Ids> spelt;                               // labels and keys
        std::unordered_map<std::string, Ids> folded;                              // the same, match_key
        std::map<std::string, std::map<std::string, Ids>, std::less<>> by_found;  // field → organisation_key
        std::map<std::string, std::string> same;                                  // organisation_key → id
        std::unordered_map<std::string, Ids> known;                               // what a name means
    };
    struct Meaning {
        Ids ids;
        bool is_new = false;
    };

    Names& names(const catalog::Register& target);
    void add(const catalog::Register& target, Names& names, const std::string& id, std::string_view label,
             const std::vector<std::pair<const catalog::Field*, std::string>>& texts);
    Meaning meaning(const catalog::Field& field, const std::string& name);
    std::vector<std::string> parts(const catalog::Field& field, const std::string& written);
    registers::FieldValue resolve(const catalog::Field& field, const std::string& written, bool& makes,
                                  std::vector<registers::Command>* commands);

    const registers::Record& record_;
    std::vector<SameName> same_;
    std::vector<bool> same_met_;
    std::set<std::string, std::less<>> expected_;
    std::map<std::string, Names, std::less<>> names_;
    std::vector<CreatedEntry> created_;
    std::vector<std::string> created_by_;  // for each the field it is found by
};

// How likely two names of organisations or people mean the same (0: not); the texts are organisation_keys.
int likeness(const std::u32string& a, const std::u32string& b);
std::u32string code_points(std::string_view text);

}  // namespace sonae::exchange
