// Finds the items in the sheets of a checklist.
#include "exchange/checklist_sheet.hpp"

#include "base/text.hpp"
#include "exchange/checklist_number.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

using checklist::SheetLine;

constexpr size_t longest_heading = 40;    // characters of a chapter title
constexpr size_t longest_title = 80;      // characters of a title that names a form
constexpr size_t widest_sheet = 64;       // columns that are looked at
constexpr int64_t longest_sheet = 3'000;  // rows that are looked at
constexpr size_t most_filled = 100'000;   // cells that merged ones fill down
constexpr int64_t deepest_merge = 2'000;  // rows of one merged cell that are filled down

// Line breaks inside a sentence of the form are layout.
std::string closed_up(std::string_view text) {
    std::string out;
    for (const std::string& line : split(text, "\n\r")) {
        bool latin = !out.empty() && static_cast<unsigned char>(out.back()) < 0x80 &&
                     static_cast<unsigned char>(line.front()) < 0x80;
        out += (latin ? " " : "") + line;
    }
    return out;
}

// A word for comparing: サーバー and サーバ are one.
std::string word_key(std::string_view text) {
    std::string out = match_key(text);
    for (std::string_view end : {"について", "ー"}) {
        if (out.size() > end.size() && out.ends_with(end)) out.resize(out.size() - end.size());
    }
    return out;
}

// The words of the catalog by which a sheet is understood.
struct Vocabulary {
    std::map<std::string, std::pair<std::string, std::string>, std::less<>>
        targets;                                               // key → target, as printed
    std::vector<std::pair<std::string, std::string>> forms;    // key → name, the longest first
    std::map<std::string, std::string, std::less<>> sections;  // key → id
    std::map<std::string, std::string, std::less<>>
        headers;  // key → number, wording, target, section, answer

    Vocabulary(const catalog::Catalog& catalog, std::string_view edition) {
        // The edition's own words first, then those of the others.
        std::vector<const catalog::Checklist*> list;
        for (const catalog::Checklist& one : catalog.checklists())
            list.push_back(&one);
        std::ranges::stable_sort(list, [&](const auto* a, const auto* b) {
            return std::pair(a->edition == edition, a->published) >
                   std::pair(b->edition == edition, b->published);
        });
        for (const catalog::Checklist* one : list) {
            for (const catalog::Form& form : one->forms) {
                // The names of one edition's forms may mean others elsewhere: the first counts.
                std::string key = match_key(form.label.ja);
                auto same = std::ranges::find(forms, key, &std::pair<std::string, std::string>::first);
                if (same == forms.end()) forms.emplace_back(key, form.name);
            }
            for (const auto& [id, title] : one->sections)
                sections.emplace(match_key(title.ja), id);
            for (const catalog::Item& item : one->items) {
                if (!item.target_ja.empty())
                    targets.emplace(word_key(item.target_ja), std::pair(item.target, item.target_ja));
            }
        }
        std::ranges::stable_sort(
            forms, [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
        auto headers_of = [&](const char* register_name, const char* field_name, const char* role) {
            const catalog::Register* description = catalog.find_register(register_name);
            const catalog::Field* field = description ? description->field(field_name) : nullptr;
            if (!field) return;
            headers.emplace(match_key(field->label.ja), role);
            for (const std::string& header : field->headers)
                headers.emplace(match_key(header), role);
        };
        headers_of("edition_line", "number", "number");
        headers_of("edition_line", "wording", "wording");
        headers_of("edition_line", "target", "target");
        headers_of("edition_line", "section_title", "section");
        for (const char* name : {"value", "confirmed_on", "due", "reason"})
            headers_of("answer", name, "answer");
    }

    std::string form_in(std::string_view text) const {
        std::string key = match_key(text);
        for (const auto& [words, name] : forms) {
            if (!words.empty() && key.find(words) != std::string::npos) return name;
        }
        return {};
    }
    std::string header(std::string_view text) const {
        auto found = headers.find(match_key(text));
        return found == headers.end() ? std::string() : found->second;
    }
    // The targets that a cell names, all of it; empty when it says something else.
    std::vector<std::pair<std::string, std::string>> targets_in(std::string_view text) const {
        std::vector<std::pair<std::string, std::string>> out;
        std::string bare;
        for (size_t i = 0; i < text.size();) {
            std::string_view c = character(text, i);
            i += c.size();
            bool mark = c == "【" || c == "】" || c == "＜" || c == "＞" || c == "<" || c == ">" || c == "・";
            bare += mark && c != "・" ? "" : mark ? "、" : std::string(c);
        }
        auto whole = targets.find(word_key(bare));
        if (whole != targets.end()) return {whole->second};
        for (const std::string& piece : split_values(bare, false)) {
            auto found = targets.find(word_key(piece));
            if (found == targets.end()) return {};
            out.push_back(found->second);
        }
        return out;
    }
};

// The cells of a row that hold something, merged ones filled down.
struct Filled {
    size_t column = 0;
    std::string text;
    bool from_above = false;
};

struct FilledRow {
    int64_t number = 0;
    std::vector<Filled> cells;
};

std::vector<FilledRow> filled_rows(const Table& table) {
    // Row → column → text that a merged cell above shows here too.
    std::map<int64_t, std::map<size_t, std::string>> below;
    size_t filled_down = 0;
    for (const MergedCells& merged : table.merges) {
        if (merged.last_row == merged.first_row || merged.last_row > longest_sheet ||
            merged.first_column >= widest_sheet || merged.last_row - merged.first_row > deepest_merge)
            continue;
        auto row = std::ranges::lower_bound(table.rows, merged.first_row, {}, &TableRow::number);
        if (row == table.rows.end() || row->number != merged.first_row ||
            merged.first_column >= row->cells.size())
            continue;
        std::string text = trim(row->cells[merged.first_column]);
        if (text.empty()) continue;
        filled_down += static_cast<size_t>(merged.last_row - merged.first_row);
        if (filled_down > most_filled) break;
        for (int64_t i = merged.first_row + 1; i <= merged.last_row; i++)
            below[i][merged.first_column] = text;
    }
    std::vector<FilledRow> out;
    for (const TableRow& row : table.rows) {
        if (row.number > longest_sheet) break;
        FilledRow filled;
        filled.number = row.number;
        auto above = below.find(row.number);
        for (size_t i = 0; i < widest_sheet; i++) {
            std::string text = i < row.cells.size() ? trim(row.cells[i]) : std::string();
            bool inherited = false;
            if (text.empty() && above != below.end()) {
                if (auto found = above->second.find(i); found != above->second.end()) {
                    text = found->second;
                    inherited = true;
                }
            }
            if (!text.empty()) filled.cells.push_back({i, std::move(text), inherited});
        }
        if (!filled.cells.empty()) out.push_back(std::move(filled));
    }
    return out;
}

bool is_note(std::string_view text) {
    for (std::string_view begin : {"※", "＊", "*", "注", "（注", "(注", "・"}) {
        if (text.starts_with(begin)) return true;
    }
    return false;
}

// Goes through the rows of a sheet.
class SheetReader {
 public:
    SheetReader(const Vocabulary& words, const Table& table, std::string form)
        : words_(words), form_(std::move(form)) {
        out_.name = table.name;
        out_.hidden = table.hidden;
        if (std::string named = words_.form_in(table.name); !named.empty()) form_ = std::move(named);
        for (const FilledRow& row : filled_rows(table))
            take(row);
    }
    ChecklistSheet result() && { return std::move(out_); }

 private:
    // What the cells of a row turn out to be.
    struct Seen {
        std::string text;           // the statement
        std::vector<Filled> plain;  // other words
        ItemNumber number;
        std::vector<std::pair<std::string, std::string>> targets;
        bool answered = false;
        bool target_inherited = false;
        bool text_inherited = false;
        bool section = false;
    };

    void other(const FilledRow& row, const char* kind) {
        std::string text;
        for (const Filled& cell : row.cells) {
            if (!cell.from_above) text += (text.empty() ? "" : " ") + closed_up(cell.text);
        }
        if (!text.empty()) out_.others.push_back({row.number, kind, std::move(text)});
    }

    bool header(const FilledRow& row) {
        std::map<size_t, std::string> roles;
        for (const Filled& cell : row.cells) {
            std::string role = words_.header(cell.text);
            if (!role.empty()) roles[cell.column] = role;
        }
        if (roles.size() < 2 || roles.size() * 2 < row.cells.size()) return false;
        for (const auto& [column, role] : roles)
            roles_[column] = role;
        other(row, "header");
        return true;
    }

    void begin_section(std::string id, std::string title) {
        bool same = (id.empty() || id == section_) && (title.empty() || title == section_title_);
        if (same) return;
        if (id.empty()) {
            auto known = words_.sections.find(match_key(title));
            if (known != words_.sections.end()) id = known->second;
        }
        if (id != section_) target_.clear();
        if (id != section_ || !title.empty()) section_title_ = std::move(title);
        section_ = std::move(id);
    }

    bool known_section(std::string_view text) const { return words_.sections.contains(match_key(text)); }

    // A chapter's number and title, or its title alone, in front of an item or by itself.
    bool chapter(const FilledRow& row, size_t place, bool statement_follows) {
        const Filled& cell = row.cells[place];
        ItemNumber number = read_item_number(cell.text);
        std::string rest = trim(cell.text.substr(number.length));
        if (!rest.empty() && (is_statement(rest) || count_characters(rest) > longest_heading)) return false;
        auto role = roles_.find(cell.column);
        bool own_column = role != roles_.end() && role->second == "section";
        if (number.length > 0 && !number.section.empty() && !number.place.empty()) return false;
        std::string id = number.section.empty() ? number.place : number.section;
        id = folded(id);
        if (!rest.empty() && !words_.targets_in(rest).empty()) return false;
        if (number.length > 0 && !rest.empty() &&
            (own_column || known_section(rest) || !statement_follows || number.plain ||
             number.place.empty())) {
            begin_section(id, closed_up(rest));
            return true;
        }
        if (number.length == 0 && (own_column || known_section(rest))) {
            begin_section({}, closed_up(rest));
            return true;
        }
        return false;
    }

    static std::string folded(std::string_view place) {
        std::string out;
        for (char c : normalise(place)) {
            if (c >= '0' && c <= '9') out += c;
        }
        return out;
    }

    // A number by itself is a chapter's when a chapter's title stands behind it.
    bool chapter_number(const FilledRow& row, size_t place) {
        const Filled& cell = row.cells[place];
        ItemNumber number = read_item_number(cell.text);
        if (number.length != cell.text.size() || number.length == 0) return false;
        if (!number.section.empty() && !number.place.empty()) return false;
        auto role = roles_.find(cell.column);
        bool number_column = role != roles_.end() && role->second == "number";
        std::string id = folded(number.section.empty() ? number.place : number.section);
        if (place + 1 < row.cells.size()) {
            const std::string& next = row.cells[place + 1].text;
            bool title = !is_statement(next) && !is_answer_cell(next) && words_.targets_in(next).empty() &&
                         count_characters(next) <= longest_heading && read_item_number(next).length == 0 &&
                         words_.header(next).empty();
            if (title && (!number_column || known_section(next))) {
                begin_section(id, closed_up(next));
                return true;
            }
            // 2 | ① | …: the chapter in a column of its own.
            ItemNumber behind = read_item_number(next);
            if (number.plain && behind.length > 0 && behind.section.empty()) {
                begin_section(id, {});
                return true;
            }
        }
        return false;
    }

    Seen look(const FilledRow& row) {
        Seen out;
        bool statement_in_row = std::ranges::any_of(row.cells, [&](const Filled& cell) {
            return is_statement(cell.text.substr(read_item_number(cell.text).length));
        });
        for (size_t i = 0; i < row.cells.size(); i++) {
            const Filled& cell = row.cells[i];
            auto role = roles_.find(cell.column);
            bool said = is_answer_cell(cell.text);
            out.answered = out.answered || said;
            if (said || (role != roles_.end() && role->second == "answer")) continue;
            if (auto targets = words_.targets_in(cell.text); !targets.empty()) {
                out.targets = std::move(targets);
                out.target_inherited = cell.from_above;
                continue;
            }
            if (out.text.empty() && chapter_number(row, i)) {
                out.section = true;
                // The title behind it was taken with it, a place was not.
                if (read_item_number(row.cells[i + 1].text).length == 0) i++;
                continue;
            }
            if (out.text.empty() && out.number.length == 0 && chapter(row, i, statement_in_row)) {
                out.section = true;
                continue;
            }
            ItemNumber number = read_item_number(cell.text);
            std::string rest = trim(cell.text.substr(number.length));
            if (number.length > 0 && rest.empty()) {
                out.number = std::move(number);
                continue;
            }
            if (out.text.empty() && !is_note(rest) && is_statement(rest)) {
                if (number.length > 0) out.number = std::move(number);
                out.text = closed_up(rest);
                out.text_inherited = cell.from_above;
                continue;
            }
            out.plain.push_back(cell);
        }
        // A number with words that do not end like a sentence is an item all the same.
        if (out.text.empty() && out.number.length > 0) {
            auto words = std::ranges::find_if(out.plain, [](const Filled& cell) {
                return !is_note(cell.text) && count_characters(cell.text) >= 6;
            });
            if (words != out.plain.end()) {
                out.text = closed_up(words->text);
                out.plain.erase(words);
            }
        }
        if (out.text.empty() && out.answered && out.plain.size() == 1 && !is_note(out.plain[0].text) &&
            count_characters(out.plain[0].text) >= 8) {
            ItemNumber number = read_item_number(out.plain[0].text);
            if (number.length > 0) out.number = number;
            out.text = closed_up(trim(out.plain[0].text.substr(number.length)));
            out.plain.clear();
        }
        return out;
    }

    std::string number_of(const ItemNumber& number) {
        if (number.length == 0) return {};
        if (!number.section.empty() && !number.place.empty()) {
            if (number.section != section_) begin_section(number.section, {});
            return number.section + "-" + number.place;
        }
        std::string place = number.place.empty() ? number.section : number.place;
        return section_.empty() ? place : section_ + "-" + place;
    }

    void add(const FilledRow& row, const Seen& seen, const std::string& number, const std::string& text,
             const std::vector<std::pair<std::string, std::string>>& targets) {
        std::vector<std::pair<std::string, std::string>> each = targets;
        if (each.empty()) each.emplace_back();
        for (const auto& [target, target_words] : each) {
            SheetLine line;
            line.sheet = out_.name;
            line.row = row.number;
            line.form = form_;
            line.section = section_;
            line.section_title = section_title_;
            line.number = number;
            line.target = target;
            line.target_words = target_words;
            line.text = text;
            bool again = !out_.lines.empty() && seen.text_inherited && out_.lines.back().text == line.text &&
                         out_.lines.back().number == line.number && out_.lines.back().target == line.target;
            if (!again) out_.lines.push_back(std::move(line));
        }
    }

    void take(const FilledRow& row) {
        if (header(row)) return;
        if (title(row)) return;
        Seen seen = look(row);
        bool only_target = seen.text.empty() && !seen.targets.empty() && seen.plain.empty();
        if (!seen.text.empty() && (seen.number.length > 0 || seen.answered)) {
            std::string number = number_of(seen.number);
            if (!seen.targets.empty()) target_ = seen.targets;
            add(row, seen, number, seen.text, target_);
            last_row_ = row.number;
            return;
        }
        if (only_target && !seen.target_inherited && !out_.lines.empty() && last_row_ + 1 == row.number &&
            seen.answered) {
            // The same item for another target.
            target_ = seen.targets;
            SheetLine last = out_.lines.back();
            add(row, seen, last.number, last.text, target_);
            last_row_ = row.number;
            return;
        }
        if (only_target && !seen.target_inherited) {
            target_ = seen.targets;
            return other(row, "target");
        }
        if (seen.section && seen.text.empty() && seen.number.length == 0 && seen.plain.empty()) {
            return other(row, "section");
        }
        // A sentence that was cut at the end of a row goes on in the next.
        bool continues = seen.number.length == 0 && !seen.answered && seen.targets.empty() &&
                         seen.plain.size() + (seen.text.empty() ? 0 : 1) == 1 && !out_.lines.empty() &&
                         last_row_ + 1 == row.number && !is_statement(out_.lines.back().text);
        if (continues) {
            const std::string& more = seen.text.empty() ? seen.plain[0].text : seen.text;
            if (!is_note(more)) {
                out_.lines.back().text += closed_up(more);
                last_row_ = row.number;
                return;
            }
        }
        std::string first = row.cells.front().text;
        if (is_note(first) || is_note(seen.plain.empty() ? "" : seen.plain[0].text))
            return other(row, "note");
        bool before = out_.lines.empty() && section_.empty();
        other(row, before ? "title" : "other");
    }

    // A row above or between the items that names the checklist or the form.
    bool title(const FilledRow& row) {
        bool alone = row.cells.size() <= 3;
        for (const Filled& cell : row.cells) {
            if (!alone || cell.from_above || count_characters(cell.text) > longest_title ||
                is_statement(cell.text) || read_item_number(cell.text).length > 0)
                continue;
            std::string form = words_.form_in(cell.text);
            bool names_list = cell.text.find("チェックリスト") != std::string::npos;
            if (names_list && out_.title.empty()) out_.title = closed_up(cell.text);
            if (!form.empty()) {
                // Another form on the same sheet begins its chapters anew.
                if (form != form_) {
                    section_.clear();
                    section_title_.clear();
                    target_.clear();
                }
                form_ = std::move(form);
                other(row, "form");
                return true;
            }
            if (names_list) {
                other(row, "title");
                return true;
            }
        }
        return false;
    }

    const Vocabulary& words_;
    ChecklistSheet out_;
    std::map<size_t, std::string> roles_;  // column → what its header says
    std::string form_;
    std::string section_;
    std::string section_title_;
    std::vector<std::pair<std::string, std::string>> target_;
    int64_t last_row_ = 0;
};

}  // namespace

std::vector<ChecklistSheet> read_checklist_sheets(const Workbook& workbook, const catalog::Catalog& catalog,
                                                  std::string_view edition, std::string_view form) {
    Vocabulary words(catalog, edition);
    std::vector<ChecklistSheet> out;
    for (const Table& table : workbook.tables)
        out.push_back(SheetReader(words, table, std::string(form)).result());
    return out;
}

std::string edition_named_in(const Workbook& workbook, std::string_view file_name,
                             const catalog::Catalog& catalog) {
    auto year_of = [](std::string_view text) -> int {
        std::string plain = normalise(text);
        constexpr std::string_view era = "令和";
        for (size_t at = plain.find(era); at != std::string::npos; at = plain.find(era, at + 1)) {
            std::string_view rest = std::string_view(plain).substr(at + era.size());
            while (rest.starts_with(' '))
                rest.remove_prefix(1);
            int year = 0;
            size_t i = 0;
            for (; i < rest.size() && i < 3 && rest[i] >= '0' && rest[i] <= '9'; i++)
                year = year * 10 + (rest[i] - '0');
            rest.remove_prefix(i);
            while (rest.starts_with(' '))
                rest.remove_prefix(1);
            if (year > 0 && rest.starts_with("年度")) return year;
        }
        return 0;
    };
    int year = 0;
    for (const Table& table : workbook.tables) {
        if (year == 0) year = year_of(table.name);
        for (size_t i = 0; i < table.rows.size() && i < 15 && year == 0; i++) {
            for (size_t c = 0; c < table.rows[i].cells.size() && c < widest_sheet && year == 0; c++)
                year = year_of(table.rows[i].cells[c]);
        }
    }
    if (year == 0) year = year_of(file_name);
    if (year == 0) return {};
    for (const catalog::Checklist& one : catalog.checklists()) {
        if (year_of(one.title.ja) == year) return one.edition;
    }
    return fmt::format("R{}", year);
}

}  // namespace sonae::exchange
