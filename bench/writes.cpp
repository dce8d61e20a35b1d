// Durable, audited writes by several clients at once beside plain SQLite on the same disk, which writes the
// same rows (the event and the device) with one commit each, and beside PostgreSQL when its figures are
// given.
//
//   bench_writes FOLDER [PG_1 PG_16 PG_64]: FOLDER is made anew on the disk to measure; PG_n are writes a
//   second of PostgreSQL (bench/postgres.py).
// Afterwards both files have to hold the same rows and verify has to hold; otherwise the process fails.
#include "bench/measure.hpp"
#include "catalog/builtin.hpp"
#include "register/verify.hpp"
#include "register/writer.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

using namespace sonae;
using registers::Record;
using registers::Writer;

namespace {

using bench::stop;
using bench::taken;

constexpr int rounds = 3;
const registers::Who who{"bench", "", "bench"};

registers::Command device(int number) {
    registers::Command command;
    command.action = "add";
    command.register_name = "device";
    command.values = {{"number", fmt::format("W{:06}", number)},
                      {"kind", number % 10 == 0 ? "server" : "pc"},
                      {"maker", "富士通"},
                      {"model", fmt::format("M{}", number % 400)},
                      {"hostname", fmt::format("PC-{:06}", number)},
                      {"os", "Windows 11 Pro"},
                      {"user", fmt::format("利用者{}", number % 500)},
                      {"place", fmt::format("{}階{}室", number % 9 + 1, number % 40)},
                      {"acquired_on", fmt::format("2024-{:02}-{:02}", number % 12 + 1, number % 28 + 1)},
                      {"status", "running"}};
    return command;
}

// Milliseconds of 8 KiB appended and synced.
bench::Times sync_times(const std::filesystem::path& folder) {
    std::filesystem::path path = folder / "sync";
    int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    std::string page(8192, 'x');
    bench::Times times;
    for (int i = 0; i < 200; i++) {
        times.run([&] {
            if (::write(file, page.data(), page.size()) != 8192 || ::fdatasync(file) != 0)
                stop("cannot write to the folder");
        });
    }
    ::close(file);
    std::filesystem::remove(path);
    return times;
}

// Runs `one` for the numbers from..to, shared out among the clients; returns the seconds.
double by_clients(int clients, int from, int to, const std::function<void(int)>& one) {
    std::atomic<int> next = from;
    std::atomic<bool> open = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; i++) {
        threads.emplace_back([&] {
            open.wait(false);
            for (int number = next++; number < to; number = next++)
                one(number);
        });
    }
    bench::Times time;
    time.run([&] {
        open = true;
        open.notify_all();
        for (std::thread& thread : threads)
            thread.join();
    });
    return time.total() / 1000;
}

// A file of plain SQLite with the tables and indexes of ours, but without triggers.
class Plain {
 public:
    Plain(const std::filesystem::path& path, const std::filesystem::path& ours) {
        if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) stop("cannot open the plain file");
        execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536");
        execute(fmt::format("ATTACH 'file:{}' AS ours", ours.string()));
        for (const std::string& sql :
             texts("SELECT sql FROM ours.sqlite_schema WHERE sql IS NOT NULL AND"
                   " type IN ('table', 'index') AND tbl_name IN ('event', 'r_device')"
                   " ORDER BY type DESC"))
            execute(sql);
        for (Table* table : {&event_, &device_}) {
            for (const std::string& name : texts(fmt::format(
                     "SELECT name FROM pragma_table_info('{}', 'main') ORDER BY cid", table->name)))
                table->columns.push_back(name);
            std::string places = "?";
            for (size_t i = 1; i < table->columns.size(); i++)
                places += ", ?";
            table->insert = prepare(fmt::format("INSERT INTO main.{} ({}) VALUES ({})", table->name,
                                                fmt::join(table->columns, ", "), places));
        }
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
    }
    ~Plain() {
        for (sqlite3_stmt* one : {event_.insert, device_.insert, begin_, commit_})
            sqlite3_finalize(one);
        for (auto* rows : {&event_.rows, &device_.rows})
            clear(*rows);
        sqlite3_close(handle_);
    }
    Plain(const Plain&) = delete;
    Plain& operator=(const Plain&) = delete;

    // Reads from ours the rows of devices that are not here yet, in the order of their events.
    size_t load() {
        for (Table* table : {&event_, &device_}) {
            clear(table->rows);
            sqlite3_stmt* query = prepare(fmt::format(
                "SELECT {0} FROM ours.event e JOIN ours.r_device d ON d.institution = e.institution AND"
                " d.id = e.entry WHERE e.entry_register = 'device' AND NOT EXISTS (SELECT 1 FROM main.event m"
                " WHERE m.institution = e.institution AND m.seq = e.seq) ORDER BY e.seq",
                fmt::format("{}.{}", table->alias,
                            fmt::join(table->columns, fmt::format(", {}.", table->alias)))));
            while (sqlite3_step(query) == SQLITE_ROW) {
                auto& row = table->rows.emplace_back();
                for (int i = 0; i < sqlite3_column_count(query); i++)
                    row.push_back(sqlite3_value_dup(sqlite3_column_value(query, i)));
            }
            sqlite3_finalize(query);
        }
        if (event_.rows.size() != device_.rows.size()) stop("an event without its device");
        return event_.rows.size();
    }

    // Writes a loaded row of each table and commits. From any thread.
    void write(size_t place) {
        std::lock_guard lock(mutex_);
        run(begin_);
        for (Table* table : {&event_, &device_}) {
            int column = 1;
            for (sqlite3_value* value : table->rows[place])
                sqlite3_bind_value(table->insert, column++, value);
            run(table->insert);
        }
        run(commit_);
    }

    // Whether both files hold the same rows, and how many.
    bool same(int64_t count) {
        for (Table* table : {&event_, &device_}) {
            std::string columns = fmt::format("{}", fmt::join(table->columns, ", "));
            std::string where = table == &event_ ? " WHERE entry_register = 'device'" : "";
            auto one = [&](const std::string& a, const std::string& b) {
                return texts(
                    fmt::format("SELECT count(*) FROM (SELECT {0} FROM {1}.{3}{4} EXCEPT SELECT {0}"
                                " FROM {2}.{3}{4})",
                                columns, a, b, table->name, where))[0];
            };
            std::string here = texts(fmt::format("SELECT count(*) FROM main.{}", table->name))[0];
            if (here != std::to_string(count) || one("ours", "main") != "0" || one("main", "ours") != "0")
                return false;
        }
        return true;
    }

 private:
    using Row = std::vector<sqlite3_value*>;
    struct Table {
        const char* name;
        const char* alias;
        std::vector<std::string> columns{};
        std::vector<Row> rows{};
        sqlite3_stmt* insert = nullptr;
    };

    static void clear(std::vector<Row>& rows) {
        for (Row& row : rows) {
            for (sqlite3_value* value : row)
                sqlite3_value_free(value);
        }
        rows.clear();
    }
    [[noreturn]] void refuse() { stop(fmt::format("plain SQLite: {}", sqlite3_errmsg(handle_))); }
    void execute(const std::string& sql) {
        if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) refuse();
    }
    sqlite3_stmt* prepare(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) refuse();
        return statement;
    }
    void run(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) refuse();
        sqlite3_reset(statement);
    }
    std::vector<std::string> texts(const std::string& sql) {
        std::vector<std::string> out;
        sqlite3_stmt* query = prepare(sql);
        while (sqlite3_step(query) == SQLITE_ROW)
            out.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(query, 0)));
        sqlite3_finalize(query);
        return out;
    }

    sqlite3* handle_ = nullptr;
    Table event_{"event", "e"};
    Table device_{"r_device", "d"};
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    std::mutex mutex_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 2 && count != 5) {
        std::fprintf(stderr, "bench_writes FOLDER [PG_1 PG_16 PG_64]\n");
        return 2;
    }
    const std::filesystem::path folder = arguments[1];
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    const catalog::Catalog catalog = taken(catalog::Catalog::load(catalog::builtin_json(), {}));
    SystemClock clock;
    if (auto made = Record::create(folder / "data", catalog, clock, "病院", "hospital", who); !made)
        stop(made.error().words.en);

    bench::Times sync = sync_times(folder);
    std::printf("8 KiB appended and synced: median %.3f ms, p95 %.3f ms; %u cores\n\n", sync.share(0.5),
                sync.share(0.95), std::thread::hardware_concurrency());
    std::printf("| clients | Sonae, writes/s | in one commit | plain SQLite, writes/s | ratio |");
    std::printf(count == 5
                    ? " PostgreSQL + trigger, writes/s | ratio |\n|---|---:|---:|---:|---:|---:|---:|\n"
                    : "\n|---|---:|---:|---:|---:|\n");

    auto writer = std::make_unique<Writer>(taken(Record::open(folder / "data", catalog, clock)));
    int written = 0;
    {
        Plain plain(folder / "plain.db", folder / "data" / "sonae.db");
        int place = 2;
        for (int clients : {1, 16, 64}) {
            int each = clients == 1 ? 150 : clients * 15;
            double ours = 0;
            double theirs = 0;
            Writer::Counts before = writer->counts();
            for (int i = 0; i < rounds; i++) {
                ours += by_clients(clients, written, written + each, [&](int number) {
                    Status done = writer->run([&](Record& record) -> Status {
                        auto applied = record.apply({device(number)}, who);
                        if (!applied) return pass(std::move(applied));
                        return {};
                    });
                    if (!done) stop(done.error().words.en);
                });
                written += each;
                int loaded = static_cast<int>(plain.load());
                if (loaded != each) stop("what was acknowledged is not there");
                theirs += by_clients(clients, 0, loaded,
                                     [&](int number) { plain.write(static_cast<size_t>(number)); });
            }
            Writer::Counts after = writer->counts();
            double total = rounds * each;
            std::printf("| %d | %.0f | %.1f | %.0f | %.2f |", clients, total / ours,
                        static_cast<double>(after.jobs - before.jobs) /
                            static_cast<double>(after.commits - before.commits),
                        total / theirs, theirs / ours);
            if (count == 5) {
                double postgres = std::strtod(arguments[place++], nullptr);
                std::printf(" %.0f | %.2f |", postgres, total / ours / postgres);
            }
            std::printf("\n");
            std::fflush(stdout);
        }
        if (!plain.same(written)) stop("ours and plain SQLite do not hold the same rows");
    }
    writer.reset();
    Record record = taken(Record::open(folder / "data", catalog, clock));
    registers::Verification verified = registers::verify(record);
    if (!verified.faults.empty()) stop("verify: " + verified.faults[0].words.en);
    std::printf("\nequal: %d devices in both files, row by row; verify holds over %lld events\n", written,
                static_cast<long long>(verified.events));
    std::filesystem::remove_all(folder);
    return 0;
}
