// Tests of files that are locked, cut off, made to fill the memory, or hold more than values; each made on
// the fly.
#include "base/os/file.hpp"
#include "exchange/ole.hpp"
#include "exchange/table.hpp"
#include "exchange/workbook.hpp"
#include "fuzz/zips.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sonae::exchange {
namespace {

std::string fixture(std::string_view name) {
    return os::read_file(fmt::format("{}/tests/fixtures/exchange/{}", SONAE_SOURCE, name)).value();
}

std::string refusal(std::string_view bytes) {
    auto book = read_workbook(bytes, "台帳");
    if (book) return "was read";
    EXPECT_FALSE(book.error().words.en.empty());
    return book.error().words.ja;
}

bool says(const std::string& sentence, std::string_view part) {
    return sentence.find(part) != std::string::npos;
}

// Without compression, so that it is not refused for what it expands to.
std::string stored(const Parts& parts) {
    return fuzz::zip_of(fuzz::Files(parts.begin(), parts.end()));
}

std::string ods(std::string_view body, std::string_view manifest = {}) {
    Parts parts{{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}};
    parts["content.xml"] =
        "<o:document-content xmlns:o='o' xmlns:t='t' xmlns:x='x' xmlns:s='s'><o:automatic-styles>"
        "<s:style s:name='out' s:family='text'><s:text-properties "
        "s:text-line-through-style='solid'/></s:style>"
        "</o:automatic-styles><o:body><o:spreadsheet>" +
        std::string(body) + "</o:spreadsheet></o:body></o:document-content>";
    if (!manifest.empty()) parts["META-INF/manifest.xml"] = manifest;
    return zip_of(parts);
}

std::string xls(std::string_view globals, std::string_view cells) {
    std::string begin = record(0x0809, little(0x0600, 2) + little(5, 2) + std::string(12, '\0'));
    std::string end = record(0x000A, "");
    std::string rest = little(0, 2) + little(6, 1) + little(0, 1) + "Sheet1";
    size_t sheet = begin.size() + globals.size() + 4 + 4 + rest.size() + end.size();
    std::string stream = begin + std::string(globals) + record(0x0085, little(sheet, 4) + rest) + end;
    stream += record(0x0809, little(0x0600, 2) + little(16, 2) + std::string(12, '\0'));
    return ole_of("Workbook", stream + std::string(cells) + end);
}

const std::string one_cell = "<row><c><v>1</v></c></row>";
const std::string number_in_a1 =
    record(0x0203, std::string(6, '\0') + std::string("\0\0\0\0\0\0\xf0\x3f", 8));

TEST(Hostile, PasswordsAreRecognised) {
    EXPECT_TRUE(says(refusal(ole_of("EncryptedPackage", "x")), "パスワード"));
    ASSERT_TRUE(read_workbook(xls("", number_in_a1), "a").has_value());
    EXPECT_TRUE(says(refusal(xls(record(0x002F, std::string(6, '\0')), number_in_a1)), "パスワード"));
    std::string manifest =
        "<m:manifest xmlns:m='m'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>";
    EXPECT_TRUE(says(refusal(ods("", manifest)), "パスワード"));
    // What is no workbook at all, in the same kind of file.
    EXPECT_TRUE(says(refusal(ole_of("WordDocument", "x")), "表計算のファイルではありません"));
}

TEST(Hostile, FilesThatAreCutOffAreRefusedOrHarmless) {
    for (const char* name : {"source.xlsx", "libreoffice.ods", "libreoffice.xls", "gnumeric.xls"}) {
        std::string bytes = fixture(name);
        for (size_t part = 0; part < 40; part++) {
            std::string sentence = refusal(std::string_view(bytes).substr(0, bytes.size() * part / 40));
            if (part > 0 && part < 30) EXPECT_NE(sentence, "was read") << name << " " << part;
        }
    }
}

TEST(Hostile, ADocumentTypeIsRefusedInOds) {
    Parts parts{{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
                {"content.xml", "<!DOCTYPE a [<!ENTITY b 'bbbb'>]><a>&b;</a>"}};
    EXPECT_TRUE(says(refusal(zip_of(parts)), "安全のため"));
}

TEST(Hostile, EmptyCellsCostNothing) {
    std::string rows;
    for (int row = 1; row <= 100; row++) {
        rows += fmt::format("<row r=\"{}\">", row);
        for (size_t column = 0; column < 10'000; column++)
            rows += fmt::format("<c r=\"{}{}\" s=\"{}\"/>", column_letters(column), row, column * 7 % 31);
        rows += "</row>";
    }
    auto book = read_workbook(zip_of(workbook_parts(rows + one_cell)), "a").value();
    ASSERT_EQ(book.tables[0].rows.size(), 1U);
    EXPECT_EQ(book.tables[0].rows[0].number, 101);
    // In ODS all cells of a sheet are one line.
    std::string empty =
        "<t:table t:name='a'><t:table-row t:number-rows-repeated='1048570'>"
        "<t:table-cell t:number-columns-repeated='16384'/></t:table-row><t:table-row>"
        "<t:table-cell><x:p>x</x:p></t:table-cell></t:table-row></t:table>";
    auto document = read_workbook(ods(empty), "a").value();
    ASSERT_EQ(document.tables[0].rows.size(), 1U);
    EXPECT_EQ(document.tables[0].rows[0].number, 1'048'571);
}

TEST(Hostile, RepeatedCellsAreCounted) {
    auto sheet = [](std::string_view rows, std::string_view columns) {
        return ods(
            fmt::format("<t:table t:name='a'><t:table-row t:number-rows-repeated='{}'>"
                        "<t:table-cell t:number-columns-repeated='{}'><x:p>x</x:p></t:table-cell>"
                        "</t:table-row></t:table>",
                        rows, columns));
    };
    EXPECT_EQ(read_workbook(sheet("3", "2"), "a")->tables[0].rows.size(), 3U);
    EXPECT_TRUE(says(refusal(sheet("1048576", "16384")), "大きすぎる"));
    EXPECT_TRUE(says(refusal(sheet("1", "99999999999")), "大きすぎる"));
    EXPECT_TRUE(says(refusal(sheet("1048577", "1")), "大きすぎる"));
}

TEST(Hostile, TablesOfStringsAreNotBelieved) {
    Parts parts = workbook_parts("<row><c t='s'><v>0</v></c></row>", "<si><t>a</t></si>");
    std::string& strings = parts["xl/sharedStrings.xml"];
    strings.insert(strings.find("<sst") + 4, " count='4294967295' uniqueCount='4294967295'");
    EXPECT_TRUE(read_workbook(zip_of(parts), "a").has_value());
    // Millions of strings of nothing.
    std::string many;
    for (size_t i = 0; i <= max_cells; i++)
        many += "<si/>";
    EXPECT_TRUE(says(refusal(stored(workbook_parts(one_cell, many))), "大きすぎる"));
    // The same for XLS: it ends where the record does.
    std::string table =
        record(0x00FC, little(0xFFFFFFFF, 4) + little(0xFFFFFFFF, 4) + little(1, 2) + little(0, 1) + "a");
    EXPECT_TRUE(says(refusal(xls(table, number_in_a1)), "壊れている"));
}

TEST(Hostile, ChainsThatTurnInACircleEnd) {
    std::string file = xls("", number_in_a1);
    std::string circle = file;
    // The table of sectors is the last sector: every one follows itself.
    for (size_t i = 0; i < 8; i++)
        circle.replace(circle.size() - 512 + 4 * i, 4, little(i, 4));
    EXPECT_TRUE(says(refusal(circle), "壊れている"));
}

TEST(Hostile, MacrosAndLinksAreLeftAloneAndNoticed) {
    Parts parts = workbook_parts(one_cell);
    std::string& list = parts["xl/_rels/workbook.xml.rels"];
    list.insert(list.find("</Rel"),
                "<Relationship Id='m' Type='http://x/vbaProject' Target='vbaProject.bin'/>"
                "<Relationship Id='l' Type='http://x/externalLink' Target='externalLinks/1.xml'/>");
    auto book = read_workbook(zip_of(parts), "a").value();
    ASSERT_EQ(book.notices.size(), 2U);
    EXPECT_TRUE(says(book.notices[0].ja, "マクロ"));
    EXPECT_TRUE(says(book.notices[1].ja, "リンク"));
    std::string link = record(0x01AE, little(1, 2) + little(5, 2) + little(0, 1) + "a.xls");
    EXPECT_EQ(read_workbook(xls(link, number_in_a1), "a")->notices.size(), 1U);
    EXPECT_EQ(read_workbook(xls(record(0x01AE, little(1, 2) + little(0x0401, 2)), number_in_a1), "a")
                  ->notices.size(),
              0U);
}

TEST(Hostile, ThePartThatIsStruckOutIsNamed) {
    std::string runs = "<si><r><t>新PC</t></r><r><rPr><strike/></rPr><t>旧PC</t></r></si>";
    auto book = read_workbook(zip_of(workbook_parts("<row><c t='s'><v>0</v></c></row>", runs)), "a").value();
    EXPECT_EQ(book.tables[0].rows[0].cells[0], "新PC");
    ASSERT_EQ(book.notices.size(), 1U);
    EXPECT_TRUE(says(book.notices[0].ja, "Sheet1!A1"));
    std::string cell = "<x:p>新PC<x:span x:style-name='out'>旧PC</x:span></x:p>";
    auto document = read_workbook(ods("<t:table t:name='表'><t:table-row><t:table-cell>" + cell +
                                      "</t:table-cell></t:table-row></t:table>"),
                                  "a");
    EXPECT_EQ(document->tables[0].rows[0].cells[0], "新PC");
    EXPECT_TRUE(says(document->notices.at(0).ja, "表!A1"));
}

}  // namespace
}  // namespace sonae::exchange
