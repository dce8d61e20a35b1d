// The register tables: a projection of the history that can be dropped and made again at any time.
//
// For each register R: r_R with a row for each entry, m_R_F for each field F of several values, c_X for each
// computed table X. One index of r_R holds everything a list asks for: the order of labels, the text that is
// searched, and the fields with `filter`. The tables are derived from the catalog and the events alone, so
// rebuilt ones equal the live ones. One thread.
#pragma once

#include "history/history.hpp"
#include "register/computed.hpp"
#include "register/record.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::registers {

class Projection {
 public:
    // Counted up when the tables are built otherwise than before, so that a record of an earlier program is
    // rebuilt.
    static constexpr int form = 3;

    Projection(store::Database& database, const catalog::Catalog& catalog);

    // Makes the tables (and their indexes) in a database that does not have them; drops them all.
    void create();
    void drop();

    // Writes an entry as it is after a change made `on` (day in Japan) by `by`; sets entry.label. A retired
    // entry keeps its row (marked) and loses its rows in the other tables. `before`: the entry as it stands
    // in the tables, when the caller has it; else it is read.
    void write(const std::string& institution, Entry& entry, const Date& on, std::string_view by,
               const Entry* before = nullptr);

    // Writes what an event says.
    void replay(const std::string& institution, const history::Event& event);

    // Entries by id, whether there is one, and all entries that are not retired (with `where`, an SQL
    // condition over the row), in the order of their ids.
    std::optional<Entry> get(const std::string& institution, const catalog::Register& description,
                             std::string_view id) const;
    bool has(const std::string& institution, const catalog::Register& description, std::string_view id) const;
    void each(const std::string& institution, const catalog::Register& description, std::string_view where,
              const std::function<void(Entry&&)>& visit) const;

    // The label of an entry for people; empty when there is none.
    std::string label(const std::string& institution, const catalog::Register& description,
                      std::string_view id) const;

 private:
    // A field of several values and its table.
    struct Many {
        size_t field;
        std::string remove;
        std::string insert;
    };
    // A computed table.
    struct Computation {
        const catalog::Computed* computed = nullptr;
        std::vector<size_t> reads;
        std::string remove;
        std::string insert;
    };
    // What is made from a register's description once, the SQL texts above all.
    struct Table {
        const catalog::Register* description = nullptr;
        std::vector<size_t> by_name;  // places of the fields in the order of their names, as in an Entry
        std::vector<bool> indexed;    // for each field: whether an index holds it
        std::vector<std::vector<size_t>>
            label_of;  // the parts of the label, each the fields it may come from
        std::string insert;
        std::string update;        // of what no index holds
        std::string update_all;    // of everything
        std::string select;        // :i, :id
        std::string select_label;  // :i, :id
        std::string update_label;  // label, order, search, institution, id
        std::vector<Many> many;
        std::vector<Computation> computations;
        // Registers whose entries are labelled by their reference to this one: (register, reference field).
        std::vector<std::pair<const catalog::Register*, const catalog::Field*>> labelled_by;
    };
    using Values = std::vector<const FieldValue*>;  // of an entry, in the order of the register's fields

    static Table make_table(const catalog::Register& description);
    const Table& table(std::string_view name) const;
    static Values values_of(const Table& table, const Entry& entry);
    std::string make_label(const std::string& institution, const Table& table, const Entry& entry,
                           const Values& values) const;
    void write_values(const std::string& institution, const Table& table, const Entry& entry,
                      const Values& values, const Entry* before);
    void refresh_labels(const std::string& institution, const Table& table, const std::string& id);

    store::Database& database_;
    const catalog::Catalog& catalog_;
    Computer computer_;
    std::vector<Table> tables_;
};

// The columns of a register's table that make an entry, separated by commas, and the entry they make: the
// columns stand at the beginning of the row.
std::string entry_columns(const catalog::Register& description);
int entry_width(const catalog::Register& description);
Entry entry_of(const catalog::Register& description, const store::Statement& row);

// Where the state of a field stands: one letter in a column for all fields, another column for those with
// `filter`. The letters are the marks people write: k known, '.' never asked, '?' unknown, '-' none, '!'
// unreadable.
char state_mark(State state);
State state_of_mark(char mark);
int state_place(const catalog::Register& description, const catalog::Field& field);  // from 1
std::string state_mark_sql(const catalog::Register& description, const catalog::Field& field);

// The body of an event for an entry, and back.
json::object entry_body(const Entry& entry);
Entry entry_of(std::string_view register_name, std::string_view id, int64_t version,
               const json::object& body);

// Compares labels as people sort them: numbers inside by their value ("2 B" before "10 A"), all else by
// bytes. Labels that differ in leading zeros only are equal.
bool label_less(std::string_view a, std::string_view b);

// The text whose plain order of bytes is the order of label_less.
std::string label_order(std::string_view label);

}  // namespace sonae::registers
