// Values as cells, and names for references.
#include "exchange/written.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

using catalog::Field;
using catalog::Type;
using registers::FieldValue;
using registers::read_value;
using State = registers::State;

// The first of these words that the field reads as this state; a choice may itself be spelt like one.
std::string word_for(const Field& field, State state) {
    static const std::vector<std::string> unknown{"不明", "?", "わからない"};
    static const std::vector<std::string> none{"－", "-", "―"};
    const auto& words = state == State::unknown ? unknown : none;
    auto fits =
        std::ranges::find_if(words, [&](const auto& word) { return read_value(field, word).state == state; });
    return fits == words.end() ? words.front() : *fits;
}

void add_form(std::unordered_map<std::string, std::string>& forms, std::string form, const std::string& id) {
    auto [place, fresh] = forms.try_emplace(std::move(form), id);
    if (!fresh && place->second != id) place->second.clear();
}

bool means(const std::unordered_map<std::string, std::string>& forms, const std::string& form,
           const std::string& id) {
    auto found = forms.find(form);
    return found != forms.end() && found->second == id;
}

}  // namespace

const ReferenceNames::Names& ReferenceNames::names_of(const catalog::Register& target) {
    auto [place, fresh] = names_.try_emplace(target.name);
    Names& names = place->second;
    if (!fresh) return names;
    // The fields by which references find entries, and the keys by which people call them.
    std::vector<const Field*> fields;
    for (const Field& field : target.fields) {
        if (field.type != Type::text) continue;
        bool sought = field.key;
        for (const catalog::Register& other : record_.catalog().registers()) {
            for (const Field& one : other.fields)
                sought = sought || (one.references == target.name && one.found_by == field.name);
        }
        if (sought) fields.push_back(&field);
    }
    std::string columns;
    for (const Field* field : fields)
        columns += fmt::format(", e.{}", field->name);
    auto rows = record_.scoped(fmt::format("SELECT e.id, e.label{} FROM {} e", columns, target.name));
    while (rows.step()) {
        const std::string id(rows.text(0));
        Named& named = names.entries[id];
        named.label = rows.text(1);
        add_form(names.by_name, match_key(named.label), id);
        for (size_t i = 0; i < fields.size(); i++) {
            const std::string text(rows.text(static_cast<int>(i) + 2));
            if (text.empty()) continue;
            if (fields[i]->key) add_form(names.by_name, match_key(text), id);
            add_form(names.by_field[fields[i]->name], organisation_key(text), id);
            named.found_by[fields[i]->name] = text;
        }
    }
    return names;
}

std::string ReferenceNames::name(const Field& field, const std::string& id, bool alone) {
    const catalog::Register* target = record_.catalog().find_register(field.references);
    if (target == nullptr) return id;
    const Names& names = names_of(*target);
    auto found = names.entries.find(id);
    if (found == names.entries.end()) return id;  // closed: only its id still finds it
    const Named& named = found->second;
    auto sought = named.found_by.find(field.found_by);
    const std::string& text = sought != named.found_by.end() ? sought->second : named.label;
    // Read as one text, and as nothing but a name.
    if (text != trim(text) || read_value(field, text) != FieldValue{State::known, text}) return id;
    if (field.many && split_values(text, !alone) != std::vector<std::string>{text}) return id;
    const bool by_name = means(names.by_name, match_key(text), id);
    if (field.many && !by_name && split_values(text, true).size() > 1) return id;
    if (field.found_by.empty()) return by_name ? text : id;
    auto forms = names.by_field.find(field.found_by);
    if (forms == names.by_field.end()) return by_name ? text : id;
    const std::string form = organisation_key(text);
    if (sought != named.found_by.end()) return means(forms->second, form, id) ? text : id;
    return by_name && forms->second.count(form) == 0 ? text : id;
}

std::string ReferenceNames::text(const Field& field, std::string_view ids) {
    const std::vector<std::string> all = split(ids, " ");
    std::string out;
    for (const std::string& id : all) {
        if (!out.empty()) out += "、";
        out += name(field, id, all.size() == 1);
    }
    return out;
}

SheetCell written_cell(const Field& field, const FieldValue& value, ReferenceNames& references) {
    switch (value.state) {
        case State::never_asked:
            return std::string();
        case State::unknown:
        case State::none:
            return word_for(field, value.state);
        case State::unreadable:
            return value.text;
        case State::known:
            break;
    }
    if (field.type == Type::date) {
        if (std::optional<Date> date = Date::parse_iso(value.text)) return *date;
    }
    if (field.type == Type::integer) {
        int64_t number = 0;
        const char* end = value.text.data() + value.text.size();
        auto read = std::from_chars(value.text.data(), end, number);
        if (read.ec == std::errc() && read.ptr == end) return number;
    }
    if (field.type == Type::reference) return references.text(field, value.text);
    std::string shown = registers::show_value(field, value).ja;
    // Labels that hold a separator cannot be told apart again: the values themselves can.
    return read_value(field, shown) == value ? shown : value.text;
}

namespace {

bool begins_formula(std::string_view text) {
    if (text.empty()) return false;
    if (std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) return true;
    for (std::string_view mark : {"＝", "＋", "－", "＠"}) {
        // A lone － is "none", and no spreadsheet counts with it.
        if (text.starts_with(mark) && text.size() > mark.size()) return true;
    }
    return false;
}

}  // namespace

std::string guarded(std::string text) {
    const size_t behind = std::min(text.find_first_not_of('\''), text.size());
    if (begins_formula(std::string_view(text).substr(behind))) text.insert(0, 1, '\'');
    return text;
}

std::string_view unguarded(std::string_view text) {
    if (!text.starts_with('\'')) return text;
    const size_t behind = std::min(text.find_first_not_of('\''), text.size());
    return begins_formula(text.substr(behind)) ? text.substr(1) : text;
}

}  // namespace sonae::exchange
