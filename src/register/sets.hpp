// The catalog's named sets, worked out once for asking many questions.
//
// A question's SQL speaks of registers, views and computed tables. The sets that the given SQL mentions are
// kept as temporary tables of this institution, with the columns that the SQL uses, and the SQL runs as
// written. When something was written since, by this connection or another, the history tells which entries:
// only their rows, and what depends on them, are worked out again, and whoever keeps results can ask what has
// changed. Everything is filled anew when the day has changed, the tables were rebuilt, or much was written.
// One thread; owned by a Record.
#pragma once

#include "catalog/catalog.hpp"
#include "history/history.hpp"
#include "register/select.hpp"
#include "store/database.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::registers {

class Sets {
 public:
    // `history` tells what was written; it may lie in another database (a record as of a day).
    Sets(const catalog::Catalog& catalog, store::Database& database, const history::History& history);

    // Sees to it that the sets occurring in `texts`, directly or through views, are there and as of now. The
    // text that is a register's name asks for the labels of its entries. Throws Failure(bad_catalog) for a
    // view the engine does not take.
    void refresh(const std::vector<std::string_view>& texts, const std::string& today);

    // A statement over the sets, with :institution and :today bound where they occur.
    store::Statement prepare(std::string_view sql) const;

    // ---- for those who keep results

    using Names = std::set<std::string, std::less<>>;

    // What changed in a set.
    struct Change {
        bool all = false;  // anything may have
        Names entries;     // else the rows with these ids
        Names columns;     // and of these columns
    };
    using Changes = std::map<std::string, Change, std::less<>>;

    // From now on a refresh works out only what has changed. (Noting what that takes costs a little at
    // first.)
    void follow() { follow_ = true; }
    // The next refresh makes everything anew.
    void forget() { stamp_++; }
    // Grows with every refresh that found a change.
    int64_t generation() const { return generation_; }
    // What has changed since a generation, by set; nothing: everything may have.
    std::optional<Changes> since(int64_t generation) const;

    // What a change can mean for what `sql` finds. entries: only findings with these ids can be others.
    enum class Effect { none, entries, all };
    Effect effect(std::string_view sql, const Changes& changes);

    // Whether all or part of what it reads is read by the entry it finds, so that it can be asked about
    // touched entries when nothing else has changed.
    bool by_entry(std::string_view sql) { return !shape(sql).touched_sql().empty(); }

    // `sql` as prepare() does, but only what it finds about the touched entries (and perhaps about entries
    // without an id). Only for SQL of which effect() says `entries`.
    void touch(const Names& entries);
    store::Statement prepare_touched(std::string_view sql);
    // "SELECT count(*) FROM …" as the SELECT of the ids that it counts; empty for any other text.
    const std::string& counted(std::string_view sql);

 private:
    // What a name stands for.
    struct Definition {
        std::string select;               // without the choice of columns
        std::vector<std::string> stored;  // own: the columns there are
        std::vector<std::string> indexed;
        const catalog::Register* of = nullptr;  // own (made here, from the stored tables): whose entries
        bool labelled = false;                  // own: has the entries themselves
        bool kept = false;                      // copied even when it passes whole rows on
        SetWords wanted;                        // the columns that are used, among other words
        SetWords own_words;                     // of the text of a view
        // Once it is made:
        SetWords made_for;
        std::vector<std::string> columns;
        std::string insert;  // the SELECT that fills it
        NamedSet set;
        bool touched_made = false;
        int64_t touched_at = -1;
    };

    // The rows of an entry, sorted.
    using Rows = std::vector<std::vector<store::Value>>;

    void bring_up_to_date(const std::vector<std::string_view>& texts, const std::string& today);
    void need(std::string_view text);
    bool pass_on_wants();
    void make(const std::string& name);
    void fill(const std::string& name);
    void drop();

    bool follow_changes(int64_t position);
    std::optional<std::map<std::string, Names, std::less<>>> changed_entries(int64_t from) const;
    Change change_derived(const std::string& name, const Changes& changes, Names& touched);
    Change replace_touched(const std::string& name, const std::string& select);
    std::map<std::string, Rows> touched_rows(const std::string& name) const;
    std::map<std::string, std::string> rows_by_entry(const std::string& name) const;
    void fill_touched(const std::string& name);

    const Select& shape(std::string_view sql);
    store::Statement catalog_sql(std::string_view name, std::string_view sql) const;
    void bind(store::Statement& statement) const;
    int64_t stamped() const;
    void stamp();

    const catalog::Catalog& catalog_;
    store::Database& database_;
    const history::History& history_;
    std::string institution_;
    std::string today_;
    FindSet find_;

    int64_t written_ = -1;   // Database::changes when the sets were brought up to date
    int64_t position_ = -1;  // size of the history then
    int64_t schema_ = -1;    // of the stored tables
    int64_t generation_ = 0;
    int64_t stamp_ = 0;  // also in a temporary table, so that a rollback that takes the sets back is seen
    bool follow_ = false;
    std::deque<std::pair<int64_t, Changes>> log_;  // by generation
    int64_t log_from_ = 0;                         // the log is complete from this generation on

    Names touched_;
    int64_t touched_count_ = 0;

    std::map<std::string, Definition, std::less<>> definitions_;
    std::vector<std::string> order_;  // names that are needed, each after those it is made from
    Names needed_;
    Names seen_;       // texts whose names are in order_
    size_t made_ = 0;  // of order_, so many exist
    std::map<std::string, std::unique_ptr<Select>, std::less<>> shapes_;
    std::map<std::string, std::string, std::less<>> counted_;
};

}  // namespace sonae::registers
