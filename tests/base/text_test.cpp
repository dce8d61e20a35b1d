// Tests of the forms of text.
#include "base/text.hpp"

#include <chrono>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sonae {
namespace {

using Strings = std::vector<std::string>;

TEST(IsUtf8, StrictForm) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("abc あ 𠮷"));
    EXPECT_FALSE(is_utf8("\xc0\xaf"));          // overlong
    EXPECT_FALSE(is_utf8("\xed\xa0\x80"));      // surrogate
    EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));  // beyond U+10FFFF
    EXPECT_FALSE(is_utf8("abc\xe3\x81"));       // cut off
    EXPECT_FALSE(is_utf8("\x80"));
}

TEST(Normalise, WidthAndSpace) {
    EXPECT_EQ(normalise(""), "");
    EXPECT_EQ(normalise("  a \t b\r\n c "), "a b c");
    EXPECT_EQ(normalise("　ＰＣ－０１　　サーバ　"), "PC-01 サーバ");
    EXPECT_EQ(normalise("ｻｰﾊﾞｰ"), "サーバー");
    EXPECT_EQ(normalise("㈱メディカ ①"), "(株)メディカ 1");
    EXPECT_EQ(normalise("\xef\xbb\xbf"
                        "番\xe2\x80\x8b号"),
              "番号");
    EXPECT_EQ(normalise("　"), "");
}

RC_GTEST_PROP(Normalise, DoneTwiceIsDoneOnce, (const std::string& bytes)) {
    std::string once = normalise(bytes);
    RC_ASSERT(normalise(once) == once);
}

TEST(Normalise, PlainAsciiIsFast) {
    std::string cell = "Windows 11 Pro  22H2";
    auto from = std::chrono::steady_clock::now();
    size_t total = 0;
    for (int i = 0; i < 100'000; i++)
        total += normalise(cell).size();
    EXPECT_EQ(total, 100'000 * (cell.size() - 1));
    // A wide bound, for slow machines and sanitizers; over ICU it would be several seconds.
    EXPECT_LT(std::chrono::steady_clock::now() - from, std::chrono::seconds(5));
}

TEST(MatchKey, NamesAreTheSameOrDiffer) {
    EXPECT_EQ(match_key("ＰＣ－０１"), "pc01");
    EXPECT_EQ(match_key("pc 01"), match_key("PC_01"));
    EXPECT_EQ(match_key("ＯＳ"), "os");
    EXPECT_EQ(match_key("No."), "no");
    EXPECT_EQ(match_key("IP アドレス"), match_key("ＩＰアドレス"));
    EXPECT_EQ(match_key("利用者（部署）"), "利用者部署");
    EXPECT_EQ(match_key("コンピューター名"), "コンピューター名");  // the long vowel is a letter
    EXPECT_NE(match_key("サーバー室"), match_key("サーバ室"));
    EXPECT_EQ(match_key("−"), "");
    EXPECT_EQ(match_key("〇〇"), "〇〇");
}

TEST(OrganisationKey, WithoutTheFormOfCompany) {
    std::string medica = organisation_key("メディカ");
    for (std::string_view name : {"株式会社メディカ", "メディカ(株)", "（株）メディカ", "㈱メディカ",
                                  "㈱ ﾒﾃﾞｨｶ", "メディカ 株式会社", "有限会社メディカ"}) {
        EXPECT_EQ(organisation_key(name), medica) << name;
    }
    EXPECT_EQ(organisation_key("Medica Co., Ltd."), "medica");
    EXPECT_EQ(organisation_key("MEDICA, Inc."), "medica");
    EXPECT_EQ(organisation_key("Medica K.K."), "medica");
    EXPECT_EQ(organisation_key("Medinc"), "medinc");      // not a word of its own
    EXPECT_EQ(organisation_key("株式会社"), "株式会社");  // nothing else is left
    EXPECT_NE(organisation_key("株式会社メディカ"), organisation_key("株式会社メディカル"));
    EXPECT_EQ(organisation_key(""), "");
}

TEST(Trim, OnlyTheEnds) {
    EXPECT_EQ(trim(" \t　a　b　\r\n"), "a　b");
    EXPECT_EQ(trim("　 　"), "");
    EXPECT_EQ(trim(""), "");
}

TEST(Split, AtAnyOfTheSeparators) {
    EXPECT_EQ(split("a, b;;c ", ",;"), (Strings{"a", "b", "c"}));
    EXPECT_EQ(split("院長、事務", "、"), (Strings{"院長", "事務"}));
    EXPECT_EQ(split("あいう", "、"), (Strings{"あいう"}));  // shares bytes with 、 but no character
    EXPECT_EQ(split("", ","), Strings{});
}

TEST(SplitValues, SeveralValuesInOneCell) {
    EXPECT_EQ(split_values("192.168.10.14 / 192.168.20.14", false),
              (Strings{"192.168.10.14", "192.168.20.14"}));
    EXPECT_EQ(split_values("a\r\nb、c,d／e；f", false), (Strings{"a", "b", "c", "d", "e", "f"}));
    EXPECT_EQ(split_values("電子カルテ Karte-X", false), (Strings{"電子カルテ Karte-X"}));
    EXPECT_EQ(split_values("10.0.0.1 10.0.0.2　10.0.0.3", true),
              (Strings{"10.0.0.1", "10.0.0.2", "10.0.0.3"}));
    EXPECT_EQ(split_values(" 、 / ", false), Strings{});
}

TEST(EscapeMarkup, ForHtmlAndXml) {
    EXPECT_EQ(escape_markup("<a href=\"x\">R&D's</a>"),
              "&lt;a href=&quot;x&quot;&gt;R&amp;D&#39;s&lt;/a&gt;");
    EXPECT_EQ(escape_markup(std::string_view("a\0b\x01\x1b\x7f\tc\n", 9)), "ab\tc\n");
    EXPECT_EQ(escape_markup("機器"), "機器");
}

TEST(Fill, NamesInBraces) {
    auto lookup = [](std::string_view name) { return "<" + std::string(name) + ">"; };
    EXPECT_EQ(fill("{of}台中{count}台", lookup), "<of>台中<count>台");
    EXPECT_EQ(fill("a{b", lookup), "a{b");
    EXPECT_EQ(fill("", lookup), "");
}

}  // namespace
}  // namespace sonae
