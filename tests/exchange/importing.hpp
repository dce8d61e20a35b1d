// What the tests of importing share: a record, imports into it, and workbooks of several sheets.
#pragma once

#include "../facts.hpp"
#include "base/text.hpp"
#include "exchange/import.hpp"
#include "workbook.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sonae::exchange {

// A workbook of sheets with their cells as CSV without quotes.
inline std::string book_of(const std::vector<std::pair<std::string, std::string>>& sheets) {
    Parts parts = workbook_parts({});
    std::string list;
    std::string relations;
    for (size_t i = 0; i < sheets.size(); i++) {
        std::string rows;
        int number = 0;
        for (const std::string& line : split(sheets[i].second, "\n")) {
            rows += fmt::format("<row r='{}'>", ++number);
            std::string cell;
            char column = 'A';
            for (size_t at = 0; at <= line.size(); at++) {
                if (at < line.size() && line[at] != ',') {
                    cell += line[at];
                    continue;
                }
                if (!cell.empty()) {
                    rows +=
                        fmt::format("<c r='{}{}' t='inlineStr'><is><t>{}</t></is></c>", column, number, cell);
                }
                cell.clear();
                column++;
            }
            rows += "</row>";
        }
        list += fmt::format("<sheet name='{}' sheetId='{}' r:id='rId{}'/>", sheets[i].first, i + 1, i + 1);
        relations += fmt::format(
            "<Relationship Id='rId{0}' Type='{1}/worksheet' "
            "Target='worksheets/sheet{0}.xml'/>",
            i + 1, relation_space);
        parts[fmt::format("xl/worksheets/sheet{}.xml", i + 1)] =
            fmt::format("<worksheet xmlns='{}'><sheetData>{}</sheetData></worksheet>", main_space, rows);
    }
    parts["xl/workbook.xml"] = fmt::format("<workbook xmlns='{}' xmlns:r='{}'><sheets>{}</sheets></workbook>",
                                           main_space, relation_space, list);
    parts["xl/_rels/workbook.xml.rels"] =
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>" + relations +
        "</Relationships>";
    return zip_of(parts);
}

class Importing : public ::testing::Test {
 protected:
    using Strings = std::vector<std::string>;

    ImportResult take(std::string_view register_name, std::string_view bytes,
                      const ImportOptions& options = {}, std::string_view name = "台帳.csv") {
        auto result = import_file(*record_, register_name, name, bytes, options, who(name));
        if (!result) {
            ADD_FAILURE() << result.error().words.ja;
            return {};
        }
        int64_t sum = result->skipped_count();
        for (Outcome outcome : all_outcomes)
            sum += result->count(outcome);
        EXPECT_EQ(sum, result->row_count());
        return *std::move(result);
    }
    Code refused(std::string_view register_name, std::string_view bytes, const ImportOptions& options = {}) {
        auto result = import_file(*record_, register_name, "台帳.csv", bytes, options, who("台帳.csv"));
        EXPECT_FALSE(result);
        return result ? Code::io : result.error().code;
    }
    static registers::Who who(std::string_view name) {
        return {"事務長", "", fmt::format("import {}", name), ""};
    }

    // "new same(number) conflict" of all rows.
    static std::string told(const ImportResult& result) {
        std::string out;
        for (const ImportSheet& sheet : result.sheets) {
            for (const ImportRow& row : sheet.rows) {
                out += fmt::format("{}{}", out.empty() ? "" : " ", outcome_text(row.outcome));
                if (!row.matched_by.empty()) out += fmt::format("({})", row.matched_by);
            }
        }
        return out;
    }
    static const ImportRow& row(const ImportResult& result, size_t place) {
        return result.sheets.at(0).rows.at(place);
    }

    registers::Entry entry(std::string_view register_name, std::string_view name) {
        auto found = record_->find(register_name, name);
        EXPECT_TRUE(found) << name;
        return found.value_or(registers::Entry{});
    }
    size_t count(std::string_view register_name) { return record_->list(register_name).value().size(); }

    tests::FreshRecord record_;
};

}  // namespace sonae::exchange
