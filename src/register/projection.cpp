// Register tables: their form, and writing and reading their rows.
#include "register/projection.hpp"

#include "base/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

using catalog::Field;
using catalog::Register;
using catalog::Type;

const FieldValue never_asked;

bool is_integer(const Field& field) {
    return field.type == Type::integer || field.type == Type::boolean;
}

store::Value column_value(const Field& field, const FieldValue& value) {
    if (!value.known()) return std::monostate{};
    if (is_integer(field)) return int64_t{std::stoll(value.text)};
    return value.text;
}

// The texts of an entry that are not values of fields, as JSON columns.
std::string extra_text(const Entry& entry) {
    if (entry.extra.empty()) return {};
    json::object out;
    for (const auto& [name, text] : entry.extra)
        out[name] = text;
    return canonical_object(out);
}

json::object object_of(std::string_view text) {
    if (text.empty()) return {};
    auto parsed = parse_json(text);
    if (!parsed || !parsed->is_object()) {
        throw Failure({Code::corrupt,
                       {"台帳の表が壊れています。`sonae rebuild` で履歴から作り直せます。",
                        "A register table is damaged. `sonae rebuild` makes it again from the history."}});
    }
    return std::move(parsed->get_object());
}

std::string written_text(const Entry& entry) {
    json::object out;
    for (const auto& [name, value] : entry.fields) {
        if (value.state == State::unreadable) out[name] = value.text;
    }
    return out.empty() ? std::string() : canonical_object(out);
}

const char* states_column(const Field& field) {
    return field.filter ? "list_states" : "states";
}

// References by which entries are looked up: those of a parent to its children, and those that name them.
bool looked_up(const Register& one, const Field& field) {
    if (field.many) return false;
    if (field.key || field.name == one.parent_field) return true;
    if (field.type != Type::reference) return false;
    return std::ranges::any_of(one.label_of, [&](const std::string& part) {
        auto names = split(part, "|");
        return std::ranges::find(names, field.name) != names.end();
    });
}

// What lists search: the label and the key fields, folded. The line break keeps them apart; no folded text
// has one.
std::string label_search(const Register& one, const Entry& entry) {
    std::string out = match_key(entry.label);
    for (const Field& field : one.fields) {
        if (!field.key) continue;
        const FieldValue& value = entry.field(field.name);
        if (!value.known()) continue;
        std::string key = match_key(value.text);
        if (out.find(key) == std::string::npos) out += "\n" + key;
    }
    return out;
}

// A part of the SQL for each column of a field's values.
void field_columns(const Field& field, std::vector<std::string>& out) {
    out.push_back(field.name);
    if (field.type == Type::date) out.push_back(field.name + "_last");
}

std::string assignments(const std::vector<std::string>& columns) {
    std::string out;
    for (const std::string& column : columns)
        out += fmt::format("{0}{1} = :{1}", out.empty() ? "" : ", ", column);
    return out;
}

// Binds the parameters of a statement one after the other.
class Parameters {
 public:
    explicit Parameters(store::Statement& statement) : statement_(statement) {}

    void next(std::string_view text) { statement_.bind_at(++place_, text); }
    void next(int64_t number) { statement_.bind_at(++place_, number); }
    void next_value(const store::Value& value) { statement_.bind_value_at(++place_, value); }

    // The columns of a field, as field_columns names them.
    void next(const Field& field, const FieldValue& value) {
        if (is_integer(field) || !value.known()) {
            next_value(column_value(field, value));
        } else {
            next(value.text);
        }
        if (field.type != Type::date) return;
        if (!value.known()) {
            next_value(std::monostate{});
        } else if (value.text.size() == 10) {
            next(value.text);
        } else {
            next(Date::parse_iso(value.text)->last_day().iso());
        }
    }

 private:
    store::Statement& statement_;
    int place_ = 0;
};

}  // namespace

Projection::Table Projection::make_table(const Register& one) {
    Table table;
    table.description = &one;
    // Bound by place: write() and the texts below name the columns in the same order.
    std::vector<std::string> free{"version", "updated_on", "updated_by", "extra", "written", "states"};
    std::vector<std::string> held{"label", "label_order", "label_search", "retired", "list_states"};
    for (size_t i = 0; i < one.fields.size(); i++) {
        const Field& field = one.fields[i];
        table.by_name.push_back(i);
        table.indexed.push_back(field.filter || looked_up(one, field));
        field_columns(field, table.indexed[i] ? held : free);
    }
    std::ranges::sort(table.by_name, {}, [&](size_t i) -> const std::string& { return one.fields[i].name; });
    for (const std::string& part : one.label_of) {
        auto& places = table.label_of.emplace_back();
        for (const std::string& name : split(part, "|"))
            places.push_back(static_cast<size_t>(one.field(name) - one.fields.data()));
    }

    const std::string where = " WHERE institution = :institution AND id = :id";
    std::vector<std::string> all = free;
    all.insert(all.end(), held.begin(), held.end());
    table.update = fmt::format("UPDATE r_{} SET {}{}", one.name, assignments(free), where);
    table.update_all = fmt::format("UPDATE r_{} SET {}{}", one.name, assignments(all), where);
    all.insert(all.end(), {"institution", "id", "created_on"});
    table.insert = fmt::format("INSERT INTO r_{} ({}) VALUES (:{})", one.name, fmt::join(all, ", "),
                               fmt::join(all, ", :"));
    table.select =
        fmt::format("SELECT {} FROM r_{} WHERE institution = :i AND id = :id", entry_columns(one), one.name);
    table.select_label = fmt::format("SELECT label FROM r_{} WHERE institution = :i AND id = :id", one.name);
    table.update_label = fmt::format("UPDATE r_{} SET {}{}", one.name,
                                     assignments({"label", "label_order", "label_search"}), where);

    for (size_t i = 0; i < one.fields.size(); i++) {
        if (!one.fields[i].many) continue;
        std::string name = fmt::format("m_{}_{}", one.name, one.fields[i].name);
        table.many.push_back(
            {i, fmt::format("DELETE FROM {}{}", name, where),
             fmt::format("INSERT INTO {} (institution, id, value) VALUES (:institution, :id, :value)",
                         name)});
    }
    for (const catalog::Computed& computed : one.computed) {
        Computation computation;
        computation.computed = &computed;
        for (const std::string& name : computed.reads)
            computation.reads.push_back(static_cast<size_t>(one.field(name) - one.fields.data()));
        std::vector<std::string> columns{"institution", "id"};
        for (const auto& [name, type] : Computer::columns(computed.function))
            columns.push_back(name);
        computation.remove = fmt::format("DELETE FROM c_{}{}", computed.name, where);
        computation.insert = fmt::format("INSERT INTO c_{} ({}) VALUES (:{})", computed.name,
                                         fmt::join(columns, ", "), fmt::join(columns, ", :"));
        table.computations.push_back(std::move(computation));
    }
    return table;
}

Projection::Projection(store::Database& database, const catalog::Catalog& catalog)
    : database_(database), catalog_(catalog), computer_(catalog) {
    for (const Register& one : catalog.registers())
        tables_.push_back(make_table(one));
    for (const Table& table : tables_) {
        const Register& one = *table.description;
        for (const auto& places : table.label_of) {
            for (size_t place : places) {
                const Field& field = one.fields[place];
                if (field.type != Type::reference || field.many) continue;
                auto target = std::ranges::find_if(
                    tables_, [&](const Table& other) { return other.description->name == field.references; });
                target->labelled_by.emplace_back(&one, &field);
            }
        }
    }
}

void Projection::create() {
    for (const Register& one : catalog_.registers()) {
        // A state is stored as one letter, so that a row stays short. What the catalog's SQL calls `f_state`
        // is made from it by the view v_…, when it is asked for: a generated column would be computed at
        // every write as well.
        std::string states;
        std::string sql = fmt::format(
            "CREATE TABLE r_{} (institution TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,"
            " label TEXT NOT NULL, label_order TEXT NOT NULL, label_search TEXT NOT NULL,"
            " retired INTEGER NOT NULL, created_on TEXT NOT NULL, updated_on TEXT NOT NULL,"
            " updated_by TEXT NOT NULL, extra TEXT NOT NULL, written TEXT NOT NULL,"
            " states TEXT NOT NULL, list_states TEXT NOT NULL",
            one.name);
        for (const Field& field : one.fields) {
            sql += fmt::format(", {} {}", field.name, is_integer(field) ? "INTEGER" : "TEXT");
            states += fmt::format(", CASE {}", state_mark_sql(one, field));
            for (State state : {State::known, State::never_asked, State::unknown, State::none})
                states += fmt::format(" WHEN '{}' THEN '{}'", state_mark(state), state_text(state));
            states += fmt::format(" ELSE '{}' END AS {}_state", state_text(State::unreadable), field.name);
            if (field.type == Type::date) sql += fmt::format(", {}_last TEXT", field.name);
        }
        database_.execute(sql + ", PRIMARY KEY (institution, id))");
        database_.execute(fmt::format("CREATE VIEW v_{0} AS SELECT *{1} FROM r_{0}", one.name, states));

        std::vector<std::string> columns{"institution", "retired",      "label_order",
                                         "id",          "label_search", "list_states"};
        for (const Field& field : one.fields) {
            if (field.filter) field_columns(field, columns);
            if (looked_up(one, field)) {
                database_.execute(
                    fmt::format("CREATE INDEX r_{0}_{1} ON r_{0} (institution, {1})", one.name, field.name));
            }
            if (!field.many) continue;
            database_.execute(fmt::format(
                "CREATE TABLE m_{}_{} (institution TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL,"
                " PRIMARY KEY (institution, id, value))",
                one.name, field.name));
        }
        database_.execute(
            fmt::format("CREATE INDEX r_{0}_list ON r_{0} ({1})", one.name, fmt::join(columns, ", ")));
        for (const catalog::Computed& computed : one.computed) {
            std::string more;
            for (const auto& [name, type] : Computer::columns(computed.function))
                more += fmt::format(", {} {}", name, type);
            database_.execute(
                fmt::format("CREATE TABLE c_{} (institution TEXT NOT NULL, id TEXT NOT NULL{}, PRIMARY KEY "
                            "(institution, id))",
                            computed.name, more));
        }
    }
}

void Projection::drop() {
    for (const std::string& name : database_.tables()) {
        if (name.starts_with("r_") || name.starts_with("m_") || name.starts_with("c_")) {
            database_.execute("DROP TABLE " + name);
            if (name.starts_with("r_")) database_.execute("DROP VIEW IF EXISTS v_" + name.substr(2));
        }
    }
}

const Projection::Table& Projection::table(std::string_view name) const {
    auto found =
        std::ranges::find_if(tables_, [&](const Table& one) { return one.description->name == name; });
    if (found == tables_.end()) {
        throw Failure(
            {Code::unknown_register,
             {fmt::format("台帳「{}」はこのカタログにありません。カタログのファイルを元に戻してください。",
                          name),
              fmt::format("The register \"{}\" is not in this catalog. Put its catalog file back.", name)}});
    }
    return *found;
}

Projection::Values Projection::values_of(const Table& table, const Entry& entry) {
    Values out(table.description->fields.size(), &never_asked);
    auto value = entry.fields.begin();
    for (size_t place : table.by_name) {
        const std::string& name = table.description->fields[place].name;
        while (value != entry.fields.end() && value->first < name)
            ++value;
        if (value == entry.fields.end()) break;
        if (value->first == name) out[place] = &value->second;
    }
    return out;
}

std::string Projection::label(const std::string& institution, const Register& description,
                              std::string_view id) const {
    auto query = database_.prepare(table(description.name).select_label);
    query.bind_at(1, institution).bind_at(2, id);
    std::string out;
    if (query.step()) out = query.text(0);
    query.reset();
    return out;
}

std::string Projection::make_label(const std::string& institution, const Table& table, const Entry& entry,
                                   const Values& values) const {
    const Register& description = *table.description;
    std::string out;
    for (const auto& places : table.label_of) {
        for (size_t place : places) {
            const FieldValue& value = *values[place];
            if (!value.known() && value.state != State::unreadable) continue;
            const Field& field = description.fields[place];
            std::string text;
            if (field.type == Type::reference && !field.many && value.known()) {
                text = label(institution, *catalog_.find_register(field.references), value.text);
            } else {
                text = show_value(field, value).ja;
            }
            if (text.empty()) continue;
            if (!out.empty()) out += ' ';
            out += text;
            break;
        }
    }
    return out.empty() ? fmt::format("{} {}", description.label.ja, entry.id.substr(entry.id.size() - 4))
                       : out;
}

void Projection::write_values(const std::string& institution, const Table& table, const Entry& entry,
                              const Values& values, const Entry* before) {
    const Register& description = *table.description;
    auto same = [&](size_t place) {
        return before && before->retired == entry.retired &&
               before->field(description.fields[place].name) == *values[place];
    };
    auto remove = [&](const std::string& text) {
        if (before) database_.prepare(text).bind_at(1, institution).bind_at(2, entry.id).run();
    };
    for (const Many& many : table.many) {
        if (same(many.field)) continue;
        remove(many.remove);
        const FieldValue& value = *values[many.field];
        if (entry.retired || !value.known()) continue;
        for (const std::string& one : split(value.text, " ")) {
            auto insert = database_.prepare(many.insert);
            insert.bind_at(1, institution).bind_at(2, entry.id).bind_at(3, one).run();
        }
    }
    for (const Computation& computation : table.computations) {
        if (std::ranges::all_of(computation.reads, same)) continue;
        remove(computation.remove);
        if (entry.retired) continue;
        std::vector<FieldValue> reads;
        for (size_t place : computation.reads)
            reads.push_back(*values[place]);
        auto row = computer_.row(computation.computed->function, reads);
        if (!row) continue;
        auto insert = database_.prepare(computation.insert);
        insert.bind_at(1, institution).bind_at(2, entry.id);
        int place = 3;
        for (const store::Value& value : *row)
            insert.bind_value_at(place++, value);
        insert.run();
    }
}

void Projection::write(const std::string& institution, Entry& entry, const Date& on, std::string_view by,
                       const Entry* before) {
    const Table& table = this->table(entry.register_name);
    const Register& description = *table.description;
    std::optional<Entry> read;
    if (!before && entry.version > 1) {
        read = get(institution, description, entry.id);
        if (read) before = &*read;
    }
    Values values = values_of(table, entry);
    entry.label = make_label(institution, table, entry, values);
    std::string states;
    std::string list_states;
    for (size_t i = 0; i < values.size(); i++)
        (description.fields[i].filter ? list_states : states) += state_mark(values[i]->state);

    // An update touches the indexes only when something they hold has changed: that is most of its cost.
    bool all = !before || before->label != entry.label || before->retired != entry.retired;
    if (!all) {
        Values old = values_of(table, *before);
        for (size_t i = 0; i < values.size() && !all; i++)
            all = table.indexed[i] && *old[i] != *values[i];
    }
    auto statement = database_.prepare(!before ? table.insert : all ? table.update_all : table.update);
    std::string day = on.iso();
    Parameters parameters(statement);
    parameters.next(entry.version);
    parameters.next(day);
    parameters.next(by);
    parameters.next(extra_text(entry));
    parameters.next(written_text(entry));
    parameters.next(states);
    for (size_t i = 0; i < values.size(); i++) {
        if (!table.indexed[i]) parameters.next(description.fields[i], *values[i]);
    }
    if (all) {
        parameters.next(entry.label);
        parameters.next(label_order(entry.label));
        parameters.next(label_search(description, entry));
        parameters.next(int64_t{entry.retired});
        parameters.next(list_states);
        for (size_t i = 0; i < values.size(); i++) {
            if (table.indexed[i]) parameters.next(description.fields[i], *values[i]);
        }
    }
    parameters.next(institution);
    parameters.next(entry.id);
    if (!before) parameters.next(day);
    statement.run();

    write_values(institution, table, entry, values, before);
    if (before && entry.label != before->label) refresh_labels(institution, table, entry.id);
}

// An entry that is called by another one's name follows when that name changes.
void Projection::refresh_labels(const std::string& institution, const Table& table, const std::string& id) {
    for (const auto& [description, field] : table.labelled_by) {
        const Table& named = this->table(description->name);
        std::vector<std::string> ids;
        auto query = database_.prepare(fmt::format("SELECT id FROM r_{} WHERE institution = :i AND {} = :id",
                                                   description->name, field->name));
        query.bind("i", institution).bind("id", id);
        while (query.step())
            ids.emplace_back(query.text(0));
        for (const std::string& one : ids) {
            auto entry = get(institution, *description, one);
            entry->label = make_label(institution, named, *entry, values_of(named, *entry));
            auto update = database_.prepare(named.update_label);
            update.bind_at(1, entry->label).bind_at(2, label_order(entry->label));
            update.bind_at(3, label_search(*description, *entry)).bind_at(4, institution).bind_at(5, one);
            update.run();
            refresh_labels(institution, named, one);
        }
    }
}

void Projection::replay(const std::string& institution, const history::Event& event) {
    Entry entry;
    if (event.body) {
        auto body = parse_json(*event.body);
        if (!body || !body->is_object()) {
            throw Failure(
                {Code::corrupt,
                 {fmt::format("履歴の{}番の内容が読めません。verifyで確かめてください。", event.seq),
                  fmt::format("The content of event {} cannot be read. Run verify.", event.seq)}});
        }
        entry = entry_of(event.register_name, event.id, event.version, body->get_object());
    } else {
        // Erased: the entry is there without its content.
        entry.register_name = event.register_name;
        entry.id = event.id;
        entry.version = event.version;
    }
    write(institution, entry, day_in_japan(event.at), event.by);
}

std::optional<Entry> Projection::get(const std::string& institution, const Register& description,
                                     std::string_view id) const {
    std::optional<Entry> out;
    auto query = database_.prepare(table(description.name).select);
    query.bind_at(1, institution).bind_at(2, id);
    if (query.step()) out = entry_of(description, query);
    query.reset();
    return out;
}

bool Projection::has(const std::string& institution, const Register& description, std::string_view id) const {
    auto query = database_.prepare(table(description.name).select_label);
    query.bind_at(1, institution).bind_at(2, id);
    bool found = query.step();
    query.reset();
    return found;
}

void Projection::each(const std::string& institution, const Register& description, std::string_view where,
                      const std::function<void(Entry&&)>& visit) const {
    // In portions, so that no query is open while the visitor asks its own.
    constexpr size_t portion = 256;
    std::string sql = fmt::format(
        "SELECT {} FROM r_{} WHERE institution = :i AND id > :id AND retired = 0 {}{} ORDER BY id LIMIT {}",
        entry_columns(description), description.name, where.empty() ? "" : "AND ", where, portion);
    std::vector<Entry> entries;
    std::string last;
    for (bool more = true; more;) {
        entries.clear();
        auto query = database_.prepare(sql);
        query.bind("i", institution).bind("id", last);
        while (query.step())
            entries.push_back(entry_of(description, query));
        // Bytes in place of an id, put there by hand, come after every text again and again.
        more = entries.size() == portion && entries.back().id > last;
        if (more) last = entries.back().id;
        for (Entry& entry : entries)
            visit(std::move(entry));
    }
}

std::string entry_columns(const Register& description) {
    std::string out = "id, version, label, retired, extra, written, states, list_states";
    for (const Field& field : description.fields)
        out += ", " + field.name;
    return out;
}

int entry_width(const Register& description) {
    return 8 + static_cast<int>(description.fields.size());
}

Entry entry_of(const Register& description, const store::Statement& row) {
    Entry entry;
    entry.register_name = description.name;
    entry.id = row.text(0);
    entry.version = row.integer(1);
    entry.label = row.text(2);
    entry.retired = row.integer(3) != 0;
    json::object extra = object_of(row.text(4));
    for (const auto& member : extra)
        entry.extra[member.key()] = text_at(extra, member.key());
    json::object written = object_of(row.text(5));
    std::string states(row.text(6));
    std::string list_states(row.text(7));
    size_t next = 0;
    size_t next_listed = 0;
    int column = 8;
    for (const Field& field : description.fields) {
        const std::string& marks_of = field.filter ? list_states : states;
        size_t place = field.filter ? next_listed++ : next++;
        State state = place < marks_of.size() ? state_of_mark(marks_of[place]) : State::never_asked;
        if (state != State::never_asked) {
            FieldValue& value = entry.fields[field.name];
            value.state = state;
            if (state == State::known) value.text = row.text(column);
            if (state == State::unreadable) value.text = text_at(written, field.name);
        }
        column++;
    }
    return entry;
}

namespace {

constexpr std::string_view marks = ".k?-!";  // in the order of State

}  // namespace

char state_mark(State state) {
    return marks[static_cast<size_t>(state)];
}

State state_of_mark(char mark) {
    size_t place = marks.find(mark);
    return place == std::string_view::npos ? State::never_asked : static_cast<State>(place);
}

int state_place(const Register& one, const Field& field) {
    int place = 1;
    for (const Field& other : one.fields) {
        if (&other == &field) break;
        if (other.filter == field.filter) place++;
    }
    return place;
}

std::string state_mark_sql(const Register& description, const Field& field) {
    return fmt::format("substr({}, {}, 1)", states_column(field), state_place(description, field));
}

json::object entry_body(const Entry& entry) {
    json::object fields;
    json::object states;
    json::object written;
    json::object extra;
    for (const auto& [name, value] : entry.fields) {
        if (value.known()) {
            fields[name] = value.text;
        } else if (value.state != State::never_asked) {
            states[name] = state_text(value.state);
            if (value.state == State::unreadable) written[name] = value.text;
        }
    }
    for (const auto& [name, text] : entry.extra)
        extra[name] = text;
    json::object body{{"fields", std::move(fields)}};
    if (entry.retired) body["retired"] = true;
    if (!states.empty()) body["states"] = std::move(states);
    if (!written.empty()) body["written"] = std::move(written);
    if (!extra.empty()) body["extra"] = std::move(extra);
    return body;
}

Entry entry_of(std::string_view register_name, std::string_view id, int64_t version,
               const json::object& body) {
    Entry entry;
    entry.register_name = register_name;
    entry.id = id;
    entry.version = version;
    entry.retired = body.contains("retired");
    auto each = [&](const char* part, auto&& visit) {
        const json::object* members = object_at(body, part);
        if (!members) return;
        for (const auto& member : *members)
            visit(std::string(member.key()), std::string(text_at(*members, member.key())));
    };
    each("fields", [&](const std::string& name, std::string text) {
        entry.fields[name] = {State::known, std::move(text)};
    });
    each("states", [&](const std::string& name, const std::string& text) {
        entry.fields[name].state = state_of(text).value_or(State::unknown);
    });
    each("written",
         [&](const std::string& name, std::string text) { entry.fields[name].text = std::move(text); });
    each("extra", [&](const std::string& name, std::string text) { entry.extra[name] = std::move(text); });
    return entry;
}

namespace {

bool digit(char c) {
    return c >= '0' && c <= '9';
}

// A number without leading zeros so that texts of such numbers sort by value: its length, then itself. Up to
// nine digits the length is one digit (0–8); 9 stands before a longer length, written the same way.
void append_number(std::string& out, std::string_view digits) {
    if (digits.size() <= 9) {
        out += static_cast<char>('0' + digits.size() - 1);
    } else {
        out += '9';
        append_number(out, std::to_string(digits.size()));
    }
    out += digits;
}

}  // namespace

std::string label_order(std::string_view label) {
    std::string out;
    out.reserve(label.size() + 4);
    for (size_t i = 0; i < label.size();) {
        if (!digit(label[i])) {
            out += label[i++];
            continue;
        }
        while (i + 1 < label.size() && label[i] == '0' && digit(label[i + 1]))
            i++;
        size_t end = i;
        while (end < label.size() && digit(label[end]))
            end++;
        append_number(out, label.substr(i, end - i));
        i = end;
    }
    return out;
}

bool label_less(std::string_view a, std::string_view b) {
    size_t i = 0;
    size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (digit(a[i]) && digit(b[j])) {
            while (i + 1 < a.size() && a[i] == '0' && digit(a[i + 1]))
                i++;
            while (j + 1 < b.size() && b[j] == '0' && digit(b[j + 1]))
                j++;
            size_t x = i;
            size_t y = j;
            while (x < a.size() && digit(a[x]))
                x++;
            while (y < b.size() && digit(b[y]))
                y++;
            if (x - i != y - j) return x - i < y - j;
            int order = a.substr(i, x - i).compare(b.substr(j, y - j));
            if (order != 0) return order < 0;
            i = x;
            j = y;
        } else {
            if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
            i++;
            j++;
        }
    }
    return a.size() - i < b.size() - j;
}

}  // namespace sonae::registers
