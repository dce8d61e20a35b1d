// What the rows of a sheet are, and what stands in merged cells.
#include "exchange/import_rows.hpp"

#include "facts.hpp"
#include "understand.hpp"

#include <set>

#include <fmt/format.h>
#include <rapidcheck/gtest.h>

namespace sonae::exchange {
namespace {

Header header_of(const Table& table) {
    auto header =
        find_header(tests::source_catalog(), *tests::source_catalog().find_register("device"), table, {});
    EXPECT_TRUE(header);
    return header.value_or(Header());
}

std::string kind_of(const SheetRows& rows, const Table& table, int64_t number) {
    for (size_t place : rows.data)
        if (table.rows[place].number == number) return "data";
    for (const SkippedRow& row : rows.skipped)
        if (row.number == number) return std::string(row_kind_text(row.kind));
    return "blank";
}

TEST(ImportRows, AreToldApart) {
    struct Case {
        const char* cells;
        const char* kind;
    };
    const Case cases[] = {
        {"A10|PC|受付|Windows 11|田中", "data"},
        {"A11", "data"},
        {"|||Windows 11|", "comment"},
        {"合計|3台", "total"},
        {"合 計||3|", "total"},
        {"合計 3台", "total"},
        {"|小計|2", "total"},
        {"サーバ計|4台", "total"},
        {"計|||12|¥1,200", "total"},
        {"Total||||5", "total"},
        {"A12|血圧計|診察室|-|", "data"},
        {"体温計", "comment"},
        {"1階", "comment"},
        {"【2階 病棟】", "comment"},
        {"※ 廃棄済みのものは除く", "comment"},
        {"※|廃棄済みのものは除く", "comment"},
        {"（注）リース品を含む", "comment"},
        {"以上", "comment"},
        {"", "blank"},
        {"管理番号|コンピュータ名|設置場所|OS|利用者", "header"},
    };
    std::vector<TestRow> rows{{"機器台帳|||最終更新日|2026/11/1"},
                              {"管理番号|コンピュータ名|設置場所|OS|利用者"}};
    for (int i = 0; i < 3; i++)
        rows.push_back({"A1|PC-1|受付|Windows 11|田中"});
    for (const Case& one : cases)
        rows.push_back({one.cells});
    rows.push_back({"A99|PC|受付|Windows 11|田中"});
    Table table = sheet(rows);
    SheetRows found = rows_of(table, header_of(table));
    EXPECT_EQ(kind_of(found, table, 1), "title");
    EXPECT_EQ(kind_of(found, table, 2), "header");
    for (size_t i = 0; i < std::size(cases); i++)
        EXPECT_EQ(kind_of(found, table, static_cast<int64_t>(i) + 6), cases[i].kind) << cases[i].cells;
    for (const SkippedRow& row : found.skipped) {
        EXPECT_FALSE(row.reason.ja.empty() || row.reason.en.empty());
        EXPECT_FALSE(row.text.empty());
    }
}

TEST(ImportRows, StruckAndHiddenRows) {
    Table table = sheet({{"管理番号|PC名|設置場所"},
                         {"A1|PC1|受付"},
                         {"A2|PC2|受付", false, true},
                         {"A3|PC3|受付", true, false}});
    Header header = header_of(table);
    SheetRows rows = rows_of(table, header);
    EXPECT_EQ(kind_of(rows, table, 3), "struck");
    EXPECT_EQ(rows.data, (std::vector<size_t>{1, 3}));
    ASSERT_EQ(row_notes(table, header, rows, 3).size(), 1U);
    EXPECT_NE(row_notes(table, header, rows, 3)[0].ja.find("非表示"), std::string::npos);
    EXPECT_TRUE(row_notes(table, header, rows, 1).empty());
    SheetRows all = rows_of(table, header, {true});
    EXPECT_EQ(all.data, (std::vector<size_t>{1, 2, 3}));
    EXPECT_NE(row_notes(table, header, all, 2)[0].ja.find("取り消し線"), std::string::npos);
}

TEST(ImportRows, MergedCellsAreFilledDownIntoData) {
    Table table = sheet({{"設置場所|管理番号|PC名|OS"},
                         {"受付|A1|PC1|Windows 11"},
                         {"|A2|PC2|Windows 11"},
                         {"小計|2||"},
                         {"|A3|PC3|Windows 10"},
                         {"薬局|A4|PC4|Windows 10"}},
                        {{2, 5, 0, 0}});
    Header header = header_of(table);
    SheetRows rows = rows_of(table, header);
    EXPECT_EQ(rows.data.size(), 4U);
    EXPECT_EQ(cell_of(table, rows, 2, 0).text, "受付");
    EXPECT_EQ(cell_of(table, rows, 4, 0).text, "受付");
    EXPECT_EQ(cell_of(table, rows, 5, 0).text, "薬局");
    EXPECT_EQ(cell_of(table, rows, 2, 9).text, "");
    ASSERT_NE(rows.filled_at(2, 0), nullptr);
    EXPECT_EQ(rows.filled_at(2, 0)->from, 1U);
    EXPECT_EQ(rows.filled_at(2, 1), nullptr);
    EXPECT_NE(row_notes(table, header, rows, 2).at(0).ja.find("2行目"), std::string::npos);
}

TEST(ImportRows, NumbersGivenOutInAdvanceAreNoEntries) {
    Table table = sheet({{"No.|PC名|設置場所"}, {"1|PC1|受付"}, {"2|PC2|受付"}, {"3"}, {"4"}, {"5"}});
    SheetRows rows = rows_of(table, header_of(table));
    EXPECT_EQ(rows.data, (std::vector<size_t>{1, 2}));
    EXPECT_EQ(rows.skipped.size(), 4U);
}

TEST(ImportRows, ASecondTableIsLeftOut) {
    Table table = sheet({{"管理番号|PC名|OS|設置場所"},
                         {"D1|PC1|Windows 11|外来"},
                         {"D2|PC2|Windows 11|外来"},
                         {""},
                         {"契約中の業者"},
                         {"業者名|電話番号|担当者|メール"},
                         {"株式会社メディカ|03-0000-0001|田中|tanaka@medica.example"}});
    SheetRows rows = rows_of(table, header_of(table));
    EXPECT_EQ(kind_of(rows, table, 2), "data");
    EXPECT_EQ(kind_of(rows, table, 5), "comment");
    EXPECT_EQ(kind_of(rows, table, 7), "table");
    EXPECT_EQ(kind_of(rows, table, 6), "table");
}

// Whatever stands in a sheet: every filled row is told exactly once, and nothing is filled into what is no
// data.
RC_GTEST_PROP(ImportRows, EveryRowIsToldOnce, ()) {
    const std::vector<std::string> words{"",         "",         "合計",     "1",    "A1",   "※ 注",
                                         "受付",     "1階",      "OS",       "PC",   "2024", "○",
                                         "管理番号", "設置場所", "10.0.0.1", "小計", "3台"};
    std::vector<std::string> lines{"管理番号|コンピュータ名|設置場所|OS"};
    const int count = *rc::gen::inRange(0, 25);
    for (int i = 0; i < count; i++) {
        std::string line;
        for (int column = 0; column < 4; column++)
            line += *rc::gen::elementOf(words) + (column < 3 ? "|" : "");
        lines.push_back(line);
    }
    std::vector<TestRow> test_rows;
    for (const std::string& line : lines)
        test_rows.push_back({line, *rc::gen::inRange(0, 4) == 0, *rc::gen::inRange(0, 4) == 0});
    std::vector<MergedCells> merges;
    for (int i = *rc::gen::inRange(0, 4); i > 0; i--) {
        int64_t first = *rc::gen::inRange(1, 26);
        size_t column = static_cast<size_t>(*rc::gen::inRange(0, 4));
        merges.push_back({first, first + *rc::gen::inRange(0, 6), column, column});
    }
    std::sort(merges.begin(), merges.end(),
              [](const MergedCells& a, const MergedCells& b) { return a.first_row < b.first_row; });
    Table table = sheet(test_rows, merges);
    Header header = header_of(table);
    SheetRows rows = rows_of(table, header, {*rc::gen::arbitrary<bool>()});
    std::set<int64_t> told;
    for (size_t place : rows.data)
        RC_ASSERT(told.insert(table.rows[place].number).second);
    for (const SkippedRow& row : rows.skipped)
        RC_ASSERT(told.insert(row.number).second);
    RC_ASSERT(told.size() == table.rows.size());
    RC_ASSERT(static_cast<int64_t>(told.size()) + rows.blank == table.row_count);
    for (const FilledCell& cell : rows.filled) {
        RC_ASSERT(std::binary_search(rows.data.begin(), rows.data.end(), cell.place));
        RC_ASSERT(std::binary_search(rows.data.begin(), rows.data.end(), cell.from));
        RC_ASSERT(!cell_of(table, rows, cell.place, cell.column).text.empty());
    }
}

}  // namespace
}  // namespace sonae::exchange
