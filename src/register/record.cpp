// Opening a data folder and changing entries.
#include "register/record.hpp"

#include "base/id.hpp"
#include "base/os/file.hpp"
#include "base/text.hpp"
#include "history/outside.hpp"
#include "register/batch.hpp"
#include "register/projection.hpp"
#include "register/scope.hpp"
#include "register/sets.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

using catalog::Field;
using catalog::Register;
using catalog::Type;

constexpr const char* database_name = "sonae.db";
constexpr const char* key_name = "key.pem";
constexpr const char* lock_name = "lock";
constexpr std::string_view format = "2";
constexpr std::string_view scrub_note = "scrub";  // in meta: an erasure whose traces are still in the file
constexpr int lock_wait_ms = 5000;

const FieldValue never_asked_value;

std::string meta(store::Database& database, std::string_view name) {
    auto query = database.prepare("SELECT value FROM meta WHERE name = :name");
    query.bind("name", name);
    std::string out;
    if (query.step()) out = query.text(0);
    query.reset();
    return out;
}

void set_meta(store::Database& database, std::string_view name, std::string_view value) {
    auto insert = database.prepare(
        "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = "
        "excluded.value");
    insert.bind("name", name).bind("value", value).run();
}

// What the tables were made from: their form in this version of the program, and the catalog.
std::string tables_version(const catalog::Catalog& catalog) {
    return fmt::format("{}:{}", Projection::form, catalog.tables_digest());
}

// From one to the next, so that a long history is not read through. Only texts are ids: bytes in their place
// (x'' is the first of those) would read as the same id for ever.
std::vector<std::string> institutions_of(store::Database& database) {
    std::vector<std::string> out;
    for (;;) {
        auto query = database.prepare(
            "SELECT min(institution) FROM event WHERE institution > :last AND institution < x''");
        query.bind("last", out.empty() ? "" : out.back());
        query.step();
        bool last = query.null(0);
        std::string next(query.text(0));
        query.reset();
        if (last) return out;
        if (!out.empty() && next <= out.back()) {
            throw Failure({Code::corrupt,
                           {"データベースが壊れています。控え（バックアップ）から戻してください。",
                            "The database is damaged. Restore it from a backup."}});
        }
        out.push_back(std::move(next));
    }
}

tl::unexpected<Error> read_only() {
    return fail(Code::refused, "この記録は見るだけで、変更できません。",
                "This record is for reading only and cannot be changed.");
}

}  // namespace

const FieldValue& Entry::field(std::string_view name) const {
    auto found = fields.find(name);
    return found == fields.end() ? never_asked_value : found->second;
}

struct Record::State {
    std::filesystem::path folder;
    const catalog::Catalog* catalog = nullptr;
    const Clock* clock = nullptr;
    std::optional<os::Lock> lock;
    std::unique_ptr<store::Database> database;  // holds the tables
    store::Database* truth = nullptr;           // holds the history: the same, or that of the record of now
    std::string institution;
    std::unique_ptr<history::History> history;
    std::unique_ptr<Projection> projection;
    std::unique_ptr<Scope> scope;
    std::unique_ptr<Sets> sets;
    history::Key key;
    bool writes = false;
    bool grouped = false;       // within group(): sealed and committed there
    bool kept_checked = false;  // the newest checkpoint that came back has been compared
    bool files_noted = false;   // the catalog files have been compared with the history
    std::optional<Date> as_of;
    std::unique_ptr<Clock> own_clock;  // that of as_of

    State(std::unique_ptr<store::Database> opened, const catalog::Catalog& data, const Clock& time,
          history::Key signer)
        : catalog(&data),
          clock(&time),
          database(std::move(opened)),
          truth(database.get()),
          projection(std::make_unique<Projection>(*database, data)),
          scope(std::make_unique<Scope>(data)),
          key(std::move(signer)) {}

    void choose(std::string id) {
        institution = std::move(id);
        history = std::make_unique<history::History>(*truth, institution);
    }
    int64_t rebuild();
    void finish_scrub();
    Result<std::vector<Applied>> repeated(const Who& who, const std::string& digest, int64_t seq) const;
};

int64_t Record::State::rebuild() {
    int64_t count = 0;
    projection->drop();
    projection->create();
    for (const std::string& one : institutions_of(*database)) {
        history::History(*database, one).each([&](const history::Event& event) {
            projection->replay(one, event);
            count++;
            return true;
        });
    }
    set_meta(*database, "tables", tables_version(*catalog));
    return count;
}

// Deleted rows leave their bytes behind in the file until it is written anew. Noted with the erasure itself,
// so that it is done after a power cut as well.
void Record::State::finish_scrub() {
    if (meta(*database, scrub_note).empty()) return;
    database->scrub();
    auto done = database->prepare("DELETE FROM meta WHERE name = :name");
    done.bind("name", scrub_note).run();
}

void create_record_tables(store::Database& database, const catalog::Catalog& catalog) {
    database.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
    history::create_tables(database);
    Projection(database, catalog).create();
}

Record::Record(std::unique_ptr<State> state) : state_(std::move(state)) {}
Record::Record(Record&&) noexcept = default;
Record& Record::operator=(Record&&) noexcept = default;
Record::~Record() = default;

namespace {

Command announcement(const history::PublicKey& key) {
    Command signer;
    signer.action = "add";
    signer.register_name = "signing_key";
    signer.values = {{"public_key", hex(key.raw())}, {"fingerprint", key.fingerprint()}};
    return signer;
}

}  // namespace

Status Record::create(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                      const Clock& clock, std::string_view name, std::string_view kind, const Who& who) {
    // A key beside a database that has not got its name yet is what an `init` that was cut off leaves: that
    // key has signed nothing that stands. A key alone may belong to a record that is to be restored.
    std::filesystem::path building = folder / "sonae.db.new";
    if (os::is_there(folder / database_name) ||
        (os::is_there(folder / key_name) && !os::is_there(building))) {
        return fail(Code::exists, fmt::format("{} にはすでに記録があります。", folder.string()),
                    fmt::format("{} already holds a record.", folder.string()));
    }
    if (auto made = os::make_folder(folder, 0700); !made) return made;
    if (auto made = os::make_folder(folder / "evidence", 0700); !made) return made;
    auto lock = os::Lock::take(folder / lock_name, os::Lock::Kind::exclusive, lock_wait_ms);
    if (!lock) return pass(std::move(lock));

    // The database is made under another name and takes its own when it is complete, so that a failure leaves
    // no half record behind.
    for (const char* part : {"", "-wal", "-shm", "-journal"}) {
        if (auto gone = os::remove_file(building.string() + part); !gone) return gone;
    }
    history::Key key = history::Key::generate();
    {
        auto database = store::open_sqlite(building, store::Open::create);
        if (!database) return pass(std::move(database));
        State state(std::move(*database), catalog, clock, key);
        Instant now = clock.now();
        state.choose(new_id(now));
        store::Transaction transaction(*state.database);
        create_record_tables(*state.database, catalog);
        set_meta(*state.database, "format", format);
        set_meta(*state.database, "tables", tables_version(catalog));
        Batch batch(catalog, *state.database, *state.history, *state.projection, state.institution, now, who);
        Command institution;
        institution.action = "add";
        institution.register_name = "institution";
        institution.id = state.institution;
        institution.values = {{"name", std::string(name)}, {"kind", std::string(kind)}};
        auto added = batch.carry_out(institution);
        if (!added) return pass(std::move(added));
        if (!added->unreadable.empty()) {
            return fail(Code::bad_value, fmt::format("施設の種類「{}」はありません。", kind),
                        fmt::format("There is no kind of institution \"{}\".", kind));
        }
        auto announced = batch.carry_out(announcement(key.public_key()));
        if (!announced) return pass(std::move(announced));
        state.history->seal(key);
        transaction.commit();
        state.database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    if (auto written = key.write(folder / key_name); !written) return written;
    return os::rename_file(building, folder / database_name);
}

namespace {

// What is wrong with a database that should hold a record, if anything is.
Status check_tables(store::Database& database, const std::filesystem::path& path) {
    std::vector<std::string> tables = database.tables();
    if (!std::ranges::binary_search(tables, "meta") || !std::ranges::binary_search(tables, "event")) {
        return fail(Code::corrupt, fmt::format("{} はSonaeの記録ではありません。", path.string()),
                    fmt::format("{} is not a record of Sonae.", path.string()));
    }
    std::string made = meta(database, "format");
    if (made != format && made != "1") {
        return fail(Code::refused, "この記録は新しい版のSonaeで作られています。Sonaeを更新してください。",
                    "This record was made by a newer Sonae. Update Sonae.");
    }
    return {};
}

// The institution asked for, or the only one.
Result<std::string> choose_institution(store::Database& database, std::string_view wanted) {
    std::vector<std::string> ids = institutions_of(database);
    if (wanted.empty() && ids.size() > 1) {
        return fail(Code::ambiguous,
                    fmt::format("施設が{}件あります。--institutionで指定してください: {}", ids.size(),
                                fmt::join(ids, ", ")),
                    fmt::format("There are {} institutions. Choose with --institution: {}", ids.size(),
                                fmt::join(ids, ", ")));
    }
    if (ids.empty() || (!wanted.empty() && !std::ranges::binary_search(ids, wanted))) {
        return fail(Code::not_found, fmt::format("施設「{}」はこの記録にありません。", wanted),
                    fmt::format("The institution \"{}\" is not in this record.", wanted));
    }
    return wanted.empty() ? ids.front() : std::string(wanted);
}

}  // namespace

Result<Record> Record::open(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                            const Clock& clock, std::string_view institution, int wait_ms) {
    if (!os::is_there(folder / database_name)) {
        return fail(Code::not_found,
                    fmt::format("{} に記録がありません。`sonae init --data {}` で作ってください。",
                                folder.string(), folder.string()),
                    fmt::format("There is no record in {}. Make one with `sonae init --data {}`.",
                                folder.string(), folder.string()));
    }
    auto lock = os::Lock::take(folder / lock_name, os::Lock::Kind::exclusive, wait_ms);
    if (!lock) return pass(std::move(lock));
    auto key = history::Key::read(folder / key_name);
    if (!key) return pass(std::move(key));
    auto database = store::open_sqlite(folder / database_name, store::Open::own);
    if (!database) return pass(std::move(database));
    try {
        auto state = std::make_unique<State>(std::move(*database), catalog, clock, *key);
        state->folder = folder;
        state->lock.emplace(std::move(*lock));
        state->writes = true;
        if (auto held = check_tables(*state->database, folder / database_name); !held)
            return pass(std::move(held));
        auto chosen = choose_institution(*state->database, institution);
        if (!chosen) return pass(std::move(chosen));
        state->choose(*chosen);
        if (meta(*state->database, "format") != format) {
            store::Transaction transaction(*state->database);
            history::migrate_tables(*state->database);
            set_meta(*state->database, "format", format);
            transaction.commit();
        }
        if (meta(*state->database, "tables") != tables_version(catalog)) {
            store::Transaction transaction(*state->database);
            state->rebuild();
            transaction.commit();
        }
        state->finish_scrub();
        return Record(std::move(state));
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

Result<Record> Record::open_reader(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                                   const Clock& clock, std::string_view institution) {
    auto key = history::Key::read(folder / key_name);
    if (!key) return pass(std::move(key));
    auto database = store::open_sqlite(folder / database_name, store::Open::read);
    if (!database) return pass(std::move(database));
    try {
        auto state = std::make_unique<State>(std::move(*database), catalog, clock, *key);
        state->folder = folder;
        auto chosen = choose_institution(*state->database, institution);
        if (!chosen) return pass(std::move(chosen));
        state->choose(*chosen);
        return Record(std::move(state));
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

Status Record::replace_key(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                           const Clock& clock, const Who& who) {
    if (os::is_there(folder / key_name)) {
        return fail(Code::exists, fmt::format("{} には署名鍵があります。", folder.string()),
                    fmt::format("{} has a signing key.", folder.string()));
    }
    history::Key key = history::Key::generate();
    if (auto written = key.write(folder / key_name); !written) return written;
    std::vector<std::string> all{""};
    for (size_t i = 0; i < all.size(); i++) {
        auto record = open(folder, catalog, clock, all[i]);
        if (!record && record.error().code == Code::ambiguous && i == 0) {
            auto database = store::open_sqlite(folder / database_name, store::Open::own);
            if (!database) return pass(std::move(database));
            all = institutions_of(**database);
            record = open(folder, catalog, clock, all[0]);
        }
        if (!record) return pass(std::move(record));
        auto applied = record->apply({announcement(key.public_key())}, who);
        if (!applied) return pass(std::move(applied));
    }
    return {};
}

Result<Record> Record::as_of(const Date& day) const {
    if (!day.whole() || today() < day) {
        return fail(Code::refused,
                    fmt::format("{} は、まだ来ていない日か、日付として正しくありません。", day.iso()),
                    fmt::format("{} has not come yet, or is not a whole day.", day.iso()));
    }
    auto past = std::make_unique<State>(store::open_temporary(), catalog(), *state_->clock, state_->key);
    past->folder = folder();
    past->truth = state_->truth;
    past->choose(institution());
    past->as_of = day;
    auto noon = std::make_unique<FixedClock>(day);
    Instant midnight = noon->now() + Instant{12} * 3600 * 1'000'000;
    past->clock = noon.get();
    past->own_clock = std::move(noon);
    {
        store::Transaction transaction(*past->database);
        past->projection->create();
        past->history->each([&](const history::Event& event) {
            if (event.at < midnight) past->projection->replay(institution(), event);
            return true;
        });
        transaction.commit();
    }
    Record out(std::move(past));
    if (!out.get("institution", institution())) {
        return fail(Code::not_found, fmt::format("{} には、この記録はまだありませんでした。", day.iso()),
                    fmt::format("On {} this record did not exist yet.", day.iso()));
    }
    return out;
}

std::map<std::string, Words> Record::check_meta() const {
    std::map<std::string, std::string, std::less<>> expected{{"format", std::string(format)},
                                                             {"tables", tables_version(catalog())}};
    std::map<std::string, Words> out;
    const Words wrong{"データベースの控えが、Sonaeの書いたものと違います。",
                      "A note of the database is not what Sonae wrote."};
    auto query = database().prepare("SELECT name, value FROM meta");
    while (query.step()) {
        store::Value name = query.value(0);
        auto found =
            std::holds_alternative<std::string>(name) ? expected.find(query.text(0)) : expected.end();
        if (found == expected.end()) {
            out[std::string(query.text(0))] = wrong;
            continue;
        }
        if (query.value(1) != store::Value(found->second)) out[found->first] = wrong;
        expected.erase(found);
    }
    for (const auto& [name, value] : expected)
        out[name] = wrong;
    return out;
}

const std::optional<Date>& Record::as_of_day() const {
    return state_->as_of;
}

std::vector<std::string> Record::institutions() const {
    return institutions_of(*state_->truth);
}

const catalog::Catalog& Record::catalog() const {
    return *state_->catalog;
}
const std::filesystem::path& Record::folder() const {
    return state_->folder;
}
store::Database& Record::database() const {
    return *state_->database;
}
const history::History& Record::history() const {
    return *state_->history;
}
const history::Key& Record::key() const {
    return state_->key;
}
const std::string& Record::institution() const {
    return state_->institution;
}
Instant Record::now() const {
    return state_->clock->now();
}
Date Record::today() const {
    return day_in_japan(now());
}

Result<std::vector<Entry>> Record::list(std::string_view register_name, std::string_view view) const {
    const Register* description = catalog().find_register(register_name);
    if (!description) return no_register(register_name);
    std::vector<Entry> out;
    if (view.empty()) {
        state_->projection->each(institution(), *description, {},
                                 [&](Entry&& entry) { out.push_back(std::move(entry)); });
    } else {
        std::vector<std::string> ids;
        std::string sql = fmt::format("SELECT id FROM {}", view);
        auto query = sets({sql}).prepare(sql);
        while (query.step())
            ids.emplace_back(query.text(0));
        for (const std::string& id : ids) {
            if (auto entry = get(register_name, id)) out.push_back(std::move(*entry));
        }
    }
    std::ranges::stable_sort(out, [](const Entry& a, const Entry& b) {
        return label_less(a.label, b.label) || (!label_less(b.label, a.label) && a.id < b.id);
    });
    return out;
}

Result<Entry> Record::find(std::string_view register_name, std::string_view name) const {
    const Register* description = catalog().find_register(register_name);
    if (!description) return no_register(register_name);
    if (auto entry = get(register_name, name)) return *entry;
    if (name.empty() && description->single) {
        auto all = list(register_name);
        if (all && !all->empty()) return all->front();
    }
    Who nobody;
    Batch batch(catalog(), database(), *state_->history, *state_->projection, institution(), now(), nobody);
    auto id = batch.find(*description, name);
    if (!id) return pass(std::move(id));
    return *get(register_name, *id);
}

std::optional<Entry> Record::get(std::string_view register_name, std::string_view id) const {
    const Register* description = catalog().find_register(register_name);
    return description ? state_->projection->get(institution(), *description, id) : std::nullopt;
}

Entry Record::institution_entry() const {
    return get("institution", institution()).value_or(Entry{});
}

namespace {

// Names the command an error belongs to when several were given.
Error in_place(Error error, size_t place, size_t count) {
    if (count > 1) {
        error.words.ja = fmt::format("{}件目: {}", place + 1, error.words.ja);
        error.words.en = fmt::format("Number {}: {}", place + 1, error.words.en);
    }
    return error;
}

}  // namespace

Result<std::vector<Applied>> Record::apply(const std::vector<Command>& commands, const Who& who) {
    return run(commands, who, true);
}

Result<std::vector<Applied>> Record::plan(const std::vector<Command>& commands, const Who& who) {
    return run(commands, who, false);
}

Result<std::vector<Applied>> Record::run(const std::vector<Command>& commands, const Who& who, bool keep) {
    if (!state_->writes) return read_only();
    store::Transaction transaction(database());
    // Nothing is built on an older copy that was put back.
    if (!state_->kept_checked) {
        auto fault =
            history::check_newest_kept(folder(), database(), *state_->history, state_->key.public_key());
        if (fault) return tl::unexpected<Error>(Error{Code::not_verified, fault->words});
        state_->kept_checked = true;
    }
    std::string digest;
    if (!who.request.empty()) {
        digest = digest_of(commands);
        if (auto seq = state_->history->request(who.request)) return state_->repeated(who, digest, *seq);
    }
    note_files();
    Batch batch(catalog(), database(), *state_->history, *state_->projection, institution(), now(), who,
                digest);
    std::vector<Applied> out;
    for (size_t i = 0; i < commands.size(); i++) {
        auto applied = batch.carry_out(commands[i]);
        if (!applied) return tl::unexpected<Error>(in_place(applied.error(), i, commands.size()));
        out.push_back(std::move(*applied));
    }
    if (keep && batch.changed()) {
        bool erased = std::ranges::any_of(commands, [](const Command& one) { return one.action == "erase"; });
        if (erased) set_meta(database(), scrub_note, "wanted");
        if (!state_->grouped) state_->history->seal(state_->key);
        transaction.commit();
        state_->files_noted = true;
    }
    return out;
}

// What a request that was carried out before did then.
Result<std::vector<Applied>> Record::State::repeated(const Who& who, const std::string& digest,
                                                     int64_t seq) const {
    std::vector<Applied> out;
    bool same = true;
    history->each_from(seq, [&](const history::Event& event) {
        if (!event.request || event.request->key != who.request) return false;
        same = same && event.request->digest == digest;
        Applied applied;
        applied.register_name = event.register_name;
        applied.id = event.id;
        applied.version = event.version;
        applied.repeated = true;
        out.push_back(std::move(applied));
        return true;
    });
    if (!same) {
        return fail(Code::refused,
                    fmt::format("依頼の番号「{}」は、別の変更ですでに使われています。", who.request),
                    fmt::format("The request key \"{}\" was used for another change.", who.request));
    }
    return out;
}

// The institution's own catalog files are part of what answers depend on: a file that came, changed or went
// since the last change is noted in the history before the next one.
void Record::note_files() {
    if (state_->files_noted) return;
    std::vector<Command> commands;
    for (const FileDifference& one : file_differences()) {
        Command command;
        command.register_name = "catalog_file";
        command.id = one.id;
        command.action = one.id.empty() ? "add" : one.digest.empty() ? "retire" : "set";
        if (!one.digest.empty()) command.values = {{"name", one.name}, {"sha256", one.digest}};
        commands.push_back(std::move(command));
    }
    Who who{"sonae", "", "catalog", ""};
    Batch batch(catalog(), database(), *state_->history, *state_->projection, institution(), now(), who);
    for (const Command& command : commands) {
        auto noted = batch.carry_out(command);
        if (!noted) throw Failure(noted.error());
    }
}

std::vector<Record::FileDifference> Record::file_differences() const {
    std::vector<FileDifference> out;
    std::map<std::string, Entry> noted;
    if (auto entries = list("catalog_file")) {
        for (Entry& entry : *entries)
            noted[entry.field("name").text] = std::move(entry);
    }
    for (const auto& [name, digest] : catalog().own_files()) {
        auto found = noted.find(name);
        if (found == noted.end()) {
            out.push_back({name, digest, ""});
        } else {
            if (found->second.field("sha256").text != digest) out.push_back({name, digest, found->second.id});
            noted.erase(found);
        }
    }
    for (const auto& [name, entry] : noted)
        out.push_back({name, "", entry.id});
    return out;
}

Result<Applied> Record::erase(std::string_view register_name, std::string_view name, std::string_view field,
                              const Who& who,
                              const std::vector<std::pair<std::string, std::string>>& closing) {
    if (trim(who.why).empty()) {
        return fail(Code::usage, "消去の理由を --why で書いてください。理由は履歴に残ります。",
                    "Give the reason with --why; it stays in the history.");
    }
    Command command;
    command.action = "erase";
    command.register_name = register_name;
    command.id = name;
    if (!field.empty()) {
        command.values = {{std::string(field), ""}};
        command.values.insert(command.values.end(), closing.begin(), closing.end());
    }
    auto applied = run({command}, who, true);
    if (!applied) return pass(std::move(applied));
    try {
        if (!state_->grouped) state_->finish_scrub();
    } catch (const Failure& failure) {
        return fail(failure.error().code,
                    "消去は記録しましたが、ファイルの中の跡をまだ消せていません。空きを作ってから、もう一度何"
                    "かコマンドを"
                    "実行すると終わります。",
                    "The erasure is recorded, but its traces in the file are not gone yet. Make room on the "
                    "disk; the next "
                    "command finishes it.");
    }
    return std::move(applied->front());
}

void Record::group(const std::function<void()>& work) {
    store::Transaction transaction(database());
    int64_t before = state_->history->size();
    state_->grouped = true;
    bool noted = state_->files_noted;
    struct Off {
        State& state;
        bool noted;
        ~Off() {
            state.grouped = false;
            state.files_noted = noted;
        }
    } off{*state_, noted};
    work();
    if (state_->history->size() != before) state_->history->seal(state_->key);
    transaction.commit();
    off.noted = state_->files_noted;
}

int64_t Record::rebuild() {
    if (!state_->writes) throw Failure(read_only().value());
    store::Transaction transaction(database());
    int64_t count = state_->rebuild();
    transaction.commit();
    return count;
}

store::Statement Record::scoped(std::string_view sql) const {
    auto statement = database().prepare(state_->scope->resolve(sql));
    statement.bind_if("institution", institution());
    statement.bind_if("today", today().iso());
    return statement;
}

Sets& Record::sets(const std::vector<std::string_view>& texts) const {
    if (!state_->sets) state_->sets = std::make_unique<Sets>(catalog(), database(), *state_->history);
    state_->sets->refresh(texts, today().iso());
    return *state_->sets;
}

json::object entry_json(const Register& description, const Entry& entry) {
    json::object out{{"id", entry.id}, {"version", entry.version}, {"label", entry.label}};
    if (entry.retired) out["retired"] = true;
    json::object states;
    json::object written;
    for (const Field& field : description.fields) {
        const FieldValue& value = entry.field(field.name);
        if (!value.known()) {
            states[field.name] = state_text(value.state);
            if (value.state == State::unreadable) written[field.name] = value.text;
        } else if (field.many) {
            json::array values;
            for (const std::string& one : split(value.text, " "))
                values.emplace_back(one);
            out[field.name] = std::move(values);
        } else if (field.type == Type::integer) {
            out[field.name] = std::stoll(value.text);
        } else if (field.type == Type::boolean) {
            out[field.name] = value.text == "1";
        } else {
            out[field.name] = value.text;
        }
    }
    out["states"] = std::move(states);
    if (!written.empty()) out["written"] = std::move(written);
    if (!entry.extra.empty()) {
        json::object extra;
        for (const auto& [name, text] : entry.extra)
            extra[name] = text;
        out["extra"] = std::move(extra);
    }
    return out;
}

}  // namespace sonae::registers
