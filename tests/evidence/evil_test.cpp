// The evil administrator: any cell, row, table, guard or file of a record is changed behind Sonae's back, and
// verify says so and names the place; an untouched record raises no alarm.
//
// Cells, rows and tables are changed in the open database, within a savepoint that is taken back; files, and
// the database as a file, in copies of the folder. A change that leaves everything as it was is not counted.
#include "base/id.hpp"
#include "catalog/builtin.hpp"
#include "evidence/evidence.hpp"
#include "facts.hpp"
#include "register/verify.hpp"
#include "share.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>

namespace sonae::evidence {
namespace {

namespace fs = std::filesystem;
using history::Fault;
using registers::Command;
using registers::Record;
using registers::Who;

constexpr const char* own_file =
    "# Our own edition\nedition: X1\ntitle: {ja: 自前の版, en: Own}\n"
    "forms: [{name: medical, label: {ja: 様式, en: Form}}]\n";

// The catalog with the user's own files of a data folder, as the program loads it.
Result<catalog::Catalog> catalog_of(const fs::path& folder) {
    std::vector<std::pair<std::string, std::string>> own;
    auto names = os::files_below(folder / "catalog");
    if (names) {
        for (const std::string& name : *names) {
            if (name.ends_with(".yaml"))
                own.emplace_back("catalog/" + name, *os::read_file(folder / "catalog" / name));
        }
    }
    return catalog::Catalog::load(catalog::builtin_json(), own);
}

std::vector<Fault> look(const Record& record) {
    std::vector<Fault> faults = registers::verify(record).faults;
    for (Fault& fault : evidence::verify(record))
        faults.push_back(std::move(fault));
    return faults;
}

// The rows of a table by kind and value of each cell, in whatever order they lie.
std::vector<std::string> rows_of(store::Database& database, const std::string& table) {
    std::vector<std::string> rows;
    auto query = database.prepare("SELECT * FROM " + table);
    while (query.step()) {
        std::string row;
        for (int i = 0; i < query.columns(); i++) {
            store::Value value = query.value(i);
            row += fmt::format("{}:{}:{}|", value.index(), query.text(i).size(), query.text(i));
        }
        rows.push_back(std::move(row));
    }
    std::ranges::sort(rows);
    return rows;
}

// Everything in the database by kind and value, however it lies in the file.
std::string dump(store::Database& database) {
    std::string out;
    auto schema = database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
    while (schema.step())
        out += fmt::format("{} {} {} {}\n", schema.text(0), schema.text(1), schema.text(2), schema.text(3));
    for (const std::string& table : database.tables()) {
        out += fmt::format("{}\n{}\n", table, fmt::join(rows_of(database, table), "\n"));
    }
    return out;
}

// A record with everything in it, made once; kept closed in `folder`, with an older copy and the heads that
// left the house on the way.
struct House {
    tests::Folder place;
    fs::path folder = place.path() / "data";
    fs::path older = place.path() / "older";
    FixedClock clock{*Date::parse_iso("2026-11-21")};
    std::optional<catalog::Catalog> catalog;
    std::string institution;
    std::vector<history::Checkpoint> heads;
    std::string erased_file;  // its path, and what it held
    static constexpr const char* erased_text = "患者の写真";

    House() {
        catalog.emplace(*catalog_of(folder));
        check(Record::create(folder, *catalog, clock, "みなと診療所", "clinic", tests::tester));
        check(os::make_folder(folder / "catalog"));
        check(os::write_file(folder / "catalog" / "own.yaml", own_file));
        catalog.emplace(*catalog_of(folder));
        {
            Record record = open(folder);
            institution = record.institution();
            first_part(record);
        }
        fs::copy(folder, older, fs::copy_options::recursive);
        {
            Record record = open(folder);
            second_part(record);
            other_institution(record);
            record.rebuild();
        }
        Record record = open(folder);
        EXPECT_TRUE(look(record).empty());
        EXPECT_GT(record.history().size(), 256) << "subtrees are stored";
    }

    Record open(const fs::path& where) const {
        auto record = Record::open(where, *catalog, clock, institution);
        if (!record) throw Failure(record.error());
        return std::move(*record);
    }

 private:
    template <typename Value>
    static void check(const Result<Value>& done) {
        if (!done) throw Failure(done.error());
    }
    void run(Record& record, std::string_view lines, const Who& who = tests::tester) {
        auto commands = registers::commands_from_lines(*catalog, lines, true);
        check(commands);
        check(record.apply(*commands, who));
        clock.set(clock.now() + Instant{60} * 1'000'000);
        heads.push_back(*record.history().latest());
    }
    std::string file(const std::string& name, const std::string& text) const {
        fs::path path = place.path() / name;
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }
    void first_part(Record& record) {
        run(record,
            R"({"register":"vendor","id":"v","name":"株式会社メディカ","certificates":["p_mark","isms"]}
{"register":"vendor","id":"w","name":"旧社名"}
{"register":"remote_access","vendor":"w"}
{"register":"device","id":"d","number":"001","os":"Windows 10 Pro","registered_on":"昨年の春","maintainer":"v"}
{"register":"interface","device":"d","address":"192.168.1.2"}
{"register":"software","device":"d","name":"Karte-X"}
{"register":"person","name":"山田"})");
        std::string devices;
        for (int i = 2; i <= 230; i++) {
            devices += fmt::format(
                "{{\"register\":\"device\",\"id\":\"d{0}\",\"number\":\"{0:03}\",\"os\":\"Windows {1}\","
                "\"acquired_on\":\"2020-{2:02}\"}}\n",
                i, i % 2 == 0 ? 10 : 11, i % 12 + 1);
        }
        run(record, devices);
        check(attach(record, file("a.pdf", "%PDF-1.4 a paper"), "institution", institution, {}, {},
                     tests::tester));
        check(attach(record, file("b.jpg", erased_text), "device", "d7", {}, {}, tests::tester));
        erased_file = stored_path(hex(sha256(erased_text)));
        heads.push_back(*record.history().latest());
    }
    void set(Record& record, const char* name, const std::string& id, const char* field,
             const std::string& value, const Who& who = tests::tester) {
        Command command;
        command.action = "set";
        command.register_name = name;
        command.id = id;
        command.values = {{field, value}};
        check(record.apply({command}, who));
        clock.set(clock.now() + Instant{60} * 1'000'000);
        heads.push_back(*record.history().latest());
    }
    void second_part(Record& record) {
        set(record, "device", "001", "os", "Windows 11 Pro");
        set(record, "vendor", "旧社名", "name", "新社名");
        Who asked = tests::tester;
        asked.request = "request-1";
        run(record, R"({"register":"device","number":"901","place":"受付"}
{"register":"device","number":"902","os":"患者の名前"})",
            asked);
        asked.request = "request-2";
        set(record, "device", "901", "place", "倉庫", asked);
        Command shelf;
        shelf.action = "set";
        shelf.register_name = "device";
        shelf.id = "002";
        shelf.extra = {{"棚", "3"}};
        check(record.apply({shelf}, tests::tester));
        Command retire;
        retire.action = "retire";
        retire.register_name = "device";
        retire.id = "003";
        check(record.apply({retire}, tests::tester));
        const Who with_reason{"tester", "消去の依頼", "test"};
        check(record.erase("device", "901", "place", with_reason));
        check(record.erase("device", "004", "", with_reason));
        check(erase(record, "b.jpg", with_reason));
        check(attach(record, file("c.txt", "議事録"), "institution", institution, {}, {}, tests::tester));
        for (int i = 0; i < 8; i++)
            set(record, "device", i % 2 == 0 ? "005" : "006", "place", fmt::format("部屋{}", i));
    }
    // What a folder of several institutions will hold, by hand.
    void other_institution(Record& record) {
        history::History other(record.database(), new_id(clock.now()));
        store::Transaction transaction(record.database());
        auto append = [&](const char* name, const std::string& id, int64_t version, const char* fields) {
            history::Change change;
            change.action = version == 1 ? "add" : "set";
            change.register_name = name;
            change.id = id;
            change.version = version;
            change.by = "tester";
            change.body = {{"fields", *parse_json(fields)}};
            if (version == 2) change.request = history::Request{"request-1", "d"};
            other.append(change, clock.now());
        };
        append("institution", other.institution(), 1, R"({"kind":"clinic","name":"別院"})");
        append("device", "x", 1, R"({"number":"001","os":"Windows 8"})");
        append("device", "x", 2, R"({"number":"001","os":"Windows 11"})");
        other.seal(record.key());
        transaction.commit();
    }
};

// One change and where it must be seen: of each set of places one must be named.
struct Mutation {
    std::string what;
    std::vector<std::set<std::string>> places;
};

class SlowEvil : public testing::Test {
 protected:
    struct Count {
        int64_t detected = 0;
        int64_t total = 0;
    };

    static House& house() {
        static House one;
        return one;
    }

    void SetUp() override {
        seed_ = std::getenv("SONAE_LONG") ? std::random_device{}() : 20261122U;
        random_.seed(seed_);
        house();
    }

    // ---- chance ----------------------------------------------------------------------------------------
    int64_t below(int64_t limit) { return std::uniform_int_distribution<int64_t>(0, limit - 1)(random_); }
    bool once_in(int64_t n) { return below(n) == 0; }
    template <typename List>
    const auto& one_of(const List& list) {
        return list[static_cast<size_t>(below(static_cast<int64_t>(list.size())))];
    }
    // The same bytes with one bit, one character, or the length changed.
    std::string damaged(std::string bytes) {
        auto place = static_cast<size_t>(below(static_cast<int64_t>(bytes.size()) + 1));
        const std::string_view others = "0Az \n=é";
        switch (below(5)) {
            case 0:
                bytes.insert(place, 1, one_of(others));
                break;
            case 1:
                if (place < bytes.size()) bytes.erase(place, 1);
                break;
            case 2:
                if (place < bytes.size()) bytes[place] = one_of(others);
                break;
            case 3:
                bytes.resize(place);
                break;
            default:
                if (place < bytes.size()) bytes[place] = static_cast<char>(bytes[place] ^ (1 << below(8)));
        }
        return bytes;
    }

    // ---- judging ---------------------------------------------------------------------------------------
    void judge(const std::string& kind, const Mutation& mutation, const std::vector<Fault>& faults) {
        Count& count = counts_[kind];
        count.total++;
        bool named = std::ranges::all_of(mutation.places, [&](const std::set<std::string>& places) {
            return std::ranges::any_of(faults, [&](const Fault& one) { return places.contains(one.place); });
        });
        if (!faults.empty() && named) {
            count.detected++;
            return;
        }
        if (++complaints_ > 20) return;
        std::string told;
        for (size_t i = 0; i < std::min(faults.size(), size_t{5}); i++)
            told += fmt::format("\n  {}: {}", faults[i].place, faults[i].words.en);
        ADD_FAILURE() << kind << ": " << mutation.what
                      << (faults.empty() ? "\n  was not seen" : "\n  was told as") << told << "\n  (seed "
                      << seed_ << ")";
    }
    void print() const {
        for (const auto& [kind, count] : counts_)
            std::cout << fmt::format("  {}: {} of {} detected\n", kind, count.detected, count.total);
        std::cout << "  seed " << seed_ << std::endl;
    }

    uint64_t seed_ = 0;
    std::mt19937_64 random_;
    std::map<std::string, Count> counts_;
    int complaints_ = 0;
};

// ---- in the open database
// ----------------------------------------------------------------------------------

class SlowEvilInside : public SlowEvil {
 protected:
    void SetUp() override {
        SlowEvil::SetUp();
        record_.emplace(house().open(house().folder));
        for (const std::string& name : database().tables()) {
            Table table;
            table.name = name;
            auto columns = database().prepare("SELECT name, pk FROM pragma_table_info(:t)");
            columns.bind("t", name);
            while (columns.step()) {
                table.columns.emplace_back(columns.text(0));
                if (columns.integer(1) != 0) table.keys.emplace_back(columns.text(0));
            }
            auto rows = database().prepare("SELECT rowid FROM " + name);
            while (rows.step())
                table.rows.push_back(rows.integer(0));
            auto guards = database().prepare(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = :t");
            guards.bind("t", name);
            while (guards.step())
                table.guards.emplace_back(guards.text(0), guards.text(1));
            all_.push_back(table);
            if (table.rows.empty()) continue;
            (name[1] == '_' ? projections_ : truth_).push_back(std::move(table));
        }
        EXPECT_EQ(truth_.size(), 6U) << "event, subtree, checkpoint, erased, request, meta hold something";
        EXPECT_GT(projections_.size(), 8U);
    }

    struct Table {
        std::string name;
        std::vector<std::string> columns;
        std::vector<std::string> keys;
        std::vector<int64_t> rows;
        std::vector<std::pair<std::string, std::string>> guards;  // name, SQL
    };

    store::Database& database() { return record_->database(); }
    const Table& any_table() {
        if (once_in(2)) return one_of(projections_);
        return once_in(2) ? truth_[0].name == "event" ? truth_[0] : one_of(truth_) : one_of(truth_);
    }

    // Makes a change that `change` describes, judges it and takes it back; again until there is one.
    template <typename Change>
    void round(const std::string& kind, const Change& change) {
        for (int tries = 0; tries < 1000; tries++) {
            database().execute("SAVEPOINT evil");
            std::optional<Mutation> mutation;
            try {
                mutation = change();
            } catch (const Failure& refused) {
                last_refusal_ = refused.error().words.en;  // the database has rules of its own: another one
            }
            if (mutation) judge(kind, *mutation, look(*record_));
            database().execute("ROLLBACK TO evil; RELEASE evil");
            if (mutation) return;
        }
        FAIL() << kind << ": no change was possible: " << last_refusal_;
    }

    // Runs a change of rows with the guards of the table gone, and puts them back.
    template <typename Work>
    void unguarded(const Table& table, const Work& work) {
        for (const auto& [name, sql] : table.guards)
            database().execute("DROP TRIGGER " + name);
        work();
        for (const auto& [name, sql] : table.guards)
            database().execute(sql);
    }

    std::string state(const Table& table, int64_t row, const std::string& column) {
        auto query = database().prepare(fmt::format(
            "SELECT typeof({0}) || ' ' || hex({0}) FROM {1} WHERE rowid = :r", column, table.name));
        query.bind("r", row);
        std::string out;
        if (query.step()) out = query.text(0);
        query.reset();
        return out;
    }
    store::Value value(const Table& table, int64_t row, const std::string& column) {
        auto query =
            database().prepare(fmt::format("SELECT {} FROM {} WHERE rowid = :r", column, table.name));
        query.bind("r", row);
        store::Value out;
        if (query.step()) out = query.value(0);
        query.reset();
        return out;
    }
    std::string text(const Table& table, int64_t row, const std::string& column) {
        auto query =
            database().prepare(fmt::format("SELECT {} FROM {} WHERE rowid = :r", column, table.name));
        query.bind("r", row);
        std::string out;
        if (query.step()) out = query.text(0);
        query.reset();
        return out;
    }
    void put(const Table& table, int64_t row, const std::string& column, const std::string& expression,
             const store::Value& bound = {}) {
        auto update = database().prepare(
            fmt::format("UPDATE {} SET {} = {} WHERE rowid = :r", table.name, column, expression));
        update.bind("r", row);
        if (expression == ":v") update.bind_value("v", bound);
        update.run();
    }

    // What verify calls a row, as it stands now.
    std::set<std::string> places(const Table& table, int64_t row) {
        auto at = [&](const char* column) { return text(table, row, column); };
        if (table.name == "event") {
            std::set<std::string> out{"event " + at("seq")};
            // The last event of an institution is missed by the head alone.
            auto last = database().prepare("SELECT max(seq) FROM event WHERE institution = :i");
            last.bind("i", at("institution"));
            last.step();
            if (last.text(0) == at("seq")) out.insert(fmt::format("checkpoint {}", last.integer(0) + 1));
            last.reset();
            if (at("institution").empty()) out.insert("table event ");
            return out;
        }
        if (table.name == "checkpoint")
            return {"checkpoint " + at("size"), "table checkpoint " + at("institution")};
        if (table.name == "subtree") {
            return {fmt::format("subtree {}/{}", at("level"), at("place")),
                    "table subtree " + at("institution")};
        }
        if (table.name == "erased") return {"erased " + at("seq"), "table erased " + at("institution")};
        if (table.name == "request")
            return {"request " + at("request"), "table request " + at("institution")};
        if (table.name == "meta") return {"meta " + at("name")};
        return {fmt::format("table {} {}", table.name, at("id"))};
    }

    // A new value for a cell, as an expression and what is bound in it.
    std::pair<std::string, store::Value> another_value(const Table& table, int64_t row,
                                                       const std::string& column) {
        store::Value now = value(table, row, column);
        if (once_in(8)) return {"NULL", {}};
        if (once_in(8)) return {":v", value(table, one_of(table.rows), column)};
        if (const auto* number = std::get_if<int64_t>(&now)) {
            const std::vector<std::string> others{
                ":v + 1", ":v - 1", "-:v", "0", "-1", "9223372036854775807", "-9223372036854775807 - 1"};
            switch (below(6)) {
                case 0:
                    return {fmt::format("{}.5", *number), {}};
                case 1:
                    return {fmt::format("'{}x'", *number), {}};
                case 2:
                    return {fmt::format("x'3{}'", *number % 10), {}};
                case 3:
                    return {":v", *number + (int64_t{1} << 56)};
                case 4:
                    return {":v", *number + (once_in(2) ? 1 : -1)};
                default:
                    return {one_of(std::vector<std::string>{"0", "-1", "9223372036854775807",
                                                            "-9223372036854775807 - 1", "''", "1e300"}),
                            {}};
            }
        }
        if (const auto* blob = std::get_if<store::Blob>(&now)) {
            if (once_in(5)) return {":v", blob->bytes};
            return {":v", store::Blob{damaged(blob->bytes)}};
        }
        if (const auto* words = std::get_if<std::string>(&now)) {
            switch (below(12)) {
                case 0:
                    return {":v", store::Blob{*words}};
                case 1:
                    return {":v", *words + std::string(1, '\0')};
                case 2:
                    return {fmt::format("upper({})", column), {}};
                case 3:
                    return {":v", int64_t{0}};
                default:
                    return {":v", damaged(*words)};
            }
        }
        return {one_of(std::vector<std::string>{"''", "0", "'x'", "x''", "1.5"}), {}};
    }

    std::optional<Mutation> change_a_cell() {
        const Table& table = any_table();
        int64_t row = one_of(table.rows);
        const std::string& column = one_of(table.columns);
        std::string before = state(table, row, column);
        std::set<std::string> where = places(table, row);
        unguarded(table, [&] {
            auto [expression, bound] = another_value(table, row, column);
            put(table, row, column, expression, bound);
        });
        std::string after = state(table, row, column);
        if (after == before) return std::nullopt;
        where.merge(places(table, row));
        return Mutation{
            fmt::format("{}.{} of {}: {} → {}", table.name, column, *where.begin(), before, after), {where}};
    }

    std::optional<Mutation> swap_two_cells() {
        const Table& table = any_table();
        int64_t a = one_of(table.rows);
        int64_t b = one_of(table.rows);
        const std::string& column = one_of(table.columns);
        if (state(table, a, column) == state(table, b, column)) return std::nullopt;
        std::set<std::string> where_a = places(table, a);
        std::set<std::string> where_b = places(table, b);
        std::vector<std::string> rows = rows_of(database(), table.name);
        exchange(table, a, b, column);
        // Two rows that are equal but for this part of their key have only changed places.
        if (rows_of(database(), table.name) == rows) return std::nullopt;
        // Rows whose keys were exchanged have changed their names.
        where_a.merge(places(table, a));
        where_b.merge(places(table, b));
        return Mutation{fmt::format("{}.{} of two rows exchanged", table.name, column), {where_a, where_b}};
    }

    void exchange(const Table& table, int64_t a, int64_t b, const std::string& column) {
        store::Value left = value(table, a, column);
        store::Value right = value(table, b, column);
        unguarded(table, [&] {
            if (std::ranges::find(table.keys, column) != table.keys.end()) put(table, a, column, "-77");
            put(table, b, column, ":v", left);
            put(table, a, column, ":v", right);
        });
    }

    std::optional<Mutation> swap_two_rows() {
        const Table& table = any_table();
        int64_t a = one_of(table.rows);
        int64_t b = one_of(table.rows);
        bool differ = false;
        for (const std::string& column : table.columns) {
            if (std::ranges::find(table.keys, column) != table.keys.end()) continue;
            if (state(table, a, column) == state(table, b, column)) continue;
            differ = true;
            exchange(table, a, b, column);
        }
        if (!differ) return std::nullopt;
        return Mutation{fmt::format("two rows of {} exchanged", table.name),
                        {places(table, a), places(table, b)}};
    }

    std::optional<Mutation> remove_a_row() {
        const Table& table = any_table();
        int64_t row = one_of(table.rows);
        std::set<std::string> where = places(table, row);
        unguarded(table, [&] {
            auto remove = database().prepare(fmt::format("DELETE FROM {} WHERE rowid = :r", table.name));
            remove.bind("r", row).run();
        });
        return Mutation{fmt::format("{} deleted", *where.begin()), {where}};
    }

    // The row once more under another key.
    std::optional<Mutation> duplicate_a_row() {
        const Table& table = any_table();
        int64_t row = one_of(table.rows);
        const std::string& key = one_of(table.keys);
        auto [expression, bound] = another_value(table, row, key);
        std::string selected;
        for (const std::string& column : table.columns)
            selected += (selected.empty() ? "" : ", ") + (column == key ? expression : column);
        unguarded(table, [&, &expression = expression, &bound = bound] {
            auto insert = database().prepare(
                fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE rowid = :r", table.name,
                            fmt::join(table.columns, ", "), selected, table.name));
            insert.bind("r", row);
            if (expression == ":v") insert.bind_value("v", bound);
            insert.run();
        });
        auto last = database().prepare("SELECT last_insert_rowid()");
        last.step();
        int64_t made = last.integer(0);
        last.reset();
        std::set<std::string> where = places(table, made);
        return Mutation{fmt::format("{} under another {}: {}", table.name, key, *where.begin()), {where}};
    }

    // The end of the history cut off, with the head or without, or with an earlier head in its place.
    std::optional<Mutation> cut_the_tail() {
        const House& home = house();
        int64_t size = record_->history().size();
        const history::Checkpoint& old = one_of(home.heads);
        bool events = !once_in(3);
        bool with_old_head = events && once_in(2);
        int64_t from = with_old_head ? old.size : size - 1 - below(20);
        if (from >= size) return std::nullopt;
        for (const Table& table : truth_) {
            if (table.name == "event" && events) {
                unguarded(table, [&] {
                    auto cut = database().prepare("DELETE FROM event WHERE institution = :i AND seq >= :s");
                    cut.bind("i", home.institution).bind("s", from).run();
                });
            }
            if (table.name == "checkpoint" && (with_old_head || !events || once_in(2))) {
                unguarded(table, [&] {
                    auto cut = database().prepare("DELETE FROM checkpoint WHERE institution = :i");
                    cut.bind("i", home.institution).run();
                    if (!with_old_head) return;
                    auto put_back = database().prepare("INSERT INTO checkpoint VALUES (:i, :s, :n)");
                    put_back.bind("i", home.institution).bind("s", old.size).bind("n", old.note).run();
                });
            }
        }
        return Mutation{fmt::format("events from {} cut off ({}, {})", from, events, with_old_head), {}};
    }

    std::optional<Mutation> change_the_schema() {
        struct Thing {
            std::string type;
            std::string name;
            std::string table;
            std::string sql;
        };
        std::vector<Thing> things;
        auto query = database().prepare(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name");
        while (query.step()) {
            things.push_back({std::string(query.text(0)), std::string(query.text(1)),
                              std::string(query.text(2)), std::string(query.text(3))});
        }
        const Table& table = once_in(2) ? one_of(truth_) : one_of(all_);
        const std::string& column = one_of(table.columns);
        auto of_type = [&](const char* type) {
            std::vector<Thing> found;
            std::ranges::copy_if(things, std::back_inserter(found),
                                 [&](const Thing& one) { return one.type == type; });
            return one_of(found);
        };
        std::string sql;
        std::string place;
        switch (below(12)) {
            case 0:
            case 1: {
                const Thing& gone = one_of(things);
                sql = fmt::format("DROP {} {}", gone.type, gone.name);
                place = gone.type + " " + gone.name;
                break;
            }
            case 2: {
                Thing guard = of_type("trigger");
                place = "trigger " + guard.name;
                std::string weaker = guard.sql;
                if (once_in(2)) {
                    size_t raise = weaker.find("RAISE(");
                    weaker.replace(raise, weaker.find(')', raise) - raise + 1, "1");
                } else {
                    weaker += ' ';
                    weaker.replace(weaker.find("BEGIN"), 5, "begin");
                }
                sql = fmt::format("DROP TRIGGER {}; {}", guard.name, weaker);
                break;
            }
            case 3: {
                Thing index = of_type("index");
                place = "index " + index.name;
                sql = fmt::format("DROP INDEX {0}; CREATE INDEX {0} ON {1} ({2})", index.name, table.name,
                                  column);
                break;
            }
            case 4:
                place = "table evil";
                sql = "CREATE TABLE evil (a)";
                break;
            case 5:
                place = "view evil";
                sql = fmt::format("CREATE VIEW evil AS SELECT * FROM {}", table.name);
                break;
            case 6:
                place = "index evil";
                sql = fmt::format("CREATE INDEX evil ON {} ({})", table.name, column);
                break;
            case 7:
                place = "trigger evil";
                sql = fmt::format("CREATE TRIGGER evil AFTER INSERT ON {} BEGIN DELETE FROM meta; END",
                                  table.name);
                break;
            case 8:
                place = "table " + table.name;
                sql = fmt::format("ALTER TABLE {} ADD COLUMN evil", table.name);
                break;
            case 9:
                place = "table " + table.name;
                sql = fmt::format("ALTER TABLE {} RENAME COLUMN {} TO evil", table.name, column);
                break;
            case 10:
                place = "table " + table.name;
                sql = fmt::format("ALTER TABLE {} RENAME TO evil", table.name);
                break;
            default:
                // The same rows behind a view.
                place = "table " + table.name;
                sql = fmt::format("ALTER TABLE {0} RENAME TO evil; CREATE VIEW {0} AS SELECT * FROM evil",
                                  table.name);
        }
        database().execute(sql);
        return Mutation{sql, {{"schema " + place}}};
    }

    std::optional<Record> record_;
    std::vector<Table> all_;
    std::vector<Table> truth_;        // of the history, with rows
    std::vector<Table> projections_;  // with rows
    std::string last_refusal_;
};

TEST_F(SlowEvilInside, EveryChangeOfACellARowOrATableIsNamed) {
    int64_t rounds = tests::share("changes of cells, rows and tables", 120, 94'000);
    for (int64_t i = 0; i < rounds; i++) {
        int64_t kind = i % 25;
        if (kind < 14) {
            round("cell", [&] { return change_a_cell(); });
        } else if (kind < 16) {
            round("two cells exchanged", [&] { return swap_two_cells(); });
        } else if (kind < 17) {
            round("two rows exchanged", [&] { return swap_two_rows(); });
        } else if (kind < 19) {
            round("row deleted", [&] { return remove_a_row(); });
        } else if (kind < 21) {
            round("row duplicated", [&] { return duplicate_a_row(); });
        } else if (kind < 22) {
            round("tail cut off", [&] { return cut_the_tail(); });
        } else {
            round("schema", [&] { return change_the_schema(); });
        }
        if (HasFatalFailure()) break;
    }
    EXPECT_TRUE(look(*record_).empty()) << "everything was taken back";
    print();
}

// ---- in copies of the folder
// -------------------------------------------------------------------------------

class SlowEvilFiles : public SlowEvil {
 protected:
    void SetUp() override {
        SlowEvil::SetUp();
        Record record = house().open(house().folder);
        original_ = dump(record.database());
    }

    fs::path copy() const { return house().place.path() / "copy"; }
    void copy_afresh() {
        fs::remove_all(copy());
        fs::copy(house().folder, copy(), fs::copy_options::recursive);
    }
    static void write(const fs::path& path, const std::string& bytes) {
        fs::remove(path);
        std::ofstream(path, std::ios::binary) << bytes;
    }
    static std::string read(const fs::path& path) { return *os::read_file(path); }
    std::vector<std::string> evidence_files() const {
        std::vector<std::string> out;
        auto names = os::files_below(copy() / "evidence");
        for (const std::string& name : *names)
            out.push_back("evidence/" + name);
        return out;
    }

    // What a user is told of the copy: faults, or that it cannot be opened.
    std::vector<Fault> told(const catalog::Catalog& catalog) {
        auto record = Record::open(copy(), catalog, house().clock, house().institution);
        if (!record) return {{"open", record.error().words}};
        auto faults = look(*record);
        after_ = dump_of(*record);
        return faults;
    }
    static std::string dump_of(const Record& record) {
        try {
            return dump(record.database());
        } catch (const Failure&) {
            return "unreadable";
        }
    }

    void key_file() {
        fs::path path = copy() / "key.pem";
        std::string before = read(path);
        std::string after = once_in(6) ? history::Key::generate().pem() : damaged(before);
        if (after == before) return;
        write(path, after);
        judge("key.pem", {fmt::format("key.pem: {}", after), {{"open", "key.pem"}}}, told(*house().catalog));
    }

    // The head signed anew by another key, which takes the place of ours or not.
    void another_key() {
        history::Key other = history::Key::generate();
        {
            auto database = *store::open_sqlite(copy() / "sonae.db", store::Open::own);
            history::History history(*database, house().institution);
            auto head = *history.latest();
            std::string origin = history::checkpoint_origin(house().institution);
            auto update = database->prepare("UPDATE checkpoint SET note = :n WHERE institution = :i");
            std::string guard;
            auto query = database->prepare("SELECT sql FROM sqlite_schema WHERE name = 'checkpoint_grows'");
            query.step();
            guard = query.text(0);
            query.reset();
            database->execute("DROP TRIGGER checkpoint_grows");
            std::string text = history::checkpoint_text(origin, head.size, head.root);
            update.bind("n", history::sign_note(text, origin, other)).bind("i", house().institution).run();
            database->execute(guard);
        }
        bool replaced = once_in(2);
        if (replaced) write(copy() / "key.pem", other.pem());
        int64_t size = house().open(house().folder).history().size();
        judge("signed by another key",
              {"another key", {{replaced ? "key.pem" : fmt::format("checkpoint {}", size)}}},
              told(*house().catalog));
    }

    void evidence_file() {
        std::vector<std::string> files = evidence_files();
        std::string path = one_of(files);
        std::string what = path;
        switch (below(6)) {
            case 0:
                fs::remove(copy() / path);
                break;
            case 1:
                path = "evidence/" + one_of(std::vector<std::string>{"stranger", "ab/stranger.pdf",
                                                                     "00/" + std::string(64, '0')});
                fs::create_directories((copy() / path).parent_path());
                write(copy() / path, "x");
                break;
            case 2:
                fs::rename(copy() / path, copy() / (path + "x"));
                break;
            case 3:
                // What was erased comes back from some old copy.
                path = house().erased_file;
                write(copy() / path, House::erased_text);
                break;
            case 4: {
                const std::string& other = one_of(files);
                if (other == path) return;
                write(copy() / path, read(copy() / other));
                break;
            }
            default: {
                std::string before = read(copy() / path);
                std::string after = damaged(before);
                if (after == before) return;
                write(copy() / path, after);
            }
        }
        judge("evidence file", {what, {{path}}}, told(*house().catalog));
    }

    void catalog_file() {
        fs::path path = copy() / "catalog" / "own.yaml";
        std::string name = "catalog/own.yaml";
        if (once_in(6)) {
            fs::remove(path);
        } else if (once_in(6)) {
            name = "catalog/more.yaml";
            std::string more = own_file;
            more.replace(more.find("X1"), 2, "X2");
            write(copy() / name, more);
        } else {
            std::string after = damaged(own_file);
            if (after == own_file) return;
            write(path, after);
        }
        auto catalog = catalog_of(copy());
        judge("catalog file", {name, {{name, "catalog"}}},
              catalog ? told(*catalog) : std::vector<Fault>{{"catalog", catalog.error().words}});
    }

    // Some bytes of the database file. What the engine does not use may change without a meaning: then every
    // value reads as before.
    void database_bytes() {
        fs::path path = copy() / "sonae.db";
        std::string bytes = read(path);
        std::string before = bytes;
        int64_t many = once_in(3) ? 40 : 1;
        for (int64_t i = 0; i < many; i++) {
            auto place = static_cast<size_t>(below(static_cast<int64_t>(bytes.size())));
            bytes[place] = static_cast<char>(bytes[place] ^ (1 << below(8)));
        }
        if (bytes == before) return;
        write(path, bytes);
        auto faults = told(*house().catalog);
        if (faults.empty() && after_ == original_) {
            unchanged_++;
            return;
        }
        judge("bytes of the database", {"bytes of the database file", {}}, faults);
    }

    // An older copy of the whole folder, by itself or gone on from with the right key. It agrees with itself:
    // what it does not agree with is a head that left the house.
    void older_copy() {
        fs::remove_all(copy());
        fs::copy(house().older, copy(), fs::copy_options::recursive);
        Record record = house().open(copy());
        int64_t then = record.history().size();
        if (once_in(2)) {
            int64_t more = below(40);
            for (int64_t i = 0; i < more; i++) {
                auto commands = registers::commands_from_lines(
                    *house().catalog, fmt::format(R"({{"register":"vendor","name":"{} {}"}})", i, random_()));
                ASSERT_TRUE(record.apply(*commands, tests::tester));
            }
        }
        std::vector<history::Checkpoint> newer;
        std::ranges::copy_if(house().heads, std::back_inserter(newer),
                             [&](const history::Checkpoint& head) { return head.size > then; });
        const history::Checkpoint& printed = one_of(newer);
        std::vector<Fault> faults = look(record);
        EXPECT_TRUE(faults.empty()) << faults.front().place;
        if (!fits(record, printed)) faults.push_back({"printed checkpoint", {}});
        judge("older copy",
              {fmt::format("{} events, printed {}", record.history().size(), printed.size),
               {{"printed checkpoint"}}},
              faults);
    }

    static bool fits(const Record& record, const history::Checkpoint& head) {
        return head.size <= record.history().size() && record.history().root(head.size) == head.root;
    }

    std::string original_;
    std::string after_;
    int64_t unchanged_ = 0;
};

TEST_F(SlowEvilFiles, EveryChangeOfAFileIsNamed) {
    int64_t rounds = tests::share("changes of files", 30, 6'000);
    for (int64_t i = 0; i < rounds; i++) {
        copy_afresh();
        switch (i % 6) {
            case 0:
                key_file();
                break;
            case 1:
                another_key();
                break;
            case 2:
                evidence_file();
                break;
            case 3:
                catalog_file();
                break;
            case 4:
                database_bytes();
                break;
            default:
                older_copy();
        }
    }
    print();
    std::cout << "  bytes of the database without a meaning: " << unchanged_ << std::endl;
}

TEST_F(SlowEvilFiles, AnUntouchedRecordRaisesNoAlarm) {
    int64_t rounds = tests::share("untouched records opened, read, rebuilt and verified", 6, 1'000);
    copy_afresh();
    for (int64_t i = 0; i < rounds; i++) {
        {
            Record record = house().open(copy());
            ASSERT_TRUE(look(record).empty()) << look(record).front().place;
            ASSERT_EQ(dump(record.database()), original_);
            for (const history::Checkpoint& head : house().heads)
                ASSERT_TRUE(fits(record, head)) << head.size;
            ASSERT_FALSE(record.list("device")->empty());
            if (i % 2 == 0) record.rebuild();
            ASSERT_TRUE(look(record).empty()) << look(record).front().place;
        }
        if (i % 10 == 9) copy_afresh();
    }
}

}  // namespace
}  // namespace sonae::evidence
