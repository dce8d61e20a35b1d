// What a row says of the entries below its own.
#include "exchange/import_children.hpp"

#include "base/text.hpp"
#include "exchange/import_values.hpp"
#include "register/value.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::exchange {

using registers::State;

bool says_something(const catalog::Field& field, std::string_view cell) {
    constexpr size_t longest_word = 16;  // no word for unknown or none has more bytes
    if (field.type == catalog::Type::text && cell.size() > longest_word) return true;
    State state = registers::read_value(field, cell).state;
    return state != State::never_asked && state != State::none;
}

std::vector<ChildGroup> child_groups(const catalog::Catalog& catalog, const catalog::Register& description,
                                     const std::vector<ImportColumn>& columns) {
    std::vector<ChildGroup> out;
    for (const catalog::ImportChild& link : description.import_children) {
        const catalog::Register* target = catalog.find_register(link.child);
        std::vector<size_t> numbers;
        for (const ImportColumn& column : columns) {
            if (column.use == ColumnUse::mapped && column.target == target &&
                std::find(numbers.begin(), numbers.end(), column.group) == numbers.end())
                numbers.push_back(column.group);
        }
        std::sort(numbers.begin(), numbers.end());
        for (size_t number : numbers) {
            ChildGroup group{&link, target, naming_fields(*target), {}, nullptr};
            for (const ImportColumn& column : columns) {
                if (column.use == ColumnUse::mapped && column.target == target && column.group == number)
                    group.columns.push_back(&column);
                if (column.use == ColumnUse::id && column.target == target && column.group == number)
                    group.id = &column;
            }
            out.push_back(std::move(group));
        }
    }
    return out;
}

void read_children(const ChildGroup& group, const std::vector<RowCell>& cells, Place there, ChildRows& out) {
    if (cells.empty()) return;
    if (there != nowhere) {
        ChildRow known{&group, {}, there};
        for (const RowCell& cell : cells)
            known.values.emplace_back(cell.column->field, cell.text);
        out.children.push_back(std::move(known));
        return;
    }
    const catalog::Register& target = *group.target;
    auto keep = [&](const RowCell& cell, std::string ja, std::string en) {
        out.extra.emplace_back(cell.column->name, cell.text);
        out.notes.push_back({std::move(ja), std::move(en)});
    };
    const RowCell* name = nullptr;
    for (const catalog::Field* field : group.naming) {
        for (const RowCell& cell : cells) {
            if (name == nullptr && cell.column->field == field && says_something(*field, cell.text))
                name = &cell;
        }
    }
    if (name == nullptr) {
        for (const RowCell& cell : cells) {
            if (!says_something(*cell.column->field, cell.text)) continue;
            keep(cell,
                 fmt::format("{}の名前がないため、列「{}」の「{}」は補足として残しました。", target.label.ja,
                             cell.column->name, shortened(cell.text)),
                 fmt::format("\"{}\" of the column \"{}\" is kept as an extra field, because no {} is named.",
                             shortened(cell.text), cell.column->name, target.label.en));
        }
        return;
    }
    const catalog::Field& naming = *name->column->field;
    std::vector<ChildRow> made;
    for (std::string& piece : pieces_of(naming, name->text))
        made.push_back({&group, {{&naming, std::move(piece)}}, nowhere});
    if (made.empty()) made.push_back({&group, {{&naming, std::string(name->text)}}, nowhere});
    for (const RowCell& cell : cells) {
        const catalog::Field& field = *cell.column->field;
        if (&cell == name) continue;
        if (made.size() == 1) {
            made.front().values.emplace_back(&field, cell.text);
            continue;
        }
        auto pieces = pieces_of(field, cell.text);
        if (pieces.size() == made.size()) {
            for (size_t i = 0; i < made.size(); i++)
                made[i].values.emplace_back(&field, pieces[i]);
        } else if (says_something(field, cell.text)) {
            keep(cell,
                 fmt::format(
                     "{}が{}件あり、列「{}」の「{}」がどれのものか決められないため、補足として残しました。",
                     target.label.ja, made.size(), cell.column->name, shortened(cell.text)),
                 fmt::format("The row has {} entries of {}, and it is not clear which of them \"{}\" of the "
                             "column \"{}\" belongs to: it is kept as an extra field.",
                             made.size(), target.label.en, shortened(cell.text), cell.column->name));
        }
    }
    for (ChildRow& child : made) {
        bool nothing = child.values.size() == 1 && !says_something(naming, child.values.front().second);
        bool twice = std::any_of(out.children.begin(), out.children.end(), [&](const ChildRow& other) {
            return other.group->target == child.group->target && other.values == child.values;
        });
        if (!nothing && !twice) out.children.push_back(std::move(child));
    }
}

}  // namespace sonae::exchange
