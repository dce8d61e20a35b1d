// What stands in a row of a sheet, before it is known which entry it means.
#include "base/json.hpp"
#include "base/text.hpp"
#include "exchange/header_words.hpp"
#include "exchange/import_plan.hpp"
#include "exchange/import_values.hpp"

#include <algorithm>

namespace sonae::exchange {

using catalog::Field;
using catalog::Type;
using registers::FieldValue;

namespace {

bool is_long(std::string_view text) {
    return text.size() > longest_text && characters(text) > longest_text;
}

}  // namespace

void RegisterPlan::parse(Sheet& sheet, size_t row) {
    Parsed& out = parsed_;
    out.id = out.label = {};
    out.entry = nowhere;
    out.long_text = false;
    out.own.clear();
    out.extra.clear();
    out.groups.resize(sheet.groups.size());
    for (auto& group : out.groups)
        group.clear();
    out.group_ids.assign(sheet.groups.size(), {});
    out.children_read = false;

    const Table& table = *sheet.plan.table;
    const SheetRows& rows = sheet.plan.rows;
    size_t place = rows.data[row];
    const TableRow& source = table.rows[place];
    const auto& columns = sheet.plan.header.columns;
    bool merged = !rows.filled.empty();
    auto cell_at = [&](size_t column) {
        Cell cell;
        if (merged) {
            cell = cell_of(table, rows, place, column);
        } else if (column < source.cells.size()) {
            cell = source.cell(column);
        }
        cell.text = trimmed(cell.text);
        return cell;
    };
    size_t first_filled = SIZE_MAX;
    auto noted = [&](size_t column, std::string_view text) {
        if (column < first_filled) {
            first_filled = column;
            out.label = text;
        }
        out.long_text = out.long_text || is_long(text);
    };
    for (OwnColumn& own : sheet.own) {
        if (own.column == nullptr) {
            bool given = std::any_of(out.own.begin(), out.own.end(),
                                     [&](const OwnCell& cell) { return cell.column->field == own.field; });
            if (!given) out.own.push_back({&own, {own.fixed, CellKind::text, false}});
            continue;
        }
        auto column = static_cast<size_t>(own.column - columns.data());
        Cell cell = cell_at(column);
        if (cell.text.empty()) continue;
        noted(column, cell.text);
        out.own.push_back({&own, cell});
    }
    for (auto [column, group] : sheet.group_of) {
        std::string_view text = cell_at(column).text;
        if (text.empty()) continue;
        noted(column, text);
        out.groups[group].push_back({&columns[column], text});
    }
    for (size_t i = 0; i < sheet.extra.size(); i++) {
        std::string_view text = cell_at(sheet.extra[i]).text;
        if (text.empty()) continue;
        noted(sheet.extra[i], text);
        out.extra.emplace_back(i, text);
    }
    if (sheet.id_column != SIZE_MAX) out.id = cell_at(sheet.id_column).text;
    if (!out.id.empty()) {
        out.entry = named(out.id);
        for (size_t i = 0; i < sheet.groups.size(); i++) {
            const ImportColumn* column = sheet.groups[i].id;
            if (column != nullptr)
                out.group_ids[i] = cell_at(static_cast<size_t>(column - columns.data())).text;
        }
    }
    if (out.label.empty()) out.label = out.id;
    if (sheet.key_column == SIZE_MAX) return;
    if (std::string_view key = cell_at(sheet.key_column).text; !key.empty()) out.label = key;
}

const ChildRows& RegisterPlan::children(const Sheet& sheet) {
    if (!parsed_.children_read) {
        ChildRows& out = parsed_.children;
        out = {};
        parsed_.children_read = true;
        // Those with an id first, so that no name takes their entries.
        std::vector<size_t> others;
        for (size_t i = 0; i < sheet.groups.size(); i++) {
            const ChildGroup& group = sheet.groups[i];
            Place there = child_by_id(group, parsed_.groups[i], parsed_.group_ids[i]);
            bool twice = std::any_of(out.children.begin(), out.children.end(), [&](const ChildRow& other) {
                return other.group->target == group.target && other.there == there;
            });
            if (there == nowhere || twice) {
                others.push_back(i);
            } else {
                read_children(group, parsed_.groups[i], there, out);
            }
        }
        for (size_t i : others)
            read_children(sheet.groups[i], parsed_.groups[i], nowhere, out);
    }
    return parsed_.children;
}

// The entry that the id beside a group's cells means: one below the entry of the row's own id. A copied row
// without its own id makes entries of its own; so does a name that has become several.
Place RegisterPlan::child_by_id(const ChildGroup& group, const std::vector<RowCell>& cells,
                                std::string_view id) const {
    if (id.empty() || parsed_.entry == nowhere) return nowhere;
    const Standing& there = *children_.find(group.target->name)->second;
    Place place = there.find(id);
    if (place == nowhere) return nowhere;
    if (there.value(place, there.column(*there.parent())).text != standing_->id(parsed_.entry))
        return nowhere;
    bool several = std::any_of(cells.begin(), cells.end(), [&](const RowCell& cell) {
        const Field* field = cell.column->field;
        return std::find(group.naming.begin(), group.naming.end(), field) != group.naming.end() &&
               there.value(place, there.column(*field)).text != cell.text &&
               pieces_of(*field, cell.text).size() > 1;
    });
    return several ? nowhere : place;
}

// The column of the first text that is too long to be taken. What an entry met by its id says already may be
// of any length: an export comes back.
const ImportColumn* RegisterPlan::too_long(const Sheet& sheet) {
    if (!parsed_.long_text) return nullptr;
    Place entry = parsed_.entry;
    for (const OwnCell& cell : parsed_.own) {
        if (cell.column->column == nullptr || !is_long(cell.cell.text)) continue;
        if (entry == nowhere || standing_->value(entry, cell.column->standing).text != cell.cell.text)
            return cell.column->column;
    }
    for (size_t i = 0; i < parsed_.groups.size(); i++) {
        const ChildGroup& group = sheet.groups[i];
        Place below = child_by_id(group, parsed_.groups[i], parsed_.group_ids[i]);
        for (const RowCell& cell : parsed_.groups[i]) {
            if (!is_long(cell.text)) continue;
            if (below == nowhere) return cell.column;
            const Standing& there = *children_.find(group.target->name)->second;
            if (there.value(below, there.column(*cell.column->field)).text != cell.text) return cell.column;
        }
    }
    for (const auto& [place, text] : parsed_.extra) {
        if (!is_long(text)) continue;
        const ImportColumn& column = sheet.plan.header.columns[sheet.extra[place]];
        if (entry == nowhere) return &column;
        auto kept = parse_json(standing_->extra(entry));
        if (!kept || !kept->is_object() || text_at(kept->get_object(), column.name) != text) return &column;
    }
    return nullptr;
}

const RegisterPlan::Read& RegisterPlan::read(Sheet& sheet, const OwnCell& cell) {
    OwnColumn& column = *cell.column;
    auto fresh = [&]() -> Read {
        CellValue value = read_cell(*column.field, cell.cell, sheet.plan.system_1904);
        return {std::move(value.value), std::move(value.note)};
    };
    if (!column.few) {
        read_ = fresh();
        return read_;
    }
    auto& known = column.read[static_cast<size_t>(cell.cell.kind)];
    auto found = known.find(cell.cell.text);
    if (found == known.end()) found = known.emplace(cell.cell.text, fresh()).first;
    return found->second;
}

// A reference as the ids it means; `makes` when an entry would have to be made. Other values stay.
FieldValue RegisterPlan::resolved(const Field& field, const FieldValue& value, bool& makes) {
    if (field.type != Type::reference || !value.known()) return value;
    return references_.find(field, value.text, makes);
}

}  // namespace sonae::exchange
