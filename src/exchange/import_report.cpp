// What an import did, for programs and for people.
#include "base/text.hpp"
#include "exchange/import.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr size_t longest_list = 20;  // lines of a kind shown to people; the JSON has all

// Collects lines under a heading, the first of them only.
class Section {
 public:
    Section(std::string heading, bool english) : heading_(std::move(heading)), english_(english) {}
    void add(const std::string& line) {
        if (count_++ < longest_list) lines_ += fmt::format("  {}\n", line);
    }
    std::string text() const {
        if (count_ == 0) return {};
        std::string more;
        if (count_ > longest_list) {
            more = fmt::format(fmt::runtime(english_ ? "  and {} more\n" : "  ほか{}件\n"),
                               count_ - longest_list);
        }
        return fmt::format("\n{}\n{}{}", heading_, lines_, more);
    }

 private:
    std::string heading_;
    bool english_;
    std::string lines_;
    size_t count_ = 0;
};

const std::string& in(const Words& words, bool english) {
    return english ? words.en : words.ja;
}

std::string column_line(const ImportColumn& column, const ImportResult& result, bool english) {
    std::string use;
    switch (column.use) {
        case ColumnUse::mapped:
            use = in(column.field->label, english);
            if (column.target->name != result.register_name && column.target->label != column.field->label) {
                use = fmt::format(fmt::runtime(english ? "{}: {}" : "{}の{}"),
                                  in(column.target->label, english), use);
            }
            break;
        case ColumnUse::extra:
            use = english ? "kept as an extra field" : "補足として残します";
            break;
        case ColumnUse::ignored:
            use = english ? "left out" : "使いません";
            break;
        case ColumnUse::empty:
            use = english ? "empty" : "空の列";
            break;
        case ColumnUse::id:
            use = english ? "stable id" : "Sonae の番号";
            break;
    }
    return fmt::format("{} {} → {}", column.letters, column.header.empty() ? "" : normalise(column.header),
                       use);
}

}  // namespace

json::object import_json(const ImportResult& result) {
    json::object out{{"register", result.register_name},
                     {"file", result.file},
                     {"sheet", result.sheet},
                     {"dry_run", result.dry_run},
                     {"header_row", result.header_row}};
    out["counts"] = json::object{{"rows", result.row_count},
                                 {"new", result.count(Outcome::added)},
                                 {"changed", result.count(Outcome::changed)},
                                 {"same", result.count(Outcome::same)},
                                 {"refused", result.count(Outcome::refused)},
                                 {"blank", result.blank_rows},
                                 {"title", static_cast<int64_t>(result.titles.size())},
                                 {"header", 1}};
    json::array titles;
    for (const auto& [number, text] : result.titles)
        titles.push_back(json::object{{"row", number}, {"text", text}});
    out["titles"] = std::move(titles);
    json::array columns;
    for (const ImportColumn& column : result.columns) {
        json::object one{
            {"column", column.letters}, {"header", column.header}, {"use", column_use_text(column.use)}};
        if (column.use == ColumnUse::mapped) {
            one["register"] = column.target->name;
            one["field"] = column.field->name;
        } else if (column.use == ColumnUse::extra) {
            one["extra"] = column.name;
        }
        columns.push_back(std::move(one));
    }
    out["columns"] = std::move(columns);
    json::array rows;
    for (const ImportRow& row : result.rows) {
        json::object one{{"row", row.number}, {"outcome", outcome_text(row.outcome)}, {"label", row.label}};
        if (row.outcome == Outcome::refused) {
            one["reason"] = words_json(row.reason);
        } else {
            one["id"] = row.id;
        }
        if (!row.changed.empty()) one["changed"] = json::array(row.changed.begin(), row.changed.end());
        json::array unreadable;
        for (const Unreadable& value : row.unreadable) {
            unreadable.push_back(json::object{
                {"register", value.register_name}, {"field", value.field}, {"written", value.written}});
        }
        if (!unreadable.empty()) one["unreadable"] = std::move(unreadable);
        json::array notes;
        for (const Words& note : row.notes)
            notes.push_back(words_json(note));
        if (!notes.empty()) one["notes"] = std::move(notes);
        rows.push_back(std::move(one));
    }
    out["rows"] = std::move(rows);
    json::array children;
    for (const ChildCount& child : result.children) {
        children.push_back(json::object{
            {"register", child.register_name}, {"new", child.added}, {"changed", child.changed}});
    }
    out["children"] = std::move(children);
    json::array created;
    for (const CreatedEntry& entry : result.created) {
        created.push_back(json::object{{"register", entry.register_name}, {"label", entry.name}});
    }
    out["created"] = std::move(created);
    json::array sheets;
    for (const auto& [name, rows_there] : result.other_sheets) {
        sheets.push_back(json::object{{"sheet", name}, {"rows", rows_there}});
    }
    out["other_sheets"] = std::move(sheets);
    return out;
}

std::string import_text(const ImportResult& result, bool english) {
    auto say = [&](std::string_view ja, std::string_view en) { return fmt::runtime(english ? en : ja); };
    std::string place = result.sheet.empty()
                            ? result.file
                            : fmt::format(say("{}（シート {}）", "{} (sheet {})"), result.file, result.sheet);
    std::string out;
    if (result.dry_run) {
        out = fmt::format(say("{} を「{}」に取り込む計画です。まだ何も変更していません。\n",
                              "The plan for {} into the register {}. Nothing has been changed yet.\n"),
                          place, in(result.register_label, english));
    } else {
        out = fmt::format(say("{} を「{}」に取り込みました。\n", "Imported {} into the register {}.\n"),
                          place, in(result.register_label, english));
    }
    out += fmt::format(say("{}行: 新規 {}、変更 {}、変更なし {}、取り込めない行 {}\n",
                           "{} rows: {} new, {} changed, {} the same, {} not taken\n"),
                       result.rows.size(), result.count(Outcome::added), result.count(Outcome::changed),
                       result.count(Outcome::same), result.count(Outcome::refused));
    for (const ChildCount& child : result.children) {
        if (child.added + child.changed == 0) continue;
        out += fmt::format(say("{}: 新規 {}、変更 {}\n", "{}: {} new, {} changed\n"),
                           in(child.label, english), child.added, child.changed);
    }
    std::map<std::string, Words> made;
    for (const CreatedEntry& entry : result.created)
        made.emplace(entry.register_name, entry.register_label);
    for (const auto& [name, label] : made) {
        std::vector<std::string> names;
        for (const CreatedEntry& entry : result.created) {
            if (entry.register_name == name) names.push_back(normalise(entry.name));
        }
        size_t count = names.size();
        names.resize(std::min(count, longest_list));
        std::string more =
            count > names.size() ? fmt::format(say(" ほか{}件", " and {} more"), count - names.size()) : "";
        out += fmt::format(say("{}: 名前から新規 {}（{}{}）\n", "{}: {} new from their names ({}{})\n"),
                           in(label, english), count, fmt::join(names, english ? ", " : "、"), more);
    }
    std::string above;
    if (!result.titles.empty()) {
        above = fmt::format(say("、表題など {}行", ", {} rows of titles"), result.titles.size());
    }
    out += fmt::format(say("見出しは{}行目{}、空行 {}行\n", "Header in row {}{}, {} blank rows\n"),
                       result.header_row, above, result.blank_rows);

    Section refused(english ? "Not taken" : "取り込めない行", english);
    Section unreadable(english ? "Not readable, kept as written" : "読み取れず、書かれたまま残した値",
                       english);
    Section notes(english ? "Please look at" : "確かめてください", english);
    for (const ImportRow& row : result.rows) {
        std::string where = fmt::format(say("{}行目（{}）: ", "Row {} ({}): "), row.number, row.label);
        if (row.outcome == Outcome::refused) refused.add(where + in(row.reason, english));
        for (const Unreadable& value : row.unreadable) {
            unreadable.add(fmt::format(say("{}{}「{}」", "{}{} \"{}\""), where, in(value.label, english),
                                       normalise(value.written)));
        }
        for (const Words& note : row.notes)
            notes.add(where + in(note, english));
    }
    Section columns(result.dry_run ? (english ? "Columns" : "列の読み方")
                                   : (english ? "Columns without a field" : "項目に当てはまらない列"),
                    english);
    for (const ImportColumn& column : result.columns) {
        bool worth_saying = column.use == ColumnUse::extra || column.use == ColumnUse::ignored;
        if (result.dry_run || worth_saying) columns.add(column_line(column, result, english));
    }
    Section sheets(english ? "Sheets that were not read" : "取り込まなかったシート", english);
    for (const auto& [name, rows] : result.other_sheets) {
        if (rows > 0) sheets.add(fmt::format(say("{}（{}行）", "{} ({} rows)"), name, rows));
    }
    out += refused.text() + unreadable.text() + notes.text() + columns.text() + sheets.text();
    return out;
}

}  // namespace sonae::exchange
