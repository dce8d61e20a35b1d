// Tests of workbooks that are one and the same sheet saved by several programs as XLSX, XLS and ODS: every
// reader must give the same cells. tests/fixtures/exchange/README.md says how the files were made.
#include "base/os/file.hpp"
#include "exchange/table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sonae::exchange {
namespace {

Workbook read(std::string_view name) {
    auto bytes = os::read_file(fmt::format("{}/tests/fixtures/exchange/{}", SONAE_SOURCE, name));
    auto book = read_workbook(bytes.value(), name);
    EXPECT_TRUE(book.has_value()) << name << (book ? "" : book.error().words.en);
    return book ? *std::move(book) : Workbook{};
}

const TableRow* row(const Table& table, int64_t number) {
    for (const TableRow& one : table.rows) {
        if (one.number == number) return &one;
    }
    return nullptr;
}

std::vector<std::string> texts(const Table& table, int64_t number) {
    const TableRow* found = row(table, number);
    return found == nullptr ? std::vector<std::string>{}
                            : std::vector<std::string>(found->cells.begin(), found->cells.end());
}

class Kinds : public ::testing::TestWithParam<const char*> {};

TEST_P(Kinds, GiveTheSameCells) {
    using Row = std::vector<std::string>;
    Workbook book = read(GetParam());
    ASSERT_EQ(book.tables.size(), 2U);
    EXPECT_TRUE(std::string_view(GetParam()).ends_with(book.format)) << book.format;
    const Table& table = book.tables[0];
    EXPECT_EQ(table.name, "機器");
    EXPECT_FALSE(table.hidden);
    EXPECT_TRUE(book.tables[1].hidden);
    EXPECT_EQ(texts(book.tables[1], 2), (Row{"", "秘"}));
    EXPECT_EQ(texts(table, 1), Row{"機器台帳"});
    EXPECT_EQ(texts(table, 4), (Row{"001", "サーバ㈱𠮷", "Windows Server 2022", "2024-07-01", "2024-07",
                                    "09:30", "2023-10-05 09:30", "12", "TRUE", "一行目\n二行目"}));
    EXPECT_EQ(row(table, 4)->cell(0).kind, CellKind::number);
    EXPECT_EQ(row(table, 4)->cell(1).kind, CellKind::text);
    EXPECT_EQ(row(table, 4)->cell(3).kind, CellKind::date);
    EXPECT_EQ(row(table, 4)->cell(8).kind, CellKind::boolean);
    EXPECT_TRUE(row(table, 5)->struck);
    EXPECT_FALSE(row(table, 4)->struck);
    EXPECT_TRUE(row(table, 6)->hidden);
    EXPECT_FALSE(row(table, 7)->hidden);
    EXPECT_EQ(table.hidden_columns, std::vector<size_t>{2});
    EXPECT_EQ(table.merges, (std::vector<MergedCells>{{1, 1, 0, 2}, {9, 11, 1, 1}}));
    EXPECT_EQ(texts(table, 9)[1], "縦に結合");
    EXPECT_EQ(texts(table, 9)[2].size(), 18'000U);
    EXPECT_EQ(texts(table, 319)[0], "文字列299番");
    EXPECT_EQ(texts(table, 319)[2], "ASCII only 299");
    EXPECT_EQ(table.row_count, 319);
    Row numbers = texts(table, 7);
    EXPECT_EQ(numbers[0], "1.25");
    EXPECT_EQ(numbers[1], "-3");
    EXPECT_EQ(numbers[6], "12345678901");
    EXPECT_EQ(numbers[7], "0.1");
    // openpyxl writes no results of formulas.
    if (std::string_view(GetParam()) == "source.xlsx") {
        ASSERT_EQ(book.notices.size(), 1U);
        EXPECT_NE(book.notices[0].ja.find("機器!C7"), std::string::npos) << book.notices[0].ja;
        return;
    }
    EXPECT_TRUE(book.notices.empty()) << book.notices[0].ja;
    EXPECT_EQ(numbers[2], "#DIV/0!");
    EXPECT_EQ(row(table, 7)->cell(2).kind, CellKind::error);
    EXPECT_EQ(numbers[3], "2");
    EXPECT_EQ(numbers[4], "ab");
    EXPECT_EQ(numbers[5], "TRUE");
}

INSTANTIATE_TEST_SUITE_P(Files, Kinds,
                         ::testing::Values("source.xlsx", "libreoffice-source.xlsx", "libreoffice.xls",
                                           "libreoffice.ods", "gnumeric.xls", "gnumeric.ods"));

TEST(KindsThatAreNotRead, AreNamed) {
    auto bytes = os::read_file(fmt::format("{}/tests/fixtures/exchange/excel95.xls", SONAE_SOURCE));
    auto book = read_workbook(bytes.value(), "古い.xls");
    ASSERT_FALSE(book.has_value());
    EXPECT_NE(book.error().words.ja.find("Excel 95"), std::string::npos) << book.error().words.ja;
}

}  // namespace
}  // namespace sonae::exchange
