// Tests of encodings and the forms of text.
#include "base/text.hpp"

#include <chrono>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unicode/ucnv.h>

namespace sonae {
namespace {

using Strings = std::vector<std::string>;

TEST(DecodeText, Utf8IsTakenAsItIs) {
    EXPECT_EQ(decode_text("").value(), "");
    EXPECT_EQ(decode_text("管理番号,①\r\n").value(), "管理番号,①\r\n");
    EXPECT_EQ(decode_text("\xef\xbb\xbf"
                          "番号")
                  .value(),
              "番号");
    EXPECT_EQ(decode_text("𠮷野").value(), "𠮷野");
}

TEST(DecodeText, Utf16NeedsItsMark) {
    EXPECT_EQ(decode_text(std::string_view("\xff\xfe\x42\x30\x0a\x00", 6)).value(), "あ\n");
    EXPECT_EQ(decode_text(std::string_view("\xfe\xff\x30\x42\x00\x0a", 6)).value(), "あ\n");
    EXPECT_EQ(decode_text(std::string_view("a\0b\0", 4)).error().code, Code::bad_encoding);
    EXPECT_EQ(decode_text("\xff\xfe\x42").error().code, Code::bad_encoding);              // half a unit
    EXPECT_EQ(decode_text("\xff\xfe\x42\xd8\x42\x30").error().code, Code::bad_encoding);  // lone surrogate
}

TEST(DecodeText, Cp932AsWindowsWritesIt) {
    EXPECT_EQ(decode_text("\x8a\xc7\x97\x9d\x94\xd4\x8d\x86").value(), "管理番号");
    EXPECT_EQ(decode_text("\x81\x60\x81\x7c\x81\x61").value(), "～－∥");
    EXPECT_EQ(decode_text("\x87\x40\x87\x8a\xfa\x40").value(), "①㈱ⅰ");        // signs of NEC and IBM
    EXPECT_EQ(decode_text("\x95\x5c\x8e\xa6\\~").value(), "表示\\~");          // 0x5C as a second byte
    EXPECT_EQ(decode_text("\xbb\xb0\xca\xde\x83\x54").value(), "ｻｰﾊﾞサ");      // half width
    EXPECT_EQ(decode_text("\x82\xa0\x1a\x1c\x7f").value(), "あ\x1a\x1c\x7f");  // controls keep their place
}

TEST(DecodeText, NothingIsSubstituted) {
    for (std::string_view bytes :
         {"\x82\xa0\x80", "\x82\xa0\xff", "\x82\xa0\xa0", "\x82\xa0\x81", "\x82\xa0\x81\x20",
          "\x82\xa0\x81\xad", "\xef\xbb\xbf\x82\xa0", "\xc3\x28\xfd"}) {
        auto text = decode_text(bytes);
        ASSERT_FALSE(text.has_value());
        EXPECT_EQ(text.error().code, Code::bad_encoding);
        EXPECT_NE(text.error().words.ja.find("保存し直して"), std::string::npos);
        EXPECT_NE(text.error().words.en.find("save it again"), std::string::npos);
    }
}

TEST(DecodeText, OtherJapaneseEncodingsAreNotReadAsGarbage) {
    // 「機器のリスト」 in EUC-JP and in ISO-2022-JP.
    EXPECT_EQ(decode_text("\xb5\xa1\xb4\xef\xa4\xce\xa5\xea\xa5\xb9\xa5\xc8").error().code,
              Code::bad_encoding);
    EXPECT_EQ(decode_text("\x1b$B5!4o\x1b(B").error().code, Code::bad_encoding);
    EXPECT_EQ(decode_text("\xc3\xbd\xc4\xb1").value(), "ýı");    // also UTF-8: that wins
    EXPECT_EQ(decode_text("\xb1\xb2\xb3\xb4").value(), "ｱｲｳｴ");  // half-width katakana alone stay CP932
}

// Every CP932 text of characters that both ways know comes back unchanged.
RC_GTEST_PROP(DecodeText, Cp932RoundTrip, ()) {
    static const std::string pool = "管理番号機器台帳サーバー室①㈱ｱｲｳ～－髙﨑表ソabc019,\"\n";
    std::string text = "機";  // so that it is not plain ASCII
    for (int i = *rc::gen::inRange(0, 40); i > 0; i--) {
        std::vector<std::string> letters;
        for (size_t at = 0; at < pool.size();) {
            auto lead = static_cast<unsigned char>(pool[at]);
            size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : 3;
            letters.push_back(pool.substr(at, length));
            at += length;
        }
        text += *rc::gen::elementOf(letters);
    }
    UErrorCode status = U_ZERO_ERROR;
    std::string bytes(text.size() * 2, '\0');
    int32_t length = ucnv_convert("windows-31j", "UTF-8", bytes.data(), static_cast<int32_t>(bytes.size()),
                                  text.data(), static_cast<int32_t>(text.size()), &status);
    RC_ASSERT(U_SUCCESS(status));
    bytes.resize(static_cast<size_t>(length));
    RC_ASSERT(!is_utf8(bytes));
    RC_ASSERT(decode_text(bytes).value() == text);
}

RC_GTEST_PROP(DecodeText, AnyBytesGiveUtf8OrAnError, (const std::string& bytes)) {
    auto text = decode_text(bytes);
    if (text) RC_ASSERT(is_utf8(*text));
    std::string normal = normalise(bytes);  // must not fail on anything either
    RC_ASSERT(is_utf8(normal));
    RC_ASSERT(is_utf8(escape_markup(bytes)));
}

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
