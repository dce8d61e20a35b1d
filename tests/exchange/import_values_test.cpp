// What a cell says for a field, and how it is divided.
#include "exchange/import_values.hpp"

#include "facts.hpp"

#include <fmt/format.h>

namespace sonae::exchange {
namespace {

using registers::State;

const catalog::Field& field(std::string_view name) {
    std::string register_name = "device";
    size_t dot = name.find('.');
    if (dot != std::string_view::npos) register_name = name.substr(0, dot);
    return *tests::source_catalog()
                .find_register(register_name)
                ->field(dot == std::string_view::npos ? name : name.substr(dot + 1));
}

// "?", "-", "" or the value; "!" and the text for an unreadable one.
std::string shown(const registers::FieldValue& value) {
    switch (value.state) {
        case State::never_asked:
            return "";
        case State::unknown:
            return "?";
        case State::none:
            return "-";
        case State::known:
            return value.text;
        case State::unreadable:
            break;
    }
    return "!" + value.text;
}

TEST(ImportValues, ACellIsRead) {
    struct Case {
        const char* field;
        const char* written;
        const char* value;
        bool noted;
    };
    const Case cases[] = {
        // days
        {"acquired_on", "2024/7/1", "2024-07-01", false},
        {"acquired_on", "2024-07-01", "2024-07-01", false},
        {"acquired_on", "西暦2024年7月1日", "2024-07-01", false},
        {"acquired_on", "R6.7.1", "2024-07-01", true},
        {"acquired_on", "令和六年七月一日", "2024-07-01", true},
        {"acquired_on", "令6.7.1", "2024-07-01", true},
        {"acquired_on", "平成元年", "1989", true},
        {"acquired_on", "2024年7月", "2024-07", false},
        {"acquired_on", "2024", "2024", false},
        {"acquired_on", "45474", "2024-07-01", true},
        {"acquired_on", "４５４７４", "2024-07-01", true},
        {"acquired_on", "45474.5", "2024-07-01", true},
        {"acquired_on", "12345", "!12345", false},
        {"acquired_on", "060701", "!060701", false},
        {"acquired_on", "R060701", "2024-07-01", true},
        {"acquired_on", "R061301", "!R061301", false},
        {"acquired_on", "R0607", "!R0607", false},
        {"acquired_on", "6/7/1", "!6/7/1", false},
        {"acquired_on", "2024/7/1頃", "!2024/7/1頃", false},
        {"acquired_on", "2024年度", "!2024年度", false},
        {"acquired_on", "令和6年度", "!令和6年度", false},
        {"acquired_on", "対象外", "-", true},
        // states
        {"os", "不明", "?", true},
        {"os", "？", "?", true},
        {"os", "要確認", "?", true},
        {"os", "（未確認）", "?", true},
        {"os", "確認中", "?", true},
        {"os", "-", "-", true},
        {"os", "―", "-", true},
        {"os", "なし", "-", true},
        {"os", "N/A", "-", true},
        {"os", "該当なし", "-", true},
        {"os", " ", "", false},
        {"os", "Windows 11 不明", "Windows 11 不明", false},
        {"note", "要確認", "要確認", false},
        {"note", "なし", "なし", false},
        {"note", "-", "-", true},
        {"maintainer", "なし", "-", true},
        {"maintainer", "株式会社メディカ", "株式会社メディカ", false},
        // yes, no, choices
        {"remote_maintenance", "○", "1", true},
        {"remote_maintenance", "×", "0", true},
        {"remote_maintenance", "有", "1", true},
        {"remote_maintenance", "なし", "0", true},
        {"remote_maintenance", "済", "1", true},
        {"remote_maintenance", "未", "0", true},
        {"remote_maintenance", "はい", "1", false},
        {"remote_maintenance", "たぶん", "!たぶん", false},
        {"kind", "サーバ", "server", false},
        {"kind", "ｻｰﾊﾞ", "server", false},
        {"kind", "ノートPC", "pc", true},
        {"kind", "冷蔵庫", "!冷蔵庫", false},
        {"usb", "なし", "unrestricted", true},
        {"status", "○", "running", true},
        {"status", "稼動中", "running", true},
        {"status", "In Stock", "spare", true},
        // others
        {"log_months", "１２", "12", false},
        {"log_months", "1,200", "1200", false},
        {"log_months", "12件", "12", true},
        {"log_months", "３ 名", "3", true},
        {"log_months", "1年", "!1年", false},
        {"log_months", "名", "!名", false},
        {"interface.address", "10.0.0.1", "10.0.0.1", false},
        {"interface.address", "10.0.0.1/24", "10.0.0.1", true},
        {"interface.address", "DHCP", "!DHCP", false},
        {"interface.mac", "00-11-22-33-44-55", "00:11:22:33:44:55", false},
        {"os", "#N/A", "", true},
        {"acquired_on", "#REF!", "", true},
        {"place", "本館\n1階", "本館\n1階", false},
    };
    for (const Case& one : cases) {
        CellValue value = read_cell(field(one.field), one.written);
        EXPECT_EQ(shown(value.value), one.value) << one.field << " " << one.written;
        EXPECT_EQ(!value.note.ja.empty(), one.noted)
            << one.field << " " << one.written << ": " << value.note.ja;
        EXPECT_EQ(value.note.ja.empty(), value.note.en.empty());
        EXPECT_EQ(registers::read_value(field(one.field), value.text), value.value)
            << one.field << " " << one.written << ": what is stored reads as the same";
    }
}

TEST(ImportValues, TheKindOfACellCounts) {
    const catalog::Field& day = field("acquired_on");
    EXPECT_EQ(shown(read_cell(day, Cell{"45474", CellKind::number, false}, false).value), "2024-07-01");
    EXPECT_EQ(shown(read_cell(day, Cell{"44012", CellKind::number, false}, true).value), "2024-07-01");
    EXPECT_EQ(shown(read_cell(field("os"), Cell{"45474", CellKind::number, false}, false).value), "45474");
    CellValue error = read_cell(field("os"), Cell{"#DIV/0!", CellKind::error, false}, false);
    EXPECT_EQ(error.text, "");
    EXPECT_NE(error.note.ja.find("エラー"), std::string::npos);
    CellValue struck = read_cell(field("os"), Cell{"Windows 7", CellKind::text, true}, false);
    EXPECT_EQ(struck.text, "Windows 7");
    EXPECT_NE(struck.note.ja.find("取り消し線"), std::string::npos);
}

TEST(ImportValues, SeveralInACell) {
    struct Case {
        const char* field;
        const char* written;
        std::vector<std::string> pieces;
    };
    const Case cases[] = {
        {"interface.address", "10.0.0.1\n10.0.0.2", {"10.0.0.1", "10.0.0.2"}},
        {"interface.address", "10.0.0.1/24 / 10.0.0.2/24", {"10.0.0.1/24", "10.0.0.2/24"}},
        {"interface.address", "10.0.0.1 10.0.0.2", {"10.0.0.1", "10.0.0.2"}},
        {"interface.address",
         "１０．０．０．１、10.0.0.2・10.0.0.3",
         {"１０．０．０．１", "10.0.0.2", "10.0.0.3"}},
        {"software.name", "・Word\n・Excel", {"Word", "Excel"}},
        {"software.name", "Word、Excel", {"Word", "Excel"}},
        {"software.name", "A/B, C", {"A/B, C"}},
        {"user", "田中\r\n鈴木", {"田中", "鈴木"}},
    };
    for (const Case& one : cases)
        EXPECT_EQ(pieces_of(field(one.field), one.written), one.pieces) << one.written;
}

}  // namespace
}  // namespace sonae::exchange
