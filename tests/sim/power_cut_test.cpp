// Power cuts at every call to the disk of a whole scenario: whatever was acknowledged is there afterwards,
// nothing is there in half, and the record goes on.
//
// Share of the CI: 1,000 cuts of 100,000. SONAE_CUTS=n: so many. SONAE_SEED=n: other coins.
#include "share.hpp"
#include "sim/story.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <unordered_set>

#include <fmt/format.h>

namespace sonae::sim {
namespace {

int64_t number_from(const char* variable, int64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::strtoll(text, nullptr, 10) : otherwise;
}

uint64_t first_seed() {
    return static_cast<uint64_t>(number_from("SONAE_SEED", 1));
}

struct Count {
    int64_t cuts = 0;
    int64_t second = 0;   // of them: a further cut after a recovery or a restart
    int64_t again = 0;    // of them: init had to be done again
    int64_t opened = 0;   // different images
    int64_t looked = 0;   // different records after recovery: each is verified whole
    int64_t lost = 0;     // something acknowledged was missing
    int64_t corrupt = 0;  // anything else was wrong
    std::string first;    // the first thing that was wrong

    void wrong(int64_t& kind, const std::string& what) {
        kind++;
        if (first.empty()) first = what;
    }
};

// The scenario run once: what it did to the disk, and what was acknowledged.
struct Story {
    std::vector<Event> trace;
    std::vector<Acknowledged> states;
    size_t erased = 0;  // the first state without the secret
};

Story run_story(int devices, bool durable) {
    Story run;
    Disk disk;
    std::vector<Step> steps = story(disk, devices);
    disk.record(true);
    Process process(disk);
    process.durable = durable;
    process.states = &run.states;
    auto acknowledged = [&] {
        State state = process.state();
        if (!run.states.empty() && run.states.back().state == state) return;
        disk.mark(static_cast<int64_t>(run.states.size()));
        run.states.push_back({state});
    };
    auto must = [](const char* what, const Status& done) {
        if (!done) throw std::runtime_error(fmt::format("{}: {}", what, done.error().words.en));
    };
    must("create", process.create());
    must("open", process.open());
    acknowledged();
    for (const Step& step : steps) {
        must(step.name, step.act(process));
        acknowledged();
        if (std::string_view(step.name) == "erase") run.erased = run.states.size() - 1;
    }
    must("together", process.write_together(3, 4));
    process.close();
    disk.record(false);
    run.trace = disk.take_trace();
    return run;
}

// What may be found after a cut.
struct Expected {
    std::vector<State> states;  // the last acknowledged one, and what the work under way may have reached
    bool nothing = false;       // no record at all: not even init was acknowledged
    bool erased = false;        // the secret must be gone

    bool allows(const State& state) const { return std::ranges::find(states, state) != states.end(); }
};

// `last`: the last acknowledged of the states; -1: none.
Expected expected_after(const std::vector<Acknowledged>& states, int64_t last) {
    Expected out;
    out.nothing = last < 0;
    if (last >= 0) out.states.push_back(states[static_cast<size_t>(last)].state);
    for (auto i = static_cast<size_t>(last + 1); i < states.size(); i++) {
        out.states.push_back(states[i].state);
        if (!states[i].together) break;
    }
    return out;
}

class Judge {
 public:
    explicit Judge(Count& count) : count_(count) {}

    // Opens what a cut has left and compares.
    void look(Disk& disk, const Expected& expected, const std::string& where) {
        // The same bytes under the same expectation give the same verdict.
        uint64_t bytes =
            disk.digest() * 31 + static_cast<uint64_t>(expected.nothing ? 0 : expected.states.front().size);
        if (!images_.insert(bytes).second) return;
        count_.opened++;
        Process process(disk);
        Status opened = process.open();
        if (!opened && expected.nothing && opened.error().code == Code::not_found) {
            // Making a record is slow: done again for one image of sixteen.
            if (unmade_++ % 16 != 0) return;
            count_.again++;
            if (Status made = process.create(); !made) {
                count_.wrong(count_.corrupt, where + ": init cannot be done again: " + made.error().words.en);
                return;
            }
            opened = process.open();
            if (opened) return verified(process, disk, where);
        }
        if (!opened) {
            count_.wrong(opened.error().code == Code::not_found ? count_.lost : count_.corrupt,
                         where + ": " + opened.error().words.en);
            return;
        }
        State found = process.state();
        if (!expected.allows(found)) {
            bool less = !expected.nothing && found.size < expected.states.front().size;
            count_.wrong(less ? count_.lost : count_.corrupt,
                         fmt::format("{}: {} events; expected were {} to {}", where, found.size,
                                     expected.states.front().size, expected.states.back().size));
            return;
        }
        if (expected.erased && disk.holds(secret)) {
            count_.wrong(count_.corrupt, where + ": what was erased is still on the disk");
            return;
        }
        return verified(process, disk, where);
    }

 private:
    // Verifies the whole record, unless one with the same bytes in all files was verified before.
    void verified(Process& process, Disk& disk, const std::string& where) {
        process.close();
        if (!records_.insert(disk.digest()).second) return;
        count_.looked++;
        if (Status opened = process.open(); !opened) {
            count_.wrong(count_.corrupt, where + ": " + opened.error().words.en);
            return;
        }
        std::string faults = faults_of(process);
        process.close();
        if (!faults.empty()) {
            count_.wrong(count_.corrupt, where + ": " + faults);
        }
    }

    Count& count_;
    std::unordered_set<uint64_t> images_;   // already looked at
    std::unordered_set<uint64_t> records_;  // already verified
    int64_t unmade_ = 0;
};

// How much of what is not synced survives: all extremes and the middle.
double survival(Random& random) {
    constexpr double choices[] = {0, 0.1, 0.5, 0.5, 0.9, 1};
    return choices[random() % std::size(choices)];
}

// After a cut (or, without one, a kill of the process) the record is opened and goes on; then a cut somewhere
// in that.
void cut_again(std::unique_ptr<Disk> disk, bool killed, const Expected& expected, const std::string& where,
               Random& random, Count& count, Judge& judge) {
    std::unique_ptr<Disk> start = disk->copy();
    disk->record(true);
    std::vector<Acknowledged> states;
    Process process(*disk);
    auto acknowledged = [&] {
        disk->mark(static_cast<int64_t>(states.size()));
        states.push_back({process.state()});
    };
    Status done = process.open();
    if (!done && expected.nothing && done.error().code == Code::not_found) return;
    // What is there after a restart has been seen: from now on it counts as acknowledged.
    if (done) acknowledged();
    if (done) done = process.apply({add("vendor", {{"name", "再開後の業者"}})});
    if (done) acknowledged();
    if (done) done = process.attach("even");
    if (done) acknowledged();
    process.close();
    if (!done) {
        count.wrong(count.corrupt, where + ": cannot go on: " + done.error().words.en);
        return;
    }
    std::vector<Event> trace = disk->take_trace();
    // An init that was not acknowledged may be seen after a kill and still go away: its first change keeps
    // it.
    size_t from = 0;
    while (expected.nothing && !(trace[from].kind == Event::Kind::mark && trace[from].mark == 1))
        from++;
    size_t at = from + random() % (trace.size() + 1 - from);
    if (expected.nothing && at == from) at++;
    Expected then = expected;
    for (size_t i = 0; i < at; i++) {
        start->replay(trace[i]);
        if (trace[i].kind == Event::Kind::mark) then = expected_after(states, trace[i].mark);
    }
    then.erased = expected.erased;
    count.cuts++;
    count.second++;
    judge.look(
        *start->cut(random, survival(random)), then,
        fmt::format("{}, {} and cut again before its call {} ({})", where, killed ? "restarted" : "recovered",
                    at, at < trace.size() ? describe(trace[at]) : "end"));
}

// Cuts at every call of the trace. `control`: the run must lose something, so it is cut only where there is
// something to lose, and once.
void sweep(const Story& run, bool control, bool lies, Random& random, Count& count, int64_t limit) {
    Disk disk;
    story(disk, 0);
    disk.lies = lies;
    Judge judge(count);
    int64_t last = -1;
    for (size_t i = 0; i <= run.trace.size() && count.cuts < limit; i++) {
        std::string where =
            fmt::format("cut before call {} ({})", i, i < run.trace.size() ? describe(run.trace[i]) : "end");
        Expected expected = expected_after(run.states, last);
        expected.erased = last >= static_cast<int64_t>(run.erased);
        if (!control || !expected.nothing) {
            count.cuts++;
            judge.look(*disk.cut(random, survival(random)), expected, where);
        }
        if (!control && random() % 8 == 0) {
            bool killed = random() % 2 == 0;
            cut_again(killed ? disk.copy() : disk.cut(random, survival(random)), killed, expected, where,
                      random, count, judge);
        }
        if (i == run.trace.size()) break;
        disk.replay(run.trace[i]);
        if (run.trace[i].kind == Event::Kind::mark) last = std::max(last, run.trace[i].mark);
    }
}

// `start`: of the processor's time, so that a busy machine does not change the figure.
void print(const char* name, const Count& count, std::clock_t start) {
    double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::cout << fmt::format(
        "{}: {} cuts ({} of them a second one; {} different images opened, {} different records verified, "
        "init "
        "done again {} times): "
        "{} lost something acknowledged, {} damaged; {:.1f} s of processor, {:.0f} cuts/s\n",
        name, count.cuts, count.second, count.opened, count.looked, count.again, count.lost, count.corrupt,
        took, static_cast<double>(count.cuts) / took);
}

class SlowPowerCutTest : public testing::Test {
 protected:
    void SetUp() override {
        install();
        tests::source_catalog();
        start = std::clock();
    }
    std::clock_t start = 0;
};

TEST_F(SlowPowerCutTest, LosesNothingThatWasAcknowledged) {
    const int64_t limit = number_from("SONAE_CUTS", tests::share("power cuts", 1'000, 100'000));
    Count count;
    for (uint64_t seed = first_seed(); count.cuts < limit; seed++) {
        Random random(seed);
        Story run = run_story(seed % 8 == 0 ? 260 : 30, true);
        sweep(run, false, false, random, count, limit);
        if (!count.first.empty()) {
            ADD_FAILURE() << "seed " << seed << ": " << count.first;
            break;
        }
    }
    print("power cuts", count, start);
    EXPECT_EQ(count.lost, 0);
    EXPECT_EQ(count.corrupt, 0);
    EXPECT_GT(count.again, 0);
    EXPECT_GT(count.second, limit / 40);
}

// The same test sees it when commits are not synced …
TEST_F(SlowPowerCutTest, SeesALossWhenCommitsAreNotSynced) {
    Count count;
    Random random(first_seed());
    sweep(run_story(10, false), true, false, random, count, 400);
    print("synchronous=NORMAL", count, start);
    EXPECT_GT(count.lost, 50);
}

// … and when the disk says that it has synced and has not.
TEST_F(SlowPowerCutTest, SeesALossWhenTheDiskLies) {
    Count count;
    Random random(first_seed());
    sweep(run_story(10, true), true, true, random, count, 400);
    print("a disk that lies", count, start);
    EXPECT_GT(count.lost, 50);
}

}  // namespace
}  // namespace sonae::sim
