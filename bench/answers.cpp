// How long the answers of a checklist take on a ledger that is there: in full, and after one change.
//
//   bench_answers DATA EDITION: measures on the data folder DATA, whose register `device` is large.
// After each kind of change the kept answers are compared with answers in full; the process fails when they
// differ. Changes the ledger.
#include "checklist/answers.hpp"

#include "base/time.hpp"
#include "catalog/builtin.hpp"
#include "register/record.hpp"
#include "register/sets.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

using namespace sonae;
using Steady = std::chrono::steady_clock;

constexpr int runs = 9;

double milliseconds(Steady::time_point start) {
    return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

double median(std::vector<double> times) {
    std::ranges::sort(times);
    return times[times.size() / 2];
}

// Ends the process with the words of an error.
template <class T>
T need(Result<T>&& result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "{}\n", result.error().words.en);
    std::exit(1);
}

std::string set_field(registers::Record& record, const std::string& register_name, const std::string& id,
                      const std::string& field, const std::string& text) {
    registers::Command command;
    command.action = id.empty() ? "add" : "set";
    command.register_name = register_name;
    command.id = id;
    command.values = {{field, text}};
    return need(record.apply({command}, {"bench", "", "bench"})).front().id;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        fmt::print(stderr, "bench_answers DATA EDITION\n");
        return 2;
    }
    const catalog::Catalog catalog = need(catalog::Catalog::load(catalog::builtin_json(), {}));
    SystemClock clock;
    registers::Record record = need(registers::Record::open(arguments[1], catalog, clock));
    auto assessment = need(checklist::find_assessment(record, arguments[2], "", "", 0));

    std::string device;
    std::string vendor;
    {
        auto one = record.database().prepare(
            "SELECT id, maintainer FROM r_device WHERE retired = 0 AND maintainer"
            " IS NOT NULL ORDER BY id LIMIT 1 OFFSET 1000");
        if (one.step()) {
            device = one.text(0);
            vendor = one.text(1);
        }
        one.reset();
    }
    if (device.empty()) {
        fmt::print(stderr, "the ledger has no 1,000 devices with a maintainer\n");
        return 1;
    }

    struct Kind {
        const char* name;
        std::function<void(int)> change;
    };
    const std::vector<Kind> kinds{
        {"one field (place)",
         [&](int i) { set_field(record, "device", device, "place", fmt::format("部屋{}", i)); }},
        {"status of a device",
         [&](int i) { set_field(record, "device", device, "status", i % 2 ? "disposed" : "running"); }},
        {"a vendor’s name",
         [&](int i) { set_field(record, "vendor", vendor, "name", fmt::format("事業者〇{}", i)); }},
        {"a device is added",
         [&](int i) { set_field(record, "device", "", "hostname", fmt::format("NEW{}", i)); }},
    };

    // In full: the sets of a fresh process are made, too.
    auto start = Steady::now();
    auto first = checklist::answer(record, assessment);
    double full = milliseconds(start);

    checklist::Answers kept(record, assessment);
    kept.refresh();
    fmt::print("| answers of {} | ms | of full |\n|---|---|---|\n", arguments[2]);
    fmt::print("| in full, first in a process | {:.1f} | 1 |\n", full);
    int step = 0;
    for (const Kind& kind : kinds) {
        std::vector<double> times;
        double once = 0;
        for (int i = 0; i < runs; i++) {
            kind.change(step++);
            start = Steady::now();
            auto changed = kept.refresh();
            double time = milliseconds(start);
            if (changed.empty() && i == 0) fmt::print(stderr, "{}: no item changed\n", kind.name);
            (i == 0 ? once : times.emplace_back()) = time;
        }
        // Equal to what is asked in full by a record that has kept nothing.
        registers::Sets& sets = record.sets({});
        sets.forget();
        if (checklist::answer(record, assessment) != kept.items()) {
            fmt::print(stderr, "{}: not equal to the answers in full\n", kind.name);
            return 1;
        }
        kept.refresh();
        fmt::print("| after: {} | {:.1f} (first {:.1f}) | {:.3f} |\n", kind.name, median(times), once,
                   median(times) / full);
    }
    return 0;
}
