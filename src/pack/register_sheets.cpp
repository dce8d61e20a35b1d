// Entries as rows of a sheet.
#include "pack/register_sheets.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace sonae::pack {

namespace {

using catalog::Type;
using exchange::SheetCell;
using registers::FieldValue;
using registers::State;

constexpr const char* unreadable_mark = " ※読み取れない値";

// Labels of referenced entries, each looked up once.
class Labels {
 public:
    explicit Labels(const registers::Record& record) : record_(record) {}

    std::string of(const std::string& register_name, const std::string& id) {
        auto [place, fresh] = known_.try_emplace({register_name, id});
        if (fresh) {
            std::optional<registers::Entry> entry = record_.get(register_name, id);
            place->second = !entry ? id : entry->retired ? entry->label + "（取り消し済み）" : entry->label;
        }
        return place->second;
    }

 private:
    const registers::Record& record_;
    std::map<std::pair<std::string, std::string>, std::string> known_;
};

SheetCell cell_of(const catalog::Field& field, const FieldValue& value, Labels& labels) {
    switch (value.state) {
        case State::never_asked:
            return std::string();
        case State::unknown:
            return std::string("不明");
        case State::none:
            return std::string("-");
        case State::unreadable:
            return value.text + unreadable_mark;
        case State::known:
            break;
    }
    if (field.type == Type::date) {
        if (std::optional<Date> date = Date::parse_iso(value.text)) return *date;
    }
    if (field.type == Type::integer) {
        int64_t number = 0;
        auto end = value.text.data() + value.text.size();
        if (auto read = std::from_chars(value.text.data(), end, number);
            read.ec == std::errc() && read.ptr == end)
            return number;
    }
    if (field.type == Type::reference) {
        std::string names;
        for (const std::string& id : split(value.text, " "))
            names += (names.empty() ? "" : "、") + labels.of(field.references, id);
        return names;
    }
    return show_value(field, value).ja;
}

}  // namespace

exchange::Sheet register_sheet(const registers::Record& record, const catalog::Register& description,
                               const std::vector<registers::Entry>& entries) {
    exchange::Sheet sheet;
    sheet.name = description.label.ja;
    sheet.header = {"管理ID"};
    for (const catalog::Field& field : description.fields)
        sheet.header.push_back(field.label.ja);
    std::set<std::string> extra;
    for (const registers::Entry& entry : entries) {
        for (const auto& [column, text] : entry.extra)
            extra.insert(column);
    }
    sheet.header.insert(sheet.header.end(), extra.begin(), extra.end());
    Labels labels(record);
    bool unreadable = false;
    for (const registers::Entry& entry : entries) {
        std::vector<SheetCell> row{entry.id};
        for (const catalog::Field& field : description.fields) {
            const FieldValue& value = entry.field(field.name);
            unreadable = unreadable || value.state == State::unreadable;
            row.push_back(cell_of(field, value, labels));
        }
        for (const std::string& column : extra) {
            auto found = entry.extra.find(column);
            row.emplace_back(found == entry.extra.end() ? std::string() : found->second);
        }
        sheet.rows.push_back(std::move(row));
    }
    if (unreadable)
        sheet.below.push_back("「※読み取れない値」は、書かれたとおりに残し、判定には使っていない値です。");
    return sheet;
}

}  // namespace sonae::pack
