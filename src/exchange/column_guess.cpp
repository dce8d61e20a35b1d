// Guessing by the words of headers.
#include "exchange/column_guess.hpp"

#include "base/text.hpp"
#include "exchange/own_headers.hpp"

#include <algorithm>
#include <unordered_map>

namespace sonae::exchange {

namespace {

constexpr size_t most_in_part = 300;    // columns that are matched in part; no ledger has more
constexpr size_t longest_header = 200;  // bytes of a header that is matched in part

}  // namespace

ColumnGuess::ColumnGuess(const catalog::Catalog& catalog, const catalog::Register& description,
                         const std::vector<Spelling>& all, std::vector<HeaderCell> cells)
    : catalog_(catalog), description_(description), all_(all) {
    columns.resize(cells.size());
    thoughts_.resize(cells.size());
    for (size_t i = 0; i < cells.size(); i++) {
        Thought& thought = thoughts_[i];
        thought.header = std::move(cells[i]);
        columns[i].letters = column_letters(i);
        columns[i].header = thought.header.text();
        if (thought.header.lines.empty()) continue;
        thought.last = header_key(thought.header.last());
        std::string group = header_key(thought.header.group());
        auto [plain, number] = without_number(group);
        thought.number = number;
        thought.whole = plain + thought.last;
        if (number == 0) thought.number = without_number(thought.last).second;
    }
}

void ColumnGuess::read_headers(const std::vector<ColumnMapping>& mappings) {
    for (const ColumnMapping& mapping : mappings) {
        if (!apply(mapping)) unmet.push_back(mapping.written);
    }
    const std::string id_key = header_key(id_header);
    for (size_t i = 0; i < columns.size(); i++) {
        if (!open(i) || thoughts_[i].last != id_key) continue;
        columns[i].use = ColumnUse::id;
        thoughts_[i].decided = true;
        certain++;
        mapped++;
        read_own();
        break;
    }
    read_groups();
    exactly(By::spelling, [](const Thought& thought) { return thought.whole; });
    for (size_t i = 0; i < columns.size(); i++) {
        const Spelling* reference = thoughts_[i].reference;
        if (!open(i) || reference == nullptr || !free(*reference)) continue;
        take(i, reference->target, reference->field, thoughts_[i].number, By::detail);
        certain++;
    }
    exactly(By::detail, [](const Thought& thought) {
        bool alone = thought.header.lines.size() > 1 && !thought.of_another;
        return alone ? thought.last : std::string();
    });
    exactly(By::number, [](const Thought& thought) { return without_number(thought.whole).first; });
    exactly(By::number, [](const Thought& thought) {
        return thought.child != nullptr ? without_number(thought.last).first : std::string();
    });
    exactly(By::bracket, [](const Thought& thought) { return before_bracket(thought.header.text()); });
    in_part();
}

// The headers of a sheet that Sonae has written itself say exactly what they mean.
void ColumnGuess::read_own() {
    const OwnHeaders headers(catalog_, description_);
    for (size_t i = 0; i < columns.size(); i++) {
        if (!open(i)) continue;
        auto own = headers.read(columns[i].header);
        if (!own) continue;
        switch (own->kind) {
            case OwnColumn::Kind::field:
                if (used_.count(own->field) != 0) continue;
                take(i, own->target, own->field, 0, By::own);
                break;
            case OwnColumn::Kind::child:
                take(i, own->target, own->field, own->group, By::own);
                break;
            case OwnColumn::Kind::child_id:
                columns[i].use = ColumnUse::id;
                columns[i].target = own->target;
                columns[i].group = own->group;
                thoughts_[i].decided = true;
                break;
            case OwnColumn::Kind::extra:
                thoughts_[i].extra = own->extra;
                thoughts_[i].decided = true;
                break;
            case OwnColumn::Kind::id:
                continue;  // a second one
        }
        certain++;
    }
}

bool ColumnGuess::open(size_t i) const {
    return !thoughts_[i].whole.empty() && !thoughts_[i].decided && !thoughts_[i].header.continued;
}

bool ColumnGuess::free(const Spelling& spelling) const {
    return is_child(spelling.target) || used_.count(spelling.field) == 0;
}

void ColumnGuess::take(size_t i, const catalog::Register* target, const catalog::Field* field, size_t number,
                       By by) {
    ImportColumn& column = columns[i];
    column.use = ColumnUse::mapped;
    column.target = target;
    column.field = field;
    size_t count = used_[field]++;
    column.group = number > 0 ? number : count + 1;
    thoughts_[i].decided = true;
    thoughts_[i].by = by;
    mapped++;
}

// Carries out what the caller said of a column: the next one with this header, else the one with these
// letters.
bool ColumnGuess::apply(const ColumnMapping& mapping) {
    std::string key = header_key(mapping.column);
    size_t place = columns.size();
    for (bool whole : {true, false}) {
        for (size_t i = 0; i < columns.size() && place == columns.size() && !key.empty(); i++) {
            const Thought& thought = thoughts_[i];
            bool same =
                whole ? thought.whole == key || header_key(columns[i].header) == key : thought.last == key;
            if (same && !thought.decided && !thought.header.continued) place = i;
        }
    }
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
        if (place == columns.size() || thoughts_[place].decided) return false;
    }
    if (mapping.target == nullptr) {
        columns[place].use = ColumnUse::ignored;
        thoughts_[place].decided = true;
    } else {
        take(place, mapping.target, mapping.field, thoughts_[place].number, By::caller);
    }
    return true;
}

// The reference field of which the key is a spelling: what follows it speaks of the other entry (the 担当者
// of the 保守業者 is not that of the device).
const Spelling* ColumnGuess::reference_of(std::string_view key) const {
    for (const Spelling& spelling : all_)
        if (spelling.field->type == catalog::Type::reference && spelling.key == key) return &spelling;
    return nullptr;
}

bool ColumnGuess::is_spelling(std::string_view key) const {
    return std::any_of(all_.begin(), all_.end(), [&](const Spelling& one) { return one.key == key; });
}

// Finds out what the group lines mean.
void ColumnGuess::read_groups() {
    for (Thought& thought : thoughts_) {
        if (thought.header.lines.size() < 2) continue;
        std::string group = without_number(header_key(thought.header.group())).first;
        for (const catalog::ImportChild& link : description_.import_children) {
            const catalog::Register* child = catalog_.find_register(link.child);
            if (child == nullptr || thought.child != nullptr) continue;
            bool means = match_key(child->label.ja) == group;
            for (const std::string& sheet : child->sheets)
                means = means || match_key(sheet) == group;
            auto naming = naming_fields(*child);
            for (const Spelling& spelling : all_) {
                means = means || (spelling.key == group &&
                                  std::find(naming.begin(), naming.end(), spelling.field) != naming.end());
            }
            if (means) thought.child = child;
        }
        const Spelling* reference = thought.child == nullptr ? reference_of(group) : nullptr;
        if (reference == nullptr) continue;
        thought.of_another = true;
        const catalog::Register* other = catalog_.find_register(reference->field->references);
        const catalog::Field* name = other != nullptr ? other->field(reference->field->found_by) : nullptr;
        if (name == nullptr) continue;
        bool names = header_key(name->label.ja) == thought.last;
        for (const std::string& header : name->headers)
            names = names || header_key(header) == thought.last;
        if (names) thought.reference = reference;
    }
}

// Matches whole texts; the spelling that stands first in the register's file wins.
template <class Key>
void ColumnGuess::exactly(By by, Key&& key) {
    std::unordered_map<std::string, std::vector<size_t>> by_key;
    for (size_t i = 0; i < columns.size(); i++) {
        if (!open(i)) continue;
        std::string text = key(thoughts_[i]);
        if (!text.empty()) by_key[std::move(text)].push_back(i);
    }
    for (const Spelling& spelling : all_) {
        auto found = by_key.find(spelling.key);
        if (found == by_key.end()) continue;
        if (by == By::number && !is_child(spelling.target)) continue;  // 電話番号2 is not 電話番号
        for (size_t i : found->second) {
            Thought& thought = thoughts_[i];
            if (thought.decided) continue;
            bool elsewhere =
                by != By::spelling && thought.child != nullptr && spelling.target != thought.child;
            if (elsewhere) continue;
            if (!free(spelling)) {
                if (thought.wanted == nullptr) thought.wanted = spelling.field;
                continue;
            }
            take(i, spelling.target, spelling.field, thought.number,
                 by == By::spelling && spelling.name ? By::name : by);
            certain++;
        }
    }
}

// The spellings that match a header in part, with their scores: the longest ones, or the one field whose
// spellings the header is a part of.
void ColumnGuess::match_part(size_t i, std::vector<std::pair<size_t, const Spelling*>>& best, bool& wider) {
    const std::string& key = thoughts_[i].whole;
    const catalog::Field* around = nullptr;
    const Spelling* around_by = nullptr;
    bool several = false;
    for (const Spelling& spelling : all_) {
        if (used_.count(spelling.field) != 0) continue;
        size_t score = part_score(spelling, key);
        if (score > 0 && (best.empty() || score >= best.front().first)) {
            if (!best.empty() && score > best.front().first) best.clear();
            best.emplace_back(score, &spelling);
        }
        size_t at = 0;
        if (spelling.key.size() > key.size() && characters(key) >= 2 && stands_in(key, spelling.key, at)) {
            // The OS名称 is the 名称 of what another word says already.
            std::string_view before = std::string_view(spelling.key).substr(0, at);
            if (is_spelling(before)) continue;
            // The register's own fields come first; those of children count when none of them has such a
            // word.
            if (around != nullptr && is_child(spelling.target) && !is_child(around_by->target)) continue;
            several = several || (around != nullptr && around != spelling.field);
            around = spelling.field;
            around_by = &spelling;
        }
    }
    wider = best.empty() && around_by != nullptr && !several;
    if (wider) best.emplace_back(characters(key), around_by);
}

// What is left is matched in part, the longest spelling first; a tie between fields is no match.
void ColumnGuess::in_part() {
    struct Candidate {
        size_t score;
        size_t column;
        const Spelling* spelling;
        bool wider;
    };
    std::vector<Candidate> candidates;
    for (size_t i = 0; i < columns.size() && i < most_in_part; i++) {
        Thought& thought = thoughts_[i];
        if (!open(i) || thought.of_another || thought.whole.size() > longest_header) continue;
        std::vector<std::pair<size_t, const Spelling*>> best;
        bool wider = false;
        match_part(i, best, wider);
        if (best.empty()) continue;
        for (const auto& [score, spelling] : best) {
            if (std::find(thought.could_be.begin(), thought.could_be.end(), spelling->field) ==
                thought.could_be.end())
                thought.could_be.push_back(spelling->field);
        }
        const Spelling* spelling = best.front().second;
        thought.spelling = spelling->written;
        size_t at = 0;
        if (!wider && stands_in(spelling->key, thought.whole, at)) {
            std::string_view before = std::string_view(thought.whole).substr(0, at);
            bool last = at + spelling->key.size() == thought.whole.size();
            if (last && reference_of(before) != nullptr) {
                thought.could_be.clear();
                continue;
            }
            if (!last) {
                // 保守業者担当者 begins with one word and ends with another.
                for (const Spelling& other : all_) {
                    bool ends = other.field != spelling->field && thought.whole.ends_with(other.key) &&
                                characters(other.key) >= 2 && thought.could_be.size() == 1;
                    if (ends) thought.could_be.push_back(other.field);
                }
            }
        }
        if (thought.could_be.size() > 1) continue;
        thought.could_be.clear();
        candidates.push_back({best.front().first, i, spelling, wider});
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    for (const Candidate& candidate : candidates) {
        Thought& thought = thoughts_[candidate.column];
        if (used_.count(candidate.spelling->field) != 0) {
            thought.wanted = candidate.spelling->field;
            continue;
        }
        take(candidate.column, candidate.spelling->target, candidate.spelling->field, 0,
             candidate.wider ? By::wider : By::part);
    }
}

}  // namespace sonae::exchange
