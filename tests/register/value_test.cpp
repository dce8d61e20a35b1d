// What people write for a value, and the state it takes.
#include "register/value.hpp"

#include "facts.hpp"

namespace sonae::registers {
namespace {

catalog::Field field(catalog::Type type) {
    catalog::Field out;
    out.name = "f";
    out.type = type;
    return out;
}

TEST(Value, HasAStateForEveryWayOfNotKnowing) {
    for (catalog::Type type : {catalog::Type::text, catalog::Type::date, catalog::Type::integer,
                               catalog::Type::address, catalog::Type::mac, catalog::Type::boolean}) {
        for (const char* written : {"", "  ", "　"}) {
            EXPECT_EQ(read_value(field(type), written).state, State::never_asked);
        }
        for (const char* written : {"不明", "?", "？", " 不明 ", "わからない", "Unknown"}) {
            EXPECT_EQ(read_value(field(type), written).state, State::unknown) << written;
        }
        for (const char* written : {"-", "－", "―", "ー", "—"}) {
            EXPECT_EQ(read_value(field(type), written).state, State::none) << written;
        }
    }
}

TEST(Value, KeepsWhatDoesNotFitAsWritten) {
    for (catalog::Type type : {catalog::Type::date, catalog::Type::integer, catalog::Type::address,
                               catalog::Type::mac, catalog::Type::boolean}) {
        FieldValue value = read_value(field(type), " 192.168.〇.〇 ");
        EXPECT_EQ(value.state, State::unreadable);
        EXPECT_EQ(value.text, "192.168.〇.〇");
    }
    EXPECT_EQ(read_value(field(catalog::Type::text), "192.168.〇.〇").state, State::known);
}

TEST(Value, WordsForAStateAreWordsInARemark) {
    catalog::Field remark = field(catalog::Type::text);
    remark.looks = catalog::Looks::remark;
    for (const char* written : {"要確認", "（未確認）", "確認中", "未把握"}) {
        EXPECT_EQ(read_value(field(catalog::Type::text), written).state, State::unknown) << written;
        EXPECT_EQ(read_value(field(catalog::Type::date), written).state, State::unknown) << written;
        EXPECT_EQ(read_value(remark, written).state, State::known) << written;
    }
    for (const char* written : {"なし", "無し", "該当なし", "N/A", "ｎ／ａ", "【なし】"}) {
        EXPECT_EQ(read_value(field(catalog::Type::text), written).state, State::none) << written;
        EXPECT_EQ(read_value(field(catalog::Type::address), written).state, State::none) << written;
        EXPECT_EQ(read_value(remark, written).state, State::known) << written;
    }
    EXPECT_EQ(read_value(field(catalog::Type::date), "対象外").state, State::none);
    EXPECT_EQ(read_value(field(catalog::Type::text), "対象外").state, State::known);
    EXPECT_EQ(read_value(field(catalog::Type::text), "なし園").text, "なし園");
    std::string story(200, 'x');
    EXPECT_EQ(read_value(field(catalog::Type::text), " " + story).text, story);
}

TEST(Value, ReadsEachType) {
    EXPECT_EQ(read_value(field(catalog::Type::integer), "１，２００").text, "1200");
    EXPECT_EQ(read_value(field(catalog::Type::boolean), "○").text, "1");
    EXPECT_EQ(read_value(field(catalog::Type::boolean), "無し").text, "0");
    EXPECT_EQ(read_value(field(catalog::Type::address), "１９２．１６８．０１０．２/24").text,
              "192.168.10.2");
    EXPECT_EQ(read_value(field(catalog::Type::address), "FE80::1").text, "fe80::1");
    EXPECT_EQ(read_value(field(catalog::Type::mac), "00-1A-2B-3C-4D-5E").text, "00:1a:2b:3c:4d:5e");
    EXPECT_EQ(read_value(field(catalog::Type::date), "令和6年7月").text, "2024-07");
    const catalog::Field& kind = *tests::source_catalog().find_register("device")->field("kind");
    EXPECT_EQ(read_value(kind, "サーバー").text, "server");
    EXPECT_EQ(read_value(kind, "サ-バでない何か").state, State::unreadable);
    const catalog::Field& target = *tests::source_catalog().find_register("answer")->field("value");
    EXPECT_EQ(read_value(target, "unknown").state, State::known) << "a choice may be spelt like a state";
}

TEST(Value, IsShownInBothLanguages) {
    EXPECT_EQ(show_value(field(catalog::Type::boolean), {State::known, "1"}).ja, "はい");
    EXPECT_EQ(show_value(field(catalog::Type::text), {State::unknown, ""}).ja, "不明");
    EXPECT_EQ(show_value(field(catalog::Type::text), {State::never_asked, ""}).ja, "");
    const catalog::Field& kind = *tests::source_catalog().find_register("device")->field("kind");
    EXPECT_EQ(show_value(kind, {State::known, "server"}).en, "Server");
}

}  // namespace
}  // namespace sonae::registers
