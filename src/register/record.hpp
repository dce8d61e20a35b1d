// The record of an institution: one opened data folder, its registers and the only way to change them.
//
// Every change goes the same way: read values → check against the register's description → one transaction
// with the history event and the projection row. Several changes given together are one transaction: all or
// nothing. One Record belongs to one thread.
#pragma once

#include "base/os/lock.hpp"
#include "base/time.hpp"
#include "catalog/catalog.hpp"
#include "history/history.hpp"
#include "register/value.hpp"
#include "store/database.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::registers {

class Sets;

// An entry of a register as it stands.
struct Entry {
    std::string register_name;
    std::string id;
    int64_t version = 0;
    bool retired = false;
    std::string label;
    std::map<std::string, FieldValue, std::less<>> fields;  // never_asked ones are absent
    std::map<std::string, std::string, std::less<>>
        extra;  // columns of a file that match no field, as written

    const FieldValue& field(std::string_view name) const;
};

// What is to be changed. Values are as written (read by read_value); a value "" clears the field.
struct Command {
    // add, set, retire; reopen: a retired entry, by its id and expected_version, stands again (erase:
    // Record::erase)
    std::string action;
    std::string register_name;
    std::string id;  // set, retire: id, key or label of the entry; add: empty or an id chosen by the caller
    int64_t expected_version = 0;  // 0: whatever it is now; else refused as stale when it differs
    std::vector<std::pair<std::string, std::string>> values;  // field → text as written
    std::vector<std::pair<std::string, std::string>> extra;
    std::string why;  // empty: the reason of the whole batch
};

struct Who {
    std::string by;
    std::string why;
    std::string source;     // the command, e.g. "import ledger.csv"
    std::string request{};  // idempotency key, or empty; kept in the history with the change
};

// What became of one command.
struct Applied {
    std::string register_name;
    std::string id;
    int64_t version = 0;
    bool changed = true;    // false: everything was already so, no event was written
    bool repeated = false;  // true: the request was carried out before; this is what it did then
    std::vector<std::string> unreadable;  // fields kept as written because they do not fit their type
    std::vector<std::pair<std::string, std::string>> created;  // entries made for names (register, label)
};

class Record {
 public:
    // Makes a new data folder with one institution: database, key, evidence folder. Fails with exists or io.
    static Status create(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                         const Clock& clock, std::string_view name, std::string_view kind, const Who& who);

    // Opens a data folder and owns it until the Record goes away: takes the folder's lock, waiting `wait_ms`
    // for whoever has it. `institution`: id, or empty when there is one only. The tables are rebuilt from the
    // history when the catalog's registers or support dates have changed; a folder of an earlier format is
    // brought to today's. Fails with not_found, corrupt, busy, ambiguous, refused (made by a newer Sonae).
    static Result<Record> open(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                               const Clock& clock, std::string_view institution = {}, int wait_ms = 5000);

    // Opens a folder that this process owns already (another Record from `open` lives) for reading, on a
    // connection of its own. It sees what is committed; a store::Transaction of kind read on its database()
    // gives one consistent state for several readings. Changing anything is refused.
    static Result<Record> open_reader(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                                      const Clock& clock, std::string_view institution = {});

    // Gives a folder without a signing key (restored from a backup that holds none) a new one and announces
    // it in the history of every institution. Fails with exists when there is a key.
    static Status replace_key(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                              const Clock& clock, const Who& who);

    Record(Record&&) noexcept;
    Record& operator=(Record&&) noexcept;
    ~Record();

    const catalog::Catalog& catalog() const;
    const std::filesystem::path& folder() const;
    store::Database& database() const;
    const history::History& history() const;
    const history::Key& key() const;
    const std::string& institution() const;
    Instant now() const;
    Date today() const;  // in Japan

    // The record as it was known at the end of a day (in Japan): for reading only, with :today = that day and
    // today's catalog. An event counts when its recorded time lies on the day or before; what happened when
    // is in the entries' own dates. history() and key() are those of the whole record. Valid while this
    // Record lives. Fails with refused (a day that has not come), not_found (before the record began).
    Result<Record> as_of(const Date& day) const;
    // The day given to as_of; nothing for the record of now.
    const std::optional<Date>& as_of_day() const;

    // Entries of a register (or of a view of it), not retired, ordered by label; fails with unknown_register.
    Result<std::vector<Entry>> list(std::string_view register_name, std::string_view view = {}) const;
    // One entry by id, by the start of an id (8 characters or more), by key field, or by label; also retired
    // ones by id. Fails with not_found or ambiguous.
    Result<Entry> find(std::string_view register_name, std::string_view name) const;
    // The entry with this id and nothing else.
    std::optional<Entry> get(std::string_view register_name, std::string_view id) const;
    // The institution's own entry.
    Entry institution_entry() const;

    // Carries out the commands in one transaction and seals the history. An error in any of them changes
    // nothing; the message names the command by its place when there are several.
    Result<std::vector<Applied>> apply(const std::vector<Command>& commands, const Who& who);

    // What apply would do, without keeping it: for dry runs. Same result and errors.
    Result<std::vector<Applied>> plan(const std::vector<Command>& commands, const Who& who);

    // Takes the content of an entry (`field` empty) or of one field out of the record for good: out of every
    // event that holds it, the tables and the file; the leaves stay, with the reason, and verify reports them
    // as erased. `who.why` is required. `closing`: fields that are set along with a field's erasure, which
    // also closes the entry (of an attachment whose file goes away). Fails with usage (no reason), not_found,
    // refused.
    Result<Applied> erase(std::string_view register_name, std::string_view name, std::string_view field,
                          const Who& who,
                          const std::vector<std::pair<std::string, std::string>>& closing = {});

    // Runs `work`, in which apply may be called any number of times: all of it becomes one durable commit
    // under one signed head. An apply that fails takes back its own changes only. Throws Failure when the
    // commit fails; then nothing of it is kept.
    void group(const std::function<void()>& work);

    // Drops all projection tables and makes them again from the history. Returns the number of events
    // replayed.
    int64_t rebuild();

    // Compares the projection tables with ones rebuilt from the history; names the rows that differ.
    // (verify.hpp looks at everything.)
    std::vector<history::Fault> compare_with_history() const;

    // The ids of all institutions in the folder.
    std::vector<std::string> institutions() const;

    // SQL of the catalog: `sql` over the names of registers, views and computed tables, prepared with the
    // scope of this institution. Names are resolved to common table expressions, so a question cannot see
    // another institution. The statement has :institution and :today bound; more names are bound by the
    // caller.
    store::Statement scoped(std::string_view sql) const;

    // The named sets that `texts` speak of, as of now, for asking many questions.
    Sets& sets(const std::vector<std::string_view>& texts) const;

    // Where the institution's own catalog files (as loaded) are not what the history says of them.
    struct FileDifference {
        std::string name;
        std::string digest;  // of the file now; empty: the file is gone
        std::string id;      // of its entry; empty: the file is new
    };
    std::vector<FileDifference> file_differences() const;
    // The same for the database's notes about itself: name → what is wrong.
    std::map<std::string, Words> check_meta() const;

 private:
    void note_files();
    Result<std::vector<Applied>> run(const std::vector<Command>& commands, const Who& who, bool keep);

    struct State;
    explicit Record(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Makes all tables of a record in an empty database.
void create_record_tables(store::Database& database, const catalog::Catalog& catalog);

// JSON of an entry as `list --json` and `show --json` print it: id, version, label, each known field,
// `states` for the others, `written` for unreadable ones, `extra` for columns without a field.
json::object entry_json(const catalog::Register& description, const Entry& entry);

}  // namespace sonae::registers
