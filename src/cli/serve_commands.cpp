// serve, status.
#include "base/os/lock.hpp"
#include "base/os/signal.hpp"
#include "cli/host.hpp"
#include "evidence/evidence.hpp"

#include <condition_variable>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

constexpr size_t connections_max = 256;

// Accepts connections and gives each a thread.
class Door {
 public:
    explicit Door(Host& host) : host_(host) {}

    // Until the listener is closed.
    void open(os::Listener& listener) {
        for (;;) {
            auto accepted = listener.accept();
            if (!accepted) return;
            auto connection = std::make_shared<os::Connection>(std::move(*accepted));
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [&] { return inside_.size() < connections_max; });
                inside_.insert(connection.get());
            }
            std::thread([this, connection] {
                host_.serve(*connection);
                std::lock_guard lock(mutex_);
                inside_.erase(connection.get());
                changed_.notify_all();
            }).detach();
        }
    }

    // Lets everybody finish the command at hand and waits until all have left.
    void empty() {
        std::unique_lock lock(mutex_);
        for (os::Connection* one : inside_)
            one->stop_receiving();
        changed_.wait(lock, [&] { return inside_.empty(); });
    }

 private:
    Host& host_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<os::Connection*> inside_;
};

void add_serve(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand(
        "serve", "記録を開いたままにし、複数の人のコマンドを受ける / own the record for several commands");
    common_options(*command, call, "sonae serve --data ./data");
    command->callback([&call] {
        if (call.host) {
            return call.refuse({Code::busy, {"すでに開いています。", "It is open already."}});
        }
        auto known = call.catalog();
        if (!known) return call.refuse(known.error());
        os::keep_end_signals();
        static const SystemClock clock;
        auto record = registers::Record::open(call.data, **known, clock, call.institution);
        if (!record) return call.refuse(record.error());
        if (auto swept = evidence::sweep(*record); !swept) return call.refuse(swept.error());
        std::string institution = record->institution_entry().label;
        auto listener = os::Listener::at(std::filesystem::path(call.data) / socket_name);
        if (!listener) return call.refuse(listener.error());
        Host host(std::move(*record), **known, clock);
        Door door(host);
        std::thread accepting([&] { door.open(*listener); });
        call.line(
            {fmt::format("{} の記録を開きました（{}）。終わるときは Ctrl+C を押してください。", institution,
                         call.data),
             fmt::format("The record of {} is open ({}). Press Ctrl+C to end.", institution, call.data)});
        call.out.flush();
        os::wait_to_end();
        listener->close();
        accepting.join();
        door.empty();
    });
}

void add_status(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("status", "記録の状態 / the state of the record");
    common_options(*command, call, "sonae status --data ./data");
    command->callback([&call] {
        call.with_record(Access::read, [&](registers::Record& record) -> Status {
            std::string state(call.host ? call.host->state() : "ready");
            int64_t size = record.history().size();
            if (call.json) {
                call.print(json::object{{"institution", record.institution()},
                                        {"served", call.host != nullptr},
                                        {"state", state},
                                        {"events", size},
                                        {"key", record.key().public_key().fingerprint()}});
                return {};
            }
            call.line({fmt::format("{}: 履歴 {}件", record.institution_entry().label, size),
                       fmt::format("{}: {} events", record.institution_entry().label, size)});
            if (state == "disk_full") {
                call.line(
                    {"ディスクに空きがないため、いまは見るだけです。空きを作ると、次の記録からまた書けます。",
                     "The disk is full: reading only for now. When there is room, the next change is written "
                     "again."});
            }
            return {};
        });
    });
}

}  // namespace

void add_serve_commands(CLI::App& app, Call& call) {
    add_serve(app, call);
    add_status(app, call);
}

}  // namespace sonae::cli
