// Tests of which entry of the record a row of a file means.
#include "exchange/import_match.hpp"

#include "importing.hpp"

namespace sonae::exchange {
namespace {

class ImportMatch : public Importing {
 protected:
    void SetUp() override {
        take("device",
             "管理番号,製造番号,コンピュータ名,MACアドレス,設置場所\n"
             "1,SN-100,PC-A,02:00:00:00:00:01,受付\n"
             "2,SN-200,PC-B,02:00:00:00:00:02,診察室\n"
             ",SN-300,PC-C,02:00:00:00:00:03,薬局\n");
    }
    std::string id(std::string_view name) { return entry("device", name).id; }
};

TEST_F(ImportMatch, InTheOrderOfTheRegister) {
    ImportResult result =
        take("device", "Sonae-ID,管理番号,製造番号,コンピュータ名,MACアドレス,設置場所\n" + id("1") +
                           ",,,,,1階\n"
                           ",２,,,,2階\n"
                           ",,sn300,,,3階\n"
                           ",,,,02-00-00-00-00-0A,4階\n");
    EXPECT_EQ(told(result), "changed(id) changed(number) changed(serial) new");
    EXPECT_EQ(entry("device", "1").field("place").text, "1階");
    EXPECT_EQ(row(result, 0).changed[0].old.ja, "受付");
    EXPECT_EQ(row(result, 0).changed[0].now.ja, "1階");
    result = take("device", "MACアドレス,設置場所\n02-00-00-00-00-03,5階\n");
    EXPECT_EQ(told(result), "changed(mac)");
    result = take("device", "コンピュータ名,設置場所\npc-b,6階\n");
    EXPECT_EQ(told(result), "changed(hostname)");
    EXPECT_EQ(entry("device", "2").field("place").text, "6階");
}

TEST_F(ImportMatch, ADeviceMayGetAnotherNumber) {
    ImportResult result = take("device", "管理番号,製造番号\n1-B,SN-100\n");
    EXPECT_EQ(told(result), "changed(serial)");
    EXPECT_EQ(row(result, 0).changed[0].field, "number");
    EXPECT_EQ(count("device"), 3U);
    // But a name that was given to the next machine as well is another entry.
    EXPECT_EQ(told(take("device", "管理番号,コンピュータ名\n9,PC-B\n")), "new");
    // And no word in place of a serial number makes two devices one.
    take("device", "管理番号,製造番号\n20,なし\n");
    EXPECT_EQ(told(take("device", "管理番号,製造番号\n21,なし\n")), "new");
}

TEST_F(ImportMatch, NumbersThatPointToDifferentEntries) {
    ImportResult result = take("device", "管理番号,製造番号,設置場所\n1,SN-200,x\n2,SN-200,診察室\n");
    EXPECT_EQ(told(result), "conflict same(number)");
    for (const char* part : {"管理番号", "製造番号", "「1 PC-A」", "「2 PC-B」"})
        EXPECT_NE(row(result, 0).reason.ja.find(part), std::string::npos) << row(result, 0).reason.ja;
    EXPECT_EQ(entry("device", "1").field("place").text, "受付");
    // Two machines that swapped their names are no conflict: their numbers say which is which.
    result = take("device", "管理番号,コンピュータ名\n1,PC-B\n2,PC-A\n");
    EXPECT_EQ(told(result), "changed(number) changed(number)");
}

TEST_F(ImportMatch, TwoRowsOfTheFileThatMeanTheSameEntry) {
    ImportResult result = take("device", "管理番号,製造番号,設置場所\n,SN-100,x\n1,,y\n");
    EXPECT_EQ(told(result), "conflict changed(number)");  // the number is the better word
    EXPECT_NE(row(result, 0).reason.ja.find("3行目"), std::string::npos) << row(result, 0).reason.ja;
    EXPECT_EQ(told(take("device", "管理番号,設置場所\n7,x\n７,y\n")), "new conflict");
    // Both would have the number 8 afterwards.
    EXPECT_EQ(told(take("device", "管理番号,製造番号\n8,SN-300\n8,\n")), "changed(serial) conflict");
}

TEST_F(ImportMatch, AStableIdThatCannotBeMeant) {
    std::string first = id("1");
    std::string other = record_->list("institution")->front().id;
    auto retired = record_->apply({{"retire", "device", first, 0, {}, {}, ""}}, tests::tester);
    ASSERT_TRUE(retired);
    ImportResult result = take("device", "Sonae-ID,設置場所\n" + first + ",x\n" + other + ",x\nabc,x\n,x\n");
    EXPECT_EQ(told(result), "conflict conflict conflict new");
    EXPECT_NE(row(result, 0).reason.ja.find("外されています"), std::string::npos);
    EXPECT_NE(row(result, 1).reason.ja.find("医療機関"), std::string::npos) << row(result, 1).reason.ja;
    EXPECT_NE(row(result, 2).reason.ja.find("ありません"), std::string::npos);
}

TEST_F(ImportMatch, SeveralEntriesWithOneName) {
    const char* file = "コンピュータ名,設置場所\nノートPC,東\nノートPC,西\nノートPC,南\n";
    EXPECT_EQ(told(take("device", file)), "new new new");
    EXPECT_EQ(told(take("device", file)), "same(content) same(content) same(content)");
    // Two are what they were, so the third is the one that is left.
    EXPECT_EQ(told(take("device", "コンピュータ名,設置場所\nノートPC,北\nノートPC,西\nノートPC,南\n")),
              "changed(hostname) same(content) same(content)");
    ImportResult result = take("device", "コンピュータ名,設置場所\nノートPC,屋上\n");
    EXPECT_EQ(told(result), "conflict");
    EXPECT_NE(row(result, 0).reason.ja.find("3件"), std::string::npos) << row(result, 0).reason.ja;
}

TEST(KeyForm, MarksBetweenDigitsCount) {
    EXPECT_EQ(key_form("ＰＣ－０１"), "pc01");
    EXPECT_EQ(key_form("PC-01"), "pc01");
    EXPECT_EQ(key_form("1-1"), "1-1");
    EXPECT_EQ(key_form("１－１"), "1-1");
    EXPECT_EQ(key_form("-"), "-");
}

}  // namespace
}  // namespace sonae::exchange
