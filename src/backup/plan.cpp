// Reading the two registers, and taking old generations away.
#include "backup/plan.hpp"

#include "backup/file.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace sonae::backup {

namespace {

namespace fs = std::filesystem;

std::optional<int64_t> days_since(const registers::Record& record, std::string_view day) {
    auto date = Date::parse_iso(day);
    if (!date || !date->whole()) return std::nullopt;
    return date->days_until(record.today());
}

Words no_backup() {
    return {"この記録のバックアップがまだありません。`sonae backup` で作ってください。",
            "There is no backup of this record yet. Make one with `sonae backup`."};
}

Words late_backup(std::string_view made_on, int64_t days, int64_t every) {
    return {fmt::format(
                "この記録の最後のバックアップは{}日前（{}）です。計画は{}日ごとです。`sonae backup` で作って"
                "ください。",
                days, made_on, every),
            fmt::format(
                "The last backup of this record is {} days old ({}); the plan asks for one every {} days. "
                "Make one with `sonae backup`.",
                days, made_on, every)};
}

Words late_drill(std::optional<int64_t> days, int64_t every) {
    if (!days) {
        return {"バックアップから戻せるかを、まだ試していません。`sonae drill` で試してください。",
                "Nobody has tried yet whether a backup can be restored. Try with `sonae drill`."};
    }
    return {
        fmt::format("最後の復元訓練は{}日前です。計画は{}日ごとです。`sonae drill` で試してください。", *days,
                    every),
        fmt::format("The last drill was {} days ago; the plan asks for one every {} days. Try with `sonae "
                    "drill`.",
                    *days, every)};
}

}  // namespace

std::optional<Plan> plan_of(const registers::Record& record) {
    auto query = record.scoped("SELECT id, folder, every_days, keep, drill_every_days FROM own_backup_plan");
    if (!query.step()) return std::nullopt;
    auto number = [&](int column) {
        return query.null(column) ? std::nullopt : std::optional<int64_t>(query.integer(column));
    };
    Plan plan{std::string(query.text(0)), std::string(query.text(1)), number(2), number(3), number(4)};
    query.reset();
    return plan;
}

std::vector<Listed> listed(const registers::Record& record, std::string_view kind) {
    std::vector<Listed> out;
    auto query = record.scoped(
        "SELECT id, outcome, made_on, place, file, sha256, encrypted, removed_on, history_size, root, counts "
        "FROM own_backup WHERE kind = :kind ORDER BY id DESC");
    query.bind("kind", kind);
    while (query.step()) {
        out.push_back({std::string(query.text(0)), query.text(1) == "good", std::string(query.text(2)),
                       std::string(query.text(3)), std::string(query.text(4)), std::string(query.text(5)),
                       query.integer(6) != 0, !query.null(7), query.integer(8), std::string(query.text(9)),
                       std::string(query.text(10))});
    }
    return out;
}

Standing standing(const registers::Record& record) {
    Standing out;
    out.plan = plan_of(record);
    auto backups = listed(record, "backup");
    if (auto good = std::ranges::find_if(backups, &Listed::good); good != backups.end()) {
        out.backup = *good;
        out.backup_days = days_since(record, good->made_on);
    }
    if (auto drills = listed(record, "restore_drill"); !drills.empty()) {
        out.drill = drills.front();
        out.drill_days = days_since(record, drills.front().made_on);
    }
    if (auto late = overdue(record)) out.overdue.push_back(std::move(*late));
    if (out.plan && out.plan->drill_every_days) {
        const int64_t every = *out.plan->drill_every_days;
        if (!out.drill_days || *out.drill_days > every)
            out.overdue.push_back(late_drill(out.drill_days, every));
    }
    return out;
}

std::optional<Words> overdue(const registers::Record& record) {
    auto plan = plan_of(record);
    if (!plan || !plan->every_days) return std::nullopt;
    auto query = record.scoped(
        "SELECT max(made_on) FROM own_backup WHERE kind = 'backup' AND outcome = 'good' AND made_on <= "
        ":today");
    std::string made_on;
    if (query.step()) made_on = query.text(0);
    query.reset();
    auto days = days_since(record, made_on);
    if (!days) return no_backup();
    if (*days <= *plan->every_days) return std::nullopt;
    return late_backup(made_on, *days, *plan->every_days);
}

Result<Removed> remove_old(registers::Record& record, const Plan& plan, const registers::Who& who) {
    Removed out;
    if (!plan.keep) return out;
    const auto keep = static_cast<size_t>(std::max<int64_t>(*plan.keep, 1));
    size_t kept = 0;
    std::vector<registers::Command> commands;
    std::set<std::string> seen;
    for (const Listed& one : listed(record, "backup")) {
        // A name is looked at once: for the newest backup that has it.
        if (!one.good || one.removed || one.place != plan.folder || !seen.insert(one.file).second) continue;
        if (!safe_path(one.file) || one.file.find('/') != std::string::npos) continue;
        std::error_code error;
        if (fs::symlink_status(one.path(), error).type() != fs::file_type::regular) continue;
        if (kept < keep) {
            kept++;
            continue;
        }
        auto digest = digest_of(one.path());
        if (!digest || digest->sha256 != one.sha256) {
            out.left.push_back(one.file);
            continue;
        }
        if (!fs::remove(one.path(), error) || error) {
            out.left.push_back(one.file);
            continue;
        }
        out.names.push_back(one.file);
        registers::Command command;
        command.action = "set";
        command.register_name = own_backup;
        command.id = one.id;
        command.values = {{"removed_on", record.today().iso()}};
        commands.push_back(std::move(command));
    }
    if (!commands.empty()) {
        if (auto applied = record.apply(commands, who); !applied) return pass(std::move(applied));
    }
    return out;
}

}  // namespace sonae::backup
