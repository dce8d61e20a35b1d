// Tests of telling files apart, and of what both readers do with files that somebody damaged on purpose.
#include "exchange/table.hpp"

#include "base/os/file.hpp"
#include "exchange/workbook.hpp"

#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sonae::exchange {
namespace {

std::string sample(std::string_view name) {
    return os::read_file(fmt::format("{}/samples/{}", SONAE_SOURCE, name)).value();
}
std::string fixture(std::string_view name) {
    return os::read_file(fmt::format("{}/tests/fixtures/exchange/{}", SONAE_SOURCE, name)).value();
}

std::string refused(std::string_view bytes, Code code = Code::bad_file) {
    auto book = read_workbook(bytes, "台帳");
    if (book) {
        ADD_FAILURE() << "was read";
        return {};
    }
    EXPECT_EQ(book.error().code, code);
    EXPECT_NE(book.error().words.ja.find("「台帳」"), std::string::npos) << book.error().words.ja;
    EXPECT_NE(book.error().words.en.find("\"台帳\""), std::string::npos) << book.error().words.en;
    return book.error().words.ja;
}

TEST(Table, TheKindIsToldByTheContent) {
    EXPECT_EQ(read_workbook(sample("ledger-seed.csv"), "a.xlsx")->tables.front().rows.size(), 5U);
    EXPECT_EQ(read_workbook(sample("ledger-seed.xlsx"), "a.csv")->tables.front().name, "機器台帳");
    EXPECT_EQ(read_workbook("a\tb\n1\t2\n", "a.tsv")->tables.front().rows[1].cells.size(), 2U);
}

TEST(Table, EncodingsGiveTheSame) {
    std::string cp932 = sample("ledger-clinic-cp932.csv");
    auto tables = read_workbook(cp932, "a.csv").value().tables;
    ASSERT_EQ(tables.front().rows.size(), 10U);
    EXPECT_EQ(tables.front().rows[0].cells[3], "ＯＳ");
    EXPECT_EQ(tables.front().rows[4].cells[10], "２０２２／３／１");
    // The same text in UTF-8, with and without its mark.
    std::string utf8;
    for (const TableRow& row : tables.front().rows) {
        for (size_t i = 0; i < row.cells.size(); i++)
            utf8 += (i == 0 ? "" : ",") + std::string(row.cells[i]);
        utf8 += "\r\n";
    }
    for (const std::string& bytes : {utf8, "\xef\xbb\xbf" + utf8}) {
        auto same = read_workbook(bytes, "a.csv").value().tables;
        ASSERT_EQ(same.front().rows.size(), 10U);
        for (size_t r = 0; r < 10; r++) {
            EXPECT_EQ(same.front().rows[r].cells, tables.front().rows[r].cells);
            EXPECT_EQ(same.front().rows[r].number, tables.front().rows[r].number);
        }
    }
}

TEST(Table, FilesThatAreNoTable) {
    EXPECT_NE(refused("").find("何も書かれていません"), std::string::npos);
    EXPECT_NE(refused("\r\n , \r\n").find("何も書かれていません"), std::string::npos);
    EXPECT_NE(refused(zip_of(workbook_parts(""))).find("何も書かれていません"), std::string::npos);
    std::string ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    EXPECT_NE(refused(ole).find("壊れている"), std::string::npos);
    EXPECT_NE(refused(std::string("\x09\x04\x06\x00\x00\x00\x10\x00", 8)).find("古い形式"),
              std::string::npos);
    EXPECT_NE(refused("  <!DOCTYPE html><html><table>").find("Web ページ"), std::string::npos);
    EXPECT_NE(refused("%PDF-1.7\n").find("文書"), std::string::npos);
    EXPECT_NE(refused("a,\xff\n", Code::bad_encoding).find("文字コード"), std::string::npos);
    EXPECT_NE(refused("PK\x03\x04").find("壊れている"), std::string::npos);
    EXPECT_NE(refused(std::string("PK\x05\x06") + std::string(18, '\0')).find("Excel ブックではありません"),
              std::string::npos);
}

TEST(Table, ColumnsByLetters) {
    EXPECT_EQ(column_letters(0), "A");
    EXPECT_EQ(column_letters(25), "Z");
    EXPECT_EQ(column_letters(26), "AA");
    EXPECT_EQ(column_letters(701), "ZZ");
    EXPECT_EQ(column_letters(702), "AAA");
    EXPECT_EQ(column_letters(16'383), "XFD");
}

// Changes, drops, doubles and copies bytes; the same for the same seed on every machine.
std::string damaged(std::string bytes, std::mt19937& random) {
    for (uint32_t changes = 1 + random() % 8; changes > 0 && !bytes.empty(); changes--) {
        size_t at = random() % bytes.size();
        switch (random() % 5) {
            case 0:
                bytes[at] = static_cast<char>(random());
                break;
            case 1:
                bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
                break;
            case 2:
                bytes.erase(at, 1 + random() % 16);
                break;
            case 3:
                bytes.insert(at, bytes.substr(random() % bytes.size(), 1 + random() % 64));
                break;
            default:
                bytes.resize(at);
                break;
        }
    }
    return bytes;
}

// Reads it and touches what came; whatever it is, there must be tables or a sentence.
bool survives(const std::string& bytes) {
    auto book = read_workbook(bytes, "x");
    if (!book) return !book.error().words.ja.empty() && !book.error().words.en.empty();
    for (const Table& table : book->tables) {
        int64_t before = 0;
        for (const TableRow& row : table.rows) {
            if (row.number <= before || row.cells.empty() || row.cells.size() > max_columns) return false;
            before = row.number;
        }
        if (before != table.row_count) return false;
    }
    return true;
}

TEST(Table, DamagedTextNeverCrashes) {
    std::mt19937 random(1);
    for (std::string_view name : {"ledger-seed.csv", "ledger-clinic-cp932.csv", "cloud-services.csv"}) {
        std::string bytes = sample(name);
        for (int i = 0; i < 700; i++)
            ASSERT_TRUE(survives(damaged(bytes, random))) << name << " " << i;
    }
}

TEST(Table, DamagedWorkbooksNeverCrash) {
    std::mt19937 random(2);
    for (const std::string& bytes :
         {sample("ledger-seed.xlsx"), fixture("libreoffice-clinic.xlsx"), fixture("openpyxl-ledger.xlsx")}) {
        for (int i = 0; i < 600; i++)
            ASSERT_TRUE(survives(damaged(bytes, random))) << i;
    }
}

// Damage to a zip is mostly seen by the zip reader; here the parts inside are damaged.
TEST(Table, DamagedPartsNeverCrash) {
    std::mt19937 random(3);
    Parts parts = workbook_parts(
        "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='inlineStr'><is><r><t>a</t></r></is></c></row>"
        "<row r='3'><c r='C3' s='1'><v>45474</v></c><c><v>1.5</v></c><c t='b'><v>1</v></c></row>",
        "<si><t>受付</t><rPh sb='0' eb='2'><t>ウケツケ</t></rPh></si><si><r><t>x</t></r></si>",
        "<numFmts><numFmt numFmtId='164' formatCode='[$-411]ge.m.d;@'/></numFmts><cellXfs><xf numFmtId='0'/>"
        "<xf numFmtId='164'/></cellXfs>");
    std::vector<std::string> names;
    for (const auto& [name, text] : parts)
        names.push_back(name);
    for (int i = 0; i < 1'000; i++) {
        Parts made = parts;
        std::string& part = made[names[random() % names.size()]];
        part = damaged(part, random);
        ASSERT_TRUE(survives(zip_of(made))) << i;
    }
}

}  // namespace
}  // namespace sonae::exchange
