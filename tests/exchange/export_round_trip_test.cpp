// Importing an export again changes nothing, whatever the registers hold.
#include "base/text.hpp"
#include "exchange/export.hpp"
#include "exchange/import.hpp"
#include "facts.hpp"
#include "register/value.hpp"
#include "share.hpp"

#include <map>
#include <sstream>

#include <fmt/format.h>
#include <rapidcheck.h>

namespace sonae::exchange {
namespace {

using registers::Command;
using registers::Entry;
using tests::Folder;
using tests::FreshRecord;
using tests::source_catalog;
using tests::tester;

std::string exported(const registers::Record& record, const std::string& name, const ExportOptions& options) {
    Folder folder;
    const auto place = folder.path() / "export";
    registers::Listing listing;
    listing.register_name = name;
    auto done = export_file(record, {listing}, place, options);
    if (!done) RC_FAIL(name + ": " + done.error().words.en);
    return os::read_file(place).value();
}

int any(int from, int below) {
    return *rc::gen::resize(100, rc::gen::inRange(from, below));
}

template <class T>
T one_of(const std::vector<T>& values) {
    return values[static_cast<size_t>(any(0, static_cast<int>(values.size())))];
}

// Texts that make trouble in files.
std::string odd_text() {
    static const std::vector<std::string> pieces{
        "=1+1",     "+81-3-1234", "-5",   "@x",     "'",        "''=a",   "001",    "1-1",
        "45000",    "2024-07-01", "1e5",  "ＡＢ１", "ﾊﾟｿｺﾝ",    "サーバ", "なし",   "a\nb",
        "a\r\nb",   "x\ty",       ",",    "\"",     "、",       "/",      ";",      "_x0041_",
        "<&>",      "😀",          "は゜", " ",      "　",       "はい",   "○",      "株式会社",
        "(株)",     "TRUE",       "#N/A", "1/2",    "令和6年",  "合計",   "補足：", "管理番号",
        "Sonae-ID", "10.0.0.1",   "※注",  "0",      "20240701", "①",      "〜",     "\\",
        "1,234",    "12:30",      "_",    "=",      "＝１",     "\x01",   "%",      "未確認"};
    std::string text;
    for (int i = any(1, 4); i > 0; i--)
        text += one_of(pieces);
    if (any(0, 60) == 0) text += std::string(3'500, 'x') + "終";
    if (any(0, 400) == 0) text += std::string(5'000, 'y');
    return text;
}

// What somebody may have entered in a field; `ids`: of the entries that a reference can point to.
std::string any_value(const catalog::Field& field, const std::vector<std::string>& ids) {
    if (field.type == catalog::Type::reference) {
        // A name makes an entry; one that needs more than the name is refused.
        const auto& fields = source_catalog().find_register(field.references)->fields;
        const bool needs_more = std::any_of(fields.begin(), fields.end(), [&](const catalog::Field& one) {
            return one.required && one.name != field.found_by;
        });
        if (needs_more) return ids.empty() ? "" : one_of(ids);
    }
    switch (any(0, 8)) {
        case 0:
        case 1:
            return {};
        case 2:
            return "不明";
        case 3:
            return "-";
        case 4:
            return odd_text();
        default:
            break;
    }
    switch (field.type) {
        case catalog::Type::text:
            return any(0, 2) == 0 ? odd_text() : fmt::format("名前{}", any(0, 4));
        case catalog::Type::date:
            return one_of<std::string>(
                {"2024-07-01", "2024-07", "2024", "1890-02-03", "令和6年4月", "R7.1.2"});
        case catalog::Type::integer:
            return one_of<std::string>({"0", "12", "-3", "9007199254740993", "1,200"});
        case catalog::Type::boolean:
            return one_of<std::string>({"はい", "いいえ"});
        case catalog::Type::choice: {
            std::string out = one_of(field.choices).value;
            if (field.many && any(0, 2) == 0) out += " " + one_of(field.choices).value;
            return out;
        }
        case catalog::Type::reference: {
            if (ids.empty() || any(0, 4) == 0) return fmt::format("名前{}", any(0, 4));
            std::string out = one_of(ids);
            if (field.many && any(0, 2) == 0) out += "、" + one_of(ids);
            return out;
        }
        case catalog::Type::address:
            return one_of<std::string>({"10.0.0.1", "192.168.1.20/24", "2001:db8::1", "10.0.0.1 10.0.0.2"});
        case catalog::Type::mac:
            return one_of<std::string>({"00-1A-2B-3C-4D-5E", "001A.2B3C.4D5F"});
    }
    return {};
}

// Entries of every register that can be imported, in any state; in two goes, so that they refer to each
// other.
void fill_record(registers::Record& record) {
    static const std::vector<std::string> extras{"拠点",     "備考2",         "バージョン", "IPアドレス",
                                                 "列F",      "番号",          "=a",         "補足：x",
                                                 "Sonae-ID", "ソフトウェア1", "改\n行"};
    for (int go = 0; go < 2; go++) {
        std::vector<Command> commands;
        std::map<std::string, std::vector<std::string>> ids;
        for (const catalog::Register& one : record.catalog().registers()) {
            for (const Entry& entry : record.list(one.name).value())
                ids[one.name].push_back(entry.id);
        }
        for (const catalog::Register& one : record.catalog().registers()) {
            if (one.internal || (one.single && go > 0)) continue;
            for (int count = one.single ? 1 : any(1, 4); count > 0; count--) {
                Command command;
                command.action = one.single ? "set" : "add";
                command.register_name = one.name;
                for (const catalog::Field& field : one.fields) {
                    std::string value = any_value(field, ids[field.references]);
                    const bool parent = field.name == one.parent_field;
                    if (parent && ids[field.references].empty()) value = "不明";
                    if (parent && !ids[field.references].empty()) value = one_of(ids[field.references]);
                    const bool blank =
                        registers::read_value(field, value).state == registers::State::never_asked;
                    if (field.required && blank)
                        value = field.choices.empty() ? "不明" : field.choices.front().value;
                    command.values.emplace_back(field.name, value);
                }
                for (int extra = any(0, 3); extra > 0; extra--) {
                    std::string text = trim(odd_text());
                    if (!text.empty()) command.extra.emplace_back(one_of(extras), text);
                }
                commands.push_back(std::move(command));
            }
        }
        auto applied = record.apply(commands, tester);
        if (!applied) RC_FAIL(applied.error().words.en);
    }
}

// Every row of an exported register comes back as it is.
void comes_back(registers::Record& record, const std::string& name, FileFormat format) {
    const auto before = record.list(name).value();
    const std::string bytes = exported(record, name, {format, CsvEncoding::utf8, false});
    ImportOptions plan_only;
    plan_only.dry_run = true;
    auto result =
        import_file(record, name, format == FileFormat::csv ? "a.csv" : "a.xlsx", bytes, plan_only, tester);
    if (!result) RC_FAIL(name + ": " + result.error().words.en);
    const json::object counts = import_json(*result).at("counts").as_object();
    if (counts.at("same").as_int64() != static_cast<int64_t>(before.size()) ||
        counts.at("new").as_int64() != 0 || counts.at("changed").as_int64() != 0 ||
        counts.at("refused").as_int64() != 0) {
        std::string said = import_text(*result, true);
        RC_FAIL(fmt::format("{} {}: {}\n{}", name, format == FileFormat::csv ? "csv" : "xlsx",
                            json::serialize(counts), said.substr(0, 4'000)));
    }
    auto real = import_file(record, name, "a", bytes, {}, tester);
    RC_ASSERT(real.has_value());
    const auto after = record.list(name).value();
    RC_ASSERT(after.size() == before.size());
    for (size_t i = 0; i < before.size(); i++) {
        RC_ASSERT(after[i].id == before[i].id);
        RC_ASSERT(after[i].version == before[i].version);
    }
}

TEST(SlowRoundTrip, AnExportThatIsImportedChangesNothing) {
    rc::detail::TestParams params;
    params.seed = 4;
    params.maxSuccess = static_cast<int>(tests::share("records exported and imported", 2, 60));
    params.disableShrinking = true;
    auto result = rc::detail::checkTestable(
        [] {
            FreshRecord record;
            fill_record(*record);
            for (const catalog::Register& one : source_catalog().registers()) {
                if (one.internal) continue;
                for (FileFormat format : {FileFormat::csv, FileFormat::xlsx})
                    comes_back(*record, one.name, format);
            }
        },
        rc::detail::TestMetadata{}, params);
    if (result.is<rc::detail::SuccessResult>()) return;
    std::ostringstream out;
    rc::detail::printResultMessage(result, out);
    ADD_FAILURE() << out.str();
}

}  // namespace
}  // namespace sonae::exchange
