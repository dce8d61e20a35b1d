// Tests of the XLSX reader: what the three writers make of a workbook, and what no ordinary workbook holds.
#include "exchange/xlsx_read.hpp"

#include "base/os/file.hpp"
#include "exchange/workbook.hpp"
#include "exchange/xlsx_write.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace sonae::exchange {
namespace {

using Row = std::vector<std::string>;

std::string fixture(std::string_view name) {
    return os::read_file(fmt::format("{}/tests/fixtures/exchange/{}", SONAE_SOURCE, name)).value();
}

Row texts(const TableRow& row) {
    return {row.cells.begin(), row.cells.end()};
}

Row cells(const Table& table, int64_t number) {
    for (const TableRow& row : table.rows) {
        if (row.number == number) return texts(row);
    }
    return {};
}

// The first row of a sheet made of these rows.
Row first_row(std::string_view rows, std::string_view shared = {}, std::string_view styles = {}) {
    auto book = read_xlsx(zip_of(workbook_parts(rows, shared, styles)), "t.xlsx");
    EXPECT_TRUE(book.has_value()) << (book ? "" : book.error().words.en);
    return book && !book->tables.front().rows.empty() ? texts(book->tables.front().rows.front()) : Row{};
}

Words refused(const std::string& bytes) {
    auto tables = read_xlsx(bytes, "台帳.xlsx");
    if (tables) {
        ADD_FAILURE() << "was read";
        return {};
    }
    EXPECT_EQ(tables.error().code, Code::bad_file);
    EXPECT_NE(tables.error().words.ja.find("台帳.xlsx"), std::string::npos);
    return tables.error().words;
}

TEST(Xlsx, KindsOfCells) {
    EXPECT_EQ(
        first_row("<row><c><v>1</v></c><c><v>1.2</v></c><c t='n'><v>2.2999999999999998</v></c>"
                  "<c><v>100000</v></c><c><v>1E5</v></c><c><v>-3.50</v></c><c><v>20240701</v></c></row>"),
        (Row{"1", "1.2", "2.3", "100000", "100000", "-3.5", "20240701"}));
    EXPECT_EQ(first_row("<row><c t='b'><v>1</v></c><c t='b'><v>0</v></c><c t='str'><f>A1</f><v>x y</v></c>"
                        "<c t='e'><v>#N/A</v></c><c t='inlineStr'><is><t>管理</t></is></c></row>"),
              (Row{"TRUE", "FALSE", "x y", "#N/A", "管理"}));
    EXPECT_EQ(
        first_row(
            "<row><c t='d'><v>2024-07-01T00:00:00</v></c><c t='d'><v>2024-07-01T09:30:00</v></c></row>"),
        (Row{"2024-07-01", "2024-07-01T09:30:00"}));
    EXPECT_EQ(first_row("<row><c><v>text where a number should be</v></c></row>"),
              (Row{"text where a number should be"}));
}

TEST(Xlsx, SharedStringsWithRunsAndReadingAids) {
    EXPECT_EQ(
        first_row(
            "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c><c t='s'><v>2</v></c><c t='s'><v>0</v></c></row>",
            "<si><t>受付</t><rPh sb='0' eb='2'><t>ウケツケ</t></rPh><phoneticPr fontId='1'/></si>"
            "<si><r><t xml:space='preserve'>診察 </t></r><r><rPr><b/></rPr><t>室１</t></r></si>"
            "<si><t>a_x000D_b_x005F_c_x0001_</t></si>"),
        (Row{"受付", "診察 室１", "a\rb_c", "受付"}));
}

TEST(Xlsx, PlacesOfCells) {
    // Without references cells follow one another; with them there may be gaps.
    EXPECT_EQ(first_row("<row><c><v>1</v></c><c/><c><v>3</v></c></row>"), (Row{"1", "", "3"}));
    EXPECT_EQ(
        first_row("<row r='2'><c r='B2'><v>1</v></c><c><v>2</v></c><c r='AA2'><v>27</v></c></row>").size(),
        27U);
    auto tables =
        read_xlsx(zip_of(workbook_parts("<row r='3'><c r='A3'><v>1</v></c></row><row><c><v>2</v></c></row>"
                                        "<row r='9'/><row r='10'><c r='A10' s='1'/></row>")),
                  "t.xlsx")
            .value()
            .tables;
    EXPECT_EQ(cells(tables.front(), 3), Row{"1"});
    EXPECT_EQ(cells(tables.front(), 4), Row{"2"});
    EXPECT_EQ(tables.front().row_count, 4);
}

TEST(Xlsx, NumbersThatAreDays) {
    const char* styles =
        "<numFmts><numFmt numFmtId='164' "
        "formatCode='[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;'/>"
        "<numFmt numFmtId='165' formatCode='yyyy&quot;年&quot;m&quot;月&quot;'/>"
        "<numFmt numFmtId='166' formatCode='000'/></numFmts>"
        "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
        "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='164'/><xf numFmtId='165'/><xf "
        "numFmtId='22'/>"
        "<xf numFmtId='20'/><xf numFmtId='57'/><xf numFmtId='166'/><xf numFmtId='46'/></cellXfs>";
    EXPECT_EQ(
        first_row(
            "<row><c s='0'><v>45474</v></c><c s='1'><v>45474</v></c><c s='2'><v>45474</v></c>"
            "<c s='3'><v>45474</v></c><c s='3'><v>45480</v></c><c s='4'><v>45474.395833333336</v></c>"
            "<c s='5'><v>0.5</v></c><c s='6'><v>45474</v></c><c s='7'><v>7</v></c><c s='8'><v>1.5</v></c>"
            "<c s='1'><v>0</v></c><c s='1'><v>-1</v></c><c s='99'><v>45474</v></c></row>",
            {}, styles),
        (Row{"45474", "2024-07-01", "2024-07-01", "2024-07", "2024-07-07", "2024-07-01 09:30", "12:00",
             "2024-07-01", "007", "36:00", "0", "-1", "45474"}));
    Parts parts = workbook_parts("<row><c s='1'><v>42704</v></c></row>", {}, styles);
    std::string& book = parts["xl/workbook.xml"];
    book.insert(book.find("<sheets>"), "<workbookPr date1904='1'/>");
    EXPECT_EQ(cells(read_xlsx(zip_of(parts), "t.xlsx")->tables.front(), 1), Row{"2020-12-01"});
}

TEST(Xlsx, PrefixesAbsoluteTargetsAndTheStrictSpace) {
    Parts parts;
    std::string strict = "http://purl.oclc.org/ooxml/officeDocument/relationships";
    parts["_rels/.rels"] =
        "<p:Relationships xmlns:p='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<p:Relationship Id='a' Type='" +
        strict +
        "/officeDocument' Target='/book/main.xml'/>"
        "</p:Relationships>";
    parts["book/main.xml"] =
        "<x:workbook xmlns:x='http://purl.oclc.org/ooxml/spreadsheetml/main' xmlns:q='" + strict +
        "'><x:sheets><x:sheet name='二' sheetId='2' q:id='s2'/><x:sheet name='図' sheetId='3' q:id='c'/>"
        "<x:sheet name='一' sheetId='1' state='veryHidden' q:id='s1'/></x:sheets></x:workbook>";
    parts["book/_rels/main.xml.rels"] =
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<Relationship Id='s1' Type='" +
        strict +
        "/worksheet' Target='/sheets/One.xml'/>"
        "<Relationship Id='c' Type='" +
        strict +
        "/chartsheet' Target='chart.xml'/>"
        "<Relationship Id='s2' Type='" +
        strict + "/worksheet' Target='../sheets/./two.xml'/></Relationships>";
    parts["sheets/one.xml"] =
        "<x:worksheet xmlns:x='http://purl.oclc.org/ooxml/spreadsheetml/main'><x:sheetData>"
        "<x:row><x:c t='inlineStr'><x:is><x:t>a</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>";
    parts["sheets/two.xml"] =
        "<worksheet xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main'><sheetData/></worksheet>";
    auto tables = read_xlsx(zip_of(parts), "t.xlsx").value().tables;
    ASSERT_EQ(tables.size(), 2U);  // in the workbook's order, without the chart
    EXPECT_EQ(tables[0].name, "二");
    EXPECT_TRUE(tables[0].rows.empty());
    EXPECT_EQ(tables[1].name, "一");
    EXPECT_TRUE(tables[1].hidden);
    EXPECT_EQ(cells(tables[1], 1), Row{"a"});
}

TEST(Xlsx, ByOpenpyxl) {
    auto tables = read_xlsx(fixture("openpyxl-ledger.xlsx"), "t.xlsx").value().tables;
    ASSERT_EQ(tables.size(), 3U);
    EXPECT_EQ(tables[0].name, "表紙");
    EXPECT_EQ(tables[1].name, "機器");
    EXPECT_FALSE(tables[1].hidden);
    EXPECT_TRUE(tables[2].hidden);
    const Table& table = tables[1];
    EXPECT_EQ(table.row_count, 9);
    EXPECT_EQ(cells(table, 2), (Row{"", "", "", "", "", "", "最終更新", "2026-11-01"}));
    EXPECT_EQ(cells(table, 5), (Row{"001", "SV1", "Windows Server 2022", "10.0.0.1\n10.0.1.1",
                                    "電子カルテ Karte-X\nレセコン RX", "8.1.2\n3.4", "2022-04-01", "TRUE"}));
    EXPECT_EQ(cells(table, 6)[0], "002");
    EXPECT_EQ(cells(table, 6)[5], "8.1");
    EXPECT_EQ(cells(table, 6)[6], "2023-10-05 09:30");
    EXPECT_EQ(cells(table, 7), Row{});
    EXPECT_EQ(cells(table, 9)[6], "2024-07");
}

TEST(Xlsx, ByLibreOffice) {
    auto tables = read_xlsx(fixture("libreoffice-clinic.xlsx"), "t.xlsx").value().tables;
    ASSERT_EQ(tables.size(), 1U);
    EXPECT_EQ(tables[0].row_count, 10);
    EXPECT_EQ(cells(tables[0], 5)[10], "2022-03-01");  // a day, shown as "Mar 01"
    EXPECT_EQ(cells(tables[0], 7)[3], "15.02.17");
    EXPECT_EQ(cells(tables[0], 9)[10], "2021-03-15");
    EXPECT_EQ(cells(tables[0], 2)[0], "1");
}

TEST(Xlsx, ByLibxlsxwriter) {
    auto path = std::filesystem::temp_directory_path() / fmt::format("sonae-{}.xlsx", ::getpid());
    Sheet sheet{"機器", {"台帳"}, {"番号", "日", "数"}, {}, {}};
    sheet.rows.push_back({std::string("001"), Date::parse_iso("2024-07-01").value(), int64_t{12}});
    sheet.rows.push_back({std::string("=1+1"), std::string("2024-07"), int64_t{-1}});
    ASSERT_TRUE(write_xlsx(path, "台帳", 0, {sheet}).has_value());
    auto tables = read_xlsx(os::read_file(path).value(), "t.xlsx");
    std::filesystem::remove(path);
    ASSERT_TRUE(tables.has_value());
    std::vector<Row> found;
    for (const TableRow& row : tables->tables.front().rows)
        found.push_back(texts(row));
    EXPECT_NE(std::find(found.begin(), found.end(), (Row{"番号", "日", "数"})), found.end());
    EXPECT_NE(std::find(found.begin(), found.end(), (Row{"001", "2024-07-01", "12"})), found.end());
    EXPECT_NE(std::find(found.begin(), found.end(), (Row{"=1+1", "2024-07", "-1"})), found.end());
}

TEST(Xlsx, BrokenFilesAreRefused) {
    std::string good = zip_of(workbook_parts("<row><c><v>1</v></c></row>"));
    ASSERT_TRUE(read_xlsx(good, "t.xlsx").has_value());
    refused(good.substr(0, good.size() / 2));
    refused("PK\x03\x04 and nothing more");
    for (const char* missing :
         {"xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"}) {
        Parts parts = workbook_parts("<row><c><v>1</v></c></row>");
        parts.erase(missing);
        refused(zip_of(parts));
    }
    for (const char* rows :
         {"<row><c t='s'><v>5</v></c></row>", "<row><c t='s'><v>x</v></c></row>", "<row r='0'/>",
          "<row r='2'/><row r='2'/>", "<row r='x'/>", "<row r='1048577'><c><v>1</v></c></row>",
          "<row><c r='XFE1'><v>1</v></c></row>", "<row><c r='AAAA1'/></row>", "<row><c r='1'/></row>",
          "<row><c><v>1</v></row>", "<row>&nothing;</row>"}) {
        refused(zip_of(workbook_parts(rows)));
    }
    Parts parts = workbook_parts("<row/>");
    parts["xl/worksheets/sheet1.xml"] = "";
    refused(zip_of(parts));
}

TEST(Xlsx, ADocumentTypeIsRefused) {
    Parts parts = workbook_parts("<row><c><v>1</v></c></row>");
    for (const char* part :
         {"xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels"}) {
        Parts made = parts;
        made[part] = "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]>" + parts[part];
        EXPECT_NE(refused(zip_of(made)).ja.find("安全のため"), std::string::npos) << part;
    }
}

TEST(Xlsx, BombsAreRefused) {
    // One part that expands beyond all measure.
    std::string zeros(static_cast<size_t>(40) << 20, ' ');
    EXPECT_NE(refused(zip_of(workbook_parts("<row><c><v>1</v></c></row>" + zeros))).ja.find("安全のため"),
              std::string::npos);
    // Elements within elements.
    std::string deep;
    for (int i = 0; i < 200; i++)
        deep += "<a>";
    refused(zip_of(workbook_parts(deep)));
    // Thousands of parts.
    Parts parts = workbook_parts("<row><c><v>1</v></c></row>");
    for (int i = 0; i < 2'000; i++)
        parts[fmt::format("xl/media/{}.png", i)] = "";
    refused(zip_of(parts));
}

TEST(Xlsx, ALongTextInManyCellsIsRefused) {
    // A megabyte of text that does not compress well, shown in 300 cells.
    std::string text;
    uint32_t state = 1;
    while (text.size() < (1U << 20)) {
        state = state * 1'664'525 + 1'013'904'223;
        text += static_cast<char>('a' + (state >> 24) % 26);
    }
    std::string rows;
    for (int i = 0; i < 300; i++)
        rows += "<row><c t='s'><v>0</v></c></row>";
    EXPECT_NE(refused(zip_of(workbook_parts(rows, "<si><t>" + text + "</t></si>"))).en.find("too large"),
              std::string::npos);
}

TEST(Xlsx, OtherKindsOfArchivesAreNamed) {
    EXPECT_NE(refused(zip_of({{"a.txt", "x"}})).ja.find("Excel ブックではありません"), std::string::npos);
    Parts parts = workbook_parts("");
    parts["xl/workbook.xml"] = "<document/>";
    EXPECT_NE(refused(zip_of(parts)).ja.find("Excel ブックではありません"), std::string::npos);
    parts["_rels/.rels"] =
        "<Relationships><Relationship Id='a' Type='x/officeDocument' "
        "Target='xl/workbook.bin'/></Relationships>";
    EXPECT_NE(refused(zip_of(parts)).ja.find("xlsb"), std::string::npos);
}

}  // namespace
}  // namespace sonae::exchange
