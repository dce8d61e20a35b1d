// One import from the file to the record.
#include "exchange/import.hpp"

#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "exchange/import_memory.hpp"
#include "exchange/import_plan.hpp"
#include "exchange/import_sheets.hpp"
#include "exchange/table.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

namespace sonae::exchange {

using registers::Command;
using registers::Record;

namespace {

// With `strict` one row that cannot be taken refuses all.
Status refuse_rows(const ImportResult& result) {
    std::string ja;
    std::string en;
    int64_t count = 0;
    for (const ImportSheet& sheet : result.sheets) {
        for (const ImportRow& row : sheet.rows) {
            if (!left_out(row.outcome) || ++count > 3) continue;
            ja += fmt::format(" {}行目: {}", row.number, row.reason.ja);
            en += fmt::format(" Row {}: {}", row.number, row.reason.en);
        }
    }
    if (count == 0) return {};
    return fail(Code::refused,
                fmt::format("取り込めない行が{}行あるため、何も変更していません。{}", count, ja),
                fmt::format("{} rows cannot be taken, so nothing was changed.{}", count, en));
}

tl::unexpected<Error> no_existing(const std::string& name) {
    return fail(Code::not_found, fmt::format("--same: 「{}」は記録にありません。", name),
                fmt::format("--same: \"{}\" is not in the record.", name));
}

// What the record keeps of an import; the changes follow it in the history.
Command import_entry(const ImportResult& result, const std::string& id) {
    std::vector<std::string> sheets;
    for (const ImportSheet& sheet : result.sheets)
        sheets.push_back(
            fmt::format("{}{}{}", sheet.name, sheet.name.empty() ? "" : " → ", sheet.register_label.ja));
    Command command;
    command.action = "add";
    command.register_name = "file_import";
    command.id = id;
    auto number = [&](const char* field, int64_t count) {
        command.values.emplace_back(field, std::to_string(count));
    };
    command.values = {{"file", result.file},
                      {"sha256", result.sha256},
                      {"sheets", fmt::format("{}", fmt::join(sheets, "、"))}};
    number("rows", result.row_count());
    number("added", result.count(Outcome::added));
    number("changed", result.count(Outcome::changed));
    number("same", result.count(Outcome::same));
    number("conflict", result.count(Outcome::conflict));
    number("refused", result.count(Outcome::refused));
    number("skipped", result.skipped_count());
    return command;
}

// Carries out everything in one transaction; in portions, so that somebody can be told how far it is.
Status carry_out(Record& record, const std::vector<Command>& commands, const registers::Who& who,
                 const std::function<void(const Progress&)>& progress) {
    constexpr size_t portion = 4000;
    if (!progress || commands.size() <= portion) {
        auto applied = record.apply(commands, who);
        if (!applied) return pass(std::move(applied));
        return {};
    }
    auto total = static_cast<int64_t>(commands.size());
    try {
        record.group([&] {
            for (size_t from = 0; from < commands.size(); from += portion) {
                size_t end = std::min(commands.size(), from + portion);
                std::vector<Command> some(commands.begin() + static_cast<std::ptrdiff_t>(from),
                                          commands.begin() + static_cast<std::ptrdiff_t>(end));
                auto applied = record.apply(some, who);
                if (!applied) throw Failure(applied.error());  // takes back the portions before it
                progress({Progress::Phase::saving, static_cast<int64_t>(end), total});
            }
        });
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
    return {};
}

// The name under which the mapping of a file is remembered when nobody gave one.
std::string mapping_name(const Record& record, const Choice& choice, const std::string& file) {
    for (const ChosenSheet& sheet : choice.sheets) {
        if (!sheet.mapping.empty()) return sheet.mapping;
    }
    std::vector<Mapping> all = mappings_of(record);
    std::string stem = std::filesystem::path(file).stem().string();
    for (int number = 1;; number++) {
        std::string name = number == 1 ? stem : fmt::format("{} {}", stem, number);
        bool taken = std::any_of(all.begin(), all.end(),
                                 [&](const Mapping& one) { return match_key(one.name) == match_key(name); });
        if (!taken) return name;
    }
}

}  // namespace

std::string_view outcome_text(Outcome outcome) {
    switch (outcome) {
        case Outcome::added:
            return "new";
        case Outcome::changed:
            return "changed";
        case Outcome::same:
            return "same";
        case Outcome::conflict:
            return "conflict";
        case Outcome::refused:
            return "refused";
    }
    return "";
}

int64_t ImportSheet::count(Outcome outcome) const {
    return std::count_if(rows.begin(), rows.end(),
                         [&](const ImportRow& row) { return row.outcome == outcome; });
}

int64_t ImportResult::count(Outcome outcome) const {
    int64_t sum = 0;
    for (const ImportSheet& sheet : sheets)
        sum += sheet.count(outcome);
    return sum;
}

int64_t ImportResult::row_count() const {
    int64_t sum = 0;
    for (const ImportSheet& sheet : sheets)
        sum += sheet.row_count;
    for (const OtherSheet& sheet : other_sheets)
        sum += sheet.rows;
    return sum;
}

int64_t ImportResult::skipped_count() const {
    int64_t sum = 0;
    for (const ImportSheet& sheet : sheets)
        sum += sheet.skipped_count();
    for (const OtherSheet& sheet : other_sheets)
        sum += sheet.rows;
    return sum;
}

Result<ImportResult> import_file(Record& record, std::string_view register_name, std::string_view file_name,
                                 std::string_view bytes, const ImportOptions& options,
                                 const registers::Who& who) {
    auto same = read_same(options.same);
    if (!same) return pass(std::move(same));
    if (register_name != any_register) {
        // Before a long file is read.
        const catalog::Register* description = record.catalog().find_register(register_name);
        if (description == nullptr) {
            return fail(Code::unknown_register, fmt::format("台帳「{}」はありません。", register_name),
                        fmt::format("There is no register \"{}\".", register_name));
        }
    }
    if (options.progress) options.progress({Progress::Phase::reading, 0, 0});
    auto book = read_workbook(bytes, file_name);
    if (!book) return pass(std::move(book));
    auto choice = choose_sheets(record, register_name, file_name, *book, options);
    if (!choice) return pass(std::move(choice));

    ImportResult result;
    result.file = file_name;
    result.sha256 = hex(sha256(bytes));
    result.dry_run = options.dry_run;
    result.other_sheets = choice->others;
    result.notices = book->notices;
    for (const auto& [name, existing] : choice->same)
        same->push_back({name, existing, false});
    References references(record, *same);

    result.sheets.resize(choice->sheets.size());
    std::vector<std::pair<const catalog::Register*, std::vector<PlanSheet>>> plans;
    for (size_t i = 0; i < choice->sheets.size(); i++) {
        const ChosenSheet& chosen = choice->sheets[i];
        ImportSheet& sheet = result.sheets[i];
        PlanSheet plan;
        plan.table = chosen.table;
        plan.header = chosen.header;
        plan.rows = rows_of(*chosen.table, chosen.header);
        plan.result = &sheet;
        plan.values = chosen.values;
        plan.system_1904 = book->system_1904;
        sheet.name = chosen.table->name;
        sheet.register_name = chosen.description->name;
        sheet.register_label = chosen.description->label;
        for (const auto& [field, text] : chosen.values)
            sheet.values.emplace_back(field->name, text);
        sheet.mapping = chosen.mapping;
        sheet.fingerprint = chosen.fingerprint;
        sheet.row_count = chosen.table->row_count;
        sheet.header_row = chosen.table->rows[chosen.header.last_row].number;
        sheet.blank_rows = plan.rows.blank;
        sheet.columns = chosen.header.columns;
        sheet.skipped = plan.rows.skipped;
        for (const ImportColumn& column : chosen.header.columns) {
            if (column.use == ColumnUse::mapped && column.field->type == catalog::Type::reference)
                references.expect(*record.catalog().find_register(column.field->references));
        }
        auto place = std::find_if(plans.begin(), plans.end(),
                                  [&](const auto& one) { return one.first == chosen.description; });
        if (place == plans.end()) place = plans.insert(place, {chosen.description, {}});
        place->second.push_back(std::move(plan));
    }
    int64_t rows = 0;
    for (const auto& [description, sheets] : plans) {
        for (const PlanSheet& sheet : sheets)
            rows += static_cast<int64_t>(sheet.rows.data.size());
    }

    std::vector<Command> commands;
    std::string id = new_id(record.now());
    commands.emplace_back();  // the import's own entry, when its counts are known
    int64_t done = 0;
    for (auto& [description, sheets] : plans) {
        int64_t of_plan = 0;
        for (const PlanSheet& sheet : sheets)
            of_plan += static_cast<int64_t>(sheet.rows.data.size());
        auto planned = [&options, done, rows](int64_t more) {
            if (options.progress) options.progress({Progress::Phase::planning, done + more, rows});
        };
        RegisterPlan(record, *description, references, std::move(sheets), planned)
            .run(commands, result.children);
        done += of_plan;
    }
    result.created = references.created();
    if (auto unmet = references.unmet(); !unmet.empty()) return no_existing(unmet.front());
    if (options.strict) {
        if (auto taken = refuse_rows(result); !taken) return pass(std::move(taken));
    }
    if (options.dry_run) return result;

    bool changes = commands.size() > 1;
    if (changes) {
        commands.front() = import_entry(result, id);
        result.import_id = id;
    } else {
        commands.clear();
    }
    bool said = !options.map.empty() || !options.sheets.empty() || !options.same.empty() ||
                !options.save_mapping.empty();
    if (said && result.left_out_count() < static_cast<int64_t>(rows)) {
        Mapping mapping =
            mapping_of(*choice, options.save_mapping.empty() ? mapping_name(record, *choice, result.file)
                                                             : options.save_mapping);
        for (const SameName& one : *same)
            mapping.same.emplace_back(one.name, one.existing);
        // In front of the import's entry: what is remembered stays when the import is undone.
        commands.insert(commands.begin(), keep_mapping(record, mapping));
        result.saved_mapping = mapping.name;
    }
    if (commands.empty()) return result;
    if (auto carried = carry_out(record, commands, who, options.progress); !carried)
        return pass(std::move(carried));
    return result;
}

}  // namespace sonae::exchange
