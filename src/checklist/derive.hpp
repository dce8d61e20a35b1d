// Asking the questions of the catalog: from SQL to a value with reasons. One thread.
//
// What every check found is kept. After a change only those checks are asked again that can find otherwise,
// and where a check looks at each entry by itself, only about the entries that changed (register/sets tells
// which).
#pragma once

#include "checklist/answer.hpp"
#include "register/sets.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace sonae::checklist {

class Asker {
 public:
    // For asking these questions of the record as it is now. `follow`: refresh() will be called.
    Asker(const registers::Record& record, const std::vector<const catalog::Question*>& questions,
          bool follow);

    // Goes on to the record as it is now. After an error everything is asked anew the next time.
    void refresh();

    // Carries out docs/catalog-format.md, "How a value is found". A question whose SQL the engine does not
    // take is thrown as Failure(bad_catalog) that names it.
    Derived ask(const catalog::Question& question, std::string_view target);

    // Grows with every refresh that found a change.
    int64_t generation() const { return generation_; }
    // Whether ask() would give what it gave at this generation, for certain.
    bool unchanged(const catalog::Question& question, std::string_view target, int64_t generation) const;

 private:
    // An entry of a register by its label. Its texts are never changed, its place is.
    struct Named {
        std::string id;
        std::string label;
        size_t rank = 0;      // place among the register's labels in the order of people
        int64_t asked = 0;    // the query that found it last
        size_t place = 0;     // its row there
        int64_t touched = 0;  // the generation in which it was changed
    };
    struct Labels {
        std::unordered_map<std::string_view, Named*> by_id;
        std::vector<Named*> order;
        Named* find(std::string_view id, size_t& next) const;
    };
    // What entries are called and what was said of them: outlives the lists that show it.
    struct Texts {
        std::deque<Named> entries;
        std::deque<std::string> said;
    };
    // One row of a check. The entry is null for the institution where it is no entry of the register.
    struct Row {
        const Named* entry = nullptr;
        std::string_view name;  // shown instead of the label
        std::string_view detail;
        std::string_view fix_id;
        bool operator==(const Row&) const = default;
        size_t rank() const { return entry ? entry->rank + 1 : 0; }
        std::string_view shown() const {
            return name.empty() && entry ? std::string_view(entry->label) : name;
        }
    };
    // A population: how often each id counts is noted when it has to be kept.
    struct Count {
        std::string sql;
        const catalog::Question* question = nullptr;
        std::string target;
        int64_t total = 0;
        int64_t changed = 0;
        std::optional<std::unordered_map<std::string, int64_t>> by_id;
    };
    // What a check or a support query found.
    struct Finding {
        const catalog::Question* question = nullptr;
        const catalog::Check* check = nullptr;  // null: support
        std::string_view register_name;         // the catalog's text: it stands in lists
        std::string sql;                        // as it is asked
        bool first_counts = false;
        std::string target;
        Count* of = nullptr;
        std::vector<Row> rows;  // by rank
        bool missing = false;   // one of the rows is about the institution
        std::optional<Reason> reason;
        FoundList support;
        int64_t changed = 0;
    };
    using Key = std::pair<const void*, std::string>;  // check or support, and its target

    store::Statement prepare(const catalog::Question& question, std::string_view place, std::string_view sql,
                             std::string_view target, bool touched = false);
    Finding& finding(const catalog::Question& question, const catalog::Check& check, std::string_view target);
    Finding& finding(const catalog::Question& question, const catalog::Support& support,
                     std::string_view target);
    Count& count(const catalog::Question& question, std::string_view sql, std::string_view target);

    std::vector<Row> rows(const Finding& finding, bool touched, bool& missing);
    std::string_view keep(std::string_view text);
    void ask_all(Finding& finding);
    void ask_touched(Finding& finding);
    void conclude(Finding& finding);
    Reason reason(const Finding& finding);
    void count_all(Count& count);
    void list_all(Count& count);

    void follow(const registers::Sets::Changes& changes);
    void follow(Count& count, const registers::Sets::Changes& changes);
    void follow(Finding& finding, const registers::Sets::Changes& changes);
    void follow(std::string_view register_name, Labels& labels);

    Labels& labels(std::string_view register_name);
    std::map<std::string, std::string> read_periods(const catalog::Question& question);
    const std::map<std::string, std::string>& periods(const catalog::Question& question);
    void forget();

    const registers::Record& record_;
    std::vector<const catalog::Question*> questions_;
    bool follow_;
    registers::Sets* sets_ = nullptr;
    int64_t generation_ = -1;  // of the sets
    registers::Sets::Names touched_;
    int64_t asked_ = 0;

    std::shared_ptr<Texts> texts_;
    std::map<std::string, Labels, std::less<>> labels_;
    std::map<const catalog::Question*, std::map<std::string, std::string>> periods_;
    std::map<Key, Finding> findings_;
    std::map<std::tuple<const catalog::Question*, std::string, std::string>, Count> counts_;
};

}  // namespace sonae::checklist
