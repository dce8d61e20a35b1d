// Temporary tables for the names of the catalog.
#include "register/sets.hpp"

#include "base/text.hpp"
#include "register/computed.hpp"
#include "register/scope.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

using catalog::Field;
using catalog::Register;

// A view of more columns than this passes whole rows on; looking through it costs less than a copy.
constexpr size_t narrow = 32;
// When more entries than this have changed, filling everything anew is quicker.
constexpr size_t few = 500;
// So many refreshes back can be told what has changed since.
constexpr size_t log_length = 64;

// The ids of changed entries: what is done again is done for them.
constexpr std::string_view touched_table = "temp.sets_touched";
constexpr std::string_view among_touched = "id IN (SELECT id FROM temp.sets_touched)";

std::string touched_name(std::string_view name) {
    return fmt::format("{}{}", name, touched_suffix);
}

// A value as bytes that are equal for equal values only.
void append(std::string& out, const store::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        out += fmt::format("t{}:", text->size());
        out += *text;
    } else if (const auto* number = std::get_if<int64_t>(&value)) {
        out += fmt::format("i{}:", *number);
    } else {
        out += 'n';
    }
}

}  // namespace

Sets::Sets(const catalog::Catalog& catalog, store::Database& database, const history::History& history)
    : catalog_(catalog), database_(database), history_(history), institution_(history.institution()) {
    for (const Register& one : catalog.registers()) {
        Definition& entries = definitions_[one.name];
        entries.of = &one;
        entries.labelled = true;
        entries.stored = {"id", "label", "version", "created_on", "updated_on", "updated_by"};
        entries.indexed = {"id"};
        for (const Field& field : one.fields) {
            entries.stored.push_back(field.name);
            entries.stored.push_back(field.name + "_state");
            if (field.type == catalog::Type::date) entries.stored.push_back(field.name + "_last");
            if (field.type == catalog::Type::reference && !field.many) entries.indexed.push_back(field.name);
        }
        entries.select = fmt::format("FROM v_{} WHERE institution = :institution AND retired = 0", one.name);
        for (const catalog::View& view : one.views) {
            Definition& definition = definitions_[view.name];
            definition.select = trim(view.sql);
            definition.indexed = {"id"};
            definition.kept = view.kept;
        }
        for (const catalog::Computed& computed : one.computed) {
            Definition& definition = definitions_[computed.name];
            definition.of = &one;
            definition.stored = {"id"};
            for (const auto& [column, type] : Computer::columns(computed.function))
                definition.stored.push_back(column);
            definition.indexed = {"id"};
            definition.select = fmt::format("FROM c_{} WHERE institution = :institution", computed.name);
        }
        for (const Field& field : one.fields) {
            if (!field.many) continue;
            std::string name = fmt::format("{}_{}", one.name, field.name);
            Definition& definition = definitions_[name];
            definition.of = &one;
            definition.stored = {"id", "value"};
            definition.indexed = {"id", "value"};
            definition.wanted.every_column = true;
            definition.select = fmt::format("FROM m_{} WHERE institution = :institution", name);
        }
    }
    find_ = [this](std::string_view name) -> const NamedSet* {
        auto found = definitions_.find(name);
        return found == definitions_.end() || found->second.columns.empty() ? nullptr : &found->second.set;
    };
}

// ---- which sets, and which of their columns

// Notes which sets a text needs, and what it wants of them.
void Sets::need(std::string_view text) {
    SetWords words = words_of(text);
    if (words.words.empty() && words.every_column) {
        for (std::string& word : sql_names(text))  // not of the portable subset: any word may be a name
            words.words.insert(std::move(word));
    }
    if (definitions_.contains(text)) words.words.insert("label");
    for (const std::string& name : words.words) {
        auto found = definitions_.find(name);
        if (found == definitions_.end()) continue;
        Definition& definition = found->second;
        if (needed_.insert(name).second) {
            if (definition.of == nullptr) {
                definition.own_words = words_of(definition.select);
                need(definition.select);
            }
            order_.push_back(name);
        }
        definition.wanted.add(words);
    }
}

// What is wanted of a view is wanted of the sets it is made from, as far as it passes columns on. True when a
// set that exists was made for less than is wanted now.
bool Sets::pass_on_wants() {
    bool more = false;
    for (size_t i = order_.size(); i > 0; i--) {
        const std::string& name = order_[i - 1];
        const Definition& definition = definitions_.find(name)->second;
        more = more || (!definition.columns.empty() && !(definition.made_for == definition.wanted));
        if (definition.of != nullptr) continue;
        for (const std::string& inner : definition.own_words.words) {
            auto source = inner == name ? definitions_.end() : definitions_.find(inner);
            if (source != definitions_.end()) source->second.wanted.add(definition.wanted);
        }
    }
    return more;
}

void Sets::make(const std::string& name) {
    Definition& definition = definitions_.find(name)->second;
    if (definition.of == nullptr) {
        definition.stored.clear();
        // A kept statement knows of tables that were made anew only when it has gone a step.
        auto shape = catalog_sql(name, fmt::format("SELECT * FROM ({}) LIMIT 0", definition.select));
        shape.step();
        for (int i = 0; i < shape.columns(); i++)
            definition.stored.emplace_back(shape.column_name(i));
    }
    definition.made_for = definition.wanted;
    definition.columns.clear();
    for (const std::string& column : definition.stored) {
        bool used =
            column == "id" || definition.wanted.every_column || definition.wanted.words.contains(column);
        if (used) definition.columns.push_back(column);
    }
    if (definition.columns.empty()) definition.columns = definition.stored;
    definition.set.has_id = std::ranges::find(definition.columns, "id") != definition.columns.end();
    definition.set.kept = definition.of != nullptr || definition.kept || definition.columns.size() <= narrow;
    definition.set.sql = definition.select;
    definition.touched_made = false;
    std::string columns = fmt::format("{}", fmt::join(definition.columns, ", "));
    if (!definition.set.kept) {
        // A definition cannot carry parameters: the two values are written into it. Both are made here (an id
        // and a date), so nothing needs escaping.
        std::string select = replace_parameter(
            replace_parameter(definition.select, "institution", institution_), "today", today_);
        database_.prepare(fmt::format("CREATE TEMP VIEW {} AS {}", name, select)).run();
        return;
    }
    if (definition.of != nullptr) {
        definition.insert = fmt::format("SELECT {} {}", columns, definition.select);
    } else {
        // The columns are named even where all are taken: by its words is seen what a SELECT reads.
        definition.insert = fmt::format("SELECT {} FROM ({})", columns, definition.select);
    }
    database_.prepare(fmt::format("CREATE TEMP TABLE {} ({})", name, columns)).run();
    fill(name);
    for (const std::string& column : definition.indexed) {
        if (std::ranges::find(definition.columns, column) == definition.columns.end()) continue;
        database_.prepare(fmt::format("CREATE INDEX temp.{0}_by_{1} ON {0} ({1})", name, column)).run();
    }
}

void Sets::fill(const std::string& name) {
    Definition& definition = definitions_.find(name)->second;
    if (!definition.set.kept) return;
    definition.touched_at = -1;
    database_.prepare(fmt::format("DELETE FROM temp.{}", name)).run();
    std::string insert = fmt::format("INSERT INTO temp.{} {}", name, definition.insert);
    auto statement = definition.of != nullptr ? database_.prepare(insert) : catalog_sql(name, insert);
    bind(statement);
    statement.run();
}

void Sets::drop() {
    std::vector<std::pair<std::string, std::string>> there;  // views first: they stand on the tables
    auto query = database_.prepare(
        "SELECT name, type FROM sqlite_temp_schema WHERE type IN ('table', 'view') ORDER BY type DESC");
    while (query.step()) {
        std::string_view name = query.text(0);
        std::string_view base =
            name.ends_with(touched_suffix) ? name.substr(0, name.size() - touched_suffix.size()) : name;
        if (definitions_.contains(base)) there.emplace_back(name, query.text(1));
    }
    for (const auto& [name, type] : there)
        database_.prepare(fmt::format("DROP {} temp.{}", type, name)).run();
    for (auto& [name, definition] : definitions_) {
        definition.columns.clear();
        definition.touched_made = false;
    }
    made_ = 0;
    shapes_.clear();
    counted_.clear();
}

// ---- bringing the sets up to date

void Sets::refresh(const std::vector<std::string_view>& texts, const std::string& today) {
    try {
        bring_up_to_date(texts, today);
    } catch (...) {
        stamp_++;  // what has been done so far is not known: all is made again the next time
        throw;
    }
}

void Sets::bring_up_to_date(const std::vector<std::string_view>& texts, const std::string& today) {
    bool fresh = false;
    for (std::string_view text : texts) {
        if (seen_.contains(text)) continue;
        seen_.emplace(text);
        need(text);
        fresh = true;
    }
    bool lacks = fresh && pass_on_wants();
    // One state of the stored tables for all sets, whoever commits meanwhile.
    store::Transaction reading(database_, store::Transaction::Kind::read);
    auto schema_query = database_.prepare("PRAGMA main.schema_version");
    schema_query.step();
    int64_t schema = schema_query.integer(0);
    schema_query.reset();
    int64_t position = history_.size();
    bool known =
        stamped() == stamp_ && today == today_ && schema == schema_ && position >= position_ && !lacks;
    if (!known) {
        drop();
        today_ = today;
        generation_++;
        log_.clear();
        log_from_ = generation_;
    } else if (position > position_ || database_.changes() != written_) {
        if (!follow_changes(position)) {
            for (size_t i = 0; i < made_; i++)
                fill(order_[i]);
            generation_++;
            log_.clear();
            log_from_ = generation_;
        }
    }
    while (made_ < order_.size()) {
        make(order_[made_]);
        made_++;
    }
    schema_ = schema;
    position_ = position;
    stamp();
    written_ = database_.changes();
    reading.commit();
}

int64_t Sets::stamped() const {
    if (stamp_ == 0) return -1;
    auto there = database_.prepare("SELECT count(*) FROM sqlite_temp_schema WHERE name = 'sets_stamp'");
    there.step();
    bool exists = there.integer(0) > 0;
    there.reset();
    if (!exists) return -1;
    auto query = database_.prepare("SELECT stamp FROM temp.sets_stamp");
    int64_t out = query.step() ? query.integer(0) : -1;
    query.reset();
    return out;
}

void Sets::stamp() {
    stamp_++;
    database_.prepare("CREATE TEMP TABLE IF NOT EXISTS sets_stamp (stamp INTEGER)").run();
    database_.prepare("CREATE TEMP TABLE IF NOT EXISTS sets_touched (id TEXT PRIMARY KEY)").run();
    database_.prepare("DELETE FROM temp.sets_stamp").run();
    database_.prepare("INSERT INTO temp.sets_stamp VALUES (:stamp)").bind("stamp", stamp_).run();
}

// The entries that were written from event `from` on, and those that are called by the name of one of them;
// by register. Nothing when they are many.
std::optional<std::map<std::string, Sets::Names, std::less<>>> Sets::changed_entries(int64_t from) const {
    std::map<std::string, Names, std::less<>> out;
    std::vector<std::pair<std::string, std::string>> all;
    auto add = [&](std::string_view register_name, std::string_view id) {
        if (out[std::string(register_name)].emplace(id).second) all.emplace_back(register_name, id);
    };
    for (const auto& [register_name, id] : history_.changed_since(from))
        add(register_name, id);
    for (size_t i = 0; i < all.size() && all.size() <= few; i++) {
        const auto [register_name, id] = all[i];
        for (const Register& one : catalog_.registers()) {
            for (const std::string& part : one.label_of) {
                for (const std::string& name : split(part, "|")) {
                    const Field* field = one.field(name);
                    if (field->type != catalog::Type::reference || field->many) continue;
                    if (field->references != register_name) continue;
                    auto follower = database_.prepare(fmt::format(
                        "SELECT id FROM r_{} WHERE institution = :i AND {} = :id", one.name, field->name));
                    follower.bind("i", institution_).bind("id", id);
                    while (follower.step() && all.size() <= few)
                        add(one.name, follower.text(0));
                    follower.reset();
                }
            }
        }
    }
    if (all.size() > few) return std::nullopt;
    return out;
}

// Works out again what was changed by the events since the last time. False: everything has to be.
bool Sets::follow_changes(int64_t position) {
    // What was written without an event is not known (a rehearsal that is rolled back).
    if (!follow_ || position == position_) return false;
    auto entries = changed_entries(position_);
    if (!entries) return false;
    Names touched;
    for (const auto& [register_name, ids] : *entries)
        touched.insert(ids.begin(), ids.end());
    touched_count_++;
    touch(touched);
    Changes changes;
    for (size_t i = 0; i < made_; i++) {
        const std::string& name = order_[i];
        const Definition& definition = definitions_.find(name)->second;
        if (!definition.set.kept) continue;
        Change change;
        if (definition.of == nullptr) {
            change = change_derived(name, changes, touched);
        } else if (entries->contains(definition.of->name)) {
            change = replace_touched(name, fmt::format("{} AND {}", definition.insert, among_touched));
        }
        if (change.all || !change.entries.empty()) changes.emplace(name, std::move(change));
    }
    generation_++;
    log_.emplace_back(generation_, std::move(changes));
    if (log_.size() > log_length) {
        log_from_ = log_.front().first;
        log_.pop_front();
    }
    return true;
}

Sets::Change Sets::change_derived(const std::string& name, const Changes& changes, Names& touched) {
    Definition& definition = definitions_.find(name)->second;
    Effect effect = this->effect(definition.insert, changes);
    Change out;
    if (effect == Effect::none) return out;
    if (effect == Effect::entries && definition.set.has_id) {
        touch(touched);
        const Select& select = shape(definition.insert);
        for (const std::string& set : select.by_entry())
            fill_touched(set);
        return replace_touched(
            name, fmt::format("SELECT * FROM ({}) WHERE {}", select.touched_sql(), among_touched));
    }
    auto before = rows_by_entry(name);
    fill(name);
    auto after = rows_by_entry(name);
    auto differs = [&](const std::string& id) {
        out.columns.insert(definition.columns.begin(), definition.columns.end());
        if (id.empty()) {
            out.all = true;  // rows without an id: they belong to no entry
        } else {
            out.entries.insert(id);
        }
    };
    for (const auto& [id, rows] : before) {
        auto now = after.find(id);
        if (now == after.end() || now->second != rows) differs(id);
    }
    for (const auto& [id, rows] : after) {
        if (!before.contains(id)) differs(id);
    }
    if (out.entries.size() > few) out.all = true;
    if (!out.all) touched.insert(out.entries.begin(), out.entries.end());
    return out;
}

// The rows of touched entries again; the change is what they say otherwise.
Sets::Change Sets::replace_touched(const std::string& name, const std::string& select) {
    Definition& definition = definitions_.find(name)->second;
    auto before = touched_rows(name);
    database_.prepare(fmt::format("DELETE FROM temp.{} WHERE {}", name, among_touched)).run();
    std::string insert = fmt::format("INSERT INTO temp.{} {}", name, select);
    auto statement = definition.of != nullptr ? database_.prepare(insert) : catalog_sql(name, insert);
    bind(statement);
    statement.run();
    auto after = touched_rows(name);
    definition.touched_at = -1;

    Change out;
    auto compare = [&](const std::string& id, const Rows& one, const Rows& other) {
        if (one == other) return;
        out.entries.insert(id);
        if (one.size() != other.size()) {
            out.columns.insert(definition.columns.begin(), definition.columns.end());
            return;
        }
        for (size_t i = 0; i < one.size(); i++) {
            for (size_t column = 0; column < definition.columns.size(); column++) {
                if (one[i][column] != other[i][column]) out.columns.insert(definition.columns[column]);
            }
        }
    };
    for (const auto& [id, rows] : before) {
        auto now = after.find(id);
        compare(id, rows, now == after.end() ? Rows() : now->second);
    }
    for (const auto& [id, rows] : after) {
        if (!before.contains(id)) compare(id, {}, rows);
    }
    return out;
}

std::map<std::string, Sets::Rows> Sets::touched_rows(const std::string& name) const {
    std::map<std::string, Rows> out;
    auto query = database_.prepare(fmt::format("SELECT id, * FROM temp.{} WHERE {}", name, among_touched));
    while (query.step()) {
        std::vector<store::Value> row;
        for (int i = 1; i < query.columns(); i++)
            row.push_back(query.value(i));
        out[std::string(query.text(0))].push_back(std::move(row));
    }
    for (auto& [id, rows] : out)
        std::ranges::sort(rows);
    return out;
}

// All rows of a set by their id (all under "" when it has none), to see whether they have changed.
std::map<std::string, std::string> Sets::rows_by_entry(const std::string& name) const {
    const Definition& definition = definitions_.find(name)->second;
    std::map<std::string, std::string> out;
    auto query = database_.prepare(
        fmt::format("SELECT {}, * FROM temp.{}", definition.set.has_id ? "id" : "NULL", name));
    while (query.step()) {
        std::string& rows = out[std::string(query.text(0))];
        for (int i = 1; i < query.columns(); i++)
            append(rows, query.value(i));
        rows += '.';
    }
    return out;
}

// ---- what a change means

std::optional<Sets::Changes> Sets::since(int64_t generation) const {
    if (generation < log_from_) return std::nullopt;
    Changes out;
    for (const auto& [at, changes] : log_) {
        if (at <= generation) continue;
        for (const auto& [name, change] : changes) {
            Change& sum = out[name];
            sum.all = sum.all || change.all;
            sum.entries.insert(change.entries.begin(), change.entries.end());
            sum.columns.insert(change.columns.begin(), change.columns.end());
        }
    }
    return out;
}

const Select& Sets::shape(std::string_view sql) {
    auto found = shapes_.find(sql);
    if (found == shapes_.end()) {
        found = shapes_.emplace(std::string(sql), std::make_unique<Select>(sql, find_)).first;
    }
    return *found->second;
}

Sets::Effect Sets::effect(std::string_view sql, const Changes& changes) {
    const Select& select = shape(sql);
    Effect out = Effect::none;
    for (const auto& [name, change] : changes) {
        if (!select.sets().contains(name)) continue;
        bool read = change.all || std::ranges::any_of(change.columns, [&](const std::string& column) {
                        return select.reads(column);
                    });
        if (!read) continue;
        if (change.all || select.reads_in_full(name)) return Effect::all;
        out = Effect::entries;
    }
    return out;
}

void Sets::touch(const Names& entries) {
    if (entries == touched_) return;
    int64_t before = database_.changes();
    touched_ = entries;
    touched_count_++;
    database_.prepare(fmt::format("DELETE FROM {}", touched_table)).run();
    for (const std::string& id : entries) {
        database_.prepare(fmt::format("INSERT INTO {} VALUES (:id)", touched_table)).bind("id", id).run();
    }
    written_ += database_.changes() - before;
}

void Sets::fill_touched(const std::string& name) {
    Definition& definition = definitions_.find(name)->second;
    if (definition.touched_at == touched_count_ && definition.touched_made) return;
    int64_t before = database_.changes();
    std::string copy = touched_name(name);
    if (definition.touched_made) {
        database_.prepare(fmt::format("DELETE FROM temp.{}", copy)).run();
    } else {
        database_.prepare(fmt::format("CREATE TEMP TABLE {} ({})", copy, fmt::join(definition.columns, ", ")))
            .run();
        definition.touched_made = true;
    }
    database_
        .prepare(fmt::format("INSERT INTO temp.{} SELECT * FROM temp.{} WHERE {}", copy, name, among_touched))
        .run();
    if (definition.of == nullptr) {
        // Rows without an id belong to every comparison with ids ("NOT IN" is never true beside one).
        database_
            .prepare(fmt::format("INSERT INTO temp.{} SELECT * FROM temp.{} WHERE id IS NULL", copy, name))
            .run();
    }
    definition.touched_at = touched_count_;
    written_ += database_.changes() - before;
}

store::Statement Sets::prepare_touched(std::string_view sql) {
    const Select& select = shape(sql);
    for (const std::string& name : select.by_entry())
        fill_touched(name);
    return prepare(select.touched_sql());
}

const std::string& Sets::counted(std::string_view sql) {
    auto found = counted_.find(sql);
    if (found == counted_.end()) {
        found = counted_.emplace(std::string(sql), counted_ids(sql, find_)).first;
    }
    return found->second;
}

// ---- statements

store::Statement Sets::prepare(std::string_view sql) const {
    auto statement = database_.prepare_catalog(sql);
    bind(statement);
    return statement;
}

store::Statement Sets::catalog_sql(std::string_view name, std::string_view sql) const {
    try {
        return database_.prepare_catalog(sql);
    } catch (const Failure& failure) {
        if (failure.error().code != Code::io) throw;
        throw Failure(
            {Code::bad_catalog,
             {fmt::format("カタログのビュー {} のSQLが正しくありません: {}", name, failure.error().words.ja),
              fmt::format("The SQL of the view {} is wrong: {}", name, failure.error().words.en)}});
    }
}

void Sets::bind(store::Statement& statement) const {
    statement.bind_if("institution", institution_);
    statement.bind_if("today", today_);
}

}  // namespace sonae::registers
