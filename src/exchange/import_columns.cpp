// Reading what the caller says of columns, and choosing the header.
#include "exchange/import_columns.hpp"

#include "base/text.hpp"
#include "exchange/column_guess.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr int64_t header_within = 30;  // rows
constexpr size_t most_lines = 3;       // of a header

}  // namespace

std::string_view column_use_text(ColumnUse use) {
    switch (use) {
        case ColumnUse::mapped:
            return "mapped";
        case ColumnUse::extra:
            return "extra";
        case ColumnUse::ignored:
            return "ignored";
        case ColumnUse::empty:
            return "empty";
        case ColumnUse::id:
            return "id";
    }
    return "";
}

std::vector<const catalog::Field*> naming_fields(const catalog::Register& child) {
    for (const std::string& part : child.label_of) {
        std::vector<const catalog::Field*> fields;
        for (const std::string& name : split(part, "|")) {
            const catalog::Field* field = child.field(name);
            if (field != nullptr && name != child.parent_field) fields.push_back(field);
        }
        if (!fields.empty()) return fields;
    }
    return {};
}

Result<std::vector<ColumnMapping>> read_mappings(const catalog::Catalog& catalog,
                                                 const catalog::Register& description,
                                                 const std::vector<std::string>& texts) {
    std::vector<ColumnMapping> out;
    for (const std::string& text : texts) {
        size_t equals = text.rfind('=');
        ColumnMapping mapping;
        mapping.written = text;
        if (equals != std::string::npos) mapping.column = trim(std::string_view(text).substr(0, equals));
        if (mapping.column.empty()) {
            return fail(
                Code::usage,
                fmt::format("「{}」は読み取れません。--map '列の見出し=項目' の形で書いてください。", text),
                fmt::format("\"{}\" cannot be read. Write --map 'column=field'.", text));
        }
        std::string field = trim(std::string_view(text).substr(equals + 1));
        if (field != "-") {
            mapping.target = &description;
            size_t dot = field.find('.');
            if (dot != std::string::npos) {
                std::string child = field.substr(0, dot);
                auto known =
                    std::find_if(description.import_children.begin(), description.import_children.end(),
                                 [&](const catalog::ImportChild& one) { return one.child == child; });
                mapping.target =
                    known == description.import_children.end() ? nullptr : catalog.find_register(child);
                field = field.substr(dot + 1);
            }
            if (mapping.target != nullptr) {
                for (const catalog::Field& one : mapping.target->fields) {
                    bool label = match_key(one.label.ja) == match_key(field) && !match_key(field).empty();
                    bool parent = mapping.target != &description && one.name == mapping.target->parent_field;
                    if ((one.name == field || label) && !one.internal && !parent) mapping.field = &one;
                }
            }
            if (mapping.field == nullptr) {
                return fail(
                    Code::unknown_field,
                    fmt::format("--map '{}': {}台帳に項目「{}」はありません。項目名を確かめてください"
                                "（その列を使わないときは '{}=-'）。",
                                text, description.label.ja, field, mapping.column),
                    fmt::format("--map '{}': the register {} has no field \"{}\". Check its name (to leave "
                                "the column out, write '{}=-').",
                                text, description.name, field, mapping.column));
            }
        }
        for (const ColumnMapping& other : out) {
            // An entry has each of its fields once; of a child there may be several.
            if (mapping.target != &description || other.field != mapping.field) continue;
            return fail(Code::usage,
                        fmt::format("--map '{}' と '{}' は同じ項目です。どちらか一つにしてください。",
                                    other.written, mapping.written),
                        fmt::format("--map '{}' and '{}' mean the same field. Choose one of them.",
                                    other.written, mapping.written));
        }
        out.push_back(std::move(mapping));
    }
    return out;
}

std::optional<Header> find_header(const catalog::Catalog& catalog, const catalog::Register& description,
                                  const Table& table, const std::vector<ColumnMapping>& mappings) {
    size_t width = 0;
    for (const TableRow& row : table.rows)
        width = std::max(width, row.cells.size());
    const std::vector<Spelling> all = spellings_of(catalog, description);
    std::optional<ColumnGuess> best;
    std::pair<size_t, size_t> lines;
    for (size_t first = 0; first < table.rows.size() && table.rows[first].number <= header_within; first++) {
        for (size_t last = first; last < table.rows.size() && last < first + most_lines; last++) {
            if (!may_be_header(table, first, last)) break;
            ColumnGuess guess(catalog, description, all, header_cells(table, first, last, width));
            guess.read_headers(mappings);
            if (guess.mapped < 2 && guess.named == 0 && !(width == 1 && guess.mapped == 1)) continue;
            // Of two that say the same the one of fewer lines: a title above is no part of the header.
            auto score = [&](const ColumnGuess& one, size_t count) {
                return std::tuple(one.certain, one.mapped, most_lines - count);
            };
            if (best && score(guess, last - first) <= score(*best, lines.second - lines.first)) continue;
            best.reset();
            best.emplace(std::move(guess));
            lines = {first, last};
        }
    }
    if (!best) return std::nullopt;
    best->read_values(sample_columns(table, lines.second, width));
    return Header{lines.first, lines.second, lines.second, std::move(best->columns), std::move(best->unmet)};
}

}  // namespace sonae::exchange
