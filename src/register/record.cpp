// Opening a data folder and changing entries.
#include "register/record.hpp"

#include "base/id.hpp"
#include "base/os/file.hpp"
#include "base/text.hpp"
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
constexpr std::string_view format = "1";
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

std::vector<std::string> institutions(store::Database& database) {
    std::vector<std::string> out;
    auto query = database.prepare("SELECT DISTINCT institution FROM event ORDER BY institution");
    while (query.step())
        out.emplace_back(query.text(0));
    return out;
}

tl::unexpected<Error> no_register(std::string_view name) {
    return fail(Code::unknown_register, fmt::format("台帳「{}」はありません。", name),
                fmt::format("There is no register \"{}\".", name));
}

// Names by which entries of a register are found: keys, labels and the texts of found_by fields, all folded.
struct Names {
    std::multimap<std::string, std::string, std::less<>> by_name;
    std::map<std::string, std::multimap<std::string, std::string, std::less<>>, std::less<>> by_field;
};

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
    std::unique_ptr<store::Database> database;
    std::string institution;
    std::unique_ptr<history::History> history;
    std::unique_ptr<Projection> projection;
    std::unique_ptr<Scope> scope;
    std::unique_ptr<Sets> sets;
    history::Key key;

    State(std::unique_ptr<store::Database> opened, const catalog::Catalog& data, const Clock& time,
          history::Key signer)
        : catalog(&data),
          clock(&time),
          database(std::move(opened)),
          projection(std::make_unique<Projection>(*database, data)),
          scope(std::make_unique<Scope>(data)),
          key(std::move(signer)) {}

    void choose(std::string id) {
        institution = std::move(id);
        history = std::make_unique<history::History>(*database, institution);
    }
    int64_t rebuild();
};

int64_t Record::State::rebuild() {
    int64_t count = 0;
    projection->drop();
    projection->create();
    for (const std::string& one : institutions(*database)) {
        history::History(*database, one).each([&](const history::Event& event) {
            projection->replay(one, event);
            count++;
            return true;
        });
    }
    set_meta(*database, "tables", catalog->tables_digest());
    return count;
}

// One call of apply or plan: the commands in order, in one transaction.
class Batch {
 public:
    Batch(const catalog::Catalog& catalog, store::Database& database, history::History& history,
          Projection& projection, const std::string& institution, Instant at, const Who& who)
        : catalog_(catalog),
          database_(database),
          history_(history),
          projection_(projection),
          institution_(institution),
          at_(at),
          who_(who) {}

    Result<Applied> carry_out(const Command& command) {
        const Register* description = catalog_.find_register(command.register_name);
        if (!description) return no_register(command.register_name);
        for (const auto& [name, text] : command.values) {
            if (!description->field(name)) {
                return fail(Code::unknown_field,
                            fmt::format("台帳「{}」に項目「{}」はありません。`sonae list {} --help` "
                                        "で項目を確かめてください。",
                                        description->label.ja, name, description->name),
                            fmt::format("The register {} has no field \"{}\". See `sonae list {} --fields`.",
                                        description->name, name, description->name));
            }
        }
        if (command.action == "add") return add(command, *description);
        if (command.action == "set") return set(command, *description);
        if (command.action == "retire") return retire(command, *description);
        return fail(Code::usage, fmt::format("操作「{}」はありません（add、set、retire）。", command.action),
                    fmt::format("There is no action \"{}\" (add, set, retire).", command.action));
    }

    bool changed() const { return events_ > 0; }

    Result<std::string> find(const Register& description, std::string_view name) {
        if (auto local = local_names_.find(name); local != local_names_.end()) return local->second;
        if (is_id(name) && projection_.get(institution_, description, name)) return std::string(name);
        std::set<std::string> ids = spelt(description, name);
        if (ids.size() == 1) return *ids.begin();
        const Names& names = names_of(description);
        auto [from, to] = names.by_name.equal_range(match_key(name));
        for (auto it = from; it != to; ++it)
            ids.insert(it->second);
        if (ids.empty() && name.size() >= 8) {
            for (const auto& [key, id] : names.by_name) {
                if (id.starts_with(name)) ids.insert(id);
            }
        }
        if (ids.size() == 1) return *ids.begin();
        if (ids.empty()) {
            return fail(Code::not_found, fmt::format("{}「{}」はありません。", description.label.ja, name),
                        fmt::format("There is no {} \"{}\".", description.label.en, name));
        }
        std::string list = fmt::format("{}", fmt::join(ids, ", "));
        return fail(Code::ambiguous,
                    fmt::format("「{}」に当たる{}が{}件あります。idで指定してください: {}", name,
                                description.label.ja, ids.size(), list),
                    fmt::format("\"{}\" fits {} entries of {}. Use an id: {}", name, ids.size(),
                                description.label.en, list));
    }

 private:
    // The entries whose key or label is spelt exactly so: looked up without reading the register.
    std::set<std::string> spelt(const Register& description, std::string_view name) {
        std::set<std::string> ids;
        auto look = [&](std::string_view column) {
            auto query = database_.prepare(
                fmt::format("SELECT id FROM r_{} WHERE institution = :i AND {} = :name AND retired = 0",
                            description.name, column));
            query.bind("i", institution_).bind("name", name);
            while (query.step())
                ids.emplace(query.text(0));
        };
        look("label");
        for (const Field& field : description.fields) {
            if (field.key) look(field.name);
        }
        return ids;
    }

    // Reads the values of a command into the entry. References made on the way are reported in `applied`.
    Status take(const Command& command, const Register& description, Entry& entry, Applied& applied) {
        for (const auto& [name, written] : command.values) {
            const Field& field = *description.field(name);
            FieldValue value = read_value(field, written);
            if (field.type == Type::reference && value.known()) {
                auto resolved = resolve(field, value.text, applied);
                if (!resolved) return pass(std::move(resolved));
                value = *resolved;
            }
            if (value.state == registers::State::unreadable) applied.unreadable.push_back(name);
            if (value.state == registers::State::never_asked) {
                entry.fields.erase(name);
            } else {
                entry.fields[name] = std::move(value);
            }
        }
        for (const auto& [name, text] : command.extra) {
            if (text.empty()) {
                entry.extra.erase(name);
            } else {
                entry.extra[name] = text;
            }
        }
        return {};
    }

    // The entries a reference names, as ids. A name that is not there makes an entry where the field allows
    // it, and is otherwise kept as written.
    Result<FieldValue> resolve(const Field& field, const std::string& written, Applied& applied) {
        const Register& target = *catalog_.find_register(field.references);
        std::vector<std::string> parts{written};
        if (field.many) parts = split_values(written, false);
        if (field.many && parts.size() == 1 && !find(target, written)) parts = split_values(written, true);
        std::set<std::string> ids;
        for (const std::string& part : parts) {
            auto id = find_or_make(field, target, part, applied);
            if (!id) return pass(std::move(id));
            if (id->empty()) return FieldValue{registers::State::unreadable, written};
            ids.insert(*id);
        }
        return FieldValue{registers::State::known, fmt::format("{}", fmt::join(ids, " "))};
    }

    // The id, or empty when there is no such entry and none can be made.
    Result<std::string> find_or_make(const Field& field, const Register& target, const std::string& name,
                                     Applied& applied) {
        if (!field.found_by.empty()) {
            const auto& names = names_of(target).by_field[field.found_by];
            auto [from, to] = names.equal_range(organisation_key(name));
            std::set<std::string> ids;
            for (auto it = from; it != to; ++it)
                ids.insert(it->second);
            if (ids.size() == 1) return *ids.begin();
        }
        auto id = find(target, name);
        if (id) return id;
        if (id.error().code == Code::ambiguous || field.found_by.empty()) return std::string();
        Command command;
        command.action = "add";
        command.register_name = target.name;
        command.values = {{field.found_by, name}};
        auto made = add(command, target);
        if (!made) return pass(std::move(made));
        applied.created.emplace_back(target.name, name);
        return made->id;
    }

    Result<Applied> add(const Command& command, const Register& description) {
        if (description.single && !exists_single(description).empty()) {
            return fail(Code::refused,
                        fmt::format("{}は一つだけです。setで変更してください。", description.label.ja),
                        fmt::format("There is exactly one {}. Change it with set.", description.label.en));
        }
        Applied applied;
        applied.register_name = description.name;
        applied.id = is_id(command.id) ? command.id : new_id(at_);
        if (is_id(command.id) && projection_.get(institution_, description, command.id)) {
            return fail(Code::exists, fmt::format("id {} はすでにあります。", command.id),
                        fmt::format("There is already an entry with the id {}.", command.id));
        }
        if (!command.id.empty() && !is_id(command.id)) local_names_[command.id] = applied.id;
        Entry entry;
        entry.register_name = description.name;
        entry.id = applied.id;
        if (auto taken = take(command, description, entry, applied); !taken) return pass(std::move(taken));
        for (const Field& field : description.fields) {
            if (field.required && entry.field(field.name).state == registers::State::never_asked) {
                return fail(
                    Code::bad_value,
                    fmt::format("{}には「{}」（{}）が必要です。", description.label.ja, field.label.ja,
                                field.name),
                    fmt::format("{} needs {} ({}).", description.label.en, field.label.en, field.name));
            }
        }
        store(command, "add", entry, nullptr);
        applied.version = entry.version;
        return applied;
    }

    Result<Applied> set(const Command& command, const Register& description) {
        auto current = load(command, description);
        if (!current) return pass(std::move(current));
        Applied applied;
        applied.register_name = description.name;
        applied.id = current->id;
        Entry entry = *current;
        if (auto taken = take(command, description, entry, applied); !taken) return pass(std::move(taken));
        if (entry.fields == current->fields && entry.extra == current->extra) {
            applied.version = current->version;
            applied.changed = false;
            return applied;
        }
        store(command, "set", entry, &*current);
        applied.version = entry.version;
        return applied;
    }

    Result<Applied> retire(const Command& command, const Register& description) {
        if (description.single) {
            return fail(Code::refused, fmt::format("{}は閉じられません。", description.label.ja),
                        fmt::format("The {} cannot be retired.", description.label.en));
        }
        auto current = load(command, description);
        if (!current) return pass(std::move(current));
        // What belongs to the entry goes with it.
        for (const Register& child : catalog_.registers()) {
            if (child.parent_field.empty() || child.field(child.parent_field)->references != description.name)
                continue;
            std::vector<std::string> ids;
            auto query = database_.prepare(
                fmt::format("SELECT id FROM r_{} WHERE institution = :i AND retired = 0 AND {} = :id",
                            child.name, child.parent_field));
            query.bind("i", institution_).bind("id", current->id);
            while (query.step())
                ids.emplace_back(query.text(0));
            for (const std::string& id : ids) {
                Command inner;
                inner.action = "retire";
                inner.register_name = child.name;
                inner.id = id;
                inner.why = command.why;
                if (auto done = retire(inner, child); !done) return done;
            }
        }
        Entry entry = *current;
        entry.retired = true;
        store(command, "retire", entry, &*current);
        Applied applied;
        applied.register_name = description.name;
        applied.id = entry.id;
        applied.version = entry.version;
        return applied;
    }

    std::string exists_single(const Register& description) {
        auto query = database_.prepare(
            fmt::format("SELECT id FROM r_{} WHERE institution = :i AND retired = 0", description.name));
        query.bind("i", institution_);
        std::string id;
        if (query.step()) id = query.text(0);
        query.reset();
        return id;
    }

    // The entry a command speaks of, at the version it expects.
    Result<Entry> load(const Command& command, const Register& description) {
        std::string id;
        if (command.id.empty() && description.single) {
            id = exists_single(description);
        } else if (command.id.empty()) {
            return fail(Code::usage, "どれを変更するか、idを指定してください。",
                        "Give the id of the entry to change.");
        } else {
            auto found = find(description, command.id);
            if (!found) return pass(std::move(found));
            id = *found;
        }
        auto entry = projection_.get(institution_, description, id);
        if (!entry || entry->retired) {
            return fail(Code::not_found,
                        fmt::format("{} {} はすでに閉じられています。", description.label.ja, id),
                        fmt::format("{} {} is retired.", description.label.en, id));
        }
        if (command.expected_version != 0 && command.expected_version != entry->version) {
            return fail(
                Code::stale,
                fmt::format("{}は別の人が変更しました（あなたの版 {}、現在の版 "
                            "{}）。もう一度読んでから変更してください。",
                            entry->label, command.expected_version, entry->version),
                fmt::format(
                    "{} was changed by somebody else (yours: version {}, now: version {}). Read it again "
                    "before changing it.",
                    entry->label, command.expected_version, entry->version));
        }
        return *entry;
    }

    void store(const Command& command, const char* action, Entry& entry, const Entry* before) {
        entry.version++;
        history::Change change;
        change.action = action;
        change.register_name = entry.register_name;
        change.id = entry.id;
        change.version = entry.version;
        change.by = who_.by;
        change.why = command.why.empty() ? who_.why : command.why;
        change.source = who_.source;
        change.body = entry_body(entry);
        history_.append(change, at_);
        projection_.write(institution_, entry, day_in_japan(at_), who_.by);
        events_++;
        auto names = names_.find(entry.register_name);
        if (names == names_.end()) return;
        // Another entry's label may follow this one's: those names are read again.
        if (before && before->label != entry.label) {
            names_.clear();
        } else if (entry.retired) {
            names_.erase(names);
        } else {
            note_names(*catalog_.find_register(entry.register_name), entry, names->second);
        }
    }

    void note_names(const Register& description, const Entry& entry, Names& names) {
        std::set<std::string> keys{match_key(entry.label)};
        for (const Field& field : description.fields) {
            const FieldValue& value = entry.field(field.name);
            if (!value.known() || field.type != Type::text) continue;
            if (field.key) keys.insert(match_key(value.text));
            if (sought_by(description).contains(field.name)) {
                names.by_field[field.name].emplace(organisation_key(value.text), entry.id);
            }
        }
        for (const std::string& key : keys)
            names.by_name.emplace(key, entry.id);
    }

    // The fields of a register by which references find its entries.
    const std::set<std::string, std::less<>>& sought_by(const Register& description) {
        auto [place, fresh] = sought_by_.try_emplace(description.name);
        if (fresh) {
            for (const Register& one : catalog_.registers()) {
                for (const Field& field : one.fields) {
                    if (field.references == description.name && !field.found_by.empty()) {
                        place->second.insert(field.found_by);
                    }
                }
            }
        }
        return place->second;
    }

    Names& names_of(const Register& description) {
        auto made = names_.try_emplace(description.name);
        Names& names = made.first->second;
        if (made.second) {
            projection_.each(institution_, description, {},
                             [&](Entry&& entry) { note_names(description, entry, names); });
        }
        return names;
    }

    const catalog::Catalog& catalog_;
    store::Database& database_;
    history::History& history_;
    Projection& projection_;
    const std::string& institution_;
    Instant at_;
    const Who& who_;
    int64_t events_ = 0;
    std::map<std::string, std::string, std::less<>> local_names_;
    std::map<std::string, Names, std::less<>> names_;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> sought_by_;
};

Record::Record(std::unique_ptr<State> state) : state_(std::move(state)) {}
Record::Record(Record&&) noexcept = default;
Record& Record::operator=(Record&&) noexcept = default;
Record::~Record() = default;

Status Record::create(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                      const Clock& clock, std::string_view name, std::string_view kind, const Who& who) {
    if (std::filesystem::exists(folder / database_name) || std::filesystem::exists(folder / key_name)) {
        return fail(Code::exists, fmt::format("{} にはすでに記録があります。", folder.string()),
                    fmt::format("{} already holds a record.", folder.string()));
    }
    if (auto made = os::make_folder(folder, 0700); !made) return made;
    if (auto made = os::make_folder(folder / "evidence", 0700); !made) return made;
    auto lock = os::Lock::take(folder / lock_name, os::Lock::Kind::exclusive, lock_wait_ms);
    if (!lock) return pass(std::move(lock));

    // The database is made under another name and takes its own when it is complete, so that a failure leaves
    // no half record behind.
    std::filesystem::path building = folder / "sonae.db.new";
    std::filesystem::remove(building);
    history::Key key = history::Key::generate();
    {
        auto database = store::open_sqlite(building, true);
        if (!database) return pass(std::move(database));
        State state(std::move(*database), catalog, clock, key);
        Instant now = clock.now();
        state.choose(new_id(now));
        store::Transaction transaction(*state.database);
        state.database->execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
        history::create_tables(*state.database);
        state.projection->create();
        set_meta(*state.database, "format", format);
        set_meta(*state.database, "tables", catalog.tables_digest());
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
        Command signer;
        signer.action = "add";
        signer.register_name = "signing_key";
        signer.values = {{"public_key", hex(key.public_key().raw())},
                         {"fingerprint", key.public_key().fingerprint()}};
        auto announced = batch.carry_out(signer);
        if (!announced) return pass(std::move(announced));
        state.history->seal(key);
        transaction.commit();
        state.database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    if (auto written = key.write(folder / key_name); !written) return written;
    std::error_code error;
    std::filesystem::rename(building, folder / database_name, error);
    if (error) {
        return fail(Code::io, fmt::format("{} を作れません（{}）。", folder.string(), error.message()),
                    fmt::format("Cannot make {} ({}).", folder.string(), error.message()));
    }
    return {};
}

Result<Record> Record::open(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                            const Clock& clock, bool write, std::string_view institution) {
    std::error_code error;
    if (!std::filesystem::exists(folder / database_name, error)) {
        return fail(Code::not_found,
                    fmt::format("{} に記録がありません。`sonae init --data {}` で作ってください。",
                                folder.string(), folder.string()),
                    fmt::format("There is no record in {}. Make one with `sonae init --data {}`.",
                                folder.string(), folder.string()));
    }
    // Reading may have to rebuild the tables after an update of the program, so the lock is always exclusive;
    // commands are short. (A server that owns the folder will hand commands to its one writer.)
    static_cast<void>(write);
    auto lock = os::Lock::take(folder / lock_name, os::Lock::Kind::exclusive, lock_wait_ms);
    if (!lock) return pass(std::move(lock));
    auto key = history::Key::read(folder / key_name);
    if (!key) return pass(std::move(key));
    auto database = store::open_sqlite(folder / database_name, false);
    if (!database) return pass(std::move(database));
    try {
        auto state = std::make_unique<State>(std::move(*database), catalog, clock, *key);
        state->folder = folder;
        state->lock.emplace(std::move(*lock));
        std::vector<std::string> tables = state->database->tables();
        if (!std::ranges::binary_search(tables, "meta") || !std::ranges::binary_search(tables, "event")) {
            return fail(Code::corrupt,
                        fmt::format("{} はSonaeの記録ではありません。", (folder / database_name).string()),
                        fmt::format("{} is not a record of Sonae.", (folder / database_name).string()));
        }
        if (meta(*state->database, "format") != format) {
            return fail(Code::refused, "この記録は新しい版のSonaeで作られています。Sonaeを更新してください。",
                        "This record was made by a newer Sonae. Update Sonae.");
        }
        std::vector<std::string> ids = institutions(*state->database);
        if (institution.empty() && ids.size() > 1) {
            return fail(Code::ambiguous,
                        fmt::format("施設が{}件あります。--institutionで指定してください: {}", ids.size(),
                                    fmt::join(ids, ", ")),
                        fmt::format("There are {} institutions. Choose with --institution: {}", ids.size(),
                                    fmt::join(ids, ", ")));
        }
        if (ids.empty() || (!institution.empty() && !std::ranges::binary_search(ids, institution))) {
            return fail(Code::not_found, fmt::format("施設「{}」はこの記録にありません。", institution),
                        fmt::format("The institution \"{}\" is not in this record.", institution));
        }
        state->choose(institution.empty() ? ids.front() : std::string(institution));
        if (meta(*state->database, "tables") != catalog.tables_digest()) {
            store::Transaction transaction(*state->database);
            state->rebuild();
            transaction.commit();
        }
        return Record(std::move(state));
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
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
    store::Transaction transaction(database());
    Batch batch(catalog(), database(), *state_->history, *state_->projection, institution(), now(), who);
    std::vector<Applied> out;
    for (size_t i = 0; i < commands.size(); i++) {
        auto applied = batch.carry_out(commands[i]);
        if (!applied) return tl::unexpected<Error>(in_place(applied.error(), i, commands.size()));
        out.push_back(std::move(*applied));
    }
    if (keep && batch.changed()) {
        state_->history->seal(state_->key);
        transaction.commit();
    }
    return out;
}

int64_t Record::rebuild() {
    store::Transaction transaction(database());
    int64_t count = state_->rebuild();
    transaction.commit();
    return count;
}

std::vector<history::Fault> Record::compare_with_history() const {
    auto copy = store::open_memory();
    Projection projection(*copy, catalog());
    projection.create();
    for (const std::string& one : institutions(database())) {
        history::History(database(), one).each([&](const history::Event& event) {
            projection.replay(one, event);
            return true;
        });
    }
    std::vector<history::Fault> faults;
    auto fault = [&](const std::string& table, const std::string& row, const char* ja, const char* en) {
        faults.push_back({fmt::format("table {} {}", table, row), {ja, en}});
    };
    for (const std::string& table : copy->tables()) {
        // Every table is keyed by institution and id; a difference is named by them.
        std::map<std::vector<store::Value>, int> rows;
        std::string sql = fmt::format("SELECT * FROM {} ORDER BY institution, id", table);
        auto read = [&](store::Database& from, int side) {
            auto query = from.prepare(sql);
            while (query.step()) {
                std::vector<store::Value> row;
                for (int i = 0; i < query.columns(); i++)
                    row.push_back(query.value(i));
                rows[std::move(row)] += side;
            }
        };
        read(*copy, 1);
        read(database(), -1);
        for (const auto& [row, balance] : rows) {
            if (balance == 0) continue;
            const auto* id = row.size() > 1 ? std::get_if<std::string>(&row[1]) : nullptr;
            fault(table, id ? *id : "?",
                  "台帳の表が履歴と合いません。`sonae rebuild` で履歴から作り直せます。",
                  "The register table does not match the history. `sonae rebuild` makes it again from the "
                  "history.");
        }
    }
    return faults;
}

store::Statement Record::scoped(std::string_view sql) const {
    auto statement = database().prepare(state_->scope->resolve(sql));
    statement.bind_if("institution", institution());
    statement.bind_if("today", today().iso());
    return statement;
}

const Sets& Record::sets(const std::vector<std::string_view>& texts) const {
    if (!state_->sets) state_->sets = std::make_unique<Sets>(catalog(), database(), institution());
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
