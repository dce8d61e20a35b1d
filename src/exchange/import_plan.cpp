// Which entry each row means. What a row says is import_plan_row.cpp, what changes there
// import_change.cpp.
#include "exchange/import_plan.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "exchange/header_words.hpp"
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

constexpr uint32_t no_row = UINT32_MAX;

// An id as the record writes it.
std::string id_form(std::string_view written) {
    std::string id = normalise(written);
    std::transform(id.begin(), id.end(), id.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return id;
}

std::string value_form(State state, std::string_view text) {
    return fmt::format("{} {}", registers::state_text(state), text);
}

}  // namespace

RegisterPlan::RegisterPlan(const registers::Record& record, const Register& description,
                           References& references, std::vector<PlanSheet> sheets,
                           std::function<void(int64_t)> planned)
    : record_(record), description_(description), references_(references), planned_(std::move(planned)) {
    for (const Field& field : description_.fields) {
        if (field.key && key_ == nullptr) key_ = &field;
    }
    sheets_.reserve(sheets.size());  // what is kept points into them
    for (PlanSheet& sheet : sheets)
        prepare(std::move(sheet));
    read_standing();
}

void RegisterPlan::prepare(PlanSheet plan) {
    Sheet sheet;
    sheet.plan = std::move(plan);
    const auto& columns = sheet.plan.header.columns;
    std::vector<std::pair<std::string, size_t>> extra;
    sheet.groups = child_groups(record_.catalog(), description_, columns);
    for (size_t i = 0; i < columns.size(); i++) {
        const ImportColumn& column = columns[i];
        if (column.use == ColumnUse::id && column.target == nullptr) sheet.id_column = i;
        if (column.use == ColumnUse::extra) extra.emplace_back(column.name, i);
        if (column.use != ColumnUse::mapped || column.target == &description_) continue;
        for (size_t g = 0; g < sheet.groups.size(); g++) {
            const auto& of_group = sheet.groups[g].columns;
            if (std::find(of_group.begin(), of_group.end(), &column) != of_group.end())
                sheet.group_of.emplace_back(i, g);
        }
    }
    std::sort(extra.begin(), extra.end());
    for (auto& [name, place] : extra) {
        sheet.extra.push_back(place);
        sheet.extra_names.push_back(canonical(json::value(name)));
    }
    sheets_.push_back(std::move(sheet));
}

// Reads what is there: the fields that the sheets speak of and those that meet entries.
void RegisterPlan::read_standing() {
    std::vector<const Field*> own;
    std::map<const Register*, std::vector<const Field*>> of_children;
    auto note = [&](const Register* target, const Field* field) {
        auto& list = target == &description_ ? own : of_children[target];
        if (std::find(list.begin(), list.end(), field) == list.end()) list.push_back(field);
    };
    if (key_ != nullptr) note(&description_, key_);
    for (const auto& [target, field] : Matcher::fields(record_.catalog(), description_)) {
        if (target == &description_) note(target, field);
    }
    for (const Sheet& sheet : sheets_) {
        for (const ImportColumn& column : sheet.plan.header.columns) {
            if (column.use == ColumnUse::mapped) note(column.target, column.field);
        }
        for (const auto& [field, text] : sheet.plan.values)
            note(&description_, field);
    }
    standing_ = std::make_unique<Standing>(record_, description_, own);
    for (const catalog::ImportChild& link : description_.import_children) {
        const Register* child = record_.catalog().find_register(link.child);
        if (of_children.count(child) == 0) continue;
        const Field* parent = child->field(link.parent);
        note(child, parent);
        auto read = std::make_unique<Standing>(record_, *child, of_children[child], parent);
        claimed_children_[child->name].assign(read->size(), false);
        children_[child->name] = std::move(read);
    }
    matcher_ = std::make_unique<Matcher>(record_.catalog(), description_, *standing_, children_);
    claimed_.assign(standing_->size(), no_row);
    for (Place i = 0; i < standing_->size(); i++) {
        if (key_ == nullptr || standing_->value(i, standing_->column(*key_)).state != State::known)
            keyless_.push_back(i);
    }

    const auto& identifiers = matcher_->identifiers();
    for (Sheet& sheet : sheets_) {
        auto add = [&](const ImportColumn* column, const Field* field, std::string fixed) {
            OwnColumn one;
            one.column = column;
            one.field = field;
            one.standing = standing_->column(*field);
            one.fixed = std::move(fixed);
            one.few = field->type != Type::text && field->type != Type::address && field->type != Type::mac;
            while (one.identifier < identifiers.size() && identifiers[one.identifier].field != field)
                one.identifier++;
            sheet.own.push_back(std::move(one));
        };
        const auto& columns = sheet.plan.header.columns;
        for (size_t i = 0; i < columns.size(); i++) {
            if (columns[i].use != ColumnUse::mapped || columns[i].target != &description_) continue;
            if (columns[i].field == key_) sheet.key_column = i;
            add(&columns[i], columns[i].field, {});
        }
        for (const auto& [field, text] : sheet.plan.values)
            add(nullptr, field, text);
    }
}

// ---- which entry ------------------------------------------------------------------------------------------

void RegisterPlan::leave_out(uint32_t place, Outcome outcome, Words reason) {
    ImportRow& row = row_of(place);
    row.outcome = outcome;
    row.reason = std::move(reason);
    row.notes.clear();
    row.unreadable.clear();
    row.matched_by.clear();
    row.id.clear();
    states_[place].step = Step::done;
}

Words RegisterPlan::place_words(uint32_t place) const {
    const RowState& state = states_[place];
    const ImportSheet& sheet = *sheets_[state.sheet].plan.result;
    int64_t number = sheet.rows[state.row].number;
    if (sheets_.size() == 1) return {fmt::format("{}行目", number), fmt::format("row {}", number)};
    return {fmt::format("シート「{}」の{}行目", sheet.name, number),
            fmt::format("row {} of the sheet \"{}\"", number, sheet.name)};
}

std::string RegisterPlan::labels(const std::vector<Place>& entries) const {
    std::vector<std::string> names;
    for (size_t i = 0; i < entries.size() && i < 3; i++)
        names.push_back(fmt::format("{}", standing_->label(entries[i])));
    return fmt::format("{}{}", fmt::join(names, ", "), entries.size() > names.size() ? " …" : "");
}

// The entry with a stable id; nowhere when there is none.
Place RegisterPlan::named(std::string_view id) const {
    Place place = standing_->find(id);
    return place != nowhere ? place : standing_->find(id_form(id));
}

// The entry that the row in hand names by its id; the row is left out when there is none that it can mean.
Place RegisterPlan::by_id(ImportRow& row, std::string_view written) {
    if (parsed_.entry != nowhere) return parsed_.entry;
    std::string id = id_form(written);
    if (!all_ids_) {
        all_ids_.emplace();
        registers::each_id(record_, [&](const Register& one, std::string_view known, bool retired) {
            all_ids_->emplace(known, Holder{&one, retired});
        });
    }
    auto known = all_ids_->find(id);
    row.outcome = Outcome::conflict;
    if (known == all_ids_->end()) {
        row.reason = {
            fmt::format("Sonae-ID「{}」はこの記録にありません。新しい記載なら Sonae-ID "
                        "を空欄にしてください。",
                        shortened(written)),
            fmt::format("The Sonae-ID \"{}\" is not in this record. Leave it blank for a new entry.",
                        shortened(written))};
    } else if (known->second.first != &description_) {
        const Words& label = known->second.first->label;
        row.reason = {fmt::format("Sonae-ID「{}」は「{}」の記載のものです。", id, label.ja),
                      fmt::format("The Sonae-ID \"{}\" belongs to an entry of {}.", id, label.en)};
    } else {
        row.reason = {
            fmt::format("Sonae-ID「{}」の{}は、すでに記録から外されています。新しい記載なら Sonae-ID "
                        "を空欄にしてください。",
                        id, description_.label.ja),
            fmt::format("The {} with the Sonae-ID \"{}\" is retired. Leave it blank for a new entry.",
                        description_.label.en, id)};
    }
    return nowhere;
}

// What the row in hand says that can meet an entry.
void RegisterPlan::identify(Sheet& sheet) {
    given_.clear();
    const auto& identifiers = matcher_->identifiers();
    for (size_t i = 0; i < identifiers.size(); i++) {
        if (identifiers[i].target == &description_) {
            for (const OwnCell& cell : parsed_.own) {
                if (cell.column->identifier != i) continue;
                const FieldValue& value = read(sheet, cell).first;
                if (value.known()) given_.emplace_back(i, value.text);
            }
            continue;
        }
        bool spoken_of = std::any_of(sheet.group_of.begin(), sheet.group_of.end(), [&](const auto& one) {
            return sheet.plan.header.columns[one.first].field == identifiers[i].field &&
                   !parsed_.groups[one.second].empty();
        });
        if (!spoken_of) continue;
        for (const ChildRow& child : children(sheet).children) {
            for (const auto& [field, text] : child.values) {
                if (field != identifiers[i].field) continue;
                FieldValue value = read_cell(*field, text).value;
                if (value.known()) given_.emplace_back(i, value.text);
            }
        }
    }
}

void RegisterPlan::look(uint32_t place) {
    RowState& state = states_[place];
    Sheet& sheet = sheets_[state.sheet];
    ImportRow& row = row_of(place);
    parse(sheet, state.row);
    row.label = shortened(parsed_.label);
    if (const ImportColumn* column = too_long(sheet)) {
        return leave_out(
            place, Outcome::refused,
            {fmt::format("列「{}」の文章が長すぎます（{}文字まで）。短くしてください。", column->name,
                         longest_text),
             fmt::format("The text in the column \"{}\" is too long (more than {} characters). Shorten it.",
                         column->name, longest_text)});
    }
    size_t source = sheet.plan.rows.data[state.row];
    if (!sheet.plan.rows.filled.empty()) {
        sheet.state_of_place[source] = place;
        const FilledCell* filled =
            sheet.key_column == SIZE_MAX ? nullptr : sheet.plan.rows.filled_at(source, sheet.key_column);
        if (filled != nullptr && filled->from != source) {
            if (auto base = sheet.state_of_place.find(filled->from); base != sheet.state_of_place.end()) {
                state.step = Step::goes_on;
                state.base = base->second;
                return;
            }
        }
    }
    if (description_.single) {
        if (standing_->size() == 0) return;
        state.step = Step::met;
        state.entry = 0;
        row.matched_by = "only";
        return;
    }
    Place stable = nowhere;
    if (!parsed_.id.empty()) {
        stable = by_id(row, parsed_.id);
        if (stable == nowhere) {
            state.step = Step::done;
            return;
        }
    }
    identify(sheet);
    state.keyless = std::none_of(given_.begin(), given_.end(), [&](const Given& one) {
        return matcher_->identifiers()[one.first].field == key_;
    });
    Meeting meeting = matcher_->meet(given_, stable);
    const auto& identifiers = matcher_->identifiers();
    switch (meeting.kind) {
        case Meeting::Kind::nobody:
            return;
        case Meeting::Kind::one:
            state.step = Step::met;
            state.entry = meeting.entry;
            state.differs = meeting.differs;
            state.rank = static_cast<uint8_t>(stable != nowhere ? 0 : meeting.by + 1);
            row.matched_by = stable != nowhere ? "id" : identifiers[meeting.by].field->name;
            return;
        case Meeting::Kind::several:
            state.step = Step::several;
            state.rank = static_cast<uint8_t>(meeting.by + 1);
            state.several = std::move(meeting.found);
            return;
        case Meeting::Kind::contradiction: {
            Words first =
                stable != nowhere ? Words{"Sonae-ID", "the Sonae-ID"} : identifiers[meeting.by].field->label;
            const Words& second = identifiers[meeting.other].field->label;
            std::string one(standing_->label(meeting.found[0]));
            std::string other(standing_->label(meeting.found[1]));
            return leave_out(
                place, Outcome::conflict,
                {fmt::format("{}は「{}」、{}は「{}」のものです。どちらの{}か、確かめて直してください。",
                             first.ja, one, second.ja, other, description_.label.ja),
                 fmt::format("{} is that of \"{}\", {} that of \"{}\". Check which {} it is and correct it.",
                             first.en, one, second.en, other, description_.label.en)});
        }
    }
}

// Gives entries to the rows that name them best. A row that names one less well is another entry where its
// name may be given again, or where its number says so; else both rows mean the same.
void RegisterPlan::claim() {
    size_t ranks = matcher_->identifiers().size() + 1;
    for (size_t rank = 0; rank < ranks; rank++) {
        for (uint32_t place = 0; place < states_.size(); place++) {
            RowState& state = states_[place];
            if (state.step != Step::met || state.rank != rank) continue;
            uint32_t& holder = claimed_[state.entry];
            if (holder == no_row) {
                holder = place;
                continue;
            }
            bool weak = rank > 0 && matcher_->identifiers()[rank - 1].weak;
            if (!description_.single && (weak || state.differs)) {
                state.step = Step::fresh;
                row_of(place).matched_by.clear();
                continue;
            }
            Words other = place_words(holder);
            std::string label(standing_->label(state.entry));
            if (description_.single) {
                leave_out(
                    place, Outcome::conflict,
                    {fmt::format("{}は一つだけです（{}にあります）。", description_.label.ja, other.ja),
                     fmt::format("There is exactly one {} ({} has it).", description_.label.en, other.en)});
                continue;
            }
            leave_out(
                place, Outcome::conflict,
                {fmt::format(
                     "{}と同じ{}「{}」に当たります。別のものなら番号や名前を分け、同じものならどちらかの行"
                     "を消してください。",
                     other.ja, description_.label.ja, label),
                 fmt::format(
                     "It means the same {} \"{}\" as {}. Give it another number or name, or delete one "
                     "of the rows.",
                     description_.label.en, label, other.en)});
        }
    }
}

// The keyless entries that may say what the row in hand says: those that share its rarest value.
std::vector<Place> RegisterPlan::alike(Sheet& sheet) {
    const std::vector<Place>* fewest = &keyless_;
    for (const OwnCell& cell : parsed_.own) {
        const Field& field = *cell.column->field;
        if (field.type == Type::reference) continue;
        auto [index, fresh] = keyless_by_value_.try_emplace(&field);
        if (fresh) {
            for (Place i : keyless_) {
                const BulkValue& there = standing_->value(i, cell.column->standing);
                index->second[value_form(there.state, there.text)].push_back(i);
            }
        }
        const FieldValue& value = read(sheet, cell).first;
        auto found = index->second.find(value_form(value.state, value.text));
        if (found == index->second.end()) return {};
        if (found->second.size() < fewest->size()) fewest = &found->second;
    }
    return *fewest;
}

bool RegisterPlan::says_all(Sheet& sheet, Place entry) {
    for (const OwnCell& cell : parsed_.own) {
        if (!same(sheet, cell, standing_->value(entry, cell.column->standing))) {
            if (read(sheet, cell).first.state == State::never_asked) continue;
            return false;
        }
    }
    const ChildRows& below = children(sheet);
    if (!parsed_.extra.empty() || !below.extra.empty()) {
        auto there = parse_json(standing_->extra(entry));
        if (!there || !there->is_object()) return false;
        auto kept = [&](std::string_view name, std::string_view text) {
            return text_at(there->get_object(), name) == text;
        };
        for (const auto& [place, text] : parsed_.extra) {
            if (!kept(sheet.plan.header.columns[sheet.extra[place]].name, text)) return false;
        }
        for (const auto& [name, text] : below.extra) {
            if (!kept(name, text)) return false;
        }
    }
    std::string parent(standing_->id(entry));
    return std::all_of(below.children.begin(), below.children.end(), [&](const ChildRow& child) {
        const Standing& there = *children_.find(child.group->target->name)->second;
        for (Place i = there.first_below(parent); i != nowhere; i = there.next_below(i)) {
            bool all = std::all_of(child.values.begin(), child.values.end(), [&](const auto& one) {
                const BulkValue& value = there.value(i, there.column(*one.first));
                bool makes = false;
                FieldValue written = resolved(*one.first, read_cell(*one.first, one.second).value, makes);
                return !makes && written.state == value.state && written.text == value.text;
            });
            if (all) return true;
        }
        return false;
    });
}

// A row without a number means the entry without one that already says everything the row says.
void RegisterPlan::match_content(uint32_t place) {
    RowState& state = states_[place];
    if (!state.keyless || (state.step != Step::fresh && state.step != Step::several)) return;
    Sheet& sheet = sheets_[state.sheet];
    parse(sheet, state.row);
    std::vector<Place> candidates = state.step == Step::several ? state.several : alike(sheet);
    for (Place entry : candidates) {
        if (claimed_[entry] != no_row || !says_all(sheet, entry)) continue;
        claimed_[entry] = place;
        state.step = Step::met;
        state.entry = entry;
        row_of(place).matched_by = "content";
        return;
    }
}

// Of several entries those that no other row means are left.
void RegisterPlan::settle(uint32_t place) {
    RowState& state = states_[place];
    if (state.step != Step::several) return;
    std::erase_if(state.several, [&](Place entry) { return claimed_[entry] != no_row; });
    const Identifier& by = matcher_->identifiers()[state.rank - 1U];
    if (state.several.empty()) {
        state.step = Step::fresh;
    } else if (state.several.size() == 1) {
        state.step = Step::met;
        state.entry = state.several.front();
        claimed_[state.entry] = place;
        row_of(place).matched_by = by.field->name;
    } else {
        leave_out(place, Outcome::conflict,
                  {fmt::format(
                       "{}に当たる{}が記録に{}件あります（{}）。{}を書くか、記録のほうを一つにまとめて"
                       "ください。",
                       by.field->label.ja, description_.label.ja, state.several.size(), labels(state.several),
                       key_ != nullptr && state.keyless ? key_->label.ja : "Sonae-ID"),
                   fmt::format("The record has {} entries of {} with this {} ({}). Write the {}, or put them "
                               "together there first.",
                               state.several.size(), description_.label.en, by.field->label.en,
                               labels(state.several),
                               key_ != nullptr && state.keyless ? key_->label.en : "Sonae-ID")});
    }
    state.several.clear();
}

void RegisterPlan::run(std::vector<Command>& commands, std::vector<ChildCount>& children) {
    commands_ = &commands;
    child_counts_ = &children;
    for (uint32_t s = 0; s < sheets_.size(); s++) {
        const PlanSheet& sheet = sheets_[s].plan;
        sheet.result->rows.resize(sheet.rows.data.size());
        for (uint32_t r = 0; r < sheet.rows.data.size(); r++) {
            ImportRow& row = sheet.result->rows[r];
            row.number = sheet.table->rows[sheet.rows.data[r]].number;
            RowState state;
            state.sheet = s;
            state.row = r;
            states_.push_back(std::move(state));
        }
    }
    auto count = static_cast<uint32_t>(states_.size());
    for (uint32_t i = 0; i < count; i++)
        look(i);
    claim();
    for (uint32_t i = 0; i < count; i++)
        match_content(i);
    for (uint32_t i = 0; i < count; i++)
        settle(i);
    constexpr uint32_t step = 1024;
    for (uint32_t i = 0; i < count; i++) {
        plan(i);
        if (planned_ && i % step == step - 1) planned_(i + 1);
    }
    note_left_overs();
    if (planned_) planned_(count);
}

}  // namespace sonae::exchange
