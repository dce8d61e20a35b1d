// What the history costs: verifying and proving over many events, and a whole record made again and verified.
//
//   bench_history FOLDER [EVENTS]: EVENTS in the history that is verified and proved from (1,000,000 unless
//   given). Nothing is printed of a history that does not hold, or of tables that differ after making them
//   again.
#include "bench/measure.hpp"
#include "catalog/builtin.hpp"
#include "history/outside.hpp"
#include "register/verify.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

using namespace sonae;
using registers::Record;

namespace {

using bench::stop;
using bench::taken;

const registers::Who who{"bench", "", "bench"};

void line(const std::string& what, const std::string& figure, const std::string& goal = "") {
    std::printf("| %s | %s | %s |\n", what.c_str(), figure.c_str(), goal.c_str());
    std::fflush(stdout);
}

void holds(const std::vector<history::Fault>& faults) {
    if (!faults.empty()) stop("does not hold: " + faults[0].place + ": " + faults[0].words.en);
}

double per_second(int64_t count, const bench::Times& times) {
    return static_cast<double>(count) / times.share(0) * 1000;
}

// A history by itself, of entries of ten fields.
void leaves(const std::filesystem::path& path, int64_t count) {
    auto database = taken(store::open_sqlite(path, store::Open::create));
    history::create_tables(*database);
    const std::string institution = "0192f0c0-0000-7000-8000-000000000000";
    history::History history(*database, institution);
    history::Key key = history::Key::generate();
    bench::Times appending;
    appending.run([&] {
        store::Transaction transaction(*database);
        for (int64_t i = 0; i < count; i++) {
            history::Change change;
            change.action = "add";
            change.register_name = "device";
            change.id = fmt::format("0192f0c0-0000-7000-8000-{:012x}", i);
            change.version = 1;
            change.by = "bench";
            change.source = "bench";
            json::object fields;
            for (int field = 0; field < 10; field++)
                fields[fmt::format("field_{}", field)] = fmt::format("値 {} {}", field, i);
            change.body = {{"fields", std::move(fields)}};
            history.append(change, 1'700'000'000'000'000 + i);
        }
        history.seal(key);
        transaction.commit();
    });
    line(fmt::format("append of {} events in one commit", count),
         fmt::format("{:.0f} events/s", per_second(count, appending)));

    bench::Times verifying;
    for (int i = 0; i < 3; i++) {
        verifying.run([&] {
            int64_t erased = 0;
            holds(history::verify(*database, institution, key.public_key(), &erased));
        });
    }
    line("history::verify, best of 3", fmt::format("{:.0f} leaves/s", per_second(count, verifying)),
         "200,000");

    size_t longest = 0;
    bench::Times proving;
    for (int64_t i = 0; i < 100; i++) {
        int64_t seq = i * 7919 % count;
        std::string text;
        proving.run([&] {
            text = history::proof_text(taken(history::make_proof(history, {key.public_key()}, seq)));
        });
        taken(history::check_proof(text, history.event(seq)->leaf));
        longest = std::max(longest, text.size());
    }
    line(fmt::format("proof of one event among {}", count), fmt::format("{} bytes", longest), "1,536");
    line("time to make it, median", fmt::format("{:.2f} ms", proving.share(0.5)));
}

// A record of many devices.
void tables(const std::filesystem::path& folder, int devices) {
    const catalog::Catalog catalog = taken(catalog::Catalog::load(catalog::builtin_json(), {}));
    SystemClock clock;
    if (auto made = Record::create(folder, catalog, clock, "病院", "hospital", who); !made)
        stop(made.error().words.en);
    Record record = taken(Record::open(folder, catalog, clock));
    std::vector<registers::Command> commands;
    for (int i = 0; i < devices; i++) {
        registers::Command& command = commands.emplace_back();
        command.action = "add";
        command.register_name = "device";
        command.values = {{"number", std::to_string(i)},
                          {"kind", "pc"},
                          {"maker", "富士通"},
                          {"model", fmt::format("M{}", i % 400)},
                          {"hostname", fmt::format("PC-{:06}", i)},
                          {"os", "Windows 11 Pro"},
                          {"place", fmt::format("{}階{}室", i % 9 + 1, i % 40)},
                          {"acquired_on", "2024-04-01"},
                          {"status", "running"}};
    }
    bench::Times adding;
    adding.run([&] { taken(record.apply(commands, who)); });
    line(fmt::format("add of {} devices in one commit", devices),
         fmt::format("{:.0f} events/s", per_second(devices, adding)));
    bench::Times rebuilding;
    int64_t replayed = 0;
    rebuilding.run([&] { replayed = record.rebuild(); });
    bench::Times verifying;
    registers::Verification verified;
    verifying.run([&] { verified = registers::verify(record); });
    holds(verified.faults);
    line("rebuild of all tables", fmt::format("{:.0f} events/s", per_second(replayed, rebuilding)));
    line("registers::verify, everything",
         fmt::format("{:.0f} events/s", per_second(verified.events, verifying)));
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2 || count > 3) {
        std::fprintf(stderr, "bench_history FOLDER [EVENTS]\n");
        return 2;
    }
    const std::filesystem::path folder = arguments[1];
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    std::printf("| history | figure | goal |\n|---|---:|---:|\n");
    leaves(folder / "history.db", count == 3 ? std::strtoll(arguments[2], nullptr, 10) : 1'000'000);
    tables(folder / "data", 20'000);
    std::filesystem::remove_all(folder);
    return 0;
}
