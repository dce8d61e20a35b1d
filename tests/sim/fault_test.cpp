// Calls to the disk that fail: for each call of a scenario, once and from then on, with an I/O error, and
// with a full disk until somebody makes room. A command that was refused changed nothing, one that was
// acknowledged is there, the record verifies afterwards, and a sync that fails stops the process.
//
// Share of the CI: one call of 23; with SONAE_LONG=1 every call.
#include "share.hpp"
#include "sim/story.hpp"

#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <thread>

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sonae::sim {
namespace {

// Every how many calls one fails.
int64_t every() {
    return tests::share("calls that fail, of 23", 1, 23) == 23 ? 1 : 23;
}

// What became of a scenario on a failing disk. Shared with the thread that runs it, which a stop leaves
// standing where it is, as a process that has ended.
struct Outcome {
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    bool stopped = false;
    State kept;  // at the last acknowledgement
    int refused = 0;
    bool full = false;  // some refusal said that the disk is full
    std::string wrong;
};
thread_local Outcome* running = nullptr;

}  // namespace
}  // namespace sonae::sim

// The end of the process, as os::stop calls it: in a test the thread that runs the scenario stands still.
extern "C" void _exit(int code) {
    using sonae::sim::running;
    if (!running) {
        ::syscall(SYS_exit_group, code);
        std::abort();
    }
    std::unique_lock lock(running->mutex);
    running->stopped = true;
    running->over = true;
    running->changed.notify_all();
    for (;;)
        running->changed.wait(lock);
}

namespace sonae::sim {
namespace {

class SlowFaultTest : public testing::Test {
 protected:
    void SetUp() override {
        install();
        // A record as it is after some work; each case begins with a copy of its disk.
        steps_ = story(disk_, 6);
        Process process(disk_);
        ASSERT_TRUE(process.create());
        ASSERT_TRUE(process.open());
        start_ = process.state();
        process.close();
        settled_ = disk_.cut(random_, 1);
    }

    // Runs the scenario with a fault; a step that is refused is left out. `room_after`: so many refusals
    // later there is room again and the step is tried once more, which must succeed. 0: never.
    static void run(Disk& disk, const std::vector<Step>& steps, int room_after, Outcome& out) {
        Process process(disk);
        auto refused = [&](const char* step, const Error& error) {
            out.refused++;
            if (error.code == Code::disk_full) out.full = true;
            if (room_after > 0 && error.code != Code::disk_full)
                out.wrong = fmt::format("{}: {} instead of disk_full", step, error.words.en);
        };
        auto attempt = [&](const char* name, bool in_parts, const std::function<Status()>& act) {
            Status done = act();
            for (int i = 0; !done && i < room_after; i++) {
                if (in_parts && process.is_open() && process.state() != out.kept) {
                    disk.full = false;
                    return Status();  // its first part has stayed
                }
                refused(name, done.error());
                if (i + 1 == room_after) disk.full = false;
                done = act();
            }
            if (!done && room_after > 0)
                out.wrong =
                    fmt::format("{}: refused although there is room again: {}", name, done.error().words.en);
            return done;
        };
        auto opening = [&] {
            Status opened = attempt("open", false, [&] { return process.open(); });
            if (!opened) refused("open", opened.error());
            return opened.has_value();
        };
        if (!opening()) return;
        for (const Step& step : steps) {
            Status done = attempt(step.name, step.in_parts, [&] { return step.act(process); });
            if (!process.is_open() && !opening()) return;
            State now = process.state();
            if (done) {
                out.kept = now;
            } else {
                refused(step.name, done.error());
                if (step.in_parts) out.kept = now;
                if (now != out.kept) {
                    out.wrong = fmt::format("{} was refused ({}) and changed something", step.name,
                                            done.error().words.en);
                    return;
                }
            }
        }
        process.close();
    }

    // Runs it in a thread of its own until it ends or stops.
    std::shared_ptr<Outcome> run_apart(const std::shared_ptr<Disk>& disk, int room_after) {
        auto out = std::make_shared<Outcome>();
        out->kept = start_;
        std::thread([disk, out, steps = steps_, room_after] {
            running = out.get();
            run(*disk, steps, room_after, *out);
            std::lock_guard lock(out->mutex);
            out->over = true;
            out->changed.notify_all();
        }).detach();
        std::unique_lock lock(out->mutex);
        out->changed.wait(lock, [&] { return out->over; });
        return out;
    }

    // Opens what is there on a disk that works, and looks whether it holds what it must.
    static std::string look(Disk& disk, const Outcome& out) {
        Process process(disk);
        if (Status opened = process.open(); !opened) return opened.error().words.en;
        State found = process.state();
        // A step that was under way when the process stopped may be there, wholly.
        bool sound = out.stopped ? found.size >= out.kept.size : found == out.kept;
        if (found.size >= out.kept.size) {
            sound = sound && process->history().root(out.kept.size) == out.kept.root;
        }
        if (!sound) return fmt::format("{} events, {} were acknowledged", found.size, out.kept.size);
        return faults_of(process);
    }

    // One case: the n-th call fails. Returns whether it came to that.
    bool one(Fault fault, int room_after, const char* name) {
        std::shared_ptr<Disk> disk = settled_->copy();
        disk->fault = fault;
        if (room_after > 0) {
            disk->on_call = [raw = disk.get(), at = fault.at] {
                if (raw->calls + 1 == at) raw->full = true;
            };
            disk->fault = {};
        }
        auto out = run_apart(disk, room_after);
        bool came = disk->faults > 0;
        disk->fault = {};
        disk->full = false;
        disk->on_call = nullptr;
        std::string where = fmt::format("{} at call {} (of {})", name, fault.at, disk->calls);
        EXPECT_EQ(out->wrong, "") << where;
        stopped_ += out->stopped ? 1 : 0;
        refused_ += out->refused;
        cases_++;
        if (out->stopped) parked_.push_back(disk);
        // The process is gone; the machine is still up, and then it is not.
        auto restarted = disk->copy();
        auto cut = disk->cut(random_, 0.5);
        std::string after = look(*restarted, *out);
        EXPECT_EQ(after, "") << where << ", started again";
        after = look(*restarted->cut(random_, 0), *out);
        EXPECT_EQ(after, "") << where << ", started again and then a power cut";
        after = look(*cut, *out);
        EXPECT_EQ(after, "") << where << ", power cut";
        return came && !HasFailure();
    }

    void report(const char* name) const {
        std::cout << fmt::format("{}: {} cases, {} commands refused, {} times the process stopped\n", name,
                                 cases_, refused_, stopped_);
    }

    Disk disk_;
    std::unique_ptr<Disk> settled_;
    std::vector<Step> steps_;
    State start_;
    Random random_{1};
    int64_t cases_ = 0;
    int64_t refused_ = 0;
    int64_t stopped_ = 0;
    static inline std::vector<std::shared_ptr<Disk>> parked_;  // a stopped thread still has them open
};

TEST_F(SlowFaultTest, ACallThatFailsOnceIsRefusedOrStopsTheProcess) {
    const int64_t step = every();
    for (int64_t n = 1; one({n, false, EIO}, 0, "I/O error once"); n += step) {
    }
    report("I/O error once");
    EXPECT_GT(stopped_, 0);
    EXPECT_GT(refused_, 0);
}

TEST_F(SlowFaultTest, ADiskThatFailsFromThenOnLosesNothing) {
    const int64_t step = every();
    for (int64_t n = 1; one({n, true, EIO}, 0, "I/O errors from then on"); n += step) {
    }
    report("I/O errors from then on");
    EXPECT_GT(stopped_ + refused_, 0);
}

TEST_F(SlowFaultTest, AFullDiskIsSaidSoAndTheRecordWorksAgainWithRoom) {
    const int64_t step = every();
    for (int64_t n = 1; one({n, true, ENOSPC}, 2, "disk full"); n += step) {
    }
    report("disk full");
    EXPECT_EQ(stopped_, 0);
    EXPECT_GT(refused_, 0);
}

}  // namespace
}  // namespace sonae::sim
