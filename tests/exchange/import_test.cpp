// Tests of importing ledgers into a record: what becomes of every row and column.
#include "exchange/import.hpp"

#include "base/encoding.hpp"
#include "base/os/file.hpp"
#include "base/text.hpp"
#include "catalog/builtin.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace sonae::exchange {
namespace {

using registers::Entry;
using registers::FieldValue;
using registers::Record;
using State = registers::State;
using Strings = std::vector<std::string>;

const catalog::Catalog& catalog_of_program() {
    static const catalog::Catalog catalog = [] {
        auto loaded = catalog::Catalog::load(catalog::builtin_json(), {});
        if (!loaded) throw std::runtime_error(loaded.error().words.en);
        return *std::move(loaded);
    }();
    return catalog;
}

std::string sample(std::string_view name) {
    return os::read_file(fmt::format("{}/samples/{}", SONAE_SOURCE, name)).value();
}
std::string fixture(std::string_view name) {
    return os::read_file(fmt::format("{}/tests/fixtures/exchange/{}", SONAE_SOURCE, name)).value();
}

// The result of a file of which one sheet was taken: that sheet, with what is said of the whole.
struct Taken : ImportSheet {
    ImportResult whole;
    std::vector<CreatedEntry> created;
};

class Import : public ::testing::Test {
 protected:
    Import() : clock_(*Date::parse_iso("2026-11-21")) {
        folder_ = std::filesystem::temp_directory_path() /
                  fmt::format("sonae-import-{}-{}", ::getpid(),
                              ::testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(folder_);
        auto made = Record::create(folder_, catalog_of_program(), clock_, "ひかり診療所", "clinic", who_);
        if (!made) throw std::runtime_error(made.error().words.en);
        auto opened = Record::open(folder_, catalog_of_program(), clock_);
        if (!opened) throw std::runtime_error(opened.error().words.en);
        record_.emplace(*std::move(opened));
    }
    ~Import() override {
        record_.reset();
        std::filesystem::remove_all(folder_);
    }

    ImportResult take_all(std::string_view register_name, std::string_view bytes,
                          ImportOptions options = {}) {
        auto result = import_file(*record_, register_name, "台帳.csv", bytes, options, who_);
        if (!result) {
            ADD_FAILURE() << result.error().words.ja;
            return {};
        }
        account_for(*result);
        return *std::move(result);
    }

    Taken take(std::string_view register_name, std::string_view bytes, ImportOptions options = {}) {
        Taken out;
        out.whole = take_all(register_name, bytes, std::move(options));
        if (out.whole.sheets.size() == 1) static_cast<ImportSheet&>(out) = out.whole.sheets.front();
        EXPECT_EQ(out.whole.sheets.size(), 1U);
        out.created = out.whole.created;
        return out;
    }

    Error refused(std::string_view register_name, std::string_view bytes, ImportOptions options = {}) {
        int64_t before = record_->history().size();
        auto result = import_file(*record_, register_name, "台帳.csv", bytes, options, who_);
        EXPECT_EQ(record_->history().size(), before);
        if (result) {
            ADD_FAILURE() << "was taken";
            return {};
        }
        return result.error();
    }

    // Every row and every column is in the result once.
    static void account_for(const ImportResult& result) {
        int64_t sum = result.skipped_count();
        for (Outcome outcome : all_outcomes)
            sum += result.count(outcome);
        EXPECT_EQ(sum, result.row_count());
        for (const ImportSheet& sheet : result.sheets)
            account_for(sheet);
    }
    static void account_for(const ImportSheet& sheet) {
        std::set<int64_t> rows;
        for (const SkippedRow& row : sheet.skipped) {
            EXPECT_TRUE(rows.insert(row.number).second);
            EXPECT_FALSE(row.reason.ja.empty());
        }
        for (const ImportRow& row : sheet.rows)
            EXPECT_TRUE(rows.insert(row.number).second);
        EXPECT_EQ(static_cast<int64_t>(rows.size()) + sheet.blank_rows, sheet.row_count);
        int64_t sum = sheet.skipped_count();
        for (Outcome outcome : all_outcomes)
            sum += sheet.count(outcome);
        EXPECT_EQ(sum, sheet.row_count);
        std::set<std::string> names;
        for (const ImportColumn& column : sheet.columns) {
            EXPECT_TRUE(names.insert(column.name).second) << column.name;
            EXPECT_EQ(column.use == ColumnUse::mapped, column.field != nullptr);
        }
        for (const ImportRow& row : sheet.rows) {
            EXPECT_EQ(left_out(row.outcome), !row.reason.ja.empty());
            EXPECT_EQ(left_out(row.outcome), row.id.empty());
            EXPECT_EQ(row.outcome == Outcome::changed, !row.changed.empty() || row.matched_by == "merged")
                << row.number;
        }
    }
    static int64_t titles(const ImportSheet& sheet) {
        return std::count_if(sheet.skipped.begin(), sheet.skipped.end(),
                             [](const SkippedRow& row) { return row.kind != RowKind::header; });
    }
    static Strings changed(const ImportRow& row) {
        Strings out;
        for (const FieldChange& change : row.changed)
            out.push_back(change.field);
        return out;
    }

    std::vector<Entry> list(std::string_view register_name) { return record_->list(register_name).value(); }
    Entry device(std::string_view number) { return record_->find("device", number).value(); }

    // Texts of a field in the children of a device, sorted; "state:text" where it is not known.
    Strings of_children(std::string_view child, const Entry& parent, std::string_view field) {
        Strings out;
        for (const Entry& entry : list(child)) {
            if (entry.field("device").text != parent.id) continue;
            const FieldValue& value = entry.field(field);
            out.push_back(value.known()
                              ? value.text
                              : fmt::format("{}:{}", registers::state_text(value.state), value.text));
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    static std::string use_of(const ImportSheet& result, std::string_view header) {
        for (const ImportColumn& column : result.columns) {
            if (column.header != header) continue;
            if (column.use != ColumnUse::mapped) return std::string(column_use_text(column.use));
            return fmt::format("{}.{}", column.target->name, column.field->name);
        }
        return "no such column";
    }

    static std::string outcomes(const ImportSheet& result) {
        std::string out;
        for (const ImportRow& row : result.rows) {
            out += fmt::format("{}{}", out.empty() ? "" : " ", outcome_text(row.outcome));
        }
        return out;
    }

    // Imports the bytes again: nothing may change.
    void again(std::string_view register_name, std::string_view bytes) {
        int64_t before = record_->history().size();
        ImportResult result = take_all(register_name, bytes);
        EXPECT_EQ(record_->history().size(), before);
        EXPECT_EQ(result.count(Outcome::added) + result.count(Outcome::changed), 0);
        EXPECT_TRUE(result.created.empty());
    }

    FixedClock clock_;
    registers::Who who_{"事務長", "台帳の取り込み", "import 台帳.csv"};
    std::filesystem::path folder_;
    std::optional<Record> record_;
};

TEST_F(Import, TheClinicsLedger) {
    std::string bytes = sample("ledger-clinic-cp932.csv");
    Taken result = take("device", bytes);
    EXPECT_EQ(result.count(Outcome::added), 9);
    EXPECT_EQ(result.header_row, 1);
    EXPECT_EQ(result.blank_rows, 0);
    const std::pair<const char*, const char*> uses[] = {{"No.", "device.number"},
                                                        {"種別", "device.kind"},
                                                        {"機種名", "device.model"},
                                                        {"ＯＳ", "device.os"},
                                                        {"ソフト名", "software.name"},
                                                        {"Ver", "software.software_version"},
                                                        {"IPアドレス", "interface.address"},
                                                        {"PC名", "device.hostname"},
                                                        {"場所", "device.place"},
                                                        {"使用者", "device.user"},
                                                        {"購入日", "device.acquired_on"},
                                                        {"使用状況", "device.status"},
                                                        {"保守業者", "device.maintainer"},
                                                        {"備考", "device.note"}};
    for (auto [header, use] : uses)
        EXPECT_EQ(use_of(result, header), use) << header;

    EXPECT_EQ(of_children("interface", device("5"), "address"), (Strings{"192.168.10.14", "192.168.20.14"}));
    EXPECT_EQ(of_children("software", device("5"), "software_version"), Strings{"3.4"});
    EXPECT_EQ(of_children("software", device("4"), "software_version"), Strings{"never_asked:"});
    EXPECT_EQ(of_children("interface", device("7"), "address"), Strings{});
    EXPECT_EQ(device("7").field("model").state, State::unknown);
    EXPECT_EQ(device("6").field("os").text, "15.02.17");
    EXPECT_EQ(device("1").field("note").text, "UPS あり");
    EXPECT_EQ(device("1").field("kind").text, "server");
    EXPECT_EQ(device("6").field("kind").text, "network");
    EXPECT_EQ(device("9").field("status").text, "awaiting_disposal");
    const std::pair<const char*, const char*> dates[] = {
        {"1", "2020-04-01"}, {"2", "2021-05-10"}, {"3", "2023-11-01"},
        {"4", "2022-03-01"}, {"5", "2018-12-01"}, {"6", "2019-03-20"},
        {"7", ""},           {"8", "2021-03-15"}, {"9", "2011-06-01"}};
    for (auto [number, date] : dates)
        EXPECT_EQ(device(number).field("acquired_on").text, date) << number;

    std::set<std::string> created;
    for (const CreatedEntry& entry : result.created) {
        EXPECT_EQ(entry.register_name, "vendor");
        created.insert(entry.name);
    }
    EXPECT_EQ(created, (std::set<std::string>{"株式会社メディカ", "株式会社レセ", "合同会社イメージ"}));
    EXPECT_NE(import_text(result.whole, false).find("事業者: 名前から新規 3（株式会社メディカ、"),
              std::string::npos);
    EXPECT_EQ(result.created.size(), 3U);
    for (const ImportRow& row : result.rows)
        EXPECT_TRUE(row.unreadable.empty()) << row.number;
    again("device", bytes);
}

TEST_F(Import, TheClinicsLedgerAsLibreOfficeSavesIt) {
    Taken result = take("device", fixture("libreoffice-clinic.xlsx"));
    EXPECT_EQ(result.count(Outcome::added), 9);
    EXPECT_EQ(device("4").field("acquired_on").text, "2022-03-01");
    // What the CSV says is what the workbook says: nothing but the spelling of some dates is different.
    again("device", sample("ledger-clinic-cp932.csv"));
}

TEST_F(Import, TheMinistrysExample) {
    for (const char* name : {"ledger-seed.csv", "ledger-seed.xlsx"}) {
        Taken result = take("device", sample(name));
        bool first = std::string_view(name).ends_with("csv");
        EXPECT_EQ(result.count(first ? Outcome::added : Outcome::same), 4) << name << " " << outcomes(result);
        EXPECT_EQ(result.header_row, first ? 1 : 4);
        EXPECT_EQ(titles(result), first ? 0 : 2);
        EXPECT_EQ(result.blank_rows, first ? 0 : 1);
        for (const ImportRow& row : result.rows) {
            ASSERT_EQ(row.unreadable.size(), 1U);
            EXPECT_EQ(row.unreadable[0].register_name, "interface");
            EXPECT_EQ(row.unreadable[0].written, "192.168.〇.〇");
        }
    }
    EXPECT_EQ(list("device").size(), 4U);
    EXPECT_EQ(list("interface").size(), 4U);
    EXPECT_EQ(list("software").size(), 4U);
    EXPECT_EQ(of_children("interface", device("001"), "address"), Strings{"unreadable:192.168.〇.〇"});
    EXPECT_EQ(device("004").field("user").text, "a医師(〇〇科)、b医師(〇〇科)、c医師(△△科)");
    EXPECT_EQ(device("003").field("registered_on").text, "2014-10-01");
    EXPECT_EQ(device("002").field("status").text, "stopped");
}

TEST_F(Import, CloudServices) {
    Taken result = take("cloud_service", sample("cloud-services.csv"));
    EXPECT_EQ(result.count(Outcome::added), 2);
    for (const ImportColumn& column : result.columns)
        EXPECT_EQ(column.use, ColumnUse::mapped) << column.header;
    EXPECT_EQ(list("cloud_service").size(), 2U);
    EXPECT_EQ(record_->find("cloud_service", "Web予約")->field("started_on").text, "2022-06-01");
    again("cloud_service", sample("cloud-services.csv"));
    again("cloud_service", fixture("libreoffice-cloud.xlsx"));
}

TEST_F(Import, AWorkbookWithSeveralSheets) {
    std::string bytes = fixture("openpyxl-ledger.xlsx");
    Taken result = take("device", bytes);
    EXPECT_EQ(result.name, "機器");
    EXPECT_EQ(result.header_row, 4);
    EXPECT_EQ(titles(result), 2);
    EXPECT_EQ(result.blank_rows, 2);  // rows 3 and 7
    EXPECT_EQ(result.count(Outcome::added), 4);
    ASSERT_EQ(result.whole.other_sheets.size(), 2U);
    EXPECT_EQ(result.whole.other_sheets[0].name, "表紙");
    EXPECT_EQ(result.whole.other_sheets[1].name, "旧台帳");  // hidden
    Entry server = device("001");
    EXPECT_EQ(of_children("interface", server, "address"), (Strings{"10.0.0.1", "10.0.1.1"}));
    EXPECT_EQ(of_children("software", server, "name"), (Strings{"レセコン RX", "電子カルテ Karte-X"}));
    EXPECT_EQ(of_children("software", server, "software_version"), (Strings{"3.4", "8.1.2"}));
    EXPECT_EQ(server.extra.find("予備")->second, "TRUE");
    Entry spare = device("3");
    EXPECT_EQ(spare.field("os").state, State::unknown);
    EXPECT_EQ(of_children("interface", spare, "address"), Strings{});
    EXPECT_EQ(of_children("software", spare, "name"), Strings{});
    EXPECT_EQ(device("4").field("acquired_on").text, "2024-07");
    again("device", bytes);
}

TEST_F(Import, EncodingsMakeTheSameRecord) {
    std::string utf8 = decode_text(sample("ledger-clinic-cp932.csv")).value();
    take("device", utf8);
    again("device", "\xef\xbb\xbf" + utf8);
    again("device", sample("ledger-clinic-cp932.csv"));
}

TEST_F(Import, OnlyTheColumnsPresentChange) {
    take("device", "管理番号,設置場所,OS,棚\nA1,受付,Windows 11,赤\nA2,診察室,Windows 11,青\n");
    Taken result =
        take("device", "管理番号,OS,設置場所,棚\nＡ－１,Windows 10,,\nA2,Windows 11,,青\nA3,,薬局,\n");
    EXPECT_EQ(outcomes(result), "changed same new");
    EXPECT_EQ(changed(result.rows[0]), (Strings{"number", "os"}));
    EXPECT_EQ(device("A1").field("os").text, "Windows 10");
    EXPECT_EQ(device("A1").field("place").text, "受付");  // a blank cell does not clear
    EXPECT_EQ(device("A1").extra.find("棚")->second, "赤");
    EXPECT_EQ(list("device").size(), 3U);
}

TEST_F(Import, TheSameKeyTwiceInAFile) {
    Taken result = take("device", "管理番号,設置場所\nA1,受付\nA-1,診察室\n1-1,x\n11,y\n");
    EXPECT_EQ(outcomes(result), "new conflict new new");  // 1-1 and 11 are two devices
    EXPECT_NE(result.rows[1].reason.ja.find("2行目"), std::string::npos) << result.rows[1].reason.ja;
    EXPECT_EQ(device("A1").field("place").text, "受付");
    Error error = refused("device", "管理番号,設置場所\nB1,受付\nB1,診察室\n", {{}, false, true});
    EXPECT_EQ(error.code, Code::refused);
    EXPECT_NE(error.words.ja.find("3行目"), std::string::npos) << error.words.ja;
    EXPECT_EQ(list("device").size(), 3U);
}

TEST_F(Import, RowsThatCannotBeTaken) {
    Taken result = take("vendor", "事業者名,電話番号\n株式会社メディカ,03-0000-0000\n,03-1111-1111\n" +
                                      std::string("レセ社,") + std::string(4001, '1') + "\n");
    EXPECT_EQ(outcomes(result), "new refused refused");
    EXPECT_NE(result.rows[1].reason.ja.find("事業者名"), std::string::npos);
    EXPECT_NE(result.rows[2].reason.ja.find("電話番号"), std::string::npos);
    // 4,000 characters are fine, however many bytes they are.
    std::string text;
    for (int i = 0; i < 4000; i++)
        text += "あ";
    EXPECT_EQ(outcomes(take("vendor", "事業者名,備考\n文章社," + text + "\n")), "new");
    // Vendors are the same without the form of company.
    EXPECT_EQ(outcomes(take("vendor", "事業者名,電話番号\n㈱メディカ,03-2222-2222\n")), "changed");
    EXPECT_EQ(list("vendor").size(), 2U);
}

TEST_F(Import, RowsWithoutAKeyAreTheSameWhenAllIs) {
    const char* file =
        "管理番号,設置場所,IPアドレス,保守業者,棚\n,受付,10.0.0.1,株式会社メディカ,赤\n"
        ",受付,10.0.0.2,株式会社メディカ,赤\n不明,診察室,,,\n";
    EXPECT_EQ(outcomes(take("device", file)), "new new new");
    again("device", file);
    EXPECT_EQ(list("device").size(), 3U);
    EXPECT_EQ(outcomes(take("device", "管理番号,設置場所\n,薬局\n")), "new");
}

TEST_F(Import, ValuesThatDoNotFitAreKeptAndReported) {
    Taken result = take(
        "device", "管理番号,購入日,種別,IPアドレス\nA1,去年の春ごろ,なにか,DHCP 自動\nA2,?,-,10.0.0.1/24\n");
    EXPECT_EQ(outcomes(result), "new new");
    ASSERT_EQ(result.rows[0].unreadable.size(), 3U);
    EXPECT_EQ(result.rows[0].unreadable[0].written, "去年の春ごろ");
    EXPECT_EQ(result.rows[0].unreadable[0].label.ja, "購入日・導入日");
    EXPECT_EQ(device("A1").field("acquired_on").state, State::unreadable);
    EXPECT_EQ(of_children("interface", device("A1"), "address"), Strings{"unreadable:DHCP 自動"});
    EXPECT_EQ(device("A2").field("acquired_on").state, State::unknown);
    EXPECT_EQ(device("A2").field("kind").state, State::none);
    EXPECT_EQ(of_children("interface", device("A2"), "address"), Strings{"10.0.0.1"});
}

TEST_F(Import, SeveralAddressesInACell) {
    take("device",
         "管理番号,IPアドレス,MACアドレス\n"
         "1,10.0.0.1 10.0.1.1,00:11:22:33:44:01 00:11:22:33:44:02\n"
         "2,\"10.0.0.2、10.0.1.2\",\n"
         "3,10.0.0.3／10.0.1.3,\n"
         "4,10.0.0.4/24,00-11-22-33-44-04\n"
         "5,10.0.0.5/24 / 10.0.1.5/24,\n"
         "6,\"10.0.0.6\n10.0.0.6\",\n"
         "7,,00:11:22:33:44:07\n"
         "8,不明,\n"
         "9,-,\n");
    auto addresses = [&](std::string_view number) {
        return of_children("interface", device(number), "address");
    };
    EXPECT_EQ(addresses("1"), (Strings{"10.0.0.1", "10.0.1.1"}));
    EXPECT_EQ(of_children("interface", device("1"), "mac"),
              (Strings{"00:11:22:33:44:01", "00:11:22:33:44:02"}));
    EXPECT_EQ(addresses("2"), (Strings{"10.0.0.2", "10.0.1.2"}));
    EXPECT_EQ(addresses("3"), (Strings{"10.0.0.3", "10.0.1.3"}));
    EXPECT_EQ(addresses("4"), Strings{"10.0.0.4"});
    EXPECT_EQ(addresses("5"), (Strings{"10.0.0.5", "10.0.1.5"}));
    EXPECT_EQ(addresses("6"), Strings{"10.0.0.6"});  // written twice, there once
    EXPECT_EQ(of_children("interface", device("7"), "mac"), Strings{"00:11:22:33:44:07"});
    EXPECT_EQ(addresses("8"), Strings{"unknown:"});  // that nobody knows it is a fact of its own
    EXPECT_EQ(addresses("9"), Strings{});
}

TEST_F(Import, SoftwareInSeveralColumnsAndLines) {
    const char* file =
        "管理番号,ソフト名1,Ver1,ソフト名2,Ver2\n"
        "1,電子カルテ Karte-X,8.1,レセコン RX,3.4\n"
        "2,A/B 連携 ソフト,1.0,,\n"
        "3,\"甲\n乙\",2.0,,\n"
        "4,,9.9,,\n"
        "5,不明,,-,-\n";
    Taken result = take("device", file);
    auto names = [&](std::string_view number) { return of_children("software", device(number), "name"); };
    auto versions = [&](std::string_view number) {
        return of_children("software", device(number), "software_version");
    };
    EXPECT_EQ(names("1"), (Strings{"レセコン RX", "電子カルテ Karte-X"}));
    EXPECT_EQ(versions("1"), (Strings{"3.4", "8.1"}));
    EXPECT_EQ(names("2"), Strings{"A/B 連携 ソフト"});
    // One version for two programs: nobody can say whose it is, so it stays beside the device.
    EXPECT_EQ(names("3"), (Strings{"乙", "甲"}));
    EXPECT_EQ(versions("3"), (Strings{"never_asked:", "never_asked:"}));
    EXPECT_EQ(device("3").extra.find("Ver1")->second, "2.0");
    EXPECT_EQ(result.rows[2].notes.size(), 1U);
    // A version without a program is not lost either.
    EXPECT_EQ(names("4"), Strings{});
    EXPECT_EQ(device("4").extra.find("Ver1")->second, "9.9");
    EXPECT_EQ(result.rows[3].notes.size(), 1U);
    EXPECT_EQ(names("5"), Strings{"unknown:"});
    again("device", file);
}

TEST_F(Import, ChildrenAreMetAgainByName) {
    take("device", "管理番号,ソフトウェア,ソフトウェアバージョン,IPアドレス\nA1,電子カルテ,1.0,10.0.0.1\n");
    Taken result = take(
        "device", "管理番号,ソフトウェア,ソフトウェアバージョン,IPアドレス\nA1,電子カルテ,2.0,10.0.0.9\n");
    EXPECT_EQ(outcomes(result), "changed");
    EXPECT_EQ(changed(result.rows[0]), (Strings{"interface.address", "software.software_version"}));
    EXPECT_EQ(of_children("software", device("A1"), "software_version"), Strings{"2.0"});
    // The old address is left for a person to decide, and named.
    EXPECT_EQ(of_children("interface", device("A1"), "address"), (Strings{"10.0.0.1", "10.0.0.9"}));
    ASSERT_EQ(result.rows[0].notes.size(), 1U);
    EXPECT_NE(result.rows[0].notes[0].ja.find("10.0.0.1"), std::string::npos);
}

TEST_F(Import, ColumnsWithoutAField) {
    Taken result = take("device", "管理番号,棚の色,,棚の色,空欄,,設置場所\nA1,赤,無題,青,,,受付\n");
    EXPECT_EQ(use_of(result, "棚の色"), "extra");
    EXPECT_EQ(use_of(result, "空欄"), "empty");
    auto extra = device("A1").extra;
    EXPECT_EQ(extra.size(), 3U);
    EXPECT_EQ(extra["棚の色"], "赤");
    EXPECT_EQ(extra["列C"], "無題");
    EXPECT_EQ(extra["棚の色 (列D)"], "青");
    EXPECT_EQ(result.columns[5].use, ColumnUse::empty);
}

TEST_F(Import, HeadersAreGuessedWithCare) {
    Taken result =
        take("device",
             "管理番号（必須）,機器の設置場所,POS端末,担当者連絡先,Ver,コンピューター名,名称,Server名,製造\n"
             "A1,受付,x,03-0000-0000,1,PC1,y,z,w\n");
    EXPECT_EQ(use_of(result, "管理番号（必須）"), "device.number");
    EXPECT_EQ(use_of(result, "機器の設置場所"), "device.place");
    EXPECT_EQ(use_of(result, "POS端末"), "extra");       // no OS in it
    EXPECT_EQ(use_of(result, "担当者連絡先"), "extra");  // what it means stands last
    EXPECT_EQ(use_of(result, "Ver"), "extra");           // a version of nothing
    EXPECT_EQ(use_of(result, "コンピューター名"), "device.hostname");
    EXPECT_EQ(use_of(result, "名称"), "device.model");  // as in 機器名称; the computer has its own
    EXPECT_EQ(use_of(result, "Server名"), "extra");
    EXPECT_EQ(use_of(result, "製造"), "extra");  // 製造番号 or 製造元
}

TEST_F(Import, ColumnsThatTheCallerNames) {
    const char* file = "台帳\n\nここ,番号札,版らしきもの,中身,秘密\n受付,A1,1.0,電子カルテ,x\n";
    refused("device", file);  // nothing here means a field
    Taken result = take("device", file,
                        {{"ここ=place", "番号札=number", "版らしきもの=software.ソフトウェアバージョン",
                          "D=software.name", "秘密=-"},
                         false,
                         false});
    EXPECT_EQ(result.header_row, 3);
    EXPECT_EQ(device("A1").field("place").text, "受付");
    EXPECT_EQ(of_children("software", device("A1"), "software_version"), Strings{"1.0"});
    EXPECT_EQ(use_of(result, "秘密"), "ignored");
    EXPECT_TRUE(device("A1").extra.empty());
    // A mapping goes before what would be guessed.
    Taken other = take("device", "管理番号,備考\nA2,受付\n", {{"備考=設置場所"}, false, false});
    EXPECT_EQ(use_of(other, "備考"), "device.place");

    const char* plain = "管理番号,設置場所,メモ\nA3,受付,x\n";
    auto code = [&](std::vector<std::string> map) {
        return refused("device", plain, {std::move(map), false, false}).code;
    };
    EXPECT_EQ(code({"メモ=nonsense"}), Code::unknown_field);
    EXPECT_EQ(code({"メモ=software.nonsense"}), Code::unknown_field);
    EXPECT_EQ(code({"メモ=vendor.name"}), Code::unknown_field);  // not made from a device's row
    EXPECT_EQ(code({"メモ=software.device"}), Code::unknown_field);
    EXPECT_EQ(code({"ない列=place"}), Code::not_found);
    EXPECT_EQ(code({"ZZ=place"}), Code::not_found);
    EXPECT_EQ(code({"メモ"}), Code::usage);
    EXPECT_EQ(code({"=place"}), Code::usage);
    EXPECT_EQ(code({"メモ=place", "設置場所=place"}), Code::usage);
}

TEST_F(Import, ADryRunTellsAllAndChangesNothing) {
    int64_t before = record_->history().size();
    Taken plan = take("device", sample("ledger-clinic-cp932.csv"), {{}, true, false});
    EXPECT_EQ(plan.count(Outcome::added), 9);
    EXPECT_EQ(plan.created.size(), 3U);
    EXPECT_EQ(record_->history().size(), before);
    EXPECT_TRUE(list("device").empty());
    EXPECT_NE(import_text(plan.whole, false).find("管理番号"), std::string::npos);
    EXPECT_NE(import_text(plan.whole, false).find("まだ何も変更していません"), std::string::npos);
}

TEST_F(Import, TheHeaderRowIsFoundOrNot) {
    Taken page = take("device",
                      "ひかり診療所 機器台帳,,\n,,\n管理番号,コンピュータ名,設置場所\nA1,PC1,受付\n"
                      "管理番号,コンピュータ名,設置場所\nA2,PC2,診察室\n");
    EXPECT_EQ(page.header_row, 3);
    EXPECT_EQ(page.skipped.size(), 3U);  // the title, and the header repeated on the second page
    EXPECT_EQ(page.count(Outcome::added), 2);
    EXPECT_EQ(take("vendor", "事業者名\nメディカ\n").count(Outcome::added),
              1);  // one column is enough where there is one
    Error error = refused("device", "りんご,みかん\n1,2\n");
    EXPECT_EQ(error.code, Code::bad_file);
    EXPECT_NE(error.words.ja.find("管理番号"), std::string::npos) << error.words.ja;
    EXPECT_NE(error.words.ja.find("台帳.csv"), std::string::npos);
    std::string late(31, '\n');
    refused("device", "x\n" + late + "管理番号,設置場所\nA1,受付\n");
    EXPECT_EQ(refused("devices", "a,b\n").code, Code::unknown_register);
    EXPECT_EQ(refused("answer", "a,b\n").code, Code::refused);
    EXPECT_EQ(refused("device", "").code, Code::bad_file);
    EXPECT_EQ(take("device", "管理番号,設置場所\n").rows.size(), 0U);  // a ledger without rows
}

// A register has nothing to do with the importer but its description: each can be imported.
TEST_F(Import, EveryRegisterTakesItsOwnLabels) {
    for (const catalog::Register& description : catalog_of_program().registers()) {
        if (description.internal || description.single || !description.parent_field.empty()) continue;
        std::string head;
        std::string row;
        for (const catalog::Field& field : description.fields) {
            if (field.internal || field.type == catalog::Type::reference) continue;
            head += fmt::format("{}\"{}\"", head.empty() ? "" : ",", field.label.ja);
            std::string value = field.type == catalog::Type::text ? field.name : "";
            if (field.type == catalog::Type::choice) value = field.choices.front().label.ja;
            if (field.type == catalog::Type::date) value = "令和6年7月1日";
            if (field.required && value.empty()) value = "1";
            row += fmt::format("{}\"{}\"", row.empty() ? "" : ",", value);
        }
        SCOPED_TRACE(description.name);
        bool required_reference = std::any_of(
            description.fields.begin(), description.fields.end(),
            [](const auto& field) { return field.required && field.type == catalog::Type::reference; });
        Taken result = take(description.name, head + "\n" + row + "\n");
        EXPECT_EQ(outcomes(result), required_reference ? "refused" : "new");
        for (const ImportRow& one : result.rows)
            EXPECT_TRUE(one.unreadable.empty());
        if (!required_reference) again(description.name, head + "\n" + row + "\n");
    }
}

TEST_F(Import, TheReportForProgramsAndPeople) {
    Taken result = take(
        "device", "題\n\n管理番号,購入日,棚,ソフト名,Ver\nA1,去年,赤,甲、乙,1\nA1,,,,\nA2,2024/7/1,,,\n");
    json::object whole = import_json(result.whole);
    EXPECT_EQ(whole["counts"].as_object().at("new"), 2);
    EXPECT_TRUE(whole["import"].is_string());
    json::object object = whole["sheets"].as_array().at(0).as_object();
    EXPECT_EQ(object["register"], "device");
    EXPECT_EQ(object["header_row"], 3);
    const json::object& counts = object["counts"].as_object();
    EXPECT_EQ(counts.at("rows"), 6);
    EXPECT_EQ(counts.at("new"), 2);
    EXPECT_EQ(counts.at("conflict"), 1);
    EXPECT_EQ(counts.at("skipped"), 3);
    EXPECT_EQ(counts.at("kinds").as_object().at("blank"), 1);
    EXPECT_EQ(counts.at("kinds").as_object().at("title"), 1);
    EXPECT_EQ(object["columns"].as_array()[2].at("extra"), "棚");
    EXPECT_EQ(object["columns"].as_array()[3].at("field"), "name");
    EXPECT_EQ(object["rows"].as_array()[0].at("outcome"), "new");
    EXPECT_EQ(object["rows"].as_array()[0].at("unreadable").as_array()[0].at("written"), "去年");
    EXPECT_TRUE(object["rows"].as_array()[1].at("reason").as_object().contains("ja"));
    std::string ja = import_text(result.whole, false);
    for (const char* part :
         {"台帳.csv を「機器」に取り込みました。", "新規 2、変更 0、変更なし 0、食い違い 1", "4行目（A1）",
          "「去年」", "C 棚 → 補足として残します", "どれのものか", "sonae import --undo"}) {
        EXPECT_NE(ja.find(part), std::string::npos) << part << "\n" << ja;
    }
    std::string en = import_text(result.whole, true);
    for (const char* part : {"6 rows: 2 new", "Row 4 (A1)", "\"去年\"", "kept as an extra field"}) {
        EXPECT_NE(en.find(part), std::string::npos) << part << "\n" << en;
    }
}

}  // namespace
}  // namespace sonae::exchange
