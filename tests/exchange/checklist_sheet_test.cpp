// The signs of a checklist's sheets; whole workbooks in several layouts are read in
// tests/story/edition_test.py.
#include "exchange/checklist_sheet.hpp"

#include "exchange/checklist_number.hpp"
#include "facts.hpp"

#include <tuple>

namespace sonae::exchange {
namespace {

// section | place | what is left of the text
std::string read(std::string_view text) {
    ItemNumber number = read_item_number(text);
    return number.section + "|" + number.place + "|" + std::string(text.substr(number.length));
}

TEST(ChecklistNumber, IsReadAsTheFormsWriteIt) {
    for (const auto& [text, expected] : std::vector<std::pair<const char*, const char*>>{
             {"2-①", "2|①|"},
             {"２－①", "2|①|"},
             {"2-12", "2|12|"},
             {"2-(12)", "2|(12)|"},
             {"(2)①", "2|①|"},
             {"（２）⑫ アクセスログ", "2|⑫|アクセスログ"},
             {"2（１）", "2|(1)|"},
             {"2（１）台帳管理", "2|(1)|台帳管理"},
             {"⑳", "|⑳|"},
             {"①医療情報", "|①|医療情報"},
             {"(3) 連絡体制図", "|(3)|連絡体制図"},
             {"2", "2||"},
             {"２　医療情報システムの管理・運用", "2||医療情報システムの管理・運用"},
             {"2. 管理", "2||管理"},
             {"第３章 インシデント", "3||インシデント"},
         })
        EXPECT_EQ(read(text), expected) << text;
}

TEST(ChecklistNumber, IsNotReadFromOtherTexts) {
    for (const char* text : {"", "-", "8文字以上", "1.5倍", "2026-11-21", "二要素認証", "(株)ミナト", "100",
                             "0", "第三者", "（注1）"})
        EXPECT_EQ(read_item_number(text).length, 0u) << text;
}

TEST(ChecklistNumber, AnswersAndStatements) {
    for (const char* text : {"はい・いいえ", "□はい　□いいえ", "はい / いいえ", "はい", "（はい・いいえ）"})
        EXPECT_TRUE(is_answer_cell(text)) << text;
    for (const char* text : {"", "はい、設置している", "いいえの理由", "・", "○"})
        EXPECT_FALSE(is_answer_cell(text)) << text;
    for (const char* text :
         {"安全管理責任者を設置している", "台帳管理を行っている。", "有無を事業者に確認した"})
        EXPECT_TRUE(is_statement(text)) << text;
    for (const char* text : {"", "体制構築", "医療情報システムの管理・運用", "している。", "確認結果"})
        EXPECT_FALSE(is_statement(text)) << text;
}

Workbook sheet_of(const std::vector<std::vector<const char*>>& rows, std::vector<MergedCells> merges = {}) {
    std::string text;
    for (const auto& row : rows) {
        for (size_t i = 0; i < row.size(); i++)
            text += std::string(i ? "," : "") + "\"" + row[i] + "\"";
        text += "\n";
    }
    Workbook book = *read_workbook(text, "様式.csv");
    book.tables[0].merges = std::move(merges);
    return book;
}

std::vector<std::tuple<std::string, std::string, std::string>> lines_of(const Workbook& book) {
    std::vector<std::tuple<std::string, std::string, std::string>> out;
    for (const ChecklistSheet& sheet : read_checklist_sheets(book, tests::source_catalog(), "R8", "medical"))
        for (const checklist::SheetLine& line : sheet.lines)
            out.emplace_back(line.number, line.target, line.text);
    return out;
}

TEST(ChecklistSheet, AMergedTargetEndsWithItsRows) {
    Workbook book = sheet_of({{"2", "医療情報システムの管理・運用", "", ""},
                              {"2-①", "サーバ", "アクセスログを管理している。", "はい・いいえ"},
                              {"2-②", "", "不要なソフトウェアを停止している。", "はい・いいえ"},
                              {"3", "インシデント発生に備えた対応", "", ""},
                              {"3-①", "", "連絡体制図を作成し、掲示している。", "はい・いいえ"}},
                             {{2, 3, 1, 1}});
    using Line = std::tuple<std::string, std::string, std::string>;
    EXPECT_EQ(lines_of(book), (std::vector<Line>{{"2-①", "server", "アクセスログを管理している。"},
                                                 {"2-②", "server", "不要なソフトウェアを停止している。"},
                                                 {"3-①", "", "連絡体制図を作成し、掲示している。"}}));
}

TEST(ChecklistSheet, AnItemForTwoTargetsIsTwoLinesAndACutSentenceOne) {
    Workbook book = sheet_of({{"2-①", "サーバ、端末PC", "アクセスログを管理している。", "はい・いいえ"},
                              {"2-②", "医療情報システム全般", "パスワードの使い回しを", "はい・いいえ"},
                              {"", "", "禁止している。", ""}});
    using Line = std::tuple<std::string, std::string, std::string>;
    EXPECT_EQ(lines_of(book), (std::vector<Line>{{"2-①", "server", "アクセスログを管理している。"},
                                                 {"2-①", "pc", "アクセスログを管理している。"},
                                                 {"2-②", "", "パスワードの使い回しを禁止している。"}}));
}

TEST(ChecklistSheet, TheEditionIsThatOfTheYearInTheTitle) {
    auto named = [](const char* title, const char* file) {
        return edition_named_in(sheet_of({{title}}), file, tests::source_catalog());
    };
    EXPECT_EQ(named("令和８年度版 チェックリスト", "a.xlsx"), "R8");
    EXPECT_EQ(named("チェックリスト", "令和7年度.xlsx"), "R7");
    EXPECT_EQ(named("令和 9 年度版", "令和7年度.xlsx"), "R9");
    EXPECT_EQ(named("令和の時代", "a.xlsx"), "");
}

}  // namespace
}  // namespace sonae::exchange
