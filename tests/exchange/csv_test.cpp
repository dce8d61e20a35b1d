// Tests of the CSV reader.
#include "exchange/csv.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sonae::exchange {
namespace {

using Row = std::vector<std::string>;

std::vector<Row> rows(std::string_view text) {
    auto table = read_csv(text, "t.csv");
    EXPECT_TRUE(table.has_value()) << text;
    std::vector<Row> out;
    if (table) {
        for (const TableRow& row : table->rows)
            out.emplace_back(row.cells.begin(), row.cells.end());
    }
    return out;
}

TEST(Csv, PlainRecords) {
    EXPECT_EQ(rows("a,b\r\n1,2\r\n"), (std::vector<Row>{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(rows("a,b\n1,2"), (std::vector<Row>{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(rows("a,b\r1,2\r"), (std::vector<Row>{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(rows("a,b\n1,2\n\x1a"), (std::vector<Row>{{"a", "b"}, {"1", "2"}}));  // end of file of DOS
    EXPECT_EQ(rows(""), std::vector<Row>{});
}

TEST(Csv, QuotedCells) {
    EXPECT_EQ(rows("\"a,b\",\"c\"\"d\"\"\",\"e\r\nf\"\r\n"), (std::vector<Row>{{"a,b", "c\"d\"", "e\r\nf"}}));
    EXPECT_EQ(rows("\"\",x"), (std::vector<Row>{{"", "x"}}));
    EXPECT_EQ(rows("\"a\"b,c"), (std::vector<Row>{{"ab", "c"}}));  // text behind a quote is kept
    EXPECT_EQ(rows("5\" disk,c"),
              (std::vector<Row>{{"5\" disk", "c"}}));  // inside, it is a sign like any other
}

TEST(Csv, BlankRowsKeepTheirNumber) {
    auto table = read_csv("題\r\n\r\n , \r\n番号,名\r\n1,x\r\n\r\n\r\n", "t.csv").value();
    ASSERT_EQ(table.rows.size(), 3U);
    EXPECT_EQ(table.rows[0].number, 1);
    EXPECT_EQ(table.rows[1].number, 4);
    EXPECT_EQ(table.rows[2].number, 5);
    EXPECT_EQ(table.row_count, 5);  // blank rows at the end are nobody's rows
}

TEST(Csv, EmptyCellsAtTheEndAreNoCells) {
    EXPECT_EQ(rows("a,b,c\n1,,\n,2,　\n"), (std::vector<Row>{{"a", "b", "c"}, {"1"}, {"", "2"}}));
}

TEST(Csv, SeparatorIsTheRegularOne) {
    EXPECT_EQ(guess_separator("a,b,c\n1,2,3\n"), ',');
    EXPECT_EQ(guess_separator("a;b;c\n1,5;2;3\n"), ';');
    EXPECT_EQ(guess_separator("a\tb\n1\t2,3\n"), '\t');
    EXPECT_EQ(guess_separator("台帳\n\na\tb\tc\n1,000\t2\t3\n"), '\t');
    EXPECT_EQ(guess_separator("one column\nonly\n"), ',');
    EXPECT_EQ(guess_separator("a,b\n1,\"x;y;z\"\n2,\"x;y;z\"\n"), ',');  // several values in a cell
    EXPECT_EQ(guess_separator(""), ',');
}

TEST(Csv, AQuoteThatIsNeverClosedIsNamed) {
    auto table = read_csv("a,b\n1,2\n3,\"x\n5,6\n", "台帳.csv");
    ASSERT_FALSE(table.has_value());
    EXPECT_EQ(table.error().code, Code::bad_file);
    EXPECT_NE(table.error().words.ja.find("3行目"), std::string::npos) << table.error().words.ja;
    EXPECT_NE(table.error().words.ja.find("台帳.csv"), std::string::npos);
    EXPECT_NE(table.error().words.en.find("line 3"), std::string::npos);
}

TEST(Csv, NoMoreThanASheetHolds) {
    std::string wide(max_columns, ',');
    EXPECT_TRUE(read_csv(wide, "t.csv").has_value());  // nothing in it
    EXPECT_TRUE(read_csv(wide.substr(1) + "x", "t.csv").has_value());
    EXPECT_EQ(read_csv(wide + "x", "t.csv").error().code, Code::bad_file);
    EXPECT_EQ(read_csv(wide + ",,,x", "t.csv").error().code, Code::bad_file);
    // Few bytes must not become many places.
    Table table;
    TableTotals totals;
    TableBuilder builder(table, totals, std::make_shared<CellStore>());
    int64_t number = 0;
    auto add = [&] {
        builder.start_row(++number);
        return builder.put(max_columns - 1, {"x", CellKind::text, false}) && builder.end_row();
    };
    while (add())
        ASSERT_LE(totals.cells, max_cells);
    EXPECT_EQ(table.row_count, static_cast<int64_t>(max_cells / max_columns));
}

// Writes a cell as a spreadsheet does.
std::string quoted(const std::string& cell, char separator) {
    if (cell.find_first_of("\"\r\n") == std::string::npos && cell.find(separator) == std::string::npos)
        return cell;
    std::string out = "\"";
    for (char c : cell)
        out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

RC_GTEST_PROP(Csv, WrittenCellsAreReadBack, ()) {
    auto cell =
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab ,;\t\"\r\n0.=\xe3\x80\x81")));
    auto table = *rc::gen::resize(20, rc::gen::container<std::vector<Row>>(rc::gen::container<Row>(cell)));
    std::string end = *rc::gen::element<std::string>("\n", "\r\n", "\r");
    // A first row fixes the separator: what it is guessed from is not under test here.
    std::string text;
    for (int i = 0; i < 20; i++)
        text += "k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k,k" + end;
    for (const Row& row : table) {
        for (size_t i = 0; i < row.size(); i++)
            text += (i == 0 ? "" : ",") + quoted(row[i], ',');
        text += end;
    }
    auto read = read_csv(text, "t.csv");
    RC_ASSERT(read.has_value());
    std::vector<std::pair<int64_t, Row>> expected;
    for (size_t r = 0; r < table.size(); r++) {
        Row row = table[r];
        while (!row.empty() && trim(row.back()).empty())
            row.pop_back();
        if (!row.empty()) expected.emplace_back(static_cast<int64_t>(r) + 21, row);
    }
    std::vector<std::pair<int64_t, Row>> found;
    for (size_t r = 20; r < read->rows.size(); r++)
        found.emplace_back(read->rows[r].number, Row(read->rows[r].cells.begin(), read->rows[r].cells.end()));
    RC_ASSERT(found == expected);
}

}  // namespace
}  // namespace sonae::exchange
