// What an export writes, and that importing it again changes nothing.
#include "exchange/export.hpp"

#include "base/text.hpp"
#include "exchange/export_columns.hpp"
#include "exchange/import.hpp"
#include "exchange/own_headers.hpp"
#include "exchange/template.hpp"
#include "exchange/written.hpp"
#include "facts.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace sonae::exchange {
namespace {

using registers::Command;
using registers::Entry;
using registers::Listing;
using tests::Folder;
using tests::FreshRecord;
using tests::source_catalog;
using tests::tester;

Listing all_of(const std::string& name) {
    Listing listing;
    listing.register_name = name;
    return listing;
}

std::string bytes_of(const std::filesystem::path& file) {
    auto bytes = os::read_file(file);
    EXPECT_TRUE(bytes) << bytes.error().words.en;
    return bytes ? *bytes : std::string();
}

// Exports and gives the bytes.
std::string exported(const registers::Record& record, const std::string& name,
                     ExportOptions options = {FileFormat::csv, CsvEncoding::utf8, false}) {
    Folder folder;
    const auto place = folder.path() / (options.format == FileFormat::csv ? "a.csv" : "a.xlsx");
    auto done = export_file(record, {all_of(name)}, place, options);
    EXPECT_TRUE(done) << done.error().words.en;
    return done ? bytes_of(place) : std::string();
}

Table table_of(std::string_view bytes) {
    auto book = read_workbook(bytes, "a");
    EXPECT_TRUE(book) << book.error().words.en;
    return book && !book->tables.empty() ? book->tables.front() : Table();
}

// The text of the first data row below a header; nothing where there is no such column.
std::string cell(const Table& table, std::string_view header, size_t row = 1) {
    const auto& head = table.rows.at(0).cells;
    for (size_t i = 0; i < head.size(); i++) {
        if (head[i] == header)
            return i < table.rows.at(row).cells.size() ? std::string(table.rows[row].cells[i]) : "";
    }
    return "(no such column)";
}

TEST(Export, WritesValuesInTheWordsOfPeople) {
    FreshRecord record;
    record.lines(
        R"({"register":"vendor","name":"株式会社メディカ"})"
        "\n"
        R"({"register":"device","number":"001","kind":"server","acquired_on":"2024-07-01",)"
        R"("lease_until":"2027-03","remote_maintenance":"はい","maintainer":"株式会社メディカ","os":"?",)"
        R"("place":"-","log_months":"12","stopped_on":"いつか","log_fields":"利用者、操作内容"})");
    for (FileFormat format : {FileFormat::csv, FileFormat::xlsx}) {
        Table table = table_of(exported(*record, "device", {format, CsvEncoding::utf8, false}));
        ASSERT_EQ(table.rows.size(), 2U);
        EXPECT_EQ(table.rows[0].cells[0], "Sonae-ID");
        EXPECT_EQ(cell(table, "Sonae-ID"), record->find("device", "001")->id);
        EXPECT_EQ(cell(table, "管理番号"), "001");
        EXPECT_EQ(cell(table, "種別"), "サーバ");
        EXPECT_EQ(cell(table, "購入日・導入日"), "2024-07-01");
        EXPECT_EQ(cell(table, "リース期限"), "2027-03");
        EXPECT_EQ(cell(table, "リモート保守あり"), "はい");
        EXPECT_EQ(cell(table, "保守業者"), "株式会社メディカ");
        EXPECT_EQ(cell(table, "OS・ファームウェア"), "不明");
        EXPECT_EQ(cell(table, "設置場所"), "－");
        EXPECT_EQ(cell(table, "ログの保存月数"), "12");
        EXPECT_EQ(cell(table, "停止した日"), "いつか");
        EXPECT_EQ(cell(table, "ログに残る内容"), "利用者、操作内容");
        EXPECT_EQ(cell(table, "メーカー"), "");
    }
}

TEST(Export, ChildrenAreNumberedGroupsAndExtraColumnsMarked) {
    FreshRecord record;
    Command add;
    add.action = "add";
    add.register_name = "device";
    add.values = {{"number", "1"}};
    add.extra = {{"拠点", "本院"}};
    ASSERT_TRUE(record->apply({add}, tester));
    record.lines(R"({"register":"software","device":"1","name":"B","software_version":"2"})"
                 "\n"
                 R"({"register":"software","device":"1","name":"A"})"
                 "\n"
                 R"({"register":"interface","device":"1","address":"10.0.0.1"})");
    Table table = table_of(exported(*record, "device"));
    EXPECT_EQ(cell(table, "ソフトウェア1"), "A");
    EXPECT_EQ(cell(table, "ソフトウェア2"), "B");
    EXPECT_EQ(cell(table, "ソフトウェアバージョン1"), "");
    EXPECT_EQ(cell(table, "ソフトウェアバージョン2"), "2");
    EXPECT_EQ(cell(table, "IPアドレス1"), "10.0.0.1");
    EXPECT_EQ(cell(table, "補足：拠点"), "本院");
    EXPECT_EQ(cell(table, "ソフトウェア Sonae-ID2"), record->find("software", "B 2")->id);
    EXPECT_EQ(cell(table, "IPアドレス2"), "(no such column)");
}

TEST(Export, AnEntryThatItsNameDoesNotFindIsReferredToById) {
    FreshRecord record;
    auto made =
        record.facts(json::array{json::object{{"register", "vendor"}, {"id", "a"}, {"name", "メディカ"}},
                                 json::object{{"register", "vendor"}, {"id", "b"}, {"name", "(株)メディカ"}},
                                 json::object{{"register", "vendor"}, {"id", "c"}, {"name", "ほか"}},
                                 json::object{{"register", "device"}, {"number", "1"}, {"maintainer", "a"}},
                                 json::object{{"register", "device"}, {"number", "2"}, {"maintainer", "c"}}});
    ASSERT_EQ(made.size(), 5U);
    Table table = table_of(exported(*record, "device"));
    EXPECT_EQ(cell(table, "保守業者", 1), made[0].id);
    EXPECT_EQ(cell(table, "保守業者", 2), "ほか");
}

TEST(Export, NothingInACsvFileBecomesAFormula) {
    for (const char* text : {"=1+1", "+81-3-1234", "-x", "@a", "\t=1", "＝1", "'=1", "''@", "－5"}) {
        const std::string safe = guarded(text);
        EXPECT_EQ(safe, "'" + std::string(text));
        EXPECT_EQ(unguarded(safe), text);
    }
    for (const char* text : {"", "'", "a=1", "'a", "－", "O'Neill", "''"}) {
        EXPECT_EQ(guarded(text), text);
        EXPECT_EQ(unguarded(text), text);
    }
}

TEST(Export, Cp932NamesWhatItCannotWrite) {
    FreshRecord record;
    record.lines(R"({"register":"device","number":"1","place":"①診察室～髙橋"})");
    ExportOptions cp932{FileFormat::csv, CsvEncoding::cp932, false};
    Table table = table_of(exported(*record, "device", cp932));
    EXPECT_EQ(cell(table, "設置場所"), "①診察室～髙橋");
    record.lines(R"({"register":"device","number":"2","note":"𠮷野 😀"})");
    Folder folder;
    auto refused = export_file(*record, {all_of("device")}, folder.path() / "a.csv", cp932);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::bad_encoding);
    for (const char* part : {"𠮷", "😀", "説明・備考", "機器「2」"})
        EXPECT_NE(refused.error().words.ja.find(part), std::string::npos) << refused.error().words.ja;
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Export, NeverReplacesAFileUnlessTold) {
    FreshRecord record;
    Folder folder;
    const auto place = folder.path() / "a.xlsx";
    ASSERT_TRUE(os::write_file(place, "mine"));
    auto refused = export_file(*record, all_registers(*record), place, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::exists);
    EXPECT_EQ(bytes_of(place), "mine");
    ExportOptions force;
    force.replace = true;
    auto done = export_file(*record, all_registers(*record), place, force);
    ASSERT_TRUE(done) << done.error().words.en;
    EXPECT_TRUE(read_workbook(bytes_of(place), "a.xlsx"));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Export, ATextThatNoCellHoldsIsRefusedNotCut) {
    FreshRecord record;
    record.facts(json::array{
        json::object{{"register", "device"}, {"number", "1"}, {"note", std::string(40'000, 'x')}}});
    Folder folder;
    auto refused = export_file(*record, {all_of("device")}, folder.path() / "a.xlsx", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::bad_value);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    EXPECT_EQ(cell(table_of(exported(*record, "device")), "説明・備考").size(), 40'000U);
}

TEST(Export, EveryHeaderOfEveryRegisterIsReadBack) {
    for (const catalog::Register& one : source_catalog().registers()) {
        OwnHeaders headers(source_catalog(), one);
        ColumnPlan plan;
        plan.children.resize(one.import_children.size(), ChildColumns{3, {}});
        plan.extras = {"拠点", "補足：拠点", "Sonae-ID", "ソフトウェア1", "=a"};
        auto columns = export_columns(source_catalog(), one, plan);
        ASSERT_TRUE(columns) << columns.error().words.en;
        std::set<std::string> names;
        for (const ExportColumn& column : *columns)
            EXPECT_TRUE(names.insert(column.header).second) << one.name << ' ' << column.header;
    }
}

// ---- templates --------------------------------------------------------------------------------------------

TEST(Template, EveryRegisterHasOneThatIsImportedAsItIs) {
    Folder folder;
    const auto csv = folder.path() / "a.csv";
    const auto xlsx = folder.path() / "a.xlsx";
    for (const catalog::Register& one : source_catalog().registers()) {
        ExportOptions options{FileFormat::csv, CsvEncoding::cp932, true};
        auto made = write_template(source_catalog(), one.name, csv, options, 0);
        if (one.internal) {
            EXPECT_EQ(made.error().code, Code::refused);
            continue;
        }
        ASSERT_TRUE(made) << made.error().words.en;
        ASSERT_TRUE(write_template(source_catalog(), one.name, xlsx, {FileFormat::xlsx, {}, true}, 0));
        EXPECT_FALSE(one.examples.empty()) << one.name;

        // Blank: nothing to import, and every column means what it says.
        auto book = read_workbook(bytes_of(xlsx), "a.xlsx");
        ASSERT_TRUE(book) << book.error().words.en;
        ASSERT_EQ(book->tables.size(), 3U);
        std::string sheet = one.label.ja;  // a sheet cannot have a slash in its name
        std::ranges::replace(sheet, '/', '_');
        EXPECT_EQ(book->tables[0].name, sheet);
        auto header = find_header(source_catalog(), one, book->tables[0], {});
        ASSERT_TRUE(header) << one.name;
        OwnHeaders own(source_catalog(), one);
        for (const ImportColumn& column : header->columns) {
            auto meant = own.read(column.header);
            ASSERT_TRUE(meant) << one.name << ' ' << column.header;
            EXPECT_EQ(column.use, ColumnUse::mapped) << one.name << ' ' << column.header;
            EXPECT_EQ(column.field, meant->field) << one.name << ' ' << column.header;
            EXPECT_EQ(column.target, meant->target) << one.name << ' ' << column.header;
            if (meant->kind == OwnColumn::Kind::child) EXPECT_EQ(column.group, meant->group) << column.header;
        }

        // Filled in like its examples: every row is taken, and every value can be read.
        FreshRecord record;
        const Table& examples = book->tables[1];
        EXPECT_EQ(examples.name, "記入例");
        std::string text;
        for (const TableRow& row : examples.rows) {
            if (row.number <= 2) continue;
            for (std::string_view value : row.cells)
                text += fmt::format("\"{}\",", value);
            text += "\r\n";
        }
        auto result = import_file(*record, one.name, "a.csv", text, {}, tester);
        ASSERT_TRUE(result) << one.name << ' ' << result.error().words.en;
        const json::object counts = import_json(*result).at("counts").as_object();
        EXPECT_EQ(counts.at("refused").as_int64(), 0) << one.name << import_text(*result, true);
        EXPECT_EQ(counts.at("new").as_int64() + counts.at("changed").as_int64(),
                  static_cast<int64_t>(one.examples.size()))
            << one.name << import_text(*result, true);
        const std::vector<Entry> entries = record->list(one.name).value();
        for (const Entry& entry : entries) {
            // What an example refers to is not in this record, and not every register can be made from a
            // name.
            for (const auto& [name, value] : entry.fields) {
                if (one.field(name)->type == catalog::Type::reference) continue;
                EXPECT_NE(value.state, registers::State::unreadable)
                    << one.name << ' ' << name << ' ' << value.text;
            }
            EXPECT_TRUE(entry.extra.empty()) << one.name << ' ' << entry.extra.begin()->first;
        }
    }
}

}  // namespace
}  // namespace sonae::exchange
