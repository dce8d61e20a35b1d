// Which rows are the header, which field each column means, how sure that is and why.
#include "exchange/import_columns.hpp"

#include "exchange/import_fit.hpp"
#include "facts.hpp"
#include "understand.hpp"

#include <fmt/format.h>

namespace sonae::exchange {
namespace {

std::string use_of(const ImportColumn& column, std::string_view register_name) {
    if (column.use != ColumnUse::mapped) return std::string(column_use_text(column.use));
    std::string name = column.target->name == register_name
                           ? column.field->name
                           : fmt::format("{}.{}", column.target->name, column.field->name);
    return column.group > 1 ? fmt::format("{}#{}", name, column.group) : name;
}

Header header_of(const Table& table, std::string_view register_name = "device") {
    const catalog::Register* description = tests::source_catalog().find_register(register_name);
    auto header = find_header(tests::source_catalog(), *description, table, {});
    EXPECT_TRUE(header);
    return header.value_or(Header());
}

// The uses of all columns, with spaces between them.
std::string uses(const Header& header, std::string_view register_name = "device") {
    std::string out;
    for (const ImportColumn& column : header.columns)
        out += fmt::format("{}{}", out.empty() ? "" : " ", use_of(column, register_name));
    return out;
}

TEST(ImportColumns, HeadersOfSeveralLinesAreJoined) {
    struct Case {
        const char* what;
        std::vector<TestRow> rows;
        std::vector<MergedCells> merges;
        size_t first;
        size_t last;
        const char* uses;
    };
    const Case cases[] = {
        {"one line", {{"管理番号|設置場所"}, {"A1|受付"}}, {}, 0, 0, "number place"},
        {"a title over all columns is no line of the header",
         {{"機器台帳"}, {"管理番号|OS|設置場所"}, {"A1|Windows 11|受付"}},
         {{1, 1, 0, 2}},
         1,
         1,
         "number os place"},
        {"a title without merged cells",
         {{"機器台帳"}, {"管理番号|OS|設置場所"}, {"A1|Windows 11|受付"}},
         {},
         1,
         1,
         "number os place"},
        {"merged cells over columns and over lines",
         {{"No.|機種|ネットワーク||OS||場所"},
          {"||IPアドレス|MACアドレス|名称|バージョン|"},
          {"1|PC-1|192.168.1.1|00:11:22:33:44:55|Windows 11|23H2|受付"}},
         {{1, 2, 0, 0}, {1, 2, 1, 1}, {1, 1, 2, 3}, {1, 1, 4, 5}, {1, 2, 6, 6}},
         0,
         1,
         "number model interface.address interface.mac os os_version place"},
        {"the same from a file without merged cells",
         {{"No.|機種|ネットワーク||OS||場所"},
          {"||IPアドレス|MACアドレス|名称|バージョン|"},
          {"1|LIFEBOOK|192.168.1.1|00:11:22:33:44:55|Windows 11|23H2|受付"}},
         {},
         0,
         1,
         "number model interface.address interface.mac os os_version place"},
        {"numbered groups of a child",
         {{"管理番号|ソフト1||ソフト2|"}, {"|名称|バージョン|名称|バージョン"}, {"A1|Word|2019|Excel|2021"}},
         {{1, 2, 0, 0}, {1, 1, 1, 2}, {1, 1, 3, 4}},
         0,
         1,
         "number software.name software.software_version software.name#2 software.software_version#2"},
        {"what stands below a reference speaks of the other entry",
         {{"管理番号|設置場所|保守業者|"}, {"||業者名|担当者"}, {"A1|受付|株式会社メディカ|田中"}},
         {{1, 2, 0, 0}, {1, 2, 1, 1}, {1, 1, 2, 3}},
         0,
         1,
         "number place maintainer extra"},
        {"three lines",
         {{"機器情報||購入"}, {"識別||日付"}, {"管理番号|製造番号|"}, {"A1|SN123456|2024/7/1"}},
         {{1, 1, 0, 1}, {2, 2, 0, 1}, {2, 3, 2, 2}},
         0,
         2,
         "number serial acquired_on"},
        {"data below is no second line",
         {{"管理番号|種別|OS|設置場所"}, {"A1|サーバ||受付"}, {"A2|端末||受付"}},
         {},
         0,
         0,
         "number kind os place"},
        {"a header over two columns",
         {{"管理番号|設置場所||OS"}, {"A1|本館|1階|Windows 11"}},
         {{1, 1, 1, 2}},
         0,
         0,
         "number place extra os"},
    };
    for (const Case& one : cases) {
        Header header = header_of(sheet(one.rows, one.merges));
        EXPECT_EQ(header.first_row, one.first) << one.what;
        EXPECT_EQ(header.last_row, one.last) << one.what;
        EXPECT_EQ(uses(header), one.uses) << one.what;
    }
}

TEST(ImportColumns, ValuesSpeakToo) {
    struct Case {
        const char* what;
        const char* header;
        std::vector<const char*> values;
        const char* use;
        int least;  // confidence
        int most;
        const char* reason;  // part of it
    };
    const Case cases[] = {
        {"a name that fits",
         "IPアドレス",
         {"10.0.0.1", "10.0.0.2", "10.0.0.3"},
         "interface.address",
         95,
         99,
         "読めます"},
        {"a known word", "製番", {"AB12345", "AB12346", "AB12347"}, "serial", 90, 90, "書き方"},
        {"a header that contradicts its values",
         "購入日",
         {"受付", "診察室", "薬局", "2024/7/1"},
         "acquired_on",
         40,
         60,
         "ただし"},
        {"a text that is clearly something else",
         "設置場所",
         {"10.0.0.1", "10.0.0.2", "10.0.0.3"},
         "place",
         30,
         60,
         "ただし"},
        {"states do not speak against it",
         "購入日",
         {"不明", "-", "？", "2024/7/1"},
         "acquired_on",
         90,
         99,
         "書き方"},
        {"some do not fit",
         "購入日",
         {"2024/7/1", "R6.7.1", "2024/7", "古い"},
         "acquired_on",
         75,
         85,
         "読めない値"},
        {"a match in part that the values speak against",
         "IPアドレスの購入日",
         {"あ", "い", "う"},
         "extra",
         0,
         0,
         "補足"},
        {"an unknown word is no field",
         "棚の色",
         {"10.0.0.1", "10.0.0.2", "10.0.0.3"},
         "extra",
         0,
         0,
         "あてはまる"},
        {"but a system tells itself under any",
         "Windows",
         {"Windows 11 Pro", "Win10", "macOS 14"},
         "os",
         40,
         40,
         "項目はありません"},
        {"not where only some begin so",
         "画面",
         {"Windows 11", "大きい", "小さい"},
         "extra",
         0,
         0,
         "あてはまる"},
        {"a number of a device is no day",
         "設置場所",
         {"R060701", "R060702", "R060703"},
         "place",
         90,
         99,
         "項目の名前"},
        {"addresses without a header",
         "",
         {"10.0.0.1", "10.0.0.2", "10.0.0.3"},
         "interface.address",
         50,
         50,
         "見出しはありません"},
        {"MAC addresses without a header",
         "",
         {"00:11:22:33:44:55", "00-11-22-33-44-56", "0011.2233.4457"},
         "interface.mac",
         50,
         50,
         "3件中3件"},
        {"systems without a header", "", {"Windows 11 Pro", "Win10", "macOS 14"}, "os", 40, 40, "OS"},
        {"kinds without a header", "", {"サーバ", "ノートPC", "ルータ"}, "kind", 40, 40, "種別"},
        {"free words without a header are never guessed",
         "",
         {"受付", "診察室", "薬局"},
         "extra",
         0,
         0,
         "決められない"},
        {"nor days", "", {"2024/7/1", "2024/7/2", "2024/7/3"}, "extra", 0, 0, "決められない"},
        {"nor circles", "", {"○", "×", "○"}, "extra", 0, 0, "決められない"},
        {"the column of ids", "Sonae-ID", {"x", "y", "z"}, "id", 100, 100, "Sonae"},
        {"nothing below", "棚の色", {"", "", ""}, "empty", 0, 0, "値がありません"},
    };
    for (const Case& one : cases) {
        std::vector<std::string> lines{fmt::format("管理番号|コンピュータ名|{}", one.header)};
        for (size_t i = 0; i < one.values.size(); i++)
            lines.push_back(fmt::format("A{}|PC{}|{}|", i, i, one.values[i]));
        std::vector<TestRow> rows;
        for (const std::string& line : lines)
            rows.push_back({line});
        Header header = header_of(sheet(rows));
        bool there = header.columns.size() > 2;
        if (std::string_view(one.use) == "empty" && !there) continue;
        ASSERT_TRUE(there) << one.what;
        const ImportColumn& column = header.columns[2];
        EXPECT_EQ(use_of(column, "device"), one.use) << one.what;
        EXPECT_GE(column.confidence, one.least) << one.what << ": " << column.reason.ja;
        EXPECT_LE(column.confidence, one.most) << one.what << ": " << column.reason.ja;
        EXPECT_NE(column.reason.ja.find(one.reason), std::string::npos)
            << one.what << ": " << column.reason.ja;
        EXPECT_FALSE(column.reason.en.empty()) << one.what;
    }
}

TEST(ImportColumns, ValuesDecideBetweenFieldsThatAHeaderCanMean) {
    // 製造 can be 製造番号 or 製造元.
    Header header = header_of(sheet({{"管理番号|設置場所|製造"}, {"A1|受付|x"}, {"A2|受付|y"}}));
    EXPECT_EQ(uses(header), "number place extra");
    EXPECT_NE(header.columns.at(2).reason.ja.find("あてはまる"), std::string::npos);
}

TEST(ImportColumns, ASheetFitsARegister) {
    struct Case {
        const char* name;
        std::vector<TestRow> rows;
        const char* target;
        const char* value;  // of its name
    };
    const Case cases[] = {
        {"サーバ",
         {{"管理番号|ホスト名|OS|設置場所"}, {"S1|sv1|Windows Server 2022|サーバ室"}},
         "device",
         "server"},
        {"NW機器", {{"管理番号|機種|設置場所"}, {"N1|RTX1210|サーバ室"}}, "device", "network"},
        {"端末一覧", {{"管理番号|PC名|OS"}, {"1|PC1|Windows 11"}}, "device", "pc"},
        {"端末", {{"管理番号|PC名|種別"}, {"1|PC1|ノートPC"}}, "device", ""},
        {"Sheet1", {{"管理番号|PC名|OS|設置場所"}, {"1|PC1|Windows 11|受付"}}, "device", ""},
        {"事業者", {{"会社名|担当者|電話番号"}, {"株式会社メディカ|田中|03-0000-0000"}}, "vendor", ""},
        {"委託先一覧",
         {{"名称|担当者|電話|住所"}, {"株式会社メディカ|田中|03-0000-0000|東京都"}},
         "vendor",
         ""},
        {"契約",
         {{"契約名|契約先|契約開始日|契約終了日"}, {"保守|株式会社メディカ|2024/4/1|2025/3/31"}},
         "contract",
         ""},
        {"クラウド",
         {{"サービス名|提供事業者|利用開始日"}, {"予約|株式会社メディカ|2024/4/1"}},
         "cloud_service",
         ""},
    };
    for (const Case& one : cases) {
        auto fits = fit(tests::source_catalog(), sheet(one.rows, {}, one.name));
        ASSERT_FALSE(fits.empty()) << one.name;
        EXPECT_EQ(fits.front().target->name, one.target) << one.name << " " << fits.front().confidence;
        EXPECT_GE(fits.front().confidence, sure_fit) << one.name;
        EXPECT_FALSE(fits.front().reason.en.empty());
        std::string value = fits.front().values.empty() ? "" : fits.front().values.front().second;
        EXPECT_EQ(value, one.value) << one.name;
    }
    auto menu = fit(tests::source_catalog(), sheet({{"メニュー|価格"}, {"定食|800"}}, {}, "食堂"));
    EXPECT_TRUE(menu.empty() || menu.front().confidence < sure_fit);
}

}  // namespace
}  // namespace sonae::exchange
