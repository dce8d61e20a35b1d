// Carrying out commands: values are read and checked, references found or made, events and rows written.
#include "register/batch.hpp"

#include "base/id.hpp"
#include "base/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::registers {

using catalog::Field;
using catalog::Register;
using catalog::Type;

tl::unexpected<Error> no_register(std::string_view name) {
    return fail(Code::unknown_register, fmt::format("台帳「{}」はありません。", name),
                fmt::format("There is no register \"{}\".", name));
}

std::string digest_of(const std::vector<Command>& commands) {
    json::array list;
    auto pairs = [](const std::vector<std::pair<std::string, std::string>>& values) {
        json::array out;
        for (const auto& [name, text] : values)
            out.push_back(json::array{json::string(name), json::string(text)});
        return out;
    };
    for (const Command& one : commands) {
        list.push_back(json::array{json::string(one.action), json::string(one.register_name),
                                   json::string(one.id), one.expected_version, pairs(one.values),
                                   pairs(one.extra), json::string(one.why)});
    }
    return hex(sha256(canonical(list)));
}

Batch::Batch(const catalog::Catalog& catalog, store::Database& database, history::History& history,
             Projection& projection, const std::string& institution, Instant at, const Who& who,
             std::string request_digest)
    : catalog_(catalog),
      database_(database),
      history_(history),
      projection_(projection),
      institution_(institution),
      at_(at),
      who_(who) {
    if (!who.request.empty()) request_ = {who.request, std::move(request_digest)};
}

Result<Applied> Batch::carry_out(const Command& command) {
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
    if (command.action == "reopen") return reopen(command, *description);
    if (command.action == "erase") return erase(command, *description);
    return fail(Code::usage, fmt::format("操作「{}」はありません（add、set、retire）。", command.action),
                fmt::format("There is no action \"{}\" (add, set, retire).", command.action));
}

Result<std::string> Batch::find(const Register& description, std::string_view name) {
    if (auto local = local_names_.find(name); local != local_names_.end()) return local->second;
    if (is_id(name) && projection_.has(institution_, description, name)) return std::string(name);
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

// The entries whose key or label is spelt exactly so: looked up without reading the register.
std::set<std::string> Batch::spelt(const Register& description, std::string_view name) {
    std::set<std::string> ids;
    auto look = [&](std::string_view condition) {
        auto query = database_.prepare(
            fmt::format("SELECT id FROM r_{} WHERE institution = :i AND retired = 0 AND {} = :name",
                        description.name, condition));
        query.bind("i", institution_).bind("name", name).bind_if("order", label_order(name));
        while (query.step())
            ids.emplace(query.text(0));
    };
    look("label_order = :order AND label");  // the order of labels has an index
    for (const Field& field : description.fields) {
        if (field.key) look(field.name);
    }
    return ids;
}

// Reads the values of a command into the entry. References made on the way are reported in `applied`.
Status Batch::take(const Command& command, const Register& description, Entry& entry, Applied& applied) {
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
Result<FieldValue> Batch::resolve(const Field& field, const std::string& written, Applied& applied) {
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
Result<std::string> Batch::find_or_make(const Field& field, const Register& target, const std::string& name,
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
    bool makable = !field.found_by.empty() && std::ranges::all_of(target.fields, [&](const Field& one) {
        return !one.required || one.name == field.found_by;
    });
    if (id.error().code == Code::ambiguous || !makable) return std::string();
    Command command;
    command.action = "add";
    command.register_name = target.name;
    command.values = {{field.found_by, name}};
    auto made = add(command, target);
    if (!made) return pass(std::move(made));
    applied.created.emplace_back(target.name, name);
    return made->id;
}

Result<Applied> Batch::add(const Command& command, const Register& description) {
    if (description.single && !exists_single(description).empty()) {
        return fail(Code::refused,
                    fmt::format("{}は一つだけです。setで変更してください。", description.label.ja),
                    fmt::format("There is exactly one {}. Change it with set.", description.label.en));
    }
    Applied applied;
    applied.register_name = description.name;
    applied.id = is_id(command.id) ? command.id : new_id(at_);
    if (is_id(command.id) && projection_.has(institution_, description, command.id)) {
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
            return fail(Code::bad_value,
                        fmt::format("{}には「{}」（{}）が必要です。", description.label.ja, field.label.ja,
                                    field.name),
                        fmt::format("{} needs {} ({}).", description.label.en, field.label.en, field.name));
        }
    }
    store(command, "add", entry, nullptr);
    applied.version = entry.version;
    return applied;
}

Result<Applied> Batch::set(const Command& command, const Register& description) {
    // The only entry of a register that has none yet (a plan, say) begins with what is set.
    if (description.single && command.id.empty() && exists_single(description).empty())
        return add(command, description);
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

// A retired entry stands again, with the values given; in the history it is a set like any other.
Result<Applied> Batch::reopen(const Command& command, const Register& description) {
    auto current = projection_.get(institution_, description, command.id);
    if (!current || !current->retired || current->version != command.expected_version) {
        return fail(Code::stale, fmt::format("{} {} は変更されています。", description.label.ja, command.id),
                    fmt::format("{} {} has been changed.", description.label.en, command.id));
    }
    Applied applied;
    applied.register_name = description.name;
    applied.id = current->id;
    Entry entry = *current;
    entry.retired = false;
    if (auto taken = take(command, description, entry, applied); !taken) return pass(std::move(taken));
    store(command, "set", entry, &*current);
    applied.version = entry.version;
    return applied;
}

Result<Applied> Batch::retire(const Command& command, const Register& description) {
    if (description.single) {
        return fail(Code::refused, fmt::format("{}は閉じられません。", description.label.ja),
                    fmt::format("The {} cannot be retired.", description.label.en));
    }
    auto current = load(command, description);
    if (!current) return pass(std::move(current));
    // What belongs to the entry goes with it.
    for (const Register& child : catalog_.registers()) {
        for (const std::string& id : children(description, child, current->id, false)) {
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

std::vector<std::string> Batch::children(const Register& parent, const Register& child, const std::string& id,
                                         bool retired_too) {
    std::vector<std::string> ids;
    if (child.parent_field.empty() || child.field(child.parent_field)->references != parent.name) return ids;
    auto query =
        database_.prepare(fmt::format("SELECT id FROM r_{} WHERE institution = :i AND {} = :id{}", child.name,
                                      child.parent_field, retired_too ? "" : " AND retired = 0"));
    query.bind("i", institution_).bind("id", id);
    while (query.step())
        ids.emplace_back(query.text(0));
    return ids;
}

namespace {

// Takes a field (or a column that matches no field) out of a body; true when it was there.
bool strip(json::object& body, std::string_view field) {
    bool found = false;
    for (const char* part : {"fields", "states", "written", "extra"}) {
        json::value* members = body.if_contains(part);
        if (!members || !members->is_object()) continue;
        if (members->get_object().erase(field) == 0) continue;
        found = true;
        if (members->get_object().empty()) body.erase(part);
    }
    return found;
}

}  // namespace

// The bodies of earlier events go away. Of a field's erasure the rest of each body is kept in the body of the
// erasing event, so that the other fields' past stays readable and is sealed anew. Earlier erasures of the
// entry are taken over, because their own bodies may hold the field once more.
Result<Applied> Batch::erase(const Command& command, const Register& description) {
    auto id = id_of(command, description);
    if (!id) return pass(std::move(id));
    Entry entry = *projection_.get(institution_, description, *id);
    Entry before = entry;
    std::string field = command.values.empty() ? "" : command.values.front().first;
    bool whole = field.empty();
    if (whole && description.single) {
        return fail(Code::refused,
                    fmt::format("{}は全体を消去できません。項目を指定してください。", description.label.ja),
                    fmt::format("The {} cannot be erased as a whole. Name a field.", description.label.en));
    }
    const Field* known = whole ? nullptr : description.field(field);
    if (known && known->required) {
        return fail(
            Code::refused,
            fmt::format("「{}」は必須の項目です。記載ごと消去するか、先に変更してください。",
                        known->label.ja),
            fmt::format("{} is required. Erase the whole entry, or change it first.", known->label.en));
    }
    if (whole) {
        for (const Register& child : catalog_.registers()) {
            for (const std::string& one : children(description, child, *id, true)) {
                Command inner;
                inner.action = "erase";
                inner.register_name = child.name;
                inner.id = one;
                inner.why = command.why;
                if (auto done = erase(inner, child); !done) return done;
            }
        }
    }

    json::object left;
    std::vector<int64_t> seqs;
    bool held = false;
    history_.each(
        [&](const history::Event& event) {
            json::value rest = nullptr;
            bool has = whole;
            if (event.body && !whole) {
                auto body = parse_json(*event.body);
                if (body && body->is_object()) {
                    has = strip(body->get_object(), field);
                    body->get_object().erase("erased");
                    rest = std::move(*body);
                }
            }
            held = held || has;
            if (has || event.erased || event.action == "erase") {
                seqs.push_back(event.seq);
                left[std::to_string(event.seq)] = std::move(rest);
            }
            return true;
        },
        description.name, *id);
    if (!held) {
        return fail(
            Code::not_found,
            fmt::format("{}「{}」に「{}」の記録はありません。", description.label.ja, entry.label, field),
            fmt::format("{} \"{}\" never held {}.", description.label.en, entry.label, field));
    }
    json::object erasure{{"events", std::move(left)}};
    if (whole) {
        entry.fields.clear();
        entry.extra.clear();
        entry.retired = true;
    } else {
        entry.fields.erase(field);
        entry.extra.erase(field);
        erasure["field"] = field;
        // What a person decided to close with the erasure (command of the evidence floor) is set here as
        // well.
        for (size_t i = 1; i < command.values.size(); i++)
            entry.fields[command.values[i].first] = {registers::State::known, command.values[i].second};
        entry.retired = entry.retired || command.values.size() > 1;
    }
    Applied applied;
    applied.register_name = description.name;
    applied.id = *id;
    int64_t seq = store(command, "erase", entry, &before, std::move(erasure));
    history_.erase(seqs, seq);
    applied.version = entry.version;
    return applied;
}

std::string Batch::exists_single(const Register& description) {
    auto query = database_.prepare(
        fmt::format("SELECT id FROM r_{} WHERE institution = :i AND retired = 0", description.name));
    query.bind("i", institution_);
    std::string id;
    if (query.step()) id = query.text(0);
    query.reset();
    return id;
}

// The id of the entry a command speaks of.
Result<std::string> Batch::id_of(const Command& command, const Register& description) {
    if (!command.id.empty()) return find(description, command.id);
    if (description.single) return exists_single(description);
    return fail(Code::usage, "どれを変更するか、idを指定してください。",
                "Give the id of the entry to change.");
}

// The entry a command speaks of, at the version it expects.
Result<Entry> Batch::load(const Command& command, const Register& description) {
    auto id = id_of(command, description);
    if (!id) return pass(std::move(id));
    auto entry = projection_.get(institution_, description, *id);
    if (!entry || entry->retired) {
        return fail(Code::not_found,
                    fmt::format("{} {} はすでに閉じられています。", description.label.ja, *id),
                    fmt::format("{} {} is retired.", description.label.en, *id));
    }
    if (command.expected_version != 0 && command.expected_version != entry->version) {
        return fail(
            Code::stale,
            fmt::format("{}は別の人が変更しました（あなたの版 {}、現在の版 "
                        "{}）。もう一度読んでから変更してください。",
                        entry->label, command.expected_version, entry->version),
            fmt::format("{} was changed by somebody else (yours: version {}, now: version {}). Read it again "
                        "before changing it.",
                        entry->label, command.expected_version, entry->version));
    }
    return *entry;
}

// Writes the event and the row of the entry as it is now; returns the event's number.
int64_t Batch::store(const Command& command, const char* action, Entry& entry, const Entry* before,
                     json::object erasure) {
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
    if (!erasure.empty()) change.body["erased"] = std::move(erasure);
    change.request = request_;
    int64_t seq = history_.append(change, at_, next_).seq;
    next_ = seq + 1;
    projection_.write(institution_, entry, day_in_japan(at_), who_.by, before);
    events_++;
    auto names = names_.find(entry.register_name);
    if (names == names_.end()) return seq;
    // Another entry's label may follow this one's: those names are read again.
    if (before && before->label != entry.label) {
        names_.clear();
    } else if (entry.retired) {
        names_.erase(names);
    } else {
        note_names(*catalog_.find_register(entry.register_name), entry, names->second);
    }
    return seq;
}

void Batch::note_names(const Register& description, const Entry& entry, Names& names) {
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
const std::set<std::string, std::less<>>& Batch::sought_by(const Register& description) {
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

Batch::Names& Batch::names_of(const Register& description) {
    auto made = names_.try_emplace(description.name);
    Names& names = made.first->second;
    if (made.second) {
        projection_.each(institution_, description, {},
                         [&](Entry&& entry) { note_names(description, entry, names); });
    }
    return names;
}

}  // namespace sonae::registers
