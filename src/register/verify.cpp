// Recomputes a record and compares.
#include "register/verify.hpp"

#include "base/os/file.hpp"
#include "register/projection.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

using history::Fault;

// Compares two tables of the same form row by row, both in the order of their keys, without holding them.
class Comparison {
 public:
    Comparison(store::Database& expected, store::Database& stored, std::string table,
               std::vector<Fault>& faults)
        : table_(std::move(table)),
          sql_(fmt::format("SELECT * FROM {} ORDER BY institution, id{}", table_,
                           table_.starts_with("m_") ? ", value" : "")),
          expected_(expected.prepare(sql_)),
          stored_(stored.prepare(sql_)),
          faults_(faults) {}

    void run() {
        bool left = expected_.step();
        bool right = stored_.step();
        while (left || right) {
            int order = !left ? 1 : !right ? -1 : compare();
            if (order == 0) {
                if (!same()) differ(stored_);
            } else {
                differ(order < 0 ? expected_ : stored_);
            }
            if (order <= 0) left = expected_.step();
            if (order >= 0) right = stored_.step();
        }
    }

 private:
    int compare() const {
        int keys = table_.starts_with("m_") ? 3 : 2;
        for (int i = 0; i < keys; i++) {
            store::Value a = expected_.value(i);
            store::Value b = stored_.value(i);
            if (a != b) return a < b ? -1 : 1;
        }
        return 0;
    }
    bool same() const {
        if (expected_.columns() != stored_.columns()) return false;
        for (int i = 0; i < expected_.columns(); i++) {
            if (expected_.value(i) != stored_.value(i)) return false;
        }
        return true;
    }
    void differ(const store::Statement& row) {
        faults_.push_back(
            {fmt::format("table {} {}", table_, row.text(1)),
             {"台帳の表が履歴と合いません。`sonae rebuild` で履歴から作り直せます。",
              "The register table does not match the history. `sonae rebuild` makes it again from the "
              "history."}});
    }

    std::string table_;
    std::string sql_;
    store::Statement expected_;
    store::Statement stored_;
    std::vector<Fault>& faults_;
};

// Name → definition of everything the database holds besides rows.
std::map<std::string, std::string> schema_of(store::Database& database) {
    std::map<std::string, std::string> out;
    auto query = database.prepare(
        // Without the indexes that the engine makes by itself for a table.
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
    while (query.step()) {
        out[fmt::format("{} {}", query.text(0), query.text(1))] =
            fmt::format("{}: {}", query.text(2), query.text(3));
    }
    return out;
}

void check_schema(store::Database& stored, const catalog::Catalog& catalog, std::vector<Fault>& faults) {
    auto fresh = store::open_memory();
    create_record_tables(*fresh, catalog);
    auto expected = schema_of(*fresh);
    auto there = schema_of(stored);
    std::map<std::string, bool> names;
    for (const auto& [name, sql] : expected)
        names[name];
    for (const auto& [name, sql] : there)
        names[name];
    for (const auto& [name, unused] : names) {
        auto a = expected.find(name);
        auto b = there.find(name);
        if (a == expected.end() || b == there.end() || a->second != b->second) {
            faults.push_back({"schema " + name,
                              {"データベースの作りが、Sonaeの作ったものと違います。",
                               "The database is not built as Sonae builds it."}});
        }
    }
}

// Rows that belong to no institution of the history would never be looked at.
void check_owners(const Record& record, std::vector<Fault>& faults) {
    std::vector<std::string> known = record.institutions();
    for (const char* table : {"event", "subtree", "checkpoint", "erased", "request"}) {
        auto query = record.database().prepare(fmt::format("SELECT DISTINCT institution FROM {}", table));
        while (query.step()) {
            store::Value owner = query.value(0);
            if (const auto* id = std::get_if<std::string>(&owner);
                id && std::ranges::binary_search(known, *id)) {
                continue;
            }
            faults.push_back(
                {fmt::format("table {} {}", table, query.text(0)),
                 {"履歴にない施設の行があります。", "A row of an institution without a history."}});
        }
    }
}

void check_key(const Record& record, std::vector<Fault>& faults) {
    std::string key = record.key().public_key().fingerprint();
    auto announced = record.list("signing_key");
    bool known = announced && std::ranges::any_of(*announced, [&](const Entry& entry) {
                     return entry.field("fingerprint").text == key &&
                            entry.field("public_key").text == hex(record.key().public_key().raw());
                 });
    if (!known) {
        faults.push_back({"key.pem",
                          {"署名鍵が、履歴に記されたものではありません。",
                           "The signing key is not the one the history names."}});
    }
    auto file = os::read_file(record.folder() / "key.pem");
    if (!file || *file != record.key().pem()) {
        faults.push_back({"key.pem",
                          {"署名鍵のファイルが、Sonaeの書いたものと違います。",
                           "The file of the signing key is not as Sonae wrote it."}});
    }
}

void check_files(const Record& record, std::vector<Fault>& faults) {
    for (const Record::FileDifference& one : record.file_differences()) {
        Words words{
            "カタログのファイルが、履歴に記されたものと違います。変更に心当たりがなければ元に戻してください。"
            "正しい変更は、次に何かを記録するときに履歴に残ります。",
            "The catalog file is not what the history says. Put it back if you do not know of the change; a "
            "rightful one goes into the history with the next change of the record."};
        faults.push_back({one.name, std::move(words)});
    }
}

}  // namespace

std::vector<Fault> Record::compare_with_history() const {
    auto copy = store::open_temporary();
    Projection projection(*copy, catalog());
    {
        store::Transaction transaction(*copy);
        projection.create();
        for (const std::string& one : institutions()) {
            history::History(database(), one).each([&](const history::Event& event) {
                projection.replay(one, event);
                return true;
            });
        }
        transaction.commit();
    }
    std::vector<Fault> faults;
    std::vector<std::string> stored = database().tables();
    for (const std::string& table : copy->tables()) {
        // A table without the columns of its name cannot be asked.
        bool there = std::ranges::binary_search(stored, table);
        try {
            if (there) Comparison(*copy, database(), table, faults).run();
        } catch (const Failure&) {
            there = false;
        }
        if (!there) {
            faults.push_back({"table " + table,
                              {"台帳の表がないか、読めません。`sonae rebuild` で履歴から作り直せます。",
                               "The register table is missing or cannot be read. `sonae rebuild` makes it "
                               "again from the history."}});
        }
    }
    return faults;
}

Verification verify(const Record& record) {
    Verification out;
    // What cannot be read at all keeps nobody from looking at the rest.
    auto part = [&](const auto& check) {
        try {
            check();
        } catch (const Failure& failure) {
            const Words& why = failure.error().words;
            Words words{fmt::format("読めないため、確かめられない部分があります: {}", why.ja),
                        fmt::format("A part cannot be read and was not checked: {}", why.en)};
            bool told = std::ranges::any_of(out.faults,
                                            [&](const Fault& fault) { return fault.words.ja == words.ja; });
            if (!told) out.faults.push_back({"sonae.db", std::move(words)});
        }
    };
    part([&] {
        for (const std::string& one : record.institutions()) {
            int64_t erased = 0;
            for (Fault& fault : history::verify(record.database(), one, record.key().public_key(), &erased))
                out.faults.push_back(std::move(fault));
            out.erased += erased;
        }
        auto count = record.database().prepare("SELECT count(*) FROM event");
        count.step();
        out.events = count.integer(0);
        count.reset();
    });
    // Tables are compared only with a history that holds.
    if (out.faults.empty()) part([&] { out.faults = record.compare_with_history(); });
    part([&] { check_owners(record, out.faults); });
    part([&] { check_schema(record.database(), record.catalog(), out.faults); });
    part([&] { check_key(record, out.faults); });
    part([&] { check_files(record, out.faults); });
    part([&] {
        for (auto& [name, words] : record.check_meta())
            out.faults.push_back({"meta " + name, std::move(words)});
    });
    part([&] {
        for (const std::string& words : record.database().damage()) {
            out.faults.push_back({"sonae.db",
                                  {fmt::format("データベースのファイルが壊れています（{}）。", words),
                                   fmt::format("The database file is damaged ({}).", words)}});
        }
    });
    return out;
}

}  // namespace sonae::registers
