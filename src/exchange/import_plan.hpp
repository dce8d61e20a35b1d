// The plan for the sheets of a file that go into one register: for each row which entry it means and what
// changes there, as commands that are carried out together. Nothing is changed here. One thread.
//
// First every row is looked at and says which entry it may mean; then entries are given to the rows that name
// them best; only then is written down what changes. So the order of the rows decides nothing.
#pragma once

#include "exchange/import.hpp"
#include "exchange/import_children.hpp"
#include "exchange/import_match.hpp"
#include "exchange/import_standing.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sonae::exchange {

constexpr size_t longest_text = 4'000;  // characters in one cell

// A sheet to be planned.
struct PlanSheet {
    const Table* table = nullptr;
    Header header;
    SheetRows rows;
    ImportSheet* result = nullptr;
    // Set in every row that has no cell of its own for the field.
    std::vector<std::pair<const catalog::Field*, std::string>> values;
    bool system_1904 = false;
};

class RegisterPlan {
 public:
    // `planned` is called now and then with the number of rows that are done.
    RegisterPlan(const registers::Record& record, const catalog::Register& description,
                 References& references, std::vector<PlanSheet> sheets, std::function<void(int64_t)> planned);

    // Plans all rows, in the results of the sheets; what has to be done is added to `commands`, how many
    // entries of children come and change to `children`.
    void run(std::vector<registers::Command>& commands, std::vector<ChildCount>& children);

 private:
    using Read = std::pair<registers::FieldValue, Words>;  // a value, and what was reinterpreted

    // A column whose cells become a field of the row's own entry, or a value that every row gets.
    struct OwnColumn {
        const ImportColumn* column = nullptr;  // null: the same value in every row
        const catalog::Field* field = nullptr;
        size_t standing = 0;    // its column in what is there
        size_t identifier = 0;  // its place among the fields that meet entries
        std::string fixed;
        bool few = false;  // values repeat: what was read is kept
        std::array<std::unordered_map<std::string_view, Read>, 5> read;  // by the kind of cell
        std::unordered_map<std::string, registers::FieldValue> meant;    // a reference: the ids of a name
        std::map<std::string, size_t> readings;  // what was reinterpreted: place in ImportSheet::readings
    };
    struct Sheet {
        PlanSheet plan;
        std::vector<OwnColumn> own;
        std::vector<ChildGroup> groups;
        std::vector<std::pair<size_t, size_t>> group_of;  // (place of a column, group)
        std::vector<size_t> extra;                        // places of columns, in the order of their names
        std::vector<std::string> extra_names;             // of each the name as JSON
        size_t id_column = SIZE_MAX;
        size_t key_column = SIZE_MAX;
        std::unordered_map<size_t, uint32_t> state_of_place;  // only where cells are merged
    };
    struct OwnCell {
        OwnColumn* column;
        Cell cell;
    };
    // What stands in one row.
    struct Parsed {
        std::string_view id;
        Place entry = nowhere;  // the entry of this id
        std::string_view label;
        bool long_text = false;  // a text is longer than the record takes from a file
        std::vector<OwnCell> own;
        std::vector<std::pair<size_t, std::string_view>> extra;  // (place in Sheet::extra, text)
        std::vector<std::vector<RowCell>> groups;
        std::vector<std::string_view> group_ids;
        ChildRows children;
        bool children_read = false;
    };
    enum class Step : uint8_t { fresh, met, several, goes_on, done };
    // How far a row has come.
    struct RowState {
        uint32_t sheet = 0;
        uint32_t row = 0;  // of the sheet's data
        Step step = Step::fresh;
        bool differs = false;  // the entry was met although an earlier field says otherwise
        bool keyless = false;
        uint8_t rank = 0;  // of what met the entry: 0 the id, 1 the first identifier …
        Place entry = nowhere;
        uint32_t base = 0;           // goes_on: the row whose entry it goes on with
        std::vector<Place> several;  // the entries it may mean
    };

    void prepare(PlanSheet plan);
    void read_standing();
    void parse(Sheet& sheet, size_t row);
    const ChildRows& children(const Sheet& sheet);
    const Read& read(Sheet& sheet, const OwnCell& cell);
    registers::FieldValue resolved(const catalog::Field& field, const registers::FieldValue& value,
                                   bool& makes);

    void look(uint32_t place);
    void identify(Sheet& sheet);
    Place named(std::string_view id) const;
    Place by_id(ImportRow& row, std::string_view id);
    Place child_by_id(const ChildGroup& group, const std::vector<RowCell>& cells, std::string_view id) const;
    const ImportColumn* too_long(const Sheet& sheet);
    void claim();
    void match_content(uint32_t place);
    bool says_all(Sheet& sheet, Place entry);
    std::vector<Place> alike(Sheet& sheet);
    void settle(uint32_t place);

    void plan(uint32_t place);
    bool unseen(uint32_t place);
    const catalog::Field* lacking(Sheet& sheet);
    void plan_new(Sheet& sheet, ImportRow& row);
    void plan_met(Sheet& sheet, uint32_t place);
    void go_on(Sheet& sheet, uint32_t place);
    bool same(Sheet& sheet, const OwnCell& cell, const registers::BulkValue& there);
    void count_reading(Sheet& sheet, const OwnCell& cell, const Words& note, int64_t number);
    void count_spelling(Sheet& sheet, const OwnCell& cell, const registers::FieldValue& meant,
                        int64_t number);
    registers::FieldValue taken(Sheet& sheet, const OwnCell& cell, ImportRow& row, std::string& text);
    void change_own(Sheet& sheet, const OwnCell& cell, Place entry, ImportRow& row,
                    registers::Command& command);
    void change_extra(Sheet& sheet, Place entry, ImportRow& row, registers::Command& command);
    void plan_children(Sheet& sheet, ImportRow& row, const std::string& parent, bool parent_is_new,
                       bool goes_on);
    void plan_child(const ChildRow& child, ImportRow& row, const std::string& parent, Place there,
                    bool parent_is_new);
    Place find_child(const ChildRow& child, const std::string& parent);
    void note_left_over(ImportRow& row, const ChildRows& named, const std::string& parent);
    void note_left_overs();

    ImportRow& row_of(uint32_t place) {
        const RowState& state = states_[place];
        return sheets_[state.sheet].plan.result->rows[state.row];
    }
    Words place_words(uint32_t place) const;  // 3行目, with the sheet where there are several
    Words shown(const catalog::Field& field, const registers::FieldValue& value);
    std::string labels(const std::vector<Place>& entries) const;
    void leave_out(uint32_t place, Outcome outcome, Words reason);

    const registers::Record& record_;
    const catalog::Register& description_;
    References& references_;
    std::function<void(int64_t)> planned_;
    const catalog::Field* key_ = nullptr;
    std::vector<Sheet> sheets_;
    std::unique_ptr<Standing> standing_;
    std::map<std::string, std::unique_ptr<Standing>> children_;
    std::unique_ptr<Matcher> matcher_;
    std::vector<RowState> states_;
    Parsed parsed_;             // of the row in hand
    std::vector<Given> given_;  // by what it may meet an entry
    Read read_;                 // the value read last, of a column whose values do not repeat
    std::string extra_text_;

    std::vector<uint32_t> claimed_;                              // for each entry the row that means it
    std::map<std::string, std::vector<bool>> claimed_children_;  // by register
    std::unordered_map<std::string, uint32_t> seen_;             // numbers in this file and their rows
    using Holder = std::pair<const catalog::Register*, bool>;
    std::optional<std::unordered_map<std::string, Holder>> all_ids_;  // of the record, and whether retired
    std::vector<Place> keyless_;
    std::map<const catalog::Field*, std::unordered_map<std::string, std::vector<Place>>> keyless_by_value_;
    std::set<std::string> said_below_;  // children named so far, where cells are merged
    struct LeftOver {
        uint32_t place;
        ChildRows named;
    };
    std::vector<LeftOver> left_over_;  // rows whose entries may have children that no row names
    std::vector<registers::Command>* commands_ = nullptr;
    std::vector<ChildCount>* child_counts_ = nullptr;
};

}  // namespace sonae::exchange
