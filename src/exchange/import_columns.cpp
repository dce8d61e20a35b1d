// Guessing the header row and the columns.
#include "exchange/import_columns.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr int64_t header_within = 30;  // rows
constexpr size_t shortest_part = 2;    // characters of a header that may match in part

// A spelling that means a field.
struct Spelling {
    std::string key;
    const catalog::Register* target;
    const catalog::Field* field;
};

// All spellings of the register's fields, then those of its children: what comes first wins.
std::vector<Spelling> spellings(const catalog::Catalog& catalog, const catalog::Register& description) {
    std::vector<Spelling> out;
    auto add = [&](const catalog::Register& target, std::string_view parent) {
        for (const catalog::Field& field : target.fields) {
            if (field.internal || field.name == parent) continue;
            auto spell = [&](std::string_view text) {
                std::string key = match_key(text);
                if (key.empty()) key = normalise(text);  // "#"
                if (!key.empty()) out.push_back({std::move(key), &target, &field});
            };
            spell(field.label.ja);
            for (const std::string& header : field.headers)
                spell(header);
            spell(field.label.en);
            spell(field.name);
        }
    };
    add(description, {});
    for (const catalog::ImportChild& child : description.import_children) {
        if (const catalog::Register* target = catalog.find_register(child.child)) add(*target, child.parent);
    }
    return out;
}

std::string header_key(std::string_view header) {
    std::string key = match_key(header);
    return key.empty() ? normalise(header) : key;
}

size_t characters(std::string_view text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_latin(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// True when `part` stands in `whole` and does not cut a Latin word: "os" is no part of "pos端末".
bool stands_in(std::string_view part, std::string_view whole, size_t& at) {
    for (at = whole.find(part); at != std::string_view::npos; at = whole.find(part, at + 1)) {
        size_t end = at + part.size();
        bool cut_before = at > 0 && is_latin(whole[at - 1]) && is_latin(part.front());
        bool cut_after = end < whole.size() && is_latin(whole[end]) && is_latin(part.back());
        if (!cut_before && !cut_after) return true;
    }
    return false;
}

// A match of a header in part. Japanese puts the noun that matters last (設置場所 in 機器の設置場所, but
// 連絡先 in 担当者連絡先): the spelling has to end the header or be more than half of it. Longer is better.
size_t part_score(const Spelling& spelling, std::string_view key) {
    size_t own = characters(spelling.key);
    size_t whole = characters(key);
    if (own < shortest_part || whole < shortest_part) return 0;
    size_t at = 0;
    if (own < whole && stands_in(spelling.key, key, at)) {
        bool last = at + spelling.key.size() == key.size();
        return last || own * 2 > whole ? own : 0;
    }
    return 0;
}

// The header in front of a remark in brackets: 管理番号（必須）.
std::string before_bracket(std::string_view header) {
    std::string text = normalise(header);
    size_t at = text.find('(');
    return at == std::string::npos || at == 0 ? std::string() : header_key(text.substr(0, at));
}

// A header of one of several alike: "ソフト名2" → "ソフト名", 2.
std::pair<std::string, size_t> without_number(const std::string& key) {
    size_t digits = 0;
    while (digits < key.size() && digits < 3 && is_digit(key[key.size() - digits - 1]))
        digits++;
    if (digits == 0 || digits == key.size()) return {key, 0};
    size_t number = 0;
    for (char c : key.substr(key.size() - digits))
        number = number * 10 + static_cast<size_t>(c - '0');
    return {key.substr(0, key.size() - digits), number};
}

// The guess for one row taken as the header.
class Guess {
 public:
    Guess(const catalog::Register& description, const std::vector<Spelling>& all, const TableRow& row,
          size_t width)
        : description_(description), all_(all) {
        columns.resize(width);
        for (size_t i = 0; i < width; i++) {
            ImportColumn& column = columns[i];
            column.letters = column_letters(i);
            if (i < row.cells.size()) column.header = trim(row.cells[i]);
            keys_.push_back(header_key(column.header));
        }
    }

    void run(const std::vector<ColumnMapping>& mappings) {
        for (const ColumnMapping& mapping : mappings) {
            if (!apply(mapping)) unmet.push_back(mapping.written);
        }
        exactly(keys_, false);
        std::vector<std::string> bare;
        for (const std::string& key : keys_)
            bare.push_back(without_number(key).first);
        exactly(bare, true);
        std::vector<std::string> front;
        for (const ImportColumn& column : columns)
            front.push_back(before_bracket(column.header));
        exactly(front, false);
        in_part();
    }

    std::vector<ImportColumn> columns;
    size_t certain = 0;  // columns that match exactly or were named by the caller
    size_t named = 0;    // columns that were named by the caller
    size_t mapped = 0;
    std::vector<std::string> unmet;  // mappings that met no column

 private:
    bool open(size_t i) const { return !keys_[i].empty() && decided_.count(i) == 0; }

    bool is_child(const catalog::Register* target) const { return target != &description_; }

    bool free(const Spelling& spelling) const {
        return is_child(spelling.target) || used_.count(spelling.field) == 0;
    }

    void take(size_t i, const catalog::Register* target, const catalog::Field* field, size_t number) {
        ImportColumn& column = columns[i];
        column.use = ColumnUse::mapped;
        column.target = target;
        column.field = field;
        size_t count = used_[field]++;
        column.group = number > 0 ? number : count + 1;
        decided_.insert(i);
        mapped++;
    }

    // Carries out what the caller said of a column: the next one with this header, else the one with these
    // letters.
    bool apply(const ColumnMapping& mapping) {
        std::string key = header_key(mapping.column);
        size_t place = 0;
        while (place < columns.size() && (key.empty() || keys_[place] != key || decided_.count(place) != 0))
            place++;
        if (place < columns.size()) {
            named++;
            certain++;
        } else {
            // Letters say nothing about which row is the header, so they do not count.
            std::string letters = normalise(mapping.column);
            if (letters.starts_with("列")) letters.erase(0, std::string_view("列").size());
            for (char& c : letters)
                c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            for (place = 0; place < columns.size() && columns[place].letters != letters;)
                place++;
            if (place == columns.size() || decided_.count(place) != 0) return false;
        }
        if (mapping.target == nullptr) {
            columns[place].use = ColumnUse::ignored;
            decided_.insert(place);
        } else {
            take(place, mapping.target, mapping.field, without_number(keys_[place]).second);
        }
        return true;
    }

    // Matches whole headers; the spelling that stands first in the register's file wins.
    void exactly(const std::vector<std::string>& keys, bool only_children) {
        for (const Spelling& spelling : all_) {
            if (only_children && !is_child(spelling.target)) continue;  // 電話番号2 is not 電話番号
            for (size_t i = 0; i < columns.size(); i++) {
                if (!open(i) || keys[i] != spelling.key || !free(spelling)) continue;
                take(i, spelling.target, spelling.field, without_number(keys_[i]).second);
                certain++;
            }
        }
    }

    // What is left is matched in part, the longest spelling first; a tie between fields is no match.
    void in_part() {
        struct Candidate {
            size_t score;
            size_t column;
            const Spelling* spelling;
        };
        std::vector<Candidate> candidates;
        for (size_t i = 0; i < columns.size(); i++) {
            if (!open(i)) continue;
            std::vector<Candidate> best;
            const catalog::Field* around = nullptr;  // the one field with a spelling around this header
            const Spelling* wider = nullptr;
            bool several = false;
            for (const Spelling& spelling : all_) {
                if (used_.count(spelling.field) != 0) continue;
                size_t score = part_score(spelling, keys_[i]);
                if (score > 0 && (best.empty() || score >= best.front().score)) {
                    if (!best.empty() && score > best.front().score) best.clear();
                    best.push_back({score, i, &spelling});
                }
                size_t at = 0;
                if (characters(keys_[i]) >= shortest_part && spelling.key.size() > keys_[i].size() &&
                    stands_in(keys_[i], spelling.key, at)) {
                    several = several || (around != nullptr && around != spelling.field);
                    around = spelling.field;
                    wider = &spelling;
                }
            }
            if (best.empty() && wider != nullptr && !several) {
                best.push_back({characters(keys_[i]), i, wider});
            }
            bool tie = std::any_of(best.begin(), best.end(), [&](const Candidate& other) {
                return other.spelling->field != best.front().spelling->field;
            });
            if (!best.empty() && !tie) candidates.push_back(best.front());
        }
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
        for (const Candidate& candidate : candidates) {
            if (used_.count(candidate.spelling->field) != 0) continue;
            take(candidate.column, candidate.spelling->target, candidate.spelling->field, 0);
        }
    }

    const catalog::Register& description_;
    const std::vector<Spelling>& all_;
    std::vector<std::string> keys_;
    std::set<size_t> decided_;
    std::map<const catalog::Field*, size_t> used_;
};

// A child whose naming field has no column, or that lacks a required one, cannot be made from a row: its
// columns are kept as extra.
void release_nameless_children(const catalog::Register& description, const catalog::Catalog& catalog,
                               std::vector<ImportColumn>& columns) {
    for (const catalog::ImportChild& child : description.import_children) {
        const catalog::Register* target = catalog.find_register(child.child);
        if (target == nullptr) continue;
        auto has = [&](const catalog::Field* field) {
            return std::any_of(columns.begin(), columns.end(), [&](const ImportColumn& column) {
                return column.target == target && column.field == field;
            });
        };
        auto naming = naming_fields(*target);
        bool can_be_made = std::any_of(naming.begin(), naming.end(), has);
        for (const catalog::Field& field : target->fields) {
            if (field.required && field.name != child.parent && !has(&field)) can_be_made = false;
        }
        if (can_be_made) continue;
        for (ImportColumn& column : columns) {
            if (column.target != target) continue;
            column.use = ColumnUse::extra;
            column.target = nullptr;
            column.field = nullptr;
        }
    }
}

// Names for extra fields, and which columns are empty.
void finish(const Table& table, size_t header_row, std::vector<ImportColumn>& columns) {
    std::vector<bool> filled(columns.size());
    for (size_t r = header_row + 1; r < table.rows.size(); r++) {
        const auto& cells = table.rows[r].cells;
        for (size_t i = 0; i < cells.size() && i < columns.size(); i++) {
            if (!filled[i] && !trim(cells[i]).empty()) filled[i] = true;
        }
    }
    std::set<std::string> names;
    for (size_t i = 0; i < columns.size(); i++) {
        ImportColumn& column = columns[i];
        std::string letters = fmt::format("列{}", column.letters);
        column.name = column.header.empty() ? letters : normalise(column.header);
        if (!names.insert(column.name).second) {
            column.name += fmt::format(" ({})", letters);
            names.insert(column.name);
        }
        if (column.use == ColumnUse::extra && !filled[i]) column.use = ColumnUse::empty;
    }
}

}  // namespace

std::string_view column_use_text(ColumnUse use) {
    switch (use) {
        case ColumnUse::mapped:
            return "mapped";
        case ColumnUse::extra:
            return "extra";
        case ColumnUse::ignored:
            return "ignored";
        case ColumnUse::empty:
            return "empty";
        case ColumnUse::id:
            return "id";
    }
    return "";
}

std::vector<const catalog::Field*> naming_fields(const catalog::Register& child) {
    for (const std::string& part : child.label_of) {
        std::vector<const catalog::Field*> fields;
        for (const std::string& name : split(part, "|")) {
            const catalog::Field* field = child.field(name);
            if (field != nullptr && name != child.parent_field) fields.push_back(field);
        }
        if (!fields.empty()) return fields;
    }
    return {};
}

Result<std::vector<ColumnMapping>> read_mappings(const catalog::Catalog& catalog,
                                                 const catalog::Register& description,
                                                 const std::vector<std::string>& texts) {
    std::vector<ColumnMapping> out;
    for (const std::string& text : texts) {
        size_t equals = text.rfind('=');
        ColumnMapping mapping;
        mapping.written = text;
        if (equals != std::string::npos) mapping.column = trim(std::string_view(text).substr(0, equals));
        if (mapping.column.empty()) {
            return fail(
                Code::usage,
                fmt::format("「{}」は読み取れません。--map '列の見出し=項目' の形で書いてください。", text),
                fmt::format("\"{}\" cannot be read. Write --map 'column=field'.", text));
        }
        std::string field = trim(std::string_view(text).substr(equals + 1));
        if (field != "-") {
            mapping.target = &description;
            size_t dot = field.find('.');
            if (dot != std::string::npos) {
                std::string child = field.substr(0, dot);
                auto known =
                    std::find_if(description.import_children.begin(), description.import_children.end(),
                                 [&](const catalog::ImportChild& one) { return one.child == child; });
                mapping.target =
                    known == description.import_children.end() ? nullptr : catalog.find_register(child);
                field = field.substr(dot + 1);
            }
            if (mapping.target != nullptr) {
                for (const catalog::Field& one : mapping.target->fields) {
                    bool label = match_key(one.label.ja) == match_key(field) && !match_key(field).empty();
                    bool parent = mapping.target != &description && one.name == mapping.target->parent_field;
                    if ((one.name == field || label) && !one.internal && !parent) mapping.field = &one;
                }
            }
            if (mapping.field == nullptr) {
                return fail(
                    Code::unknown_field,
                    fmt::format("--map '{}': {}台帳に項目「{}」はありません。項目名を確かめてください"
                                "（その列を使わないときは '{}=-'）。",
                                text, description.label.ja, field, mapping.column),
                    fmt::format("--map '{}': the register {} has no field \"{}\". Check its name (to leave "
                                "the column out, write '{}=-').",
                                text, description.name, field, mapping.column));
            }
        }
        for (const ColumnMapping& other : out) {
            // An entry has each of its fields once; of a child there may be several.
            if (mapping.target != &description || other.field != mapping.field) continue;
            return fail(Code::usage,
                        fmt::format("--map '{}' と '{}' は同じ項目です。どちらか一つにしてください。",
                                    other.written, mapping.written),
                        fmt::format("--map '{}' and '{}' mean the same field. Choose one of them.",
                                    other.written, mapping.written));
        }
        out.push_back(std::move(mapping));
    }
    return out;
}

std::optional<Header> find_header(const catalog::Catalog& catalog, const catalog::Register& description,
                                  const Table& table, const std::vector<ColumnMapping>& mappings) {
    size_t width = 0;
    for (const TableRow& row : table.rows)
        width = std::max(width, row.cells.size());
    std::vector<Spelling> all = spellings(catalog, description);
    std::optional<Header> best;
    std::pair<size_t, size_t> best_score;
    for (size_t r = 0; r < table.rows.size() && table.rows[r].number <= header_within; r++) {
        Guess guess(description, all, table.rows[r], width);
        guess.run(mappings);
        if (guess.mapped < 2 && guess.named == 0 && !(width == 1 && guess.mapped == 1)) continue;
        std::pair score{guess.certain, guess.mapped};
        if (best && score <= best_score) continue;
        best_score = score;
        best = Header{r, r, r, std::move(guess.columns), std::move(guess.unmet)};
    }
    if (best) {
        release_nameless_children(description, catalog, best->columns);
        finish(table, best->row, best->columns);
    }
    return best;
}

}  // namespace sonae::exchange
