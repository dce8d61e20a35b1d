// Weighing what speaks for a register.
#include "exchange/import_fit.hpp"

#include "base/text.hpp"
#include "exchange/header_words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

// The name of a sheet as it is compared: without a number and without the words for "list" behind it.
std::string name_key(std::string_view sheet_name) {
    std::string key = match_key(sheet_name);
    constexpr std::array<std::string_view, 9> list_words{"管理台帳", "管理表", "台帳", "一覧表", "一覧",
                                                         "リスト",   "名簿",   "list", "表"};
    for (bool cut = true; cut;) {
        cut = false;
        key = without_number(key).first;
        for (std::string_view word : list_words) {
            if (!key.ends_with(word) || key.size() == word.size()) continue;
            key.resize(key.size() - word.size());
            cut = true;
        }
    }
    return key;
}

// How a sheet's name speaks for a register: 2 by its name, 1 by a word in it, 0 not.
int name_speaks(const catalog::Register& description, std::string_view sheet_name) {
    std::string whole = match_key(sheet_name);
    std::string key = name_key(sheet_name);
    if (key.empty()) return 0;
    std::vector<std::string> words{description.label.ja, description.label.en, description.name};
    words.insert(words.end(), description.sheets.begin(), description.sheets.end());
    int best = 0;
    for (const std::string& word : words) {
        std::string own = match_key(word);
        if (own == key || own == whole) return 2;
        if (characters(own) >= 2 && key.find(own) != std::string::npos) best = 1;
    }
    return best;
}

}  // namespace

std::vector<std::pair<const catalog::Field*, std::string>> values_of_name(
    const catalog::Register& description, std::string_view sheet_name, const Header& header) {
    std::vector<std::pair<const catalog::Field*, std::string>> out;
    for (const catalog::Field& field : description.fields) {
        if (field.type != catalog::Type::choice || field.internal || field.many) continue;
        bool column = std::any_of(header.columns.begin(), header.columns.end(),
                                  [&](const ImportColumn& one) { return one.field == &field; });
        if (column) continue;
        const catalog::Choice* choice = field.read_choice(sheet_name);
        if (choice == nullptr) choice = field.read_choice(name_key(sheet_name));
        // A word of one character, or one that answers anything, says nothing about all rows.
        if (choice != nullptr && characters(name_key(sheet_name)) >= 2)
            out.emplace_back(&field, choice->value);
    }
    return out;
}

std::vector<SheetFit> fit(const catalog::Catalog& catalog, const Table& table) {
    std::vector<SheetFit> out;
    for (const catalog::Register& description : catalog.registers()) {
        if (description.internal || description.single) continue;
        auto header = find_header(catalog, description, table, {});
        if (!header) continue;
        SheetFit one;
        one.target = &description;
        int sum = 0;
        int columns = 0;
        int mapped = 0;
        bool named = false;
        for (const ImportColumn& column : header->columns) {
            if (column.use == ColumnUse::empty || column.use == ColumnUse::id) continue;
            columns++;
            if (column.use != ColumnUse::mapped) continue;
            mapped++;
            sum += column.confidence;
            if (column.target != &description) continue;
            named = named || column.field->key;
            for (const std::string& part : description.label_of) {
                for (const std::string& name : split(part, "|"))
                    named = named || name == column.field->name;
            }
        }
        if (mapped == 0 || columns == 0) continue;
        one.values = values_of_name(description, table.name, *header);
        std::vector<std::string> missing;
        for (const catalog::Field& field : description.fields) {
            bool there = std::any_of(header->columns.begin(), header->columns.end(),
                                     [&](const ImportColumn& column) { return column.field == &field; });
            there = there || std::any_of(one.values.begin(), one.values.end(),
                                         [&](const auto& value) { return value.first == &field; });
            if (field.required && !there) missing.push_back(field.label.ja);
        }
        int speaks = name_speaks(description, table.name);
        bool by_choice = !one.values.empty();
        // Columns count most; then whether the entries have a name, and what the sheet is called.
        int sure = 65 * sum / (100 * columns) + std::min(mapped, 8);
        sure += named ? 10 : -10;
        sure += speaks == 2 ? 20 : speaks == 1 || by_choice ? 14 : 0;
        if (!missing.empty()) sure -= 40;
        one.confidence = std::clamp(sure, 1, 99);
        one.reason = {
            fmt::format("{}列のうち{}列が「{}」の項目です。", columns, mapped, description.label.ja),
            fmt::format("{} of {} columns are fields of the register {}.", mapped, columns,
                        description.name)};
        if (speaks != 0 || by_choice) {
            one.reason.ja += fmt::format("シート名「{}」も合っています。", normalise(table.name));
            one.reason.en += fmt::format(" The sheet's name \"{}\" fits too.", normalise(table.name));
        }
        if (!missing.empty()) {
            one.reason.ja += fmt::format("ただし、必須の「{}」の列がありません。", missing.front());
            one.reason.en += " But a column that is needed is missing.";
        }
        one.header = *std::move(header);
        out.push_back(std::move(one));
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const SheetFit& a, const SheetFit& b) { return a.confidence > b.confidence; });
    return out;
}

}  // namespace sonae::exchange
