// Reading what the caller says of columns, and choosing the header.
#include "exchange/import_columns.hpp"

#include "base/text.hpp"
#include "exchange/column_guess.hpp"

#include <algorithm>
#include <memory>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr int64_t header_within = 30;  // rows
constexpr size_t most_lines = 3;       // of a header
constexpr int most_gaps = 1'000;       // places at which another table is looked for

size_t filled_cells(const TableRow& row) {
    return static_cast<size_t>(std::count_if(row.cells.begin(), row.cells.end(),
                                             [](std::string_view cell) { return !is_blank(cell); }));
}

// Another table on the same sheet: behind a gap or a line of its own title, a row in which three quarters of
// the cells are words for fields of one register.
size_t find_next_table(const catalog::Catalog& catalog, const Table& table, size_t first, size_t last) {
    std::vector<std::unordered_set<std::string>> words;  // of each register
    int gaps = 0;
    for (size_t place = last + 2; place < table.rows.size() && gaps < most_gaps; place++) {
        const TableRow& row = table.rows[place];
        const TableRow& above = table.rows[place - 1];
        if (row.cells.size() < 3 || (above.number == row.number - 1 && filled_cells(above) > 1)) continue;
        if (row.cells == table.rows[first].cells || row.cells == table.rows[last].cells) continue;
        gaps++;
        if (words.empty()) {
            for (const catalog::Register& one : catalog.registers()) {
                if (one.internal) continue;
                words.emplace_back();
                for (const Spelling& spelling : spellings_of(catalog, one))
                    words.back().insert(spelling.key);
            }
        }
        size_t filled = filled_cells(row);
        for (const auto& known : words) {
            size_t met = 0;
            for (std::string_view cell : row.cells)
                if (!is_blank(cell) && known.count(header_key(cell)) != 0) met++;
            if (filled >= 3 && met * 4 >= filled * 3) return place;
        }
    }
    return static_cast<size_t>(-1);
}

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
    std::unique_ptr<ColumnGuess> best;
    std::pair<size_t, size_t> lines;
    auto consider = [&](size_t first, size_t last) {
        ColumnGuess guess(catalog, description, all, header_cells(table, first, last, width));
        guess.read_headers(mappings);
        if (guess.mapped < 2 && guess.named == 0 && !(width == 1 && guess.mapped == 1)) return;
        // Of two that say the same the one of fewer lines: a title above is no part of the header.
        auto score = [&](const ColumnGuess& one, size_t more_lines) {
            return std::tuple(one.certain, one.mapped, most_lines - more_lines);
        };
        if (best && score(guess, last - first) <= score(*best, lines.second - lines.first)) return;
        best = std::make_unique<ColumnGuess>(std::move(guess));
        lines = {first, last};
    };
    for (bool cut : {false, true}) {
        for (size_t first = 0; first < table.rows.size() && table.rows[first].number <= header_within;
             first++) {
            for (size_t last = first; last < table.rows.size() && last < first + most_lines; last++)
                if (may_be_header(table, first, last, cut)) consider(first, last);
        }
        if (best) break;
    }
    if (!best) return std::nullopt;
    best->read_values(sample_columns(table, lines.second, width));
    Header header;
    header.first_row = lines.first;
    header.last_row = header.row = lines.second;
    header.next_table = find_next_table(catalog, table, lines.first, lines.second);
    header.columns = std::move(best->columns);
    header.unmet = std::move(best->unmet);
    return header;
}

}  // namespace sonae::exchange
