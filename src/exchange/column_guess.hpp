// The guess which field each column means when certain rows are taken as the header: by the words of the
// header, and then, for the header that was chosen, by the values below it. One thread at a time.
#pragma once

#include "catalog/catalog.hpp"
#include "exchange/column_values.hpp"
#include "exchange/header_lines.hpp"
#include "exchange/header_words.hpp"
#include "exchange/import_columns.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace sonae::exchange {

class ColumnGuess {
 public:
    // `all` are the spellings of the register and its children, and must outlive the guess.
    ColumnGuess(const catalog::Catalog& catalog, const catalog::Register& description,
                const std::vector<Spelling>& all, std::vector<HeaderCell> cells);

    // By the words of the header.
    void read_headers(const std::vector<ColumnMapping>& mappings);

    // By the values: settles what the words left open, takes back what they cannot mean, and says how sure
    // each column is and why. Names the columns and says which are empty.
    void read_values(const std::vector<ColumnSample>& samples);

    std::vector<ImportColumn> columns;
    size_t certain = 0;              // columns that match as a whole or were named by the caller
    size_t named = 0;                // columns that were named by the caller
    size_t mapped = 0;               // columns that mean something
    std::vector<std::string> unmet;  // mappings that met no column

 private:
    // What a column is thought to mean a field by.
    enum class By {
        nothing,
        own,
        caller,
        name,
        spelling,
        number,
        bracket,
        detail,
        part,
        wider,
        values,
        choice
    };

    // What is known of a column besides what it becomes.
    struct Thought {
        HeaderCell header;
        std::string whole;  // keys: of all lines, of the last line
        std::string last;
        size_t number = 0;                         // of several alike
        const catalog::Register* child = nullptr;  // the register that the group line means
        bool of_another = false;                   // the group line names what another field refers to
        const Spelling* reference = nullptr;       // that field, when the last line is its name (業者名)
        bool decided = false;
        std::string extra;  // an extra column of an export: its name
        By by = By::nothing;
        std::string spelling;                         // the words that matched in part
        std::vector<const catalog::Field*> could_be;  // several fields match alike
        const catalog::Field* wanted = nullptr;       // a field that another column has already
    };

    bool open(size_t i) const;
    bool is_child(const catalog::Register* target) const { return target != &description_; }
    bool free(const Spelling& spelling) const;
    void take(size_t i, const catalog::Register* target, const catalog::Field* field, size_t number, By by);
    bool apply(const ColumnMapping& mapping);
    void read_own();
    void read_groups();
    template <class Key>
    void exactly(By by, Key&& key);
    void in_part();
    void match_part(size_t i, std::vector<std::pair<size_t, const Spelling*>>& best, bool& wider);
    const Spelling* reference_of(std::string_view key) const;
    bool is_spelling(std::string_view key) const;

    void settle_ties(const std::vector<ColumnSample>& samples);
    void take_headerless(const std::vector<ColumnSample>& samples);
    void judge(size_t i, const ColumnSample& sample);
    void release_nameless_children();
    void name_columns(const std::vector<ColumnSample>& samples);

    const catalog::Catalog& catalog_;
    const catalog::Register& description_;
    const std::vector<Spelling>& all_;
    std::vector<Thought> thoughts_;
    std::map<const catalog::Field*, size_t> used_;
};

}  // namespace sonae::exchange
