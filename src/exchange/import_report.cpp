// What an import did or would do, for people; for programs see import_json.cpp.
#include "base/text.hpp"
#include "exchange/import.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr size_t longest_list = 20;  // lines of a kind shown to people; the JSON has all
constexpr size_t width = 80;         // of a line, in columns of a terminal; a Japanese letter takes two
constexpr int certain = 90;          // a column that is at least so sure needs no reason

const std::string& in(const Words& words, bool english) {
    return english ? words.en : words.ja;
}

// Cuts a line that is too wide: at a space, or between Japanese letters.
std::string wrapped(const std::string& line, size_t indent) {
    std::string out;
    std::string piece;  // since the last place where the line may be cut
    size_t used = 0;
    size_t piece_width = 0;
    auto flush = [&] {
        if (used + piece_width > width && used > indent) {
            while (out.ends_with(' '))
                out.pop_back();
            out += "\n" + std::string(indent, ' ');
            used = indent;
            if (piece.starts_with(' ')) {
                piece.erase(0, 1);
                piece_width--;
            }
        }
        out += piece;
        used += piece_width;
        piece.clear();
        piece_width = 0;
    };
    for (size_t i = 0; i < line.size();) {
        auto first = static_cast<unsigned char>(line[i]);
        size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        std::string_view letter = std::string_view(line).substr(i, length);
        bool wide = length >= 3;
        // No line begins with a closing mark.
        bool closing = letter == "。" || letter == "、" || letter == "）" || letter == "」";
        if ((wide && !closing) || letter == " ") flush();
        piece += letter;
        piece_width += wide ? 2 : 1;
        i += length;
    }
    flush();
    return out;
}

// Collects lines under a heading, the first of them only.
class Section {
 public:
    Section(std::string heading, bool english) : heading_(std::move(heading)), english_(english) {}
    // False when the line need not be made.
    bool wants() { return count_++ < longest_list; }
    void add(const std::string& line) { lines_ += wrapped("  " + line, 6) + "\n"; }
    std::string text() const {
        if (count_ == 0) return {};
        std::string more;
        if (count_ > longest_list) {
            more = fmt::format(fmt::runtime(english_ ? "  and {} more\n" : "  ほか{}件\n"),
                               count_ - longest_list);
        }
        std::string number =
            count_ > 1 ? fmt::format(fmt::runtime(english_ ? " ({})" : "（{}件）"), count_) : "";
        return fmt::format("\n{}{}\n{}{}", heading_, number, lines_, more);
    }

 private:
    std::string heading_;
    bool english_;
    std::string lines_;
    size_t count_ = 0;
};

std::string column_line(const ImportColumn& column, const ImportSheet& sheet, bool english) {
    std::string use;
    switch (column.use) {
        case ColumnUse::mapped:
            use = in(column.field->label, english);
            if (column.target->name != sheet.register_name && column.target->label != column.field->label) {
                use = fmt::format(fmt::runtime(english ? "{}: {}" : "{}の{}"),
                                  in(column.target->label, english), use);
            }
            break;
        case ColumnUse::id:
            use = english ? "the id of the entry" : "記載のID";
            if (column.target != nullptr) {
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
    }
    std::string out =
        fmt::format("{} {} → {}", column.letters, column.header.empty() ? "" : normalise(column.header), use);
    if (column.use == ColumnUse::mapped && column.confidence < certain && !column.reason.ja.empty()) {
        out += fmt::format(fmt::runtime(english ? " ({}% sure: {})" : "（確かさ{}％: {}）"),
                           column.confidence, in(column.reason, english));
    }
    return out;
}

std::string change_text(const FieldChange& change, bool english) {
    auto value = [&](const Words& words) {
        std::string text = normalise(in(words, english));
        return text.empty() ? std::string(english ? "(blank)" : "（空欄）") : text;
    };
    return fmt::format("{} {} → {}", in(change.label, english), value(change.old), value(change.now));
}

// What every sheet has: its rows by what becomes of them.
std::string sheet_text(const ImportSheet& sheet, const ImportResult& result, bool several, bool english) {
    auto say = [&](std::string_view ja, std::string_view en) { return fmt::runtime(english ? en : ja); };
    std::string out;
    if (several || !sheet.values.empty() || !sheet.mapping.empty()) {
        std::string name = sheet.name.empty() ? result.file : sheet.name;
        out += fmt::format(say("\n■ シート「{}」→ {}", "\n* Sheet \"{}\" → {}"), name,
                           in(sheet.register_label, english));
        std::vector<std::string> values;
        for (const auto& [field, text] : sheet.values)
            values.push_back(fmt::format("{}={}", field, text));
        if (!values.empty()) out += fmt::format(say("（{}）", " ({})"), fmt::join(values, ", "));
        out += "\n";
        if (!sheet.mapping.empty())
            out += fmt::format(say("  列の対応「{}」で読みました。\n", "  Read with the mapping \"{}\".\n"),
                               sheet.mapping);
    }
    std::map<std::string_view, int64_t> kinds;
    for (const SkippedRow& row : sheet.skipped)
        kinds[row_kind_text(row.kind)]++;
    std::string line = fmt::format(
        say("{}行: 新規 {}、変更 {}、変更なし {}、食い違い {}、取り込めない行 {}、データでない行 {}",
            "{} rows: {} new, {} changed, {} the same, {} conflicts, {} not taken, {} not data"),
        sheet.row_count, sheet.count(Outcome::added), sheet.count(Outcome::changed),
        sheet.count(Outcome::same), sheet.count(Outcome::conflict), sheet.count(Outcome::refused),
        sheet.skipped_count());
    out += wrapped(line, 2) + "\n";
    out += fmt::format(say("見出しは{}行目、空行 {}行\n", "Header in row {}, {} blank rows\n"),
                       sheet.header_row, sheet.blank_rows);

    Section conflicts(english ? "Conflicts, not taken" : "食い違いのため取り込まない行", english);
    Section refused(english ? "Not taken" : "取り込めない行", english);
    Section changed(english ? "Changed" : "変更する行", english);
    Section added(english ? "New" : "新しい行", english);
    Section unreadable(english ? "Not readable, kept as written" : "読み取れず、書かれたまま残す値", english);
    Section notes(english ? "Please look at" : "確かめてください", english);
    Section readings(english ? "Read as" : "読み替えた値", english);
    Section skipped(english ? "Rows that are not data" : "データとして扱わない行", english);
    auto where = [&](int64_t number, const std::string& label) {
        return label.empty() ? fmt::format(say("{}行目", "Row {}"), number)
                             : fmt::format(say("{}行目（{}）", "Row {} ({})"), number, label);
    };
    for (const ImportRow& row : sheet.rows) {
        switch (row.outcome) {
            case Outcome::conflict:
                if (conflicts.wants())
                    conflicts.add(
                        fmt::format("{}: {}", where(row.number, row.label), in(row.reason, english)));
                break;
            case Outcome::refused:
                if (refused.wants())
                    refused.add(fmt::format("{}: {}", where(row.number, row.label), in(row.reason, english)));
                break;
            case Outcome::changed:
                if (changed.wants()) {
                    std::vector<std::string> changes;
                    for (const FieldChange& change : row.changed)
                        changes.push_back(change_text(change, english));
                    changed.add(fmt::format("{}: {}", where(row.number, row.label),
                                            fmt::join(changes, english ? "; " : "、")));
                }
                break;
            case Outcome::added:
                if (result.dry_run && added.wants()) added.add(where(row.number, row.label));
                break;
            case Outcome::same:
                break;
        }
        for (const Unreadable& value : row.unreadable) {
            if (!unreadable.wants()) continue;
            unreadable.add(fmt::format(say("{}: {}「{}」", "{}: {} \"{}\""), where(row.number, row.label),
                                       in(value.label, english), normalise(value.written)));
        }
        for (const Words& note : row.notes) {
            if (notes.wants())
                notes.add(fmt::format("{}: {}", where(row.number, row.label), in(note, english)));
        }
    }
    for (const Reading& reading : sheet.readings) {
        if (!readings.wants()) continue;
        readings.add(fmt::format(say("{}: {}（{}行、{}行目から）", "{}: {} ({} rows, from row {})"),
                                 reading.column, in(reading.note, english), reading.rows, reading.first_row));
    }
    for (const SkippedRow& row : sheet.skipped) {
        if (row.kind == RowKind::header || !skipped.wants()) continue;
        skipped.add(fmt::format(say("{}行目「{}」: {}", "Row {} \"{}\": {}"), row.number, row.text,
                                in(row.reason, english)));
    }
    Section columns(result.dry_run ? (english ? "Columns" : "列の読み方")
                                   : (english ? "Columns without a field" : "項目に当てはまらない列"),
                    english);
    for (const ImportColumn& column : sheet.columns) {
        bool worth_saying = column.use == ColumnUse::extra || column.use == ColumnUse::ignored;
        if (!result.dry_run && !worth_saying) continue;
        columns.wants();  // all of them: there are never so many
        columns.add(column_line(column, sheet, english));
    }
    return out + columns.text() + conflicts.text() + refused.text() + changed.text() + added.text() +
           unreadable.text() + notes.text() + readings.text() + skipped.text();
}

}  // namespace

std::string import_text(const ImportResult& result, bool english) {
    auto say = [&](std::string_view ja, std::string_view en) { return fmt::runtime(english ? en : ja); };
    bool several = result.sheets.size() > 1;
    std::vector<std::string> registers;
    for (const ImportSheet& sheet : result.sheets) {
        std::string label = in(sheet.register_label, english);
        if (std::find(registers.begin(), registers.end(), label) == registers.end())
            registers.push_back(label);
    }
    std::string place = result.file;
    if (!several && !result.sheets.empty() && !result.sheets.front().name.empty())
        place = fmt::format(say("{}（シート {}）", "{} (sheet {})"), place, result.sheets.front().name);
    std::string out;
    if (result.dry_run) {
        out = fmt::format(say("{} を「{}」に取り込む計画です。まだ何も変更していません。\n",
                              "The plan for {} into the register {}. Nothing has been changed yet.\n"),
                          place, fmt::join(registers, english ? ", " : "」「"));
    } else {
        out = fmt::format(say("{} を「{}」に取り込みました。\n", "Imported {} into the register {}.\n"),
                          place, fmt::join(registers, english ? ", " : "」「"));
    }
    if (several) {
        out += wrapped(fmt::format(say("全{}行: 新規 {}、変更 {}、変更なし {}、食い違い {}、取り込めない行 "
                                       "{}、データでない行 {}",
                                       "{} rows in all: {} new, {} changed, {} the same, {} conflicts, {} "
                                       "not taken, {} not data"),
                                   result.row_count(), result.count(Outcome::added),
                                   result.count(Outcome::changed), result.count(Outcome::same),
                                   result.count(Outcome::conflict), result.count(Outcome::refused),
                                   result.skipped_count()),
                       2) +
               "\n";
    }
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
        out += wrapped(fmt::format(say("{}: 名前から新規 {}（{}{}）", "{}: {} new from their names ({}{})"),
                                   in(label, english), count, fmt::join(names, english ? ", " : "、"), more),
                       2) +
               "\n";
    }
    Section alike(english ? "May be the same: say it with --same 'NEW NAME=EXISTING'"
                          : "同じものかもしれません（同じなら --same '新しい名前=記録にある名前'）",
                  english);
    for (const CreatedEntry& entry : result.created) {
        if (entry.like.empty() || !alike.wants()) continue;
        std::vector<std::string> names;
        for (const LikeEntry& one : entry.like)
            names.push_back(one.label);
        alike.add(fmt::format(say("{}「{}」: 記録に {}", "{} \"{}\": the record has {}"),
                              in(entry.register_label, english), normalise(entry.name),
                              fmt::join(names, english ? ", " : "、")));
    }
    out += alike.text();
    for (const ImportSheet& sheet : result.sheets)
        out += sheet_text(sheet, result, several, english);
    Section sheets(english ? "Sheets that were not read" : "取り込まなかったシート", english);
    for (const OtherSheet& sheet : result.other_sheets) {
        if (sheet.rows == 0 || !sheets.wants()) continue;
        sheets.add(fmt::format(say("{}（{}行）: {}", "{} ({} rows): {}"), sheet.name, sheet.rows,
                               in(sheet.reason, english)));
    }
    Section notices(english ? "About the file" : "ファイルについて", english);
    for (const Words& notice : result.notices) {
        if (notices.wants()) notices.add(in(notice, english));
    }
    out += sheets.text() + notices.text();
    if (!result.saved_mapping.empty()) {
        out += fmt::format(
            say("\n列の対応を「{}」として覚えました。次の同じ形のファイルにも使います。\n",
                "\nThe mapping is remembered as \"{}\" and used for the next file of this form.\n"),
            result.saved_mapping);
    }
    if (!result.import_id.empty()) {
        out += fmt::format(say("\nこの取り込みを取り消すには: sonae import --undo {}\n",
                               "\nTo undo this import: sonae import --undo {}\n"),
                           result.import_id);
    }
    return out;
}

}  // namespace sonae::exchange
