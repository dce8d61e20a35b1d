// The scenario that is run on simulated disks: what an institution does with its record, step by step,
// through the whole core. Used by one thread.
#pragma once

#include "evidence/evidence.hpp"
#include "facts.hpp"
#include "sim/disk.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sonae::sim {

// The history as it stood when something was acknowledged.
struct State {
    int64_t size = 0;
    Digest root{};
    bool operator==(const State&) const = default;
};
State state_of(const registers::Record& record);

// What was acknowledged, in order. `together`: may have become durable with the one before it.
struct Acknowledged {
    State state;
    bool together = false;
};

// A data folder on a disk, and the process that has it open.
class Process {
 public:
    explicit Process(Disk& disk) : disk_(disk), folder_(disk.root() + "/data") {}

    Status create();
    Status open();
    void close() { record_.reset(); }
    bool is_open() const { return record_.has_value(); }
    registers::Record& operator*() { return *record_; }
    registers::Record* operator->() { return &*record_; }

    Status apply(const std::vector<registers::Command>& commands);
    Status attach(const std::string& name);  // a file of /upload
    // Runs SQL of the engine, such as a checkpoint of the WAL.
    Status engine(const char* sql);
    State state() { return state_of(*record_); }
    // Hands the record to a Writer, to which several threads give jobs at the same time; closes it.
    Status write_together(int threads, int jobs);

    Disk& disk() { return disk_; }
    std::vector<Acknowledged>* states =
        nullptr;          // where write_together puts what it was told, with its marks
    bool durable = true;  // false: synchronous=NORMAL, for showing that the test sees a loss

 private:
    Disk& disk_;
    std::filesystem::path folder_;
    FixedClock clock_{*Date::parse_iso("2026-11-22")};
    std::optional<registers::Record> record_;
};

// Is erased by the story's last but one step: no file holds it when that was acknowledged.
inline constexpr const char* secret = "ここだけの秘密の場所";

struct Step {
    const char* name;
    std::function<Status(Process&)> act;
    bool in_parts = false;  // an error may come after a part that stays
};

// The steps after `create` and `open`; `devices` are imported in one batch. Puts the files to attach on the
// disk.
std::vector<Step> story(Disk& disk, int devices);

// Everything the program itself can find wrong with the record; empty: nothing.
std::string faults_of(Process& process);

// A command that adds one entry.
registers::Command add(std::string_view register_name,
                       std::vector<std::pair<std::string, std::string>> values);

}  // namespace sonae::sim
