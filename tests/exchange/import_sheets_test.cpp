// Tests of files with several sheets, and of remembered mappings.
#include "exchange/import_sheets.hpp"

#include "importing.hpp"

namespace sonae::exchange {
namespace {

using ImportSheets = Importing;

const std::string& three_sheets() {
    static const std::string bytes =
        book_of({{"表紙", "ひかり診療所\n作成 2026年"},
                 {"サーバ", "管理番号,コンピュータ名,設置場所\nS1,SV1,機械室"},
                 {"端末一覧", "管理番号,コンピュータ名,設置場所\nT1,PC1,受付\nT2,PC2,診察室"},
                 {"業者", "事業者名,電話番号\n株式会社メディカ,03-0000-0000"}});
    return bytes;
}

TEST_F(ImportSheets, EverySheetThatFitsTheRegister) {
    ImportResult result = take("device", three_sheets());
    ASSERT_EQ(result.sheets.size(), 2U);
    EXPECT_EQ(result.sheets[0].name, "サーバ");
    EXPECT_EQ(result.other_sheets.size(), 2U);
    EXPECT_EQ(told(result), "new new new");
    EXPECT_EQ(entry("device", "S1").field("kind").text, "server");  // from the sheet's name
    EXPECT_EQ(entry("device", "T2").field("kind").text, "pc");
    EXPECT_EQ(told(take("device", three_sheets())), "same(number) same(number) same(number)");
    EXPECT_EQ(result.row_count(), 9);
}

TEST_F(ImportSheets, EachSheetIntoItsRegister) {
    std::string bytes = book_of({{"機器", "管理番号,コンピュータ名,保守業者\n1,PC1,メディカ"},
                                 {"業者", "事業者名,電話番号,所在地\n株式会社メディカ,03-0000-0000,東京都"}});
    ImportResult result = take("auto", bytes);
    ASSERT_EQ(result.sheets.size(), 2U);
    EXPECT_EQ(result.sheets[0].register_name, "vendor");  // what others name comes first
    EXPECT_TRUE(result.created.empty());
    EXPECT_EQ(entry("device", "1").field("maintainer").text, entry("vendor", "株式会社メディカ").id);
    EXPECT_EQ(count("vendor"), 1U);
    EXPECT_EQ(told(take("auto", bytes)), "same(name) same(number)");
    EXPECT_EQ(refused("auto", "りんご,みかん\n1,2\n"), Code::bad_file);
}

TEST_F(ImportSheets, TheSameNumberOnTwoSheets) {
    std::string bytes =
        book_of({{"1階", "管理番号,コンピュータ名\n1,PC1"}, {"2階", "管理番号,コンピュータ名\n1,PC9"}});
    ImportResult result = take("device", bytes);
    EXPECT_EQ(told(result), "new conflict");
    EXPECT_NE(result.sheets[1].rows[0].reason.ja.find("シート「1階」の2行目"), std::string::npos)
        << result.sheets[1].rows[0].reason.ja;
}

TEST_F(ImportSheets, TheCallersWord) {
    ImportOptions options;
    options.sheets = {"サーバ=device:kind=network,status=予備", "端末一覧=-"};
    ImportResult result = take("device", three_sheets(), options);
    EXPECT_EQ(told(result), "new");
    EXPECT_EQ(entry("device", "S1").field("kind").text, "network");
    EXPECT_EQ(entry("device", "S1").field("status").text, "spare");
    auto code = [&](const std::string& text) {
        ImportOptions one;
        one.sheets = {text};
        return refused("device", three_sheets(), one);
    };
    EXPECT_EQ(code("どこにもない=device"), Code::not_found);
    EXPECT_EQ(code("サーバ"), Code::usage);
    EXPECT_EQ(code("サーバ=devices"), Code::unknown_register);
    EXPECT_EQ(code("サーバ=answer"), Code::refused);
    EXPECT_EQ(code("サーバ=device:nonsense=1"), Code::unknown_field);
}

TEST_F(ImportSheets, AMappingIsRememberedByTheHeader) {
    const char* october = "札,ここ,メモ書き\nA1,受付,x\n";
    ImportOptions options;
    options.map = {"札=number", "ここ=place", "メモ書き=-"};
    ImportResult first = take("device", october, options, "十月.csv");
    EXPECT_EQ(first.saved_mapping, "十月");
    ImportResult next = take("device", "札,ここ,メモ書き\nA1,診察室,y\nA2,薬局,z\n", {}, "十一月.csv");
    EXPECT_EQ(told(next), "changed(number) new");
    EXPECT_EQ(next.sheets[0].mapping, "十月");
    EXPECT_TRUE(entry("device", "A2").extra.empty());
    // Another header is another file.
    EXPECT_EQ(refused("device", "札,ここ,めも\nA1,診察室,y\n"), Code::bad_file);

    std::vector<Mapping> all = mappings_of(*record_);
    ASSERT_EQ(all.size(), 1U);
    all[0].name = "別の名前";
    std::string text = json::serialize(mapping_json(all[0]));
    auto read = read_mapping_file(record_->catalog(), text, "m.json");
    ASSERT_TRUE(read) << read.error().words.ja;
    EXPECT_EQ(canonical(mapping_json(*read)), canonical(mapping_json(all[0])));
    auto yaml =
        read_mapping_file(record_->catalog(),
                          "sonae_mapping: 1\nname: 手書き\nsheets:\n  - sheet: ''\n    register: device\n"
                          "    headers: [札, ここ]\n    columns: {札: number, ここ: place}\n",
                          "m.yaml");
    ASSERT_TRUE(yaml) << yaml.error().words.ja;
    ASSERT_TRUE(record_->apply({keep_mapping(*record_, *yaml)}, tests::tester));
    EXPECT_EQ(told(take("device", "札,ここ\nA1,診察室\n")), "same(number)");
    EXPECT_EQ(refused("device", "札,ここ\nA1,診察室\n", {.mapping = "どこにもない"}), Code::not_found);
    auto wrong = [&](std::string_view bad) {
        auto result = read_mapping_file(record_->catalog(), bad, "m.yaml");
        return result ? Code::io : result.error().code;
    };
    EXPECT_EQ(wrong("{}"), Code::bad_file);
    EXPECT_EQ(wrong(R"({"sonae_mapping":1,"name":"x","sheets":[{"register":"nonsense"}]})"),
              Code::unknown_register);
    EXPECT_EQ(wrong(R"({"sonae_mapping":1,"name":"x","sheets":[{"register":"device","columns":{"a":"b"}}]})"),
              Code::unknown_field);
}

}  // namespace
}  // namespace sonae::exchange
