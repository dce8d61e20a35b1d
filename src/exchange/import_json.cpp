// The result of an import for programs: docs/import.md "The result".
#include "exchange/import.hpp"

#include <map>

namespace sonae::exchange {

namespace {

template <class Counted>
json::object counts_json(const Counted& counted, int64_t rows) {
    json::object out{{"rows", rows}};
    for (Outcome outcome : all_outcomes)
        out[outcome_text(outcome)] = counted.count(outcome);
    out["skipped"] = counted.skipped_count();
    return out;
}

json::array notes_json(const std::vector<Words>& notes) {
    json::array out;
    for (const Words& note : notes)
        out.push_back(words_json(note));
    return out;
}

json::object column_json(const ImportColumn& column) {
    json::object out{
        {"column", column.letters}, {"header", column.header}, {"use", column_use_text(column.use)}};
    if (column.use == ColumnUse::mapped) {
        out["register"] = column.target->name;
        out["field"] = column.field->name;
    } else if (column.use == ColumnUse::extra) {
        out["extra"] = column.name;
    }
    if (column.confidence > 0) out["confidence"] = column.confidence;
    if (!column.reason.ja.empty()) out["reason"] = words_json(column.reason);
    return out;
}

json::object row_json(const ImportRow& row) {
    json::object out{{"row", row.number}, {"outcome", outcome_text(row.outcome)}, {"label", row.label}};
    if (left_out(row.outcome)) {
        out["reason"] = words_json(row.reason);
    } else {
        out["id"] = row.id;
    }
    if (!row.matched_by.empty()) out["matched_by"] = row.matched_by;
    if (!row.changed.empty()) {
        json::array changed;
        for (const FieldChange& change : row.changed) {
            changed.push_back(json::object{
                {"field", change.field}, {"old", words_json(change.old)}, {"new", words_json(change.now)}});
        }
        out["changed"] = std::move(changed);
    }
    if (!row.unreadable.empty()) {
        json::array unreadable;
        for (const Unreadable& value : row.unreadable) {
            unreadable.push_back(json::object{
                {"register", value.register_name}, {"field", value.field}, {"written", value.written}});
        }
        out["unreadable"] = std::move(unreadable);
    }
    if (!row.notes.empty()) out["notes"] = notes_json(row.notes);
    return out;
}

json::object sheet_json(const ImportSheet& sheet) {
    json::object out{
        {"sheet", sheet.name}, {"register", sheet.register_name}, {"header_row", sheet.header_row}};
    if (!sheet.values.empty()) {
        json::object values;
        for (const auto& [field, text] : sheet.values)
            values[field] = text;
        out["values"] = std::move(values);
    }
    if (!sheet.mapping.empty()) out["mapping"] = sheet.mapping;
    json::object counts = counts_json(sheet, sheet.row_count);
    std::map<std::string_view, int64_t> kinds{{"blank", sheet.blank_rows}};
    json::array skipped;
    for (const SkippedRow& row : sheet.skipped) {
        kinds[row_kind_text(row.kind)]++;
        skipped.push_back(json::object{{"row", row.number},
                                       {"kind", row_kind_text(row.kind)},
                                       {"text", row.text},
                                       {"reason", words_json(row.reason)}});
    }
    json::object of_kinds;
    for (const auto& [kind, count] : kinds)
        of_kinds[kind] = count;
    counts["kinds"] = std::move(of_kinds);
    out["counts"] = std::move(counts);
    json::array columns;
    for (const ImportColumn& column : sheet.columns)
        columns.push_back(column_json(column));
    out["columns"] = std::move(columns);
    json::array rows;
    rows.reserve(sheet.rows.size());
    for (const ImportRow& row : sheet.rows)
        rows.push_back(row_json(row));
    out["rows"] = std::move(rows);
    out["skipped"] = std::move(skipped);
    json::array readings;
    for (const Reading& reading : sheet.readings) {
        readings.push_back(json::object{{"column", reading.column},
                                        {"note", words_json(reading.note)},
                                        {"rows", reading.rows},
                                        {"first_row", reading.first_row}});
    }
    out["readings"] = std::move(readings);
    return out;
}

}  // namespace

json::object import_json(const ImportResult& result) {
    json::object out{{"file", result.file},
                     {"sha256", result.sha256},
                     {"dry_run", result.dry_run},
                     {"counts", counts_json(result, result.row_count())}};
    if (!result.import_id.empty()) out["import"] = result.import_id;
    if (!result.saved_mapping.empty()) out["mapping"] = result.saved_mapping;
    json::array sheets;
    for (const ImportSheet& sheet : result.sheets)
        sheets.push_back(sheet_json(sheet));
    out["sheets"] = std::move(sheets);
    json::array children;
    for (const ChildCount& child : result.children) {
        children.push_back(json::object{
            {"register", child.register_name}, {"new", child.added}, {"changed", child.changed}});
    }
    out["children"] = std::move(children);
    json::array created;
    for (const CreatedEntry& entry : result.created) {
        json::array like;
        for (const LikeEntry& one : entry.like)
            like.push_back(json::object{{"id", one.id}, {"label", one.label}});
        created.push_back(json::object{{"register", entry.register_name},
                                       {"id", entry.id},
                                       {"label", entry.name},
                                       {"like", std::move(like)}});
    }
    out["created"] = std::move(created);
    json::array others;
    for (const OtherSheet& sheet : result.other_sheets) {
        others.push_back(
            json::object{{"sheet", sheet.name}, {"rows", sheet.rows}, {"reason", words_json(sheet.reason)}});
    }
    out["other_sheets"] = std::move(others);
    out["notices"] = notes_json(result.notices);
    return out;
}

}  // namespace sonae::exchange
