// The PDF as others see it: poppler's tools read back text, fonts and page sizes.
#include "exchange/pdf.hpp"

#include "base/os/file.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>

namespace sonae::exchange {
namespace {

namespace fs = std::filesystem;

std::string output_of(const std::string& command) {
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    char buffer[4096];
    size_t got = 0;
    while ((got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0)
        out.append(buffer, got);
    EXPECT_EQ(::pclose(pipe), 0) << command;
    return out;
}

size_t count(const std::string& text, std::string_view part) {
    size_t n = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++n;
    return n;
}

class PdfTest : public testing::Test {
 protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("sonae-pdf-" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    static Pdf document() {
        return Pdf({"確認の表", "確認の表 試験版", "試験診療所 令和7年度", Instant{1'764'000'000'000'000}});
    }

    // Writes the document and returns its path.
    std::string save(const Pdf& pdf) {
        Result<std::string> bytes = pdf.finish();
        EXPECT_TRUE(bytes) << bytes.error().words.en;
        std::string path = (folder_ / "a.pdf").string();
        EXPECT_TRUE(os::write_file(path, bytes.value_or("")));
        return path;
    }

    // What a reader of QR codes finds on a page, seen at so many dots an inch.
    std::string codes(const std::string& path, int page, int dpi) {
        const std::string picture = (folder_ / "page").string();
        output_of("pdftoppm -png -singlefile -f " + std::to_string(page) + " -r " + std::to_string(dpi) +
                  " " + path + " " + picture);
        return output_of("zbarimg -q --raw --nodbus -Sdisable -Sqrcode.enable " + picture + ".png");
    }

    std::string text(const std::string& path) { return output_of("pdftotext -layout " + path + " -"); }

    // Poppler may take the narrow space of the page number for none.
    static size_t page_numbers(const std::string& read, size_t page, size_t pages) {
        std::string n = std::to_string(page), m = std::to_string(pages);
        return count(read, " " + n + " / " + m + "\n") + count(read, " " + n + "/" + m + "\n");
    }

    fs::path folder_;
};

PdfTable numbers(int rows) {
    PdfTable table{{{"番号", 1, true}, {"内容", 5}}, {}};
    for (int i = 1; i <= rows; ++i)
        table.rows.push_back({{{"no" + std::to_string(i)}, {"安全管理の内容 " + std::to_string(i)}}});
    return table;
}

TEST_F(PdfTest, IsA4WithTitleEmbeddedFontsAndExtractableText) {
    Pdf pdf = document();
    pdf.heading(1, "備えの確認");
    pdf.paragraph("髙﨑の読み書き。1-① はい、いいえ。");
    pdf.table(numbers(3));
    std::string path = save(pdf);
    std::string info = output_of("pdfinfo " + path);
    EXPECT_NE(info.find("(A4)"), std::string::npos) << info;
    EXPECT_NE(info.find("確認の表"), std::string::npos) << info;
    EXPECT_NE(info.find("Pages:           1\n"), std::string::npos) << info;
    std::string read = text(path);
    for (const char* part : {"備えの確認", "髙﨑の読み書き。1-① はい、いいえ。", "no3", "安全管理の内容 3",
                             "試験診療所 令和7年度", "確認の表 試験版"})
        EXPECT_NE(read.find(part), std::string::npos) << part << "\n" << read;
    EXPECT_EQ(page_numbers(read, 1, 1), 1u) << read;
    std::string fonts = output_of("pdffonts " + path);
    EXPECT_NE(fonts.find("IPAexGothic"), std::string::npos) << fonts;
    // Columns: name, type, encoding, emb, sub, uni; two lines of heading.
    size_t lines = count(fonts, "\n") - 2;
    EXPECT_GE(lines, 1u);
    EXPECT_EQ(count(fonts, " yes yes yes "), lines) << fonts;
}

TEST_F(PdfTest, RareCharactersComeFromTheSecondFont) {
    if (output_of("fc-list 'Noto Sans CJK JP' family").empty())
        GTEST_SKIP() << "fonts-noto-cjk is not installed";
    Pdf pdf = document();
    pdf.paragraph("𠮷田様");
    std::string path = save(pdf);
    EXPECT_NE(text(path).find("𠮷田様"), std::string::npos) << text(path);
    EXPECT_NE(output_of("pdffonts " + path).find("NotoSansCJK"), std::string::npos);
}

TEST_F(PdfTest, RepeatsTheHeaderAndNumbersThePages) {
    Pdf pdf = document();
    pdf.table(numbers(120));
    std::string path = save(pdf);
    std::string read = text(path);
    size_t pages = count(read, "\f");
    ASSERT_GE(pages, 3u);
    EXPECT_EQ(count(read, "番号"), pages);
    for (size_t page = 1; page <= pages; ++page)
        EXPECT_EQ(page_numbers(read, page, pages), 1u) << page;
    for (int i = 1; i <= 120; ++i)
        EXPECT_EQ(count(read, "no" + std::to_string(i) + " "), 1u) << i;
}

TEST_F(PdfTest, ARowThatDoesNotFitMovesWhole) {
    Pdf pdf = document();
    PdfTable table{{{"番号", 1}, {"内容", 5}}, {}};
    std::string tall = "始まり";
    for (int i = 0; i < 30; ++i)
        tall += "\n行";
    tall += "\n終わり";
    for (int i = 0; i < 3; ++i)
        table.rows.push_back({{{"r"}, {tall}}});
    pdf.table(table);
    std::string read = text(save(pdf));
    ASSERT_EQ(count(read, "\f"), 3u);
    for (size_t from = 0, page = 0; page < 3; ++page) {
        size_t end = read.find('\f', from);
        std::string one = read.substr(from, end - from);
        EXPECT_EQ(count(one, "始まり"), 1u) << one;
        EXPECT_EQ(count(one, "終わり"), 1u) << one;
        from = end + 1;
    }
}

TEST_F(PdfTest, ARowHigherThanAPageIsSplitAndLosesNothing) {
    Pdf pdf = document();
    std::string huge;
    for (int i = 0; i < 200; ++i)
        huge += "L" + std::to_string(i) + "E\n";
    pdf.table(PdfTable{{{"番号", 1}, {"内容", 5}},
                       {{{{"one"}, {"短い"}}}, {{{"two"}, {huge}}}, {{{"three"}, {"後"}}}}});
    std::string read = text(save(pdf));
    EXPECT_GE(count(read, "\f"), 3u);
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(count(read, "L" + std::to_string(i) + "E"), 1u) << i;
    EXPECT_EQ(count(read, "two"), 1u);
    EXPECT_EQ(count(read, "three"), 1u);
}

TEST_F(PdfTest, ALongParagraphRunsOverPagesAndLosesNothing) {
    for (Tone tone : {Tone::normal, Tone::boxed}) {
        Pdf pdf = document();
        std::string huge;
        for (int i = 0; i < 150; ++i)
            huge += "L" + std::to_string(i) + "E\n";
        pdf.paragraph(huge, tone);
        std::string read = text(save(pdf));
        EXPECT_GE(count(read, "\f"), 3u);
        for (int i = 0; i < 150; ++i)
            EXPECT_EQ(count(read, "L" + std::to_string(i) + "E"), 1u) << i;
    }
}

TEST_F(PdfTest, LongWordsAreBrokenInsideTheirCell) {
    Pdf pdf = document();
    std::string word(400, 'x');
    pdf.table(PdfTable{{{"a", 1}, {"b", 3}}, {{{{word}, {"y"}}}}});
    std::string path = save(pdf);
    // Every word of the page lies between the margins.
    std::string boxes = output_of("pdftotext -bbox " + path + " -");
    size_t words = 0;
    for (size_t at = boxes.find("xMax=\""); at != std::string::npos; at = boxes.find("xMax=\"", at + 1)) {
        EXPECT_LT(std::stod(boxes.substr(at + 6)), 595.28 - 47);
        ++words;
    }
    EXPECT_GT(words, 5u);
}

TEST_F(PdfTest, ACodeIsReadFromThePrintedPage) {
    // As long as a checkpoint, with a character that is not ASCII.
    const std::string note = "sonae/01990000-0000-7000-8000-000000000000\n123456\n" + std::string(43, 'R') +
                             "=\n\n— sonae/" + "01990000-0000-7000-8000-000000000000 " +
                             std::string(91, 'S') + "=\n";
    Pdf pdf = document();
    pdf.heading(2, "見出し");
    pdf.code(make_qr(note).value(), 36, {{"横の文"}, {"1204 9R3M-11B2", Tone::large}});
    pdf.paragraph("下の文");
    std::string path = save(pdf);
    std::string read = text(path);
    for (const char* part : {"横の文", "1204 9R3M-11B2", "下の文"})
        EXPECT_NE(read.find(part), std::string::npos) << part << "\n" << read;
    // A picture of the page as a telephone takes it, and sharper.
    for (int dpi : {120, 200})
        EXPECT_EQ(codes(path, 1, dpi), note + "\n") << dpi;
}

TEST_F(PdfTest, ACodeIsKeptWhole) {
    Pdf pdf = document();
    for (int i = 0; i < 40; ++i)
        pdf.paragraph("行");
    pdf.code(make_qr("moved").value(), 60, {{"横の文"}});
    std::string path = save(pdf);
    EXPECT_EQ(count(text(path), "\f"), 2u);
    EXPECT_EQ(codes(path, 2, 100), "moved\n");
}

TEST_F(PdfTest, TheSealStandsUnderEachPage) {
    for (const char* footer : {"試験診療所",
                               "とても長い名前の医療法人社団の試験診療所の、とても長い名前の分院の、"
                               "とても長い名前の建物の令和7年度の回答"}) {
        Pdf pdf(
            {"確認の表", "確認の表", footer, Instant{1'764'000'000'000'000}, "作成前の封印　12 ABCD-EFGH"});
        pdf.table(numbers(120));
        std::string path = save(pdf);
        std::string read = text(path);
        EXPECT_EQ(count(read, "12 ABCD-EFGH"), count(read, "\f"));
        EXPECT_GE(count(read, "\f"), 3u);
        // Nothing lies nearer to the edge than a printer prints (6 mm).
        std::string boxes = output_of("pdftotext -bbox " + path + " -");
        for (size_t at = boxes.find("yMax=\""); at != std::string::npos; at = boxes.find("yMax=\"", at + 1))
            EXPECT_LT(std::stod(boxes.substr(at + 6)), 841.89 - 17);
    }
}

TEST(Qr, HoldsWhatItHolds) {
    EXPECT_EQ(make_qr("").error().code, Code::bad_value);
    EXPECT_EQ(make_qr(std::string(2331, 'x')).value().side, 177);
    EXPECT_EQ(make_qr(std::string(2332, 'x')).error().code, Code::bad_value);
    Qr code = make_qr("x").value();
    EXPECT_EQ(code.side, 21);
    size_t dark = 0;
    code.each_run([&](int, int, int length) { dark += static_cast<size_t>(length); });
    EXPECT_EQ(dark, static_cast<size_t>(std::ranges::count(code.dark, true)));
    std::string svg = qr_svg(code, "\"<x>");
    EXPECT_NE(svg.find("aria-label=\"&quot;&lt;x&gt;\""), std::string::npos) << svg;
    EXPECT_EQ(svg.find("<script"), std::string::npos);
}

TEST_F(PdfTest, TheSameDocumentGivesTheSameBytes) {
    auto make = [] {
        Pdf pdf = document();
        pdf.heading(2, "見出し");
        pdf.table(numbers(60));
        return pdf.finish().value();
    };
    EXPECT_EQ(make(), make());
}

TEST_F(PdfTest, AnEmptyDocumentIsOnePage) {
    EXPECT_NE(output_of("pdfinfo " + save(document())).find("Pages:           1\n"), std::string::npos);
}

}  // namespace
}  // namespace sonae::exchange
