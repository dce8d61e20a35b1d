// Tests of telling encodings and reading them.
#include "base/encoding.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unicode/ucnv.h>

namespace sonae {
namespace {

TEST(DecodeText, Utf8IsTakenAsItIs) {
    EXPECT_EQ(decode_text("").value(), "");
    EXPECT_EQ(decode_text("管理番号,①\r\n").value(), "管理番号,①\r\n");
    EXPECT_EQ(decode_text("\xef\xbb\xbf"
                          "番号")
                  .value(),
              "番号");
    EXPECT_EQ(decode_text("𠮷野").value(), "𠮷野");
}

TEST(DecodeText, Utf16WithAMarkOrWithAscii) {
    EXPECT_EQ(decode_text(std::string_view("\xff\xfe\x42\x30\x0a\x00", 6)).value(), "あ\n");
    EXPECT_EQ(decode_text(std::string_view("\xfe\xff\x30\x42\x00\x0a", 6)).value(), "あ\n");
    EXPECT_EQ(decode_text(std::string_view("a\0,\0\x42\x30", 6)).value(), "a,あ");
    EXPECT_EQ(decode_text(std::string_view("\0a\0,\x30\x42", 6)).value(), "a,あ");
    EXPECT_EQ(decode_text(std::string_view("a\0\0b", 4)).error().code, Code::bad_encoding);
    EXPECT_EQ(decode_text(std::string_view("a\0b", 3)).error().code, Code::bad_encoding);
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

TEST(DecodeText, TheEncodingsOfUnixAndMail) {
    // 「機器のリスト」
    auto euc = decode_file("\xb5\xa1\xb4\xef\xa4\xce\xa5\xea\xa5\xb9\xa5\xc8").value();
    EXPECT_EQ(euc.encoding, "EUC-JP");
    EXPECT_EQ(euc.text(), "機器のリスト");
    auto jis = decode_file("\x1b$B5!4o$N%j%9%H\x1b(B,1\n").value();
    EXPECT_EQ(jis.encoding, "ISO-2022-JP");
    EXPECT_EQ(jis.text(), "機器のリスト,1\n");
    EXPECT_EQ(decode_text("\x1b$B5!4").error().code, Code::bad_encoding);  // cut off
    // Signs come as CP932 gives them: ～－∥①
    EXPECT_EQ(decode_text("\xa4\xa2\xa4\xa4\xa1\xc1\xa1\xdd\xa1\xc2\xad\xa1").value(), "あい～－∥①");
    EXPECT_EQ(decode_text("\xc3\xbd\xc4\xb1").value(), "ýı");    // also UTF-8: that wins
    EXPECT_EQ(decode_text("\xb1\xb2\xb3\xb4").value(), "ｱｲｳｴ");  // half-width katakana alone stay CP932
}

TEST(DecodeText, TheEncodingIsNamed) {
    EXPECT_EQ(decode_file("番号").value().encoding, "UTF-8");
    EXPECT_EQ(decode_file("\xef\xbb\xbf").value().text(), "");
    EXPECT_EQ(decode_file("\x8a\xc7\x97\x9d").value().encoding, "CP932");
    EXPECT_EQ(decode_file(std::string_view("\xff\xfe\x42\x30", 4)).value().encoding, "UTF-16");
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

}  // namespace
}  // namespace sonae
