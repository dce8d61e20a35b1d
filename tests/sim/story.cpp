// The steps of the scenario.
#include "sim/story.hpp"

#include "register/writer.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace sonae::sim {

using registers::Command;

Status Process::create() {
    try {
        return registers::Record::create(folder_, tests::source_catalog(), clock_, "みなと診療所", "clinic",
                                         tests::tester);
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

Status Process::open() {
    try {
        auto opened = registers::Record::open(folder_, tests::source_catalog(), clock_);
        if (!opened) return pass(std::move(opened));
        record_.emplace(std::move(*opened));
        if (!durable) record_->database().execute("PRAGMA synchronous=NORMAL");
        return {};
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

Status Process::apply(const std::vector<Command>& commands) {
    try {
        auto applied = record_->apply(commands, tests::tester);
        if (!applied) return pass(std::move(applied));
        return {};
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

Status Process::attach(const std::string& name) {
    try {
        auto attached = evidence::attach(*record_, disk_.root() + "/upload/" + name, "institution",
                                         record_->institution(), {}, {}, tests::tester);
        if (!attached) return pass(std::move(attached));
        return {};
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

Status Process::engine(const char* sql) {
    try {
        record_->database().execute(sql);
        return {};
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

State state_of(const registers::Record& record) {
    State state;
    state.size = record.history().size();
    state.root = record.history().root(state.size);
    return state;
}

Status Process::write_together(int threads, int jobs) {
    Status worst;
    std::mutex mutex;
    {
        registers::Writer writer(std::move(*record_));
        record_.reset();
        std::vector<std::thread> clients;
        for (int client = 0; client < threads; client++) {
            clients.emplace_back([&, client] {
                for (int i = 0; i < jobs; i++) {
                    int64_t place = 0;
                    Status done = writer.run([&](registers::Record& record) -> Status {
                        auto applied =
                            record.apply({add("vendor", {{"name", fmt::format("業者 {}-{}", client, i)}}),
                                          add("person", {{"name", fmt::format("担当 {}-{}", client, i)}})},
                                         tests::tester);
                        if (!applied) return pass(std::move(applied));
                        std::lock_guard lock(mutex);
                        place = static_cast<int64_t>(states->size());
                        states->push_back({state_of(record), true});
                        return {};
                    });
                    if (done) disk_.mark(place);
                    std::lock_guard lock(mutex);
                    if (!done) worst = std::move(done);
                }
            });
        }
        for (std::thread& client : clients)
            client.join();
    }
    if (!worst) return worst;
    return open();
}

Command add(std::string_view register_name, std::vector<std::pair<std::string, std::string>> values) {
    Command command;
    command.action = "add";
    command.register_name = register_name;
    command.values = std::move(values);
    return command;
}

namespace {

Command set(std::string_view register_name, std::string id,
            std::vector<std::pair<std::string, std::string>> values) {
    Command command = add(register_name, std::move(values));
    command.action = "set";
    command.id = std::move(id);
    return command;
}

Step apply(const char* name, std::vector<Command> commands) {
    return {name, [commands = std::move(commands)](Process& process) { return process.apply(commands); }};
}

Step attach(const char* file) {
    return {"attach", [file](Process& process) { return process.attach(file); }};
}

Step engine(const char* sql) {
    return {"engine", [sql](Process& process) { return process.engine(sql); }};
}

std::string number(int i) {
    return fmt::format("{:03}", i);
}

}  // namespace

std::vector<Step> story(Disk& disk, int devices) {
    // One file of less than a sector, one of several writes, one whose length is a whole number of sectors.
    auto text = [](size_t size, char seed) {
        std::string out(size, seed);
        for (size_t i = 0; i < size; i++)
            out[i] = static_cast<char>(seed + static_cast<char>(i * i % 61));
        return out;
    };
    disk.put("/upload/small", text(300, 'a'));
    disk.put("/upload/large", text(11'000, 'b'));
    disk.put("/upload/even", text(1024, 'c'));

    std::vector<Command> imported;
    std::vector<Command> corrected;
    for (int i = 0; i < devices; i++) {
        imported.push_back(add("device", {{"number", number(100 + i)},
                                          {"kind", i % 3 == 0 ? "サーバ" : "端末PC"},
                                          {"os", "Windows 11 Pro"},
                                          {"place", i % 2 == 0 ? "受付" : "診察室"},
                                          {"maintainer", i % 2 == 0 ? "ミナト電子" : "港システム"}}));
        if (i % 2 == 0) corrected.push_back(set("device", number(100 + i), {{"os_version", "23H2"}}));
    }
    std::vector<Step> steps;
    steps.push_back(apply("one entry", {add("vendor", {{"name", "ミナト電子"}})}));
    steps.push_back(apply("three entries", {add("device", {{"number", "001"}, {"kind", "サーバ"}}),
                                            add("device", {{"number", "002"}, {"maintainer", "新しい業者"}}),
                                            add("person", {{"name", "院長"}})}));
    steps.push_back(apply("set", {set("device", "001", {{"os", "Windows Server 2022"}, {"place", "?"}})}));
    steps.push_back(attach("small"));
    steps.push_back(apply("answer", {add("answer", {{"edition", "mhlw_2026"},
                                                    {"item", "1-1"},
                                                    {"value", "yes"},
                                                    {"confirmed_on", "2026-11-22"},
                                                    {"frozen", std::string(1500, 'x')}})}));
    steps.push_back(apply("import", imported));
    steps.push_back(engine("PRAGMA wal_checkpoint(PASSIVE)"));
    Command retire = set("device", "002", {});
    retire.action = "retire";
    steps.push_back(apply("retire", {retire}));
    steps.push_back(attach("large"));
    steps.push_back(attach("small"));
    steps.push_back({"start again", [](Process& process) {
                         process.close();
                         return process.open();
                     }});
    for (const char* place : {"受付", "検査室", "院長室"})
        steps.push_back(apply("set", {set("device", "001", {{"place", place}})}));
    steps.push_back(attach("even"));
    steps.push_back(engine("PRAGMA wal_checkpoint(RESTART)"));
    steps.push_back(apply("corrections", corrected));
    steps.push_back(apply("set", {set("institution", "", {{"name", "みなと診療所（本院）"}})}));
    steps.push_back(engine("PRAGMA wal_checkpoint(TRUNCATE)"));
    steps.push_back({"group", [](Process& process) -> Status {
                         try {
                             process->group([&] {
                                 static_cast<void>(process.apply({add("vendor", {{"name", "一社目"}})}));
                                 static_cast<void>(process.apply({add("vendor", {{"name", "戻る"}}),
                                                                  add("vendor", {{"no_such_field", "?"}})}));
                                 static_cast<void>(process.apply({add("vendor", {{"name", "二社目"}})}));
                             });
                             return {};
                         } catch (const Failure& failure) {
                             return tl::unexpected<Error>(failure.error());
                         }
                     }});
    steps.push_back(apply("set", {set("device", "001", {{"place", secret}})}));
    steps.push_back(apply("set", {set("device", "001", {{"place", "受付"}})}));
    steps.push_back(apply("set", {set("device", "001", {{"os", "-"}})}));
    steps.push_back(
        {"erase",
         [](Process& process) -> Status {
             try {
                 auto erased = process->erase("device", "001", "place", {"tester", "消去の依頼", "test"});
                 if (!erased) return pass(std::move(erased));
                 return {};
             } catch (const Failure& failure) {
                 return tl::unexpected<Error>(failure.error());
             }
         },
         true});
    steps.push_back(apply("one entry", {add("vendor", {{"name", "最後の業者"}})}));
    return steps;
}

std::string faults_of(Process& process) {
    std::string out;
    try {
        registers::Record& record = *process;
        auto note = [&](const char* who, const std::vector<history::Fault>& faults) {
            for (const history::Fault& fault : faults)
                out += fmt::format("{}: {}: {}\n", who, fault.place, fault.words.en);
        };
        for (const std::string& damage : record.database().damage())
            out += "engine: " + damage + "\n";
        note("history",
             history::verify(record.database(), record.institution(), record.key().public_key(), nullptr));
        note("tables", record.compare_with_history());
        note("evidence", evidence::verify(record));
    } catch (const Failure& failure) {
        out += failure.error().words.en + "\n";
    }
    return out;
}

}  // namespace sonae::sim
