// Tests of the reader of sheets beside expat: the same cells, however the XML is written.
#include "exchange/xlsx_sheet.hpp"

#include "base/os/file.hpp"
#include "exchange/workbook.hpp"
#include "exchange/xlsx_oracle.hpp"
#include "exchange/xml_scan.hpp"

#include <random>

#include <gtest/gtest.h>

namespace sonae::exchange {
namespace {

std::string fixture(std::string_view name) {
    return os::read_file(fmt::format("{}/tests/fixtures/exchange/{}", SONAE_SOURCE, name)).value();
}

void same(const std::string& zip, const std::string& what) {
    for (bool system_1904 : {false, true}) {
        auto expected = oracle::by_expat(zip, system_1904);
        if (!expected) return;
        auto found = oracle::by_the_reader(zip, system_1904);
        ASSERT_TRUE(found.has_value()) << what;
        ASSERT_EQ(*found, *expected) << what;
    }
}

TEST(XlsxSheet, FixturesReadTheSame) {
    for (const char* name : {"libreoffice-clinic.xlsx", "openpyxl-ledger.xlsx", "source.xlsx"}) {
        std::string zip = fixture(name);
        ASSERT_TRUE(oracle::by_expat(zip, false).has_value()) << name;
        same(zip, name);
    }
}

// Pieces of sheets and strings as programs write them, and as nobody does.
const std::vector<std::string> values{"0",          "1",
                                      "2",          "45474",
                                      " 45474 ",    "45474.395833333336",
                                      "-1.50",      "1E5",
                                      "007",        "0",
                                      "x",          "&lt;",
                                      "&#x3042;",   "<![CDATA[1]]>",
                                      "4<!-- -->5", "a&#13;b",
                                      "_x0041_",    "1\r\n",
                                      "",           "99999999999999999999",
                                      "2958466"};
const std::vector<std::string> attributes{
    " r=\"A1\"",        " r='c7'",   " s=\"1\"",     " s=\"2\"",   " s='3'",      " s=\"4\"", " s=\"7\"",
    " s=\"99\"",        " t=\"s\"",  " t=\"n\"",     " t=\"str\"", " t=\"b\"",    " t=\"e\"", " t=\"d\"",
    " t=\"inlineStr\"", " cm=\"1\"", "\n t = \"s\"", " x:t=\"b\"", " s=\"&#49;\""};
const std::vector<std::string> texts{"<t>受付</t>",
                                     "<t xml:space=\"preserve\"> a </t>",
                                     "<t/>",
                                     "<t>a_b</t>",
                                     "<t>a_x000D_b</t>",
                                     "<t>1 &amp; 2</t>",
                                     "<r><t>前</t></r><r><rPr><strike/></rPr><t>消</t></r>",
                                     "<r><rPr><strike/></rPr><t>全</t></r>",
                                     "<r><rPr><strike val=\"0\"/></rPr><t>残</t></r>",
                                     "<t>東</t><rPh sb=\"0\"><t>ヒガシ</t></rPh>",
                                     "<t>a\r\nb</t>",
                                     "<t><![CDATA[<]]>&gt;</t>",
                                     ""};

class Pieces {
 public:
    explicit Pieces(uint32_t seed) : random_(seed) {}
    uint32_t below(uint32_t count) { return static_cast<uint32_t>(random_()) % count; }
    const std::string& one(const std::vector<std::string>& from) {
        return from[below(static_cast<uint32_t>(from.size()))];
    }

    std::string cell() {
        std::string out = "<c";
        for (uint32_t i = below(3); i > 0; i--)
            out += one(attributes);
        if (below(6) == 0) return out + "/>";
        out += ">";
        if (below(5) == 0) out += "<f>A1+1</f>";
        if (below(4) == 0) out += "<is>" + one(texts) + "</is>";
        if (below(8) != 0) out += "<v>" + one(values) + "</v>";
        return out + (below(20) == 0 ? "</c >" : "</c>");
    }

    // A sheet of at least so many bytes, so that it goes over the scanner's window.
    std::pair<std::string, std::string> parts(size_t bytes) {
        std::string rows;
        while (rows.size() < bytes) {
            rows += below(4) == 0 ? "<row hidden=\"1\">" : "<row>";
            for (uint32_t i = below(8); i > 0; i--)
                rows += cell();
            rows += below(30) == 0 ? "</row><!-- <row> --><?x <row> ?>" : "</row>\r\n";
        }
        std::string strings;
        for (uint32_t i = 1 + below(9); i > 0; i--)
            strings += below(5) == 0 ? std::string("<si/>") : "<si>" + one(texts) + "</si>";
        return {rows, strings};
    }

 private:
    std::mt19937 random_;
};

TEST(XlsxSheet, GeneratedSheetsReadTheSame) {
    size_t read = 0;
    for (uint32_t seed = 0; seed < 300; seed++) {
        auto [rows, strings] = Pieces(seed).parts(seed % 150 == 0 ? 400'000 : 200);
        std::string zip = zip_of(workbook_parts(rows, strings));
        if (oracle::by_expat(zip, false)) read++;
        same(zip, fmt::format("seed {}", seed));
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(read, 20U);
}

TEST(XlsxSheet, PiecesOfAnySizeGiveTheSame) {
    // The scanner is fed byte by byte, so that every mark falls on an edge.
    std::string text =
        "\xef\xbb\xbf<?xml version='1.0'?><!-- a --><a b='1>2'>x&amp;y\r\nz<![CDATA[]]]]]><c/></a>";
    for (size_t step : {1U, 2U, 3U, 7U, 1000U}) {
        size_t at = 0;
        XmlScanner scan("part", [&](char* to, size_t room) {
            size_t count = std::min({step, room, text.size() - at});
            text.copy(to, count, at);
            at += count;
            return count;
        });
        std::string seen;
        for (auto piece = scan.next(); piece != XmlScanner::Piece::finish; piece = scan.next()) {
            if (piece == XmlScanner::Piece::start)
                seen += fmt::format("<{}{}>", scan.name(), scan.attribute("b"));
            if (piece == XmlScanner::Piece::end) seen += fmt::format("</{}>", scan.name());
            if (piece == XmlScanner::Piece::text) seen += scan.text();
        }
        EXPECT_EQ(seen, "<a1>2>x&y\nz]]]<c></c></a>") << step;
    }
}

TEST(XlsxSheet, WhatIsNotWellFormedIsRefused) {
    for (const char* rows :
         {"<row><c><v>1</v></row>", "<row", "<row>&nbsp;</row>", "<row>&#0;</row>", "<row>&#xD800;</row>",
          "<row>\x01</row>", "<row><c t='str'><v>\xff</v></c></row>", "<row><c r=1/></row>",
          "<row><c r='A1/></row>", "</row>", "<row><![CDATA[</row>", "<!-- ", "<!DOCTYPE a>",
          "<row><c t='inlineStr'><is><t>\xe3\x81</t></is></c></row>"}) {
        EXPECT_FALSE(oracle::by_the_reader(zip_of(workbook_parts(rows)), false).has_value()) << rows;
        EXPECT_FALSE(oracle::by_expat(zip_of(workbook_parts(rows)), false).has_value()) << rows;
    }
}

}  // namespace
}  // namespace sonae::exchange
