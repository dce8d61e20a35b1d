// The register tables: a projection of the history that can be dropped and made again at any time.
//
// For each register R: r_R with a row for each entry, m_R_F for each field F of several values, c_X for each
// computed table X. The tables are derived from the catalog and the events alone, so rebuilt ones equal the
// live ones. One thread.
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
    Projection(store::Database& database, const catalog::Catalog& catalog);

    // Makes the tables (and their indexes) in a database that does not have them; drops them all.
    void create();
    void drop();

    // Writes an entry as it is after a change made `on` (day in Japan) by `by`; sets entry.label. A retired
    // entry keeps its row (marked) and loses its rows in the other tables.
    void write(const std::string& institution, Entry& entry, const Date& on, std::string_view by);

    // Writes what an event says.
    void replay(const std::string& institution, const history::Event& event);

    // Entries by id, and all entries that are not retired (with `where`, an SQL condition over the row).
    std::optional<Entry> get(const std::string& institution, const catalog::Register& description,
                             std::string_view id) const;
    void each(const std::string& institution, const catalog::Register& description, std::string_view where,
              const std::function<void(Entry&&)>& visit) const;

    // The label of an entry for people; empty when there is none.
    std::string label(const std::string& institution, const catalog::Register& description,
                      std::string_view id) const;

 private:
    // What is made from a register's description once.
    struct Table {
        const catalog::Register* description = nullptr;
        std::string remove;
        std::string insert;
        std::string select;
        // Registers whose entries are labelled by their reference to this one: (register, reference field).
        std::vector<std::pair<const catalog::Register*, const catalog::Field*>> labelled_by;
    };

    const Table& table(std::string_view name) const;
    std::string make_label(const std::string& institution, const catalog::Register& description,
                           const Entry& entry) const;
    void write_values(const std::string& institution, const catalog::Register& description,
                      const Entry& entry);
    void refresh_labels(const std::string& institution, const Table& table, const std::string& id);

    store::Database& database_;
    const catalog::Catalog& catalog_;
    Computer computer_;
    std::vector<Table> tables_;
};

// The body of an event for an entry, and back.
json::object entry_body(const Entry& entry);
Entry entry_of(std::string_view register_name, std::string_view id, int64_t version,
               const json::object& body);

// Compares labels as people sort them: numbers inside by their value ("2 B" before "10 A").
bool label_less(std::string_view a, std::string_view b);

}  // namespace sonae::registers
