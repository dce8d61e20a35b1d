// Tests of names in a file that stand for entries of another register.
#include "exchange/import_references.hpp"

#include "importing.hpp"

namespace sonae::exchange {
namespace {

using ImportReferences = Importing;

TEST_F(ImportReferences, SimilarNamesAreShownAndNeverMerged) {
    take("vendor", "事業者名\n株式会社メディカシステムズ\n東日本電子\nレセ\n");
    ImportResult result = take(
        "device", "管理番号,保守業者\n1,㈱メディカシステムズ\n2,メディカ\n3,東日本電孔\n4,レセ\n5,りんご\n");
    ASSERT_EQ(result.created.size(), 3U);
    EXPECT_EQ(result.created[0].name, "メディカ");
    ASSERT_EQ(result.created[0].like.size(), 1U);
    EXPECT_EQ(result.created[0].like[0].label, "株式会社メディカシステムズ");
    ASSERT_EQ(result.created[1].like.size(), 1U);
    EXPECT_EQ(result.created[1].like[0].label, "東日本電子");
    EXPECT_TRUE(result.created[2].like.empty());
    EXPECT_EQ(count("vendor"), 6U);
    std::string text = import_text(result, false);
    EXPECT_NE(text.find("同じものかもしれません"), std::string::npos) << text;
}

TEST_F(ImportReferences, AnotherSpellingOfANameIsTold) {
    take("vendor", "事業者名\n株式会社メディカシステムズ\n");
    const char* file =
        "管理番号,保守業者\n1,㈱メディカシステムズ\n2,メディカシステムズ\n3,㈱メディカシステムズ\n"
        "4,株式会社メディカシステムズ\n";
    ImportResult result = take("device", file);
    EXPECT_TRUE(result.created.empty());
    const auto& readings = result.sheets.front().readings;
    ASSERT_EQ(readings.size(), 2U);
    EXPECT_EQ(readings[0].note.ja,
              "「㈱メディカシステムズ」は「株式会社メディカシステムズ」と同じとみました。");
    EXPECT_EQ(readings[0].rows, 2);
    EXPECT_EQ(readings[0].first_row, 2);
    EXPECT_EQ(readings[1].rows, 1);
    EXPECT_TRUE(take("device", file).sheets.front().readings.empty()) << "nothing is taken a second time";
}

TEST_F(ImportReferences, TheCallerSaysWhatIsTheSame) {
    take("vendor", "事業者名\n株式会社メディカシステムズ\n");
    const char* file = "管理番号,保守業者\n1,メディカ\n";
    ImportResult result = take("device", file, {.same = {"メディカ=メディカシステムズ"}});
    EXPECT_TRUE(result.created.empty());
    EXPECT_EQ(entry("device", "1").field("maintainer").text,
              entry("vendor", "株式会社メディカシステムズ").id);
    // It is remembered with the file's form.
    EXPECT_EQ(told(take("device", file)), "same(number)");
    EXPECT_EQ(count("vendor"), 1U);
    EXPECT_EQ(refused("device", file, {.same = {"メディカ=どこにもない"}}), Code::not_found);
    EXPECT_EQ(refused("device", file, {.same = {"メディカ"}}), Code::usage);
}

TEST(Likeness, OfNames) {
    auto like = [](std::string_view a, std::string_view b) {
        return likeness(code_points(a), code_points(b));
    };
    EXPECT_GT(like("メディカ", "メディガ"), 0);
    EXPECT_GT(like("メディカ", "メディカ東日本"), 0);
    EXPECT_GT(like("デンソク電子", "北デンソク電子販売"), 0);
    EXPECT_EQ(like("レセ", "メディカ"), 0);
    EXPECT_EQ(like("a", "ab"), 0);
    EXPECT_GT(like("メディカ", "メディガ"), like("メディカ", "メディカ東日本"));
}

}  // namespace
}  // namespace sonae::exchange
