// Planning and carrying out an import.
#include "exchange/import.hpp"

#include "base/id.hpp"
#include "base/text.hpp"
#include "exchange/table.hpp"
#include "register/value.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

using registers::Applied;
using registers::Command;
using registers::Entry;
using registers::FieldValue;
using registers::read_value;
using registers::Record;
using State = registers::State;

constexpr size_t longest_text = 4'000;  // characters in one cell

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

size_t characters(std::string_view text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// The form in which keys are compared: match_key, but a mark between two digits stays. "ＰＣ－０１" is pc01,
// while 1-1 and 11 are different devices.
std::string key_form(std::string_view text) {
    std::string out;
    bool mark = false;
    std::string plain = normalise(text);
    for (size_t at = 0; at < plain.size();) {
        size_t length = 1;
        while (at + length < plain.size() && (static_cast<unsigned char>(plain[at + length]) & 0xc0) == 0x80)
            length++;
        std::string piece = match_key(std::string_view(plain).substr(at, length));
        at += length;
        if (piece.empty()) {
            mark = true;
            continue;
        }
        if (mark && !out.empty() && is_digit(out.back()) && is_digit(piece.front())) out += '-';
        mark = false;
        out += piece;
    }
    return out.empty() ? plain : out;
}

// Several names in one cell stand on lines of their own or have 、 between them; a name may itself hold
// spaces, commas and slashes.
std::vector<std::string> split_names(std::string_view cell) {
    return split(cell, "\r\n、");
}

bool looks_like_address(std::string_view text) {
    bool digit = std::any_of(text.begin(), text.end(), is_digit);
    return digit && text.find_first_of(".:-") != std::string_view::npos;
}

// Several addresses in one cell. A slash divides them unless a prefix length follows (10.0.0.1/24); white
// space does where all that it divides looks like addresses.
std::vector<std::string> split_addresses(std::string_view cell) {
    std::vector<std::string> pieces;
    for (const std::string& part : split(cell, "\r\n、,，;；")) {
        std::vector<std::string> slashed;
        std::string rest = normalise(part);
        if (rest.find('/') == std::string::npos) {
            slashed.push_back(part);
        } else {
            size_t from = 0;
            for (size_t at = rest.find('/'); at != std::string::npos; at = rest.find('/', at + 1)) {
                size_t digits = at + 1;
                while (digits < rest.size() && is_digit(rest[digits]))
                    digits++;
                bool ends = digits == rest.size() || rest[digits] == ' ' || rest[digits] == '/';
                if (digits > at + 1 && digits <= at + 4 && ends && at > 0 && rest[at - 1] != ' ') continue;
                slashed.push_back(trim(std::string_view(rest).substr(from, at - from)));
                from = at + 1;
            }
            slashed.push_back(trim(std::string_view(rest).substr(from)));
        }
        for (std::string& piece : slashed) {
            auto spaced = split(piece, " \t　");
            if (spaced.size() > 1 && std::all_of(spaced.begin(), spaced.end(), looks_like_address)) {
                pieces.insert(pieces.end(), spaced.begin(), spaced.end());
            } else if (!piece.empty()) {
                pieces.push_back(std::move(piece));
            }
        }
    }
    return pieces;
}

// The values of several entries in one cell of the field.
std::vector<std::string> pieces_of(const catalog::Field& field, std::string_view cell) {
    switch (field.type) {
        case catalog::Type::address:
        case catalog::Type::mac:
            return split_addresses(cell);
        case catalog::Type::text:
        case catalog::Type::reference:
            return split_names(cell);
        default:
            return split_values(cell, false);
    }
}

bool says_something(const catalog::Field& field, std::string_view cell) {
    State state = read_value(field, cell).state;
    return state != State::never_asked && state != State::none;
}

// A cell of a row with the column it stands in.
struct Filled {
    const ImportColumn* column;
    std::string text;
};

// An entry of a child that a row speaks of.
struct Child {
    const catalog::ImportChild* link;
    const catalog::Register* target;
    const catalog::Field* naming;
    std::vector<std::pair<std::string, std::string>> values;

    bool operator==(const Child&) const = default;
};

// What a command is for.
struct Purpose {
    size_t row;
    const catalog::Register* target;
    bool child;
    bool add;
    std::vector<std::string> changes;  // fields that will differ from what is there
};

class Planner {
 public:
    Planner(const Record& record, const catalog::Register& description, const Table& table,
            const Header& header, ImportResult& result)
        : record_(record), description_(description), table_(table), header_(header), result_(result) {}

    Status run() {
        if (auto read = read_entries(); !read) return read;
        const TableRow& head = table_.rows[header_.row];
        int64_t kept = 0;
        for (size_t r = 0; r < table_.rows.size(); r++) {
            const TableRow& row = table_.rows[r];
            kept++;
            if (r == header_.row) continue;
            if (r < header_.row || same_cells(row, head)) {
                result_.titles.emplace_back(row.number, joined(row));
            } else {
                plan(row);
            }
        }
        result_.blank_rows = table_.row_count - kept;
        return {};
    }

    const std::vector<Command>& commands() const { return commands_; }

    // Puts what became of the commands into the result.
    void report(const std::vector<Applied>& applied) {
        for (const catalog::ImportChild& link : description_.import_children) {
            const catalog::Register* target = record_.catalog().find_register(link.child);
            if (target != nullptr) result_.children.push_back({target->name, target->label, 0, 0});
        }
        for (size_t i = 0; i < applied.size(); i++) {
            const Purpose& purpose = purposes_[i];
            ImportRow& row = result_.rows[purpose.row];
            if (!purpose.child) {
                row.id = applied[i].id;
                row.outcome = purpose.add          ? Outcome::added
                              : applied[i].changed ? Outcome::changed
                                                   : Outcome::same;
            } else if (applied[i].changed && row.outcome == Outcome::same) {
                row.outcome = Outcome::changed;
            }
            if (applied[i].changed && row.outcome == Outcome::changed) {
                for (const std::string& field : purpose.changes) {
                    row.changed.push_back(purpose.child ? fmt::format("{}.{}", purpose.target->name, field)
                                                        : field);
                }
            }
            for (const std::string& name : applied[i].unreadable) {
                const catalog::Field* field = purpose.target->field(name);
                for (const auto& [value_name, written] : commands_[i].values) {
                    if (value_name == name)
                        row.unreadable.push_back({purpose.target->name, name, field->label, written});
                }
            }
            for (const auto& [name, label] : applied[i].created) {
                const catalog::Register* made = record_.catalog().find_register(name);
                result_.created.push_back({name, made != nullptr ? made->label : Words{name, name}, label});
            }
            if (!purpose.child || !applied[i].changed) continue;
            for (ChildCount& count : result_.children) {
                if (count.register_name == purpose.target->name)
                    (purpose.add ? count.added : count.changed)++;
            }
        }
    }

 private:
    // ---- what is there ----

    Status read_entries() {
        auto entries = record_.list(description_.name);
        if (!entries) return pass(std::move(entries));
        entries_ = *std::move(entries);
        for (const catalog::Field& field : description_.fields) {
            if (field.key && key_ == nullptr) key_ = &field;
        }
        if (key_ != nullptr) {
            // Entries that are also found by this name in references are compared as references do it.
            for (const catalog::Register& other : record_.catalog().registers()) {
                for (const catalog::Field& field : other.fields) {
                    if (field.references == description_.name && field.found_by == key_->name)
                        organisation_ = true;
                }
            }
        }
        for (size_t i = 0; i < entries_.size(); i++) {
            const FieldValue* key = key_ != nullptr ? &entries_[i].field(key_->name) : nullptr;
            if (key != nullptr && key->known()) {
                by_key_[key_of(key->text)].push_back(i);
            } else {
                keyless_.push_back(i);
            }
        }
        for (const catalog::ImportChild& link : description_.import_children) {
            auto children = record_.list(link.child);
            if (!children) return pass(std::move(children));
            for (Entry& child : *children) {
                std::string parent = child.field(link.parent).text;
                children_[link.child][parent].push_back(std::move(child));
            }
        }
        return {};
    }

    std::string key_of(std::string_view text) const {
        if (organisation_) {
            std::string name = organisation_key(text);
            if (name != match_key(text)) return name;  // it had a form of company
        }
        return key_form(text);
    }

    // The names by which a reference may call an entry, as they are compared.
    const std::set<std::string>& names_of(const catalog::Field& field, const std::string& id) {
        auto [place, fresh] = names_.try_emplace(field.references + " " + id);
        if (!fresh) return place->second;
        const catalog::Register* target = record_.catalog().find_register(field.references);
        auto entry = record_.get(field.references, id);
        place->second.insert(organisation_key(id));
        if (!entry || target == nullptr) return place->second;
        place->second.insert(organisation_key(entry->label));
        for (const catalog::Field& one : target->fields) {
            if (one.key || one.name == field.found_by) {
                place->second.insert(organisation_key(entry->field(one.name).text));
            }
        }
        return place->second;
    }

    // True when the entry's field already says what is written.
    bool already(const Entry& entry, const catalog::Field& field, const std::string& written) {
        const FieldValue& there = entry.field(field.name);
        FieldValue value = read_value(field, written);
        if (field.type != catalog::Type::reference || !value.known()) return there == value;
        if (!there.known()) return there.text == value.text;
        auto ids = split(there.text, " ");
        std::vector<std::string> named{value.text};
        if (field.many && ids.size() > 1) named = split_values(value.text, false);
        return named.size() == ids.size() &&
               std::all_of(named.begin(), named.end(), [&](const std::string& name) {
                   return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
                       return names_of(field, id).count(organisation_key(name)) != 0;
                   });
               });
    }

    // ---- a row ----

    static bool same_cells(const TableRow& row, const TableRow& head) {
        return row.cells.size() > 1 && row.cells == head.cells;
    }

    static std::string joined(const TableRow& row) {
        std::string text;
        for (std::string_view cell : row.cells) {
            std::string plain = normalise(cell);
            if (plain.empty()) continue;
            if (!text.empty()) text += " ";
            text += plain;
        }
        return text;
    }

    void refuse(ImportRow& row, std::string ja, std::string en) {
        row.outcome = Outcome::refused;
        row.notes.clear();
        row.reason = {std::move(ja), std::move(en)};
    }

    void plan(const TableRow& source) {
        result_.rows.emplace_back();
        ImportRow& row = result_.rows.back();
        row.number = source.number;

        std::vector<Filled> own;
        std::vector<Filled> of_children;
        extra_.clear();
        for (size_t i = 0; i < source.cells.size(); i++) {
            const ImportColumn& column = header_.columns[i];
            std::string text = trim(source.cells[i]);
            if (text.empty()) continue;
            if (row.label.empty() || (column.field == key_ && key_ != nullptr)) row.label = shortened(text);
            if (characters(text) > longest_text) {
                return refuse(
                    row,
                    fmt::format("列「{}」の文章が長すぎます（{}文字まで）。短くしてください。", column.name,
                                longest_text),
                    fmt::format("The text in the column \"{}\" is too long (more than {} characters). "
                                "Shorten it.",
                                column.name, longest_text));
            }
            if (column.use == ColumnUse::extra) {
                extra_.emplace_back(column.name, std::move(text));
            } else if (column.use == ColumnUse::mapped) {
                (column.target == &description_ ? own : of_children).push_back({&column, std::move(text)});
            }
        }

        std::vector<Child> children = read_children(row, of_children);
        Entry* there = nullptr;
        if (!find_entry(row, own, children, there)) return;
        if (there == nullptr && !required_fields_are_there(row, own)) return;

        Command command;
        command.action = there != nullptr ? "set" : "add";
        command.register_name = description_.name;
        command.id = there != nullptr ? there->id : new_id(record_.now());
        std::vector<std::string> changes;
        for (const Filled& cell : own) {
            command.values.emplace_back(cell.column->field->name, cell.text);
            if (there != nullptr && !already(*there, *cell.column->field, cell.text)) {
                changes.push_back(cell.column->field->name);
            }
        }
        for (const auto& [name, text] : extra_) {
            auto kept =
                there != nullptr ? there->extra.find(name) : std::map<std::string, std::string>::iterator{};
            if (there != nullptr && (kept == there->extra.end() || kept->second != text))
                changes.push_back(name);
        }
        command.extra = extra_;
        std::string parent = command.id;
        bool is_new = there == nullptr;
        add_command(std::move(command), &description_, false, is_new, std::move(changes));
        for (const Child& child : children)
            plan_child(child, parent, is_new);
        if (!is_new) note_left_over(row, children, parent);
    }

    static std::string shortened(const std::string& text) {
        std::string plain = normalise(text);
        if (characters(plain) <= 40) return plain;
        size_t bytes = 0;
        for (size_t count = 0; count < 40; bytes++) {
            if ((static_cast<unsigned char>(plain[bytes + 1]) & 0xc0) != 0x80) count++;
        }
        return plain.substr(0, bytes) + "…";
    }

    void add_command(Command command, const catalog::Register* target, bool child, bool add,
                     std::vector<std::string> changes) {
        commands_.push_back(std::move(command));
        purposes_.push_back({result_.rows.size() - 1, target, child, add, std::move(changes)});
    }

    // Finds the entry a row speaks of: by the register's key, or, where the row has none, the one that
    // already says all of it. False when the row is refused.
    bool find_entry(ImportRow& row, const std::vector<Filled>& own, const std::vector<Child>& children,
                    Entry*& there) {
        if (description_.single) {
            if (seen_.count({}) != 0) {
                refuse(
                    row,
                    fmt::format("{}は一つだけです（{}行目にあります）。", description_.label.ja, seen_[{}]),
                    fmt::format("There is exactly one {} (row {} has it).", description_.label.en,
                                seen_[{}]));
                return false;
            }
            seen_[{}] = row.number;
            if (!entries_.empty()) there = &entries_.front();
            return true;
        }
        const Filled* key = nullptr;
        for (const Filled& cell : own) {
            if (cell.column->field == key_) key = &cell;
        }
        if (key_ == nullptr || key == nullptr || !read_value(*key_, key->text).known()) {
            there = keyless_with(own, children);
            return true;
        }
        std::string form = key_of(key->text);
        auto [seen, fresh] = seen_.emplace(form, row.number);
        if (!fresh) {
            refuse(row,
                   fmt::format("{}「{}」は{}"
                               "行目と同じです。別のものなら番号や名前を分け、同じものならどちらかの行を消し"
                               "てください。",
                               key_->label.ja, row.label, seen->second),
                   fmt::format(
                       "{} \"{}\" is the same as in row {}. Give it another one, or delete one of the rows.",
                       key_->label.en, row.label, seen->second));
            return false;
        }
        auto found = by_key_.find(form);
        if (found == by_key_.end()) return true;
        if (found->second.size() > 1) {
            refuse(row,
                   fmt::format("{}「{}」に当たる{}が記録に{}件あります。記録のほうを一つにまとめてください。",
                               key_->label.ja, row.label, description_.label.ja, found->second.size()),
                   fmt::format("The record has {} entries with the {} \"{}\". Put them together there first.",
                               found->second.size(), key_->label.en, row.label));
            return false;
        }
        there = &entries_[found->second.front()];
        return true;
    }

    // The keyless entries that may say what the row says: those that share its rarest value.
    const std::vector<size_t>& alike(const std::vector<Filled>& own) {
        static const std::vector<size_t> none;
        const std::vector<size_t>* fewest = &keyless_;
        for (const Filled& cell : own) {
            const catalog::Field& field = *cell.column->field;
            if (field.type == catalog::Type::reference) continue;
            auto [index, fresh] = keyless_by_value_.try_emplace(&field);
            if (fresh) {
                for (size_t i : keyless_)
                    index->second[value_form(entries_[i].field(field.name))].push_back(i);
            }
            auto found = index->second.find(value_form(read_value(field, cell.text)));
            if (found == index->second.end()) return none;
            if (found->second.size() < fewest->size()) fewest = &found->second;
        }
        return *fewest;
    }

    static std::string value_form(const FieldValue& value) {
        return fmt::format("{} {}", registers::state_text(value.state), value.text);
    }

    Entry* keyless_with(const std::vector<Filled>& own, const std::vector<Child>& children) {
        for (size_t i : alike(own)) {
            Entry& entry = entries_[i];
            if (claimed_.count(entry.id) != 0) continue;
            bool all = std::all_of(own.begin(), own.end(), [&](const Filled& cell) {
                return already(entry, *cell.column->field, cell.text);
            });
            bool extra = all && std::all_of(extra_.begin(), extra_.end(), [&](const auto& one) {
                             auto kept = entry.extra.find(one.first);
                             return kept != entry.extra.end() && kept->second == one.second;
                         });
            bool below = extra && std::all_of(children.begin(), children.end(),
                                              [&](const Child& child) { return says_all(child, entry.id); });
            if (!below) continue;
            claimed_.insert(entry.id);
            return &entry;
        }
        return nullptr;
    }

    bool required_fields_are_there(ImportRow& row, const std::vector<Filled>& own) {
        for (const catalog::Field& field : description_.fields) {
            if (!field.required) continue;
            bool there = std::any_of(own.begin(), own.end(), [&](const Filled& cell) {
                return cell.column->field == &field &&
                       read_value(field, cell.text).state != State::never_asked;
            });
            if (there) continue;
            refuse(row,
                   fmt::format("「{}」が空欄です。入力してからもう一度取り込んでください。", field.label.ja),
                   fmt::format("{} is blank. Fill it in and import again.", field.label.en));
            return false;
        }
        return true;
    }

    // ---- children ----

    // The entries of children that a row speaks of. Values without an entry to go to are kept as extra, and
    // noted.
    std::vector<Child> read_children(ImportRow& row, const std::vector<Filled>& cells) {
        std::vector<Child> out;
        for (const catalog::ImportChild& link : description_.import_children) {
            const catalog::Register* target = record_.catalog().find_register(link.child);
            std::map<size_t, std::vector<const Filled*>> groups;
            for (const Filled& cell : cells) {
                if (cell.column->target == target) groups[cell.column->group].push_back(&cell);
            }
            for (const auto& [number, group] : groups)
                read_group(row, link, *target, group, out);
        }
        return out;
    }

    void read_group(ImportRow& row, const catalog::ImportChild& link, const catalog::Register& target,
                    const std::vector<const Filled*>& group, std::vector<Child>& out) {
        const Filled* name = nullptr;
        for (const catalog::Field* field : naming_fields(target)) {
            for (const Filled* cell : group) {
                if (name == nullptr && cell->column->field == field && says_something(*field, cell->text))
                    name = cell;
            }
        }
        if (name == nullptr) {
            for (const Filled* cell : group) {
                if (!says_something(*cell->column->field, cell->text)) continue;
                keep_as_extra(
                    row, *cell,
                    fmt::format("{}の名前がないため、列「{}」の「{}」は補足として残しました。",
                                target.label.ja, cell->column->name, shortened(cell->text)),
                    fmt::format("\"{}\" of the column \"{}\" is kept as an extra field, because no {} is "
                                "named.",
                                shortened(cell->text), cell->column->name, target.label.en));
            }
            return;
        }
        const catalog::Field& naming = *name->column->field;
        std::vector<Child> made;
        for (std::string& piece : pieces_of(naming, name->text)) {
            made.push_back({&link, &target, &naming, {{naming.name, std::move(piece)}}});
        }
        if (made.empty()) made.push_back({&link, &target, &naming, {{naming.name, name->text}}});
        for (const Filled* cell : group) {
            const catalog::Field& field = *cell->column->field;
            if (cell == name) continue;
            if (made.size() == 1) {
                made.front().values.emplace_back(field.name, cell->text);
                continue;
            }
            auto pieces = pieces_of(field, cell->text);
            if (pieces.size() == made.size()) {
                for (size_t i = 0; i < made.size(); i++)
                    made[i].values.emplace_back(field.name, pieces[i]);
            } else if (says_something(field, cell->text)) {
                keep_as_extra(
                    row, *cell,
                    fmt::format("{}が{}件あり、列「{}」の「{}"
                                "」がどれのものか決められないため、補足として残しました。",
                                target.label.ja, made.size(), cell->column->name, shortened(cell->text)),
                    fmt::format("The row has {} entries of {}, and it is not clear which of them \"{}\" of "
                                "the column "
                                "\"{}\" belongs to: it is kept as an extra field.",
                                made.size(), target.label.en, shortened(cell->text), cell->column->name));
            }
        }
        for (Child& child : made) {
            bool nothing = child.values.size() == 1 && !says_something(naming, child.values.front().second);
            if (!nothing && std::find(out.begin(), out.end(), child) == out.end())
                out.push_back(std::move(child));
        }
    }

    void keep_as_extra(ImportRow& row, const Filled& cell, std::string ja, std::string en) {
        extra_.emplace_back(cell.column->name, cell.text);
        row.notes.push_back({std::move(ja), std::move(en)});
    }

    // The entry of this child that is there already: the same name under the same parent.
    const Entry* find_child(const Child& child, const std::string& parent) {
        FieldValue name = read_value(*child.naming, child.values.front().second);
        for (const Entry& entry : children_[child.target->name][parent]) {
            if (claimed_.count(entry.id) != 0) continue;
            const FieldValue& there = entry.field(child.naming->name);
            bool text = there.state == name.state && child.naming->type == catalog::Type::text;
            if (there == name || (text && key_form(there.text) == key_form(name.text))) return &entry;
        }
        return nullptr;
    }

    // True when an entry below this parent already says what the row says of the child.
    bool says_all(const Child& child, const std::string& parent) {
        const auto& there = children_[child.target->name][parent];
        return std::any_of(there.begin(), there.end(), [&](const Entry& entry) {
            return std::all_of(child.values.begin(), child.values.end(), [&](const auto& value) {
                return already(entry, *child.target->field(value.first), value.second);
            });
        });
    }

    void plan_child(const Child& child, const std::string& parent, bool parent_is_new) {
        const Entry* there = parent_is_new ? nullptr : find_child(child, parent);
        Command command;
        command.register_name = child.target->name;
        command.values = child.values;
        std::vector<std::string> changes;
        if (there != nullptr) {
            claimed_.insert(there->id);
            command.action = "set";
            command.id = there->id;
        } else {
            command.action = "add";
            command.id = new_id(record_.now());
            command.values.emplace(command.values.begin(), child.link->parent, parent);
        }
        for (const auto& [name, text] : child.values) {
            if (there == nullptr || !already(*there, *child.target->field(name), text))
                changes.push_back(name);
        }
        add_command(std::move(command), child.target, true, there == nullptr, std::move(changes));
    }

    // Entries of children that the record has and the row does not name are left alone; a person decides.
    void note_left_over(ImportRow& row, const std::vector<Child>& named, const std::string& parent) {
        for (const catalog::ImportChild& link : description_.import_children) {
            bool spoken_of = std::any_of(named.begin(), named.end(),
                                         [&](const Child& child) { return child.link == &link; });
            if (!spoken_of) continue;
            for (const Entry& entry : children_[link.child][parent]) {
                if (claimed_.count(entry.id) != 0) continue;
                const catalog::Register* target = record_.catalog().find_register(link.child);
                row.notes.push_back(
                    {fmt::format(
                         "記録にある{}「{}」がこの行にありません。使っていなければ記録から外してください。",
                         target->label.ja, entry.label),
                     fmt::format(
                         "{} \"{}\" is in the record and not in this row. Retire it if it is no longer used.",
                         target->label.en, entry.label)});
            }
        }
    }

    const Record& record_;
    const catalog::Register& description_;
    const Table& table_;
    const Header& header_;
    ImportResult& result_;

    const catalog::Field* key_ = nullptr;
    bool organisation_ = false;  // the key is the name of an organisation or the like, found by references
    std::vector<Entry> entries_;
    std::unordered_map<std::string, std::vector<size_t>> by_key_;
    std::vector<size_t> keyless_;
    std::unordered_map<const catalog::Field*, std::unordered_map<std::string, std::vector<size_t>>>
        keyless_by_value_;
    std::unordered_map<std::string, std::unordered_map<std::string, std::vector<Entry>>> children_;
    std::unordered_map<std::string, std::set<std::string>> names_;

    std::unordered_map<std::string, int64_t> seen_;  // keys in this file and the rows they stand in
    std::set<std::string> claimed_;                  // entries that a row of this file has already met
    std::vector<std::pair<std::string, std::string>> extra_;  // of the row in hand
    std::vector<Command> commands_;
    std::vector<Purpose> purposes_;
};

tl::unexpected<Error> no_header(const catalog::Register& description, std::string_view file_name) {
    std::vector<std::string> ja;
    std::vector<std::string> en;
    for (const catalog::Field& field : description.fields) {
        if (field.internal || ja.size() == 8) continue;
        ja.push_back(fmt::format("「{}」", field.label.ja));
        en.push_back(fmt::format("\"{}\"", field.label.en));
    }
    return fail(
        Code::bad_file,
        fmt::format("「{}」に{}台帳の見出しの行が見つかりません。{}などの列名が並ぶ行を入れるか、--map "
                    "'列=項目' で指定してください。",
                    file_name, description.label.ja, fmt::join(ja, "")),
        fmt::format(
            "\"{}\" has no header row for the register {}. Add a row with column names such as {}, or name "
            "the columns with --map 'column=field'.",
            file_name, description.name, fmt::join(en, ", ")));
}

tl::unexpected<Error> unmet(const Header& header) {
    std::vector<std::string> names;
    for (const ImportColumn& column : header.columns) {
        if (!column.header.empty()) names.push_back(normalise(column.header));
    }
    return fail(Code::not_found,
                fmt::format("--map '{}': その列はこのファイルにありません。列は {} です。",
                            header.unmet.front(), fmt::join(names, "、")),
                fmt::format("--map '{}': this file has no such column. Its columns are {}.",
                            header.unmet.front(), fmt::join(names, ", ")));
}

// With `strict` one refused row refuses all.
Status refuse_rows(const ImportResult& result) {
    std::string ja;
    std::string en;
    int64_t refused = 0;
    for (const ImportRow& row : result.rows) {
        if (row.outcome != Outcome::refused) continue;
        if (++refused > 3) continue;
        ja += fmt::format(" {}行目: {}", row.number, row.reason.ja);
        en += fmt::format(" Row {}: {}", row.number, row.reason.en);
    }
    if (refused == 0) return {};
    return fail(Code::refused,
                fmt::format("取り込めない行が{}行あるため、何も変更していません。{}", refused, ja),
                fmt::format("{} rows cannot be taken, so nothing was changed.{}", refused, en));
}

}  // namespace

std::string_view outcome_text(Outcome outcome) {
    switch (outcome) {
        case Outcome::added:
            return "new";
        case Outcome::changed:
            return "changed";
        case Outcome::same:
            return "same";
        case Outcome::refused:
            return "refused";
    }
    return "";
}

int64_t ImportResult::count(Outcome outcome) const {
    return std::count_if(rows.begin(), rows.end(),
                         [&](const ImportRow& row) { return row.outcome == outcome; });
}

Result<ImportResult> import_file(Record& record, std::string_view register_name, std::string_view file_name,
                                 std::string_view bytes, const ImportOptions& options,
                                 const registers::Who& who) {
    const catalog::Register* description = record.catalog().find_register(register_name);
    if (description == nullptr) {
        return fail(Code::unknown_register, fmt::format("台帳「{}」はありません。", register_name),
                    fmt::format("There is no register \"{}\".", register_name));
    }
    if (description->internal) {
        return fail(
            Code::refused,
            fmt::format("「{}」は Sonae が自分で書く記録のため、取り込めません。", description->label.ja),
            fmt::format("The register {} is written by Sonae itself and cannot be imported.",
                        description->name));
    }
    auto mappings = read_mappings(record.catalog(), *description, options.map);
    if (!mappings) return pass(std::move(mappings));
    auto book = read_workbook(bytes, file_name);
    if (!book) return pass(std::move(book));

    ImportResult result;
    result.register_name = description->name;
    result.register_label = description->label;
    result.file = file_name;
    result.dry_run = options.dry_run;
    std::optional<Header> header;
    const Table* table = nullptr;
    for (const Table& one : book->tables) {
        if (!header) header = find_header(record.catalog(), *description, one, *mappings);
        if (header && table == nullptr) {
            table = &one;
        } else {
            result.other_sheets.emplace_back(one.name, static_cast<int64_t>(one.rows.size()));
        }
    }
    if (!header) return no_header(*description, file_name);
    if (!header->unmet.empty()) return unmet(*header);
    result.sheet = table->name;
    result.row_count = table->row_count;
    result.header_row = table->rows[header->row].number;
    result.columns = header->columns;

    Planner planner(record, *description, *table, *header, result);
    if (auto planned = planner.run(); !planned) return pass(std::move(planned));
    if (options.strict) {
        if (auto taken = refuse_rows(result); !taken) return pass(std::move(taken));
    }
    auto applied =
        options.dry_run ? record.plan(planner.commands(), who) : record.apply(planner.commands(), who);
    if (!applied) return pass(std::move(applied));
    planner.report(*applied);
    return result;
}

}  // namespace sonae::exchange
