// The workbook as others see it: its parts, read as the zip and XML they are.
#include "exchange/xlsx_write.hpp"

#include "base/os/file.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

namespace sonae::exchange {
namespace {

namespace fs = std::filesystem;

class XlsxWriteTest : public testing::Test {
 protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("sonae-xlsx-" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string write(const std::vector<Sheet>& sheets, const std::string& name = "a.xlsx") {
        fs::path path = folder_ / name;
        Status done = write_xlsx(path, "題名", Instant{1'764'000'000'000'000}, sheets);
        EXPECT_TRUE(done) << done.error().words.en;
        return path.string();
    }

    static std::string part(const std::string& file, const char* name) {
        int error = 0;
        zip_t* zip = zip_open(file.c_str(), ZIP_RDONLY, &error);
        EXPECT_NE(zip, nullptr);
        zip_stat_t about;
        EXPECT_EQ(zip_stat(zip, name, 0, &about), 0) << name;
        std::string bytes(about.size, '\0');
        zip_file_t* in = zip_fopen(zip, name, 0);
        EXPECT_EQ(zip_fread(in, bytes.data(), bytes.size()), static_cast<zip_int64_t>(bytes.size()));
        zip_fclose(in);
        zip_discard(zip);
        return bytes;
    }

    fs::path folder_;
};

bool has(const std::string& text, std::string_view piece) {
    return text.find(piece) != std::string::npos;
}

TEST_F(XlsxWriteTest, TypedCells) {
    Sheet sheet{"機器",
                {},
                {"番号", "日", "数", "年"},
                {{"001", *Date::make(2024, 7, 1), int64_t{42}, *Date::make(2024)}},
                {}};
    std::string file = write({sheet});
    std::string xml = part(file, "xl/worksheets/sheet1.xml");
    EXPECT_TRUE(has(xml, "<c r=\"A2\" s=\"4\" t=\"s\">") || has(xml, "t=\"s\"")) << xml;
    EXPECT_TRUE(has(xml, "<v>45474</v>")) << xml;  // 2024-07-01
    EXPECT_TRUE(has(xml, "<v>42</v>")) << xml;
    std::string strings = part(file, "xl/sharedStrings.xml");
    EXPECT_TRUE(has(strings, "<t>001</t>"));
    EXPECT_TRUE(has(strings, "<t>2024</t>"));
    EXPECT_TRUE(has(part(file, "xl/styles.xml"), "yyyy-mm-dd"));
}

TEST_F(XlsxWriteTest, NoTextBecomesAFormula) {
    Sheet sheet{"s", {"=1+1"}, {"=h"}, {}, {"@note"}};
    for (const char* text : {"=HYPERLINK(\"http://x\")", "+81", "-", "@SUM(A1)", "\t=1", "=2*3"})
        sheet.rows.push_back({std::string(text)});
    std::string file = write({sheet});
    std::string xml = part(file, "xl/worksheets/sheet1.xml");
    EXPECT_FALSE(has(xml, "<f>")) << xml;
    EXPECT_FALSE(has(xml, "hyperlink")) << xml;
    std::string strings = part(file, "xl/sharedStrings.xml");
    EXPECT_TRUE(has(strings, "<t>=2*3</t>")) << strings;
    EXPECT_TRUE(has(strings, "<t>+81</t>"));
    EXPECT_TRUE(has(part(file, "xl/styles.xml"), "numFmtId=\"49\""));  // kept a text when edited
}

TEST_F(XlsxWriteTest, HeaderIsFrozenFilteredAndRepeated) {
    std::string file = write({{"s", {"題名の行"}, {"a", "b"}, {{"1", "2"}, {"3", "4"}}, {"注"}}});
    std::string xml = part(file, "xl/worksheets/sheet1.xml");
    EXPECT_TRUE(has(xml, "<pane ySplit=\"2\"")) << xml;
    EXPECT_TRUE(has(xml, "<autoFilter ref=\"A2:B4\"/>")) << xml;
    EXPECT_TRUE(has(xml, "orientation=\"landscape\"") && has(xml, "paperSize=\"9\"")) << xml;
    EXPECT_TRUE(has(xml, "fitToHeight=\"0\"")) << xml;
    EXPECT_TRUE(has(part(file, "xl/workbook.xml"), "_xlnm.Print_Titles"));
    EXPECT_TRUE(has(part(file, "xl/styles.xml"), "<b/>"));
    EXPECT_TRUE(has(part(file, "xl/styles.xml"), "wrapText=\"1\""));
}

TEST_F(XlsxWriteTest, WidthsCountJapaneseTwice) {
    EXPECT_EQ(text_width("abc"), 3);
    EXPECT_EQ(text_width("機器台帳"), 8);
    EXPECT_EQ(text_width("ｶﾅ"), 2);
    EXPECT_EQ(text_width("2-①"), 4);
    EXPECT_EQ(text_width("a\n機器\nabc"), 4);
    EXPECT_EQ(text_width(""), 0);
    std::string wide(200, 'x');
    std::string xml = part(write({{"s", {}, {"a", "b"}, {{std::string("機器台帳機器台帳"), wide}}, {}}}),
                           "xl/worksheets/sheet1.xml");
    EXPECT_TRUE(has(xml, "min=\"1\" max=\"1\" width=\"17.")) << xml;
    EXPECT_TRUE(has(xml, "min=\"2\" max=\"2\" width=\"48.")) << xml;
}

TEST_F(XlsxWriteTest, SheetNamesAreMadeAcceptableAndDifferent) {
    std::string longest;
    for (int i = 0; i < 40; ++i)
        longest += "機";
    std::string file = write({{"a/b", {}, {"x"}, {}, {}},
                              {"A_B", {}, {"x"}, {}, {}},
                              {longest, {}, {"x"}, {}, {}},
                              {"", {}, {"x"}, {}, {}}});
    std::string book = part(file, "xl/workbook.xml");
    for (const char* name : {"name=\"a_b\"", "name=\"A_B 2\"", "name=\"Sheet\""})
        EXPECT_TRUE(has(book, name)) << book;
}

TEST_F(XlsxWriteTest, ATextNoCellCanHoldIsCutVisibly) {
    std::string huge;
    for (int i = 0; i < 40'000; ++i)
        huge += "あ";
    std::string strings = part(write({{"s", {}, {"a"}, {{huge}}, {}}}), "xl/sharedStrings.xml");
    EXPECT_TRUE(has(strings, "…（以下省略）"));
}

TEST_F(XlsxWriteTest, TheSameSheetsGiveTheSameBytes) {
    std::vector<Sheet> sheets{{"s", {"t"}, {"a"}, {{"1"}, {int64_t{2}}}, {}}};
    std::string first = *os::read_file(write(sheets, "1.xlsx"));
    std::string second = *os::read_file(write(sheets, "2.xlsx"));
    EXPECT_EQ(first, second);
    EXPECT_TRUE(has(part(write(sheets), "docProps/core.xml"), "2025-11-24T16:00:00Z"));
}

TEST_F(XlsxWriteTest, LeavesNothingWhenItCannotWrite) {
    Status done = write_xlsx(folder_ / "no" / "such" / "a.xlsx", "t", 0, {{"s", {}, {"a"}, {}, {}}});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::not_found);
    EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace sonae::exchange
