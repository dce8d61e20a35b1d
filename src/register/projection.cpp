// Register tables: their form, and writing and reading their rows.
#include "register/projection.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <map>

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
std::string object_text(const json::object& object) {
    return object.empty() ? std::string() : canonical(object);
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

std::vector<std::string> columns_of(const Register& one) {
    std::vector<std::string> out{"institution", "id",         "version",    "label", "retired",
                                 "created_on",  "updated_on", "updated_by", "extra", "written"};
    for (const Field& field : one.fields) {
        out.push_back(field.name);
        out.push_back(field.name + "_state");
        if (field.type == Type::date) out.push_back(field.name + "_last");
    }
    return out;
}

}  // namespace

Projection::Projection(store::Database& database, const catalog::Catalog& catalog)
    : database_(database), catalog_(catalog), computer_(catalog) {
    for (const Register& one : catalog.registers()) {
        Table table;
        table.description = &one;
        table.remove =
            fmt::format("DELETE FROM r_{} WHERE institution = :institution AND id = :id", one.name);
        std::vector<std::string> columns = columns_of(one);
        table.insert = fmt::format("INSERT INTO r_{} ({}) VALUES (:{})", one.name, fmt::join(columns, ", "),
                                   fmt::join(columns, ", :"));
        std::string fields;
        for (const Field& field : one.fields)
            fields += fmt::format(", {0}, {0}_state", field.name);
        table.select = fmt::format(
            "SELECT id, version, label, retired, extra, written{} FROM r_{} WHERE institution = :i", fields,
            one.name);
        tables_.push_back(std::move(table));
    }
    for (const Register& one : catalog.registers()) {
        for (const std::string& part : one.label_of) {
            for (const std::string& name : split(part, "|")) {
                const Field* field = one.field(name);
                if (field->type != Type::reference || field->many) continue;
                auto target = std::ranges::find_if(tables_, [&](const Table& table) {
                    return table.description->name == field->references;
                });
                target->labelled_by.emplace_back(&one, field);
            }
        }
    }
}

void Projection::create() {
    for (const Register& one : catalog_.registers()) {
        std::string sql = fmt::format(
            "CREATE TABLE r_{} (institution TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,"
            " label TEXT NOT NULL, retired INTEGER NOT NULL, created_on TEXT NOT NULL, updated_on TEXT NOT "
            "NULL,"
            " updated_by TEXT NOT NULL, extra TEXT NOT NULL, written TEXT NOT NULL",
            one.name);
        for (const Field& field : one.fields) {
            sql += fmt::format(", {0} {1}, {0}_state TEXT NOT NULL", field.name,
                               is_integer(field) ? "INTEGER" : "TEXT");
            if (field.type == Type::date) sql += fmt::format(", {}_last TEXT", field.name);
        }
        database_.execute(sql + ", PRIMARY KEY (institution, id))");
        database_.execute(fmt::format("CREATE INDEX r_{0}_label ON r_{0} (institution, label)", one.name));
        for (const Field& field : one.fields) {
            if (field.many) {
                database_.execute(fmt::format(
                    "CREATE TABLE m_{}_{} (institution TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL,"
                    " PRIMARY KEY (institution, id, value))",
                    one.name, field.name));
            } else if (field.type == Type::reference || field.key) {
                database_.execute(
                    fmt::format("CREATE INDEX r_{0}_{1} ON r_{0} (institution, {1})", one.name, field.name));
            }
        }
        for (const catalog::Computed& computed : one.computed) {
            std::string columns;
            for (const auto& [name, type] : Computer::columns(computed.function)) {
                columns += fmt::format(", {} {}", name, type);
            }
            database_.execute(
                fmt::format("CREATE TABLE c_{} (institution TEXT NOT NULL, id TEXT NOT NULL{}, PRIMARY KEY "
                            "(institution, id))",
                            computed.name, columns));
        }
    }
}

void Projection::drop() {
    for (const std::string& name : database_.tables()) {
        if (name.starts_with("r_") || name.starts_with("m_") || name.starts_with("c_")) {
            database_.execute("DROP TABLE " + name);
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

std::string Projection::label(const std::string& institution, const Register& description,
                              std::string_view id) const {
    auto query = database_.prepare(
        fmt::format("SELECT label FROM r_{} WHERE institution = :i AND id = :id", description.name));
    query.bind("i", institution).bind("id", id);
    std::string out;
    if (query.step()) out = query.text(0);
    query.reset();
    return out;
}

std::string Projection::make_label(const std::string& institution, const Register& description,
                                   const Entry& entry) const {
    std::string out;
    for (const std::string& part : description.label_of) {
        for (const std::string& name : split(part, "|")) {
            const FieldValue& value = entry.field(name);
            if (!value.known() && value.state != State::unreadable) continue;
            const Field& field = *description.field(name);
            std::string text = show_value(field, value).ja;
            if (field.type == Type::reference && !field.many && value.known()) {
                text = label(institution, *catalog_.find_register(field.references), value.text);
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

void Projection::write_values(const std::string& institution, const Register& description,
                              const Entry& entry) {
    auto remove = [&](std::string_view kind, std::string_view name) {
        auto statement = database_.prepare(
            fmt::format("DELETE FROM {}_{} WHERE institution = :i AND id = :id", kind, name));
        statement.bind("i", institution).bind("id", entry.id).run();
    };
    for (const Field& field : description.fields) {
        if (!field.many) continue;
        std::string name = fmt::format("{}_{}", description.name, field.name);
        if (entry.version > 1) remove("m", name);
        const FieldValue& value = entry.field(field.name);
        if (entry.retired || !value.known()) continue;
        for (const std::string& one : split(value.text, " ")) {
            auto insert = database_.prepare(
                fmt::format("INSERT INTO m_{} (institution, id, value) VALUES (:i, :id, :value)", name));
            insert.bind("i", institution).bind("id", entry.id).bind("value", one).run();
        }
    }
    for (const catalog::Computed& computed : description.computed) {
        if (entry.version > 1) remove("c", computed.name);
        if (entry.retired) continue;
        std::vector<FieldValue> values;
        for (const std::string& name : computed.reads)
            values.push_back(entry.field(name));
        auto row = computer_.row(computed.function, values);
        if (!row) continue;
        auto columns = Computer::columns(computed.function);
        std::string names;
        std::string places;
        for (const auto& [name, type] : columns) {
            names += ", " + name;
            places += ", :" + name;
        }
        auto insert = database_.prepare(fmt::format("INSERT INTO c_{} (institution, id{}) VALUES (:i, :id{})",
                                                    computed.name, names, places));
        insert.bind("i", institution).bind("id", entry.id);
        for (size_t i = 0; i < columns.size(); i++)
            insert.bind_value(columns[i].first, (*row)[i]);
        insert.run();
    }
}

void Projection::write(const std::string& institution, Entry& entry, const Date& on, std::string_view by) {
    const Table& table = this->table(entry.register_name);
    const Register& description = *table.description;
    std::string day = on.iso();
    std::string created = day;
    std::string old_label;
    if (entry.version > 1) {
        auto query = database_.prepare(fmt::format(
            "SELECT created_on, label FROM r_{} WHERE institution = :i AND id = :id", description.name));
        query.bind("i", institution).bind("id", entry.id);
        if (query.step()) {
            created = query.text(0);
            old_label = query.text(1);
        }
        query.reset();
        auto remove = database_.prepare(table.remove);
        remove.bind("institution", institution).bind("id", entry.id).run();
    }
    entry.label = make_label(institution, description, entry);

    auto insert = database_.prepare(table.insert);
    insert.bind("institution", institution).bind("id", entry.id).bind("version", entry.version);
    insert.bind("label", entry.label).bind("retired", int64_t{entry.retired});
    insert.bind("created_on", created).bind("updated_on", day).bind("updated_by", by);
    json::object extra;
    for (const auto& [name, text] : entry.extra)
        extra[name] = text;
    json::object written;
    for (const Field& field : description.fields) {
        const FieldValue& value = entry.field(field.name);
        if (value.state == State::unreadable) written[field.name] = value.text;
        insert.bind_value(field.name, column_value(field, value));
        insert.bind(field.name + "_state", state_text(value.state));
        if (field.type == Type::date) {
            store::Value last;
            if (value.known()) last = Date::parse_iso(value.text)->last_day().iso();
            insert.bind_value(field.name + "_last", last);
        }
    }
    insert.bind("extra", object_text(extra)).bind("written", object_text(written));
    insert.run();

    write_values(institution, description, entry);
    if (entry.version > 1 && entry.label != old_label) refresh_labels(institution, table, entry.id);
}

// An entry that is called by another one's name follows when that name changes.
void Projection::refresh_labels(const std::string& institution, const Table& table, const std::string& id) {
    for (const auto& [description, field] : table.labelled_by) {
        std::vector<Entry> entries;
        auto query = database_.prepare(this->table(description->name).select +
                                       fmt::format(" AND {} = :id", field->name));
        query.bind("i", institution).bind("id", id);
        std::vector<std::string> ids;
        while (query.step())
            ids.emplace_back(query.text(0));
        for (const std::string& one : ids) {
            auto entry = get(institution, *description, one);
            auto update = database_.prepare(fmt::format(
                "UPDATE r_{} SET label = :label WHERE institution = :i AND id = :id", description->name));
            update.bind("i", institution)
                .bind("id", one)
                .bind("label", make_label(institution, *description, *entry));
            update.run();
            refresh_labels(institution, this->table(description->name), one);
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
    auto query = database_.prepare(table(description.name).select + " AND id = :id");
    query.bind("i", institution).bind("id", id);
    if (query.step()) {
        Entry entry;
        entry.register_name = description.name;
        entry.id = query.text(0);
        entry.version = query.integer(1);
        entry.label = query.text(2);
        entry.retired = query.integer(3) != 0;
        json::object extra = object_of(query.text(4));
        json::object written = object_of(query.text(5));
        for (const auto& member : extra)
            entry.extra[member.key()] = text_at(extra, member.key());
        int column = 6;
        for (const Field& field : description.fields) {
            State state = state_of(query.text(column + 1)).value_or(State::never_asked);
            if (state != State::never_asked) {
                FieldValue& value = entry.fields[field.name];
                value.state = state;
                if (state == State::known) value.text = query.text(column);
                if (state == State::unreadable) value.text = text_at(written, field.name);
            }
            column += 2;
        }
        out = std::move(entry);
    }
    query.reset();
    return out;
}

void Projection::each(const std::string& institution, const Register& description, std::string_view where,
                      const std::function<void(Entry&&)>& visit) const {
    std::vector<std::string> ids;
    auto query =
        database_.prepare(fmt::format("SELECT id FROM r_{} WHERE institution = :i AND retired = 0 {}{}",
                                      description.name, where.empty() ? "" : "AND ", where));
    query.bind("i", institution);
    while (query.step())
        ids.emplace_back(query.text(0));
    for (const std::string& id : ids) {
        if (auto entry = get(institution, description, id)) visit(std::move(*entry));
    }
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

bool label_less(std::string_view a, std::string_view b) {
    size_t i = 0;
    size_t j = 0;
    auto digit = [](char c) { return c >= '0' && c <= '9'; };
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
            if (a[i] != b[j]) return a[i] < b[j];
            i++;
            j++;
        }
    }
    return a.size() - i < b.size() - j;
}

}  // namespace sonae::registers
