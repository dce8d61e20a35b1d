// What changes in the entry that a row means, and in the entries below it.
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "exchange/import_plan.hpp"
#include "exchange/import_values.hpp"
#include "register/value.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::exchange {

using catalog::Field;
using catalog::Register;
using catalog::Type;
using registers::BulkValue;
using registers::Command;
using registers::FieldValue;
using registers::State;

namespace {

// The text from which read_value makes this value again.
std::string stored(const FieldValue& value) {
    switch (value.state) {
        case State::unknown:
            return "?";
        case State::none:
            return "-";
        case State::never_asked:
            return {};
        default:
            return value.text;
    }
}

void count_child(std::vector<ChildCount>& counts, const Register& target, bool added) {
    auto found = std::find_if(counts.begin(), counts.end(),
                              [&](const ChildCount& one) { return one.register_name == target.name; });
    if (found == counts.end()) found = counts.insert(found, {target.name, target.label, 0, 0});
    (added ? found->added : found->changed)++;
}

}  // namespace

Words RegisterPlan::shown(const Field& field, const FieldValue& value) {
    if (field.type != Type::reference || !value.known()) return registers::show_value(field, value);
    std::string names = references_.labels(field, value.text);
    return {names, names};
}

// True when the entry's field already says what the cell says.
bool RegisterPlan::same(Sheet& sheet, const OwnCell& cell, const BulkValue& there) {
    const Field& field = *cell.column->field;
    if (there.state == State::known && field.type != Type::reference && there.text == cell.cell.text)
        return true;
    const FieldValue& value = read(sheet, cell).first;
    if (field.type != Type::reference || !value.known())
        return there.state == value.state && there.text == value.text;
    auto meant = cell.column->meant.find(value.text);
    if (meant == cell.column->meant.end()) {
        bool makes = false;
        FieldValue ids = references_.find(field, value.text, makes);
        if (makes) return false;
        meant = cell.column->meant.emplace(value.text, std::move(ids)).first;
    }
    if (there.state == meant->second.state && there.text == meant->second.text) return true;
    return !meant->second.known() && there.state == State::known &&
           references_.could_mean(field, value.text, there.text);
}

void RegisterPlan::count_reading(Sheet& sheet, const OwnCell& cell, const Words& note, int64_t number) {
    if (note.ja.empty()) return;
    auto& readings = sheet.plan.result->readings;
    auto [place, fresh] = cell.column->readings.try_emplace(note.ja, readings.size());
    if (fresh) {
        const ImportColumn* column = cell.column->column;
        readings.push_back(
            {column != nullptr ? column->name : cell.column->field->label.ja, note, 0, number});
    }
    readings[place->second].rows++;
}

// Says that a name was taken as another spelling of one that is there (㈱メディカ for 株式会社メディカ).
void RegisterPlan::count_spelling(Sheet& sheet, const OwnCell& cell, const FieldValue& meant,
                                  int64_t number) {
    if (!meant.known()) return;
    std::string written = trim(cell.cell.text);
    std::string label = references_.labels(*cell.column->field, meant.text);
    if (written == label || organisation_key(written) != organisation_key(label)) return;
    count_reading(sheet, cell,
                  {fmt::format("「{}」は「{}」と同じとみました。", written, label),
                   fmt::format("\"{}\" was taken to be \"{}\".", written, label)},
                  number);
}

// The value a cell gives its field, entries made for names in it; `text` is what the command says.
FieldValue RegisterPlan::taken(Sheet& sheet, const OwnCell& cell, ImportRow& row, std::string& text) {
    const Field& field = *cell.column->field;
    FieldValue value = read(sheet, cell).first;
    if (field.type == Type::reference && value.known()) {
        value = references_.take(field, value.text, *commands_);
        if (!value.known()) value.text = cell.cell.text;
        if (!field.found_by.empty() && !field.many) count_spelling(sheet, cell, value, row.number);
    }
    text = stored(value);
    if (value.state == State::unreadable)
        row.unreadable.push_back({description_.name, field.name, field.label, value.text});
    return value;
}

void RegisterPlan::change_own(Sheet& sheet, const OwnCell& cell, Place entry, ImportRow& row,
                              Command& command) {
    const Field& field = *cell.column->field;
    const BulkValue& there = standing_->value(entry, cell.column->standing);
    if (there.state == State::known && field.type != Type::reference && there.text == cell.cell.text) return;
    // An export comes back: what could not be read is not read anew.
    if (there.state == State::unreadable && entry == parsed_.entry && there.text == cell.cell.text) {
        row.unreadable.push_back({description_.name, field.name, field.label, std::string(there.text)});
        return;
    }
    {
        const Read& said = read(sheet, cell);
        count_reading(sheet, cell, said.second, row.number);
        if (said.first.state == State::never_asked) return;
        if (said.first.state == State::unreadable && there.state == State::unreadable &&
            there.text == said.first.text) {
            row.unreadable.push_back({description_.name, field.name, field.label, said.first.text});
            return;
        }
    }
    if (same(sheet, cell, there)) return;
    std::string text;
    FieldValue value = taken(sheet, cell, row, text);
    row.changed.push_back({field.name, field.label,
                           shown(field, standing_->field_value(entry, cell.column->standing)),
                           shown(field, value)});
    command.values.emplace_back(field.name, std::move(text));
}

void RegisterPlan::change_extra(Sheet& sheet, Place entry, ImportRow& row, Command& command) {
    const ChildRows& below = children(sheet);
    if (parsed_.extra.empty() && below.extra.empty()) return;
    std::string_view kept = standing_->extra(entry);
    if (below.extra.empty()) {
        // Most rows say just what is kept: then the texts are equal, and need not be taken apart.
        std::string& text = extra_text_;
        text = "{";
        bool plain = true;
        for (const auto& [place, cell] : parsed_.extra) {
            if (text.size() > 1) text += ',';
            text += sheet.extra_names[place];
            text += ":\"";
            text += cell;
            text += '"';
            plain = plain && std::none_of(cell.begin(), cell.end(), [](char c) {
                        return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
                    });
        }
        text += '}';
        if (plain && text == kept) return;
    }
    json::object there;
    if (auto parsed = parse_json(kept); parsed && parsed->is_object())
        there = std::move(parsed->get_object());
    auto say = [&](const std::string& name, std::string_view text) {
        std::string_view before = text_at(there, name);
        if (before == text) return;
        std::string old(before);
        std::string now(text);
        row.changed.push_back({name, {name, name}, {old, old}, {now, now}});
        command.extra.emplace_back(name, now);
    };
    for (const auto& [place, text] : parsed_.extra)
        say(sheet.plan.header.columns[sheet.extra[place]].name, text);
    for (const auto& [name, text] : below.extra)
        say(name, text);
}

// ---- children ---------------------------------------------------------------------------------------------

// The entry of this child that is there already: of its id, else of the same name below the same parent.
Place RegisterPlan::find_child(const ChildRow& child, const std::string& parent) {
    if (child.there != nowhere) return child.there;
    const Standing& there = *children_.find(child.group->target->name)->second;
    const auto& claimed = claimed_children_[child.group->target->name];
    const auto& [naming, text] = child.values.front();
    size_t column = there.column(*naming);
    for (Place i = there.first_below(parent); i != nowhere; i = there.next_below(i)) {
        const BulkValue& value = there.value(i, column);
        if (!claimed[i] && value.state == State::known && value.text == text) return i;
    }
    if (there.first_below(parent) == nowhere) return nowhere;
    FieldValue name = read_cell(*naming, text).value;
    for (Place i = there.first_below(parent); i != nowhere; i = there.next_below(i)) {
        const BulkValue& value = there.value(i, column);
        if (claimed[i] || value.state != name.state) continue;
        if (value.text == name.text ||
            (naming->type == Type::text && key_form(value.text) == key_form(name.text)))
            return i;
    }
    return nowhere;
}

void RegisterPlan::plan_child(const ChildRow& child, ImportRow& row, const std::string& parent, Place there,
                              bool parent_is_new) {
    const Register& target = *child.group->target;
    const Standing& standing = *children_.find(target.name)->second;
    Command command;
    command.register_name = target.name;
    if (there != nowhere) {
        claimed_children_[target.name][there] = true;
        command.action = "set";
        command.id = standing.id(there);
    } else {
        command.action = "add";
        command.id = new_id(record_.now());
        command.values.emplace_back(child.group->link->parent, parent);
    }
    for (const auto& [field, text] : child.values) {
        BulkValue before;
        if (there != nowhere) before = standing.value(there, standing.column(*field));
        if (before.state == State::known && field->type != Type::reference && before.text == text) continue;
        if (child.there != nowhere && before.state == State::unreadable && before.text == text) {
            row.unreadable.push_back({target.name, field->name, field->label, text});
            continue;
        }
        FieldValue value = read_cell(*field, text).value;
        if (field->type == Type::reference && value.known()) {
            if (before.state == State::known && references_.could_mean(*field, value.text, before.text))
                continue;
            value = references_.take(*field, value.text, *commands_);
        }
        if (value.state == State::unreadable)
            row.unreadable.push_back({target.name, field->name, field->label, value.text});
        if (value.state == State::never_asked || (value.state == before.state && value.text == before.text))
            continue;
        if (!parent_is_new) {
            FieldValue old{before.state, std::string(before.text)};
            row.changed.push_back({fmt::format("{}.{}", target.name, field->name), field->label,
                                   shown(*field, old), shown(*field, value)});
        }
        command.values.emplace_back(field->name, stored(value));
    }
    if (there != nowhere && command.values.empty()) return;
    count_child(*child_counts_, target, there == nowhere);
    commands_->push_back(std::move(command));
}

void RegisterPlan::plan_children(Sheet& sheet, ImportRow& row, const std::string& parent, bool parent_is_new,
                                 bool goes_on) {
    bool merged = !sheet.plan.rows.filled.empty();
    for (const ChildRow& child : children(sheet).children) {
        if (merged && child.there == nowhere) {
            // The rows of one entry may repeat what stands in merged cells.
            const auto& [naming, text] = child.values.front();
            std::string said = fmt::format("{} {} {}", parent, child.group->target->name, key_form(text));
            if (!said_below_.insert(said).second && goes_on) continue;
        }
        Place there = parent_is_new ? nowhere : find_child(child, parent);
        plan_child(child, row, parent, there, parent_is_new);
    }
}

// Entries of children that the record has and the row does not name are left alone; a person decides.
void RegisterPlan::note_left_over(ImportRow& row, const ChildRows& named, const std::string& parent) {
    for (const catalog::ImportChild& link : description_.import_children) {
        bool spoken_of = std::any_of(named.children.begin(), named.children.end(),
                                     [&](const ChildRow& child) { return child.group->link == &link; });
        if (!spoken_of) continue;
        const Standing& there = *children_.find(link.child)->second;
        const auto& claimed = claimed_children_[link.child];
        const Words& label = there.description().label;
        for (Place i = there.first_below(parent); i != nowhere; i = there.next_below(i)) {
            if (claimed[i]) continue;
            row.notes.push_back(
                {fmt::format(
                     "記録にある{}「{}」がこの行にありません。使っていなければ記録から外してください。",
                     label.ja, there.label(i)),
                 fmt::format(
                     "{} \"{}\" is in the record and not in this row. Retire it if it is no longer used.",
                     label.en, there.label(i))});
        }
    }
}

// ---- a row ------------------------------------------------------------------------------------------------

// False when an earlier row of the file has the same number (for a row without one: another field that meets
// entries).
bool RegisterPlan::unseen(uint32_t place) {
    RowState& state = states_[place];
    Sheet& sheet = sheets_[state.sheet];
    if (state.step == Step::met) {
        // What the record knows, other rows meet there.
        auto key = std::find_if(parsed_.own.begin(), parsed_.own.end(),
                                [&](const OwnCell& cell) { return cell.column->field == key_; });
        if (key == parsed_.own.end() ||
            same(sheet, *key, standing_->value(state.entry, key->column->standing)))
            return true;
    }
    identify(sheet);
    const auto& identifiers = matcher_->identifiers();
    const Given* first = nullptr;
    for (const Given& one : given_) {
        bool is_key = identifiers[one.first].field == key_;
        if (identifiers[one.first].weak || !matcher_->counts(one.first, one.second)) continue;
        if (first == nullptr || is_key) first = &one;
        if (is_key) break;
    }
    std::string said;
    if (description_.single) {
        said = "single";
    } else if (first != nullptr) {
        said = fmt::format("{} {}", first->first, matcher_->form(first->first, first->second));
    } else {
        return true;
    }
    auto [seen, fresh] = seen_.emplace(std::move(said), place);
    if (fresh) return true;
    Words other = place_words(seen->second);
    if (description_.single) {
        leave_out(place, Outcome::conflict,
                  {fmt::format("{}は一つだけです（{}にあります）。", description_.label.ja, other.ja),
                   fmt::format("There is exactly one {} ({} has it).", description_.label.en, other.en)});
        return false;
    }
    const Words& label = identifiers[first->first].field->label;
    leave_out(
        place, Outcome::conflict,
        {fmt::format(
             "{}「{}」は{}と同じです。別のものなら番号や名前を分け、同じものならどちらかの行を消してくだ"
             "さい。",
             label.ja, shortened(first->second), other.ja),
         fmt::format("{} \"{}\" is the same as in {}. Give it another one, or delete one of the rows.",
                     label.en, shortened(first->second), other.en)});
    return false;
}

// The required field that a new entry would lack; null when there is none.
const Field* RegisterPlan::lacking(Sheet& sheet) {
    for (const Field& field : description_.fields) {
        if (!field.required) continue;
        bool there = std::any_of(parsed_.own.begin(), parsed_.own.end(), [&](const OwnCell& cell) {
            return cell.column->field == &field && read(sheet, cell).first.state != State::never_asked;
        });
        if (!there) return &field;
    }
    return nullptr;
}

void RegisterPlan::plan_new(Sheet& sheet, ImportRow& row) {
    row.outcome = Outcome::added;
    Command command;
    command.action = "add";
    command.register_name = description_.name;
    command.id = row.id = new_id(record_.now());
    std::vector<std::pair<const Field*, std::string>> names;
    for (const OwnCell& cell : parsed_.own) {
        count_reading(sheet, cell, read(sheet, cell).second, row.number);
        std::string text;
        FieldValue value = taken(sheet, cell, row, text);
        if (value.state == State::never_asked) continue;
        if (value.known() && cell.column->field->type == Type::text)
            names.emplace_back(cell.column->field, value.text);
        command.values.emplace_back(cell.column->field->name, std::move(text));
    }
    for (const auto& [place, text] : parsed_.extra)
        command.extra.emplace_back(sheet.plan.header.columns[sheet.extra[place]].name, text);
    const ChildRows& below = children(sheet);
    command.extra.insert(command.extra.end(), below.extra.begin(), below.extra.end());
    references_.note(description_, row.id, names);
    commands_->push_back(std::move(command));
    plan_children(sheet, row, row.id, true, false);
}

void RegisterPlan::plan_met(Sheet& sheet, uint32_t place) {
    ImportRow& row = row_of(place);
    Place entry = states_[place].entry;
    row.id = standing_->id(entry);
    Command command;
    command.action = "set";
    command.register_name = description_.name;
    command.id = row.id;
    for (const OwnCell& cell : parsed_.own)
        change_own(sheet, cell, entry, row, command);
    change_extra(sheet, entry, row, command);
    if (!command.values.empty() || !command.extra.empty()) commands_->push_back(std::move(command));
    plan_children(sheet, row, row.id, false, false);
    if (!row.changed.empty()) row.outcome = Outcome::changed;
    const ChildRows& below = children(sheet);
    if (below.children.empty()) return;
    if (sheet.plan.rows.filled.empty()) {
        note_left_over(row, below, row.id);
    } else {
        left_over_.push_back({place, below});  // further rows of the entry may name them
    }
}

// A row that goes on with the entry of an earlier one (merged cells) adds to it and changes nothing that the
// earlier row says.
void RegisterPlan::go_on(Sheet& sheet, uint32_t place) {
    ImportRow& row = row_of(place);
    uint32_t first = states_[place].base;
    while (states_[first].step == Step::goes_on)
        first = states_[first].base;
    const ImportRow& base = row_of(first);
    Words where = place_words(first);
    if (left_out(base.outcome)) {
        return leave_out(place, base.outcome,
                         {fmt::format("{}の続きですが、その行を取り込めません。", where.ja),
                          fmt::format("It goes on with {}, which is not taken.", where.en)});
    }
    row.id = base.id;
    row.matched_by = "merged";
    const SheetRows& rows = sheet.plan.rows;
    size_t source = rows.data[states_[place].row];
    size_t base_source = rows.data[states_[first].row];
    Command command;
    command.action = "set";
    command.register_name = description_.name;
    command.id = row.id;
    const auto& columns = sheet.plan.header.columns;
    for (const OwnCell& cell : parsed_.own) {
        if (cell.column->column == nullptr) continue;
        auto column = static_cast<size_t>(cell.column->column - columns.data());
        std::string_view said = trimmed(cell_of(*sheet.plan.table, rows, base_source, column).text);
        if (said == cell.cell.text || rows.filled_at(source, column) != nullptr) continue;
        const Field& field = *cell.column->field;
        if (!said.empty()) {
            row.notes.push_back(
                {fmt::format("{}の続きのため、列「{}」の「{}」は取り込みませんでした（{}は「{}」）。",
                             where.ja, cell.column->column->name, shortened(cell.cell.text), where.ja,
                             shortened(said)),
                 fmt::format("It goes on with {}: \"{}\" of the column \"{}\" is not taken ({} says "
                             "\"{}\").",
                             where.en, shortened(cell.cell.text), cell.column->column->name, where.en,
                             shortened(said))});
            continue;
        }
        Place entry = states_[first].entry;
        BulkValue before;
        if (states_[first].step == Step::met) before = standing_->value(entry, cell.column->standing);
        if (states_[first].step == Step::met && same(sheet, cell, before)) continue;
        count_reading(sheet, cell, read(sheet, cell).second, row.number);
        std::string text;
        FieldValue value = taken(sheet, cell, row, text);
        if (value.state == State::never_asked) continue;
        FieldValue old{before.state, std::string(before.text)};
        row.changed.push_back({field.name, field.label, shown(field, old), shown(field, value)});
        command.values.emplace_back(field.name, std::move(text));
    }
    if (!command.values.empty()) commands_->push_back(std::move(command));
    size_t before = commands_->size();
    bool is_new = base.outcome == Outcome::added;
    plan_children(sheet, row, row.id, is_new, true);
    if (!row.changed.empty() || commands_->size() != before) row.outcome = Outcome::changed;
    for (LeftOver& one : left_over_) {
        if (one.place != first) continue;
        const auto& more = children(sheet).children;
        one.named.children.insert(one.named.children.end(), more.begin(), more.end());
    }
}

void RegisterPlan::plan(uint32_t place) {
    RowState& state = states_[place];
    if (state.step == Step::done) return;
    Sheet& sheet = sheets_[state.sheet];
    ImportRow& row = row_of(place);
    parse(sheet, state.row);
    size_t source = sheet.plan.rows.data[state.row];
    const TableRow& written = sheet.plan.table->rows[source];
    auto notes = [&] {
        if (written.hidden || written.struck || !sheet.plan.rows.filled.empty()) {
            for (Words& note : row_notes(*sheet.plan.table, sheet.plan.header, sheet.plan.rows, source))
                row.notes.push_back(std::move(note));
        }
        for (const Words& note : children(sheet).notes)
            row.notes.push_back(note);
    };
    if (state.step == Step::goes_on) {
        notes();
        return go_on(sheet, place);
    }
    if (!unseen(place)) return;
    if (state.step == Step::met) {
        notes();
        return plan_met(sheet, place);
    }
    if (const Field* field = lacking(sheet)) {
        return leave_out(
            place, Outcome::refused,
            {fmt::format("「{}」が空欄です。入力してからもう一度取り込んでください。", field->label.ja),
             fmt::format("{} is blank. Fill it in and import again.", field->label.en)});
    }
    notes();
    plan_new(sheet, row);
}

void RegisterPlan::note_left_overs() {
    for (const LeftOver& one : left_over_)
        note_left_over(row_of(one.place), one.named, row_of(one.place).id);
}

}  // namespace sonae::exchange
