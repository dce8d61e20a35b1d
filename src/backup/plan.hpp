// The plan for the record's own backups (registers own_backup_plan and own_backup): what it asks for, what
// was done, what is overdue, and which old backups may go. One thread, with its Record.
#pragma once

#include "base/error.hpp"
#include "register/record.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sonae::backup {

// Registers of this floor.
inline constexpr std::string_view own_backup = "own_backup";
inline constexpr std::string_view own_backup_plan = "own_backup_plan";

struct Plan {
    std::string id;
    std::filesystem::path folder;
    std::optional<int64_t> every_days;
    std::optional<int64_t> keep;
    std::optional<int64_t> drill_every_days;
};

// A backup or drill that the record lists.
struct Listed {
    std::string id;
    bool good = false;
    std::string made_on;
    std::filesystem::path place;
    std::string file;
    std::string sha256;
    bool encrypted = false;
    bool removed = false;
    int64_t history_size = 0;
    std::string root;
    std::string counts;

    std::filesystem::path path() const { return place / file; }
};

// The plan; nothing when none was recorded.
std::optional<Plan> plan_of(const registers::Record& record);

// Everything listed of a kind (backup, restore, restore_drill), newest first.
std::vector<Listed> listed(const registers::Record& record, std::string_view kind);

// How things stand.
struct Standing {
    std::optional<Plan> plan;
    std::optional<Listed> backup;        // the last good one
    std::optional<Listed> drill;         // the last one, good or bad
    std::optional<int64_t> backup_days;  // days since then
    std::optional<int64_t> drill_days;
    std::vector<Words> overdue;  // sentences; empty: nothing is overdue
};
Standing standing(const registers::Record& record);

// The sentence of warning when a plan exists and the last good backup is older than it asks for (or there is
// none). Quick enough for every command.
std::optional<Words> overdue(const registers::Record& record);

// Removes the files of backups beyond the plan's generations: only files in the plan's folder that the record
// lists as good backups and whose bytes are the recorded ones; never one of the newest `keep`, and never the
// newest. Returns the removed names, and in `left` those that were to go but have other bytes.
struct Removed {
    std::vector<std::string> names;
    std::vector<std::string> left;
};
Result<Removed> remove_old(registers::Record& record, const Plan& plan, const registers::Who& who);

}  // namespace sonae::backup
