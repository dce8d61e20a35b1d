// What the values say to the guess, how sure each column is, and why.
#include "base/text.hpp"
#include "exchange/column_guess.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

using catalog::Field;
using catalog::Type;

Words type_words(const Field& field) {
    switch (field.type) {
        case Type::date:
            return {"日付", "a date"};
        case Type::integer:
            return {"整数", "a whole number"};
        case Type::boolean:
            return {"はい・いいえ", "yes or no"};
        case Type::choice:
            return {"選択肢", "one of the choices"};
        case Type::address:
            return {"IPアドレス", "an IP address"};
        case Type::mac:
            return {"MACアドレス", "a MAC address"};
        case Type::text:
        case Type::reference:
            break;
    }
    return {"この項目の文字", "such a text"};
}

Words join(const Words& first, const Words& second) {
    return {first.ja + second.ja, first.en + " " + second.en};
}

}  // namespace

void ColumnGuess::read_values(const std::vector<ColumnSample>& samples) {
    settle_ties(samples);
    for (size_t i = 0; i < columns.size(); i++) {
        if (columns[i].use == ColumnUse::mapped) judge(i, samples[i]);
    }
    take_headerless(samples);
    release_nameless_children();
    name_columns(samples);
}

// Of several fields that a header can mean in part, the one whose kind of values stands below it.
void ColumnGuess::settle_ties(const std::vector<ColumnSample>& samples) {
    for (size_t i = 0; i < columns.size(); i++) {
        Thought& thought = thoughts_[i];
        if (!open(i) || thought.could_be.size() < 2 || samples[i].values.size() < 2) continue;
        const Spelling* fitting = nullptr;
        bool several = false;
        for (const Spelling& spelling : all_) {
            bool asked = std::find(thought.could_be.begin(), thought.could_be.end(), spelling.field) !=
                         thought.could_be.end();
            if (!asked || used_.count(spelling.field) != 0) continue;
            bool telling = spelling.field->type != Type::text && spelling.field->type != Type::reference;
            if (!telling || !fit_of(*spelling.field, samples[i]).most()) continue;
            several = several || (fitting != nullptr && fitting->field != spelling.field);
            fitting = &spelling;
        }
        if (fitting != nullptr && !several) {
            thought.spelling = fitting->written;
            take(i, fitting->target, fitting->field, 0, By::choice);
        }
    }
}

// Columns without a header, by values that leave no doubt; those under a header that means nothing (Windows)
// only by the words that one field's values begin with. A field that a column has already stays there.
void ColumnGuess::take_headerless(const std::vector<ColumnSample>& samples) {
    std::set<const Field*> taken;
    for (size_t i = 0; i < columns.size(); i++) {
        bool headerless = thoughts_[i].header.lines.empty() && !thoughts_[i].decided;
        bool meaningless = open(i) && thoughts_[i].could_be.empty() && thoughts_[i].wanted == nullptr &&
                           thoughts_[i].header.lines.size() == 1;
        if ((!headerless && !meaningless) || samples[i].values.size() < 3) continue;
        const Spelling* fitting = nullptr;
        bool several = false;
        const Field* before = nullptr;
        for (const Spelling& spelling : all_) {
            if (spelling.field == before || used_.count(spelling.field) != 0) continue;
            before = spelling.field;
            if (!headerless && spelling.field->begins.empty()) continue;
            if (!tells_itself(*spelling.field, samples[i])) continue;
            several = several || (fitting != nullptr && fitting->field != spelling.field);
            fitting = &spelling;
        }
        if (fitting == nullptr || several) continue;
        take(i, fitting->target, fitting->field, 0, By::values);
        judge(i, samples[i]);
    }
}

// How sure a mapped column is, and why. A match in part that the values speak against is taken back.
void ColumnGuess::judge(size_t i, const ColumnSample& sample) {
    ImportColumn& column = columns[i];
    Thought& thought = thoughts_[i];
    const Field& field = *column.field;
    const std::string header = normalise(column.header);
    const Words& label = field.label;
    Words why;
    int sure = 0;
    switch (thought.by) {
        case By::own:
            column.confidence = 100;
            column.reason = {"Sonae が書き出した見出しです。", "It is a header that Sonae has written."};
            return;
        case By::caller:
            column.confidence = 100;
            column.reason = {"指定（--map）のとおりです。", "It was named by --map."};
            return;
        case By::name:
            sure = 95;
            why = {fmt::format("見出し「{}」が項目の名前です。", header),
                   fmt::format("The header \"{}\" is the field's name.", header)};
            break;
        case By::spelling:
            sure = 90;
            why = {fmt::format("見出し「{}」は「{}」の書き方の一つです。", header, label.ja),
                   fmt::format("The header \"{}\" is a known word for {}.", header, label.en)};
            break;
        case By::number:
            sure = 88;
            why = {fmt::format("見出し「{}」は「{}」の{}番目です。", header, label.ja, column.group),
                   fmt::format("The header \"{}\" is number {} of {}.", header, column.group, label.en)};
            break;
        case By::bracket:
            sure = 85;
            why = {fmt::format("かっこの前が「{}」の書き方です。", label.ja),
                   fmt::format("What stands before the brackets is a known word for {}.", label.en)};
            break;
        case By::detail:
            sure = 80;
            why = {fmt::format("見出しの下の行「{}」が「{}」の書き方です。", normalise(thought.header.last()),
                               label.ja),
                   fmt::format("The lower line \"{}\" of the header is a known word for {}.",
                               normalise(thought.header.last()), label.en)};
            break;
        case By::part:
            sure = 65;
            why = {fmt::format("見出し「{}」に「{}」が含まれます。", header, thought.spelling),
                   fmt::format("The header \"{}\" contains \"{}\".", header, thought.spelling)};
            break;
        case By::choice:
            sure = 60;
            why = {fmt::format("見出し「{}」に合う項目のうち、値の形が合うのは「{}」だけです。", header,
                               label.ja),
                   fmt::format("Of the fields that the header \"{}\" can mean only {} takes such values.",
                               header, label.en)};
            break;
        case By::wider:
            sure = 55;
            why = {fmt::format("見出し「{}」を含む書き方があるのは「{}」だけです。", header, label.ja),
                   fmt::format("Only {} has a word that contains \"{}\".", label.en, header)};
            break;
        case By::values:
        case By::nothing: {
            ValueFit fit = fit_of(field, sample);
            column.confidence = field.type == Type::address || field.type == Type::mac ? 50 : 40;
            if (header.empty()) {
                why = {"見出しはありませんが", "There is no header, but"};
            } else {
                why = {fmt::format("見出し「{}」にあう項目はありませんが", header),
                       fmt::format("The header \"{}\" means no field, but", header)};
            }
            column.reason = {
                fmt::format("{}、値の形から「{}」とみました（{}件中{}件）。", why.ja, label.ja, fit.of,
                            fit.fit),
                fmt::format("{} the values look like {} ({} of {}).", why.en, label.en, fit.fit, fit.of)};
            return;
        }
    }
    ValueFit fit = fit_of(field, sample);
    bool text = field.type == Type::text || field.type == Type::reference;
    Words kind = type_words(field);
    if (fit.few()) {
        Words against{fmt::format("ただし、値の多くは{}として読めません（{}件中{}件）。", kind.ja, fit.of,
                                  fit.of - fit.fit),
                      fmt::format("But most values cannot be read as {} ({} of {}).", kind.en,
                                  fit.of - fit.fit, fit.of)};
        if (thought.by == By::part || thought.by == By::wider) {
            used_.erase(&field);
            mapped--;
            column.use = ColumnUse::extra;
            column.target = nullptr;
            column.field = nullptr;
            column.reason = join(join(why, against),
                                 {"そのため、補足として残します。", "So it is kept as an extra field."});
            return;
        }
        sure -= 45;
        why = join(why, against);
    } else if (fit.of >= 3 && fit.share() < 0.9) {
        sure -= 10;
        why = join(
            why,
            {fmt::format("{}として読めない値があります（{}件中{}件）。", kind.ja, fit.of, fit.of - fit.fit),
             fmt::format("Some values cannot be read as {} ({} of {}).", kind.en, fit.of - fit.fit, fit.of)});
    } else if (fit.of >= 3 && !text) {
        sure += 4;
        why = join(why, {fmt::format("値も{}として読めます。", kind.ja),
                         fmt::format("The values can be read as {}.", kind.en)});
    }
    column.confidence = std::clamp(sure, 5, 99);
    column.reason = why;
}

// A child whose naming field has no column, or that lacks a required one, cannot be made from a row: its
// columns are kept as extra.
void ColumnGuess::release_nameless_children() {
    for (const catalog::ImportChild& child : description_.import_children) {
        const catalog::Register* target = catalog_.find_register(child.child);
        if (target == nullptr) continue;
        auto has = [&](const Field* field) {
            return std::any_of(columns.begin(), columns.end(), [&](const ImportColumn& column) {
                return column.target == target && column.field == field;
            });
        };
        auto naming = naming_fields(*target);
        bool can_be_made = std::any_of(naming.begin(), naming.end(), has);
        for (const Field& field : target->fields) {
            if (field.required && field.name != child.parent && !has(&field)) can_be_made = false;
        }
        if (can_be_made) continue;
        for (ImportColumn& column : columns) {
            if (column.target != target) continue;
            column.reason = {
                fmt::format("「{}」を表す列がないため、補足として残します。", target->label.ja),
                fmt::format("No column names the {}, so it is kept as an extra field.", target->label.en)};
            column.use = ColumnUse::extra;
            column.target = nullptr;
            column.field = nullptr;
            column.confidence = 0;
        }
    }
}

// Names for extra fields, which columns are empty, and why the others are what they are.
void ColumnGuess::name_columns(const std::vector<ColumnSample>& samples) {
    std::set<std::string> names;
    for (size_t i = 0; i < columns.size(); i++) {
        ImportColumn& column = columns[i];
        const Thought& thought = thoughts_[i];
        std::string letters = fmt::format("列{}", column.letters);
        column.name = column.header.empty() ? letters : normalise(column.header);
        if (!thought.extra.empty()) column.name = thought.extra;
        if (!names.insert(column.name).second) {
            column.name += fmt::format(" ({})", letters);
            names.insert(column.name);
        }
        if (column.use == ColumnUse::extra && !samples[i].filled) {
            column.use = ColumnUse::empty;
            column.reason = {"値がありません。", "It holds nothing."};
        } else if (column.use == ColumnUse::id) {
            column.confidence = 100;
            column.reason = {"Sonae が書き出した番号の列です。",
                             "It is the column of ids that Sonae writes."};
        } else if (column.use == ColumnUse::ignored) {
            column.reason = {"指定により使いません。", "It is left out as told."};
        } else if (column.use == ColumnUse::extra && column.reason.ja.empty()) {
            if (thought.wanted != nullptr) {
                column.reason = {
                    fmt::format("「{}」には別の列を使うため、補足として残します。", thought.wanted->label.ja),
                    fmt::format("Another column is used for {}, so it is kept as an extra field.",
                                thought.wanted->label.en)};
            } else if (thought.could_be.size() > 1) {
                column.reason = {fmt::format("「{}」とも「{}」とも読めるため、補足として残します。",
                                             thought.could_be[0]->label.ja, thought.could_be[1]->label.ja),
                                 fmt::format("It can mean {} or {}, so it is kept as an extra field.",
                                             thought.could_be[0]->label.en, thought.could_be[1]->label.en)};
            } else if (thought.header.continued) {
                column.reason = {"左の列と結合された見出しで、項目がわからないため、補足として残します。",
                                 "Its header is merged with that of a column to the left; it is kept as an "
                                 "extra field."};
            } else if (thought.header.lines.empty()) {
                column.reason = {
                    "見出しがなく、値からも決められないため、補足として残します。",
                    "It has no header and its values do not tell; it is kept as an extra field."};
            } else {
                column.reason = {"あてはまる項目がないため、補足として残します。",
                                 "It means no field of the register; it is kept as an extra field."};
            }
        }
    }
}

}  // namespace sonae::exchange
