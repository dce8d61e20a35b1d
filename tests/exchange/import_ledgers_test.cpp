// What is understood of the ledgers in tests/fixtures/ledgers: their headers, columns and rows, each compared
// with what a sensible person expects (the JSON beside each file).
#include "base/os/file.hpp"
#include "base/text.hpp"
#include "exchange/import_fit.hpp"
#include "exchange/import_rows.hpp"
#include "facts.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

namespace sonae::exchange {
namespace {

namespace fs = std::filesystem;

std::string text_of(const json::value& value) {
    return std::string(view(value.as_string()));
}

std::string use_of(const ImportColumn& column, const catalog::Register& description) {
    if (column.use != ColumnUse::mapped) return std::string(column_use_text(column.use));
    return column.target == &description ? column.field->name
                                         : fmt::format("{}.{}", column.target->name, column.field->name);
}

void compare_columns(const json::object& expected, const Header& header, const catalog::Register& description,
                     const std::string& place) {
    for (const auto& [name, use] : expected) {
        bool found = false;
        for (const ImportColumn& column : header.columns) {
            if (column.name != view(name) && match_key(column.name) != match_key(view(name))) continue;
            found = true;
            // A column that means a field stays one when nothing stands below it.
            if (text_of(use) == "empty" && column.use == ColumnUse::mapped) break;
            EXPECT_EQ(use_of(column, description), text_of(use))
                << place << " " << view(name) << ": " << column.reason.ja;
            break;
        }
        EXPECT_TRUE(found) << place << ": no column " << view(name);
    }
}

void compare_rows(const json::object& sheet, const Table& table, const Header& header,
                  const std::string& place) {
    SheetRows rows = rows_of(table, header);
    EXPECT_EQ(static_cast<int64_t>(rows.data.size() + rows.skipped.size()) + rows.blank, table.row_count);
    const json::value* counts = sheet.if_contains("counts");
    const json::value* skipped = counts != nullptr ? counts->as_object().if_contains("skipped") : nullptr;
    if (skipped == nullptr || !skipped->is_object()) return;
    std::map<std::string, int64_t> kinds;
    if (rows.blank > 0) kinds["blank"] = rows.blank;
    std::string listing;
    for (const SkippedRow& row : rows.skipped) {
        kinds[std::string(row_kind_text(row.kind))]++;
        listing += fmt::format("\n  {} {}: {}", row.number, row_kind_text(row.kind), row.text);
    }
    std::map<std::string, int64_t> wanted;
    for (const auto& [kind, count] : skipped->as_object())
        wanted[std::string(view(kind))] = count.as_int64();
    // A format whose reader does not tell what is struck out has those rows as data.
    bool told =
        std::any_of(table.rows.begin(), table.rows.end(), [](const TableRow& row) { return row.struck; });
    if (!told) wanted.erase("struck");
    EXPECT_EQ(kinds, wanted) << place << listing;
}

TEST(SlowLedgers, AreUnderstood) {
    int seen = 0;
    for (const auto& entry : fs::directory_iterator(SONAE_SOURCE "/tests/fixtures/ledgers")) {
        if (entry.path().extension() != ".json") continue;
        auto parsed = parse_json(os::read_file(entry.path()).value()).value();
        const json::object& expected = parsed.as_object();
        if (expected.contains("refused") || expected.contains("map")) continue;
        std::string file = text_of(expected.at("file"));
        auto book = read_workbook(os::read_file(entry.path().parent_path() / file).value(), file);
        if (!book) continue;  // reading is tested elsewhere
        std::string wanted = text_of(expected.at("register"));
        for (const Table& table : book->tables) {
            const json::value* sheet = expected.at("sheets").as_object().if_contains(table.name);
            if (sheet == nullptr) continue;
            const json::object& one = sheet->as_object();
            std::string place = file + " " + table.name;
            std::string name = wanted == "auto" ? "" : wanted;
            if (const json::value* own = one.if_contains("register")) name = text_of(*own);
            auto fits = fit(tests::source_catalog(), table);
            if (fits.empty()) {
                ADD_FAILURE() << place << ": no header";
                continue;
            }
            if (name.empty()) name = fits.front().target->name;
            EXPECT_EQ(fits.front().target->name, name) << place << " " << fits.front().confidence;
            const catalog::Register& description = *tests::source_catalog().find_register(name);
            auto header = find_header(tests::source_catalog(), description, table, {});
            if (!header) {
                ADD_FAILURE() << place << ": no header";
                continue;
            }
            seen++;
            const json::value& line = one.at("header");
            int64_t first = line.is_array() ? line.as_array().front().as_int64() : line.as_int64();
            int64_t last = line.is_array() ? line.as_array().back().as_int64() : line.as_int64();
            EXPECT_EQ(table.rows[header->first_row].number, first) << place;
            EXPECT_EQ(table.rows[header->last_row].number, last) << place;
            if (const json::value* columns = one.if_contains("columns"))
                compare_columns(columns->as_object(), *header, description, place);
            compare_rows(one, table, *header, place);
        }
    }
    EXPECT_GE(seen, 20);
}

}  // namespace
}  // namespace sonae::exchange
