// How what a SELECT of the catalog finds depends on the rows of the sets it reads.
//
// After a change of few entries most questions need not be asked again in full. Two things are found out from
// the text alone: which columns of which sets a SELECT reads, and which of these sets it reads by the entry
// it finds, that is, so that a row with the id E depends on rows with the id E only. For those the same
// SELECT over the changed entries' rows alone gives what changed. What the analysis does not understand
// counts as read in full: more work, never another answer. Immutable values; thread-safe.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace sonae::registers {

// The words of a text that may name a set or a column, in lower case. `every_column`: columns are read that
// are not named ("SELECT DISTINCT *").
struct SetWords {
    std::set<std::string, std::less<>> words;
    bool every_column = false;

    void add(const SetWords& more) {
        words.insert(more.words.begin(), more.words.end());
        every_column = every_column || more.every_column;
    }
    bool operator==(const SetWords&) const = default;
};
SetWords words_of(std::string_view sql);

// What stands behind a name in FROM.
struct NamedSet {
    bool kept = false;     // a table of its own; else a view that is looked through
    bool has_id = false;   // it has a column id
    std::string_view sql;  // of a view
};
// Gives nothing (nullptr) for a name that is no set.
using FindSet = std::function<const NamedSet*(std::string_view name)>;

class Select {
 public:
    Select(std::string_view sql, const FindSet& find);

    // The kept sets it reads, through views too.
    const std::set<std::string, std::less<>>& sets() const { return sets_; }
    // Whether another value in this column of one of these sets can make a difference.
    bool reads(std::string_view column) const { return every_column_ || words_.contains(column); }
    // Whether a row of this set can make a difference to findings with another id than its own.
    bool reads_in_full(std::string_view set) const { return in_full_.contains(set); }
    // The sets read by entry, and the SELECT with each of them called NAME + touched_suffix. A set may be
    // read both ways. Empty when nothing is read by entry.
    const std::set<std::string, std::less<>>& by_entry() const { return by_entry_; }
    const std::string& touched_sql() const { return touched_sql_; }

 private:
    friend class SelectReader;
    std::set<std::string, std::less<>> sets_;
    std::set<std::string, std::less<>> in_full_;
    std::set<std::string, std::less<>> by_entry_;
    std::set<std::string, std::less<>> words_;
    bool every_column_ = false;
    std::string touched_sql_;
};

constexpr std::string_view touched_suffix = "__touched";

// A SELECT with ORDER BY, in which the other columns decide what that leaves open, so that the order never
// depends on how rows are stored; empty for a text without ORDER BY (or with "SELECT *").
std::string fully_ordered(std::string_view sql);

// "SELECT count(*) FROM …" as the SELECT of the ids that are counted (those of the first set in FROM); empty
// for any other text.
std::string counted_ids(std::string_view sql, const FindSet& find);

}  // namespace sonae::registers
